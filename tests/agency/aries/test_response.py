"""What an Aries holder is sent, and what it makes of that."""

from typing import Any

import pytest

from connsim import Sequence, World
from connsim.core.exchange import Request
from connsim.wire.aries import messages
from connsim.wire.aries.did_doc import contact
from connsim.wire.aries.messages import AriesMessage, Type
from connsim.wire.keys import KeyPair
from tests.agency.aries.conftest import Inviter, acts, answered, scan
from tests.agency.conftest import last_exchange


class TestResponse:
    """What the holder makes of what comes to its address."""

    def asked(self, inviter: Inviter) -> AriesMessage:
        scan(inviter)
        [(_, request)] = inviter.mails(inviter.pair)
        return request

    def test_the_journal_has_it_where_the_invitation_is(self, world: World, inviter: Inviter) -> None:
        """With the key that certainly closed it, and before what it causes."""
        inviter.respond(self.asked(inviter))

        taken, caused = [one for one in world.journal.exchanges() if one.connection][-2:]

        assert (taken.message, taken.client, taken.connection, taken.route) == (
            "connections/1.0/response",
            inviter.pair.pw.verkey,
            inviter.first.pw.did,
            "/holders/{id}",
        )
        assert caused.note.endswith("notification/1.0/ack")

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            pytest.param({"signer": KeyPair.from_seed(b"s" * 32)}, "is not valid", id="bad signature"),
            pytest.param({"thid": "another"}, "of the thread 'another'", id="wrong thread"),
            pytest.param({"doc": {"id": "x"}}, "the DIDDoc lacks @context", id="no document"),
        ],
    )
    def test_a_wrong_response_is_refused(
        self, world: World, inviter: Inviter, wrong: dict[str, Any], told: str
    ) -> None:
        """The inviter's post is taken; a problem report goes to the keys of the invitation, and the script ends."""
        world.script("aries-holder", Sequence.of(("request", "1 minute"), "accept"))
        inviter.respond(self.asked(inviter), **wrong)

        refused = next(one for one in world.journal.exchanges() if one.message == "connections/1.0/response")
        assert told in refused.note
        assert refused.status == 200
        assert [m.type for _, m in inviter.mails(inviter.first)] == [Type.REQUEST, Type.PROBLEM]
        assert inviter.mails(inviter.pair) == []
        report = inviter.mails(inviter.first)[1][1]
        world.advance("1 hour")
        assert acts(world, inviter.first.pw.did) == ["ignore", "request"]
        assert report.members["problem-code"] == "response_processing_error"

    def test_a_second_response_is_left_alone(self, world: World, inviter: Inviter) -> None:
        """The first one stands, and there is one ack."""
        request = self.asked(inviter)
        inviter.respond(request)
        inviter.pair = inviter.first

        inviter.post(messages.response("again", request.id, {}))

        assert "or already has a response" in last_exchange(world).note

    def test_a_ping_is_answered(self, inviter: Inviter) -> None:
        """Whoever wants to know whether the holder is there gets an answer on the thread of the question."""
        inviter.respond(self.asked(inviter))
        inviter.post(messages.ping("ping-1"))
        inviter.post(messages.ping("ping-2", response_requested=False))

        [(_, ack), (_, answer)] = inviter.mails(inviter.pair)

        assert (ack.type, ack.thread) == (Type.ACK, inviter.request.id)
        assert (answer.type, answer.thread) == (Type.PING_RESPONSE, "ping-1")

    def test_a_problem_report_ends_it(self, world: World, inviter: Inviter) -> None:
        """The holder gives up, and the journal has the code."""
        world.script("aries-holder", Sequence.of(("request", "1 hour"), "accept"))
        inviter.their = contact(self.asked(inviter).members["connection"]["DIDDoc"])
        inviter.post(messages.problem_report("p", "t", "request_processing_error"))

        world.advance("2 hours")

        assert last_exchange(world).note == "the inviter reports: request_processing_error"
        assert acts(world, inviter.first.pw.did) == ["ignore", "request"]

    def test_other_messages_are_taken(self, world: World, inviter: Inviter) -> None:
        """Nothing comes of them."""
        inviter.their = contact(self.asked(inviter).members["connection"]["DIDDoc"])

        assert answered(inviter.post(AriesMessage("https://didcomm.org/x/1.0/y", {}))).status == 200
        assert "does not answer this message" in last_exchange(world).note

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"protected":""}'])
    def test_what_does_not_open_is_refused(self, world: World, inviter: Inviter, body: bytes) -> None:
        """As the agency refuses it at its own address."""
        inviter.their = contact(self.asked(inviter).members["connection"]["DIDDoc"])

        assert answered(inviter.post_raw(body)).status == 400
        world.check()

    def test_nobody_lives_elsewhere(self, world: World) -> None:
        """An address that no holder has."""
        assert world.agency.handle(Request("POST", "/holders/x", {}, b"{}")).status == 404
