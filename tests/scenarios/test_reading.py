"""What a scenario file says, and everything that is wrong with it, each with its line and column."""

import re

import pytest

from connsim.core.durations import MINUTE, SECOND
from connsim.core.ends import After, Ever, For, Polls
from connsim.core.nth import Nth
from connsim.prism.pace import Pace
from connsim.scenarios.findings import MOST, Severity
from connsim.scenarios.reading import read
from connsim.scenarios.settings import WorldSettings
from connsim.script.selection import Match
from connsim.script.sequence import Sequence, Step

LATE = """\
behaviours:
  arrives-late:
    doc: Accepts after a while.
    after: 90s
    issues: [https://example.org/1]
    prism-inviter:
      - {state: InvitationGenerated, for: $after}
      - {state: ConnectionResponsePending, for: 3 polls}
      - {state: ConnectionResponseSent}
    vcx-holder: [{act: ignore, for: $after}, {act: accept}]
"""


def told(text: str) -> list[str]:
    """Every finding, as ``line:column: severity: message``."""
    return [finding.as_line("").removeprefix(":") for finding in read(text.encode()).findings]


def in_behaviour(steps: str, *, role: str = "prism-inviter", more: str = "") -> str:
    """A file with one behaviour, whose steps are on line 3, from column 5 on."""
    return f"behaviours:\n  it:\n    {role}: {steps}\n{more}"


def test_behaviours_are_read() -> None:
    """A behaviour has its sentence, its parameter, its reports, and the sequence of each role."""
    scenarios = read(LATE.encode()).scenarios
    assert scenarios is not None

    [late] = scenarios.behaviours

    assert (late.name, late.doc, late.issues) == ("arrives-late", "Accepts after a while.", ("https://example.org/1",))
    assert late.default == For(90 * SECOND, 90 * SECOND)
    assert late.roles == {
        "prism-inviter": Sequence(
            (
                Step("InvitationGenerated", After()),
                Step("ConnectionResponsePending", Polls(3)),
                Step("ConnectionResponseSent", Ever()),
            )
        ),
        "vcx-holder": Sequence((Step("ignore", After()), Step("accept"))),
    }
    assert scenarios.catalogue.parse("arrives late after 5 minutes").for_role("vcx-holder").steps[0] == Step(
        "ignore", For(5 * MINUTE, 5 * MINUTE)
    )


def test_rules_are_read_in_their_order() -> None:
    """A rule without a role is for every role that has its traits and can show the behaviour."""
    text = LATE + (
        "select:\n"
        '  - {match: {label: "late-*"}, behaviour: arrives-late}\n'
        '  - {match: {phone: "+15550001*", nth: 2..}, behaviour: never-responds}\n'
        "  - {match: {role: prism-invitee, goal_code: x, api_key: k, nth: 3}, behaviour: accepts after 5s}\n"
        "  - {behaviour: accepts}\n"
    )
    scenarios = read(text.encode()).scenarios
    assert scenarios is not None

    assert [(rule.play, rule.roles, rule.match) for rule in scenarios.rules] == [
        ("arrives-late", ("prism-inviter", "vcx-holder"), Match({"label": "late-*"})),
        ("never-responds", ("vcx-holder",), Match({"phone": "+15550001*"}, Nth(2, None))),
        ("accepts after 5s", ("prism-invitee",), Match({"goal_code": "x", "api_key": "k"}, Nth(3, 3))),
        ("accepts", ("prism-inviter", "prism-invitee", "vcx-holder", "aries-holder"), Match()),
    ]
    assert str(scenarios) == "1 behaviour, 4 rules"


@pytest.mark.parametrize(
    ("said", "settings"),
    [
        ("{}", WorldSettings()),
        ("{seed: bank-1, clock: standing}", WorldSettings(seed="bank-1", clock="standing")),
        ("{seed: 007, clock: 'per-poll:60s'}", WorldSettings(seed="007", clock="per-poll:60s")),
        ("{profile: 2023, flavour: dummy}", WorldSettings(profile="2023", flavour="dummy")),
        ("{profile: '2023'}", WorldSettings(profile="2023")),
        ("{profile: +02023}", WorldSettings(profile="2023")),
        ("{profile: 1.40.0}", WorldSettings(profile="1.40.0")),
        ("{profile: P1}", WorldSettings(profile="2023")),
        ("{profile: P5}", WorldSettings(profile="1.40.0")),
        ("{pace: instant}", WorldSettings(pace=Pace(0, 0, 0, 0))),
        ("{pace: {scan: 1s}}", WorldSettings(pace=Pace(scan=1 * SECOND))),
        ("{holder: none}", WorldSettings(holder="none")),
        ("{holder: accepts after 5s}", WorldSettings(holder="accepts after 5s")),
    ],
)
def test_settings_are_read(said: str, settings: WorldSettings) -> None:
    """What the file does not say of the world, somebody else may."""
    reading = read(f"world: {said}".encode())

    assert reading.findings == ()
    assert reading.scenarios is not None
    assert reading.scenarios.settings == settings


@pytest.mark.parametrize("section", ["world:", "behaviours:", "select:", "select: []", "select:\n- behaviour: accepts"])
def test_sections_may_be_empty_or_missing(section: str) -> None:
    """Whoever has written a section's name only has made no mistake yet."""
    assert told(section) == []


@pytest.mark.parametrize(
    "written", ["+15550100", "007", "0x10", "1e3", "yes", "true", "1_000", "2026-01-05", "late-*", ".5"]
)
def test_texts_need_no_quotes(written: str) -> None:
    """A phone number or a label is the text that stands there, whatever YAML takes it for."""
    trait = "phone" if written.startswith("+") else "label"
    scenarios = read(f"select:\n- {{match: {{{trait}: {written}}}, behaviour: never-responds}}".encode()).scenarios

    assert scenarios is not None
    assert scenarios.rules[0].match.globs == {trait: written}


def test_anchors_stand_for_what_they_name() -> None:
    """Steps that are written once can be used again, whole or as a part."""
    text = (
        "behaviours:\n"
        "  one: &one\n    vcx-holder: &steps [{act: ignore, for: 5s}, {act: accept}]\n"
        "  two: {vcx-holder: *steps}\n"
        "  three: {<<: *one, doc: As one.}\n"
        "  four: {<<: [*one, {doc: x}], vcx-holder: [{act: ignore}]}\n"
    )
    scenarios = read(text.encode()).scenarios
    assert scenarios is not None

    one, two, three, four = scenarios.behaviours
    assert one.roles == two.roles == three.roles
    assert (three.doc, four.doc) == ("As one.", "x")
    assert four.roles == {"vcx-holder": Sequence((Step("ignore"),))}


WRONG = [
    # --- names
    ("root", "- a", "1:1: A list is not a scenario file. Expected world, behaviours, select, faults."),
    ("section", "behaviors: {}",
     "1:1: 'behaviors' is not a key of a scenario file. Did you mean 'behaviours'? Expected"),
    ("space", "world:\n  seed:x", "2:3: 'seed:x' is not a world. Put a space after the ':'. Expected seed, clock"),
    ("setting", "world: {sed: x}", "1:9: 'sed' is not a key of a world. Did you mean 'seed'? Expected one of: seed,"),
    ("clock", "world: {clock: now}",
     "1:16: 'now' is not a clock mode. Expected running, standing or per-poll:<duration>"),
    ("clock-far", "world: {clock: 'per-poll:9999999w'}", "1:16: '9999999w' is out of range. Expected a duration"),
    ("profile", "world: {profile: p5}",
     "1:18: 'p5' is not a profile. Did you mean 'P5'? Expected one of: 1.40.0, 2023."),
    ("version", "world: {profile: 1.41.0}", "1:18: '1.41.0' is not a profile. Did you mean '1.40.0'? Expected one of"),
    ("flavour", "world: {flavour: evernim}", "1:18: 'evernim' is not a flavour. Did you mean 'evernym'? Expected one"),
    ("pace", "world: {pace: fast}",
     "1:15: 'fast' is not a pace. Expected one of: instant, typical, slow, or a mapping"),
    ("pace-part", "world: {pace: {scn: 1s}}",
     "1:16: 'scn' is not a key of a pace. Did you mean 'scan'? Expected one of:"),
    ("pace-unit", "world: {pace: {scan: 2}}", "1:22: '2' is not a duration: the unit is missing. Did you mean '2s'?"),
    ("pace-none", "world: {pace: }",
     "1:9: The value is missing. Expected one of: instant, typical, slow, or a mapping"),
    ("pace-far", "world: {pace: {scan: 9999999w}}", "1:22: '9999999w' is out of range. Expected a duration from 0"),
    ("holder", "world: {holder: acepts}", "1:17: There is no behaviour 'acepts'. Did you mean 'accepts'? Expected"),
    ("holder-role", "world: {holder: stuck-invitee}", "1:17: 'stuck-invitee' cannot be played as vcx-holder."),
    ("name", "behaviours: {a b: {}}",
     "1:14: 'a b' is not a name of a behaviour. Did you mean 'a-b'? Expected words with"),
    # --- behaviours
    ("role", "behaviours: {a: {prism-invitor: []}}", "1:18: 'prism-invitor' is not a key of a behaviour. Did you mean"),
    ("nobody", "behaviours: {a: {doc: x}}", "1:14: This behaviour has no steps. Expected those of at least one of:"),
    ("nothing", "behaviours: {a: }", "1:14: The value is missing. Expected doc, after, issues, strict, prism-inviter"),
    ("strict", "behaviours: {a: {strict: no, vcx-holder: [{act: accept}]}}",
     "1:26: 'no' is not a Boolean. Expected true"),
    ("issue", "behaviours: {a: {issues: [x], vcx-holder: [{act: accept}]}}",
     "1:27: 'x' is not an address. Expected https"),
    ("after", in_behaviour("[{act: ignore, for: $after}]", role="vcx-holder", more="    after: 90"),
     "4:12: '90' is not a duration: the unit is missing. Did you mean '90s'? "
     "Expected one ('90s', '24 hours', '5s..20s')"),
    ("after-backwards", in_behaviour("[{act: ignore, for: $after}]", role="vcx-holder", more="    after: 5s..1s"),
     "4:12: '5s..1s' runs backwards. Expected the shorter duration first."),
    # --- steps
    ("no-list", in_behaviour("{state: InvitationGenerated}"),
     "3:20: A mapping is not a list of steps. Expected one such"),
    ("no-steps", in_behaviour("[]"), "3:20: This list of steps is empty. Expected one such as [{state: Invit"),
    ("many-steps", in_behaviour(f"[{'{state: InvitationGenerated, for: 1s},' * 1001}]"),
     "3:20: This list of steps has 1001 items. Expected at most 1000."),
    ("no-step", in_behaviour("[accept]", role="vcx-holder"),
     "3:18: 'accept' is not a step of vcx-holder. Expected one"),
    ("no-state", in_behaviour("[{for: 5s}]"), "3:21: This step of prism-inviter has no 'state'. Expected one of:"),
    ("key", in_behaviour("[{sate: InvitationGenerated}]"), "3:22: 'sate' is not a key of a step of prism-inviter. Did"),
    ("word", in_behaviour("[{state: accept}]", role="vcx-holder"),
     "3:19: 'state' is not a key of a step of vcx-holder."),
    ("state", in_behaviour("[{state: InvitationGenrated}]"),
     "3:29: 'InvitationGenrated' is not a state of prism-inviter. "
     "Did you mean 'InvitationGenerated'? Expected one of: "),
    ("act", in_behaviour("[{act: pay}]", role="vcx-holder"),
     "3:24: 'pay' is not an act of vcx-holder. Expected one of:"),
    ("loose-act", in_behaviour("[{act: pay}]", role="vcx-holder", more="    strict: false"),
     "3:24: 'pay' is not an act of vcx-holder. Expected one of: ignore, accept, refuse, redirect, answer-again."),
    ("unit", in_behaviour("[{state: InvitationGenerated, for: 90}]"),
     "3:55: '90' is not an end of a step: the unit is missing. Did you mean '90s'? "
     "Expected a duration ('90s', '5s..20s'), "
     "'3 polls', '$after' or 'ever'."),
    ("end", in_behaviour("[{state: InvitationGenerated, for: soon}]"),
     "3:55: 'soon' is not an end of a step. Expected"),
    ("no-end", in_behaviour("[{state: InvitationGenerated, for: }]"),
     "3:50: The value is missing. Expected a duration"),
    ("backwards", in_behaviour("[{state: InvitationGenerated, for: 9s..1s}]"), "3:55: 'for 9s..1s' runs backwards."),
    ("no-polls", in_behaviour("[{state: InvitationGenerated, for: 0 polls}]"), "3:55: 'for 0 polls' can never end a"),
    ("far", in_behaviour("[{state: InvitationGenerated, for: 9999999w}]"), "3:55: 'for 9999999w' does not say what"),
    ("event", in_behaviour("[{state: InvitationGenerated, until: acepted}]"),
     "3:57: 'acepted' is not an event of prism-inviter. Did you mean 'accepted'? Expected one of: accepted, prepared,"),
    ("two-ends", in_behaviour("[{state: InvitationGenerated, for: 1s, until: accepted}]"),
     "3:21: This step has two ends. Expected 'for' or 'until', not both."),
    ("reach", in_behaviour("[{state: InvitationGenerated}, {state: ConnectionResponseSent}]"),
     "3:21: Step 1 (InvitationGenerated) never ends, so 1 later step cannot be reached. Say what ends it: 'for 90s',"),
    ("edge", in_behaviour("[{state: ConnectionResponseSent, for: 1s}, {state: InvitationGenerated}]"),
     "3:71: prism-inviter cannot go from ConnectionResponseSent to InvitationGenerated. Legal next: nothing, it is "
     "final. To play an impossible agent on purpose, say strict: false in a scenario file, or strict=False in Python."),
    ("ways", in_behaviour("[{state: ConnectionResponseReceived}]", role="prism-invitee"),
     "3:29: 2 paths lead prism-invitee from the start to ConnectionResponseReceived: InvitationReceived -> "),
    ("open", in_behaviour("[{state: InvitationGenerated, for: $after}]"),
     "3:55: $after stands for the behaviour's parameter, but the behaviour has none. Expected a duration or 'after:"),
    ("unknown", in_behaviour("[{state: Nowhere, for: 1s}, {state: ConnectionResponseReceived}]", role="prism-invitee"),
     "3:29: 'Nowhere' is not a state of prism-invitee. Expected one of: "),
    # --- rules
    ("no-rules", "select: {}",
     "1:9: A mapping is not a list of rules. Expected one such as [{match: {label: 'late-*'}"),
    ("no-behaviour", "select: [{match: {label: x}}]", "1:10: This rule has no 'behaviour'. Expected one by its name"),
    ("rule-key", "select: [{label: x, behaviour: accepts}]", "1:11: 'label' is not a key of a rule. It belongs in"),
    ("rule-none", "select: [{behaviour: }]", "1:11: The value is missing. Expected one by its name, such as 'accepts"),
    ("behaviour", "select: [{behaviour: acepts}]", "1:22: There is no behaviour 'acepts'. Did you mean 'accepts'?"),
    ("parameter", "select: [{behaviour: accepts after soon}]", "1:22: 'accepts after soon' is not a behaviour: 'soon'"),
    ("no-parameter", "select: [{behaviour: never responds after 5s}]", "1:22: 'never responds after 5s' has a"),
    ("long", f"select: [{{behaviour: {'x' * 1001}}}]", "1:22: This behaviour has 1001 characters. Expected at most"),
    ("match-role", "select: [{match: {role: prism}, behaviour: accepts}]", "1:25: 'prism' is not a role. Expected one"),
    ("trait", "select: [{match: {labl: x}, behaviour: accepts}]", "1:19: 'labl' is not a key of a match. Did you mean"),
    ("role-trait", "select: [{match: {role: prism-inviter, phone: x}, behaviour: accepts}]",
     "1:40: 'phone' is not a trait of a connection of prism-inviter. Expected one of: label, goal_code, api_key. Its "
     "connections have no other traits."),
    ("nth", "select: [{match: {nth: 0}, behaviour: accepts}]",
     "1:24: '0' is not a number of a connection. Expected a number"),
    ("nth-range", "select: [{match: {nth: 4..2}, behaviour: accepts}]",
     "1:24: '4..2' is not an ordinal of a connection."),
    ("nth-hex", "select: [{match: {nth: 0x10}, behaviour: accepts}]",
     "1:24: '0x10' is not a number of a connection. "),
    ("traits", "select: [{match: {phone: x, goal_code: y}, behaviour: accepts}]",
     "1:18: No connection has phone and goal_code at once. Expected traits of one role: prism-inviter has label,"),
    ("show", "select: [{match: {goal_code: x}, behaviour: refuses}]",
     "1:45: 'refuses' is played by vcx-holder or aries-holder, whose connections do not have goal_code. "
     "Expected traits that they have: label, phone, institution or owner."),
    ("role-show", "select: [{match: {role: prism-inviter}, behaviour: refuses}]",
     "1:52: 'refuses' cannot be played as prism-inviter: a PRISM agent has no message for it"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_errors_say_where_what_and_what_else(text: str, expected: str) -> None:
    """One mistake is one finding: at its place, with what stands there, what was expected, and the nearest name."""
    [finding] = told(text)

    place, _, message = finding.partition(": error: ")
    assert f"{place}: {message}".startswith(expected)
    assert read(text.encode()).scenarios is None


WARNINGS = [
    ("unused", "behaviours: {a: {after: 5s, vcx-holder: [{act: accept}]}}",
     "1:18: No step lasts for $after, so this has no effect. Write 'for: $after' in a step, or remove it."),
    ("lost", "behaviours: {refuses: {vcx-holder: [{act: refuse}]}}",
     "1:14: 'refuses' is built in, and this one replaces it, so aries-holder can no longer play it. Add their "
     "steps, or choose another name."),
    ("slip", "behaviours: {a: {strict: false, prism-inviter: [{state: InvitationGenrated}]}}",
     "1:57: 'InvitationGenrated' is not a state of prism-inviter, but is shown anyway: the behaviour is not strict. "
     "Did you mean 'InvitationGenerated'?"),
    ("shadow", "select:\n- {behaviour: accepts}\n- {match: {label: x}, behaviour: never-responds}",
     "3:3: No connection can reach this rule: the rule in line 2 matches all of them first. Move this one "
     "up, or remove it."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in WARNINGS], ids=[row[0] for row in WARNINGS])
def test_warnings_do_not_refuse_the_file(text: str, expected: str) -> None:
    """What is likely not meant is told, and can be used."""
    reading = read(text.encode())

    assert told(text) == [expected.replace(": ", ": warning: ", 1)]
    assert reading.scenarios is not None


def test_a_rule_is_reached_if_one_of_its_roles_is() -> None:
    """A rule for every role is not hidden by one that takes a single role away."""
    assert told("select:\n- {match: {role: prism-inviter}, behaviour: accepts}\n- {behaviour: never-responds}") == []


def test_every_error_is_told_in_one_run() -> None:
    """An error hides no other: not in the next step, the next behaviour, or the rules that name a wrong one."""
    text = """\
world: {sed: x}
behaviours:
  one:
    prism-inviter:
      - {state: InvitationGenrated}
      - {state: ConnectionResponseSent, for: 5}
      - {state: InvitationGenerated, for: 3 polls, faul: x}
    vcx-holder: []
  two:
    prism-invitee: [{state: Nowhere}]
select:
  - {behaviour: one after 5s}
  - {behaviour: to}
  - {match: {nth: 0}}
  - {match: {lable: x}, behaviour: acepts}
"""
    places = [(finding.place.line, finding.place.column) for finding in read(text.encode()).findings]

    assert places == [
        (1, 9),
        (5, 17),
        (6, 46),
        (7, 17),
        (7, 52),
        (8, 17),
        (10, 29),
        (13, 17),
        (14, 5),
        (14, 19),
        (15, 14),
        (15, 36),
    ]


def test_there_is_an_end_to_what_is_told() -> None:
    """Whoever has made a mistake everywhere is told of the first thousand, in the order of the file."""
    findings = read(("select:\n" + "- x\n" * (MOST + 500)).encode()).findings

    assert [finding.place.line for finding in findings] == list(range(2, MOST + 3))
    assert re.match("There are more than 1000 findings. Fix these first", findings[-1].message)
    assert findings[-1].severity is Severity.ERROR


def test_an_error_is_not_lost_among_warnings() -> None:
    """A file with an error behind a thousand warnings is refused, and says that there is more."""
    reading = read(("select:\n" + "- {behaviour: accepts}\n" * (MOST + 2) + "- {behaviour: acepts}").encode())

    assert (len(reading.findings), reading.findings[-1].severity) == (MOST + 1, Severity.ERROR)
    assert reading.scenarios is None


def test_what_comes_after_the_end_is_left_alone() -> None:
    """Mistakes that are not told any more do no harm either."""
    junk = "\n- x" * (MOST + 500)

    assert read(f"select:{junk}\n- {{match: {{nth: []}}}}\nworld: {{pace: fast}}".encode()).scenarios is None
    assert read(f"world: {{pace: fast, holder: {{}}}}\nselect:{junk}\n- {{match: x}}".encode()).scenarios is None
