"""Finds, reads and combines scenario files on disk, and reports all their errors at once."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from connsim.errors import Misuse
from connsim.scenarios.findings import Finding
from connsim.scenarios.parsing import LARGEST
from connsim.scenarios.reading import Scenarios, read
from connsim.scenarios.settings import WorldSettings
from connsim.world import World


def find(name: str | Path, folders: Sequence[Path]) -> Path:
    """Find a file in the first folder that has it.

    Args:
        name: The path of the file; an absolute one is not searched for.
        folders: The folders to search, in this order; by default the current one.

    Raises:
        Misuse: No folder has it.
    """
    places = [folder / name for folder in dict.fromkeys(folders or [Path()])]
    for place in places:
        if place.exists():
            return place
    raise Misuse(
        f"There is no scenario file {str(name)!r}. Expected it at {' or at '.join(map(str, dict.fromkeys(places)))}."
    )


def content(path: Path) -> bytes:
    """Read a file, but no more than one byte beyond the limit of scenario files: it may be a device, or huge.

    Raises:
        Misuse: The file does not exist, or cannot be read.
    """
    try:
        if path.is_dir():
            raise Misuse(f"{path} is a folder. Expected a scenario file. Name each file of the folder.")
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name
        raise Misuse(f"The scenario file {path} cannot be read ({error}). Expected a readable file.") from error


def contents(paths: Iterable[Path]) -> dict[Path, bytes]:
    """Read files, as `content` does."""
    return {path: content(path) for path in paths}


def load(texts: Mapping[Path, bytes]) -> Scenarios:
    """Parse the contents of files, each valid by itself, and combine them.

    Raises:
        Misuse: A file has an error, or two files contradict each other.
    """
    readings = {path: read(text) for path, text in texts.items()}
    wrong = {path: reading.findings for path, reading in readings.items() if reading.scenarios is None}
    if wrong:
        raise refusal(wrong)
    return _combined({path: reading.scenarios for path, reading in readings.items() if reading.scenarios is not None})


def refusal(wrong: Mapping[Path, Iterable[Finding]]) -> Misuse:
    """Return the error for files that cannot be used, with all their findings."""
    lines = [finding.as_line(str(path)) for path, findings in wrong.items() for finding in findings]
    return Misuse("\n".join([f"{' and '.join(map(str, wrong))} cannot be used:", *lines]))


def load_into(world: World, texts: Mapping[Path, bytes]) -> Scenarios:
    """Load the contents of files into a world, in place of those loaded before.

    Returns:
        The combined scenarios.

    Raises:
        Misuse: As for `load`, or the world's agents have connections already. Then nothing has changed.
    """
    scenarios = load(texts)
    with world.lock:
        scenarios.settings.check(world, scenarios.catalogue)
        world.use(scenarios.behaviours, scenarios.rules, scenarios.faults)
        scenarios.settings.apply(world)
    return scenarios


def _combined(parts: Mapping[Path, Scenarios]) -> Scenarios:
    homes: dict[str, Path] = {}
    settings, known = WorldSettings(), dict[str, tuple[Path, object]]()
    for path, scenarios in parts.items():
        for behaviour in scenarios.behaviours:
            if behaviour.name in homes:
                raise Misuse(
                    f"The behaviour {behaviour.name!r} is in {homes[behaviour.name]} and in {path}. Expected it once. "
                    f"Rename one of the two."
                )
            homes[behaviour.name] = path
        for name, value in scenarios.settings.items():
            if value is not None and known.setdefault(name, (path, value))[1] != value:
                raise Misuse(
                    f"'world' has one {name} in {known[name][0]} and another in {path}. Expected one. Remove the other."
                )
        settings = settings.over(scenarios.settings)
    behaviours = tuple(behaviour for scenarios in parts.values() for behaviour in scenarios.behaviours)
    rules = tuple(rule for scenarios in parts.values() for rule in scenarios.rules)
    faults = tuple(fault for scenarios in parts.values() for fault in scenarios.faults)
    return Scenarios(settings, behaviours, rules, faults)
