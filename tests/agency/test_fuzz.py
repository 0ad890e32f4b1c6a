"""Hostile input: whatever is posted, the agency answers as its flavour does, and stores none of it."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connsim import World
from connsim.agency.settings import AgencySettings
from connsim.core.exchange import Reply, Request
from connsim.core.seed import Seed
from connsim.wire.codes import Version
from connsim.wire.crypt import drawing
from connsim.wire.envelope import close_envelope
from connsim.wire.keys import Identity, KeyPair
from connsim.wire.layers import close_layer
from connsim.wire.messages import Message
from connsim.wire.notation import dump_json, dump_msgpack
from connsim.wire.proofs import delegation_proof
from tests.agency.conftest import Flavour, NewOwner, last_exchange

OFTEN = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DRAW = drawing(Seed("fuzz"), "draw")
NAMES = [
    *("CONNECT", "SIGNUP", "CREATE_AGENT", "UPDATE_CONFIGS", "CREATE_KEY", "GET_MSGS", "GET_MSGS_BY_CONNS", "FWD"),
    *("CREATE_MSG", "MSG_DETAIL", "CONN_REQUEST", "ACCEPT_CONN_REQ", "REDIRECT_CONN_REQ", "SEND_REMOTE_MSG", "MSGS"),
    *("UPDATE_MSG_STATUS_BY_CONNS", "UPDATE_CONN_STATUS", "forward", "nonsense"),
]
MEMBERS = [
    *("fromDID", "fromDIDVerKey", "forDID", "forDIDVerKey", "configs", "uids", "statusCodes", "statusCode", "@fwd"),
    *("@msg", "mtype", "sendMsg", "uid", "@id", "replyToMsgId", "keyDlgProof", "senderDetail", "senderAgencyDetail"),
    *("answerStatusCode", "redirectDetail", "phoneNo", "targetName", "uidsByConns", "pairwiseDIDs", "~thread", "to"),
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(max_size=20)
    | st.sampled_from(["MS-104", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4),
    max_leaves=8,
)
MAPS = st.builds(
    lambda name, style, members: {"@type": style(name), **members},
    st.sampled_from(NAMES),
    st.sampled_from([lambda n: {"name": n, "ver": "1.0"}, lambda n: f"did:sov:123456789abcdefghi1234;spec/x/1.0/{n}"]),
    st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=6),
)


def bundled(maps: list[Any], version: Version) -> bytes:
    """Return maps as the content of an envelope, without any check."""
    if version is Version.V2:
        return dump_json(maps[0])
    return dump_msgpack({"bundled": [list(dump_msgpack(one)) for one in maps]})


class Party:
    """A client that closes envelopes with any content."""

    def __init__(self, new_owner: NewOwner, version: Version, flavour: Flavour) -> None:
        self.world = World()
        self.world.agency.configure(AgencySettings(flavour))
        self.owner = new_owner("owner", version, version, other_world=self.world)
        self.version = version
        self.pair = self.owner.invite()

    def steps(self, party: str) -> list[tuple[KeyPair | None, Identity]]:
        """Return the envelopes that lead to a party."""
        owner, pair = self.owner, self.pair
        ways: dict[str, list[tuple[KeyPair | None, Identity]]] = {
            "agency": [(owner.key, owner.agency)],
            "forward agent": [(owner.key, owner.forward)],
            "agent": [(owner.key, owner.agent)],
            "connection": [(pair.pw, pair.ac), (owner.key, owner.agent)],
            "remote": [(KeyPair.from_seed(b"r" * 32), pair.ac)],
        }
        return ways[party]

    def send(self, maps: list[Any], party: str) -> Reply:
        """Close any content for a party, and post it."""
        steps = [*self.steps(party), (None, self.owner.agency)]
        (sender, to), *outer = steps
        closed = close_envelope(bundled(maps, self.version), self.version, sender, to.verkey, DRAW)
        for sender, around in outer:
            forward = Message("FWD", {"@fwd": to.did, "@msg": closed}, self.version)
            closed, to = close_layer(forward, self.version, sender, around.verkey, DRAW), around
        return self.owner.post(closed)

    def size(self) -> tuple[int, ...]:
        """Return the number of things that the agency stores."""
        agency = self.world.agency
        [owner] = agency.owners.values()
        assert owner.agent is not None
        connections = owner.agent.connections
        mails = sum(len(connection.mailbox) for connection in connections.values())
        return len(agency.invitations), len(agency.tokens), len(agency.outbox), len(connections), mails


@pytest.fixture(params=[(v, f) for v in Version for f in ("evernym", "dummy")], ids=lambda p: f"{p[0]} {p[1]}")
def party(new_owner: NewOwner, request: pytest.FixtureRequest) -> Party:
    """A client of an agency, for each version and flavour."""
    return Party(new_owner, *request.param)


def check(party: Party, reply: Reply) -> None:
    """Assert that the answer is the flavour's, and that no exception occurred in the fake."""
    party.world.check()
    if reply.status == 200:
        return
    if party.world.agency.flavour.name == "dummy":
        assert (reply.status, reply.content_type) == (500, "text/plain; charset=utf-8")
    else:
        assert reply.status in (400, 401, 404)
        assert set(json.loads(reply.body)) == {"statusCode", "statusMsg"}
    assert last_exchange(party.world).note


@OFTEN
@given(maps=st.lists(MAPS, min_size=1, max_size=3), to=st.sampled_from(["agency", "forward agent", "agent", "remote"]))
def test_any_message_to_any_party(party: Party, maps: list[dict[str, Any]], to: str) -> None:
    """Proper envelopes may contain messages with members of any kind."""
    check(party, party.send(maps, to))


@OFTEN
@given(maps=st.lists(MAPS, min_size=1, max_size=3))
def test_any_message_to_a_connection(party: Party, maps: list[dict[str, Any]]) -> None:
    """Messages of any kind at a connection get an answer of the flavour, unless they may delete the connection."""
    reply = party.send(maps, "connection")

    if not any("UPDATE_CONN_STATUS" in str(one["@type"]) for one in maps):
        check(party, reply)
    party.world.check()


@OFTEN
@given(
    how=st.sampled_from(["change", "cut", "add"]),
    where=st.integers(0, 10**6),
    bits=st.integers(1, 255),
    more=st.binary(min_size=1, max_size=9),
)
def test_damaged_envelopes(party: Party, how: str, where: int, bits: int, more: bytes) -> None:
    """A damaged request with a wrong proof is refused, and nothing is stored."""
    owner, pair = party.owner, party.pair
    request = owner.request(pair, keyDlgProof=delegation_proof(owner.key, pair.ac))
    body = bytearray(owner.wrapped(request, (pair.pw, pair.ac), (owner.key, owner.agent)))
    at = where % len(body)
    if how == "change":
        body[at] ^= bits
    elif how == "cut":
        del body[at:]
    else:
        body[at:at] = more
    before = party.size()

    reply = owner.post(bytes(body))

    check(party, reply)
    assert (reply.status != 200, party.size()) == (True, before)


@OFTEN
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "x"]),
    target=st.text(st.characters(max_codepoint=255, exclude_characters="\0"), max_size=30),
    prefix=st.sampled_from(["", "/", "/agency", "/agency/invite/", "/agency/invite?t=", "/agency/invite/x?uid=%FF"]),
    body=st.binary(max_size=50),
)
def test_any_request(party: Party, method: str, target: str, prefix: str, body: bytes) -> None:
    """Paths, queries and bodies of any kind get a 404 or a refusal."""
    before = party.size()

    reply = party.world.agency.handle(Request(method, prefix + target, {"content-type": target}, body))

    party.world.check()
    assert reply.status in (200, 400, 404, 415, 500)
    assert (reply.status == 500) <= (party.world.agency.flavour.name == "dummy")
    assert party.size() == before
