"""The reply is not called what it is."""

from dataclasses import dataclass
from typing import ClassVar

from connsim.core.exchange import Reply
from connsim.faults.fault import Fault
from connsim.faults.parameters import MEDIA_TYPE, parameter
from connsim.faults.strike import Strike


@dataclass(frozen=True, slots=True)
class ContentType(Fault):
    """The reply is whole and right, and its ``Content-Type`` is wrong."""

    word: ClassVar[str] = "content_type"
    content_type: str = parameter(MEDIA_TYPE, "what it is called, or `none` to leave the header out")

    def spoil(self, strike: Strike, reply: Reply) -> Reply:
        """Exchange the header."""
        return reply._replace(content_type=None if self.content_type == "none" else self.content_type)
