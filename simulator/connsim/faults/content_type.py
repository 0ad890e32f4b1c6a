"""A wrong ``Content-Type``, as from a misconfigured proxy."""

from dataclasses import dataclass
from typing import ClassVar

from connsim.core.exchange import Reply
from connsim.faults.fault import Fault
from connsim.faults.parameters import MEDIA_TYPE, parameter
from connsim.faults.strike import Strike


@dataclass(frozen=True, slots=True)
class ContentType(Fault):
    """The reply is complete and correct, but its ``Content-Type`` is wrong."""

    word: ClassVar[str] = "content_type"
    content_type: str = parameter(MEDIA_TYPE, "the media type, or `none` to send no such header")

    def spoil(self, strike: Strike, reply: Reply) -> Reply:
        """Replace the header. The state stays visible, because most clients parse JSON whatever the header says."""
        return reply._replace(content_type=None if self.content_type == "none" else self.content_type)
