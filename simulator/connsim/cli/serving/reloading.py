"""Applies changes of the scenario file to a served world, and reports each of them."""

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
    """Read the scenario file of a world for the first time.

    Args:
        path: The file; ``None`` returns empty scenarios.
        warn: Called with each finding in the file.

    Raises:
        Misuse: The file cannot be used.
    """
    if path is None:
        return b"", Scenarios()
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise Misuse(f"{path} cannot be watched. Expected a regular file.")
    content = scenario_files.content(path)
    reading = read(content)
    if reading.scenarios is None:
        raise scenario_files.refusal({path: reading.findings})
    for finding in reading.findings:
        warn(finding.as_line(str(path)))
    return content, reading.scenarios


class Reloading:
    """Applies the present content of a scenario file to a world.

    Args:
        world: The world.
        options: The options of the command line.
        scenarios: The content of the file when the world was made.
        say: Called with one line about each change.
        warn: Called with each error.
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
        """Apply the content of the file; if it has an error, apply nothing and report it.

        Args:
            data: The content; ``None`` if the file is missing or unreadable.
        """
        path = self._options.scenarios
        if data is None:
            return self._reject(f"{path} is missing or cannot be read.")
        reading = read(data)
        for finding in reading.findings:
            self._warn(finding.as_line(str(path)))
        if reading.scenarios is None:
            return self._reject(f"{path} cannot be used as it is.")
        try:
            with self._world.lock:
                script(self._world, self._options, reading.scenarios)
        except Misuse as wrong:
            return self._reject(f"{path} cannot be used as it is: {wrong}")
        return self._report(reading.scenarios)

    def _reject(self, why: str) -> None:
        self._warn(f"connsim: {why} The scenarios loaded before stay in force: {self._present}.")

    def _report(self, now: Scenarios) -> None:
        before, self._present = self._present, now
        settings = changed_settings(self._made, self._options.settings(before), self._options.settings(now))
        what = "; ".join([*changes(before, now), *settings]) or "no effective change"
        line = f"{self._options.scenarios} reloaded: {what}."
        self._say(json.dumps({"scenarios": line}) if self._options.as_json else line)
