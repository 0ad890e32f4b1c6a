"""The roles that can be scripted, each with the state machine that its scripts must keep to."""

from dataclasses import dataclass

from connsim.core.table import Table
from connsim.errors import UnknownBehaviour, did_you_mean
from connsim.script.machines.aries import ARIES_HOLDER
from connsim.script.machines.prism import INVITEE, INVITER
from connsim.script.machines.vcx import HOLDER


@dataclass(frozen=True, slots=True)
class Role:
    """A side of a connection that can be played from a script.

    Attributes:
        table: The states and legal transitions.
        protocol: The kind of connection: ``prism``, ``vcx`` or ``aries``.
        doc: One sentence: whose record it is, and who is on the other side.
        traits: The names of the properties of a new connection that can select a script.
    """

    table: Table
    protocol: str
    doc: str
    traits: tuple[str, ...]

    @property
    def name(self) -> str:
        """The role as users write it, such as ``prism-inviter``."""
        return self.table.name


_PRISM_TRAITS = ("label", "goal_code", "api_key")  # an invitee's label and goal code are the inviter's

ROLES = (
    Role(
        INVITER,
        "prism",
        "The record of a client that invites; on the other side is the holder who may accept.",
        _PRISM_TRAITS,
    ),
    Role(
        INVITEE,
        "prism",
        "The record of a client that accepts an invitation; on the other side is the inviter who may answer.",
        _PRISM_TRAITS,
    ),
    Role(
        HOLDER,
        "vcx",
        "The holder whom a libvcx client invites; the client's state follows from what the holder does.",
        ("label", "phone", "institution", "owner"),
    ),
    Role(
        ARIES_HOLDER,
        "aries",
        "The holder who is given a libvcx client's Aries invitation; the client's state follows from what it does.",
        ("label", "institution", "owner"),
    ),
)
"""Every role, in the order in which they are listed and tried."""

_BY_NAME = {role.name: role for role in ROLES}


def all_roles() -> tuple[Role, ...]:
    """Every role."""
    return ROLES


def find(name: str) -> Role:
    """Find a role by its name.

    Raises:
        UnknownBehaviour: No role has this name; the message has the nearest name.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    raise UnknownBehaviour(
        f"There is no role {name!r}.{did_you_mean(name, _BY_NAME)} Expected one of: {', '.join(_BY_NAME)}."
    )
