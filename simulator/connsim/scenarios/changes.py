"""Describes the changes of an edited scenario file in one line, for the output of ``connsim serve``."""

from collections.abc import Iterator

from connsim.scenarios.findings import listed
from connsim.scenarios.reading import Scenarios
from connsim.scenarios.settings import WorldSettings

NEED_A_RESTART = ("seed", "clock", "profile", "pace", "flavour")
"""The settings that take effect only when a world is created."""


def changes(before: Scenarios, now: Scenarios) -> Iterator[str]:
    """List the behaviours, faults and rules that are new, changed or gone."""
    old, new = ({behaviour.name: behaviour for behaviour in file.behaviours} for file in (before, now))
    for word, names in (
        ("new", [name for name in new if name not in old]),
        ("changed", [name for name in new if name in old and new[name] != old[name]]),
        ("gone", [name for name in old if name not in new]),
    ):
        if names:
            yield f"{word}: {', '.join(names)}"
    for noun, were, are in (("fault", before.faults, now.faults), ("rule", before.rules, now.rules)):
        if were != are:
            several = noun if len(are) == 1 else f"{noun}s"
            same = len(were) == len(are)
            yield f"{len(are)} changed {several}" if same else f"{len(are)} {several} instead of {len(were)}"


def changed_settings(made: WorldSettings, before: WorldSettings, now: WorldSettings) -> Iterator[str]:
    """List the changed settings, and those of them that need a restart to take effect.

    Args:
        made: The settings that the world was created with.
        before: The settings of the file before the change.
        now: The settings of the file after it.
    """
    different = [name for name, value in now.items() if (name, value) not in before.items()]
    if "holder" in different:
        yield f"holder: {now.holder}"
    late = [name for name in different if name in NEED_A_RESTART and (name, getattr(now, name)) not in made.items()]
    if late:
        yield f"{listed(late, 'and')} need{'' if late[1:] else 's'} a restart"
