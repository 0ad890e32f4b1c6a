"""The settings: one map of texts. Each configuration is merged into it, and only the shutdown empties it."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from connsim.core import base58
from connsim.libvcx.errors import Code, VcxError
from connsim.wire.codes import Version
from connsim.wire.errors import BadNotation
from connsim.wire.notation import dump_json, load_json, shown

TEST_MODE = "ENABLE_TEST_MODE"
"""The text that a caller passes in place of a configuration to have everything mocked."""

WALLET = "LIBVCX_SDK_WALLET"
"""The default name of the wallet."""

# The defaults of libvcx's test mode, with its own values.
_URL = "http://127.0.0.1:8080"
_DID = "2hoqvcwupRTUNkXn6ArYzs"
_VERKEY = "FuN98eH2eZybECWkofW6A9BKJxxnTatBCopfUiNxo6ZB"
_TEST_DEFAULTS = {
    "enable_test_mode": "true",
    "pool_name": "pool1",
    "wallet_name": WALLET,
    "wallet_key": "8dvfYSt5d1taSd6yJdpjq4emkwsPDDLYxkNFysFD2cZY",
    "wallet_key_derivation": "RAW",
    "agency_endpoint": _URL,
    "institution_logo_url": _URL,
    "webhook_url": _URL,
    "agency_did": _DID,
    "remote_to_sdk_did": _DID,
    "sdk_to_remote_did": _DID,
    "institution_did": _DID,
    "agency_verkey": _VERKEY,
    "remote_to_sdk_verkey": _VERKEY,
    "sdk_to_remote_verkey": _VERKEY,
    "institution_name": "default",
    "protocol_version": "2",
    "threadpool_size": "8",
    "payment_method": "null",
    "use_latest_protocols": "false",
}

_ACTORS = {"inviter", "invitee", "issuer", "holder", "prover", "verifier", "sender", "receiver"}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_WITH_HOST = {"http", "https", "ws", "wss", "ftp"}  # the schemes that need a host, by the WHATWG's URL standard
_QUALIFIED = re.compile("did:[a-z0-9]+:")


class LibvcxSettings:
    """The settings of the process."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        """Return a setting; ``None`` if it is not set."""
        return self._values.get(name)

    def need(self, name: str) -> str:
        """Return a required setting.

        Raises:
            VcxError: The setting is missing (1004).
        """
        try:
            return self._values[name]
        except KeyError:
            raise VcxError(Code.InvalidConfiguration, f'Cannot read "{name}" from settings') from None

    def update(self, values: Mapping[str, str]) -> None:
        """Set some settings, and keep the others."""
        self._values |= values

    def clear(self) -> None:
        """Remove all settings, which also ends the test mode."""
        self._values.clear()

    def merge(self, config: str) -> None:
        """Merge a configuration, or the defaults of the test mode.

        Lists, objects and truth values are kept as JSON text. Members are merged in alphabetical order up to the first
        bad one, as libvcx does. JSON that is not an object counts as an empty one.

        Raises:
            VcxError: The text is not JSON, or a value is a number or null (1016).
        """
        if config == TEST_MODE:
            self.update(_TEST_DEFAULTS)
            return
        try:
            parsed = load_json(config)
        except BadNotation as wrong:
            raise VcxError(Code.InvalidJson, f"Cannot parse config: {wrong}") from None
        for name, value in sorted(parsed.items()) if isinstance(parsed, dict) else ():
            self._values[name] = _as_text(name, value)

    def validate(self, wallet_open: bool) -> None:
        """Check all current settings, in libvcx's order (docs/protocol/libvcx.md, 5.3).

        Args:
            wallet_open: Whether a wallet is open, so that ``wallet_key`` is not needed.

        Raises:
            VcxError: A setting is wrong; with the code of the first one.
        """
        if not wallet_open and "wallet_key" not in self._values:
            raise VcxError(Code.MissingWalletKey, "wallet_key is missing. Expected one, or an open wallet.")
        for name, code, is_valid in _CHECKS:
            value = self._values.get(name)
            if value is not None and not is_valid(value):
                raise VcxError(code, f"{name} is {shown(value)}.")
        if self.get("enable_test_mode") == "indy":
            raise VcxError(
                Code.ActionNotSupported,
                "enable_test_mode is 'indy': unencrypted frames to a real agency. The stand-in has no such mode. "
                "Expected 'true', 'agency' or 'false'. The agency's journal shows the messages in the frames.",
            )

    # --- derived from the settings ---------------------------------------------------------------------------------

    @property
    def protocol(self) -> Version:
        """The protocol with the agency; an unknown ``protocol_type`` counts as 1.0."""
        return Version.V2 if self.get("protocol_type") in {"2.0", "3.0", "4.0"} else Version.V1

    @property
    def connections(self) -> Version:
        """The protocol of new proprietary connections."""
        return Version.V2 if self.get("use_latest_protocols") in {"true", "TRUE", "True"} else Version.V1

    @property
    def aries(self) -> bool:
        """Whether new connections are Aries connections."""
        kind = self.get("protocol_type")
        return kind in {"3.0", "4.0"} or (kind == "2.0" and self.get("communication_method") == "aries")

    @property
    def mock_indy(self) -> bool:
        """Whether wallet and cryptography are mocked."""
        return self.get("enable_test_mode") == "true"

    @property
    def mock_agency(self) -> bool:
        """Whether the agency is mocked."""
        return self.get("enable_test_mode") in {"true", "agency"}


def is_did(text: str) -> bool:
    """Return whether libvcx accepts a text as a DID: base58 of 16 bytes, or any text with ``did:`` and a method."""
    return bool(_QUALIFIED.search(text)) or _is_base58(text, 16)


def is_verkey(text: str) -> bool:
    """Return whether libvcx accepts a text as a verkey."""
    return _is_base58(text, 32)


def is_url(text: str) -> bool:
    """Return whether libvcx accepts a text as an absolute URL, such as ``localhost:8080`` (scheme ``localhost``)."""
    found = _SCHEME.fullmatch(text.strip())
    if not found or found[1].lower() not in _WITH_HOST:
        return bool(found)
    try:
        parts = urlsplit("//" + found[2].lstrip("/\\"))
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_base58(text: str, size: int) -> bool:
    try:
        base58.decode(text, size)
    except ValueError:
        return False
    return True


def _are_actors(text: str) -> bool:
    try:
        actors = load_json(text)
    except BadNotation:
        return False
    return isinstance(actors, list) and all(isinstance(actor, str) and actor in _ACTORS for actor in actors)


def _as_text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, (list, dict, bool)):
        raise VcxError(Code.InvalidJson, f"{name} is {shown(value)}. Expected text, truth value, list or object.")
    return dump_json(value).decode()


_CHECKS: tuple[tuple[str, Code, Callable[[str], bool]], ...] = (
    ("institution_did", Code.InvalidDid, is_did),
    ("institution_verkey", Code.InvalidVerkey, is_verkey),
    ("agency_did", Code.InvalidDid, is_did),
    ("agency_verkey", Code.InvalidVerkey, is_verkey),
    ("sdk_to_remote_did", Code.InvalidDid, is_did),
    ("sdk_to_remote_verkey", Code.InvalidVerkey, is_verkey),
    ("remote_to_sdk_did", Code.InvalidDid, is_did),
    ("remote_to_sdk_verkey", Code.InvalidVerkey, is_verkey),
    ("agency_endpoint", Code.InvalidUrl, is_url),
    ("institution_logo_url", Code.InvalidUrl, is_url),
    ("webhook_url", Code.InvalidUrl, is_url),
    ("actors", Code.InvalidOption, _are_actors),
)
