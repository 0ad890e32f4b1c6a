"""Wallets: the private halves of identities, by name, in memory or in files that outlive the process.

A file holds the seeds of its keys as they are. These are wallets for tests: they lock nobody out.
"""

import json
import os
import tempfile
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

from connsim.libvcx.errors import Code, VcxError
from connsim.libvcx.handles import new_handle
from connsim.wire.crypt import Draw
from connsim.wire.errors import BadKey
from connsim.wire.keys import KeyPair


@dataclass
class Wallet:
    """One wallet.

    Attributes:
        lock: Stands for the key that opens it.
        file: Where it is kept; ``None`` is in memory.
    """

    lock: str
    draw: Draw
    file: Path | None = None
    _pairs: dict[str, KeyPair] = field(default_factory=dict)

    def new_pair(self, seed: str | None = None) -> KeyPair:
        """Make a pair, and keep it.

        Args:
            seed: Its seed, in a form that `seed_bytes` reads; drawn by default.

        Raises:
            VcxError: The seed is none (1080), or the file cannot be written (1074).
        """
        try:
            pair = KeyPair.from_seed(self.draw(32) if seed is None else seed)
            self._pairs[pair.verkey] = pair
            self.save()
        except BadKey as wrong:
            raise VcxError(Code.LibindyInvalidStructure, str(wrong)) from None
        except OSError as failed:
            raise VcxError(Code.IOError, f"The wallet {self.file} cannot be written: {failed}") from failed
        return pair

    def find(self, verkey: str) -> KeyPair | None:
        """The pair of a verkey, if it is here."""
        return self._pairs.get(verkey)

    def pair(self, verkey: str) -> KeyPair:
        """The pair of a verkey.

        Raises:
            VcxError: It is not here (1073).
        """
        return self._found(self.find(verkey), f"verkey {verkey}")

    def pair_of(self, did: str) -> KeyPair:
        """The pair of a DID.

        Raises:
            VcxError: It is not here (1073).
        """
        return self._found(next((pair for pair in self._pairs.values() if pair.did == did), None), f"DID {did}")

    def save(self) -> None:
        """Write the file, if there is one, so that nobody ever sees half of it.

        Raises:
            OSError: It cannot be written.
        """
        if self.file is None:
            return
        seeds = [bytes(pair.signing_key).hex() for pair in self._pairs.values()]
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self.file.parent, delete=False) as written:
            json.dump({"lock": self.lock, "seeds": seeds}, written)
        os.replace(written.name, self.file)

    @classmethod
    def load(cls, file: Path, draw: Draw) -> "Wallet":
        """Read a file.

        Raises:
            VcxError: It is not there (1079), or cannot be read (1074).
        """
        try:
            kept = json.loads(file.read_text())
            pairs = [KeyPair.from_seed(bytes.fromhex(seed)) for seed in kept["seeds"]]
            return cls(str(kept["lock"]), draw, file, {pair.verkey: pair for pair in pairs})
        except FileNotFoundError:
            raise VcxError(Code.WalletNotFound, f"There is no wallet {file}.") from None
        except (OSError, ValueError, LookupError, TypeError) as failed:
            raise VcxError(Code.IOError, f"The wallet {file} cannot be read: {failed}") from failed

    def _found(self, pair: KeyPair | None, what: str) -> KeyPair:
        if pair is None:
            raise VcxError(Code.WalletRecordNotFound, f"The wallet has no {what}.")
        return pair


class Wallets:
    """All wallets, and which of them is open.

    Args:
        draw: Where keys come from.

    Attributes:
        handle: That of the open wallet, or whatever the caller has set; 0 is none.
    """

    def __init__(self, draw: Draw) -> None:
        self.handle = 0
        self._draw = draw
        self._in_memory: dict[str, Wallet] = {}
        self._open: dict[int, Wallet] = {}

    @property
    def current(self) -> Wallet:
        """The open wallet.

        Raises:
            VcxError: There is none (1057).
        """
        try:
            return self._open[self.handle]
        except KeyError:
            told = "No wallet is open." if not self.handle else f"No open wallet has the handle {self.handle}."
            raise VcxError(Code.InvalidWalletHandle, told) from None

    def create(self, name: str, key: str, directory: Path | None) -> None:
        """Make a wallet.

        Raises:
            VcxError: There is one of that name (1051), or it cannot be written (1058).
        """
        file = _file(name, directory)
        wallet = Wallet(_locked(key), self._draw, file)
        try:
            if name in self._in_memory if file is None else file.exists():
                raise VcxError(Code.WalletAlreadyExists, f'wallet "{name}" already exists')
            wallet.save()
        except (OSError, ValueError) as failed:  # a path too long, or with a NUL
            raise VcxError(Code.InvalidWalletCreation, f"could not create wallet {name}", str(failed)) from failed
        if file is None:
            self._in_memory[name] = wallet

    def open(self, name: str, key: str, directory: Path | None) -> int:
        """Open a wallet and make it the current one; returns its handle.

        Raises:
            VcxError: It is not there (1079), is open already (1052), or the key is another (1075).
        """
        file = _file(name, directory)
        wallet = self._in_memory.get(name) if file is None else Wallet.load(file, self._draw)
        if wallet is None:
            raise VcxError(Code.WalletNotFound, f'Wallet "{name}" not found or unavailable')
        if any(wallet is other or (file and file == other.file) for other in self._open.values()):
            raise VcxError(Code.WalletAlreadyOpen, f'Wallet "{name}" already opened.')
        if wallet.lock != _locked(key):
            raise VcxError(Code.WalletAccessFailed, f'Can not open wallet "{name}". Invalid key has been provided.')
        self.handle = new_handle()
        self._open[self.handle] = wallet
        return self.handle

    def close(self) -> None:
        """Close the current wallet; harmless if there is none."""
        self._open.pop(self.handle, None)
        self.handle = 0

    def delete(self, name: str, directory: Path | None) -> None:
        """Delete a wallet; harmless if there is none."""
        file = _file(name, directory)
        if file is None:
            self._in_memory.pop(name, None)
        else:
            file.unlink(missing_ok=True)


def _file(name: str, directory: Path | None) -> Path | None:
    # Quoted, because a name is anything that the client wants it to be.
    return None if directory is None else directory / f"{quote(name, safe='')}.wallet.json"


def _locked(key: str) -> str:
    return blake2b(key.encode(), digest_size=32).hexdigest()
