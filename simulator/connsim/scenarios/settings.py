"""The settings of a world, from a scenario file or the command line."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, Literal, TypeVar, cast

from connsim.agency.agency import Agency
from connsim.core.durations import duration
from connsim.errors import Misuse
from connsim.prism.agent import PrismAgent
from connsim.prism.base import BaseAgent
from connsim.prism.pace import PACES, Pace
from connsim.prism.versions import version_named
from connsim.scenarios.findings import Findings, Place
from connsim.scenarios.tree import Members, Node, Text
from connsim.script.behaviours import Catalogue
from connsim.script.machines.vcx import HOLDER
from connsim.world import World

NOBODY = "none"
"""The value of ``holder`` that gives holders no behaviour: two clients connect with each other."""

Flavour = Literal["evernym", "dummy"]
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """The settings of a world; ``None`` if not given.

    Attributes:
        seed: The source of all ids, keys, names and jitter.
        clock: ``running``, ``standing`` or ``per-poll:<duration>``.
        profile: Which version of the PRISM agent answers at the bare root, such as ``1.40.0``.
        pace: How quickly agents do their own work.
        flavour: Whose VCX agency is played.
        holder: What holders of VCX invitations do by default; `NOBODY` for nothing.
    """

    seed: str | None = None
    clock: str | None = None
    profile: str | None = None
    pace: Pace | None = None
    flavour: Flavour | None = None
    holder: str | None = None

    def over(self, other: "WorldSettings") -> "WorldSettings":
        """Return these settings, completed by others."""
        return replace(other, **{name: value for name, value in self.items() if value is not None})

    def items(self) -> list[tuple[str, Any]]:
        """Each setting by its name."""
        return [(field.name, getattr(self, field.name)) for field in fields(self)]

    def check(self, world: World, catalogue: Catalogue) -> None:
        """Refuse settings that a world cannot take.

        Args:
            catalogue: The behaviours that it may name.

        Raises:
            Misuse: An agent that would change has connections, or no holder can play the behaviour.
        """
        prism, agency = world.fake(PrismAgent), world.fake(Agency)
        used = any(agent.has_connections for agent in prism.agents())
        if (used and (self._new_pace(world) or self._root(world) is not prism.root)) or (
            agency.owners and self.flavour not in (None, agency.settings.flavour)
        ):
            raise Misuse(
                "The scenario files configure agents that have connections already. Expected the files before "
                "the first connection. Load them at the start of the test, or remove 'world' from them."
            )
        if self.holder not in (None, NOBODY):
            catalogue.parse(str(self.holder)).for_role(HOLDER.name).on(HOLDER)

    def apply(self, world: World) -> None:
        """Configure the agents of a world, before their first connection; its seed and its clock do not change.

        Raises:
            Misuse: As for `check`.
        """
        prism, agency = world.fake(PrismAgent), world.fake(Agency)
        if pace := self._new_pace(world):
            prism.configure(pace.of_cloud_agent(prism.cloud_agent.settings))
            prism.configure(pace.of_early(prism.early.settings))
        prism.root = self._root(world)
        if self.flavour not in (None, agency.settings.flavour):
            agency.configure(replace(agency.settings, flavour=self.flavour or agency.settings.flavour))
        if self.holder is not None:
            agency.script_by_default(self.holder)

    def _new_pace(self, world: World) -> Pace | None:
        present = Pace.at(world.fake(PrismAgent).cloud_agent.settings, world.fake(PrismAgent).early.settings)
        return None if self.pace == present else self.pace

    def _root(self, world: World) -> BaseAgent:
        return world.fake(PrismAgent).root if self.profile is None else world.fake(PrismAgent).agent(self.profile)


def read_settings(node: Node | None, catalogue: Catalogue, findings: Findings) -> WorldSettings:
    """Read the settings of a file.

    Args:
        catalogue: The behaviours that it may name.
        findings: Collects the mistakes.
    """
    if not isinstance(node, Members):
        return WorldSettings()
    sound = {name: value for name, value in node.values.items() if not findings.is_broken("world", name)}
    texts = {name: value.text for name, value in sound.items() if isinstance(value, Text)}
    pace = _pace(sound.get("pace"), findings)
    _checked(partial(clock_mode, texts.get("clock", "running")), sound.get("clock"), findings)
    holder = texts.get("holder", NOBODY)
    if holder != NOBODY:
        _checked(lambda: catalogue.parse(holder).for_role(HOLDER.name).on(HOLDER), sound.get("holder"), findings)
    flavour = cast("Flavour | None", texts.get("flavour"))
    profile = read_profile(node) if "profile" in sound else None
    return WorldSettings(texts.get("seed"), texts.get("clock"), profile, pace, flavour, texts.get("holder"))


def read_profile(node: Node | None) -> str | None:
    """Return the version of the PRISM agent that the settings of a file name; ``None`` if they name none."""
    profile = node.values.get("profile") if isinstance(node, Members) else None
    # By its JSON value, where 02023 is the number 2023.
    return version_named(str(profile.json)) if isinstance(profile, Text) else None


def clock_mode(text: str) -> tuple[bool, int]:
    """Parse the mode of a clock: whether it runs, and the nanoseconds by which each poll advances it.

    Raises:
        Misuse: The mode is unknown, or the text after ``per-poll:`` is not a duration.
    """
    mode, _, by = text.partition(":")
    if (mode, bool(by)) not in (("running", False), ("standing", False), ("per-poll", True)):
        raise Misuse(f"The clock {text[:80]!r} is unknown. Expected running, standing, or per-poll:<duration>.")
    return mode == "running", duration(by) if by else 0


def _pace(node: Node | None, findings: Findings) -> Pace | None:
    if not isinstance(node, Members):
        return PACES[node.text] if isinstance(node, Text) else None
    given = {name: value.text for name, value in node.values.items() if isinstance(value, Text)}
    for name, text in given.items():
        _checked(partial(duration, text), node.values[name], findings)
    return _checked(partial(Pace.of, given), None, Findings())


def _checked(read: Callable[[], Read], node: Node | None, findings: Findings) -> Read | None:
    try:
        return read()
    except Misuse as wrong:
        findings.error(node.place if node is not None else Place(1, 1), str(wrong))
        return None
