"""Every message of the agency, on the wire.

Sections are those of docs/protocol/vcx-agency.md.
"""

import json
from typing import Any

import pytest

from connsim import World
from connsim.core.seed import Seed
from connsim.wire.codes import Version
from connsim.wire.crypt import drawing
from connsim.wire.layers import close_layer
from connsim.wire.messages import Message
from connsim.wire.proofs import delegation_proof
from tests.agency.api.conftest import STRANGER, code
from tests.agency.conftest import NewOwner

DRAW = drawing(Seed("test"), "draw")


STYLES = [
    pytest.param(Version.V1, Version.V1, id="1.0"),
    pytest.param(Version.V2, Version.V2, id="2.0"),
    pytest.param(Version.V1, Version.V2, id="2.0 without use_latest_protocols"),
]


@pytest.mark.parametrize(("version", "style"), STYLES)
class TestMessages:
    """Each request is answered in the envelope and the style in which it came."""

    def test_8_1_provisioning(self, world: World, new_owner: NewOwner, version: Version, style: Version) -> None:
        """CONNECT, SIGNUP and CREATE_AGENT are answered by the forward agent, for the owner's key."""
        owner = new_owner("owner", version, style)

        assert owner.forward != owner.agent
        assert [e.message for e in world.journal.exchanges()] == ["CONNECT", "SIGNUP", "CREATE_AGENT"]
        assert {e.client for e in world.journal.exchanges()} == {owner.key.did}

    @pytest.mark.parametrize(
        ("name", "members", "answer", "expected"),
        [
            pytest.param(
                "UPDATE_CONFIGS", {"configs": [{"name": "any", "value": "v"}]}, "CONFIGS_UPDATED", {}, id="8.2 configs"
            ),
            pytest.param(
                "UPDATE_COM_METHOD",
                {"comMethod": {"id": "123", "type": "2", "value": "http://me"}},
                "COM_METHOD_UPDATED",
                {"id": "123"},
                id="8.2 com method",
            ),
            pytest.param("GET_MSGS_BY_CONNS", {}, "MSGS_BY_CONNS", {"msgsByConns": []}, id="8.2 download, empty"),
            pytest.param(
                "UPDATE_MSG_STATUS_BY_CONNS",
                {"statusCode": "MS-106", "uidsByConns": [{"pairwiseDID": "nobody", "uids": ["x"]}]},
                "MSG_STATUS_UPDATED_BY_CONNS",
                {"failed": [], "updatedUidsByConns": [], "statusCode": "MS-106"},
                id="8.2 marks nothing",
            ),
        ],
    )
    def test_8_2_agent_level(
        self,
        new_owner: NewOwner,
        version: Version,
        style: Version,
        name: str,
        members: dict[str, Any],
        answer: str,
        expected: dict[str, Any],
    ) -> None:
        """The cloud agent answers in the style of the request."""
        owner = new_owner("owner", version, style)

        layer = owner.opened(owner.tell_agent(name, **members))

        assert (layer.version, layer.sender) == (version, owner.agent.verkey)
        assert (layer.message.name, layer.message.style, layer.message.members) == (answer, style, expected)

    def test_8_2_key(self, new_owner: NewOwner, version: Version, style: Version) -> None:
        """CREATE_KEY creates an agent connection for the pairwise key; its answers are for the owner's key."""
        owner = new_owner("owner", version, style)
        pair = owner.pair()

        layer = owner.opened(owner.tell_ac(pair, Message("GET_MSGS", {}, style)))

        assert (layer.sender, layer.message.name, layer.message.style) == (pair.ac.verkey, "MSGS", style)
        assert layer.message.members == {"msgs": []}

    def test_8_2_messages_at_the_agent(self, new_owner: NewOwner, version: Version, style: Version) -> None:
        """GET_MSGS to the agent itself has two layers, and finds nothing."""
        owner = new_owner("owner", version, style)

        reply = owner.tell(Message("GET_MSGS", {}, style), (owner.key, owner.agent), (owner.key, owner.agent))

        layer = owner.opened(reply)
        assert (layer.sender, layer.message.members) == (owner.agent.verkey, {"msgs": []})

    def test_8_3_request(self, world: World, new_owner: NewOwner, version: Version, style: Version) -> None:
        """A connection request gives a complete invite detail, and a link to it."""
        owner = new_owner("owner", version, style).profile("Acme")

        pair = owner.invite()

        detail = owner.detail
        assert detail == {
            "statusCode": "MS-101",
            "connReqId": pair.uid,
            "senderDetail": {
                "name": "Acme",
                "agentKeyDlgProof": delegation_proof(pair.pw, pair.ac),
                "DID": pair.pw.did,
                "logoUrl": "https://logo.example/a.png",
                "verKey": pair.pw.verkey,
            },
            "senderAgencyDetail": {
                "DID": world.agency.identity.did,
                "verKey": world.agency.identity.verkey,
                "endpoint": "host.docker.internal:8080/agency/msg",
            },
            "targetName": "there",
            "statusMsg": "message created",
            "version": version.value,
        } | ({"threadId": pair.uid} if version is Version.V2 else {})
        assert owner.invite_url == f"http://host.docker.internal:8080/agency/invite/{pair.ac.did}?uid={pair.uid}"
        assert owner.seen(pair) == [(pair.uid, "connReq", "MS-101", None, False)]

    def test_8_3_connection_status(self, new_owner: NewOwner, version: Version, style: Version) -> None:
        """UPDATE_CONN_STATUS deletes the connection; its agent is then unknown."""
        owner = new_owner("owner", version, style)
        pair = owner.invite()

        reply = owner.tell_ac(pair, Message("UPDATE_CONN_STATUS", {"statusCode": "CS-103"}, style))

        answer = owner.opened(reply).message
        assert (answer.name, answer.style, answer.members) == ("CONN_STATUS_UPDATED", style, {"statusCode": "CS-103"})
        assert code(owner.tell_ac(pair, Message("GET_MSGS", {}, style))) == (400, "ACS-102")
        assert owner.ask_agent("GET_MSGS_BY_CONNS").members == {"msgsByConns": []}


class TestAries:
    def test_12_2_forwards_are_stored(self, world: World, new_owner: NewOwner) -> None:
        """An Aries message for a pairwise key is stored unchanged, at MS-103, and the answer is empty."""
        owner = new_owner("owner", Version.V2)
        pair = owner.pair()
        packed = close_layer(owner.message("SIGNUP"), Version.V2, STRANGER, pair.pw.verkey, DRAW)
        inner = Message("forward", {"to": pair.pw.verkey, "msg": packed}, Version.V2)
        body = close_layer(inner, Version.V2, None, pair.ac.verkey, DRAW)
        outer = Message("forward", {"to": pair.ac.verkey, "msg": body}, Version.V2)

        reply = owner.post(close_layer(outer, Version.V2, None, owner.agency.verkey, DRAW))

        assert (reply.status, reply.body) == (200, b"")
        [entry] = owner.messages(pair, statusCodes=["MS-103"])
        assert (entry["type"], entry["statusCode"], entry["senderDID"]) == ("aries", "MS-103", "")
        assert json.loads(entry["payload"]) == json.loads(packed)
