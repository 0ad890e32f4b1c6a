"""The version and status codes that appear on the wire.

Source: docs/protocol/vcx-agency.md, 9.
"""

from enum import StrEnum
from typing import Self


class Version(StrEnum):
    """The two generations of the protocol, by their value in ``protocol_type`` and in an invite detail's ``version``.

    An envelope has one, the ``@type`` of the message inside has one, and the two need not agree: a client with
    ``protocol_type`` 2.0 but without ``use_latest_protocols`` puts messages of style 2.0 into bundles.
    """

    V1 = "1.0"
    V2 = "2.0"


class _Code(StrEnum):
    """A code with the words that the agency puts beside it."""

    text: str

    def __new__(cls, code: str, text: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.text = text
        return member


class MessageStatus(_Code):
    """The status of a message, and of the connection request that it answers."""

    CREATED = "MS-101", "message created"
    SENT = "MS-102", "message sent"
    RECEIVED = "MS-103", "message received"
    ACCEPTED = "MS-104", "message accepted"
    REJECTED = "MS-105", "message rejected"
    REVIEWED = "MS-106", "message reviewed"
    REDIRECTED = "MS-107", "message redirected"


class ConnectionStatus(_Code):
    """The status of a connection at its agency."""

    ALREADY_CONNECTED = "CS-101", "already connected"
    NOT_CONNECTED = "CS-102", "not connected"
    DELETED = "CS-103", "deleted"


class DeliveryStatus(_Code):
    """How far an SMS got. Only the production agency reports it."""

    PENDING = "MDS-101", "pending"
    SENT = "MDS-102", "sent"
    FAILED = "MDS-103", "failed"


ANSWERS = frozenset({MessageStatus.ACCEPTED, MessageStatus.REJECTED, MessageStatus.REDIRECTED})
"""What the holder of an invitation can answer."""
