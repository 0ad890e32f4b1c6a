"""The parties that can be reached at the agency, and their keys."""

from typing import Protocol

from connsim.agency.records import Actor, Keyring
from connsim.core.exchange import Reply
from connsim.core.seed import Seed
from connsim.wire.keys import KeyPair


class Parties:
    """The agency itself, and the parties that it plays.

    Args:
        seed: The source of all keys but the agency's.
        key: The agency's own pair.

    Attributes:
        keyring: The source of key pairs, by name.
        identity: The agency's DID and verkey, as ``GET /agency`` shows them.
    """

    def __init__(self, seed: Seed, key: KeyPair) -> None:
        self.key = key
        self.identity = key.identity
        self.keyring = Keyring(seed)
        self._actors: dict[str, Actor] = {}

    def add(self, actor: Actor) -> None:
        """Make a party reachable, by its DID and by its verkey."""
        self._actors[actor.identity.did] = self._actors[actor.identity.verkey] = actor

    def drop(self, actor: Actor) -> None:
        """Make a party unreachable."""
        for name in (actor.identity.did, actor.identity.verkey):
            self._actors.pop(name, None)

    def find(self, name: str) -> Actor | None:
        """Find the party of a DID or verkey."""
        return self._actors.get(name)

    def find_key(self, name: str) -> KeyPair | None:
        """Find the pair of the party with a DID or verkey; ``None`` if that party is not played here."""
        if name in (self.identity.did, self.identity.verkey):
            return self.key
        actor = self._actors.get(name)
        return None if actor is None else self.key_of(actor)

    def key_of(self, actor: Actor) -> KeyPair:
        """Return the pair of a party."""
        return self.keyring.pair(*actor.name)


class Post(Protocol):
    """Delivers a scripted holder's message to the agency, at once; `Agency.take_post` does."""

    def __call__(self, body: bytes, at: int, note: str, client: str = "", *, lenient: bool = False) -> Reply:
        """Return the agency's reply."""
