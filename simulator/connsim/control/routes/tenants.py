"""The routes of the tenants: worlds of their own, behind the same ports."""

from dataclasses import dataclass
from typing import Annotated

from connsim.agency.agency import Agency
from connsim.control.tenants import Tenant, Tenants
from connsim.core.shapes import Rules
from connsim.prism.agent import PrismAgent


@dataclass(frozen=True, slots=True)
class NewTenant:
    """A world to be made.

    Attributes:
        name: Part of its paths; one that is free unless given.
        seed: Where its ids, keys and names come from; two tenants may have the same.
        clock: standing, running, or per-poll:60s.
        keys: The API keys by which requests without the path are its own.
    """

    name: Annotated[str, Rules(minLength=1, examples=["bank-1"])] | None = None
    seed: Annotated[str, Rules(minLength=1, examples=["monday"])] = "connsim"
    clock: Annotated[str, Rules(examples=["standing", "per-poll:60s"])] = "standing"
    keys: tuple[Annotated[str, Rules(minLength=1)], ...] = ()


@dataclass(frozen=True, slots=True)
class TenantView:
    """A tenant.

    Attributes:
        name: Its name.
        path: What comes between the address of a port and the paths of the fakes, and of this API.
        seed: Where its ids, keys and names come from.
        keys: The API keys by which requests without the path are its own.
        prism: The root of the PRISM agent for its clients; null if no port of it is open.
        agency: The root of the VCX agency, likewise.
    """

    name: str
    path: str
    seed: str
    keys: tuple[str, ...]
    prism: str | None
    agency: str | None


@dataclass(frozen=True, slots=True)
class TenantsView:
    """All tenants.

    Attributes:
        tenants: In the order in which they were made.
    """

    tenants: tuple[TenantView, ...]


@dataclass(frozen=True, slots=True)
class OneTenant:
    """Which tenant.

    Attributes:
        name: As `GET /tenants` tells it.
    """

    name: str


def list_tenants(tenants: Tenants) -> TenantsView:
    """List the worlds behind these ports, beside the one that was there first."""
    return TenantsView(tuple(map(_view, tenants)))


def add_tenant(tenants: Tenants, body: NewTenant) -> TenantView:
    """Make a world of its own; its control API is below its path."""
    return _view(tenants.create(body.name, seed=body.seed, clock=body.clock, keys=body.keys))


def show_tenant(tenants: Tenants, asked: OneTenant) -> TenantView:
    """Show one tenant."""
    return _view(tenants.get(asked.name))


def remove_tenant(tenants: Tenants, asked: OneTenant) -> TenantView:
    """Take a world away, with all that is in it, and hang up on its clients."""
    return _view(tenants.remove(asked.name))


def _view(tenant: Tenant) -> TenantView:
    world = tenant.world
    urls = (world.fake(PrismAgent).url or None, world.fake(Agency).url or None)
    return TenantView(tenant.name, tenant.path, world.seed.value, tuple(sorted(tenant.keys)), *urls)
