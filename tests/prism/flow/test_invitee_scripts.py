"""Scripts of invitees.

Sections are those of docs/protocol/prism-agent.md.
"""

import pytest

from connsim import Sequence
from tests.prism.flow.conftest import (
    EXPIRED,
    GENERATED,
    INVITEE,
    INVITER,
    RECEIVED,
    REQUEST_PENDING,
    REQUEST_RECEIVED,
    REQUEST_SENT,
    RESPONSE_PENDING,
    RESPONSE_RECEIVED,
    RESPONSE_SENT,
    Pair,
)


class TestInviteeScripts:
    """A script on the invitee's side; the inviter follows its own table."""

    def test_stuck_invitee(self) -> None:
        """The inviter is connected, the invitee waits without end; both have both DIDs (4.6)."""
        pair = Pair()
        pair.world.script("prism-invitee", "stuck-invitee")
        pair.invite()
        pair.accept()
        pair.world.advance("30 days")
        assert pair.states() == (RESPONSE_SENT, REQUEST_SENT)
        assert pair.history(pair.accepted) == [(0, RECEIVED), (0, REQUEST_PENDING), (2_000, REQUEST_SENT)]
        assert pair.history(pair.made)[1:] == [
            (2_000, REQUEST_RECEIVED),
            (2_005, RESPONSE_PENDING),
            (2_020, RESPONSE_SENT),
        ]
        inviter, invitee = pair.look(pair.made, INVITER), pair.look(pair.accepted, INVITEE)
        assert (inviter["myDid"], inviter["theirDid"]) == (invitee["theirDid"], invitee["myDid"])
        assert (invitee["metaRetries"], "metaLastFailure" in invitee) == (5, False)

    def test_waits_for_the_answer(self) -> None:
        """A step until the inviter answers ends when the response arrives."""
        pair = Pair()
        pair.world.script(
            "prism-invitee",
            Sequence.of((REQUEST_PENDING, "1s"), (REQUEST_SENT, "until the inviter answers"), RESPONSE_RECEIVED),
        )
        pair.invite()
        pair.accept()
        pair.world.advance("1m")
        assert pair.history(pair.accepted)[2:] == [(1_000, REQUEST_SENT), (1_015, RESPONSE_RECEIVED)]
        assert pair.states()[0] == RESPONSE_SENT

    def test_nothing_is_sent_before_the_script_sends_it(self) -> None:
        """While the script shows the request as pending, the inviter does not get it."""
        pair = Pair()
        pair.world.script("prism-invitee", Sequence.of((REQUEST_PENDING, "ever")))
        pair.invite()
        pair.accept()
        pair.world.advance("1 day")
        assert pair.states() == (GENERATED, REQUEST_PENDING)

    def test_sent_too_late(self) -> None:
        """A scripted request that is sent after the expiry finds the invitation expired; the script continues."""
        pair = Pair()
        pair.world.script("prism-invitee", Sequence.of((REQUEST_PENDING, "10m"), REQUEST_SENT))
        pair.invite()
        pair.accept()
        pair.world.advance("1h")
        assert pair.states() == (EXPIRED, REQUEST_SENT)

    def test_without_a_peer(self) -> None:
        """The script of an invitee plays the inviter, too, if that is not in this world."""
        pair = Pair()
        pair.world.script("prism-invitee", "accepts after 7 seconds")
        invitation = pair.world.prism.foreign_invitation("Carol")
        pair.accepted = pair.send("POST", "/connection-invitations", INVITEE, {"invitation": invitation.payload()})
        pair.accepted_at = pair.world.clock.now()
        pair.world.advance("1h")
        assert pair.history(pair.accepted)[2:] == [(10, REQUEST_SENT), (7_010, RESPONSE_RECEIVED)]
        shown = pair.look(pair.accepted, INVITEE)
        assert (shown["theirDid"], shown["metaRetries"]) == (invitation.from_did, 5)

    def test_skipping_the_middle_implies_a_request(self) -> None:
        """An invitee that has the response has sent a request, so its inviter gets connected, too (4.4)."""
        pair = Pair()
        pair.world.script("prism-invitee", Sequence.of((REQUEST_PENDING, "1s"), RESPONSE_RECEIVED))
        pair.invite()
        pair.accept()
        pair.world.advance("1m")
        assert pair.states() == (RESPONSE_SENT, RESPONSE_RECEIVED)
        assert pair.history(pair.accepted)[2:] == [(1_000, RESPONSE_RECEIVED)]

    @pytest.mark.parametrize(
        ("steps", "passed"),
        [
            pytest.param([(RECEIVED, "1s")], [(1_005, REQUEST_PENDING), (1_025, REQUEST_SENT)], id="received"),
            pytest.param([(REQUEST_PENDING, "1s")], [(1_020, REQUEST_SENT), (1_025, RESPONSE_RECEIVED)], id="pending"),
            pytest.param(
                [(REQUEST_PENDING, "1s"), (REQUEST_SENT, "1ms")],
                [(1_000, REQUEST_SENT), (1_015, RESPONSE_RECEIVED)],
                id="sent-before-the-answer",
            ),
            pytest.param(
                [(REQUEST_PENDING, "1s"), (REQUEST_SENT, "5s")],
                [(1_000, REQUEST_SENT), (6_000, RESPONSE_RECEIVED)],
                id="sent-after-the-answer",
            ),
            pytest.param(
                [(REQUEST_PENDING, "1s"), (REQUEST_SENT, "until answered")],
                [(1_000, REQUEST_SENT), (1_015, RESPONSE_RECEIVED)],
                id="sent-until-answered",
            ),
        ],
    )
    def test_over(self, steps: list[tuple[str, str]], passed: list[tuple[float, str]]) -> None:
        """After the end of its script a record follows its own table, and nothing that arrived is lost."""
        pair = Pair()
        pair.world.script("prism-invitee", Sequence.of(*steps))
        pair.invite()
        assert pair.accept()["state"] == steps[0][0]
        pair.world.advance("1m")
        assert [entry for entry in pair.history(pair.accepted) if entry[0] > 0][: len(passed)] == passed
        assert pair.states() == (RESPONSE_SENT, RESPONSE_RECEIVED)

    def test_received_only(self) -> None:
        """A script may keep the invitee in its first state, without DIDs (3.2)."""
        pair = Pair()
        pair.world.script("prism-invitee", Sequence.of(RECEIVED))
        pair.invite()
        accepted = pair.accept()
        assert (accepted["state"], "myDid" in accepted, "updatedAt" in accepted) == (RECEIVED, False, False)
