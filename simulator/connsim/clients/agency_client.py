"""A client of an agency's wire protocol: one method for each request, typed results, no state except keys.

It sends the same messages as libvcx, in both protocol versions and in their mixture, and checks answers as strictly as
libvcx does. It does no I/O itself: the caller provides the function that posts bytes, and the source of random bytes.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from connsim.clients.agency_results import EVERYTHING, Dialect, Invited, Pairwise, StoredMessage, Wanted
from connsim.clients.agency_wire import Channel, Post, UnexpectedAnswer
from connsim.wire.codes import ConnectionStatus, MessageStatus, Version
from connsim.wire.crypt import Draw
from connsim.wire.errors import BadMessage
from connsim.wire.keys import Identity, KeyPair
from connsim.wire.messages import Message
from connsim.wire.notation import present
from connsim.wire.payloads import Payload, answer_in, general_payload, open_payload
from connsim.wire.proofs import delegation_proof


class AgencyClient:
    """One owner's client at one agency. Safe to use from several threads if ``post`` and ``draw`` are.

    Every method that sends a request raises `AgencyError` if the agency refuses or cannot be reached, `Unreadable` if
    the answer does not open or is malformed, and `UnexpectedAnswer` if it answers another request.

    Args:
        post: Posts to the agency.
        agency: The agency's identity, as ``GET /agency`` shows it.
        owner: The key pair by which the agency identifies the client.
        draw: The source of random bytes.
        dialect: The protocol versions; by default 1.0 throughout.
        agent: The cloud agent, if the client has one already; otherwise call `provision` first.
        patient: Whether to post again if the agency is too busy; libvcx never does.
    """

    def __init__(
        self,
        post: Post,
        agency: Identity,
        owner: KeyPair,
        draw: Draw,
        dialect: Dialect | None = None,
        agent: Identity | None = None,
        *,
        patient: bool = False,
    ) -> None:
        self.agency = agency
        self.owner = owner
        self.dialect = dialect or Dialect()
        self._channel = Channel(post, agency, owner, draw, patient=patient)
        self._draw = draw
        self._agent = agent

    # --- the owner and the cloud agent -----------------------------------------------------------------------------

    @property
    def agent(self) -> Identity:
        """The cloud agent.

        Raises:
            RuntimeError: The client is not provisioned.
        """
        if self._agent is None:
            raise RuntimeError("This client has no cloud agent. Call provision() first, or pass one as agent.")
        return self._agent

    @property
    def provisioned(self) -> bool:
        """Whether the client has a cloud agent."""
        return self._agent is not None

    def provision(self) -> Identity:
        """Provision with three POSTs; returns the new cloud agent."""
        style = self.dialect.protocol
        owner = {"fromDID": self.owner.did, "fromDIDVerKey": self.owner.verkey}
        forward = _created(self._channel.ask(Message("CONNECT", owner, style), style, (self.owner, self.agency)))
        self._channel.ask(Message("SIGNUP", {}, style), style, (self.owner, forward))
        self._agent = _created(self._channel.ask(Message("CREATE_AGENT", {}, style), style, (self.owner, forward)))
        return self._agent

    def update_configs(self, configs: Mapping[str, str], version: Version | None = None) -> None:
        """Set the profile that holders see, such as ``name`` and ``logoUrl``.

        Args:
            version: The version of the envelope: libvcx uses that of the connection for which it sets the profile.
        """
        listed = [{"name": name, "value": value} for name, value in configs.items()]
        message = Message("UPDATE_CONFIGS", {"configs": listed}, self.dialect.protocol)
        self._ask_agent(message, version or self.dialect.connections)

    def update_com_method(self, value: str, kind: str = "2", uid: str = "123") -> str:
        """Register for notifications; returns the id.

        Args:
            value: The address.
            kind: ``"2"`` for a webhook, ``"1"`` for a push address.
        """
        method = {"id": uid, "type": kind, "value": value}
        answer = self._ask_agent(Message("UPDATE_COM_METHOD", {"comMethod": method}, self.dialect.protocol))
        return str(answer.members["id"])

    def create_key(self, keys: KeyPair | None = None, version: Version | None = None) -> Pairwise:
        """Have the agency create an agent connection for a pairwise key pair.

        Args:
            keys: The key pair; a new one by default.
            version: The version of the connection's envelopes, which an invitation can prescribe.
        """
        keys, version = keys or self.new_keys(), version or self.dialect.connections
        members = {"forDID": keys.did, "forDIDVerKey": keys.verkey}
        return Pairwise(keys, _created(self._ask_agent(Message("CREATE_KEY", members, version), version)), version)

    def messages_by_connections(self, wanted: Wanted = EVERYTHING) -> dict[str, tuple[StoredMessage, ...]]:
        """The messages of all connections, by the client's pairwise DID."""
        answer = self._ask_agent(Message("GET_MSGS_BY_CONNS", wanted.members(), self.dialect.protocol))
        return {one["pairwiseDID"]: _stored(one["msgs"]) for one in answer.members["msgsByConns"]}

    def update_message_status(
        self, status: MessageStatus, uids: Mapping[str, Sequence[str]]
    ) -> dict[str, tuple[str, ...]]:
        """Set the status of messages, whose uids are given by pairwise DID; returns the uids of the changed ones."""
        listed = [{"pairwiseDID": did, "uids": list(those)} for did, those in uids.items()]
        members = {"statusCode": status.value, "uidsByConns": listed}
        answer = self._ask_agent(Message("UPDATE_MSG_STATUS_BY_CONNS", members, self.dialect.protocol))
        return {one["pairwiseDID"]: tuple(one["uids"]) for one in answer.members["updatedUidsByConns"]}

    # --- one connection --------------------------------------------------------------------------------------------

    def invite(self, pairwise: Pairwise, phone: str | None = None, *, public_did: bool = False) -> Invited:
        """Make an invitation.

        Args:
            phone: The number to which the agency sends the link by SMS; not checked here.
            public_did: Whether to show holders the public DID that `update_configs` set.
        """
        members: dict[str, Any] = {"sendMsg": True, "keyDlgProof": delegation_proof(pairwise.keys, pairwise.agent)}
        members |= present({"includePublicDID": public_did, "phoneNo": phone})
        made = self._ask_own(pairwise, "CONN_REQUEST", members | self._uid(pairwise)).members
        return Invited(made["@id"], made["inviteDetail"], made["urlToInviteDetail"], made.get("sent") or False)

    def accept(self, pairwise: Pairwise, invitation: Mapping[str, Any]) -> str:
        """Accept an invitation, given as its full detail; returns the answer's uid."""
        return self._answer(pairwise, invitation, "ACCEPT_CONN_REQ", MessageStatus.ACCEPTED, {})

    def redirect(self, pairwise: Pairwise, invitation: Mapping[str, Any], detail: Mapping[str, str]) -> str:
        """Answer an invitation with an older connection; returns the answer's uid.

        Args:
            detail: A `redirect_detail`.
        """
        redirection = {"redirectDetail": dict(detail)}
        return self._answer(pairwise, invitation, "REDIRECT_CONN_REQ", MessageStatus.REDIRECTED, redirection)

    def messages(self, pairwise: Pairwise, wanted: Wanted = EVERYTHING) -> tuple[StoredMessage, ...]:
        """The messages of one connection, in the agency's order."""
        answer = self._ask_own(pairwise, "GET_MSGS", wanted.members(), self.dialect.protocol)
        return _stored(answer.members["msgs"])

    def update_status(self, pairwise: Pairwise, status: ConnectionStatus = ConnectionStatus.DELETED) -> str:
        """Set the connection's status at the agency, which can delete it; returns the status in the answer."""
        members = {"statusCode": status.value}
        answer = self._ask_own(pairwise, "UPDATE_CONN_STATUS", members, self.dialect.protocol)
        return str(answer.members["statusCode"])

    def send(
        self, pairwise: Pairwise, to: str, kind: str, text: str, *, title: str | None = None, ref: str | None = None
    ) -> str:
        """Send a general message to the other side; returns its uid.

        Args:
            to: The other side's pairwise verkey, the only key that opens the message.
            kind: The ``mtype``.
            ref: The uid of the message that this one answers.
        """
        payload = general_payload(pairwise.version, pairwise.keys, to, kind, text, self._draw)
        members: dict[str, Any] = {"mtype": kind, "sendMsg": True, "@msg": payload}
        members |= present({"title": title, "detail": title, "replyToMsgId": ref})
        answer = self._ask_own(pairwise, "SEND_REMOTE_MSG", members | self._uid(pairwise)).members
        if not answer.get("sent"):
            raise UnexpectedAnswer(
                f"The agency stored message {answer['@id']} and did not send it. Expected it to be sent."
            )
        return str(answer["@id"])

    # --- payloads of stored messages -------------------------------------------------------------------------------

    def open_answer(self, message: StoredMessage) -> dict[str, Any]:
        """Open a holder's answer; returns its ``senderDetail``, and its ``redirectDetail`` if it has one.

        Raises:
            Unreadable: The payload is missing, does not open, or is malformed.
        """
        return answer_in(open_payload(_payload(message), self.owner))

    def open_general(self, pairwise: Pairwise, message: StoredMessage) -> Payload:
        """Open a general message of the other side.

        Raises:
            Unreadable: The payload is missing, does not open, or is malformed.
        """
        return open_payload(_payload(message), pairwise.keys)

    def new_keys(self) -> KeyPair:
        """Make a key pair."""
        return KeyPair.from_seed(self._draw(32))

    # --- requests --------------------------------------------------------------------------------------------------

    def _answer(
        self, pairwise: Pairwise, invitation: Mapping[str, Any], name: str, status: MessageStatus, more: dict[str, Any]
    ) -> str:
        members = {
            "sendMsg": True,
            "replyToMsgId": invitation["connReqId"],
            "keyDlgProof": delegation_proof(pairwise.keys, pairwise.agent),
            "senderDetail": invitation["senderDetail"],
            "senderAgencyDetail": invitation["senderAgencyDetail"],
            "answerStatusCode": status.value,
        }
        if pairwise.version is Version.V2:
            received = {invitation["senderDetail"]["DID"]: 0}
            thread = {"thid": invitation.get("threadId"), "sender_order": 0, "received_orders": received}
            members["~thread"] = present(thread)
        return str(self._ask_own(pairwise, name, members | more | self._uid(pairwise)).members["@id"])

    def _uid(self, pairwise: Pairwise) -> dict[str, str]:
        # In 1.0 the agency chooses the ids of messages that the client sends.
        return {"@id": str(uuid.UUID(bytes=self._draw(16), version=4))} if pairwise.version is Version.V2 else {}

    def _ask_own(
        self, pairwise: Pairwise, name: str, members: Mapping[str, Any], style: Version | None = None
    ) -> Message:
        message = Message(name, members, style or pairwise.version)
        steps = (pairwise.keys, pairwise.agent), (self.owner, self.agent)
        return self._channel.ask(message, pairwise.version, *steps)

    def _ask_agent(self, message: Message, version: Version | None = None) -> Message:
        return self._channel.ask(message, version or self.dialect.protocol, (self.owner, self.agent))


def _created(answer: Message) -> Identity:
    return Identity(answer.members["withPairwiseDID"], answer.members["withPairwiseDIDVerKey"])


def _stored(entries: Sequence[Mapping[str, Any]]) -> tuple[StoredMessage, ...]:
    return tuple(map(StoredMessage.read, entries))


def _payload(message: StoredMessage) -> bytes:
    if message.payload is None:
        raise BadMessage(f"Message {message.uid} has no payload. Expected one; request messages with their payloads.")
    return message.payload
