"""Scenario files on disk: where they are, what they say together, and all that is wrong with them at once."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from connsim.errors import Misuse
from connsim.scenarios.findings import Finding
from connsim.scenarios.growing import LARGEST
from connsim.scenarios.reading import Scenarios, read
from connsim.scenarios.settings import WorldSettings
from connsim.world import World


def find(name: str | Path, folders: Sequence[Path]) -> Path:
    """Find a file in the first of some folders that has it.

    Args:
        name: Its path; an absolute one is taken as it is.
        folders: Where to look, in this order; none is the present folder.

    Raises:
        Misuse: None has it.
    """
    places = [folder / name for folder in dict.fromkeys(folders or [Path()])]
    for place in places:
        if place.exists():
            return place
    raise Misuse(
        f"There is no scenario file {str(name)!r}. Expected it at {' or at '.join(map(str, dict.fromkeys(places)))}."
    )


def content(path: Path) -> bytes:
    """Read a file, but no more of it than a scenario file may have.

    Raises:
        Misuse: There is none, or it cannot be read.
    """
    try:
        if path.is_dir():
            raise Misuse(f"{path} is a folder. Expected a scenario file. Name the files in it.")
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name
        raise Misuse(f"The scenario file {path} can not be read ({error}). Expected a file of yours.") from error


def load(paths: Iterable[Path]) -> Scenarios:
    """Read files, each of which stands by itself, and put together what they say.

    Raises:
        Misuse: One cannot be used, or they contradict each other.
    """
    return load_texts({path: content(path) for path in paths})


def load_texts(texts: Mapping[Path, bytes]) -> Scenarios:
    """The same of what stands in files.

    Raises:
        Misuse: One cannot be used, or they contradict each other.
    """
    readings = {path: read(text) for path, text in texts.items()}
    wrong = {path: reading.findings for path, reading in readings.items() if reading.scenarios is None}
    if wrong:
        raise refusal(wrong)
    return _together({path: reading.scenarios for path, reading in readings.items() if reading.scenarios is not None})


def refusal(wrong: Mapping[Path, Iterable[Finding]]) -> Misuse:
    """The error for files that cannot be used."""
    told = [finding.told(str(path)) for path, findings in wrong.items() for finding in findings]
    return Misuse("\n".join([f"{' and '.join(map(str, wrong))} can not be used:", *told]))


def take(world: World, paths: Iterable[Path]) -> None:
    """Let a world of a test play what files say, in place of those that it played before.

    Raises:
        Misuse: As for `load`, or the world's agents have connections already; then nothing has changed.
    """
    take_texts(world, {path: content(path) for path in paths})


def take_texts(world: World, texts: Mapping[Path, bytes]) -> Scenarios:
    """The same of what stands in files; returns what was taken.

    Raises:
        Misuse: As for `take`.
    """
    scenarios = load_texts(texts)
    with world.lock:
        scenarios.settings.check(world, scenarios.catalogue)
        world.use(scenarios.behaviours, scenarios.rules, scenarios.faults)
        scenarios.settings.apply(world)
    return scenarios


def _together(parts: Mapping[Path, Scenarios]) -> Scenarios:
    homes: dict[str, Path] = {}
    settings, said = WorldSettings(), dict[str, tuple[Path, object]]()
    for path, scenarios in parts.items():
        for behaviour in scenarios.behaviours:
            if behaviour.name in homes:
                raise Misuse(
                    f"The behaviour {behaviour.name!r} is in {homes[behaviour.name]} and in {path}. Expected it once. "
                    f"Give one of the two another name."
                )
            homes[behaviour.name] = path
        for name, value in scenarios.settings.items():
            if value is not None and said.setdefault(name, (path, value))[1] != value:
                raise Misuse(
                    f"'world' has one {name} in {said[name][0]} and another in {path}. Expected one. Take one out."
                )
        settings = settings.over(scenarios.settings)
    behaviours = tuple(behaviour for scenarios in parts.values() for behaviour in scenarios.behaviours)
    rules = tuple(rule for scenarios in parts.values() for rule in scenarios.rules)
    faults = tuple(fault for scenarios in parts.values() for fault in scenarios.faults)
    return Scenarios(settings, behaviours, rules, faults)
