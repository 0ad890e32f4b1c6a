"""The routes of faults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from connsim.control.shapes.rows import Number, RemovedView, numbered
from connsim.core.shapes import Rules
from connsim.faults.active import ActiveFault
from connsim.faults.registry import FAULTS, doc_of
from connsim.world import World


@dataclass(frozen=True, slots=True)
class NewFault:
    """A fault to add."""

    fault: Annotated[
        Annotated[Mapping[str, object], Rules(examples=[{"status": 503, "times": 2}])]
        | Annotated[str, Rules(examples=["status 503, times 2"])],
        "A row, or the same in words; `GET /faults` lists all kinds.",
    ]


@dataclass(frozen=True, slots=True)
class FaultView:
    """An active fault."""

    number: Annotated[int, "Its id in this API."]
    fault: Annotated[Mapping[str, object], "Its row."]
    met: Annotated[int, "How many requests matched its conditions."]
    struck: Annotated[int, "How often it struck."]
    used: Annotated[bool, "Whether it took effect; a test fails at its end for a fault that never did."]


@dataclass(frozen=True, slots=True)
class FaultsView:
    """The active faults."""

    faults: Annotated[tuple[FaultView, ...], "In the order in which they were added."]
    known: Annotated[Mapping[str, str], "What each kind of fault does, by its name."]


def list_faults(world: World) -> FaultsView:
    """List the active faults, and every kind of fault."""
    return FaultsView(tuple(map(_view, world.faults)), {word: doc_of(cls) for word, cls in FAULTS.items()})


def arm_fault(world: World, body: NewFault) -> FaultView:
    """Add a fault."""
    return _view(world.fault(body.fault))


def show_fault(world: World, number: Number) -> FaultView:
    """Show one fault."""
    return _view(numbered("fault", number, world.faults))


def disarm_fault(world: World, number: Number) -> FaultView:
    """Remove a fault."""
    active = numbered("fault", number, world.faults)
    world.faults.remove(active)
    return _view(active)


def disarm_faults(world: World) -> RemovedView:
    """Remove all faults."""
    removed = len(list(world.faults))
    world.faults.clear()
    return RemovedView(removed)


def _view(active: ActiveFault) -> FaultView:
    return FaultView(active.number, active.fault.row(), active.matches, active.struck, active.was_used)
