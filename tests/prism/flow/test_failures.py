"""Messages that are sent again, and messages that fail.

Sections are those of docs/protocol/prism-agent.md.
"""

import json
import re
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from connsim import CloudAgentSettings, Sequence
from connsim.core.durations import MILLISECOND, SECOND
from connsim.prism.records import Failure
from tests.prism.flow.conftest import (
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
    THIRD,
    TYPE,
    Pair,
    refusal,
)


class TestRetries:
    """4.5: five attempts, at 0, 5, 15, 35 and 75 seconds."""

    def second(self) -> tuple[Pair, Any]:
        """Return an established connection, and a second acceptance of its invitation."""
        pair = Pair()
        pair.connect()
        return pair, pair.accept(THIRD)

    def test_times_of_retries(self) -> None:
        """A refused request is sent again after 5, 10, 20 and 40 seconds; each failure uses one retry, down to 0."""
        pair, late = self.second()
        clock, first = pair.world.clock, pair.world.clock.now() + 10 * MILLISECOND
        for left, after in ((4, 0), (3, 5), (2, 15), (1, 35), (0, 75)):
            clock.advance_ns(first + after * SECOND - 1 - clock.now())
            assert pair.look(late, THIRD)["metaRetries"] == left + 1
            clock.advance_ns(1)
            assert pair.look(late, THIRD)["metaRetries"] == left

    def test_it_ends_after_the_last_attempt(self) -> None:
        """After the last attempt nothing is due, and the record stays in its pending state without end."""
        pair, late = self.second()
        pair.world.clock.advance_ns(75 * SECOND + 10 * MILLISECOND)
        assert pair.world.clock.next_due() is None
        last = pair.look(late, THIRD)
        assert (last["state"], last["metaRetries"], last["updatedAt"]) == (REQUEST_PENDING, 0, late["updatedAt"])
        pair.world.advance("30 days")
        assert pair.look(late, THIRD)["metaRetries"] == 0

    def test_details_of_the_failure(self) -> None:
        """The failure quotes the refusal in full; a new attempt has a new instance."""
        pair, late = self.second()
        instances = set()
        for pause in ("10ms", "5s", "10s", "20s", "40s"):
            pair.world.advance(pause)
            refused = refusal(pair.look(late, THIRD))
            assert refused["type"] == "error:ConnectionServiceError:InvalidStateForOperation"
            assert refused["title"] == "Invalid State For Operation"
            assert refused["detail"] == (
                "The operation is not allowed for the current connection record state: state=ConnectionResponseSent"
            )
            instances.add(refused["instance"])
        assert len(instances) == 5

    def test_the_first_two_are_not_affected(self) -> None:
        """The established connection is not affected by a second acceptance."""
        pair = Pair()
        pair.connect()
        before = pair.look(pair.made, INVITER), pair.look(pair.accepted, INVITEE)
        pair.accept(THIRD)
        pair.world.advance("5m")
        assert (pair.look(pair.made, INVITER), pair.look(pair.accepted, INVITEE)) == before

    @pytest.mark.parametrize("gap", [0, 3, 8, 12], ids=["at-once", "before", "nearly", "while-answering"])
    def test_two_at_nearly_the_same_time(self, gap: int) -> None:
        """Of two clients that accept one invitation the first connects; the second gets the state of that moment."""
        pair = Pair()
        pair.invite()
        pair.accept()
        pair.world.clock.advance_ns(gap * MILLISECOND)
        late = pair.accept(THIRD)
        pair.world.clock.advance_ns(11 * MILLISECOND)
        refused = refusal(pair.look(late, THIRD))["detail"]
        pair.world.advance("1s")
        assert pair.states() == (RESPONSE_SENT, RESPONSE_RECEIVED)
        assert pair.look(pair.made, INVITER)["theirDid"] == pair.accepted["myDid"]
        assert pair.look(late, THIRD)["state"] == REQUEST_PENDING
        assert refused.endswith(f"state={RESPONSE_PENDING if gap >= 8 else REQUEST_RECEIVED}")

    def test_fewer_attempts(self) -> None:
        """The pauses are a setting; with two of them, two retries remain, as in later versions (0.2)."""
        pair = Pair(options=CloudAgentSettings(retry_delays=(5 * SECOND, 10 * SECOND)))
        pair.connect()
        late = pair.accept(THIRD)
        pair.world.advance("1h")
        assert pair.look(late, THIRD)["metaRetries"] == 2


class TestForeign:
    """7.5 and 4.5: an inviter that is not in this world."""

    def accept(self, pair: Pair, did: str) -> Any:
        """Accept an invitation from a DID."""
        content = {"id": "2c7b1a90-1d2e-4f30-8a4b-5c6d7e8f9a0b", "type": TYPE, "from": did, "body": {"accept": []}}
        payload = urlsafe_b64encode(json.dumps(content).encode()).decode()
        return pair.send("POST", "/connection-invitations", THIRD, {"invitation": payload})

    def test_foreign_did(self) -> None:
        """No message can be sent to a foreign DID: each attempt fails, and the record stays pending."""
        pair = Pair()
        accepted = self.accept(pair, "did:peer:2.Ez6LSfar.Vz6Mkfar.SeyJ0IjoiZG0ifQ")
        assert (accepted["state"], accepted["theirDid"]) == (
            REQUEST_PENDING,
            "did:peer:2.Ez6LSfar.Vz6Mkfar.SeyJ0IjoiZG0ifQ",
        )
        pair.world.advance("1s")
        shown = pair.look(accepted, THIRD)
        failure = shown["metaLastFailure"]
        assert (failure["status"], failure["type"]) == (400, "error:MercuryError:FailureInfo")
        assert re.fullmatch(r"Error when sending message: (.+); DATA:'.*'\. \1", failure["detail"])
        pair.world.advance("75s")
        assert (pair.look(accepted, THIRD)["state"], pair.look(accepted, THIRD)["metaRetries"]) == (REQUEST_PENDING, 0)

    def test_unknown_here(self) -> None:
        """An unknown DID with this agent's own address is refused by the agent's endpoint."""
        pair = Pair()
        did = pair.world.prism.foreign_invitation("Carol").from_did
        accepted = self.accept(pair, did)
        pair.world.advance("1s")
        refused = refusal(pair.look(accepted, THIRD))
        assert (refused["status"], refused["type"]) == (422, "error:DIDCommControllerError:PeerDIDNotFoundError")
        assert refused["title"] == "Peer D I D Not Found Error"
        assert refused["detail"] == f"The Peer DID was not found in this agent: {did}"

    def test_known_did_with_another_thread(self) -> None:
        """A request on a thread that the inviter does not have is a 404 of its endpoint (7.5)."""
        pair = Pair()
        accepted = self.accept(pair, pair.invite()["invitation"]["from"])
        pair.world.advance("1s")
        refused = refusal(pair.look(accepted, THIRD))
        assert (refused["status"], refused["type"]) == (404, "error:ConnectionServiceError:ThreadIdNotFound")
        assert refused["detail"] == (
            f"There is no connection record matching the provided identifier: thid={accepted['thid']}"
        )

    def test_known_did_with_a_thread_of_the_same_wallet(self) -> None:
        """The inviter finds its record by the thread alone, whichever DID of its wallet is the recipient (7.3)."""
        pair = Pair()
        other, made = pair.invite()["invitation"]["from"], pair.invite()
        content = {"id": made["thid"], "type": TYPE, "from": other, "body": {"accept": []}}
        payload = urlsafe_b64encode(json.dumps(content).encode()).decode()
        pair.send("POST", "/connection-invitations", THIRD, {"invitation": payload})
        pair.world.advance("1s")
        assert pair.look(made, INVITER)["state"] == RESPONSE_SENT

    def test_stolen_id(self) -> None:
        """An invitation with a known id and another DID does not reach the inviter of that id."""
        pair = Pair()
        made = pair.invite()
        content = {"id": made["thid"], "type": TYPE, "from": "did:peer:2.Ez6LSfar", "body": {"accept": []}}
        payload = urlsafe_b64encode(json.dumps(content).encode()).decode()
        pair.send("POST", "/connection-invitations", THIRD, {"invitation": payload})
        pair.world.advance("2m")
        assert pair.look(made, INVITER)["state"] == GENERATED


def test_overtaken_response() -> None:
    """A response that is faster than the 2xx skips a state, and leaves a failure on the established record (4.4)."""
    pair = Pair(options=CloudAgentSettings(acknowledged=20 * MILLISECOND))
    pair.connect()
    assert [state for _, state in pair.history(pair.accepted)] == [RECEIVED, REQUEST_PENDING, RESPONSE_RECEIVED]
    invitee = pair.look(pair.accepted, INVITEE)
    assert (invitee["state"], invitee["metaRetries"]) == (RESPONSE_RECEIVED, 4)
    failure = invitee["metaLastFailure"]
    assert (failure["type"], failure["title"]) == ("error:ConnectionServiceError:FailureInfo", "Failure Info")
    assert failure["status"] == 400
    assert failure["detail"] == (
        "The operation is not allowed for the current connection record state: state=ConnectionResponseReceived"
    )
    inviter = pair.look(pair.made, INVITER)
    assert (inviter["state"], inviter["metaRetries"], "metaLastFailure" in inviter) == (RESPONSE_SENT, 5, False)
    pair.world.advance("5m")
    assert pair.look(pair.accepted, INVITEE)["metaRetries"] == 4


@pytest.mark.parametrize(
    ("acknowledged", "skips"),
    [(9 * MILLISECOND, False), (10 * MILLISECOND, False), (10 * MILLISECOND + 1, True)],
    ids=["before", "at-once", "after"],
)
def test_the_race(acknowledged: int, skips: bool) -> None:
    """The state is skipped as soon as the 2xx takes a nanosecond longer than the response (4.4)."""
    pair = Pair(options=CloudAgentSettings(acknowledged=acknowledged))
    pair.connect()
    middle = [] if skips else [REQUEST_SENT]
    shown = [state for _, state in pair.history(pair.accepted)]
    assert shown == [RECEIVED, REQUEST_PENDING, *middle, RESPONSE_RECEIVED]


def test_a_transition_clears_the_failure() -> None:
    """Every transition restores the retries and clears the failure (3.1, 13.12)."""
    pair = Pair()
    pair.world.script("prism-inviter", Sequence.of((GENERATED, "until accepted"), RESPONSE_SENT, strict=False))
    pair.invite()
    record = pair.world.prism.store.get(pair.made["connectionId"])
    assert record is not None
    record.fail(Failure("MercuryError", 400, "x"))
    assert pair.poll(pair.made, INVITER)["metaRetries"] == 4
    pair.accept()
    pair.world.advance("1s")
    shown = pair.poll(pair.made, INVITER)
    assert (shown["state"], shown["metaRetries"], "metaLastFailure" in shown) == (RESPONSE_SENT, 5, False)
