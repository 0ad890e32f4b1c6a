"""The routes of the fakes' settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from connsim.agency.agency import Agency
from connsim.core.setting_rows import changed, row_of
from connsim.core.shapes import Rules
from connsim.prism.agent import PrismAgent
from connsim.prism.versions import CLOUD_AGENT, EARLY, FORMER_NAMES, VERSIONS
from connsim.world import World

Fake = Annotated[
    str,
    Rules(enum=[*VERSIONS, "agency", *map(str.lower, FORMER_NAMES)]),
    "`agency`, or the version of a PRISM agent; `p5` and `p1` are former names.",
]


@dataclass(frozen=True, slots=True)
class SettingsView:
    """The settings of the fakes. Durations are words."""

    prism: Annotated[Mapping[str, Mapping[str, object]], "The PRISM agents, by version."]
    agency: Annotated[Mapping[str, object], "The VCX agency."]
    p5: Annotated[Mapping[str, object], "The PRISM agent 1.40.0, by its former name."]
    p1: Annotated[Mapping[str, object], "The PRISM agent 2023, by its former name."]


@dataclass(frozen=True, slots=True)
class Changes:
    """The settings to change."""

    settings: Annotated[
        Mapping[str, object],
        Rules(examples=[{"invitation_expiry": "5m"}]),
        "Values by the names of `GET /settings`; settings that are left out stay.",
    ]


def show_settings(world: World) -> SettingsView:
    """Show the settings of the fakes."""
    prism = {agent.profile.name: row_of(agent.settings) for agent in world.fake(PrismAgent).agents()}
    return SettingsView(prism, row_of(world.fake(Agency).settings), prism[CLOUD_AGENT], prism[EARLY])


def change_settings(world: World, fake: Fake, body: Changes) -> SettingsView:
    """Change settings of a fake, before its first connection or after a reset of the world."""
    if fake == "agency":
        world.fake(Agency).configure(changed(world.fake(Agency).settings, body.settings))
    else:
        agent = world.fake(PrismAgent).agent(fake)
        agent.configure(changed(agent.settings, body.settings))
    return show_settings(world)
