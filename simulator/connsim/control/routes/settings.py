"""The routes of how the fakes are set up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from connsim.agency.agency import Agency
from connsim.control.shapes.shape import Rules
from connsim.core.setting_rows import changed, row_of
from connsim.prism.agent import PrismAgent
from connsim.world.world import World


@dataclass(frozen=True, slots=True)
class SettingsView:
    """How the fakes are set up. Durations are words.

    Attributes:
        p5: The Cloud Agent 1.40.
        p1: prism-agent of early 2023.
        agency: The VCX agency.
    """

    p5: Mapping[str, object]
    p1: Mapping[str, object]
    agency: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class WhichFake:
    """Which fake is set up.

    Attributes:
        fake: As in the answer to `GET /settings`.
    """

    fake: Literal["p5", "p1", "agency"]


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different.

    Attributes:
        settings: By name, as `GET /settings` tells them; those that are left out stay.
    """

    settings: Annotated[Mapping[str, object], Rules(examples=[{"invitation_expiry": "5m"}])]


def show_settings(world: World) -> SettingsView:
    """Show how the fakes are set up."""
    prism = world.fake(PrismAgent)
    return SettingsView(*(row_of(fake.settings) for fake in (prism.cloud_agent, prism.early, world.fake(Agency))))


def change_settings(world: World, asked: WhichFake, body: Changes) -> SettingsView:
    """Set a fake up anew, before its first connection; after that, reset the world before."""
    match asked.fake:
        case "p5":
            world.fake(PrismAgent).configure(changed(world.fake(PrismAgent).cloud_agent.settings, body.settings))
        case "p1":
            world.fake(PrismAgent).configure(changed(world.fake(PrismAgent).early.settings, body.settings))
        case _:
            world.fake(Agency).configure(changed(world.fake(Agency).settings, body.settings))
    return show_settings(world)
