"""Aries connections through the agency, with an inviter that is written for these tests as libvcx was seen to act."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from connsim import Sequence, World
from connsim.agency.settings import AgencySettings
from connsim.core.durations import SECOND
from connsim.core.ends import For
from connsim.core.exchange import Reply, Request
from connsim.core.seed import Seed
from connsim.core.table import By
from connsim.errors import BadScript, Misuse, UnusedScript
from connsim.faults.delay import Delay
from connsim.script.machines.aries import ANSWERED, ARIES_HOLDER, INVITER, Act
from connsim.script.sequence import Step
from connsim.wire.aries import messages
from connsim.wire.aries.did_doc import contact, did_doc
from connsim.wire.aries.forwarding import seal, unwrap
from connsim.wire.aries.messages import AriesMessage, Type
from connsim.wire.aries.signature import sign
from connsim.wire.codes import Version
from connsim.wire.crypt import drawing
from connsim.wire.errors import NoKey
from connsim.wire.keys import KeyPair
from connsim.wire.messages import Message
from connsim.wire.notation import base64url_text, dump_json

SEED = Seed("inviters")
URL = "http://agency.example:8080"


class Inviter:
    """One Aries connection of an owner, moved on by its polls.

    Attributes:
        state: The number that libvcx gives it.
        seen: What came into the mailboxes, by type.
        replies: What its posts to the holder were answered with.
    """

    def __init__(self, owner: Any, name: str = "pw", url: str = URL) -> None:
        self.owner = owner
        self.url = url
        self.name = name
        self.pair = self.first = owner.pair(name)
        routing = [self.pair.ac.verkey, owner.agency.verkey]
        self.invitation = messages.invitation(
            SEED.draw_uuid(name), "Acme", [self.pair.pw.verkey], routing, f"{self.url}/agency/msg"
        )
        self.state = 2
        self.seen: list[str] = []
        self.replies: list[Reply | None] = []

    @property
    def text(self) -> str:
        """The invitation as the client shows it."""
        return messages.write(self.invitation).decode()

    def mails(self, pair: Any) -> list[tuple[str, AriesMessage]]:
        """What is unread in a mailbox: uid and message.

        Raises:
            NoKey: One of them cannot be opened; libvcx then fails as well.
        """
        found = []
        for entry in self.owner.messages(pair, statusCodes=["MS-103"]):
            assert (entry["type"], entry["senderDID"], entry["refMsgId"]) == ("aries", "", None)
            message = unwrap(entry["payload"], {pair.pw.verkey: pair.pw}.get).message
            found.append((entry["uid"], message))
        return found

    def update(self) -> int:
        """Poll once, as ``vcx_connection_update_state`` does."""
        for pair in [self.pair, *([self.first] if self.state == 3 else [])]:
            for uid, message in self.mails(pair):
                if self.takes(message):
                    self.seen.append(message.type)
                    self.handle(message)
                    uids = [{"pairwiseDID": pair.pw.did, "uids": [uid]}]
                    answer = self.owner.ask_agent("UPDATE_MSG_STATUS_BY_CONNS", statusCode="MS-106", uidsByConns=uids)
                    assert answer.members["updatedUidsByConns"] == uids
                    return self.state
        return self.state

    def takes(self, message: AriesMessage) -> bool:
        """Whether a message fits the state."""
        done = (Type.ACK, Type.PING, Type.PING_RESPONSE) if self.state == 3 else (Type.REQUEST,)
        return self.state in (2, 3) and message.type in (*done, Type.PROBLEM)

    def handle(self, message: AriesMessage) -> None:
        """Do what a message leads to."""
        if message.type is Type.REQUEST:
            self.respond(message)
        else:
            self.state = 1 if message.type is Type.PROBLEM else 4

    def respond(self, request: AriesMessage, **wrong: Any) -> None:
        """Answer a request from new keys; ``wrong`` is what to do otherwise than libvcx."""
        self.their = contact(request.members["connection"]["DIDDoc"])
        self.request = request
        self.pair = self.owner.pair(f"{self.name} new")
        routing = [self.pair.ac.verkey, self.owner.agency.verkey]
        doc = did_doc(self.pair.pw.did, self.pair.pw.verkey, f"{self.url}/agency/msg", routing)
        signer = wrong.get("signer", self.first.pw)
        signed = sign(signer, self.pair.pw.did, wrong.get("doc", doc), 1_600_000_000)
        answer = messages.response(SEED.draw_uuid(self.name, "response"), wrong.get("thid", request.id), signed)
        reply = self.post(answer)
        self.state = 3 if reply is not None and reply.status == 200 else 1

    def post(self, message: AriesMessage | bytes) -> Reply | None:
        """Post to the holder's address; ``None`` if nobody listens there."""
        body = seal(message, self.pair.pw, self.their, drawing(SEED, self.name, len(self.replies)))
        self.replies.append(self.post_raw(body))
        return self.replies[-1]

    def post_raw(self, body: bytes) -> Reply | None:
        """Post any body."""
        parts = urlsplit(self.their.endpoint)
        if f"{parts.scheme}://{parts.netloc}" != self.url:
            return None
        return self.owner.world.agency.handle(Request("POST", parts.path, {}, body))


@pytest.fixture
def inviter(new_owner: Any) -> Inviter:
    """A client that shows an invitation."""
    return Inviter(new_owner("owner", Version.V2, Version.V2))


def scan(inviter: Inviter) -> str:
    """Let a holder scan the invitation."""
    return inviter.owner.world.agency.holder_scans(inviter.text)


def acts(world: World, id_: str) -> list[str]:
    """What the holder did, in order."""
    return [one.target for one in world.journal.transitions(id_)]


class TestTable:
    @pytest.mark.parametrize("act", Act)
    def test_every_act_leads_the_inviter_where_the_table_says(self, world, inviter, act) -> None:
        """An edge's act, done by a script that names it alone."""
        world.script("aries-holder", Sequence.of(act.value))

        id_ = scan(inviter)

        if act is Act.GARBLE:
            with pytest.raises(NoKey):
                inviter.update()
        else:
            assert [inviter.update() for _ in range(3)][-1] == INVITER[act]
        assert inviter.state == INVITER[act]
        assert acts(world, id_)[-1] == act
        assert id_ == inviter.first.pw.did
        world.check()

    @pytest.mark.parametrize(
        "edge", [pytest.param(e, id=f"{e.source}-{e.target}") for e in ARIES_HOLDER.edges if e.by is By.PEER]
    )
    def test_every_edge_is_written_down_as_the_table_has_it(self, world, inviter, edge) -> None:
        """The journal shows source, event and target of what a holder does."""
        world.script("aries-holder", Sequence.of(edge.target))

        id_ = scan(inviter)

        last = world.journal.transitions(id_)[-1]
        assert (last.role, last.source, last.event, last.target) == (
            "aries-holder",
            edge.source,
            edge.event,
            edge.target,
        )

    def test_the_response_is_what_a_script_can_wait_for(self, world, inviter) -> None:
        """The one edge of the client's: the response ends ``until answered``, and not a moment earlier."""
        world.script("aries-holder", Sequence.of(("request", f"until {ANSWERED}"), "accept"))
        id_ = scan(inviter)
        world.advance("3 days")
        assert acts(world, id_)[-1] == "request"

        inviter.update()

        assert acts(world, id_)[-1] == "accept"
        assert inviter.update() == 4

    @pytest.mark.parametrize(
        ("act", "posted"),
        [
            pytest.param(Act.ACCEPT, ["connections/1.0/request", "notification/1.0/ack"], id="accept"),
            pytest.param(Act.PING, ["connections/1.0/request", "trust_ping/1.0/ping"], id="ping"),
            pytest.param(Act.REFUSE, ["connections/1.0/problem_report"], id="refuse"),
            pytest.param(
                Act.REFUSE_LATE, ["connections/1.0/request", "connections/1.0/problem_report"], id="refuse late"
            ),
            pytest.param(Act.NEWER, ["https://didcomm.org/connections/1.0/request"], id="newer prefix"),
            pytest.param(Act.IGNORE, [], id="ignore"),
        ],
    )
    def test_the_journal_says_what_the_agency_can_not_see(self, world, inviter, act, posted) -> None:
        """Posts of the holder come through the agency's own door, with a note of what is inside."""
        world.script("aries-holder", Sequence.of(act.value))
        scan(inviter)
        for _ in range(2):
            inviter.update()

        notes = [one.note for one in world.journal.exchanges() if one.message == "forward"]

        assert notes == [f"the scripted holder sends {what}" for what in posted]

    @pytest.mark.parametrize(("act", "same"), [("accept", True), ("wrong-thread", False)])
    def test_an_ack_is_of_the_requests_thread(self, world, inviter, act, same) -> None:
        """Unless the holder gets that wrong."""
        world.script("aries-holder", Sequence.of(act))
        scan(inviter)
        inviter.update()

        [(_, ack)] = inviter.mails(inviter.pair)

        assert (ack.thread == inviter.request.id) is same
        assert ack.members["status"] == "OK"

    def test_refusals_have_their_codes(self, world, inviter) -> None:
        """Each refusal says what it is about, and on which thread."""
        told = []
        for act in ("refuse", "withdraw", "refuse-late", "doubt"):
            world.script("aries-holder", Sequence.of(act))
            other = Inviter(inviter.owner, act)
            scan(other)
            found = dict(other.mails(other.pair))
            request = next((m for m in found.values() if m.type is Type.REQUEST), None)
            if act in ("refuse-late", "doubt"):
                other.respond(request)
                found = dict(other.mails(other.pair))
            report = next(m for m in found.values() if m.type is Type.PROBLEM)
            told.append((report.members["problem-code"], report.thread == (request or other.invitation).id))

        assert told == [
            ("request_not_accepted", True),
            ("request_not_accepted", True),
            ("response_not_accepted", True),
            ("response_processing_error", True),
        ]


class TestScanning:
    def test_a_holder_wants_what_it_is_handed(self, world, inviter) -> None:
        """Without any script it accepts, and at once: two polls are enough."""
        scan(inviter)

        assert (inviter.update(), inviter.update()) == (3, 4)
        assert world.clock.elapsed() == 0

    def test_nobody_has_an_invitation_before_it_is_handed_over(self, world, inviter) -> None:
        """The agency cannot see one, whatever is scripted."""
        world.script("aries-holder", "accepts")

        world.advance("1 day")

        assert inviter.update() == 2
        with pytest.raises(UnusedScript):
            world.check()

    def test_an_address_will_do(self, world, inviter) -> None:
        """What a QR code often holds: the invitation in base64url behind ``c_i=``."""
        link = f"https://show.example/?x=1&c_i={base64url_text(inviter.text.encode()).rstrip('=')}"

        assert world.agency.holder_scans(link) == inviter.first.pw.did
        assert inviter.update() == 3

    def test_two_holders_scan_one_invitation(self, world, inviter) -> None:
        """Each has keys and an address of its own; the inviter answers one of them, and leaves the other unread."""
        scan(inviter)
        scan(inviter)
        dids = {message.members["connection"]["DID"] for _, message in inviter.mails(inviter.pair)}

        assert len(dids) == 2
        assert (inviter.update(), inviter.update()) == (3, 4)
        assert [m.type for _, m in inviter.mails(inviter.first)] == [Type.REQUEST]

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            pytest.param({"routingKeys": []}, "leads to nobody at this world's agency", id="no routing keys"),
            pytest.param({"routingKeys": ["AGENCY"]}, "leads to nobody", id="agency only"),
            pytest.param({"routingKeys": ["AC"]}, "leads to nobody", id="another agency"),
            pytest.param({"recipientKeys": []}, "no recipientKeys", id="no keys"),
            pytest.param({"recipientKeys": ["x"]}, "no verkey", id="no verkey"),
            pytest.param({"serviceEndpoint": "agency"}, "Expected a whole URL", id="no address"),
            pytest.param({"label": None}, "lacks label", id="no label"),
        ],
    )
    def test_what_can_not_be_scanned_is_misuse(self, world, inviter, change, told) -> None:
        """The message says what is wrong; nothing happens."""
        names = {"AGENCY": inviter.owner.agency.verkey, "AC": inviter.pair.ac.verkey}
        change = {k: [names.get(x, x) for x in v] if isinstance(v, list) else v for k, v in change.items()}
        before = len(world.journal.entries())

        with pytest.raises(Misuse, match=told):
            world.agency.holder_scans(dump_json({**inviter.invitation.members, **change}).decode())

        assert len(world.journal.entries()) == before

    @pytest.mark.parametrize(
        "text", ["", "[]", "{", "https://a.example", "https://a.example?c_i=!", "http://[?c_i=e30"]
    )
    def test_other_texts_are_misuse(self, world, text) -> None:
        """Neither JSON nor an address."""
        with pytest.raises(Misuse, match="The holder can not scan this"):
            world.agency.holder_scans(text)

    @pytest.mark.parametrize(
        ("chosen", "fits"),
        [
            pytest.param({"label": "Ac*"}, True, id="label"),
            pytest.param({"label": "Other"}, False, id="other label"),
            pytest.param({"institution": "Faber"}, True, id="institution"),
            pytest.param({"owner": "nobody"}, False, id="other owner"),
        ],
    )
    def test_scripts_choose(self, world, inviter, chosen, fits) -> None:
        """The invitation's label, the inviter's name and its owner choose what the holder plays."""
        inviter.owner.profile("Faber")
        world.script("aries-holder", "never responds", **chosen)

        scan(inviter)

        assert (inviter.update() == 2) is fits

    def test_a_deleted_connection_hears_nobody(self, world, inviter) -> None:
        """The agency refuses the holder, who gives up; that is no mistake of anybody's."""
        world.script("aries-holder", Sequence.of(("ignore", "1 hour"), "accept"))
        id_ = scan(inviter)
        inviter.owner.ask_ac(inviter.pair, "UPDATE_CONN_STATUS", statusCode="CS-103")

        world.advance("2 hours")

        assert world.journal.last_exchange().status == 400
        assert acts(world, id_) == ["ignore", "request"]
        world.check()


class TestTime:
    def test_accepts_after_a_while(self, world, inviter) -> None:
        """Virtual time counts from the scan."""
        world.script("aries-holder", "accepts after 90 seconds")
        scan(inviter)

        world.advance("89 seconds")
        assert inviter.update() == 2
        world.advance("1 second")
        assert (inviter.update(), inviter.update()) == (3, 4)

    def test_the_ack_can_be_late(self, world, inviter) -> None:
        """The response came long before: the ack does not wait for another one."""
        world.script("aries-holder", Sequence.of(("request", "1 hour"), "accept"))
        scan(inviter)
        assert (inviter.update(), inviter.update()) == (3, 3)

        world.advance("1 hour")

        assert inviter.update() == 4

    def test_polls_count_in_the_old_mailbox_and_in_the_new(self, world, inviter) -> None:
        """A script can wait for polls; those after the response go to another connection of the agency."""
        world.script("aries-holder", Sequence.of(("ignore", "2 polls"), ("request", f"until {ANSWERED}"), "accept"))
        scan(inviter)
        assert [inviter.update() for _ in range(4)] == [2, 2, 3, 4]

        world.script("aries-holder", Sequence.of(("request", f"until {ANSWERED}"), ("request", "2 polls"), "accept"))
        other = Inviter(inviter.owner, "other")
        scan(other)
        other.update()
        other.owner.messages(other.pair)
        assert other.mails(other.pair) == []
        assert [m.type for _, m in other.mails(other.pair)] == [Type.ACK]

    def test_a_step_can_have_a_fault(self, world, inviter) -> None:
        """It happens to the polls of the invitation's mailbox while the step lasts."""
        hangs = Step("ignore", For(SECOND, SECOND), Delay(5 * SECOND))
        world.script("aries-holder", Sequence((hangs, Step("refuse"))))
        scan(inviter)
        poll = Message("GET_MSGS", {}, Version.V2)

        waits = [inviter.owner.tell_ac(inviter.pair, poll).wait]
        world.advance("1 second")
        waits.append(inviter.owner.tell_ac(inviter.pair, poll).wait)

        assert waits == [5 * SECOND, 0]

    def test_reset_forgets_the_holders(self, world, inviter) -> None:
        """Who was handed an invitation before has no address any more, and does nothing."""
        world.script("aries-holder", Sequence.of(("request", "1 minute"), "accept"))
        scan(inviter)
        [(_, request)] = inviter.mails(inviter.pair)
        address = urlsplit(contact(request.members["connection"]["DIDDoc"]).endpoint).path

        world.reset()
        world.advance("1 hour")

        assert world.agency.handle(Request("POST", address)).status == 404
        assert world.journal.transitions() == []

    def test_same_seed_same_bytes(self, new_owner) -> None:
        """Keys, ids and envelopes of the holder come from the world's seed."""
        journals = []
        for _ in range(2):
            world = World()
            inviter = Inviter(new_owner("owner", Version.V2, Version.V2, other_world=world))
            scan(inviter)
            inviter.update()
            inviter.update()
            journals.append(world.journal.entries())

        assert journals[0] == journals[1]
        assert len(journals[0]) > 10


class TestResponse:
    """What the holder makes of what comes to its address."""

    def asked(self, inviter: Inviter) -> AriesMessage:
        scan(inviter)
        [(_, request)] = inviter.mails(inviter.pair)
        return request

    def test_the_journal_has_it_where_the_invitation_is(self, world, inviter) -> None:
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
            pytest.param({"signer": KeyPair.from_seed(b"s" * 32)}, "does not hold", id="bad signature"),
            pytest.param({"thid": "another"}, "of the thread 'another'", id="wrong thread"),
            pytest.param({"doc": {"id": "x"}}, "the DIDDoc lacks @context", id="no document"),
        ],
    )
    def test_a_wrong_response_is_refused(self, world, inviter, wrong, told) -> None:
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

    def test_a_second_response_is_left_alone(self, world, inviter) -> None:
        """The first one stands, and there is one ack."""
        request = self.asked(inviter)
        inviter.respond(request)
        inviter.pair = inviter.first

        inviter.post(messages.response("again", request.id, {}))

        assert "or has one" in world.journal.last_exchange().note

    def test_a_ping_is_answered(self, inviter) -> None:
        """Whoever wants to know whether the holder is there gets an answer on the thread of the question."""
        inviter.respond(self.asked(inviter))
        inviter.post(messages.ping("ping-1"))
        inviter.post(messages.ping("ping-2", response_requested=False))

        [(_, ack), (_, answer)] = inviter.mails(inviter.pair)

        assert (ack.type, ack.thread) == (Type.ACK, inviter.request.id)
        assert (answer.type, answer.thread) == (Type.PING_RESPONSE, "ping-1")

    def test_a_problem_report_ends_it(self, world, inviter) -> None:
        """The holder gives up, and the journal has the code."""
        world.script("aries-holder", Sequence.of(("request", "1 hour"), "accept"))
        inviter.their = contact(self.asked(inviter).members["connection"]["DIDDoc"])
        inviter.post(messages.problem_report("p", "t", "request_processing_error"))

        world.advance("2 hours")

        assert world.journal.last_exchange().note == "the inviter reports: request_processing_error"
        assert acts(world, inviter.first.pw.did) == ["ignore", "request"]

    def test_other_messages_are_taken(self, world, inviter) -> None:
        """Nothing comes of them."""
        inviter.their = contact(self.asked(inviter).members["connection"]["DIDDoc"])

        assert inviter.post(AriesMessage("https://didcomm.org/x/1.0/y", {})).status == 200
        assert "nothing to say" in world.journal.last_exchange().note

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"protected":""}'])
    def test_what_does_not_open_is_refused(self, world, inviter, body) -> None:
        """As the agency refuses it at its own address."""
        inviter.their = contact(self.asked(inviter).members["connection"]["DIDDoc"])

        assert inviter.post_raw(body).status == 400
        world.check()

    def test_nobody_lives_elsewhere(self, world) -> None:
        """An address that no holder has."""
        assert world.agency.handle(Request("POST", "/holders/x", {}, b"{}")).status == 404


class TestMailbox:
    def test_a_forward_is_answered_with_nothing(self, world, inviter) -> None:
        """200 and an empty body, by verkey or DID of the agency's connection."""
        scan(inviter)

        taken = next(one for one in world.journal.exchanges() if one.message == "forward")

        assert (taken.status, taken.reply, taken.connection) == (200, b"", inviter.first.pw.did)

    def test_marked_messages_are_not_found_again(self, inviter) -> None:
        """``statusCodes: ["MS-103"]`` gives what is unread."""
        scan(inviter)
        inviter.update()

        codes = [m["statusCode"] for m in inviter.owner.messages(inviter.first)]
        assert codes == ["MS-106"]
        assert inviter.mails(inviter.first) == []

    def test_a_stranger_to_the_connection_is_refused(self, world, inviter) -> None:
        """A forward whose last name is not the owner's pairwise key is a mistake; nothing is stored."""
        stranger = KeyPair.from_seed(b"x" * 32)
        to = contact(did_doc("D", stranger.verkey, URL, [inviter.pair.ac.verkey, inviter.owner.agency.verkey]))

        reply = inviter.owner.post(seal(messages.ack("a", "t"), stranger, to, drawing(SEED, "stranger")))

        assert (reply.status, b"ACS-102" in reply.body) == (400, True)
        assert inviter.owner.messages(inviter.pair) == []

    def test_the_dummy_agency_takes_them_too(self, world, new_owner) -> None:
        """Its ids are ten characters."""
        world.agency.configure(AgencySettings("dummy"))
        inviter = Inviter(new_owner("owner", Version.V2, Version.V2))
        scan(inviter)

        [(uid, _)] = inviter.mails(inviter.pair)

        assert len(uid) == 10
        assert (inviter.update(), inviter.update()) == (3, 4)

    def test_eager_polls_are_refused_as_for_others(self, world, new_owner) -> None:
        """The setting holds for Aries connections as well, and a refused poll is seen by no script."""
        world.agency.configure(AgencySettings(least_poll_interval=SECOND))
        world.script("aries-holder", Sequence.of(("ignore", "2 polls"), "refuse"))
        inviter = Inviter(new_owner("owner", Version.V2, Version.V2))
        id_ = scan(inviter)
        inviter.update()

        refused = inviter.owner.tell_ac(inviter.pair, Message("GET_MSGS", {}, Version.V2))

        assert refused.status == 429
        assert acts(world, id_) == ["ignore"]
        world.advance("1 second")
        inviter.update()
        assert acts(world, id_) == ["ignore", "refuse"]


class TestScripts:
    @pytest.mark.parametrize(
        ("steps", "told"),
        [
            pytest.param(["acept"], "no act of aries-holder. Did you mean 'accept'", id="misspelt"),
            pytest.param([("refuse", "1s"), "accept"], "can not go from refuse to accept", id="illegal"),
            pytest.param([("request", "until met"), "accept"], "no event of aries-holder", id="no event"),
        ],
    )
    def test_a_script_keeps_to_the_table(self, world, steps, told) -> None:
        """Or it is refused, with what would be right."""
        with pytest.raises(BadScript, match=told):
            world.script("aries-holder", Sequence.of(*steps))

    def test_not_even_a_loose_script_can_play_an_unknown_act(self, world, inviter) -> None:
        """The test fails at its end, as that happens while time passes; the holder does nothing more."""
        world.script("aries-holder", Sequence.of(("request", "1s"), ("dance", "1s"), "accept", strict=False))
        id_ = scan(inviter)

        world.advance("1 minute")

        assert acts(world, id_) == ["request"]
        with pytest.raises(BadScript, match="'dance' is no act"):
            world.check()

    def test_a_loose_script_can_do_things_out_of_order(self, world, inviter) -> None:
        """A refusal, and then a request all the same."""
        world.script("aries-holder", Sequence.of(("refuse", "0s"), "request", strict=False))
        scan(inviter)

        assert [m.type for _, m in inviter.mails(inviter.pair)] == [Type.PROBLEM, Type.REQUEST]
