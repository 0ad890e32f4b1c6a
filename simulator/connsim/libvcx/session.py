"""What the stand-in knows between two calls: all that is one per process in the native library."""

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
"""The levels of the log."""

_MOCKED_WALLET = 1


class Session:
    """Everything that calls share.

    Args:
        seed: Where all keys, nonces and ids come from.
        wallets: The directory for wallets, unless the configuration names one; ``None`` keeps them in memory.

    Attributes:
        objects: What has a handle.
        pool: The pool's handle, if there is one. No ledger is behind it.
        answers: The replies of a mocked agency that are to come, the next one last; by their numbers.
        failures: The stand-in's own, which no client is to blame for.
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
        """The open wallet.

        Raises:
            VcxError: There is none (1057).
        """
        return self.wallets.current

    def create_wallet(self) -> None:
        """Make the configured wallet.

        Raises:
            VcxError: It is there (1051), cannot be made (1058), or ``storage_config`` is no object (1004; deduced).
        """
        if not self.settings.mock_indy:
            self.wallets.create(*self._configured())

    def open_wallet(self) -> None:
        """Open the configured wallet.

        Raises:
            VcxError: It is not there (1079), open already (1052), or has another key (1075); or ``storage_config`` is
                no object (1004; deduced).
        """
        if self.settings.mock_indy:
            self.wallets.handle = _MOCKED_WALLET
        else:
            self.wallets.open(*self._configured())

    def delete_wallet(self) -> None:
        """Delete the configured wallet, if that is possible."""
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
            raise VcxError(Code.InvalidConfiguration, "storage_config is no JSON object.") from None
        return name, key, Path(path) if isinstance(path, str) else self._directory

    def agency(self) -> AgencyClient:
        """A client of the configured agency, as the configured owner of the configured cloud agent.

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
        """The versions that are configured."""
        return Dialect(self.settings.protocol, self.settings.connections)

    def agency_post(self) -> Callable[[bytes], bytes]:
        """Posts to the configured agency.

        Raises:
            VcxError: None is configured (1004).
        """
        url = f"{self.settings.need('agency_endpoint')}/agency/msg"
        return lambda body: self.post(url, body)

    def post(self, url: str, body: bytes) -> bytes:
        """Post to anybody's URL.

        Raises:
            AgencyError: The status is not 2xx, or there is no answer in time.
        """
        return post(url, body)

    def now(self) -> int:
        """Seconds since 1970."""
        return now()

    def uuid(self) -> str:
        """A new UUID."""
        return str(uuid.UUID(bytes=self.draw(16), version=4))

    def log_to(self, log: LogCallback, level: int) -> None:
        """Let a callback have what is logged, up to a level.

        Raises:
            VcxError: There is one already (1090), as the native library has one for its whole life.
        """
        if self._log is not None:
            raise VcxError(Code.LoggingError, "The logger was set before.")
        self._log, self._level = log, level

    def log(self, level: int, text: str, target: str = "connsim::libvcx") -> None:
        """Log a text."""
        if self._log is not None and level <= self._level:
            with suppress(Exception):  # the callback's own failures are nobody's business here
                self._log(None, level, target.encode(), text.encode(errors="replace"), None, b"simulator/libvcx", 0)
