"""From a message to the body of a POST, and back: packed for its recipient, and wrapped once for each mediator.

    pack for the last routing key ( forward to the first routing key (
        pack for the first routing key ( forward to the recipient (
            pack for the recipient ( message ))))

Each mediator opens one layer and finds a Forward with the next one (RFC 0094).

Source: docs/protocol/vcx-agency.md, 12.2.
"""

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
    """An opened message.

    Attributes:
        sender: The verkey that provably closed it; ``None`` if it was anonymous.
        recipient: The verkey whose pair opened it.
    """

    message: AriesMessage
    sender: str | None
    recipient: str


def seal(message: AriesMessage | bytes, sender: KeyPair | None, to: Contact, draw: Draw) -> bytes:
    """Pack a message for the first key of a contact, and wrap it for the mediators on the way.

    Args:
        message: Bytes are packed unchecked.

    Raises:
        BadMessage: The contact has no key.
        BadKey: One of its keys is malformed.
    """
    if not to.recipient_keys:
        raise BadMessage("A message cannot be packed for a contact without keys. Expected a verkey in recipientKeys.")
    content = write(message) if isinstance(message, AriesMessage) else message
    recipient = to.recipient_keys[0]
    return route(pack([recipient], content, sender, draw), recipient, to.routing_keys, draw)


def route(packed: bytes, to: str, routing_keys: Iterable[str], draw: Draw) -> bytes:
    """Wrap a packed message in one Forward for each routing key; that of the last key is the outermost.

    Args:
        to: The verkey of the packed message's recipient.

    Raises:
        BadKey: A routing key is malformed.
    """
    for key in routing_keys:
        packed, to = pack([key], write(forward(to, packed)), None, draw), key
    return packed


def forward(to: str, packed: bytes) -> AriesMessage:
    """Make a Forward: the request to pass a packed message on to a verkey."""
    return AriesMessage(Type.FORWARD, {"to": to, "msg": load_json(packed)})


def unwrap(body: bytes, find: Find) -> Unsealed:
    """Open one packed message, and read it.

    Args:
        find: Looks up the pair behind a verkey.

    Raises:
        Unreadable: The body does not open with a key that is held here, or contains no message.
    """
    opened = unpack(body, find)
    return Unsealed(read(opened.message), opened.sender, opened.recipient)
