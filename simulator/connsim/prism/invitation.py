"""The out-of-band invitation: its members, and its form in the ``_oob`` parameter.

Source: docs/protocol/prism-agent.md, 3.3, 7.1.
"""

import re
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass

from connsim.prism.jvm.jawn import compact
from connsim.prism.jvm.json_parser import Json, Raw
from connsim.prism.jvm.zio_json import jvm_utf8

TYPE = "https://didcomm.org/out-of-band/2.0/invitation"

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*={0,2}")


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation to connect.

    Attributes:
        from_did: The inviter's DID for this connection.
        accept: The media types that the inviter accepts; agents leave it empty.
        type: The agent parses any string, but then fails on all except `TYPE`.
        attachments: The array as the agent prints it again, in compact JSON; an empty one is kept.
        created_time: A 64-bit number that the agent ignores, like ``expires_time``.
    """

    id: str
    from_did: str
    goal_code: str | None = None
    goal: str | None = None
    accept: tuple[str, ...] = ()
    type: str = TYPE
    attachments: str | None = None
    created_time: int | None = None
    expires_time: int | None = None

    def payload(self) -> str:
        """Make the ``_oob`` payload: compact JSON in the agent's member order, base64url with padding."""
        content: dict[str, Json] = {
            "id": self.id,
            "type": self.type,
            "from": self.from_did,
            "body": {"goal_code": self.goal_code, "goal": self.goal, "accept": list(self.accept)},
            "attachments": None if self.attachments is None else Raw(self.attachments),
            "created_time": None if self.created_time is None else Raw(str(self.created_time)),
            "expires_time": None if self.expires_time is None else Raw(str(self.expires_time)),
        }
        return urlsafe_b64encode(compact(content, drop_nulls=True).encode()).decode()


class NotBase64Url(ValueError):
    """The text is not base64url; the agent's decoder throws, which its clients see as a 500."""


def decode_payload(text: str) -> str:
    """Decode the base64url of a payload; padding is optional, but must fit.

    Raises:
        NotBase64Url: Any other character, wrong padding, or a single dangling character.
    """
    try:
        data = text.encode("ascii")
    except UnicodeEncodeError as bad:
        raise NotBase64Url(text) from bad
    if not _BASE64URL.fullmatch(data):
        raise NotBase64Url(text)
    bare = data.rstrip(b"=")
    padding = -len(bare) % 4
    if padding == 3 or len(data) - len(bare) not in (0, padding):
        raise NotBase64Url(text)
    return jvm_utf8(b64decode(bare + b"=" * padding, altchars=b"-_"))
