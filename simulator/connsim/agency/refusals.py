"""The refusals of an agency, with the codes, texts and statuses of the production agency.

No answer was recorded for a foreign agency that cannot be reached, or for a message to another owner's connection:
these two, ``UNREACHABLE`` and ``WRONG_SENDER``, are deduced from the agency's list of codes. ``POLLED_TOO_SOON`` is
ours.
"""

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of refusal.

    Attributes:
        code: The agency's own.
        text: The agency's text for the code.
        status: The HTTP status.
    """

    code: str
    text: str
    status: int = 400


BAD_VALUE = Kind("GNR-115", "invalid value")
MISSING = Kind("GNR-117", "missing required field")
EMPTY = Kind("GNR-118", "empty value given for optional field")
BAD_SIGNATURE = Kind("GNR-107", "signature verification failed")
NOT_FOUND = Kind("GNR-114", "requested data not found")
NO_LINK = Kind("GNR-114", "requested data not found", 404)
EXISTS = Kind("GNR-116", "already exists")
UNSUPPORTED = Kind("GNR-120", "message type not supported", 404)
WRONG_SENDER = Kind("GNR-121", "unknown/unauthorized message sender", 401)
POLLED_TOO_SOON = Kind("GNR-123", "usage blocked", 429)
UNREACHABLE = Kind("GNR-126", "system is experiencing some issue, try again later", 500)
FAILED = Kind("GNR-105", "unhandled error", 500)
NO_AGENT = Kind("ACS-102", "agent not yet created")
AGENT_EXISTS = Kind("ACS-101", "agent already initialized")
CONNECTED = Kind("CS-101", "already connected")
NOT_CONNECTED = Kind("CS-102", "not connected")
SIGNED_UP = Kind("ARS-101", "already registered")
NOT_SIGNED_UP = Kind("ARS-102", "not registered")
ACCEPTED = Kind("CRS-102", "only one accepted connection request can exists with one pairwise relationship")
EXPIRED = Kind("VES-101", "expired")
ANSWERED = Kind("VES-102", "already answered")
KEY_EXISTS = Kind("VES-103", "key already created")


class Refused(Exception):
    """The agency refuses a request, which has had no effect.

    Attributes:
        kind: What the wire shows.
        note: The reason, for the journal.
        text: The text on the wire, if it is not that of the kind.
        headers: Additional headers of the reply.
    """

    def __init__(
        self, kind: Kind, note: str, text: str | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(note)
        self.kind = kind
        self.note = note
        self.text = text
        self.headers = headers
