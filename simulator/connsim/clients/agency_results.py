"""The arguments and results of the agency client, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from connsim.wire.codes import MessageStatus, Version
from connsim.wire.errors import BadMessage
from connsim.wire.keys import Identity, KeyPair

_STATUSES = {status.value: status for status in MessageStatus}


@dataclass(frozen=True)
class Dialect:
    """The protocol versions of a client, which libvcx configures in two places.

    Attributes:
        protocol: From ``protocol_type``. Applies to the envelopes of requests that are not about one connection, and to
            the ``@type`` of ``UPDATE_CONFIGS``, ``GET_MSGS`` and ``UPDATE_CONN_STATUS``.
        connections: From ``use_latest_protocols``, which means 2.0. Applies to the envelopes of connections, and to
            every other ``@type`` in them.
    """

    protocol: Version = Version.V1
    connections: Version = Version.V1

    @classmethod
    def of(cls, version: Version) -> Self:
        """The dialect that uses one version throughout."""
        return cls(version, version)


@dataclass(frozen=True)
class Pairwise:
    """The two ends between a client and its agency, for one connection.

    Attributes:
        keys: The client's pairwise key pair.
        agent: The agent connection that the agency created for it.
        version: The version of the envelopes between the two.
    """

    keys: KeyPair
    agent: Identity
    version: Version


@dataclass(frozen=True)
class Invited:
    """The agency's answer to a connection request.

    Attributes:
        uid: The ``connReqId``.
        detail: ``inviteDetail`` in its full form.
        url: ``urlToInviteDetail``; an agency may leave it empty.
        sent: Whether the agency claims to have sent it. It does not follow that a holder has seen it.
    """

    uid: str
    detail: Mapping[str, Any]
    url: str
    sent: bool


@dataclass(frozen=True)
class StoredMessage:
    """A message in a mailbox.

    Attributes:
        sender: ``senderDID``; may be empty.
        type: A type such as ``connReq`` or ``connReqAnswer``; a client must expect any text.
        payload: Encrypted for the owner's key, or for the pairwise one.
        ref: The uid of the message that answers this one.
    """

    uid: str
    status: MessageStatus
    sender: str
    type: str
    payload: bytes | None = None
    ref: str | None = None

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Self:
        """Read an entry of ``msgs``.

        Raises:
            BadMessage: The status is unknown. libvcx then rejects the complete answer.
        """
        code = entry["statusCode"]
        if code not in _STATUSES:
            raise BadMessage(f"A message has the status {code!r}. Expected one of {', '.join(_STATUSES)}.")
        payload, ref = entry.get("payload"), entry.get("refMsgId")
        return cls(entry["uid"], _STATUSES[code], entry["senderDID"], entry["type"], payload, ref)


@dataclass(frozen=True)
class Wanted:
    """A selection of messages: those that match all filters that are set.

    Attributes:
        pairwise_dids: The mailboxes; for requests that concern all of them.
        payloads: Whether to include the payloads.
    """

    uids: tuple[str, ...] | None = None
    statuses: tuple[MessageStatus, ...] | None = None
    pairwise_dids: tuple[str, ...] | None = None
    payloads: bool = True

    def members(self) -> dict[str, Any]:
        """The members of the request; filters that are not set are left out."""
        lists = {"uids": self.uids, "statusCodes": self.statuses, "pairwiseDIDs": self.pairwise_dids}
        without = {} if self.payloads else {"excludePayload": "Y"}
        return without | {name: [str(one) for one in value] for name, value in lists.items() if value is not None}


EVERYTHING = Wanted()
