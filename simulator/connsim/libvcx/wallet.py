"""Wallets: named collections of key pairs, in memory or in files that outlive the process.

A file contains the seeds of its keys unencrypted. These are wallets for tests: their key is checked, but protects
nothing.
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
        lock: The hash of the key that opens it.
        file: Its file; ``None`` if it is in memory.
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
            VcxError: The seed is malformed (1080), or the file cannot be written (1074).
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
        """Find the pair of a verkey; ``None`` if the wallet does not hold it."""
        return self._pairs.get(verkey)

    def pair(self, verkey: str) -> KeyPair:
        """Find the pair of a verkey.

        Raises:
            VcxError: The wallet does not hold it (1073).
        """
        return self._found(self.find(verkey), f"verkey {verkey}")

    def pair_of(self, did: str) -> KeyPair:
        """Find the pair of a DID.

        Raises:
            VcxError: The wallet does not hold it (1073).
        """
        return self._found(next((pair for pair in self._pairs.values() if pair.did == did), None), f"DID {did}")

    def save(self) -> None:
        """Write the file, if there is one, atomically.

        Raises:
            OSError: The file cannot be written.
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
            VcxError: The file does not exist (1079), or cannot be read (1074).
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
        draw: The source of new keys.

    Attributes:
        handle: The handle of the open wallet, or the one that the caller has set; 0 means no wallet.
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
            VcxError: No wallet is open (1057).
        """
        try:
            return self._open[self.handle]
        except KeyError:
            cause = "No wallet is open." if not self.handle else f"No open wallet has the handle {self.handle}."
            raise VcxError(Code.InvalidWalletHandle, cause) from None

    def create(self, name: str, key: str, directory: Path | None) -> None:
        """Make a wallet.

        Raises:
            VcxError: A wallet of that name exists (1051), or its file cannot be written (1058).
        """
        file = _file(name, directory)
        wallet = Wallet(_locked(key), self._draw, file)
        try:
            exists = name in self._in_memory if file is None else file.exists()
            if exists:
                raise VcxError(Code.WalletAlreadyExists, f'wallet "{name}" already exists')
            wallet.save()
        except (OSError, ValueError) as failed:  # e.g. a path that is too long, or contains NUL
            raise VcxError(Code.InvalidWalletCreation, f"could not create wallet {name}", str(failed)) from failed
        if file is None:
            self._in_memory[name] = wallet

    def open(self, name: str, key: str, directory: Path | None) -> int:
        """Open a wallet and make it the current one; returns its handle.

        Raises:
            VcxError: The wallet does not exist (1079), is open already (1052), or has another key (1075).
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
        """Close the current wallet; harmless if none is open."""
        self._open.pop(self.handle, None)
        self.handle = 0

    def delete(self, name: str, directory: Path | None) -> None:
        """Delete a wallet; harmless if it does not exist."""
        file = _file(name, directory)
        if file is None:
            self._in_memory.pop(name, None)
        else:
            file.unlink(missing_ok=True)


def _file(name: str, directory: Path | None) -> Path | None:
    # Quoted, because the client may choose any text as the name, even one with "/" or "..".
    return None if directory is None else directory / f"{quote(name, safe='')}.wallet.json"


def _locked(key: str) -> str:
    return blake2b(key.encode(), digest_size=32).hexdigest()
