"""Messages in envelopes in messages: what a request on the wire is made of.

    anon(AGY)[ FWD(AGT)[ auth(OWN>AGT)[ FWD(AC)[ auth(PW>AC)[ message ]]]]]

A request is closed for the agency without a sender; inside, each Forward names the party that opens the next layer,
and from there on every layer proves its sender. An answer is one layer, without any Forward.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from connsim.wire.bundles import USUAL, Spelling
from connsim.wire.codes import Version
from connsim.wire.crypt import Draw
from connsim.wire.envelope import close_envelope, open_envelope
from connsim.wire.keys import Identity, KeyPair
from connsim.wire.messages import Message, read_content, write_content
from connsim.wire.pack import Find

Route = Callable[[str], KeyPair | None]
"""Looks up whom a Forward names, by DID or verkey; ``None`` if it is nobody here."""

_FORWARDS = {"FWD": ("@fwd", "@msg"), "forward": ("to", "msg")}


@dataclass(frozen=True)
class Layer:
    """One envelope and the message in it.

    Attributes:
        version: The envelope's; the message's own style can differ.
        recipient: The verkey whose pair opened it.
        sender: The verkey that certainly closed it; ``None`` if it does not tell.
    """

    version: Version
    recipient: str
    sender: str | None
    message: Message

    @property
    def forwarded(self) -> tuple[str, bytes] | None:
        """To whom the message forwards what, if it is a Forward; Aries has one of its own."""
        if self.message.name not in _FORWARDS:
            return None
        to, what = _FORWARDS[self.message.name]
        return self.message.members[to], self.message.members[what]


def open_layer(body: bytes, key: KeyPair, *, anonymous: bool = False, wallet: Find | None = None) -> Layer:
    """Open one envelope and read its message; the arguments are those of `open_envelope`.

    Raises:
        Unreadable: It does not open, or holds no message.
    """
    opened = open_envelope(body, key, anonymous=anonymous, wallet=wallet)
    message = read_content(opened.content, opened.version)
    return Layer(opened.version, opened.recipient, opened.sender, message)


def peel(body: bytes, agency: KeyPair, route: Route) -> tuple[Layer, ...]:
    """Open a request from the outside in, as far as Forwards name parties that are here.

    The caller judges the layers: who may send what to whom, and what to do when the last is a Forward to nobody here.

    Raises:
        Unreadable: A layer does not open, or holds no message.
    """
    layers = [open_layer(body, agency, anonymous=True)]
    while (forwarded := layers[-1].forwarded) and (key := route(forwarded[0])):
        layers.append(open_layer(forwarded[1], key))
    return tuple(layers)


def close_layer(
    message: Message, version: Version, sender: KeyPair | None, recipient: str, draw: Draw, spelling: Spelling = USUAL
) -> bytes:
    """Put a message into one envelope: an answer, for instance.

    Raises:
        BadMessage: The message cannot be written.
        BadKey: The recipient is no verkey.
    """
    return close_envelope(write_content(message, version, spelling), version, sender, recipient, draw)


def wrap(
    message: Message,
    version: Version,
    steps: Iterable[tuple[KeyPair | None, Identity]],
    draw: Draw,
    spelling: Spelling = USUAL,
) -> bytes:
    """Put a message into all its envelopes, from the inside out.

    Args:
        steps: Sender and recipient of each envelope, the innermost first. Each but the last is forwarded to its
            recipient's DID by the next: ``[(pw, ac), (owner, agent), (None, agency)]``.

    Raises:
        BadMessage: The message cannot be written.
        BadKey: A recipient has no verkey.
    """
    closed, to = b"", ""
    for number, (sender, recipient) in enumerate(steps):
        if number:
            message = Message("FWD", {"@fwd": to, "@msg": closed}, version)
        closed, to = close_layer(message, version, sender, recipient.verkey, draw, spelling), recipient.did
    return closed
