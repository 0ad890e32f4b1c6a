import json

import pytest

from connsim import Sequence, World
from connsim.core.exchange import Reply, Request
from connsim.errors import BadScript, Misuse, UnknownBehaviour, UnusedScript, Violation
from connsim.journal.entries import Entry
from connsim.script.selection import Match


def ask(world: World, method: str, path: str, body: object = None, key: str = "k") -> Reply:
    """Send one request to the world's PRISM agent."""
    content = b"" if body is None else json.dumps(body).encode()
    return world.prism.handle(Request(method, path, {"apikey": key}, content))


def test_scripts_are_tried_newest_first() -> None:
    """The script that was written last is tried first; one with a label takes only what matches."""
    world = World()
    everybody = world.script("prism-inviter", "never responds")
    late = world.script("prism-inviter", "accepts after 5s", label="late-*")

    ask(world, "POST", "/connections", {"label": "late-1"})
    ask(world, "POST", "/connections", {"label": "other"})

    assert (late.played, everybody.played) == (1, 1)
    world.check()


def test_unused_scripts_fail_the_test() -> None:
    """A script that nobody played is a mistake in the test, and its message says how to mend it."""
    world = World()
    world.script("prism-inviter", "never responds", label="Bob*")

    with pytest.raises(UnusedScript, match="'never-responds' for prism-inviter was never played.*label matches 'Bob"):
        world.check()


def test_bad_scripts_change_nothing() -> None:
    """A script that is refused is not kept."""
    world = World()
    with pytest.raises(UnknownBehaviour):
        world.script("prism-inviter", "dances")
    with pytest.raises(BadScript):
        world.script("prism-inviter", Sequence.of("Paid"))

    assert list(world.scripts.waiting) == []
    world.check()


def test_what_is_not_modelled_fails_the_test() -> None:
    """A call that the real agent would answer and connsim does not play is told at the end of the test."""
    world = World()

    assert ask(world, "GET", "/did-registrar/dids").status == 404

    with pytest.raises(
        Violation, match="asked for GET /did-registrar/dids, which the real agent has and connsim does not"
    ):
        world.check()


def test_failures_inside_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception inside the fake looks like the real agent's 500 on the wire, and fails the test at its end."""
    world = World()
    monkeypatch.setattr(world.prism.cloud_agent, "create", None)

    reply = ask(world, "POST", "/connections", {})

    assert (reply.status, json.loads(reply.body)["type"]) == (500, "error:InternalServerError")
    with pytest.raises(Violation, match="connsim itself failed while it answered POST /connections(.|\n)*TypeError"):
        world.check()


def test_reset_may_take_another_seed() -> None:
    """What a world makes then is what one makes that began with the seed, the agency's key included."""
    world, other = World("sunday"), World("monday")
    ask(world, "POST", "/connections", {})
    assert world.agency.identity != other.agency.identity

    world.reset("monday")

    made, expected = (ask(one, "POST", "/connections", {}) for one in (world, other))
    assert (made.body, world.agency.identity) == (expected.body, other.agency.identity)


def test_faults_draw_from_the_new_seed() -> None:
    """What is left to chance is what it is in a world that began with the seed."""
    worlds = (World("sunday"), World("monday"))
    for world in worlds:
        world.fault(status=503, probability="50%")
    worlds[0].reset("monday")

    struck = [[ask(world, "GET", "/connections").status for _ in range(40)] for world in worlds]

    assert struck[0] == struck[1]


def test_a_script_for_all_is_for_none_if_one_can_not_have_it() -> None:
    """What is refused leaves no half behind."""
    world = World()

    with pytest.raises(Misuse, match="A script for prism-inviter was given phone"):
        world.scripts.add_for_all("accepts", ("vcx-holder", "prism-inviter"), Match({"phone": "+1*"}))

    assert list(world.scripts.waiting) == []


def test_reset_drops_what_happened_and_keeps_the_rest() -> None:
    """Records, journal and what is due are gone; scripts, seed and the clock's moment stay."""
    world = World()
    world.script("prism-inviter", "accepts after 90 seconds")
    first = ask(world, "POST", "/connections", {})
    world.advance("1 minute")

    world.reset()

    assert ask(world, "GET", "/connections").body == b'{"contents":[],"kind":"ConnectionsPage","self":"","pageOf":""}'
    assert [e.method for e in world.journal.exchanges()] == ["GET"]
    assert world.clock.next_due() is None
    assert world.clock.elapsed() == 60 * 10**9
    again = ask(world, "POST", "/connections", {})
    assert json.loads(again.body)["connectionId"] == json.loads(first.body)["connectionId"]


def test_same_seed_same_bytes() -> None:
    """The journals of two worlds with one seed are equal to the byte; another seed gives others."""

    def journal(seed: str) -> list[Entry]:
        world = World(seed)
        world.script("prism-inviter", "accepts after 90 seconds")
        ask(world, "POST", "/connections", {"label": "x"})
        ask(world, "GET", "/connections/nonsense")
        world.advance("2 minutes")
        ask(world, "GET", "/connections")
        return world.journal.entries()

    assert journal("one") == journal("one") != journal("other")


def test_every_poll_may_move_the_clock() -> None:
    """For clients whose waiting can not be virtual, each poll is worth a while; listings are not."""
    world = World(per_poll=60 * 10**9)
    made = json.loads(ask(world, "POST", "/connections", {}).body)

    ask(world, "GET", "/connections")
    ask(world, "GET", f"/connections/{made['connectionId']}")
    ask(world, "GET", f"/connections/{made['connectionId']}")

    assert world.clock.elapsed() == 120 * 10**9


def test_a_holder_accepts_by_hand() -> None:
    """A holder with no client behind accepts an invitation once, and only one that exists."""
    world = World()
    made = json.loads(ask(world, "POST", "/connections", {}).body)

    world.prism.holder_accepts(made["connectionId"])
    world.advance("1 second")

    shown = json.loads(ask(world, "GET", f"/connections/{made['connectionId']}").body)
    assert shown["state"] == "ConnectionResponseSent"
    with pytest.raises(Misuse, match="it is in ConnectionResponseSent. Expected InvitationGenerated"):
        world.prism.holder_accepts(made["connectionId"])
    with pytest.raises(Misuse, match="No invitation 'nobody' is known"):
        world.prism.holder_accepts("nobody")


def test_describes_itself() -> None:
    """A world's text tells its seed and age."""
    world = World("here")
    world.advance("24 hours")

    assert repr(world) == "<World seed='here', 24 hours old>"
    assert world.timeline() == "Nothing has happened yet."
