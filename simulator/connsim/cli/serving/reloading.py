"""Keeps a served world in step with its scenario file, and says what became of every change."""

import json
from collections.abc import Callable
from pathlib import Path

from connsim.cli.serving.options import Options, script
from connsim.errors import Misuse
from connsim.scenarios import files as scenario_files
from connsim.scenarios.changes import changed_settings, changes
from connsim.scenarios.reading import Scenarios, read
from connsim.story.local import LocalWorld


def read_first(path: Path | None, warn: Callable[[str], None]) -> tuple[bytes, Scenarios]:
    """Read the scenario file that a world is to be served with.

    Args:
        path: ``None`` is no file, which says nothing.
        warn: Told of what may be wrong with it.

    Raises:
        Misuse: It cannot be used.
    """
    if path is None:
        return b"", Scenarios()
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise Misuse(f"{path} is no file that can be watched. Expected one on a disk.")
    held = scenario_files.content(path)
    reading = read(held)
    if reading.scenarios is None:
        raise scenario_files.refusal({path: reading.findings})
    for finding in reading.findings:
        warn(finding.told(str(path)))
    return held, reading.scenarios


class Reloading:
    """Takes what a scenario file holds now.

    Args:
        scenarios: What it held when the world was made.
        say: Told in one line of what changed.
        warn: Told of what is wrong.
    """

    def __init__(
        self,
        world: LocalWorld,
        options: Options,
        scenarios: Scenarios,
        say: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        self._world = world
        self._options = options
        self._made = options.settings(scenarios)
        self._present = scenarios
        self._say = say
        self._warn = warn

    def take(self, data: bytes | None) -> None:
        """Take what the file holds; nothing of it if something is wrong with it.

        Args:
            data: ``None`` if it is gone.
        """
        path = self._options.scenarios
        if data is None:
            return self._keep(f"{path} is gone, or can not be read.")
        reading = read(data)
        for finding in reading.findings:
            self._warn(finding.told(str(path)))
        if reading.scenarios is None:
            return self._keep(f"{path} can not be used as it is.")
        try:
            with self._world.lock:
                script(self._world, self._options, reading.scenarios)
        except Misuse as wrong:
            return self._keep(f"{path} can not be used as it is: {wrong}")
        return self._tell(reading.scenarios)

    def _keep(self, why: str) -> None:
        self._warn(f"connsim: {why} What was loaded before stays: {self._present}.")

    def _tell(self, now: Scenarios) -> None:
        before, self._present = self._present, now
        settings = changed_settings(self._made, self._options.settings(before), self._options.settings(now))
        told = "; ".join([*changes(before, now), *settings]) or "nothing that counts has changed"
        line = f"{self._options.scenarios} loaded anew: {told}."
        self._say(json.dumps({"scenarios": line}) if self._options.as_json else line)
