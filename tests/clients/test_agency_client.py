"""The agency client sends what libvcx sends, and accepts the answers that libvcx accepts."""

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


class FakeAgency:
    """A substitute for an agency: it opens the posts, keeps them, and returns the given answer.

    Args:
        answer: The name and members of the answer.
        version, style: Those of the answer; by default those of the request.
        recipient: The key for which the answer is closed.
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
        self._draw = drawing(Seed("agency"))

    def __call__(self, body: bytes) -> bytes:
        layers = peel(body, AGENCY, HERE.get)
        self.asked.append(layers)
        name, members = self._answers.pop(0)
        answer = Message(name, members, self._style or layers[-1].message.style)
        version = self._version or layers[-1].version
        return close_layer(answer, version, AC, self._recipient.verkey, self._draw)

    @property
    def message(self) -> Message:
        """The innermost message of the last request."""
        return self.asked[-1][-1].message


def client(agency: Callable[[bytes], bytes], dialect: Dialect | None = None) -> AgencyClient:
    """Return a client with a cloud agent."""
    return AgencyClient(agency, AGENCY.identity, OWNER, drawing(Seed("client")), dialect, AGENT.identity)


def pairwise(dialect: Dialect | None = None) -> Pairwise:
    """Return a connection of that client."""
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
# Messages whose envelope and style depend on the protocol_type; those of the others depend on the connection.
ENVELOPED_BY_PROTOCOL = ("com method", "all messages", "status of messages")
STYLED_BY_PROTOCOL = (*ENVELOPED_BY_PROTOCOL, "configs", "messages", "deletion")

EITHER_STYLE = ("configs", "key", "all messages", "messages", "deletion")


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize("what", CALLS)
def test_closes_each_request_as_the_protocol_requires(what: str, dialect: Dialect) -> None:
    """Each request goes to the right recipient, from the right key, in the envelope and style of its setting."""
    call, name, answer = CALLS[what]
    agency = FakeAgency(answer)

    call(client(agency, dialect), pairwise(dialect))

    (layers,) = agency.asked
    way = [(layer.recipient, layer.sender and NAMES[layer.sender]) for layer in layers]
    to_agent = [(AGENCY.verkey, None), (AGENT.verkey, "owner")]
    assert way == to_agent + ([(AC.verkey, "pairwise")] if what in OF_CONNECTIONS else [])
    assert agency.message.name == name
    version = dialect.protocol if what in ENVELOPED_BY_PROTOCOL else dialect.connections
    assert {layer.version for layer in layers} == {version}
    assert agency.message.style is (dialect.protocol if what in STYLED_BY_PROTOCOL else dialect.connections)


@pytest.mark.parametrize("version", Version)
def test_provisions_in_three_posts(version: Version) -> None:
    """CONNECT goes to the agency, the others to the agent named by CONNECTED; AGENT_CREATED names the cloud agent."""
    customer, agent = (
        {"withPairwiseDID": pair.did, "withPairwiseDIDVerKey": pair.verkey} for pair in (CUSTOMER, AGENT)
    )
    agency = FakeAgency(("CONNECTED", customer), ("SIGNED_UP", {}), ("AGENT_CREATED", agent))
    fresh = AgencyClient(agency, AGENCY.identity, OWNER, drawing(Seed("client")), Dialect.of(version))
    with pytest.raises(RuntimeError, match=r"Call provision\(\) first"):
        fresh.update_configs({})

    made = fresh.provision()

    assert (made, fresh.agent) == (AGENT.identity, AGENT.identity)
    assert [(layers[-1].message.name, layers[-1].recipient) for layers in agency.asked] == [
        ("CONNECT", AGENCY.verkey),
        ("SIGNUP", CUSTOMER.verkey),
        ("CREATE_AGENT", CUSTOMER.verkey),
    ]
    assert agency.asked[0][-1].message.members == {"fromDID": OWNER.did, "fromDIDVerKey": OWNER.verkey}
    assert {layers[-1].sender for layers in agency.asked} == {OWNER.verkey}


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize(
    ("phone", "public_did"), [(None, False), ("", False), ("+1 555 0100", True)], ids=["plain", "empty phone", "SMS"]
)
def test_invites(dialect: Dialect, phone: str | None, public_did: bool) -> None:
    """The proof names the agent connection; the phone number is sent unchanged, even if it is empty."""
    agency = FakeAgency(CALLS["invitation"][2])

    invited = client(agency, dialect).invite(pairwise(dialect), phone, public_did=public_did)

    asked = agency.message.members
    assert delegation_holds(asked["keyDlgProof"], PAIRWISE.verkey)
    assert (asked["sendMsg"], asked["includePublicDID"], asked.get("phoneNo")) == (True, public_did, phone)
    assert ("@id" in asked) is (dialect.connections is V2)  # in 1.0 the agency makes the uid
    assert (invited.uid, invited.detail, invited.url, invited.sent) == ("c1", DETAIL, "http://u", False)


@pytest.mark.parametrize(
    ("thread", "expected"),
    [pytest.param({}, {}, id="no thread"), pytest.param({"threadId": "t1"}, {"thid": "t1"}, id="a thread")],
)
def test_answers_an_invitation(thread: dict[str, str], expected: dict[str, str]) -> None:
    """The inviter's details are returned unchanged, and in 2.0 the thread continues."""
    agency = FakeAgency(CALLS["acceptance"][2])

    uid = client(agency, DIALECTS["2.0"]).accept(pairwise(DIALECTS["2.0"]), DETAIL | thread)

    asked = agency.message.members
    assert uid == "a1"
    assert (asked["replyToMsgId"], asked["answerStatusCode"]) == ("c1", "MS-104")
    assert (asked["senderDetail"], asked["senderAgencyDetail"]) == (
        DETAIL["senderDetail"],
        DETAIL["senderAgencyDetail"],
    )
    assert asked["~thread"] == expected | {"sender_order": 0, "received_orders": {OTHER.did: 0}}


def test_redirects_an_invitation() -> None:
    """A redirection has its detail and status MS-107."""
    agency = FakeAgency(CALLS["redirection"][2])

    client(agency).redirect(pairwise(), DETAIL, REDIRECTION)

    assert agency.message.members["redirectDetail"] == REDIRECTION
    assert agency.message.members["answerStatusCode"] == "MS-107"


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
    """Only the filters that are set are sent."""
    agency = FakeAgency(("MSGS_BY_CONNS", {"msgsByConns": []}))

    client(agency, Dialect.of(version)).messages_by_connections(wanted)

    assert write(agency.message)[0].keys() - {"@type"} == members.keys()
    assert {name: agency.message.members[name] for name in members} == members


def test_reads_mailboxes() -> None:
    """The messages of each pairwise DID keep the agency's order."""
    other = ENTRY | {"uid": "c1", "statusCode": "MS-101", "refMsgId": "a1", "type": "whatever"}
    agency = FakeAgency(("MSGS_BY_CONNS", {"msgsByConns": [{"pairwiseDID": "d", "msgs": [other, ENTRY]}]}))

    assert client(agency).messages_by_connections() == {
        "d": (
            StoredMessage("c1", MessageStatus.CREATED, OTHER.did, "whatever", ref="a1"),
            StoredMessage("a1", MessageStatus.ACCEPTED, OTHER.did, "connReqAnswer"),
        )
    }


def test_returns_what_was_updated() -> None:
    """An update returns the messages that the agency reports as updated."""
    updated = {"updatedUidsByConns": [{"pairwiseDID": "d", "uids": ["u"]}], "failed": []}
    agency = FakeAgency(("MSG_STATUS_UPDATED_BY_CONNS", updated), ("CONN_STATUS_UPDATED", {"statusCode": "CS-102"}))

    assert client(agency).update_message_status(MessageStatus.REVIEWED, {"d": ("u", "v")}) == {"d": ("u",)}
    assert client(agency).update_status(pairwise(), ConnectionStatus.NOT_CONNECTED) == "CS-102"


@pytest.mark.parametrize("version", Version)
def test_opens_answers(version: Version) -> None:
    """The owner's key opens the payload of a holder's answer."""
    inner = {"senderDetail": DETAIL["senderDetail"], "redirectDetail": REDIRECTION}
    payload = answer_payload(version, AC, OWNER.verkey, inner, drawing(Seed("payload")))
    agency = FakeAgency(("MSGS", {"msgs": [ENTRY | {"payload": payload}, ENTRY]}))
    asking = client(agency, Dialect.of(version))

    answer, empty = asking.messages(pairwise(asking.dialect))

    assert asking.open_answer(answer) == inner
    with pytest.raises(BadMessage, match="Message a1 has no payload"):
        asking.open_answer(empty)


@pytest.mark.parametrize("version", Version)
def test_sends_and_opens_general_messages(version: Version) -> None:
    """A general message is closed from pairwise key to pairwise key, with its type in clear."""
    agency = FakeAgency(("REMOTE_MSG_SENT", {"@id": "g1", "sent": True}))
    sending, here = client(agency, Dialect.of(version)), pairwise(Dialect.of(version))

    uid = sending.send(here, OTHER.verkey, "question", "Hungry?", title="Lunch", ref="g0")

    asked = agency.message.members
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


def test_a_message_that_was_not_sent_is_an_error() -> None:
    """If the agency reports a general message as not sent, the client raises an error."""
    agency = FakeAgency(("REMOTE_MSG_SENT", {"@id": "g1", "sent": False}))

    with pytest.raises(UnexpectedAnswer, match="g1 and did not send it"):
        client(agency).send(pairwise(), OTHER.verkey, "question", "Hungry?")


@pytest.mark.parametrize(
    ("agency", "error", "said"),
    [
        pytest.param(
            FakeAgency(("MSGS", {"msgs": []}), version=V2, style=V2), CannotOpen, "version 2.0", id="other envelope"
        ),
        pytest.param(
            FakeAgency(("CONFIGS_UPDATED", {})), UnexpectedAnswer, "GET_MSGS with CONFIGS_UPDATED", id="other answer"
        ),
        pytest.param(
            FakeAgency(("MSGS", {"msgs": []}), recipient=PAIRWISE), CannotOpen, "another key", id="for the pairwise"
        ),
        pytest.param(
            FakeAgency(("MSGS", {"msgs": [ENTRY | {"statusCode": "MS-999"}]})),
            BadMessage,
            "'MS-999'",
            id="unknown status",
        ),
        pytest.param(lambda _: b"", CannotOpen, "0 bytes do not open", id="nothing"),
        pytest.param(lambda _: b"<html>", Unreadable, "6 bytes do not open", id="garbage"),
    ],
)
def test_refuses_what_libvcx_refuses(agency: FakeAgency, error: type[Exception], said: str) -> None:
    """An answer that the native client rejects is an error here, too."""
    with pytest.raises(error, match=said):
        client(agency).messages(pairwise())


@pytest.mark.parametrize("what", CALLS)
def test_checks_the_style_of_answers_where_libvcx_does(what: str) -> None:
    """Some answers may be in either style; others must be in that of the request."""
    call, _, answer = CALLS[what]
    asking = client(FakeAgency(answer, style=V2))

    if what in EITHER_STYLE:
        call(asking, pairwise())
    else:
        with pytest.raises(BadMessage, match=r"is of style 2\.0\. Expected 1\.0, as the request was"):
            call(asking, pairwise())


def test_version_2_takes_an_answer_for_the_pairwise_key() -> None:
    """A packed message names its recipient, so it may be any key of the client."""
    agency = FakeAgency(("MSGS", {"msgs": []}), recipient=PAIRWISE)

    assert client(agency, DIALECTS["2.0"]).messages(pairwise(DIALECTS["2.0"])) == ()


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_an_error_shows_the_agencys_answer(status: int) -> None:
    """Any status except 2xx is an error that contains the agency's answer."""
    with respx.MockRouter() as router, httpx.Client(base_url="http://a.example") as http:
        route = router.post("http://a.example/agency/msg").respond(status, text="GNR-107")
        with pytest.raises(AgencyError, match=f"status {status}: GNR-107") as raised:
            client(post_over(http)).messages(pairwise())

    assert (raised.value.status, raised.value.body, raised.value.may_pass) == (status, b"GNR-107", status >= 500)
    assert route.calls.last.request.headers["content-type"] == "application/ssi-agent-wire"


def test_an_unreachable_agency_is_an_error() -> None:
    """A connection that fails is an error of the same class, without a status."""
    with respx.MockRouter() as router, httpx.Client(base_url="http://a.example") as http:
        router.post("http://a.example/agency/msg").mock(side_effect=httpx.ConnectError("refused"))
        with pytest.raises(AgencyError, match="did not answer: refused") as raised:
            client(post_over(http)).messages(pairwise())

    assert (raised.value.status, raised.value.may_pass) == (None, True)


@pytest.mark.parametrize("body", ["{}", "[]", "no JSON", '{"DID": "d"}'])
def test_reads_the_agencys_identity(body: str) -> None:
    """GET /agency gives the agency's DID and verkey; any other answer is an error that shows it."""
    with respx.MockRouter() as router, httpx.Client(base_url="http://a.example") as http:
        route = router.get("http://a.example/agency")
        route.respond(json={"DID": AGENCY.did, "verKey": AGENCY.verkey})
        assert identity_of(http) == AGENCY.identity
        route.respond(text=body)
        with pytest.raises(BadMessage, match="Expected an object with DID and verKey"):
            identity_of(http)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_talks_over_the_wire(connsim_world: World, connsim_server: ServerThread, dialect: Dialect) -> None:
    """The agency accepts each request by which two of its owners connect, exchange messages, mark and delete them."""
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
