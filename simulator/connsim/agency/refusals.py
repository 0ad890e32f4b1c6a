"""What an agency refuses. Codes, texts and statuses are those of the production agency.

That a foreign agency cannot be reached, and that somebody else's connection is none of the sender's business, has no
recorded answer: these two are deduced from its list of codes. The refusal of eager clients is ours.
"""

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of refusal.

    Attributes:
        code: The agency's own.
        text: What it says beside the code.
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
TOO_EAGER = Kind("GNR-123", "usage blocked", 429)
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
    """A request that the agency refuses; nothing has happened because of it.

    Attributes:
        kind: What the wire shows.
        note: Why, for the journal.
        text: What the wire shows in place of the kind's text.
        headers: What is sent beside the usual headers.
    """

    def __init__(
        self, kind: Kind, note: str, text: str | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(note)
        self.kind = kind
        self.note = note
        self.text = text
        self.headers = headers
