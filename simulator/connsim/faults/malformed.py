"""A body that does not parse, as from captive portals, proxies and crashed handlers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from connsim.core.exchange import Reply
from connsim.faults.fault import Fault
from connsim.faults.parameters import one_of, parameter
from connsim.faults.strike import Strike

_PAGE = b"<!DOCTYPE html>\n<html><head><title>Please wait</title></head><body>Please wait.</body></html>\n"


def _noise(strike: Strike, body: bytes) -> bytes:
    # Continuation bytes (0x80 to 0xBF) only: without a lead byte no decoder finds a character of UTF-8 among them.
    return bytes(0x80 + strike.draw(0, 0x3F, "noise", number) for number in range(min(len(body), 256)))


_BODIES: dict[str, Callable[[Strike, bytes], bytes]] = {
    "half": lambda _, body: body[: len(body) // 2],
    "html": lambda _, body: _PAGE,
    "noise": _noise,
    "null": lambda _, body: b"null",
    "nothing": lambda _, body: b"",
}


@dataclass(frozen=True, slots=True)
class Malformed(Fault):
    """The reply is complete as HTTP, with the agent's status and headers, but its body does not parse.

    Attributes:
        body: The first ``half``, an ``html`` page, ``noise`` that is not UTF-8, JSON's ``null``, or ``nothing``.
    """

    word: ClassVar[str] = "malformed"
    body: str = parameter(one_of(*_BODIES), ", ".join(f"`{word}`" for word in _BODIES), key="malformed")

    def spoil(self, strike: Strike, reply: Reply) -> Reply:
        """Replace the body."""
        return reply._replace(body=_BODIES[self.body](strike, reply.body), state=None, unseen=True)
