"""How a world uses scenario files."""

from pathlib import Path

import pytest

from connsim import World
from connsim.core.durations import MILLISECOND, SECOND
from connsim.core.exchange import Request
from connsim.errors import Misuse, UnknownBehaviour
from connsim.prism.pace import PACES, Pace
from connsim.prism.records import Connection
from connsim.prism.settings import CloudAgentSettings, EarlySettings
from connsim.scenarios.changes import changed_settings, changes
from connsim.scenarios.parsing import LARGEST
from connsim.scenarios.reading import Scenarios, read
from connsim.scenarios.settings import WorldSettings
from connsim.script.scripts import Rule
from connsim.script.sequence import Step

LATE = """\
behaviours:
  arrives-late:
    after: 90s
    prism-inviter: [{state: InvitationGenerated, for: $after}, {state: ConnectionResponseSent}]
    vcx-holder: [{act: ignore, for: $after}, {act: accept}]
select:
  - {match: {label: "late-*"}, behaviour: arrives-late}
"""


_JSON = {"apikey": "k", "content-type": "application/json"}


def invite(world: World, label: str) -> Connection:
    """Make an invitation as a client."""
    return world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("issuer"), label)


def scenarios(text: str) -> Scenarios:
    """Return the content of a correct file."""
    said = read(text.encode()).scenarios
    assert said is not None
    return said


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A scenario file."""
    path = tmp_path / "late.yaml"
    path.write_text(LATE)
    return path


def test_new_connections_play_what_the_rules_say(file: Path) -> None:
    """A rule selects by traits; a connection without a rule plays the default; the file's behaviours have names."""
    world = World()
    world.load(file)
    world.script("prism-inviter", "arrives late after 10s", label="named")

    late, other, named = (invite(world, label) for label in ("late-1", "other", "named"))
    magic = invite(world, "connsim:arrives-late")
    world.advance("10s")
    assert (late.state, named.state) == ("InvitationGenerated", "ConnectionResponseSent")
    world.advance("80s")

    assert (late.state, magic.state, other.state) == (*["ConnectionResponseSent"] * 2, "InvitationGenerated")
    world.check()


def test_scripts_of_the_test_come_first(file: Path) -> None:
    """Scripts of the test are tried before the rules of a file."""
    world = World()
    world.script("prism-inviter", "accepts after 5s")
    world.load(file)

    record = invite(world, "late-1")
    world.advance("6s")

    assert record.state == "ConnectionResponseSent"


def test_rules_count_from_one() -> None:
    """`nth` counts the connections that match the rule, since it was loaded or the world was reset."""
    world = World()
    said = scenarios("select: [{match: {label: 'x*', nth: 2}, behaviour: accepts after 1s}]")
    world.use(said.behaviours, said.rules)

    for _ in range(2):
        made = [invite(world, label) for label in ("x", "y", "xx", "x")]
        world.advance("2s")
        assert [record.state == "ConnectionResponseSent" for record in made] == [False, False, True, False]
        world.reset()


def test_a_file_replaces_the_last_one(file: Path, tmp_path: Path) -> None:
    """A file replaces behaviours and rules of the last one; players continue, and scripts remain."""
    world = World()
    world.load(file)
    world.script("prism-inviter", "arrives late after 20s", label="mine")
    playing, mine = invite(world, "late-1"), invite(world, "mine")
    other = tmp_path / "other.yaml"
    other.write_text("select: [{behaviour: never-responds}]")

    world.load(other)
    after = invite(world, "late-2")
    again = invite(world, "mine")
    world.advance("90s")

    answered = [record.state == "ConnectionResponseSent" for record in (playing, mine, again, after)]
    assert answered == [True, True, True, False]
    with pytest.raises(UnknownBehaviour, match="no behaviour 'arrives-late'"):
        world.script("prism-inviter", "arrives-late")
    world.load()
    assert len(list(world.scripts.waiting)) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "select: [{behaviour: acepts}]",
            r"cannot be used:\n.*late.yaml:1:22: error: There is no behaviour",
        ),
        (
            "selekt: []\nworld: {sed: x}",
            r"late.yaml:1:1: error: .*Did you mean 'select'.*\n.*late.yaml:2:9: error: ",
        ),
    ],
)
def test_a_file_with_an_error_changes_nothing(file: Path, text: str, message: str) -> None:
    """The error contains everything that is wrong, and the world plays what it played before."""
    world = World()
    world.load(file)
    file.write_text(text)

    with pytest.raises(Misuse, match=message):
        world.load(file)

    assert "arrives-late" in world.scripts.catalogue
    assert len(list(world.scripts.waiting)) == 2


def test_rules_that_cannot_be_played_change_nothing(file: Path) -> None:
    """A world loads all behaviours and rules of a file, or none of them."""
    world = World()
    world.load(file)
    said = scenarios("behaviours: {mine: {vcx-holder: [{act: accept}]}}")

    with pytest.raises(Misuse, match="'mine' cannot be played as prism-inviter"):
        world.use(said.behaviours, [Rule("mine", ("vcx-holder", "prism-inviter"))])

    assert ("arrives-late" in world.scripts.catalogue, "mine" in world.scripts.catalogue) == (True, False)
    assert len(list(world.scripts.waiting)) == 2


def test_a_file_that_is_too_large_is_refused(file: Path) -> None:
    """A file beyond one MiB is refused, instead of being read in part."""
    file.write_text(LATE + "#" * LARGEST)

    with pytest.raises(Misuse, match=f"The file has more than {LARGEST} bytes"):
        World().load(file)


def test_relative_paths_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path is looked up in the world's folders, in their order; without any, in the current one."""
    world = World()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "two/x.yaml").write_text("behaviours: {second: {vcx-holder: [{act: accept}]}}")
    world.folders = (tmp_path / "one", tmp_path / "two")
    world.load("x.yaml")
    assert "second" in world.scripts.catalogue

    world.folders = ()
    monkeypatch.chdir(tmp_path / "two")
    world.load("x.yaml")

    with pytest.raises(Misuse, match=r"There is no scenario file 'y.yaml'. Expected it at y.yaml."):
        world.load("y.yaml")
    with pytest.raises(Misuse, match=r"two is a folder. Expected a scenario file"):
        world.load(tmp_path / "two")


def test_files_can_be_loaded_together(file: Path, tmp_path: Path) -> None:
    """Several files form one set: rules in their order, each name once, and each setting once."""
    other = tmp_path / "other.yaml"
    other.write_text("world: {pace: slow}\nselect: [{match: {label: 'l*'}, behaviour: never-responds}]")
    world = World()

    world.load(file, other)

    assert [script.match.globs for script in world.scripts.waiting] == [{"label": "late-*"}] * 2 + [{"label": "l*"}] * 4
    other.write_text("behaviours: {arrives-late: {vcx-holder: [{act: accept}]}}")
    with pytest.raises(Misuse, match=r"'arrives-late' is in .*late.yaml and in .*other.yaml. Expected it once."):
        world.load(file, other)
    file.write_text("world: {pace: slow}")
    other.write_text("world: {pace: instant}")
    with pytest.raises(Misuse, match=r"'world' has one pace in .*late.yaml and another in .*other.yaml."):
        world.load(file, other)


def test_settings_apply_to_a_world_that_is_new(tmp_path: Path) -> None:
    """Version, pace, flavour and holder are set; seed and clock remain the test's."""
    path = tmp_path / "world.yaml"
    path.write_text(
        "world: {seed: x, clock: running, profile: 2023, flavour: dummy, holder: mine, "
        "pace: {handling: 1s, scan: 3s}}\n"
        "behaviours: {mine: {vcx-holder: [{act: refuse}]}}"
    )
    world = World("mine")

    world.load(path)

    assert (world.seed.value, world.clock.running) == ("mine", False)
    assert world.prism.root is world.prism.early
    assert world.agency.settings.flavour == "dummy"
    assert world.agency.holders.default is not None
    assert world.agency.holders.default.steps[-1] == Step("refuse")
    assert (world.prism.cloud_agent.settings.handling, world.prism.early.settings.scan) == (1 * SECOND, 3 * SECOND)
    assert world.prism.cloud_agent.settings.pickup == CloudAgentSettings().pickup


@pytest.mark.parametrize("said", ["{pace: slow}", "{profile: 2023}"])
def test_settings_come_before_the_first_connection(tmp_path: Path, said: str) -> None:
    """The settings of agents with connections cannot change; equal settings are accepted."""
    path = tmp_path / "world.yaml"
    world = World()
    invite(world, "first")
    path.write_text(f"world: {said}\nbehaviours: {{mine: {{vcx-holder: [{{act: refuse}}]}}}}")

    with pytest.raises(
        Misuse, match="configure agents that have connections already. Expected the files before the first connection"
    ):
        world.load(path)

    assert "mine" not in world.scripts.catalogue
    path.write_text("world: {pace: typical, profile: 1.40.0, flavour: evernym, seed: x}")
    world.load(path)


def test_a_holder_outlives_the_file_that_named_it(tmp_path: Path) -> None:
    """The default behaviour of holders remains when the file that defined it is replaced, also after a reset."""
    path = tmp_path / "holder.yaml"
    path.write_text("world: {holder: mine}\nbehaviours: {mine: {vcx-holder: [{act: refuse}]}}")
    world = World()
    world.load(path)
    before = world.agency.holders.default

    world.load()
    world.reset()

    assert before is not None
    assert world.agency.holders.default == before


@pytest.mark.parametrize(("root", "other"), [("1.40.0", "2023"), ("2023", "1.40.0")])
def test_one_agent_answers_at_the_bare_root(root: str, other: str) -> None:
    """The setting determines which agent answers at the bare root; both answer below their prefixes."""
    world = World()
    WorldSettings(profile=root).apply(world)
    agents = {agent.profile.name: agent for agent in world.prism.agents()}

    for prefix, name in (("", root), *((agent.profile.prefix, name) for name, agent in agents.items())):
        answer = world.prism.handle(Request("POST", f"{prefix}/connections", _JSON, b'{"label": "x"}'))
        assert answer.status == 201
        made = world.journal.transitions()[-1].connection
        record = world.prism.store.get(made)
        assert record is not None
        assert record.service == agents[name].flow.service
    world.reset()
    assert world.prism.root is agents[root]
    assert other in agents


def test_a_version_that_is_not_played() -> None:
    """A world has an agent for each version, under its name or its former one, and no other."""
    prism = World().prism

    assert prism.agent("P1") is prism.agent("2023") is prism.early
    with pytest.raises(Misuse, match=r"'1.41.0' is not a version of the PRISM agent. Expected one of: 1.40.0, 2023."):
        prism.agent("1.41.0")


@pytest.mark.parametrize("name", PACES)
@pytest.mark.parametrize("profile", ["1.40.0", "2023"])
def test_agents_connect_at_every_pace(name: str, profile: str) -> None:
    """At every pace, even with no delay, two clients connect without a failure."""
    world = World()
    WorldSettings(profile=profile, pace=PACES[name]).apply(world)
    agent = world.prism.root
    inviter = agent.create(agent.wallet("a"))
    invitee = agent.accept(agent.wallet("b"), agent.flow.invitation(inviter))
    begun = world.clock.now()

    world.advance("1 minute")

    assert (inviter.state, invitee.state) == ("ConnectionResponseSent", "ConnectionResponseReceived")
    assert (inviter.failure, invitee.failure) == (None, None)
    shown = [transition.target for transition in world.journal.transitions() if transition.connection == invitee.id]
    assert shown[-2:] == ["ConnectionRequestSent", "ConnectionResponseReceived"]
    assert (max(inviter.updated or 0, invitee.updated or 0) == begun) == (name == "instant")


@pytest.mark.parametrize(
    ("text", "pace"),
    [
        ("slow", PACES["slow"]),
        ("typical", Pace()),
        ("pickup=20ms", Pace(pickup=20 * MILLISECOND)),
        ("pickup=1s, scan=5s", Pace(pickup=1 * SECOND, scan=5 * SECOND)),
    ],
)
def test_a_pace_can_be_given_as_text(text: str, pace: Pace) -> None:
    """A pace is a name, or durations separated by commas."""
    assert Pace.parse(text) == pace
    assert Pace.at(pace.of_cloud_agent(CloudAgentSettings()), pace.of_early(EarlySettings())) == pace


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fast", "'fast' is not a pace. Expected instant, typical, slow, or durations for some of pickup, handling"),
        ("slw", "'slw' is not a pace. Did you mean 'slow'?"),
        ("pikup=1s", "'pikup=1s' is not a pace. Did you mean 'pickup'?"),
        ("pickup=1", "'1' is not a duration"),
        ("pickup", "'' is not a duration"),
    ],
)
def test_a_wrong_pace_is_refused(text: str, message: str) -> None:
    """An unknown pace is refused with the nearest name."""
    with pytest.raises(Misuse, match=message):
        Pace.parse(text)


@pytest.mark.parametrize(
    ("now", "message"),
    [
        (LATE, ""),
        ("# nothing else\n" + LATE, ""),
        (LATE.replace("90s", "91s"), "changed: arrives-late"),
        (LATE.replace("arrives-late", "late"), "new: late; gone: arrives-late; 1 changed rule"),
        (LATE + "  - {behaviour: accepts}", "2 rules instead of 1"),
        ("", "gone: arrives-late; 0 rules instead of 1"),
    ],
)
def test_changes_are_summarized(now: str, message: str) -> None:
    """The differences between two versions of a file fit into one line."""
    assert "; ".join(changes(scenarios(LATE), scenarios(now))) == message


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (WorldSettings(seed="a", holder="none"), []),
        (WorldSettings(seed="a", holder="accepts"), ["holder: accepts"]),
        (WorldSettings(seed="b", holder="none"), ["seed needs a restart"]),
        (WorldSettings(seed="b", clock="running", pace=Pace(), holder="none"), ["seed, clock and pace need a restart"]),
    ],
)
def test_changed_settings_are_listed(now: WorldSettings, expected: list[str]) -> None:
    """A changed default holder takes effect at once; every other changed setting needs a restart."""
    made = WorldSettings(seed="a", holder="none")

    assert list(changed_settings(made, made, now)) == expected
    assert list(changed_settings(made, now, made)) == (["holder: none"] if now.holder == "accepts" else [])
