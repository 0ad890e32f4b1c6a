"""A fake agency with two owners, one for each protocol, and good requests to it."""

import random
from dataclasses import dataclass
from typing import Any

from connsim import World
from connsim.agency.settings import AgencySettings
from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_results import Dialect, Pairwise
from connsim.clients.agency_wire import AgencyError
from connsim.core.exchange import Reply, Request
from connsim.wire.codes import Version
from connsim.wire.invite_detail import agency_detail, sender_detail
from connsim.wire.keys import Identity, KeyPair
from connsim.wire.messages import Message, write
from connsim.wire.proofs import delegation_proof, redirect_detail


@dataclass(frozen=True)
class Good:
    """A request that the agency would accept.

    Attributes:
        steps: Sender and recipient of each envelope, the innermost first.
    """

    name: str
    version: Version
    maps: list[dict[str, Any]]
    steps: tuple[tuple[KeyPair | None, Identity], ...]


class Scene:
    """A world with owners, connections and mailboxes, and good requests to its agency."""

    def __init__(self, flavour: Any) -> None:
        self.world = World("fuzz", journal_limit=100)
        self.agency = self.world.agency
        self.agency.configure(AgencySettings(flavour=flavour))
        self.keys: list[KeyPair] = []
        self.build()

    def build(self) -> None:
        """Create the same world again, with all that is in it."""
        self.world.reset()
        chance = random.Random(0)
        self.keys = []
        self.goods: list[Good] = []
        self.parties: list[Identity] = [self.agency.identity]
        for version in Version:
            self._furnish(version, AgencyClient(
                self._post, self.agency.identity, self._key(chance), chance.randbytes, Dialect.of(version)
            ))  # fmt: skip
        self.tos = [text for party in self.parties for text in (party.did, party.verkey)]

    def _key(self, chance: random.Random) -> KeyPair:
        self.keys.append(KeyPair.from_seed(chance.randbytes(32)))
        return self.keys[-1]

    def _post(self, body: bytes) -> bytes:
        reply: Reply = self.agency.handle(Request("POST", "/agency/msg", {}, body))
        if reply.status != 200:
            raise AgencyError(reply.status, reply.body)
        return reply.body

    def _furnish(self, version: Version, client: AgencyClient) -> None:
        chance = random.Random(version)
        client.provision()
        client.update_configs({"name": "Faber", "logoUrl": "http://l"})
        answered, waiting = (client.create_key(self._key(chance)) for _ in range(2))
        uids = [client.invite(pairwise).uid for pairwise in (answered, waiting)]
        self.agency.holder_accepts(uids[0])
        self.parties += [client.agent, answered.agent, waiting.agent]
        to_agency, to_agent = (None, self.agency.identity), (client.owner, client.agent)

        def add(message: Message, *steps: tuple[KeyPair | None, Identity]) -> None:
            self.goods.append(Good(message.name, version, write(message), (*steps, to_agency)))

        new, holder = self._key(chance), self._key(chance)
        me = {"fromDID": new.did, "fromDIDVerKey": new.verkey}
        add(Message("CONNECT", me, version), (new, self.agency.identity))
        add(Message("UPDATE_CONFIGS", {"configs": [{"name": "name", "value": "n"}]}, version), to_agent)
        method = {"id": "123", "type": "2", "value": "http://w"}
        add(Message("UPDATE_COM_METHOD", {"comMethod": method}, version), to_agent)
        add(Message("CREATE_KEY", {"forDID": new.did, "forDIDVerKey": new.verkey}, version), to_agent)
        filters = {"uids": [*uids], "statusCodes": ["MS-104"], "excludePayload": "Y"}
        by_connection = filters | {"pairwiseDIDs": [answered.keys.did]}
        add(Message("GET_MSGS_BY_CONNS", by_connection, version), to_agent)
        listed = [{"pairwiseDID": answered.keys.did, "uids": uids[:1]}]
        add(Message("UPDATE_MSG_STATUS_BY_CONNS", {"statusCode": "MS-106", "uidsByConns": listed}, version), to_agent)
        for pairwise in (answered, waiting):
            own = (pairwise.keys, pairwise.agent), to_agent
            add(Message("GET_MSGS", filters, version), *own)
            add(Message("UPDATE_CONN_STATUS", {"statusCode": "CS-103"}, version), *own)
            add(Message("SEND_REMOTE_MSG", self._general(version), version), *own)
            add(Message("CONN_REQUEST", self._request(pairwise), version), *own)
            add(Message("ACCEPT_CONN_REQ", self._answer(pairwise, pairwise.keys, uids[1]), version), *own)
            of_holder = self._answer(pairwise, holder, uids[1])
            add(Message("ACCEPT_CONN_REQ", of_holder, version), (holder, pairwise.agent))
            redirection = {"answerStatusCode": "MS-107", "redirectDetail": redirect_detail(holder, pairwise.keys)}
            add(Message("REDIRECT_CONN_REQ", of_holder | redirection, version), (holder, pairwise.agent))
        add(Message("GET_MSGS", {}, version), to_agent, to_agent)
        aries = Message("forward", {"to": waiting.keys.verkey, "msg": b'{"x":1}'}, Version.V2)
        if version is Version.V2:
            add(aries, (None, waiting.agent))

    def _general(self, version: Version) -> dict[str, Any]:
        content = b'{"x":1}' if version is Version.V2 else b"\x01\xff"
        return {"@id": "g", "mtype": "question", "sendMsg": True, "@msg": content, "replyToMsgId": "x", "title": "t"}

    def _request(self, pairwise: Pairwise) -> dict[str, Any]:
        proof = delegation_proof(pairwise.keys, pairwise.agent)
        return {"@id": "c", "sendMsg": True, "keyDlgProof": proof, "phoneNo": "+15550100", "includePublicDID": True}

    def _answer(self, pairwise: Pairwise, holder: KeyPair, uid: str) -> dict[str, Any]:
        return {
            "@id": "a",
            "sendMsg": True,
            "replyToMsgId": uid,
            "keyDlgProof": delegation_proof(pairwise.keys, pairwise.agent),
            "senderDetail": sender_detail(holder, delegation_proof(holder, holder), "holder"),
            "senderAgencyDetail": agency_detail(holder, "http://h"),
            "answerStatusCode": "MS-104",
        }
