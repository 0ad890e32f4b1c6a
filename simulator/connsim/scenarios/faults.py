"""Reads the section ``faults`` of a scenario file: faults that are active from the start."""

from connsim.errors import BadFault
from connsim.faults.fault import Fault
from connsim.faults.registry import read_fault
from connsim.scenarios.fakes import FAKES
from connsim.scenarios.findings import Findings
from connsim.scenarios.tree import Items, Node, plain
from connsim.world.world import check_places


def read_faults(node: Node | None, findings: Findings) -> tuple[Fault, ...]:
    """Read the faults of a world; wrong ones are left out."""
    read: list[Fault] = []
    for item in node.items if isinstance(node, Items) else ():
        try:
            fault = read_fault(plain(item))  # type: ignore[arg-type]  # it checks the type itself
            check_places(fault, FAKES)
        except BadFault as wrong:
            findings.error(item.place, str(wrong))
        else:
            read.append(fault)
    return tuple(read)
