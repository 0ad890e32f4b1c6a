"""Envelopes of either version behind one pair of calls: `open_envelope` and `close_envelope`.

    version   authenticated          anonymous                who it is for
    1.0       auth_crypt (`crypt`)   anon_crypt (`crypt`)     not stated: the reader must know which key to try
    2.0       Authcrypt (`pack`)     Anoncrypt (`pack`)       stated: the header lists the verkeys (``kid``)

Version 1.0 does not state whether it is authenticated either, so the reader says which of the two it expects. What is
inside an envelope, and which envelopes stand in which, is described in `connsim.wire.layers`.

Source: docs/protocol/vcx-agency.md, 5.
"""

from dataclasses import dataclass

from connsim.wire.codes import Version
from connsim.wire.crypt import Draw, anon_crypt, anon_open, auth_crypt, auth_open
from connsim.wire.keys import KeyPair
from connsim.wire.pack import Find, is_packed, pack, unpack


@dataclass(frozen=True)
class Opened:
    """An opened envelope.

    Attributes:
        recipient: The verkey whose pair opened it.
        sender: The verkey that provably closed it; ``None`` if the envelope is anonymous.
    """

    version: Version
    recipient: str
    sender: str | None
    content: bytes


def version_of(body: bytes) -> Version:
    """Determine the version of the envelope that a body is."""
    return Version.V2 if is_packed(body) else Version.V1


def open_envelope(body: bytes, key: KeyPair, *, anonymous: bool = False, wallet: Find | None = None) -> Opened:
    """Open an envelope of either version.

    Args:
        key: The expected recipient. Version 1.0 does not name one, so this is the only pair that is tried.
        anonymous: Whether to expect an ``anon_crypt`` if the version is 1.0. Version 2.0 states what it is.
        wallet: Finds the pair of a recipient that version 2.0 names; by default only ``key`` is found.

    Raises:
        CannotOpen: The envelope is damaged, or for another key.
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
        sender: The pair that authenticates the envelope; ``None`` makes an anonymous one.

    Raises:
        BadKey: The recipient is not a verkey.
    """
    if version is Version.V2:
        return pack([recipient], content, sender, draw)
    if sender is None:
        return anon_crypt(recipient, content, draw)
    return auth_crypt(sender, recipient, content, draw)
