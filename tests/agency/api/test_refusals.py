"""Every refusal of the agency, on the wire.

Sections are those of docs/protocol/vcx-agency.md.
"""

import json
from collections.abc import Callable

import pytest

from connsim import World
from connsim.agency.settings import AgencySettings
from connsim.core.exchange import Reply
from connsim.core.seed import Seed
from connsim.wire.codes import Version
from connsim.wire.keys import KeyPair
from connsim.wire.proofs import delegation_proof
from tests.agency.api.conftest import STRANGER, code, last_note
from tests.agency.conftest import NewOwner, Owner


def provisioning(owner: Owner, name: str) -> Reply:
    """One of the posts of provisioning again."""
    told = {"fromDID": owner.key.did, "fromDIDVerKey": owner.key.verkey} if name == "CONNECT" else {}
    return owner.tell(owner.message(name, **told), (owner.key, owner.agency if told else owner.forward))


def repeat(owner: Owner) -> Reply:
    """CREATE_KEY once more for the same pairwise key."""
    pw = KeyPair.from_seed(Seed("clients").draw(owner.name, "pw"))
    return owner.tell_agent("CREATE_KEY", forDID=pw.did, forDIDVerKey=pw.verkey)


REFUSALS = [
    pytest.param(lambda o: provisioning(o, "CONNECT"), 400, "CS-101", "has connected before", id="CONNECT"),
    pytest.param(lambda o: provisioning(o, "SIGNUP"), 400, "ARS-101", "signed up before", id="SIGNUP twice"),
    pytest.param(lambda o: provisioning(o, "CREATE_AGENT"), 400, "ACS-101", "has an agent already", id="CREATE_AGENT"),
    pytest.param(lambda o: (o.pair(), repeat(o))[1], 400, "VES-103", "a key for", id="CREATE_KEY twice"),
    pytest.param(
        lambda o: o.tell_agent("CREATE_KEY", forDID="x", forDIDVerKey="y"),
        400,
        "GNR-115",
        "not a DID",
        id="bad DID",
    ),
    pytest.param(lambda o: o.tell_agent("SIGNUP"), 404, "GNR-120", "SIGNUP was sent to a party", id="misplaced"),
    pytest.param(
        lambda o: o.tell(o.message("GET_MSGS_BY_CONNS"), (STRANGER, o.agent)),
        401,
        "GNR-121",
        "does not own the agent",
        id="stranger at the agent",
    ),
    pytest.param(
        lambda o: o.tell(o.message("GET_MSGS"), (STRANGER, o.pair().ac), (o.key, o.agent)),
        401,
        "GNR-121",
        "may not send to the party that it names",
        id="stranger at the connection",
    ),
    pytest.param(
        lambda o: o.tell(o.message("SIGNUP"), (o.key, STRANGER.identity)),
        400,
        "ACS-102",
        "not a party of this agency",
        id="unknown @fwd",
    ),
    pytest.param(lambda o: o.post(b"garbage"), 400, "GNR-115", "do not open as anon_crypt", id="garbage"),
    pytest.param(lambda o: o.post(b""), 400, "GNR-115", "do not open", id="empty"),
    pytest.param(lambda o: o.post(b'{"protected":"e30"}'), 400, "GNR-115", "packed", id="half a JWE"),
    pytest.param(lambda o: o.tell(o.message("SIGNUP")), 404, "GNR-120", "came without a Forward", id="no Forward"),
    pytest.param(
        lambda o: o.tell_ac(p := o.pair(), o.request(p, keyDlgProof=delegation_proof(STRANGER, p.ac))),
        400,
        "GNR-107",
        "does not delegate",
        id="foreign proof",
    ),
    pytest.param(
        lambda o: o.tell_ac(p := o.pair(), o.request(p, keyDlgProof=delegation_proof(p.pw, STRANGER))),
        400,
        "GNR-107",
        "does not delegate",
        id="proof for another agent",
    ),
    pytest.param(
        lambda o: o.tell_agent("UPDATE_MSG_STATUS_BY_CONNS", statusCode="MS-199", uidsByConns=[]),
        400,
        "GNR-115",
        "MS-101 to MS-107",
        id="unknown message status",
    ),
    pytest.param(
        lambda o: o.tell_ac(o.pair(), o.message("UPDATE_CONN_STATUS", statusCode="CS-104")),
        400,
        "GNR-115",
        "CS-101 to CS-103",
        id="unknown connection status",
    ),
    pytest.param(
        lambda o: (o.invite("a", **{"@id": "same"}), o.tell_ac(p := o.pair(), o.request(p, **{"@id": "same"})))[1],
        400,
        "GNR-116",
        "'same' already",
        id="uid of another connection",
    ),
    pytest.param(
        lambda o: (p := o.invite("a", **{"@id": "same"}), o.tell_ac(p, o.request(p, **{"@id": "same"})))[1],
        400,
        "GNR-116",
        "'same' already",
        id="uid of the same connection",
    ),
]


class TestRefusals:
    """What the production agency refuses, and what the dummy makes of the same."""

    @pytest.mark.parametrize(("send", "status", "refusal", "note"), REFUSALS)
    def test_6_3_production(
        self, world: World, new_owner: NewOwner, send: Callable[[Owner], Reply], status: int, refusal: str, note: str
    ) -> None:
        """A status, a code and a text in JSON; the reason is in the journal, and nothing has happened."""
        reply = send(new_owner())

        told = json.loads(reply.body)
        assert (reply.status, told["statusCode"], reply.content_type) == (status, refusal, "application/json")
        assert set(told) == {"statusCode", "statusMsg"}
        assert note in last_note(world)
        world.check()

    @pytest.mark.parametrize(("send", "status", "refusal", "note"), REFUSALS)
    def test_6_3_dummy(
        self, world: World, new_owner: NewOwner, send: Callable[[Owner], Reply], status: int, refusal: str, note: str
    ) -> None:
        """The dummy answers whatever is wrong with a 500 and a text."""
        world.agency.configure(AgencySettings("dummy"))

        reply = send(new_owner())

        assert (reply.status, note in reply.body.decode(), note in last_note(world)) == (500, True, True)
        world.check()

    @pytest.mark.parametrize(
        ("phone", "refusal"), [("", "GNR-118"), ("call me", "GNR-115"), ("++1", "GNR-115"), ("1+1", "GNR-115")]
    )
    def test_10_3_bad_numbers(self, new_owner: NewOwner, phone: str, refusal: str) -> None:
        """Production looks at the phone number, and makes no invitation if it is none."""
        owner = new_owner()
        pair = owner.pair()

        assert code(owner.tell_ac(pair, owner.request(pair, phoneNo=phone))) == (400, refusal)
        assert owner.seen(pair) == []

    @pytest.mark.parametrize("profile", [{}, {"name": "Acme"}, {"logoUrl": "https://l"}])
    def test_10_3_profile_required(self, world: World, new_owner: NewOwner, profile: dict[str, str]) -> None:
        """Like production, the agency can insist on a name and a logo; by default it does not."""
        world.agency.configure(AgencySettings(profile_required=True))
        owner = new_owner()
        owner.ask_agent("UPDATE_CONFIGS", configs=[{"name": n, "value": v} for n, v in profile.items()])
        pair = owner.pair()

        assert code(owner.tell_ac(pair, owner.request(pair))) == (400, "GNR-117")
        owner.profile("Acme")
        assert owner.tell_ac(pair, owner.request(pair)).status == 200

    def test_2_1_connect_wants_a_did_of_the_key(self, world: World, new_owner: NewOwner) -> None:
        """Production demands it in CONNECT and nowhere else; the dummy not even there."""
        owner = new_owner()
        other = KeyPair.from_seed(Seed("x").draw("other"))
        told = owner.message("CONNECT", fromDID=STRANGER.did, fromDIDVerKey=other.verkey)

        reply = owner.tell(told, (other, owner.agency))

        assert code(reply) == (400, "GNR-115")
        assert STRANGER.did in json.loads(reply.body)["statusMsg"]
        assert owner.tell_agent("CREATE_KEY", forDID=STRANGER.did, forDIDVerKey=other.verkey).status == 200
        world.reset()
        world.agency.configure(AgencySettings("dummy"))
        assert owner.tell(told, (other, owner.agency)).status == 200

    def test_connect_must_be_closed_by_its_key(self, new_owner: NewOwner) -> None:
        """Nobody can connect in another owner's name."""
        owner = new_owner()
        told = owner.message("CONNECT", fromDID=STRANGER.did, fromDIDVerKey=STRANGER.verkey)

        assert code(owner.tell(told, (owner.key, owner.agency))) == (401, "GNR-121")

    def test_create_agent_needs_signup(self, world: World, new_owner: NewOwner) -> None:
        """CREATE_AGENT before SIGNUP is refused."""
        owner = new_owner()
        told = owner.message("CONNECT", fromDID=STRANGER.did, fromDIDVerKey=STRANGER.verkey)
        owner.tell(told, (STRANGER, owner.agency))
        forward = world.agency.owners[STRANGER.did].identity

        assert code(owner.tell(owner.message("CREATE_AGENT"), (STRANGER, forward))) == (400, "ARS-102")

    def test_layers_must_prove_their_sender(self, world: World, new_owner: NewOwner) -> None:
        """A layer of version 2.0 that does not tell its sender is nobody's."""
        owner = new_owner("owner", Version.V2)

        assert code(owner.tell(owner.message("GET_MSGS_BY_CONNS"), (None, owner.agent))) == (401, "GNR-121")

    def test_an_agent_leads_only_to_its_own_connections(self, new_owner: NewOwner) -> None:
        """The agent of one owner does not forward to the connection of another."""
        owner, other = new_owner("owner"), new_owner("other")
        pair = other.pair()

        reply = owner.tell(owner.message("GET_MSGS"), (pair.pw, pair.ac), (owner.key, owner.agent))

        assert code(reply) == (401, "GNR-121")

    def test_endless_forwards_end(self, world: World, new_owner: NewOwner) -> None:
        """Layers that go round and round are followed, and lead nowhere."""
        owner = new_owner("owner", Version.V2)
        round_trip = [(owner.key, owner.agent)] * 6

        assert code(owner.tell(owner.message("GET_MSGS"), *round_trip)) == (401, "GNR-121")

    def test_failures_inside_are_told(self, world: World, new_owner: NewOwner, monkeypatch: pytest.MonkeyPatch) -> None:
        """An exception inside the fake is the flavour's 500, and fails the test at its end."""
        owner = new_owner()
        monkeypatch.setattr(type(world.agency.parties), "add", None)
        pw = STRANGER

        assert code(owner.tell_agent("CREATE_KEY", forDID=pw.did, forDIDVerKey=pw.verkey)) == (500, "GNR-105")
        with pytest.raises(Exception, match="connsim itself failed while it answered POST /agency/msg CREATE_KEY"):
            world.check()
