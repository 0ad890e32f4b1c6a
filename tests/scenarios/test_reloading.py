"""A served world keeps in step with its scenario file."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from connsim.cli.serving.options import Options, build_world
from connsim.cli.serving.reloading import Reloading, read_first
from connsim.cli.serving.watching import Watch
from connsim.errors import Misuse

FIRST = "world: {holder: mine}\nbehaviours: {mine: {vcx-holder: [{act: accept}]}}\n"
SECOND = FIRST.replace("accept", "refuse")


class Scene:
    """A file that is watched, and what was told of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[bytes | None] = []
        self.watch = Watch(path, path.read_bytes(), self.told.append)

    def look(self, times: int = 1) -> list[bytes | None]:
        """Look, and give all that was told so far."""
        for _ in range(times):
            self.watch.look()
        return self.told


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A file that is watched."""
    path = tmp_path / "scenarios.yaml"
    path.write_text("first")
    return Scene(path)


def test_a_change_is_told_once_it_stands(scene: Scene) -> None:
    """What is seen in two looks is told, once; a file that does not change is not."""
    assert scene.look(3) == []

    scene.path.write_text("second")
    assert scene.look() == []
    assert scene.look(3) == [b"second"]


def test_a_file_that_is_being_written_is_left_alone(scene: Scene) -> None:
    """As long as every look sees something else, nothing is told."""
    for text in ("", "se", "sec", "second"):
        scene.path.write_text(text)
        assert scene.look() == []
    assert scene.look() == [b"second"]


def test_a_file_may_be_replaced(scene: Scene) -> None:
    """Editors put another file in the place of the first; what is gone for one look only was never gone."""
    scene.path.unlink()
    scene.look()
    other = scene.path.with_suffix(".new")
    other.write_text("second")
    os.replace(other, scene.path)

    assert scene.look(2) == [b"second"]


def test_a_file_may_be_gone(scene: Scene) -> None:
    """A file that is gone for two looks is told as nothing, and told again when it is back."""
    scene.path.unlink()
    assert scene.look(3) == [None]

    scene.path.write_text("first")
    assert scene.look(3) == [None, b"first"]


@pytest.mark.parametrize("what", ["folder", "pipe"])
def test_what_is_no_file_is_nothing(scene: Scene, what: str) -> None:
    """A folder or a pipe in its place holds nothing, and nobody waits for it."""
    scene.path.unlink()
    (os.mkdir if what == "folder" else os.mkfifo)(scene.path)

    assert scene.look(2) == [None]


@pytest.mark.asyncio
async def test_looks_by_itself_until_it_is_stopped(tmp_path: Path) -> None:
    """A timer of the loop looks; an error in what is told of it does not end that."""
    path, told = tmp_path / "scenarios.yaml", asyncio.Event()
    path.write_text("first")
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)

    def tell(data: bytes | None) -> None:
        if data == b"second":
            path.write_text("third")
            raise ValueError
        told.set()

    watch = Watch(path, b"first", tell, pause=0)
    watch.start()
    path.write_text("second")

    async with asyncio.timeout(30):  # a liveness guard
        await told.wait()
    watch.stop()


def test_nobody_looks_at_no_file() -> None:
    """Without a file there is nothing to watch."""
    Watch(None, b"", lambda data: pytest.fail("told of nothing")).look()


class Served:
    """A world that is served with a file."""

    def __init__(self, path: Path, text: str, **options: Any) -> None:
        path.write_text(text)
        self.path = path
        self.said: list[str] = []
        self.warned: list[str] = []
        self.options = Options(scenarios=path, **options)
        _, scenarios = read_first(path, self.warned.append)
        self.world = build_world(self.options, scenarios)
        self.reloading = Reloading(self.world, self.options, scenarios, self.said.append, self.warned.append)

    def take(self, text: str | None) -> str:
        """Let the file hold something else; gives what was said of it."""
        before = len(self.said)
        self.reloading.take(None if text is None else text.encode())
        return "\n".join(self.said[before:]).replace(str(self.path), "FILE")

    @property
    def act(self) -> str:
        """What holders do last."""
        default = self.world.agency.holders.default
        return default.steps[-1].state if default is not None else "none"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "scenarios.yaml"


def test_a_change_is_taken_and_told_in_one_line(path: Path) -> None:
    """New connections play what the file says now, holders by default included."""
    served = Served(path, FIRST)
    assert served.act == "accept"

    assert served.take(SECOND) == "FILE reloaded: changed: mine."
    assert served.act == "refuse"
    assert served.take("world: {holder: none}\nselect: [{behaviour: accepts}]") == (
        "FILE reloaded: gone: mine; 1 rule instead of 0; holder: none."
    )
    assert (served.act, served.warned) == ("none", [])


def test_a_change_can_be_told_to_programs(path: Path) -> None:
    """With --json the line is JSON, as the first one is."""
    served = Served(path, FIRST, as_json=True)

    assert json.loads(served.take(SECOND)) == {"scenarios": "FILE reloaded: changed: mine."}


def test_settings_that_wait_are_named(path: Path) -> None:
    """What a world is made with is told to need a restart; unless the command line decides it anyway."""
    text = FIRST.replace("{holder", "{seed: %s, clock: standing, pace: slow, holder")
    served = Served(path, text % "a")

    assert served.take(text % "b") == "FILE reloaded: seed needs a restart."
    assert served.take(text % "a" + "# back") == "FILE reloaded: no effective change."
    assert served.take(text.replace("slow", "typical") % "c") == "FILE reloaded: seed and pace need a restart."
    typed = Served(path, text % "a", seed="mine", pace="instant")
    assert typed.take(text.replace("slow", "typical") % "c") == "FILE reloaded: no effective change."


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("select: [{behaviour: acepts}]\nworld: {sed: x}", ["FILE:1:22: error: There", "FILE:2:9: error: 'sed'"]),
        ("a: [", ["FILE:1:5: error: Something is missing"]),
        (None, []),
    ],
)
def test_a_broken_file_changes_nothing(path: Path, text: str | None, warned: list[str]) -> None:
    """What was loaded stays when the file is broken or gone, and that is said with all that is wrong."""
    served = Served(path, SECOND)

    assert served.take(text) == ""

    assert served.act == "refuse"
    told = [line.replace(str(path), "FILE") for line in served.warned]
    assert [line[: len(start)] for line, start in zip(told, warned, strict=False)] == warned
    assert told[-1].startswith("connsim: FILE ")
    assert told[-1].endswith("The scenarios loaded before stay in force: 1 behaviour, 0 rules.")


def test_what_the_command_line_plays_must_be_there(path: Path) -> None:
    """A file that no longer has what an option names is not taken."""
    served = Served(path, FIRST, behaviours=("vcx-holder=mine",))
    assert served.take(SECOND) == "FILE reloaded: changed: mine."
    assert served.world.scripts.defaults["vcx-holder"].steps[-1].state == "refuse"

    assert served.take("select: [{behaviour: accepts}]") == ""

    assert "cannot be used as it is: There is no behaviour 'mine'." in served.warned[-1]
    assert served.world.scripts.defaults["vcx-holder"].steps[-1].state == "refuse"
    assert list(served.world.scripts.waiting) == []


def test_warnings_are_told_and_change_nothing(path: Path) -> None:
    """A doubtful file is taken, at the start and later."""
    served = Served(path, "select: [{behaviour: accepts after 10m}]")
    assert "warning: ConnectionRequestReceived comes at least 10 minutes" in served.warned[0]

    assert served.take("select: [{behaviour: accepts after 20m}]") == "FILE reloaded: 1 changed rule."
    assert "20 minutes" in served.warned[1]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("file", 60 * 10**9, "2023", 0, "dummy", "refuses")),
        ({"seed": "typed"}, ("typed", 60 * 10**9, "2023", 0, "dummy", "refuses")),
        ({"clock": "standing"}, ("file", 0, "2023", 0, "dummy", "refuses")),
        ({"profile": "1.40.0"}, ("file", 60 * 10**9, "1.40.0", 0, "dummy", "refuses")),
        ({"pace": "pickup=2ns"}, ("file", 60 * 10**9, "2023", 2, "dummy", "refuses")),
        ({"flavour": "evernym"}, ("file", 60 * 10**9, "2023", 0, "evernym", "refuses")),
        ({"holder": "none"}, ("file", 60 * 10**9, "2023", 0, "dummy", "none")),
        ({"agency_port": None, "holder": "none"}, ("file", 60 * 10**9, "2023", 0, "dummy", "none")),
    ],
)
def test_what_is_typed_comes_before_the_file(
    path: Path, options: dict[str, object], expected: tuple[object, ...]
) -> None:
    """An option that was typed beats the file; where nothing was typed, the file counts."""
    text = "world: {seed: file, clock: 'per-poll:60s', profile: 2023, pace: instant, flavour: dummy, holder: refuses}"
    world = Served(path, text, **options).world

    prism, agency = world.prism, world.agency
    assert expected == (
        world.seed.value,
        world.per_poll,
        prism.root.profile.name,
        prism.cloud_agent.settings.pickup,
        agency.settings.flavour,
        agency.settings.holder,
    )


def test_options_without_a_file_are_as_ever() -> None:
    """Where neither says anything, a served world is the usual one."""
    world = build_world(Options())

    assert (world.seed.value, world.clock.running, world.per_poll) == ("connsim", True, 0)
    assert world.prism.root is world.prism.cloud_agent
    assert (world.agency.settings.holder, world.agency.settings.flavour) == ("accepts:5s", "evernym")


def test_the_agency_and_the_journal_have_limits() -> None:
    """Expiry, least pause between polls and the journal's length can be set."""
    world = build_world(Options(agency_expiry="5m", poll_limit="2s", journal_limit=7))

    assert (world.agency.settings.invitation_expiry, world.agency.settings.least_poll_interval) == (
        300 * 10**9,
        2 * 10**9,
    )
    for number in range(9):
        world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"), str(number))
    assert len(world.journal.transitions()) == 7


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (Options(pace="fast"), "'fast' is not a pace"),
        (Options(agency_expiry="soon"), "'soon' is not a duration"),
        (Options(poll_limit="often"), "'often' is not a duration"),
    ],
)
def test_wrong_options_are_told(options: Options, told: str) -> None:
    """An option that makes no sense is refused."""
    with pytest.raises(Misuse, match=told):
        build_world(options)


def test_a_first_file_must_be_one(tmp_path: Path) -> None:
    """What can not be watched is refused at the start."""
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(Misuse, match="pipe cannot be watched. Expected a regular file"):
        read_first(tmp_path / "pipe", lambda text: None)
    with pytest.raises(Misuse, match="is a folder"):
        read_first(tmp_path, lambda text: None)
