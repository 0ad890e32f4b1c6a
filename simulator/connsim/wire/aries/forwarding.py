"""From a message to the body of a post, and back: packed for a recipient, wrapped for everybody who hands it on."""

from collections.abc import Iterable
from typing import NamedTuple

from connsim.wire.aries.did_doc import Contact
from connsim.wire.aries.messages import AriesMessage, Type, read, write
from connsim.wire.crypt import Draw
from connsim.wire.errors import BadMessage
from connsim.wire.keys import KeyPair
from connsim.wire.notation import load_json
from connsim.wire.pack import Find, pack, unpack


class Unsealed(NamedTuple):
    """A message, and who certainly closed it.

    Attributes:
        sender: A verkey; ``None`` if it does not tell.
        recipient: The verkey whose pair opened it.
    """

    message: AriesMessage
    sender: str | None
    recipient: str


def seal(message: AriesMessage | bytes, sender: KeyPair | None, to: Contact, draw: Draw) -> bytes:
    """Close a message for the first key of a contact, and wrap it for its way there.

    Args:
        message: Bytes are packed as they are, whatever they hold.

    Raises:
        BadMessage: The contact has no key.
        BadKey: One of its keys is none.
    """
    if not to.recipient_keys:
        raise BadMessage("Somebody without any key was to be written to. Expected a verkey in recipientKeys.")
    content = write(message) if isinstance(message, AriesMessage) else message
    recipient = to.recipient_keys[0]
    return route(pack([recipient], content, sender, draw), recipient, to.routing_keys, draw)


def route(packed: bytes, to: str, routing_keys: Iterable[str], draw: Draw) -> bytes:
    """Wrap a packed message in one forward for each routing key; the last one ends up outermost.

    Args:
        to: The verkey that the packed message is for.

    Raises:
        BadKey: A routing key is none.
    """
    for key in routing_keys:
        packed, to = pack([key], write(forward(to, packed)), None, draw), key
    return packed


def forward(to: str, packed: bytes) -> AriesMessage:
    """A request to hand a packed message on to a verkey."""
    return AriesMessage(Type.FORWARD, {"to": to, "msg": load_json(packed)})


def unwrap(body: bytes, find: Find) -> Unsealed:
    """Open one packed message, and read it.

    Args:
        find: Looks up the pair behind a verkey.

    Raises:
        Unreadable: It does not open with any of our keys, or holds no message.
    """
    opened = unpack(body, find)
    return Unsealed(read(opened.message), opened.sender, opened.recipient)
