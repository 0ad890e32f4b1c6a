"""Envelopes of either version behind one pair of calls."""

from dataclasses import dataclass

from connsim.wire.codes import Version
from connsim.wire.crypt import Draw, anon_crypt, anon_open, auth_crypt, auth_open
from connsim.wire.keys import KeyPair
from connsim.wire.pack import Find, is_packed, pack, unpack


@dataclass(frozen=True)
class Opened:
    """What an envelope held.

    Attributes:
        recipient: The verkey whose pair opened it.
        sender: The verkey that certainly closed it; ``None`` if it does not tell.
    """

    version: Version
    recipient: str
    sender: str | None
    content: bytes


def version_of(body: bytes) -> Version:
    """Tell the envelopes apart at the door."""
    return Version.V2 if is_packed(body) else Version.V1


def open_envelope(body: bytes, key: KeyPair, *, anonymous: bool = False, wallet: Find | None = None) -> Opened:
    """Open an envelope of either version.

    Args:
        key: Whom it should be for. Version 1.0 does not say whom, so this is the only pair that is tried.
        anonymous: Whether version 1.0 should be an ``anon_crypt``. Version 2.0 says itself what it is.
        wallet: Other pairs with which version 2.0 may be opened, which names its recipients; by default only ``key``.

    Raises:
        CannotOpen: It is damaged, or for somebody else.
    """
    if version_of(body) is Version.V2:
        found = unpack(body, wallet or (lambda verkey: key if verkey == key.verkey else None))
        return Opened(Version.V2, found.recipient, found.sender, found.message)
    if anonymous:
        return Opened(Version.V1, key.verkey, None, anon_open(key, body))
    sender, plaintext = auth_open(key, body)
    return Opened(Version.V1, key.verkey, sender, plaintext)


def close_envelope(content: bytes, version: Version, sender: KeyPair | None, recipient: str, draw: Draw) -> bytes:
    """Close an envelope for a verkey.

    Args:
        sender: Who proves to have done so; ``None`` does not tell.

    Raises:
        BadKey: The recipient is no verkey.
    """
    if version is Version.V2:
        return pack([recipient], content, sender, draw)
    if sender is None:
        return anon_crypt(recipient, content, draw)
    return auth_crypt(sender, recipient, content, draw)
