"""Layers: the envelopes of a request, one inside the other, and the message in each.

Problem: one URL of the agency serves all owners, all their agents and all connections. A network between client and
agency must not see who talks to whom, and each party may open only what is for itself.

Solution: a request is a message in an envelope, in a Forward, in an envelope, and so on. The outermost envelope is
anonymous and for the agency. Each Forward names the recipient of the envelope that it carries, and each of those
envelopes is authenticated. This is a ``GET_MSGS`` of libvcx in protocol 1.0, from the outside in:

    POST /agency/msg
    +- anon_crypt for the agency ---------------------------------------------+  the agency learns: for which agent
    |  FWD  @fwd = the owner's cloud agent                                    |
    |  +- auth_crypt, owner > cloud agent ---------------------------------+  |  the cloud agent learns: its owner asks,
    |  |  FWD  @fwd = the agent connection                                 |  |  and which connection this is for
    |  |  +- auth_crypt, pairwise key > agent connection ---------------+  |  |
    |  |  |  GET_MSGS  {"excludePayload": ..., "uids": ...}             |  |  |  the agent connection learns: its user
    |  |  +-------------------------------------------------------------+  |  |  asks, and what for
    |  +-------------------------------------------------------------------+  |
    +-------------------------------------------------------------------------+

Requests to the cloud agent itself lack the innermost envelope. What the other side's agency posts has two: anonymous
for the agency, and from its agent to the agent connection. The answer to any of them is one envelope without a Forward:
the agent connection closes ``MSGS`` for the owner's key, not for the pairwise key that asked.

Consequences: `peel` follows the Forwards as far as they name parties whose keys are held here. A Forward may legally
remain as the last message: an Aries message for an owner is an envelope that the agency cannot open. The agency, not
this room, decides who may send what to whom. Payloads in mailboxes are envelopes too, see `connsim.wire.payloads`.

Source: docs/protocol/vcx-agency.md, 7.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from connsim.wire.bundles import DEFAULT_SPELLING, Spelling
from connsim.wire.codes import Version
from connsim.wire.crypt import Draw
from connsim.wire.envelope import close_envelope, open_envelope
from connsim.wire.keys import Identity, KeyPair
from connsim.wire.messages import Message, read_content, write_content
from connsim.wire.pack import Find

Route = Callable[[str], KeyPair | None]
"""Looks up the pair of the party that a Forward names, by DID or verkey; ``None`` if its key is not held here."""

# The proprietary Forward and that of Aries (RFC 0094): the member with the recipient, and the member with the envelope.
_FORWARDS = {"FWD": ("@fwd", "@msg"), "forward": ("to", "msg")}


@dataclass(frozen=True)
class Layer:
    """One envelope and the message in it.

    Attributes:
        version: The envelope's; the message's own style can differ.
        recipient: The verkey whose pair opened it.
        sender: The verkey that provably closed it; ``None`` if the envelope is anonymous.
    """

    version: Version
    recipient: str
    sender: str | None
    message: Message

    @property
    def forwarded(self) -> tuple[str, bytes] | None:
        """If the message is a Forward, of either protocol: the recipient that it names, and the envelope for it."""
        if self.message.name not in _FORWARDS:
            return None
        to, what = _FORWARDS[self.message.name]
        return self.message.members[to], self.message.members[what]


def open_layer(body: bytes, key: KeyPair, *, anonymous: bool = False, wallet: Find | None = None) -> Layer:
    """Open one envelope and read its message; the arguments are those of `open_envelope`.

    Raises:
        Unreadable: The envelope does not open, or contains no message.
    """
    opened = open_envelope(body, key, anonymous=anonymous, wallet=wallet)
    message = read_content(opened.content, opened.version)
    return Layer(opened.version, opened.recipient, opened.sender, message)


def peel(body: bytes, agency: KeyPair, route: Route) -> tuple[Layer, ...]:
    """Open a request from the outside in, as far as Forwards name parties whose keys are held here.

    The caller decides who may send what to whom, and what to do with a Forward that remains at the end.

    Raises:
        Unreadable: A layer does not open, or contains no message.
    """
    layers = [open_layer(body, agency, anonymous=True)]
    while (forwarded := layers[-1].forwarded) and (key := route(forwarded[0])):
        layers.append(open_layer(forwarded[1], key))
    return tuple(layers)


def close_layer(
    message: Message,
    version: Version,
    sender: KeyPair | None,
    recipient: str,
    draw: Draw,
    spelling: Spelling = DEFAULT_SPELLING,
) -> bytes:
    """Put a message into one envelope, as for an answer.

    Raises:
        BadMessage: The message cannot be written.
        BadKey: The recipient is not a verkey.
    """
    return close_envelope(write_content(message, version, spelling), version, sender, recipient, draw)


def wrap(
    message: Message,
    version: Version,
    steps: Iterable[tuple[KeyPair | None, Identity]],
    draw: Draw,
    spelling: Spelling = DEFAULT_SPELLING,
) -> bytes:
    """Put a message into all its envelopes, from the inside out.

    Args:
        steps: Sender and recipient of each envelope, the innermost first. Each but the last is forwarded to its
            recipient's DID by the next: ``[(pw, ac), (owner, agent), (None, agency)]``.

    Raises:
        BadMessage: The message cannot be written.
        BadKey: The verkey of a recipient is malformed.
    """
    closed, to = b"", ""
    for number, (sender, recipient) in enumerate(steps):
        if number:
            message = Message("FWD", {"@fwd": to, "@msg": closed}, version)
        closed, to = close_layer(message, version, sender, recipient.verkey, draw, spelling), recipient.did
    return closed
