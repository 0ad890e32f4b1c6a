"""Invitations that are accepted too late.

Sections are those of docs/protocol/prism-agent.md.
"""

import pytest

from connsim import CloudAgentSettings
from connsim.core.durations import MILLISECOND, SECOND
from tests.prism.flow.conftest import (
    EXPIRED,
    GENERATED,
    INVITEE,
    INVITER,
    REQUEST_PENDING,
    RESPONSE_SENT,
    Pair,
    refusal,
)


class TestExpiry:
    """4.7: 300 seconds, checked only when a request arrives, 10 ms after the acceptance."""

    ARRIVES = 10 * MILLISECOND

    @pytest.mark.parametrize(
        ("age", "state"),
        [
            pytest.param(300 * SECOND - 1, RESPONSE_SENT, id="4.7-just-in-time"),
            pytest.param(300 * SECOND, RESPONSE_SENT, id="4.7-equal"),
            pytest.param(300 * SECOND + 1, EXPIRED, id="4.7-one-late"),
            pytest.param(3_000 * SECOND, EXPIRED, id="4.7-much-later"),
        ],
    )
    def test_limit(self, age: int, state: str) -> None:
        """A request after exactly 300 seconds is in time; one nanosecond later it is late."""
        pair = Pair()
        pair.invite()
        pair.world.clock.advance_ns(age - self.ARRIVES)
        assert pair.accept()["state"] == REQUEST_PENDING
        pair.world.advance("1s")
        assert pair.look(pair.made, INVITER)["state"] == state

    def test_setting(self) -> None:
        """The limit is a setting."""
        pair = Pair(options=CloudAgentSettings(invitation_expiry=SECOND, pickup=0))
        pair.invite()
        pair.world.clock.advance_ns(SECOND + 1)
        pair.accept()
        assert pair.look(pair.made, INVITER)["state"] == EXPIRED

    def test_age_is_not_checked_before(self) -> None:
        """Until a request arrives, an old invitation does not change its state, and the journal has no transition."""
        pair = Pair()
        pair.invite()
        pair.world.advance("1 day")
        shown = pair.poll(pair.made, INVITER)
        assert (shown["state"], "updatedAt" in shown) == (GENERATED, False)
        pair.accept()
        assert pair.look(pair.made, INVITER)["state"] == GENERATED
        assert len(pair.history(pair.made)) == 1

    def test_failures_of_the_sender(self) -> None:
        """The first send fails with the expiry, the later ones with the state that it caused."""
        pair = Pair()
        pair.invite()
        pair.world.advance("301s")
        pair.accept()
        pair.world.advance("1s")
        inviter = pair.look(pair.made, INVITER)
        assert (inviter["state"], "myDid" in inviter, "theirDid" in inviter) == (EXPIRED, False, False)
        assert inviter["metaRetries"] == 5
        refused = refusal(pair.look(pair.accepted, INVITEE))
        assert (refused["status"], refused["type"]) == (400, "error:ConnectionServiceError:InvitationExpired")
        assert refused["title"] == "Invitation Expired"
        assert refused["detail"] == f"The provided invitation has expired: invitationId={pair.made['thid']}"

        pair.world.advance("5s")
        refused = refusal(pair.look(pair.accepted, INVITEE))
        assert refused["type"] == "error:ConnectionServiceError:InvalidStateForOperation"
        assert refused["detail"].endswith("state=InvitationExpired")
        pair.world.advance("1h")
        last = pair.look(pair.accepted, INVITEE)
        assert (last["state"], last["metaRetries"]) == (REQUEST_PENDING, 0)
