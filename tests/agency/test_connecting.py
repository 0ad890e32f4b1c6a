"""Connection requests and what comes in as the answer to them, by any agency's hand.

Sections are those of docs/protocol/vcx-agency.md.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from connsim import World
from connsim.agency.records import AgentConnection
from connsim.agency.settings import AgencySettings
from connsim.core.durations import SECOND
from connsim.core.exchange import Reply, Request
from connsim.core.seed import Seed
from connsim.wire.codes import ConnectionStatus, Version
from connsim.wire.crypt import drawing
from connsim.wire.invite_detail import agency_detail, sender_detail
from connsim.wire.keys import Identity, KeyPair
from connsim.wire.layers import open_layer, wrap
from connsim.wire.messages import Message
from connsim.wire.payloads import answer_in, open_payload
from connsim.wire.proofs import delegation_proof, redirect_detail
from tests.agency.conftest import Flavour, NewOwner, last_exchange

V1, V2 = Version.V1, Version.V2
STYLES = [pytest.param(V1, V1, id="1.0"), pytest.param(V2, V2, id="2.0"), pytest.param(V1, V2, id="mixed")]
PAIRS = [pytest.param(a, b, id=f"{a} invites {b}") for a in (V1, V2) for b in (V1, V2)]


def code(reply: Reply) -> tuple[int, str]:
    """The status and the code of a refusal."""
    return reply.status, json.loads(reply.body)["statusCode"]


@dataclass
class Foreign:
    """A holder at an agency of its own, which posts what section 8.5 says."""

    world: World
    version: Version = V1
    name: str = "foreign"
    keys: dict[str, KeyPair] = field(default_factory=dict)

    def key(self, name: str) -> KeyPair:
        """One of the holder's three."""
        return KeyPair.from_seed(Seed(self.name).draw(name))

    def members(self, detail: dict[str, Any], code: str = "MS-104", **changed: Any) -> dict[str, Any]:
        """The members of an answer."""
        given = {
            "@id": f"{self.name}-{code}",
            "sendMsg": False,
            "replyToMsgId": detail["connReqId"],
            "keyDlgProof": None,
            "senderDetail": sender_detail(self.key("pw"), delegation_proof(self.key("pw"), self.key("agent"))),
            "senderAgencyDetail": agency_detail(self.key("agency"), "foreign.example:80/agency/msg"),
            "answerStatusCode": code,
        }
        return given | changed

    def post(
        self,
        detail: dict[str, Any],
        code: str = "MS-104",
        sender: KeyPair | None = None,
        name: str | None = None,
        **changed: Any,
    ) -> Reply:
        """Post an answer to the agency of the invitation."""
        to = detail["senderDetail"]["agentKeyDlgProof"]
        ac = Identity(to["agentDID"], to["agentDelegatedKey"])
        agency = Identity(detail["senderAgencyDetail"]["DID"], detail["senderAgencyDetail"]["verKey"])
        name = name or ("REDIRECT_CONN_REQ" if code == "MS-107" else "ACCEPT_CONN_REQ")
        message = Message(name, self.members(detail, code, **changed), self.version)
        steps = [(sender or self.key("agent"), ac), (None, agency)]
        body = wrap(message, self.version, steps, drawing(Seed(self.name), "body", code))
        headers = {"content-type": "application/octet-stream"}
        return self.world.agency.handle(Request("POST", "/agency/msg", headers, body))


KEY = KeyPair.from_seed(b"k" * 32)
OLDER: dict[str, Any] = {"redirectDetail": redirect_detail(KeyPair.from_seed(b"o" * 32), KeyPair.from_seed(b"i" * 32))}


@pytest.mark.parametrize(("version", "style"), STYLES)
@pytest.mark.parametrize(
    ("answer", "type_", "more"),
    [
        pytest.param("MS-104", "connReqAnswer", {}, id="11.4 accepts"),
        pytest.param("MS-105", "connReqAnswer", {}, id="11.4 refuses"),
        pytest.param("MS-107", "connReqRedirect", OLDER, id="11.4 redirects"),
    ],
)
def test_11_3_takes_an_answer(
    world: World, new_owner: NewOwner, version: Version, style: Version, answer: str, type_: str, more: dict[str, Any]
) -> None:
    """The answer is stored with its own code and a payload for the owner; the request gets code and reference."""
    owner = new_owner("owner", version, style)
    pair = owner.invite()
    holder = Foreign(world, version)

    reply = holder.post(owner.detail, answer, **more)

    answered = open_layer(reply.body, holder.key("agent"))
    assert (reply.status, answered.sender, answered.message.members["@id"]) == (
        200,
        pair.ac.verkey,
        f"foreign-{answer}",
    )
    assert owner.seen(pair) == [
        (pair.uid, "connReq", answer, f"foreign-{answer}", False),
        (f"foreign-{answer}", type_, answer, None, True),
    ]
    entry = owner.messages(pair)[1]
    payload = open_payload(entry["payload"], owner.key)
    assert (payload.version, payload.sender) == (version, pair.ac.verkey)
    assert answer_in(payload) == {"senderDetail": holder.members(owner.detail)["senderDetail"], **more}
    assert entry["senderDID"] == holder.key("pw").did


def test_8_5_both_versions_answer_by_their_own_name(world: World, new_owner: NewOwner) -> None:
    """Version 1.0 says MSG_CREATED to all; 2.0 has a name for an answer and one for a redirection."""
    told = []
    for version, answer in [(V1, "MS-104"), (V2, "MS-104"), (V2, "MS-107")]:
        owner = new_owner(f"{version}{answer}", version)
        owner.invite()
        holder = Foreign(world, version)
        reply = holder.post(owner.detail, answer, **(OLDER if answer == "MS-107" else {}))
        told.append(open_layer(reply.body, holder.key("agent")).message.name)

    assert told == ["MSG_CREATED", "CONN_REQUEST_ANSWER_RESP", "CONN_REQ_REDIRECTED"]


def test_11_3_payload_is_in_the_inviters_version(world: World, new_owner: NewOwner) -> None:
    """A holder that speaks 2.0 answers an inviter of 1.0, who can read it."""
    owner = new_owner("owner", V1)
    pair = owner.invite()

    assert Foreign(world, V2).post(owner.detail).status == 200
    assert open_payload(owner.messages(pair)[1]["payload"], owner.key).version is V1


class TestRefusedAnswers:
    STRANGER = KeyPair.from_seed(b"s" * 32)
    FORGED = sender_detail(STRANGER, delegation_proof(KeyPair.from_seed(b"x" * 32), STRANGER))
    UNSENT = sender_detail(STRANGER, delegation_proof(STRANGER, STRANGER))

    @pytest.mark.parametrize(
        ("given", "refusal", "note"),
        [
            pytest.param({"code": "MS-106"}, (400, "GNR-115"), "Expected MS-104 or MS-105", id="11.3 no answer"),
            pytest.param({"code": "nonsense"}, (400, "GNR-115"), "Expected MS-104 or MS-105", id="11.3 nonsense"),
            pytest.param(
                {"code": "MS-107", "name": "ACCEPT_CONN_REQ"}, (400, "GNR-115"), "MS-104 or", id="wrong message"
            ),
            pytest.param({"replyToMsgId": "other"}, (400, "GNR-114"), "no request 'other'", id="11.3 unknown"),
            pytest.param({"senderDetail": FORGED}, (400, "GNR-107"), "not signed by its verKey", id="11.3 proof"),
            pytest.param({"senderDetail": UNSENT}, (400, "GNR-107"), "another key", id="11.3 other sender"),
        ],
    )
    def test_11_3(
        self, world: World, new_owner: NewOwner, given: dict[str, Any], refusal: tuple[int, str], note: str
    ) -> None:
        """What is no answer, or not the holder's, changes nothing."""
        owner = new_owner()
        pair = owner.invite()

        reply = Foreign(world).post(owner.detail, **given)

        assert code(reply) == refusal
        assert note in last_exchange(world).note
        assert owner.seen(pair) == [(pair.uid, "connReq", "MS-101", None, False)]

    def test_11_3_answers_belong_to_their_connection(self, world: World, new_owner: NewOwner) -> None:
        """An answer to the request of one connection does not fit another."""
        owner = new_owner()
        one = owner.invite("one")
        owner.invite("two")

        assert code(Foreign(world).post(owner.detail, replyToMsgId=one.uid)) == (400, "GNR-114")

    @pytest.mark.parametrize(("first", "refusal"), [("MS-104", "CRS-102"), ("MS-105", "VES-102")])
    def test_11_3_second_answers(self, world: World, new_owner: NewOwner, first: str, refusal: str) -> None:
        """The first answer stands, whatever comes after it, even if the owner marks the request meanwhile."""
        owner = new_owner()
        pair = owner.invite()
        Foreign(world).post(owner.detail, first)
        told = {"pairwiseDID": pair.pw.did, "uids": [pair.uid]}
        owner.ask_agent("UPDATE_MSG_STATUS_BY_CONNS", statusCode="MS-106", uidsByConns=[told])

        again = Foreign(world, name="another").post(owner.detail)

        assert code(again) == (400, refusal)
        assert len(owner.messages(pair)) == 2

    def test_11_3_one_acceptance_for_a_connection(self, world: World, new_owner: NewOwner) -> None:
        """A second request on an accepted connection is refused, and an older open one can no longer be answered."""
        owner = new_owner()
        pair = owner.invite()
        older = owner.detail
        answer = owner.opened(owner.tell_ac(pair, owner.request(pair))).message
        Foreign(world).post(answer.members["inviteDetail"])

        assert code(owner.tell_ac(pair, owner.request(pair))) == (400, "CRS-102")
        assert code(Foreign(world, name="b").post(older)) == (400, "CRS-102")

    def test_deleted_connections_take_no_answer(self, world: World, new_owner: NewOwner) -> None:
        """In production nobody is reached there any more; the dummy keeps taking what comes."""
        flavours: list[tuple[Flavour, int]] = [("evernym", 400), ("dummy", 200)]
        for flavour, status in flavours:
            world.reset()
            world.agency.configure(AgencySettings(flavour))
            owner = new_owner()
            pair = owner.invite()
            owner.ask_ac(pair, "UPDATE_CONN_STATUS", statusCode="CS-103")

            assert Foreign(world).post(owner.detail).status == status


class TestExpiry:
    @pytest.mark.parametrize(("late", "status"), [(0, 200), (1, 400)], ids=["in time", "a nanosecond late"])
    def test_is_exact(self, world: World, new_owner: NewOwner, late: int, status: int) -> None:
        """An invitation can be answered at the very end of its life, and not a nanosecond later."""
        world.agency.configure(AgencySettings(invitation_expiry=300 * SECOND))
        owner = new_owner()
        pair = owner.invite()
        world.clock.advance_ns(300 * SECOND + late)

        reply = Foreign(world).post(owner.detail)
        shown = world.agency.handle(Request("GET", f"/agency/invite/{pair.ac.did}?uid={pair.uid}"))

        assert (reply.status, shown.status) == (status, status)
        assert len(owner.messages(pair)) == (2 if status == 200 else 1)
        if late:
            expected = {"statusCode": "VES-101", "statusMsg": "expired"}
            assert json.loads(reply.body) == json.loads(shown.body) == expected

    def test_is_off_by_default(self, world: World, new_owner: NewOwner) -> None:
        """Nothing expires unless a setting says so."""
        owner = new_owner()
        owner.invite()
        world.advance("3650 days")

        assert Foreign(world).post(owner.detail).status == 200


@pytest.mark.parametrize(("inviting", "invited"), PAIRS)
class TestTwoClients:
    """11.5: both sides are clients of this agency; nobody else stands behind the invitation."""

    @pytest.mark.parametrize("answer", ["MS-104", "MS-105", "MS-107"])
    def test_connect_with_each_other(
        self, world: World, new_owner: NewOwner, inviting: Version, invited: Version, answer: str
    ) -> None:
        """The invitee's agent hands the answer over before it answers its own client."""
        inviter, invitee = new_owner("inviter", inviting), new_owner("invitee", invited)
        pair = inviter.invite()
        more = OLDER if answer == "MS-107" else {}

        theirs = invitee.accept(inviter.detail, "pw", answer, **more)

        type_ = "connReqRedirect" if more else "connReqAnswer"
        uid = inviter.seen(pair)[0][3]
        assert inviter.seen(pair) == [(pair.uid, "connReq", answer, uid, False), (uid, type_, answer, None, True)]
        assert invitee.seen(theirs) == [(pair.uid, "connReq", answer, uid, False), (uid, type_, answer, None, False)]
        payload = answer_in(open_payload(inviter.messages(pair)[1]["payload"], inviter.key))
        assert payload["senderDetail"] == sender_detail(theirs.pw, delegation_proof(theirs.pw, theirs.ac))
        inner, outer = [e for e in world.journal.exchanges() if e.message in ("ACCEPT_CONN_REQ", "REDIRECT_CONN_REQ")]
        assert (inner.client, inner.connection, inner.state) == (theirs.ac.did, pair.uid, answer)
        assert (outer.client, outer.connection) == (invitee.key.did, theirs.pw.did)
        assert inner.number < outer.number
        assert inner.note == f"the answer of {theirs.pw.did}"
        states = [ConnectionStatus.ALREADY_CONNECTED if answer == "MS-104" else ConnectionStatus.NOT_CONNECTED] * 2
        assert [c.status for c in connections(world)] == states

    def test_the_answer_fails_with_its_delivery(
        self, world: World, new_owner: NewOwner, inviting: Version, invited: Version
    ) -> None:
        """A refusal by the inviter's agency reaches the invitee, whose mailbox stays empty."""
        inviter, first, second = (new_owner(name, v) for name, v in (("a", inviting), ("b", invited), ("c", invited)))
        inviter.invite()
        first.accept(inviter.detail)
        pair = second.pair()

        assert code(second.tell_ac(pair, second.answer(pair, inviter.detail))) == (400, "CRS-102")
        assert second.seen(pair) == []


def connections(world: World) -> list[AgentConnection]:
    """All agent connections."""
    agents = [owner.agent for owner in world.agency.owners.values() if owner.agent is not None]
    return [connection for agent in agents for connection in agent.connections.values()]


class TestInvitees:
    def test_nobody_answers_twice_with_one_connection(self, world: World, new_owner: NewOwner) -> None:
        """An owner whose connection has answered an invitation cannot answer it again."""
        inviter, invitee = new_owner("inviter"), new_owner("invitee")
        inviter.invite()
        pair = invitee.accept(inviter.detail)

        assert code(invitee.tell_ac(pair, invitee.answer(pair, inviter.detail))) == (400, "CRS-102")

    def test_nobody_answers_an_invitation_of_the_same_connection(self, new_owner: NewOwner) -> None:
        """An owner cannot accept its own invitation with the connection that it was made with."""
        owner = new_owner()
        pair = owner.invite()

        assert code(owner.tell_ac(pair, owner.answer(pair, owner.detail))) == (400, "CRS-102")

    @pytest.mark.parametrize("changed", [{"keyDlgProof": None}, {"keyDlgProof": delegation_proof(KEY, KEY)}])
    @pytest.mark.parametrize("version", [V1, V2])
    def test_answers_need_the_owners_proof(
        self, new_owner: NewOwner, version: Version, changed: dict[str, Any]
    ) -> None:
        """An owner's answer delegates to the agent connection, as its requests do."""
        inviter, invitee = new_owner("inviter", version), new_owner("invitee", version)
        inviter.invite()
        pair = invitee.pair()

        reply = invitee.tell_ac(pair, invitee.answer(pair, inviter.detail, **changed))

        assert code(reply) == (400, "GNR-107")

    def test_an_owner_may_connect_with_itself(self, new_owner: NewOwner) -> None:
        """Two connections of one owner are two parties."""
        owner = new_owner()
        pair = owner.invite()

        owner.accept(owner.detail, "other")

        assert [entry[2] for entry in owner.seen(pair)] == ["MS-104", "MS-104"]

    @pytest.mark.parametrize("flavour", ["evernym", "dummy"])
    def test_strangers_cannot_be_reached(self, world: World, new_owner: NewOwner, flavour: Flavour) -> None:
        """A fake writes to nobody: an invitation of another agency cannot be answered here."""
        world.agency.configure(AgencySettings(flavour))
        owner = new_owner()
        owner.invite()
        far = owner.detail | {"senderAgencyDetail": agency_detail(KeyPair.from_seed(b"f" * 32), "far.example")}
        pair = owner.pair("other")

        reply = owner.tell_ac(pair, owner.answer(pair, far))

        assert reply.status == 500
        assert "only this one is played" in last_exchange(world).note
        assert owner.seen(pair) == []

    def test_15_dummy_keeps_refusals_to_itself(self, world: World, new_owner: NewOwner) -> None:
        """The dummy stores a refusal, does not send it on, and fails."""
        world.agency.configure(AgencySettings("dummy"))
        inviter, invitee = new_owner("inviter"), new_owner("invitee")
        theirs = inviter.invite()
        pair = invitee.pair()

        reply = invitee.tell_ac(pair, invitee.answer(pair, inviter.detail, "MS-105"))

        assert reply.status == 500
        assert [entry[2] for entry in invitee.seen(pair)] == ["MS-105", "MS-105"]
        assert [entry[2] for entry in inviter.seen(theirs)] == ["MS-101"]
