"""What is no YAML, or more than anybody writes, gets one finding with its place, and nothing is raised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.scenarios.findings import Severity
from connsim.scenarios.parsing import LARGEST
from connsim.scenarios.reading import read

_LAUGHS = "\n".join(f"{name}: &{name} [{', '.join([f'*{chr(ord(name) - 1)}'] * 20)}]" for name in "bcde")
_CHAIN = "\n".join(f"k{n}: &k{n} {'[' * 20}{f'*k{n - 1}' if n else 1}{']' * 20}" for n in range(5))

TABLE = [
    ("tab", "world:\n\tseed: x", "2:1: There is a tab here. Expected spaces: YAML allows no tabs in indentation."),
    ("at", "world: {seed: @x}", "1:15: A text cannot begin with '@'. Put it in quotes."),
    ("colon", "behaviours:\n  a: b: c", "2:7: This ':' starts a key where none is allowed. Expected each key on"),
    ("no-space", "world:\n  seed: a\n  clock:x\n", "3:3: This line has no ':'. Expected a key, a colon and a space:"),
    (
        "outdent",
        "world:\n   seed: x\n  clock: x",
        "3:3: This does not belong to what began in line 1. Expected the same",
    ),
    ("behind", "select:\n- behaviour: 'a' b", "2:18: This does not belong to what began in line 2. Expected the same"),
    ("open-brace", "world: {seed: x", "1:16: Something is missing here: a ',', or the '}' that closes what began in"),
    ("open-bracket", "select: [a,\n", "2:1: Something is missing here: a value, or the bracket that closes a list"),
    ("open-quote", "world: {seed: 'x}\n", "1:15: The quote that begins here never ends."),
    (
        "escape",
        r'world: {seed: "\d"}',
        "1:17: In double quotes a backslash begins an escape sequence, and this one is unknown. Use",
    ),
    ("far-escape", r'world: {seed: "\UFFFFFFFF"}', "1:16: This number is too large."),
    (
        "half-escape",
        r'world: {seed: "\ud800"}',
        "1:15: This text contains a lone surrogate. Expected valid Unicode. Take",
    ),
    ("version", f"%YAML 1.{'9' * 5000}\n---\n", "1:1: This number is too large."),
    ("newer", "%YAML 3.0\n---\n", "1:1: This is not YAML: found incompatible YAML document (version 1.* is required)."),
    ("after", "{}\nworld: {}", "2:1: Nothing may follow here: the document has ended. Check the"),
    ("two", "world: {}\n---\nselect: []", "2:1: A second document begins here. Expected one per file. Take the '---'"),
    ("control", "world:\n  seed: \x07", "2:9: The character U+0007 is not allowed in YAML. Remove it."),
    ("mark-inside", "world:\ufeff", "1:7: The character U+FEFF is not allowed in YAML. Remove it."),
    (
        "no-anchor",
        "select:\n- {match: {label: *late}}",
        "2:19: No anchor &late is defined above, so *late has no value. Put",
    ),
    ("itself", "select: &a [*a]", "1:13: *a refers to a value that contains it, so it would never end."),
    ("laughs", f"a: &a [1, 1]\n{_LAUGHS}", "5:20: With *d, the aliases of the file expand to more than 100000 values."),
    ("deep", f"a: {'[' * 60}", "1:53: Lists and mappings are nested more than 50 deep. Expected fewer levels."),
    ("deep-by-alias", _CHAIN, "3:29: Lists and mappings are nested more than 50 deep. Expected fewer levels."),
    ("deep-lines", "- " * 60, "1:101: Lists and mappings are nested more than 50 deep. Expected fewer levels."),
    ("many", f"select: [{'1,' * 200_001}]", "1:400004: The file has more than 200000 values. Expected fewer. Split"),
]
ROWS = [pytest.param(*rest, id=name, marks=[pytest.mark.slow] if name == "many" else []) for name, *rest in TABLE]


@pytest.mark.parametrize(("text", "told"), ROWS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_tells_where_and_what(text: str, told: str, ending: str) -> None:
    """The one finding says where the file stops making sense, whatever ends its lines."""
    [finding] = read(text.replace("\n", ending).encode()).findings

    assert f"{finding.place.line}:{finding.place.column}: {finding.message}".startswith(told)
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"world:\n  seed: \xe4\n", "2:9: The byte 0xe4 is not valid UTF-8. Save the file as UTF-8."),
        ("world: {}".encode("utf-16"), "1:1: The byte 0xff is not valid UTF-8. Save the file as UTF-8."),
        (b"#" * (LARGEST + 1), f"1:1: The file has more than {LARGEST} bytes. Expected fewer. Split it."),
    ],
    ids=["latin", "utf-16", "large"],
)
def test_bytes_that_are_no_text(data: bytes, told: str) -> None:
    """A file in another encoding is refused where that shows, and one that is too large at once."""
    reading = read(data)

    [finding] = reading.findings
    assert f"{finding.place.line}:{finding.place.column}: {finding.message}" == told
    assert reading.scenarios is None


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "---\n...\n", "~", "\ufeff"])
def test_an_empty_file_says_nothing(text: str) -> None:
    """A file without anything in it is no error: whoever begins one is told what could stand there."""
    reading = read(text.encode())

    assert [finding.as_line("f") for finding in reading.findings] == [
        "f:1:1: warning: The file is empty. Expected 'world', 'behaviours', 'select' or 'faults'."
    ]
    assert reading.scenarios is not None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("behaviours: {}\nselect: []\nbehaviours: {}", "3:1: 'behaviours' is a duplicate of the key in line 1."),
        ("world: {seed: a, seed: a}", "1:18: 'seed' is a duplicate of the key in line 1. Expected each key once."),
        ("world: {{a: b}: c}", "1:9: A mapping cannot be a key. Expected a text. Put a text with brackets or braces"),
        ("? [a, b]\n: c", "1:3: A list cannot be a key. Expected a text."),
        (
            "world: {seed: !!python/object:os.system x}",
            "1:15: The tag tag:yaml.org,2002:python/object:os.system is not supported here.",
        ),
        ("world:\n  <<: text", "2:7: '<<' merges a mapping, or a list of mappings. Expected an alias: *name."),
    ],
)
def test_oddities_of_yaml(text: str, told: str) -> None:
    """What YAML allows and nobody means is an error, and the rest of the file is read all the same."""
    told_first = read(text.encode()).findings[0]

    assert f"{told_first.place.line}:{told_first.place.column}: {told_first.message}".startswith(told)


@given(st.binary(max_size=200))
def test_bytes_never_raise(data: bytes) -> None:
    """Whatever the bytes are, they are read or refused."""
    reading = read(data)

    errors = [finding for finding in reading.findings if finding.severity is Severity.ERROR]
    assert (reading.scenarios is None) == bool(errors)
    assert all(finding.place.line >= 1 and finding.place.column >= 1 for finding in reading.findings)


_WORDS = (
    "world: behaviours: select: prism-inviter: state:_ match: behaviour:_ for:_ nth:_ InvitationGenerated accepts 90s "
    "$after 2.. 007 ~ {_ } [ ] , :_ -_ ?_ ' \" a &a_ *a <<:_ !!str_ % # --- \\ 😀 | _ __"
)
_PIECES = st.sampled_from([*(word.replace("_", " ") for word in _WORDS.split()), "\n", "\r\n", "\t", "\n  ", "\n- "])

_FILE = """\
world: {seed: x, clock: standing, pace: {scan: 1s}, holder: arrives late after 3m}
behaviours:
  arrives-late: &late
    doc: Late.
    after: 90s
    prism-inviter: [{state: InvitationGenerated, for: $after}, {state: ConnectionResponseSent}]
    vcx-holder: [{act: ignore, for: 3 polls}, {act: accept}]
  impossible: {<<: *late, strict: false}
select:
  - {match: {role: prism-inviter, label: "late-*", nth: 2..}, behaviour: arrives late after 10 minutes}
  - {behaviour: accepts}
"""


@given(st.integers(0, len(_FILE)), st.integers(0, 30), st.lists(_PIECES, max_size=3).map("".join))
def test_slips_never_raise(start: int, length: int, instead: str) -> None:
    """A good file in which a piece was lost or replaced is read or refused."""
    text = _FILE[:start] + instead + _FILE[start + length :]

    reading = read(text.encode())

    assert (reading.scenarios is None) == any(finding.severity is Severity.ERROR for finding in reading.findings)


@given(st.lists(_PIECES, max_size=40).map("".join))
def test_texts_never_raise(text: str) -> None:
    """Whatever is made of the pieces of a scenario file is read or refused, and every finding can be written down."""
    for finding in read(text.encode()).findings:
        finding.as_line("file").encode()
