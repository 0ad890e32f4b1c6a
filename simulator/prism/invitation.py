"""The out-of-band invitation: what is in it, and how it travels in the ``_oob`` parameter."""

import json
import re
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass

TYPE = "https://didcomm.org/out-of-band/2.0/invitation"
URL = "https://my.domain.com/path?_oob="
"""The host is a constant in the agent's code."""

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*={0,2}")
_C1_CONTROLS = re.compile("[\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation to connect.

    Attributes:
        from_did: The inviter's DID for this connection.
        accept: What the inviter says it accepts; agents leave it empty.
    """

    id: str
    from_did: str
    goal_code: str | None = None
    goal: str | None = None
    accept: tuple[str, ...] = ()
    type: str = TYPE

    def payload(self) -> str:
        """The ``_oob`` payload: compact JSON in the agent's member order, base64url with padding."""
        body: dict[str, object] = {}
        if self.goal_code is not None:
            body["goal_code"] = self.goal_code
        if self.goal is not None:
            body["goal"] = self.goal
        body["accept"] = self.accept
        content = {"id": self.id, "type": self.type, "from": self.from_did, "body": body}
        text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
        # circe, which prints this JSON in the agent, escapes the C1 controls too
        text = _C1_CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
        return urlsafe_b64encode(text.encode()).decode()

    def url(self) -> str:
        """The invitation as a URL, for a link or a QR code."""
        return URL + self.payload()


class NotBase64Url(ValueError):
    """The text is not base64url; the agent's decoder throws, which its clients see as a 500."""


def decode_payload(text: str) -> str:
    """Undo the base64url of a payload; padding may be there or not, but must fit.

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
    return b64decode(bare + b"=" * padding, altchars=b"-_").decode("utf-8", "replace")
