"""Scripts of inviters.

Sections are those of docs/protocol/prism-agent.md.
"""

import re

import pytest

from connsim import Misuse, Sequence
from tests.prism.flow.conftest import (
    EXPIRED,
    GENERATED,
    INVITEE,
    INVITER,
    REQUEST_RECEIVED,
    REQUEST_SENT,
    RESPONSE_PENDING,
    RESPONSE_RECEIVED,
    RESPONSE_SENT,
    THIRD,
    Pair,
    refusal,
)


class TestInviterScripts:
    """A script on the inviter's side; the invitee follows its own table."""

    def test_alone(self) -> None:
        """Without a client for the holder, the script's times are exact, and the record gets a holder's DID."""
        pair = Pair()
        pair.world.script(
            "prism-inviter",
            Sequence.of((GENERATED, "90s"), (REQUEST_RECEIVED, "10ms"), (RESPONSE_PENDING, "2s"), RESPONSE_SENT),
        )
        pair.invite()
        pair.world.advance("1h")
        assert pair.history(pair.made, pair.invited_at) == [
            (0, GENERATED),
            (90_000, REQUEST_RECEIVED),
            (90_010, RESPONSE_PENDING),
            (92_010, RESPONSE_SENT),
        ]
        shown = pair.poll(pair.made, INVITER)
        assert shown["myDid"] == pair.made["invitation"]["from"]
        assert re.match(r"did:peer:2\.Ez6LS", shown["theirDid"])
        assert shown["theirDid"] != shown["myDid"]

    def test_states_left_out_are_passed_through(self) -> None:
        """States that a script skips on the only way are passed at the same instant."""
        pair = Pair()
        pair.world.script("prism-inviter", Sequence.of((GENERATED, "1s"), RESPONSE_SENT))
        pair.invite()
        pair.world.advance("1m")
        assert pair.history(pair.made, pair.invited_at)[1:] == [
            (1_000, REQUEST_RECEIVED),
            (1_000, RESPONSE_PENDING),
            (1_000, RESPONSE_SENT),
        ]

    def test_shortest_step(self) -> None:
        """A step of one nanosecond lasts one nanosecond, and is shown at that moment."""
        pair = Pair()
        pair.world.script("prism-inviter", Sequence.of((GENERATED, "1ns"), (RESPONSE_PENDING, "1ns"), RESPONSE_SENT))
        seen = [pair.invite()["state"]]
        for _ in range(2):
            pair.world.clock.advance_ns(1)
            seen.append(pair.look(pair.made, INVITER)["state"])
        assert seen == [GENERATED, RESPONSE_PENDING, RESPONSE_SENT]

    def test_until_accepted(self) -> None:
        """The script waits for the request, and the peer gets its response when the script sends it."""
        pair = Pair()
        pair.world.script(
            "prism-inviter",
            Sequence.of(
                (GENERATED, "until accepted"), (REQUEST_RECEIVED, "3s"), (RESPONSE_PENDING, "4s"), RESPONSE_SENT
            ),
        )
        pair.invite()
        pair.world.advance("2m")
        pair.accept()
        pair.world.advance("1h")
        assert pair.history(pair.made)[1:] == [
            (10, REQUEST_RECEIVED),
            (3_010, RESPONSE_PENDING),
            (7_010, RESPONSE_SENT),
        ]
        assert pair.history(pair.accepted)[2:] == [(20, REQUEST_SENT), (7_010, RESPONSE_RECEIVED)]
        assert pair.look(pair.made, INVITER)["theirDid"] == pair.accepted["myDid"]

    def test_spoken_event(self) -> None:
        """The event may be written in a tester's words."""
        spoken = Sequence.of((GENERATED, "until the holder accepts"), RESPONSE_SENT)
        assert spoken == Sequence.of((GENERATED, "until accepted"), RESPONSE_SENT)

    def test_until_accepted_ends_by_a_holder_too(self) -> None:
        """An acceptance by a holder without a client ends the step, too."""
        pair = Pair()
        pair.world.script("prism-inviter", Sequence.of((GENERATED, "until accepted"), RESPONSE_SENT))
        pair.invite()
        pair.world.prism.holder_accepts(pair.made["connectionId"])
        assert pair.poll(pair.made, INVITER)["state"] == RESPONSE_SENT
        with pytest.raises(Misuse):
            pair.world.prism.holder_accepts(pair.made["connectionId"])

    def test_until_accepted_comes_too_late(self) -> None:
        """Strict scripts keep the real expiry: a request after 300 seconds ends the script in InvitationExpired."""
        pair = Pair()
        pair.world.script("prism-inviter", Sequence.of((GENERATED, "until accepted"), RESPONSE_SENT))
        pair.invite()
        pair.world.advance("5m")
        pair.accept()
        pair.world.advance("1h")
        assert [state for _, state in pair.history(pair.made)] == [GENERATED, EXPIRED]
        assert pair.look(pair.accepted, INVITEE)["metaRetries"] == 0

    @pytest.mark.parametrize(
        ("after", "state"),
        [("300s", RESPONSE_SENT), ("300s1ns", EXPIRED), ("10m", EXPIRED)],
        ids=["equal", "one-late", "much-later"],
    )
    def test_scripted_acceptance_expires(self, after: str, state: str) -> None:
        """A scripted acceptance after 300 seconds is late, too, and the rest of the script is not played (4.7)."""
        pair = Pair()
        pair.world.script("prism-inviter", Sequence.of((GENERATED, after), (RESPONSE_PENDING, "1s"), RESPONSE_SENT))
        pair.invite()
        pair.world.advance("1h")
        shown = pair.poll(pair.made, INVITER)
        assert (shown["state"], "theirDid" in shown) == (state, state == RESPONSE_SENT)
        pair.accept()
        pair.world.advance("1s")
        assert refusal(pair.look(pair.accepted, INVITEE))["detail"].endswith(f"state={state}")

    def test_peer_comes_while_the_script_waits_for_time(self) -> None:
        """A request during a timed step is accepted; the script continues in its own time and answers that peer."""
        pair = Pair()
        pair.world.script("prism-inviter", Sequence.of((GENERATED, "10s"), (RESPONSE_PENDING, "1s"), RESPONSE_SENT))
        pair.invite()
        pair.world.advance("2s")
        pair.accept()
        pair.world.advance("1m")
        assert pair.history(pair.made)[1:] == [
            (8_000, REQUEST_RECEIVED),
            (8_000, RESPONSE_PENDING),
            (9_000, RESPONSE_SENT),
        ]
        assert pair.history(pair.accepted)[2:] == [(20, REQUEST_SENT), (9_000, RESPONSE_RECEIVED)]
        assert pair.look(pair.made, INVITER)["theirDid"] == pair.accepted["myDid"]

    def test_peer_comes_after_the_script_has_connected(self) -> None:
        """An acceptance after that of the scripted holder is refused like any second one."""
        pair = Pair()
        pair.world.script("prism-inviter", "accepts after 1 second")
        pair.invite()
        pair.world.advance("2s")
        holder = pair.look(pair.made, INVITER)["theirDid"]
        pair.accept()
        pair.world.advance("2m")
        assert pair.look(pair.accepted, INVITEE)["metaRetries"] == 0
        assert pair.look(pair.made, INVITER)["theirDid"] == holder

    def test_never_responds(self) -> None:
        """An inviter that never responds receives the request and leaves the invitee waiting without end."""
        pair = Pair()
        pair.world.script("prism-inviter", "never responds")
        pair.invite()
        pair.accept()
        pair.world.advance("30 days")
        assert pair.states() == (GENERATED, REQUEST_SENT)

    def test_expired_by_script(self) -> None:
        """A script may let an invitation expire; a later request is refused for that state."""
        pair = Pair()
        pair.world.script("prism-inviter", Sequence.of((GENERATED, "5s"), EXPIRED))
        pair.invite()
        pair.world.advance("5s")
        pair.accept()
        pair.world.advance("1s")
        assert refusal(pair.look(pair.accepted, INVITEE))["detail"].endswith("state=InvitationExpired")

    @pytest.mark.parametrize("last", ["10ms", "until accepted", "1 poll"], ids=["time", "event", "poll"])
    def test_over_while_waiting(self, last: str) -> None:
        """After its script a record follows its own table, and continues with what has arrived in between."""
        pair = Pair()
        pair.world.script("prism-inviter", Sequence.of((GENERATED, last)))
        pair.invite()
        pair.accept()
        pair.world.advance("1s")
        pair.poll(pair.made, INVITER)
        pair.world.advance("1s")
        assert pair.states() == (RESPONSE_SENT, RESPONSE_RECEIVED)
        assert pair.look(pair.made, INVITER)["theirDid"] == pair.accepted["myDid"]

    def test_over_before_anything_arrives(self) -> None:
        """An inviter whose script is over accepts a later request by its own table."""
        pair = Pair()
        pair.world.script("prism-inviter", Sequence.of((GENERATED, "10s")))
        pair.invite()
        pair.world.advance("20s")
        pair.accept()
        pair.world.advance("1s")
        assert pair.history(pair.made)[1:] == [(10, REQUEST_RECEIVED), (15, RESPONSE_PENDING), (30, RESPONSE_SENT)]

    def test_over_for_a_second_acceptance(self) -> None:
        """After the script has accepted a request, a second one after its end is refused."""
        pair = Pair()
        pair.world.script("prism-inviter", Sequence.of((GENERATED, "10s")))
        pair.invite()
        pair.accept()
        pair.world.advance("1s")
        late = pair.accept(THIRD)
        pair.world.advance("1s")
        assert refusal(pair.look(late, THIRD))["detail"].endswith("state=InvitationGenerated")
        pair.world.advance("1m")
        assert pair.look(pair.made, INVITER)["theirDid"] == pair.accepted["myDid"]

    @pytest.mark.parametrize(
        ("state", "passed"),
        [
            pytest.param(REQUEST_RECEIVED, [(1_005, RESPONSE_PENDING), (1_020, RESPONSE_SENT)], id="received"),
            pytest.param(RESPONSE_PENDING, [(1_015, RESPONSE_SENT)], id="pending"),
            pytest.param(RESPONSE_SENT, [], id="sent"),
        ],
    )
    def test_over_on_the_way(self, state: str, passed: list[tuple[float, str]]) -> None:
        """From any last state of a script, the record continues by its own table."""
        pair = Pair()
        pair.world.script("prism-inviter", Sequence.of((GENERATED, "0s"), (state, "1s")))
        pair.invite()
        pair.world.advance("1m")
        done = pair.history(pair.made, pair.invited_at)
        assert [entry for entry in done if entry[0] > 0] == passed
