"""Reads a scenario file: bytes to behaviours, rules, faults and settings, or to all of its errors.

    bytes --parsing--> tree --structure (JSON Schema)--> findings by shape
                        |
                        +--behaviours, rules, faults, settings--> values, and findings by meaning

The readers skip a value that the schema rejects (`Findings.is_broken`), so that one mistake gets one message. They read
everything else, so that all mistakes are reported at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from connsim.faults.fault import Fault
from connsim.prism.versions import EARLY
from connsim.scenarios import behaviours, rules, structure
from connsim.scenarios.faults import read_faults
from connsim.scenarios.findings import Finding, Findings, Place, Severity
from connsim.scenarios.parsing import parse
from connsim.scenarios.settings import WorldSettings, read_profile, read_settings
from connsim.scenarios.tree import Members, Node
from connsim.script.behaviours import Behaviour, Catalogue
from connsim.script.catalogue import BUILT_IN
from connsim.script.machines.prism import INVITER
from connsim.script.scripts import Rule


@dataclass(frozen=True, slots=True)
class Scenarios:
    """The contents of one or more scenario files.

    Attributes:
        settings: The settings of the world.
        behaviours: The behaviours that the files define.
        rules: The rules, in the order in which they are tried.
        faults: The faults that are active from the start.
    """

    settings: WorldSettings = field(default_factory=WorldSettings)
    behaviours: tuple[Behaviour, ...] = ()
    rules: tuple[Rule, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def catalogue(self) -> Catalogue:
        """The built-in behaviours and those of the files."""
        return BUILT_IN.with_more(self.behaviours)

    def __str__(self) -> str:
        counts = [_counted(len(self.behaviours), "behaviour"), _counted(len(self.rules), "rule")]
        return ", ".join([*counts, _counted(len(self.faults), "fault")] if self.faults else counts)


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading a file.

    Attributes:
        findings: Errors and warnings, by place.
        scenarios: The contents; ``None`` if there is an error.
    """

    findings: tuple[Finding, ...]
    scenarios: Scenarios | None


@lru_cache(maxsize=32)
def read(data: bytes) -> Reading:
    """Read a scenario file. Never raises, whatever the bytes are.

    Cached, because every test that names a file loads it into its own world.
    """
    findings = Findings()
    root = parse(data, findings)
    scenarios = Scenarios()
    if root is not None:
        structure.check(root, findings)
        if isinstance(root, Members):
            scenarios = _read(root.values, findings)
    elif not findings.all:
        findings.warning(Place(1, 1), "The file is empty. Expected 'world', 'behaviours', 'select' or 'faults'.")
    found = findings.in_order()
    is_sound = all(finding.severity is Severity.WARNING for finding in found)
    return Reading(found, scenarios if is_sound else None)


def _read(given: Mapping[str, Node], findings: Findings) -> Scenarios:
    world = given.get("world")
    expires = read_profile(world) != EARLY
    named = behaviours.Reader(findings, expires=expires).read(given.get("behaviours"))
    catalogue = BUILT_IN.with_more(named)
    settings = read_settings(world, catalogue, findings)
    selecting = rules.Reader(catalogue, findings)
    selected = selecting.read(given.get("select"))
    if expires:
        selecting.check_expiry(selected, {b.play(INVITER.name).steps for b in named if INVITER.name in b.roles})
    faults = read_faults(given.get("faults"), findings)
    return Scenarios(settings, tuple(named), tuple(placed.rule for placed in selected), faults)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
