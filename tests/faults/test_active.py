"""Which requests a fault strikes: conditions, counts, chance from the seed, and what is found without trying all."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connsim import World
from connsim.core.durations import SECOND
from connsim.core.exchange import Reply, Request
from connsim.errors import UnusedFault
from connsim.faults.active import ActiveFault

KEY = {"apikey": "k"}


def invite(world: World, key: str = "k") -> str:
    """The id of a new inviter's record."""
    return world.prism.cloud_agent.create(world.prism.cloud_agent.wallet(key)).id


def ask(world: World, target: str, key: str = "k", method: str = "GET", body: bytes = b"") -> Reply:
    """Ask the agent, without a door."""
    return world.prism.handle(Request(method, target, {"apikey": key}, body))


def poll(world: World, id_: str, times: int = 1, key: str = "k") -> list[int]:
    """The statuses of polls."""
    return [ask(world, f"/connections/{id_}", key).status for _ in range(times)]


class TestWhich:
    """Conditions, counted from 1, all together."""

    @pytest.mark.parametrize(
        ("row", "statuses"),
        [
            ("status 503", [503] * 6),
            ("status 503, times 2", [503, 503, 200, 200, 200, 200]),
            ("status 503, nth 2", [200, 503, 200, 200, 200, 200]),
            ("status 503, nth 2..4", [200, 503, 503, 503, 200, 200]),
            ("status 503, nth 5..", [200, 200, 200, 200, 503, 503]),
            ("status 503, every 3", [200, 200, 503, 200, 200, 503]),
            ("status 503, every 2, times 2", [200, 503, 200, 503, 200, 200]),
            ("status 503, nth 3.., every 2", [200, 200, 200, 503, 200, 503]),
            ("status 503, method POST", [200] * 6),
            ("status 503, route /connections/{connectionId}", [503] * 6),
            ("status 503, route /connect*", [503] * 6),
            ("status 503, route /connections", [200] * 6),
            ("status 503, agent agency", [200] * 6),
            ("status 503, client k", [503] * 6),
            ("status 503, client K", [200] * 6),
            ("status 503, state InvitationGenerated", [503] * 6),
            ("status 503, state Connection*", [200] * 6),
            ("status 503, poll yes", [503] * 6),
            ("status 503, poll no", [200] * 6),
            ("status 503, connection 00000000-0000-0000-0000-000000000000", [200] * 6),
        ],
    )
    def test_conditions(self, row: str, statuses: list[int]) -> None:
        """Of six polls, exactly these are struck."""
        world = World()
        active = world.fault(row)

        assert poll(world, invite(world), 6) == statuses
        assert active.struck == statuses.count(503)

    def test_time(self) -> None:
        """A fault strikes from its first moment on, and no more at its last, counted from the world's start."""
        world = World()
        id_ = invite(world)
        world.fault("status 503, from 1m, to 2m")
        statuses = []
        for wait in (0, 60 * SECOND - 1, 1, 60 * SECOND - 1, 1):
            world.clock.advance_ns(wait)
            statuses += poll(world, id_)

        assert statuses == [200, 200, 503, 503, 200]

    def test_one_connection(self) -> None:
        """A fault for one connection leaves others alone, and somebody else's question about it, too."""
        world = World()
        mine, other = invite(world), invite(world)
        world.fault(status=503, connection=mine)

        assert (poll(world, mine), poll(world, other), poll(world, mine, key="stranger")) == ([503], [200], [404])

    def test_state(self) -> None:
        """A fault for a state strikes while the record shows it."""
        world = World()
        world.script("prism-inviter", "accepts after 1 minute")
        world.fault(status=503, state="ConnectionResponseSent")
        id_ = invite(world)
        before = poll(world, id_)
        world.advance("2 minutes")

        assert (before, poll(world, id_)) == ([200], [503])

    @settings(deadline=None)
    @given(st.permutations(["connection", "client", "route", "method", "state", "agent"]), st.integers(0, 6))
    def test_every_place_to_be_filed_under(self, names: list[str], count: int) -> None:
        """A fault with any of the conditions strikes, wherever the index keeps it."""
        world = World()
        id_ = invite(world)
        fitting = {
            "connection": id_,
            "client": "k",
            "route": "/connections/{connectionId}",
            "method": "GET",
            "state": "InvitationGenerated",
            "agent": "prism",
        }
        world.fault({"status": 503, **{name: fitting[name] for name in names[:count]}})

        assert poll(world, id_) == [503]


class TestTogether:
    """Several faults at once."""

    def test_the_newest_stops(self) -> None:
        """Of two that stop a request the newest does, until it is spent; the other has not counted it."""
        world = World()
        id_ = invite(world)
        world.fault("status 500, nth 1")
        world.fault("status 503, times 2")

        assert poll(world, id_, 4) == [503, 503, 500, 200]

    def test_spoilers_add_up(self) -> None:
        """What spoils a reply adds up, a refusal's too, and the journal names all."""
        world = World()
        id_ = invite(world)
        world.fault("delay 1s")
        world.fault("delay 2s")
        world.fault("status 503")

        reply = ask(world, f"/connections/{id_}")

        assert (reply.status, reply.wait) == (503, 3 * SECOND)
        last = world.journal.last_exchange()
        assert last is not None
        assert last.note == "fault 3: status 503; fault 1: delay 1 second; fault 2: delay 2 seconds"

    def test_many_that_do_not_fit(self) -> None:
        """A hundred that are meant for others change nothing."""
        world = World()
        id_ = invite(world)
        for number in range(100):
            world.fault(status=503, connection=f"c{number}")
            world.fault(status=503, client=f"k{number}-*")
            world.fault({"status": 503, "from": f"{number + 1}d"})

        assert poll(world, id_, 3) == [200] * 3

    def test_removing(self) -> None:
        """A fault can be taken away by itself or by its number, wherever it waits; once."""
        world = World()
        id_ = invite(world)
        faults = [world.fault("status 503"), world.fault("status 503, from 1d"), world.fault("status 503, client k")]
        active = world.faults

        assert active.remove(faults[0]) is faults[0]
        assert active.remove(faults[0]) is None
        assert active.remove(3) is faults[2]
        assert list(active) == [faults[1]]
        assert poll(world, id_) == [200]
        active.clear()
        world.advance("2 days")
        assert (poll(world, id_), bool(active)) == ([200], False)


class TestChance:
    """What is left to chance comes from the seed."""

    @settings(deadline=None)
    @given(st.text(max_size=8), st.integers(1, 99))
    def test_same_seed_same_strikes(self, seed: str, percent: int) -> None:
        """The same seed strikes the same polls."""

        def statuses() -> list[int]:
            world = World(seed)
            world.fault(f"status 503, probability {percent}%")
            return poll(world, invite(world), 20)

        assert statuses() == statuses()

    def test_clients_do_not_reorder_each_other(self) -> None:
        """Which polls of a connection are struck does not depend on who else asks, and when."""

        def struck(order: Iterable[int]) -> list[list[int]]:
            world = World()
            world.fault("status 503, probability 50%")
            world.fault("delay 1s..1h")
            ids = [invite(world, "a"), invite(world, "b")]
            seen: list[list[int]] = [[], []]
            for number in order:
                reply = ask(world, f"/connections/{ids[number]}", "ab"[number])
                seen[number] += [reply.status, reply.wait or 0]
            return seen

        assert struck([0] * 20 + [1] * 20) == struck([0, 1] * 20) == struck([1] * 20 + [0] * 20)

    def test_it_is_about_right(self) -> None:
        """Thirty percent are about thirty of a hundred; other faults strike others."""
        world = World()
        first, second = (world.fault(f"delay 1s, probability {chance}") for chance in ("30%", "0.3"))
        id_ = invite(world)
        both = 0
        for _ in range(1000):
            before = first.struck, second.struck
            poll(world, id_)
            both += (first.struck, second.struck) == (before[0] + 1, before[1] + 1)

        assert 250 < first.struck < 350
        assert 50 < both < 130

    def test_jitter(self) -> None:
        """A delay from a range is within it, and differs from poll to poll."""
        world = World()
        id_ = invite(world)
        world.fault("delay 5s..20s")
        waits = [ask(world, f"/connections/{id_}").wait or 0 for _ in range(20)]

        assert all(5 * SECOND <= wait <= 20 * SECOND for wait in waits)
        assert len(set(waits)) == 20


class TestLimits:
    """A rate limit counts each client's answers."""

    def test_window(self) -> None:
        """A client gets so many within any such time; refusals do not count, and others have limits of their own."""
        world = World()
        id_, theirs = invite(world), invite(world, "other")
        world.fault("rate_limit 2, per 1m")
        told = []
        for wait in (0, 30, 0, 29, 1, 0, 30):  # seconds before each poll
            world.clock.advance_ns(wait * SECOND)
            reply = ask(world, f"/connections/{id_}")
            told.append((reply.status, dict(reply.headers).get("Retry-After")))

        assert told == [
            (200, None),
            (200, None),
            (429, "30"),
            (429, "1"),
            (200, None),
            (429, "30"),
            (200, None),
        ]
        assert poll(world, theirs, 2, "other") == [200, 200]

    def test_who_comes_back_as_told_is_answered(self) -> None:
        """Retry-After is rounded up to whole seconds, so that it is never too short."""
        world = World()
        id_ = invite(world)
        world.fault("rate_limit 1, per 1500ms")
        poll(world, id_)

        wait = dict(ask(world, f"/connections/{id_}").headers)["Retry-After"]
        world.advance(f"{wait}s")

        assert (wait, poll(world, id_)) == ("2", [200])


class TestUse:
    """A fault that was of no use is a mistake of the test."""

    @pytest.mark.parametrize(
        "row", ["status 503, client other", "status 503, nth 3", "webhook lost", "status 503, from 1d"]
    )
    def test_unused(self, row: str) -> None:
        """A fault that never struck fails the test at its end, and says what it waited for."""
        world = World()
        world.fault(row)
        poll(world, invite(world))

        with pytest.raises(UnusedFault, match=r"The fault \{.*\} never struck. .*Expected it to strike at least once"):
            world.check()

    def test_it_says_how_many_it_met(self) -> None:
        """One that matched requests and struck none says so."""
        world = World()
        world.fault("status 503, nth 3")
        poll(world, invite(world), 2)

        with pytest.raises(UnusedFault, match=r"\{status: 503, nth: 3\} never struck. 2 requests matched"):
            world.check()

    @pytest.mark.parametrize("row", ["status 503, probability 0.001", "rate_limit 10, per 1m"])
    def test_what_may_never_strike(self, row: str) -> None:
        """What is left to chance, or a limit that a client keeps, need not strike; it must have matched a request."""
        world = World()
        world.fault(row)
        with pytest.raises(UnusedFault, match="No request matched its conditions"):
            world.check()

        poll(world, invite(world))

        world.check()

    def test_not_required(self) -> None:
        """One of a scenario file need not be used."""
        world = World()
        world.faults.add("status 503", required=False)

        world.check()

    def test_reset_counts_anew(self) -> None:
        """A reset keeps faults and forgets counts; what was of use stays so."""
        world = World()
        active: list[ActiveFault] = [world.fault("status 503, times 1"), world.fault("rate_limit 1, per 1d")]
        id_ = invite(world)
        first = poll(world, id_, 3)
        world.reset()

        world.check()
        assert [one.struck for one in active] == [0, 0]
        assert poll(world, invite(world), 3) == first == [503, 429, 429]
