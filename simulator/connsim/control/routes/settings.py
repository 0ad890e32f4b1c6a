"""The routes of how the fakes are set up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from connsim.agency.agency import Agency
from connsim.core.setting_rows import changed, row_of
from connsim.core.shapes import Rules
from connsim.prism.agent import PrismAgent
from connsim.prism.versions import CLOUD_AGENT, EARLY, FORMER_NAMES, VERSIONS
from connsim.world import World


@dataclass(frozen=True, slots=True)
class SettingsView:
    """How the fakes are set up. Durations are words.

    Attributes:
        prism: The PRISM agents, by version.
        agency: The VCX agency.
        p5: The PRISM agent 1.40.0, by its former name.
        p1: The PRISM agent 2023, by its former name.
    """

    prism: Mapping[str, Mapping[str, object]]
    agency: Mapping[str, object]
    p5: Mapping[str, object]
    p1: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class WhichFake:
    """Which fake is set up.

    Attributes:
        fake: `agency`, or the version of a PRISM agent; `p5` and `p1` are former names.
    """

    fake: Annotated[str, Rules(enum=[*VERSIONS, "agency", *map(str.lower, FORMER_NAMES)])]


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different.

    Attributes:
        settings: By name, as `GET /settings` tells them; those that are left out stay.
    """

    settings: Annotated[Mapping[str, object], Rules(examples=[{"invitation_expiry": "5m"}])]


def show_settings(world: World) -> SettingsView:
    """Show how the fakes are set up."""
    prism = {agent.profile.name: row_of(agent.settings) for agent in world.fake(PrismAgent).agents()}
    return SettingsView(prism, row_of(world.fake(Agency).settings), prism[CLOUD_AGENT], prism[EARLY])


def change_settings(world: World, asked: WhichFake, body: Changes) -> SettingsView:
    """Set a fake up anew, before its first connection; after that, reset the world before."""
    if asked.fake == "agency":
        world.fake(Agency).configure(changed(world.fake(Agency).settings, body.settings))
    else:
        agent = world.fake(PrismAgent).agent(asked.fake)
        agent.configure(changed(agent.settings, body.settings))
    return show_settings(world)
