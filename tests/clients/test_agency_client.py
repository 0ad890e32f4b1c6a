"""The agency client says what libvcx says, and takes of an agency's answers what libvcx takes."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx

from connsim import World
from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_http import identity_of, post_over
from connsim.clients.agency_results import Dialect, Pairwise, StoredMessage, Wanted
from connsim.clients.agency_wire import AgencyError, UnexpectedAnswer
from connsim.core.seed import Seed
from connsim.transports.server_thread import ServerThread
from connsim.wire.codes import ConnectionStatus, MessageStatus, Version
from connsim.wire.crypt import drawing
from connsim.wire.errors import BadMessage, CannotOpen, Unreadable
from connsim.wire.invite_detail import agency_detail, invite_detail, sender_detail
from connsim.wire.keys import KeyPair
from connsim.wire.layers import Layer, close_layer, peel
from connsim.wire.messages import Message, write
from connsim.wire.payloads import answer_payload, general_payload
from connsim.wire.proofs import delegation_holds, delegation_proof, redirect_detail

AGENCY, OWNER, CUSTOMER, AGENT, PAIRWISE, AC, OTHER = (KeyPair.from_seed(letter * 32) for letter in "agcnpxo")
HERE = {pair.did: pair for pair in (AGENCY, CUSTOMER, AGENT, AC)}
NAMES = {pair.verkey: name for name, pair in {"owner": OWNER, "pairwise": PAIRWISE}.items()}

V1, V2 = Version.V1, Version.V2
DIALECTS = {"1.0": Dialect(), "2.0": Dialect.of(V2), "2.0 in bundles of 1.0": Dialect(V2, V1)}
DETAIL = invite_detail(
    "c1", sender_detail(OTHER, delegation_proof(OTHER, AC), "Faber"), agency_detail(AGENCY, "http://a.example")
)
MADE = {"withPairwiseDID": AC.did, "withPairwiseDIDVerKey": AC.verkey}
ENTRY = {"uid": "a1", "statusCode": "MS-104", "senderDID": OTHER.did, "type": "connReqAnswer", "refMsgId": None}
REDIRECTION = redirect_detail(PAIRWISE, OTHER)


class Desk:
    """What stands in for an agency: it opens what is posted, notes it, and posts back what it is told to.

    Args:
        answer: The name and members of the answer.
        version, style: Of the answer; those of the request by default.
        recipient: For whom the answer is closed.
    """

    def __init__(
        self,
        *answer: tuple[str, dict[str, Any]],
        version: Version | None = None,
        style: Version | None = None,
        recipient: KeyPair = OWNER,
    ) -> None:
        self.asked: list[tuple[Layer, ...]] = []
        self._answers = list(answer)
        self._version, self._style, self._recipient = version, style, recipient
        self._draw = drawing(Seed("desk"))

    def __call__(self, body: bytes) -> bytes:
        layers = peel(body, AGENCY, HERE.get)
        self.asked.append(layers)
        name, members = self._answers.pop(0)
        answer = Message(name, members, self._style or layers[-1].message.style)
        version = self._version or layers[-1].version
        return close_layer(answer, version, AC, self._recipient.verkey, self._draw)

    @property
    def message(self) -> Message:
        """What was asked last."""
        return self.asked[-1][-1].message


def client(desk: Callable[[bytes], bytes], dialect: Dialect | None = None) -> AgencyClient:
    """A client with a cloud agent."""
    return AgencyClient(desk, AGENCY.identity, OWNER, drawing(Seed("client")), dialect, AGENT.identity)


def pairwise(dialect: Dialect | None = None) -> Pairwise:
    """A connection of that client."""
    return Pairwise(PAIRWISE, AC.identity, (dialect or Dialect()).connections)


Call = Callable[[AgencyClient, Pairwise], object]

CALLS: dict[str, tuple[Call, str, tuple[str, dict[str, Any]]]] = {
    "configs": (lambda c, p: c.update_configs({"name": "n"}), "UPDATE_CONFIGS", ("CONFIGS_UPDATED", {})),
    "com method": (
        lambda c, p: c.update_com_method("http://w"),
        "UPDATE_COM_METHOD",
        ("COM_METHOD_UPDATED", {"id": "7"}),
    ),
    "key": (lambda c, p: c.create_key(PAIRWISE), "CREATE_KEY", ("KEY_CREATED", MADE)),
    "all messages": (
        lambda c, p: c.messages_by_connections(),
        "GET_MSGS_BY_CONNS",
        ("MSGS_BY_CONNS", {"msgsByConns": []}),
    ),
    "status of messages": (
        lambda c, p: c.update_message_status(MessageStatus.REVIEWED, {PAIRWISE.did: ["u"]}),
        "UPDATE_MSG_STATUS_BY_CONNS",
        ("MSG_STATUS_UPDATED_BY_CONNS", {"updatedUidsByConns": []}),
    ),
    "invitation": (
        lambda c, p: c.invite(p),
        "CONN_REQUEST",
        ("CONN_REQUEST_RESP", {"@id": "c1", "inviteDetail": DETAIL, "urlToInviteDetail": "http://u"}),
    ),
    "acceptance": (lambda c, p: c.accept(p, DETAIL), "ACCEPT_CONN_REQ", ("ACCEPT_CONN_REQ_RESP", {"@id": "a1"})),
    "redirection": (
        lambda c, p: c.redirect(p, DETAIL, REDIRECTION),
        "REDIRECT_CONN_REQ",
        ("CONN_REQ_REDIRECTED", {"@id": "a1"}),
    ),
    "messages": (lambda c, p: c.messages(p), "GET_MSGS", ("MSGS", {"msgs": []})),
    "deletion": (
        lambda c, p: c.update_status(p),
        "UPDATE_CONN_STATUS",
        ("CONN_STATUS_UPDATED", {"statusCode": "CS-103"}),
    ),
    "general message": (
        lambda c, p: c.send(p, OTHER.verkey, "question", "Hungry?"),
        "SEND_REMOTE_MSG",
        ("REMOTE_MSG_SENT", {"@id": "g1", "sent": True}),
    ),
}
OF_CONNECTIONS = ("invitation", "acceptance", "redirection", "messages", "deletion", "general message")
# Whose envelope and whose style follow the protocol_type, and whose follow the connection.
ENVELOPED_BY_PROTOCOL = ("com method", "all messages", "status of messages")
STYLED_BY_PROTOCOL = (*ENVELOPED_BY_PROTOCOL, "configs", "messages", "deletion")

EITHER_STYLE = ("configs", "key", "all messages", "messages", "deletion")


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize("what", CALLS)
def test_closes_each_request_as_the_protocol_wants(what: str, dialect: Dialect) -> None:
    """Each request goes to its party, from the right key, in the envelope and the style of its setting."""
    call, name, answer = CALLS[what]
    desk = Desk(answer)

    call(client(desk, dialect), pairwise(dialect))

    (layers,) = desk.asked
    way = [(layer.recipient, layer.sender and NAMES[layer.sender]) for layer in layers]
    to_agent = [(AGENCY.verkey, None), (AGENT.verkey, "owner")]
    assert way == to_agent + ([(AC.verkey, "pairwise")] if what in OF_CONNECTIONS else [])
    assert desk.message.name == name
    version = dialect.protocol if what in ENVELOPED_BY_PROTOCOL else dialect.connections
    assert {layer.version for layer in layers} == {version}
    assert desk.message.style is (dialect.protocol if what in STYLED_BY_PROTOCOL else dialect.connections)


@pytest.mark.parametrize("version", Version)
def test_provisions_in_three_posts(version: Version) -> None:
    """CONNECT goes to the agency, the other two to whom CONNECTED named, and AGENT_CREATED names the cloud agent."""
    customer, agent = (
        {"withPairwiseDID": pair.did, "withPairwiseDIDVerKey": pair.verkey} for pair in (CUSTOMER, AGENT)
    )
    desk = Desk(("CONNECTED", customer), ("SIGNED_UP", {}), ("AGENT_CREATED", agent))
    fresh = AgencyClient(desk, AGENCY.identity, OWNER, drawing(Seed("client")), Dialect.of(version))
    with pytest.raises(RuntimeError, match=r"Call provision\(\) first"):
        fresh.update_configs({})

    made = fresh.provision()

    assert (made, fresh.agent) == (AGENT.identity, AGENT.identity)
    assert [(layers[-1].message.name, layers[-1].recipient) for layers in desk.asked] == [
        ("CONNECT", AGENCY.verkey),
        ("SIGNUP", CUSTOMER.verkey),
        ("CREATE_AGENT", CUSTOMER.verkey),
    ]
    assert desk.asked[0][-1].message.members == {"fromDID": OWNER.did, "fromDIDVerKey": OWNER.verkey}
    assert {layers[-1].sender for layers in desk.asked} == {OWNER.verkey}


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize(
    ("phone", "public_did"), [(None, False), ("", False), ("+1 555 0100", True)], ids=["plain", "empty phone", "SMS"]
)
def test_invites(dialect: Dialect, phone: str | None, public_did: bool) -> None:
    """The proof names the agent connection; the phone number is sent as it is, be it empty."""
    desk = Desk(CALLS["invitation"][2])

    invited = client(desk, dialect).invite(pairwise(dialect), phone, public_did=public_did)

    asked = desk.message.members
    assert delegation_holds(asked["keyDlgProof"], PAIRWISE.verkey)
    assert (asked["sendMsg"], asked["includePublicDID"], asked.get("phoneNo")) == (True, public_did, phone)
    assert ("@id" in asked) is (dialect.connections is V2)  # in 1.0 the agency makes the uid
    assert (invited.uid, invited.detail, invited.url, invited.sent) == ("c1", DETAIL, "http://u", False)


@pytest.mark.parametrize(
    ("thread", "told"),
    [pytest.param({}, {}, id="no thread"), pytest.param({"threadId": "t1"}, {"thid": "t1"}, id="a thread")],
)
def test_answers_an_invitation(thread: dict[str, str], told: dict[str, str]) -> None:
    """The inviter's details are handed back as they came, and the thread of 2.0 goes on."""
    desk = Desk(CALLS["acceptance"][2])

    uid = client(desk, DIALECTS["2.0"]).accept(pairwise(DIALECTS["2.0"]), DETAIL | thread)

    asked = desk.message.members
    assert uid == "a1"
    assert (asked["replyToMsgId"], asked["answerStatusCode"]) == ("c1", "MS-104")
    assert (asked["senderDetail"], asked["senderAgencyDetail"]) == (
        DETAIL["senderDetail"],
        DETAIL["senderAgencyDetail"],
    )
    assert asked["~thread"] == told | {"sender_order": 0, "received_orders": {OTHER.did: 0}}


def test_redirects_an_invitation() -> None:
    """A redirection carries its detail and status MS-107."""
    desk = Desk(CALLS["redirection"][2])

    client(desk).redirect(pairwise(), DETAIL, REDIRECTION)

    assert desk.message.members["redirectDetail"] == REDIRECTION
    assert desk.message.members["answerStatusCode"] == "MS-107"


@pytest.mark.parametrize(
    ("wanted", "members"),
    [
        pytest.param(Wanted(), {}, id="everything"),
        pytest.param(Wanted(statuses=(MessageStatus.REJECTED,)), {"statusCodes": ["MS-105"]}, id="by status"),
        pytest.param(Wanted(uids=("u", "v")), {"uids": ["u", "v"]}, id="by uid"),
        pytest.param(Wanted(pairwise_dids=("d",)), {"pairwiseDIDs": ["d"]}, id="by connection"),
        pytest.param(Wanted(uids=()), {"uids": []}, id="by no uid at all"),
        pytest.param(Wanted(payloads=False), {"excludePayload": "Y"}, id="without payloads"),
    ],
)
@pytest.mark.parametrize("version", Version)
def test_filters(wanted: Wanted, members: dict[str, Any], version: Version) -> None:
    """A filter that is set is sent, and no other."""
    desk = Desk(("MSGS_BY_CONNS", {"msgsByConns": []}))

    client(desk, Dialect.of(version)).messages_by_connections(wanted)

    assert write(desk.message)[0].keys() - {"@type"} == members.keys()
    assert {name: desk.message.members[name] for name in members} == members


def test_reads_mailboxes() -> None:
    """The messages come in the agency's order, by pairwise DID."""
    other = ENTRY | {"uid": "c1", "statusCode": "MS-101", "refMsgId": "a1", "type": "whatever"}
    desk = Desk(("MSGS_BY_CONNS", {"msgsByConns": [{"pairwiseDID": "d", "msgs": [other, ENTRY]}]}))

    assert client(desk).messages_by_connections() == {
        "d": (
            StoredMessage("c1", MessageStatus.CREATED, OTHER.did, "whatever", ref="a1"),
            StoredMessage("a1", MessageStatus.ACCEPTED, OTHER.did, "connReqAnswer"),
        )
    }


def test_tells_what_was_updated() -> None:
    """Of the messages that were to change, the agency says which did."""
    updated = {"updatedUidsByConns": [{"pairwiseDID": "d", "uids": ["u"]}], "failed": []}
    desk = Desk(("MSG_STATUS_UPDATED_BY_CONNS", updated), ("CONN_STATUS_UPDATED", {"statusCode": "CS-102"}))

    assert client(desk).update_message_status(MessageStatus.REVIEWED, {"d": ("u", "v")}) == {"d": ("u",)}
    assert client(desk).update_status(pairwise(), ConnectionStatus.NOT_CONNECTED) == "CS-102"


@pytest.mark.parametrize("version", Version)
def test_opens_answers(version: Version) -> None:
    """The payload of a holder's answer is for the owner."""
    inner = {"senderDetail": DETAIL["senderDetail"], "redirectDetail": REDIRECTION}
    payload = answer_payload(version, AC, OWNER.verkey, inner, drawing(Seed("payload")))
    desk = Desk(("MSGS", {"msgs": [ENTRY | {"payload": payload}, ENTRY]}))
    asking = client(desk, Dialect.of(version))

    answer, empty = asking.messages(pairwise(asking.dialect))

    assert asking.open_answer(answer) == inner
    with pytest.raises(BadMessage, match="Message a1 has no payload"):
        asking.open_answer(empty)


@pytest.mark.parametrize("version", Version)
def test_sends_and_opens_general_messages(version: Version) -> None:
    """A general message is closed from pairwise to pairwise, and says in clear what it is about."""
    desk = Desk(("REMOTE_MSG_SENT", {"@id": "g1", "sent": True}))
    sending, here = client(desk, Dialect.of(version)), pairwise(Dialect.of(version))

    uid = sending.send(here, OTHER.verkey, "question", "Hungry?", title="Lunch", ref="g0")

    asked = desk.message.members
    assert uid == "g1"
    assert (asked["mtype"], asked["title"], asked["detail"], asked["replyToMsgId"]) == (
        "question",
        "Lunch",
        "Lunch",
        "g0",
    )
    there = Pairwise(OTHER, AC.identity, version)
    received = StoredMessage("g1", MessageStatus.RECEIVED, PAIRWISE.did, "question", asked["@msg"])
    opened = sending.open_general(there, received)
    assert (opened.sender, opened.inner) == (PAIRWISE.verkey, "Hungry?")
    back = general_payload(version, OTHER, PAIRWISE.verkey, "answer", "Yes", drawing(Seed("back")))
    assert sending.open_general(here, StoredMessage("g2", MessageStatus.RECEIVED, "", "answer", back)).inner == "Yes"


def test_tells_of_a_message_that_was_not_sent() -> None:
    """An agency that keeps a general message to itself has not sent it."""
    desk = Desk(("REMOTE_MSG_SENT", {"@id": "g1", "sent": False}))

    with pytest.raises(UnexpectedAnswer, match="g1 and did not send it"):
        client(desk).send(pairwise(), OTHER.verkey, "question", "Hungry?")


@pytest.mark.parametrize(
    ("desk", "error", "said"),
    [
        pytest.param(
            Desk(("MSGS", {"msgs": []}), version=V2, style=V2), CannotOpen, "version 2.0", id="other envelope"
        ),
        pytest.param(
            Desk(("CONFIGS_UPDATED", {})), UnexpectedAnswer, "GET_MSGS with CONFIGS_UPDATED", id="other answer"
        ),
        pytest.param(
            Desk(("MSGS", {"msgs": []}), recipient=PAIRWISE), CannotOpen, "another key", id="for the pairwise"
        ),
        pytest.param(
            Desk(("MSGS", {"msgs": [ENTRY | {"statusCode": "MS-999"}]})), BadMessage, "'MS-999'", id="unknown status"
        ),
        pytest.param(lambda _: b"", CannotOpen, "0 bytes do not open", id="nothing"),
        pytest.param(lambda _: b"<html>", Unreadable, "6 bytes do not open", id="garbage"),
    ],
)
def test_refuses_what_libvcx_cannot_take(desk: Desk, error: type[Exception], said: str) -> None:
    """An answer that the native client fails on is an error here, too."""
    with pytest.raises(error, match=said):
        client(desk).messages(pairwise())


@pytest.mark.parametrize("what", CALLS)
def test_minds_the_style_of_answers_where_libvcx_does(what: str) -> None:
    """Some answers may be in either style, others have to be in that of the request."""
    call, _, answer = CALLS[what]
    asking = client(Desk(answer, style=V2))

    if what in EITHER_STYLE:
        call(asking, pairwise())
    else:
        with pytest.raises(BadMessage, match=r"is of style 2\.0\. Expected 1\.0, as the request was"):
            call(asking, pairwise())


def test_version_2_takes_an_answer_for_the_pairwise_key() -> None:
    """A packed message names its recipient, so any key of the client will do."""
    desk = Desk(("MSGS", {"msgs": []}), recipient=PAIRWISE)

    assert client(desk, DIALECTS["2.0"]).messages(pairwise(DIALECTS["2.0"])) == ()


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_tells_what_a_refusing_agency_said(status: int) -> None:
    """Any status but 2xx is an error with the agency's words."""
    with respx.MockRouter() as router, httpx.Client(base_url="http://a.example") as http:
        route = router.post("http://a.example/agency/msg").respond(status, text="GNR-107")
        with pytest.raises(AgencyError, match=f"status {status}: GNR-107") as told:
            client(post_over(http)).messages(pairwise())

    assert (told.value.status, told.value.body, told.value.may_pass) == (status, b"GNR-107", status >= 500)
    assert route.calls.last.request.headers["content-type"] == "application/ssi-agent-wire"


def test_tells_of_an_agency_that_is_not_there() -> None:
    """No answer at all is an error of the same kind, without a status."""
    with respx.MockRouter() as router, httpx.Client(base_url="http://a.example") as http:
        router.post("http://a.example/agency/msg").mock(side_effect=httpx.ConnectError("refused"))
        with pytest.raises(AgencyError, match="did not answer: refused") as told:
            client(post_over(http)).messages(pairwise())

    assert (told.value.status, told.value.may_pass) == (None, True)


@pytest.mark.parametrize("body", ["{}", "[]", "no JSON", '{"DID": "d"}'])
def test_learns_who_the_agency_is(body: str) -> None:
    """GET /agency names its DID and verkey; anything else is an error that shows it."""
    with respx.MockRouter() as router, httpx.Client(base_url="http://a.example") as http:
        route = router.get("http://a.example/agency")
        route.respond(json={"DID": AGENCY.did, "verKey": AGENCY.verkey})
        assert identity_of(http) == AGENCY.identity
        route.respond(text=body)
        with pytest.raises(BadMessage, match="Expected an object with DID and verKey"):
            identity_of(http)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_talks_over_the_wire(connsim_world: World, connsim_server: ServerThread, dialect: Dialect) -> None:
    """Two owners of one fake agency connect, talk, mark what they got, and part: each request is granted."""
    connsim_world.agency.url, listener = connsim_server.open(connsim_world, connsim_world.agency)
    with httpx.Client(base_url=connsim_world.agency.url) as http:
        draw, agency = drawing(connsim_world.seed, "clients"), identity_of(http)
        owners = (KeyPair.from_seed(draw(32)) for _ in range(2))
        faber, alice = (AgencyClient(post_over(http), agency, owner, draw, dialect) for owner in owners)
        for one in (faber, alice):
            one.provision()
        here, there = faber.create_key(), alice.create_key()

        answer = alice.accept(there, faber.invite(here).detail)
        question = faber.send(here, there.keys.verkey, "question", "Hungry?")
        received = alice.messages(there)[-1]
        alice.send(there, here.keys.verkey, "answer", "Yes", ref=received.uid)

        assert alice.open_general(there, received).inner == "Hungry?"
        request, accepted, sent, back = faber.messages_by_connections()[here.keys.did]
        assert (request.status, request.ref) == (MessageStatus.ACCEPTED, accepted.uid)
        assert faber.open_answer(accepted)["senderDetail"]["verKey"] == there.keys.verkey
        assert sent.uid == question
        assert faber.open_general(here, back).inner == "Yes"
        assert answer in {message.uid for message in alice.messages(there)}
        marked = faber.update_message_status(MessageStatus.REVIEWED, {here.keys.did: [back.uid]})
        assert marked == {here.keys.did: (back.uid,)}
        assert [one.uid for one in faber.messages(here, Wanted(statuses=(MessageStatus.REVIEWED,)))] == [back.uid]
        assert faber.update_com_method("http://w")
        assert faber.update_status(here) == "CS-103"
        with pytest.raises(AgencyError, match="status 400"):
            faber.messages(here)
    connsim_server.close(listener)
