"""The routes of tenants: separate worlds behind the same ports."""

from dataclasses import dataclass
from typing import Annotated

from connsim.agency.agency import Agency
from connsim.control.tenants import Tenant, Tenants
from connsim.core.shapes import Rules
from connsim.prism.agent import PrismAgent

Name = Annotated[str, "As in the answer to `GET /tenants`."]


@dataclass(frozen=True, slots=True)
class NewTenant:
    """A tenant to make."""

    name: Annotated[
        Annotated[str, Rules(minLength=1, examples=["bank-1"])] | None, "Its name; by default one that is free."
    ] = None
    seed: Annotated[
        str, Rules(minLength=1, examples=["monday"]), "The seed of its ids, keys and names; it need not be unique."
    ] = "connsim"
    clock: Annotated[str, Rules(examples=["standing", "per-poll:60s"]), "standing, running, or per-poll:60s."] = (
        "standing"
    )
    keys: Annotated[
        tuple[Annotated[str, Rules(minLength=1)], ...], "The API keys of its requests that do not have its path."
    ] = ()


@dataclass(frozen=True, slots=True)
class TenantView:
    """A tenant."""

    name: Annotated[str, "Its name."]
    path: Annotated[str, "The path between the address of a port and the paths of the fakes, or of this API."]
    seed: Annotated[str, "The seed of its ids, keys and names."]
    keys: Annotated[tuple[str, ...], "The API keys of its requests that do not have its path."]
    prism: Annotated[str | None, "The root URL of its PRISM agent; null if the agent has no port."]
    agency: Annotated[str | None, "The root URL of its VCX agency, likewise."]


@dataclass(frozen=True, slots=True)
class TenantsView:
    """All tenants."""

    tenants: Annotated[tuple[TenantView, ...], "In the order in which they were made."]


def list_tenants(tenants: Tenants) -> TenantsView:
    """List the tenants: the worlds behind these ports, without the first one."""
    return TenantsView(tuple(map(_view, tenants)))


def add_tenant(tenants: Tenants, body: NewTenant) -> TenantView:
    """Make a tenant with a new world; its control API is below its path."""
    return _view(tenants.create(body.name, seed=body.seed, clock=body.clock, keys=body.keys))


def show_tenant(tenants: Tenants, name: Name) -> TenantView:
    """Show one tenant."""
    return _view(tenants.get(name))


def remove_tenant(tenants: Tenants, name: Name) -> TenantView:
    """Remove a tenant and its world, and hang up on its clients."""
    return _view(tenants.remove(name))


def _view(tenant: Tenant) -> TenantView:
    world = tenant.world
    urls = (world.fake(PrismAgent).url or None, world.fake(Agency).url or None)
    return TenantView(tenant.name, tenant.path, world.seed.value, tuple(sorted(tenant.keys)), *urls)
