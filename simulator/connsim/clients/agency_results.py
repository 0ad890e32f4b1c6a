"""What a client of an agency says and gets back, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from connsim.wire.codes import MessageStatus, Version
from connsim.wire.errors import BadMessage
from connsim.wire.keys import Identity, KeyPair

_STATUSES = {status.value: status for status in MessageStatus}


@dataclass(frozen=True)
class Dialect:
    """Which protocol a client speaks where.

    Attributes:
        protocol: The client's ``protocol_type``. It decides the envelopes of what does not concern one connection,
            and the ``@type`` of ``UPDATE_CONFIGS``, ``GET_MSGS`` and ``UPDATE_CONN_STATUS``.
        connections: Decides the envelopes of connections, and every other ``@type`` in them: 2.0 if the client has
            ``use_latest_protocols``. With ``protocol`` 2.0, the two mix.
    """

    protocol: Version = Version.V1
    connections: Version = Version.V1

    @classmethod
    def of(cls, version: Version) -> Self:
        """One version for everything."""
        return cls(version, version)


@dataclass(frozen=True)
class Pairwise:
    """One connection's ends at its own agency.

    Attributes:
        keys: The client's.
        agent: The agent connection, which the agency made for it.
        version: In which envelopes the two talk.
    """

    keys: KeyPair
    agent: Identity
    version: Version


@dataclass(frozen=True)
class Invited:
    """What the agency made of a connection request.

    Attributes:
        uid: The ``connReqId``.
        detail: ``inviteDetail`` in its full form.
        url: ``urlToInviteDetail``; an agency may leave it empty.
        sent: Whether the agency says to have done its part. No holder need have seen anything.
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
        type: Such as ``connReq`` or ``connReqAnswer``; a client has to expect any text.
        payload: Closed for the owner, or for the pairwise key.
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
            BadMessage: Its status is none; the client then takes nothing of the whole answer.
        """
        code = entry["statusCode"]
        if code not in _STATUSES:
            raise BadMessage(f"A message has the status {code!r}. Expected one of {', '.join(_STATUSES)}.")
        payload, ref = entry.get("payload"), entry.get("refMsgId")
        return cls(entry["uid"], _STATUSES[code], entry["senderDID"], entry["type"], payload, ref)


@dataclass(frozen=True)
class Wanted:
    """Which messages to give: those that fit every filter that is set.

    Attributes:
        pairwise_dids: Of whole mailboxes; for the question that goes to all of them.
        payloads: Whether the messages come with their payloads.
    """

    uids: tuple[str, ...] | None = None
    statuses: tuple[MessageStatus, ...] | None = None
    pairwise_dids: tuple[str, ...] | None = None
    payloads: bool = True

    def members(self) -> dict[str, Any]:
        """The members of the request; what is not set is left out."""
        lists = {"uids": self.uids, "statusCodes": self.statuses, "pairwiseDIDs": self.pairwise_dids}
        without = {} if self.payloads else {"excludePayload": "Y"}
        return without | {name: [str(one) for one in value] for name, value in lists.items() if value is not None}


EVERYTHING = Wanted()
