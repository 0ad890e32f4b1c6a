"""The routes for faults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from connsim.control.shapes.rows import RemovedView, numbered
from connsim.core.shapes import Rules
from connsim.faults.active import ActiveFault
from connsim.faults.registry import FAULTS, doc_of
from connsim.world import World


@dataclass(frozen=True, slots=True)
class NewFault:
    """A fault to add.

    Attributes:
        fault: A row, or the same in words; `GET /faults` lists all kinds.
    """

    fault: (
        Annotated[Mapping[str, object], Rules(examples=[{"status": 503, "times": 2}])]
        | Annotated[str, Rules(examples=["status 503, times 2"])]
    )


@dataclass(frozen=True, slots=True)
class FaultView:
    """A fault that waits for requests.

    Attributes:
        number: Its id in this API.
        fault: Its row.
        met: How many requests matched its conditions.
        struck: How often it struck.
        used: Whether it took effect; a test fails at its end for a fault that never did.
    """

    number: int
    fault: Mapping[str, object]
    met: int
    struck: int
    used: bool


@dataclass(frozen=True, slots=True)
class FaultsView:
    """The active faults.

    Attributes:
        faults: In the order in which they were added.
        known: What each kind of fault does, by its name.
    """

    faults: tuple[FaultView, ...]
    known: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OneFault:
    """Which fault.

    Attributes:
        number: As in the answer to `GET /faults`.
    """

    number: Annotated[int, Rules(minimum=1, maximum=2**63 - 1)]


def list_faults(world: World) -> FaultsView:
    """List the active faults, and every kind of fault."""
    return FaultsView(tuple(map(_view, world.faults)), {word: doc_of(cls) for word, cls in FAULTS.items()})


def arm_fault(world: World, body: NewFault) -> FaultView:
    """Add a fault."""
    return _view(world.fault(body.fault))


def show_fault(world: World, asked: OneFault) -> FaultView:
    """Show one fault."""
    return _view(numbered("fault", asked.number, world.faults))


def disarm_fault(world: World, asked: OneFault) -> FaultView:
    """Remove a fault."""
    active = numbered("fault", asked.number, world.faults)
    world.faults.remove(active)
    return _view(active)


def disarm_faults(world: World) -> RemovedView:
    """Remove all faults."""
    removed = len(list(world.faults))
    world.faults.clear()
    return RemovedView(removed)


def _view(active: ActiveFault) -> FaultView:
    return FaultView(active.number, active.fault.row(), active.matches, active.struck, active.was_used)
