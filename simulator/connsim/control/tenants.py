"""Several worlds behind one set of ports: each request belongs to one tenant's world, by its path or its API key.

Tenants share nothing but the ports: each has a seed, a clock, scripts, a journal and records of its own. A path that
begins with ``/t/<name>`` is the tenant's, whatever the key; an ``apikey`` that a tenant has named is the tenant's, too,
for clients whose base URL can have no path. Everything else is for the world that was there first.
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
"""How many tenants there can be; one that nobody takes away would otherwise hold its memory for ever."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Tenant:
    """Somebody with a world of their own.

    Attributes:
        keys: The API keys by which requests without the path are theirs.
    """

    name: str
    world: World
    keys: frozenset[str]

    @property
    def path(self) -> str:
        """What comes between a port's address and the paths of the real system."""
        return f"{PREFIX}{self.name}"


def new_world(kind: type[W], seed: str, clock: str) -> W:
    """A world whose clock has a mode as on the command line.

    Args:
        kind: Its class: that of the world that was there first.
        clock: ``standing``, ``running``, or ``per-poll:<duration>``.

    Raises:
        Misuse: It is none of these.
    """
    mode = clock_mode(clock)
    if mode is None:
        raise Misuse(f"The clock {clock[:80]!r} is unknown. Expected running, standing, or per-poll:<duration>.")
    running, per_poll = mode
    return kind(seed, Clock(running=running), per_poll=per_poll)


class Tenants:
    """The tenants of one simulator.

    Args:
        first: The world of everybody who is no tenant.
        make: Makes a tenant's world from its name, its seed and the mode of its clock, as on the command line.

    Attributes:
        on_removal: Whoever is to know of a world that is taken away.
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
        """Make a tenant, with a world as new as that of a test.

        Args:
            name: Part of the tenant's paths; ``None`` takes one that is free.
            seed: Where the tenant's ids, keys and names come from; two tenants may have the same.
            clock: ``standing``, ``running``, or ``per-poll:<duration>``.

        Raises:
            Misuse: The name is none, or taken, a key is another's, or there are too many tenants.
        """
        if name is None:
            name = next(free for number in self._numbers if (free := f"tenant-{number}") not in self._tenants)
        if not _NAME.fullmatch(name):
            raise Misuse(
                f"{name[:80]!r} can be no tenant's name. Expected up to 64 letters, digits, dots, hyphens and "
                f"underscores, the first a letter or a digit: it becomes part of a path."
            )
        if name in self._tenants:
            raise Misuse(f"There is a tenant {name!r} already. Expected a new name. Take another, or delete it before.")
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
        """The tenant of a name.

        Raises:
            NotFound: There is none; the message names the nearest.
        """
        if name in self._tenants:
            return self._tenants[name]
        raise NotFound(
            f"There is no tenant {name[:80]!r}.{did_you_mean(name, self._tenants)} Expected one of the "
            f"{len(self._tenants)} that there are. POST /tenants makes one."
        )

    def remove(self, name: str) -> Tenant:
        """Take a tenant away, and hang up on its clients.

        Raises:
            NotFound: There is none of this name.
        """
        tenant = self.get(name)
        tenant.world.reset()
        del self._tenants[name]
        for key in tenant.keys:
            del self._by_key[key]
        for told in self.on_removal:
            told(tenant.world)
        return tenant

    def by_path(self, request: Request) -> tuple[World | None, Request]:
        """Whose world a request is for by its path, and the request as that world is to see it."""
        path, mark, query = request.target.partition("?")
        if path.startswith(PREFIX):
            name, _, rest = path[len(PREFIX) :].partition("/")
            if tenant := self._tenants.get(name):
                return tenant.world, request._replace(target=f"/{rest}{mark}{query}")
        return None, request

    def of(self, request: Request) -> tuple[World, Request]:
        """Whose world a request is for, and the request as that world is to see it."""
        world, request = self.by_path(request)
        if world is not None:
            return world, request
        if self._by_key and (tenant := self._by_key.get(request.headers.get("apikey") or "")):
            return tenant.world, request
        return self.first, request
