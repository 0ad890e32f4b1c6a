"""The state of the stand-in between two calls: all that exists once per process in the native library."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_results import Dialect
from connsim.core.seed import Seed
from connsim.libvcx.errors import Code, VcxError
from connsim.libvcx.handles import Handles
from connsim.libvcx.settings import WALLET, LibvcxSettings
from connsim.libvcx.transport import now, post
from connsim.libvcx.wallet import Wallet, Wallets
from connsim.wire.crypt import drawing
from connsim.wire.errors import BadNotation
from connsim.wire.keys import Identity
from connsim.wire.notation import load_json

LogCallback = Callable[[None, int, bytes, bytes, bytes | None, bytes, int], object]

OFF, ERROR, WARNING, INFO, DEBUG, TRACE = range(6)
"""The levels of the log, as libvcx numbers them."""

_MOCKED_WALLET = 1


class Session:
    """The state that calls share.

    Args:
        seed: The source of all keys, nonces and ids.
        wallets: The directory for wallets, unless the configuration names one; ``None`` keeps them in memory.

    Attributes:
        objects: The connections, by handle.
        pool: The handle of the open pool, if any. It has no ledger, because connections do not need one.
        answers: The numbers of the mocked agency's future replies, the next one last.
        failures: Errors of the stand-in itself, which are not the client's fault.
    """

    def __init__(self, seed: str, wallets: Path | None = None) -> None:
        self.settings = LibvcxSettings()
        self.draw = drawing(Seed(seed), "libvcx")
        self.wallets = Wallets(self.draw)
        self.objects: Handles[Any] = Handles()
        self.pool: int | None = None
        self.answers: list[int] = []
        self.failures: list[Exception] = []
        self._directory = wallets
        self._log: LogCallback | None = None
        self._level = OFF

    @property
    def wallet(self) -> Wallet:
        """The open wallet; see `Wallets.current`."""
        return self.wallets.current

    def create_wallet(self) -> None:
        """Make the configured wallet.

        Raises:
            VcxError: As from `Wallets.create`, or ``storage_config`` is not a JSON object (1004; deduced).
        """
        if not self.settings.mock_indy:
            self.wallets.create(*self._configured())

    def open_wallet(self) -> None:
        """Open the configured wallet.

        Raises:
            VcxError: As from `Wallets.open`, or ``storage_config`` is not a JSON object (1004; deduced).
        """
        if self.settings.mock_indy:
            self.wallets.handle = _MOCKED_WALLET
        else:
            self.wallets.open(*self._configured())

    def delete_wallet(self) -> None:
        """Delete the configured wallet. Errors are ignored, as shutdown ignores them."""
        with suppress(VcxError, OSError, ValueError):
            name, _, directory = self._configured()
            self.wallets.delete(name, directory)

    def _configured(self) -> tuple[str, str, Path | None]:
        name = self.settings.get("wallet_name") or WALLET
        key = self.settings.get("wallet_key") or ""
        storage = self.settings.get("storage_config")
        try:
            path = None if storage is None else load_json(storage).get("path")
        except (BadNotation, AttributeError):
            raise VcxError(Code.InvalidConfiguration, "storage_config is not a JSON object.") from None
        return name, key, Path(path) if isinstance(path, str) else self._directory

    def agency(self) -> AgencyClient:
        """Make a client of the configured agency, as the configured owner of the configured cloud agent.

        Raises:
            VcxError: A setting is missing (1004), no wallet is open (1057), or it lacks the owner's key (1073).
        """
        need = self.settings.need
        agent = Identity(need("remote_to_sdk_did"), need("remote_to_sdk_verkey"))
        return AgencyClient(
            self.agency_post(),
            Identity(need("agency_did"), need("agency_verkey")),
            self.wallet.pair(need("sdk_to_remote_verkey")),
            self.draw,
            self.dialect(),
            agent,
        )

    def dialect(self) -> Dialect:
        """Return the configured protocol versions."""
        return Dialect(self.settings.protocol, self.settings.connections)

    def agency_post(self) -> Callable[[bytes], bytes]:
        """Make a function that posts to the configured agency.

        Raises:
            VcxError: No agency is configured (1004).
        """
        url = f"{self.settings.need('agency_endpoint')}/agency/msg"
        return lambda body: self.post(url, body)

    def post(self, url: str, body: bytes) -> bytes:
        """Post to any URL; see `connsim.libvcx.transport.post`."""
        return post(url, body)

    def now(self) -> int:
        """Return the seconds since 1970."""
        return now()

    def uuid(self) -> str:
        """Make a new UUID."""
        return str(uuid.UUID(bytes=self.draw(16), version=4))

    def log_to(self, log: LogCallback, level: int) -> None:
        """Send log records up to a level to a callback.

        Raises:
            VcxError: A logger was set before (1090): the native library accepts one per process.
        """
        if self._log is not None:
            raise VcxError(Code.LoggingError, "The logger was set before.")
        self._log, self._level = log, level

    def log(self, level: int, text: str, target: str = "connsim::libvcx") -> None:
        """Log a text."""
        if self._log is not None and level <= self._level:
            with suppress(Exception):  # an error in the client's logger must not change the result of the call
                self._log(None, level, target.encode(), text.encode(errors="replace"), None, b"simulator/libvcx", 0)
