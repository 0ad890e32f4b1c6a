"""The registry of roles: who can be scripted, and which table the script must keep to.

A role is registered by the module that plays it. Those modules are named here as text and imported on first use, so
that this one stays below them and a test that needs no agency does not load one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from connsim.core.table import Table
from connsim.errors import UnknownBehaviour

_HOMES = ("connsim.prism.agent", "connsim.agency.agency", "connsim.agency.aries.holders")


@dataclass(frozen=True, slots=True)
class Role:
    """A side of a connection that can be played from a script.

    Attributes:
        name: As users write it, such as ``prism-inviter``.
        table: The states and legal transitions.
        fake: The name of the fake that plays it: an attribute of the world.
        factory: Makes that fake for a world.
        doc: One sentence: whose record it is, and who stands behind it.
        traits: What is known of a new connection, by which scripts are selected.
    """

    name: str
    table: Table
    fake: str
    factory: Callable[[Any], Any]
    doc: str
    traits: tuple[str, ...]


_ROLES: dict[str, Role] = {}


def register(role: Role) -> Role:
    """Add a role; a module that plays one calls this when it is imported."""
    _ROLES[role.name] = role
    return role


def all_roles() -> tuple[Role, ...]:
    """Every role there is."""
    for home in _HOMES:
        import_module(home)
    return tuple(_ROLES.values())


def find(name: str) -> Role:
    """Find a role by its name.

    Raises:
        UnknownBehaviour: There is no such role; the message names the nearest.
    """
    roles = {role.name: role for role in all_roles()}
    if name in roles:
        return roles[name]
    near = get_close_matches(name, roles, n=1)
    raise UnknownBehaviour(
        f"There is no role {name!r}.{f' Did you mean {near[0]!r}?' if near else ''} "
        f"Expected one of: {', '.join(roles)}."
    )


def make_fake(name: str, world: Any) -> Any:
    """Make the fake of this name (``prism``) for a world."""
    return next(role.factory(world) for role in all_roles() if role.fake == name)


def places(what: str, fake: str | None) -> tuple[str, ...]:
    """The routes or states that requests to a fake, or to any, can be about: its class lists them."""
    makers = {role.fake: role.factory for role in all_roles() if fake in (None, role.fake)}
    listed = (one for maker in makers.values() for one in getattr(maker, f"{what}s", ()))
    return tuple(dict.fromkeys(listed))
