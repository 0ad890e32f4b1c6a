"""Tenants: several worlds behind one set of ports.

**Problem.** A team shares one ``connsim serve``, and runs its tests in parallel. Tests that share a world see each
other's records and scripts, and if one test advances the clock, invitations of another expire. A server for each test
would need ports that are free, published from a container, and configured in each client.

**Solution.** Each tenant has a separate world: a seed, a clock, scripts, faults, a journal and records. Tenants share
only the ports. The world of a request is found before the request is read as one of a protocol::

    /t/alice/connections         -->  alice's world, as /connections
    apikey: alice-key            -->  the world of the tenant with this key
    any other request            -->  the world that the command line describes

The path takes precedence over the key. Keys are for PRISM clients whose base URL cannot have a path. An unknown
name below ``/t/`` is not an error here: the first world gets the path unchanged, and answers as the real agent would.

**Consequences.** A tenant is removed by dropping its world, and doors hang up on its clients (``on_removal``). A
tenant's URLs, also those inside invitations and links, contain its path. One process serves all, so a tenant that
floods its world slows the others; a test that dies leaves its tenant behind, so their number is limited. See
``docs/decisions/0004-many-worlds-behind-one-port.md``.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from connsim.core.clock import Clock
from connsim.core.exchange import Request
from connsim.errors import Misuse, NotFound, did_you_mean
from connsim.scenarios.settings import clock_mode
from connsim.world import World

PREFIX = "/t/"

Make = Callable[[str, str, str], World]
W = TypeVar("W", bound=World)

MOST = 1_000
"""The largest number of tenants. Without a limit, tenants that are never removed would use up the memory."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant.

    Attributes:
        name: Its name, which is part of its paths.
        world: Its world.
        keys: The API keys by which requests without its path are its own.
    """

    name: str
    world: World
    keys: frozenset[str]

    @property
    def path(self) -> str:
        """The path below which a port serves this tenant, such as ``/t/alice``."""
        return f"{PREFIX}{self.name}"


def new_world(kind: type[W], seed: str, clock: str) -> W:
    """Make a world whose clock has a mode as on the command line.

    Args:
        kind: Its class: that of the first world.
        seed: Its seed.
        clock: ``standing``, ``running``, or ``per-poll:<duration>``.

    Raises:
        Misuse: The clock is not one of these.
    """
    running, per_poll = clock_mode(clock)
    return kind(seed, Clock(running=running), per_poll=per_poll)


class Tenants:
    """The tenants of one simulator.

    Args:
        first: The world of requests that belong to no tenant.
        make: Makes a tenant's world from its name, its seed and the mode of its clock, as on the command line.

    Attributes:
        on_removal: Functions to call with the world of a tenant that has been removed.
    """

    def __init__(self, first: World, make: Make) -> None:
        self.first = first
        self._make = make
        self._tenants: dict[str, Tenant] = {}
        self._by_key: dict[str, Tenant] = {}
        self.on_removal: list[Callable[[World], None]] = []
        self._numbers = itertools.count(1)

    def __iter__(self) -> Iterator[Tenant]:
        return iter(tuple(self._tenants.values()))

    def __len__(self) -> int:
        return len(self._tenants)

    def create(
        self, name: str | None = None, *, seed: str = "connsim", clock: str = "standing", keys: Iterable[str] = ()
    ) -> Tenant:
        """Make a tenant with a new world.

        Args:
            name: Its name, which becomes part of its paths; ``None`` chooses one that is free.
            seed: The seed of its ids, keys and names; two tenants may have the same.
            clock: ``standing``, ``running``, or ``per-poll:<duration>``.
            keys: The API keys by which requests without its path are its own.

        Raises:
            Misuse: The name is invalid or taken, a key belongs to another tenant, or there are too many tenants.
        """
        if name is None:
            name = next(free for number in self._numbers if (free := f"tenant-{number}") not in self._tenants)
        if not _NAME.fullmatch(name):
            raise Misuse(
                f"{name[:80]!r} cannot be the name of a tenant. Expected up to 64 letters, digits, dots, hyphens and "
                f"underscores, the first a letter or a digit: it becomes part of a path."
            )
        if name in self._tenants:
            raise Misuse(
                f"There is a tenant {name!r} already. Expected a new name. Take another, or delete that one first."
            )
        if len(self._tenants) >= MOST:
            raise Misuse(f"There are {MOST} tenants already. Expected fewer. Delete those whose tests are over.")
        keys = frozenset(keys)
        for key in sorted(keys):
            if not key or key in self._by_key:
                whose = f"is the tenant {self._by_key[key].name!r}'s" if key else "is empty"
                raise Misuse(f"The API key {key!r} {whose}. Expected keys that no other tenant has.")
        world = self._make(name, seed, clock)
        world.journal.tenant = name
        tenant = self._tenants[name] = Tenant(name, world, keys)
        self._by_key |= dict.fromkeys(keys, tenant)
        return tenant

    def get(self, name: str) -> Tenant:
        """Return the tenant of a name.

        Raises:
            NotFound: No tenant has this name; the message suggests the nearest.
        """
        if name in self._tenants:
            return self._tenants[name]
        raise NotFound(
            f"There is no tenant {name[:80]!r}.{did_you_mean(name, self._tenants)} Expected one of the "
            f"{len(self._tenants)} tenants. POST /tenants makes one."
        )

    def remove(self, name: str) -> Tenant:
        """Remove a tenant, and hang up on its clients.

        Raises:
            NotFound: No tenant has this name.
        """
        tenant = self.get(name)
        tenant.world.reset()
        del self._tenants[name]
        for key in tenant.keys:
            del self._by_key[key]
        for notify in self.on_removal:
            notify(tenant.world)
        return tenant

    def by_path(self, request: Request) -> tuple[World | None, Request]:
        """Return the world that the path of a request names, or ``None``, and the request without that path."""
        path, mark, query = request.target.partition("?")
        if path.startswith(PREFIX):
            name, _, rest = path[len(PREFIX) :].partition("/")
            if tenant := self._tenants.get(name):
                return tenant.world, request._replace(target=f"/{rest}{mark}{query}")
        return None, request

    def of(self, request: Request) -> tuple[World, Request]:
        """Return the world that a request is for, and the request as that world is to see it."""
        world, request = self.by_path(request)
        if world is not None:
            return world, request
        if self._by_key and (tenant := self._by_key.get(request.headers.get("apikey") or "")):
            return tenant.world, request
        return self.first, request
