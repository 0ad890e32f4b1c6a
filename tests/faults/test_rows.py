"""Faults as data: rows are read and written back, and what is wrong with one is told with the nearest that is right."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from connsim import World
from connsim.core.durations import LONGEST, SECOND, spoken
from connsim.core.nth import Nth
from connsim.errors import BadFault, BadScript
from connsim.faults.delay import Delay
from connsim.faults.drip import Drip
from connsim.faults.fault import Fault
from connsim.faults.registry import FAULTS, read_fault, schema, schema_of
from connsim.faults.reset import Reset
from connsim.faults.spoken import conditions
from connsim.faults.status import Status
from connsim.faults.when import When
from connsim.script.sequence import Sequence, Step

spans = st.integers(1, LONGEST // 2).map(spoken)
words = st.text("abcXYZ-_/*{}0123", min_size=1, max_size=12)
numbers = st.integers(1, 10**6)

OWN: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "delay": st.fixed_dictionaries(
        {
            "delay": st.just("ever")
            | spans
            | st.tuples(numbers, numbers).map(lambda pair: f"{min(pair)}s..{max(pair) + 1}s")
        }
    ),
    "status": st.fixed_dictionaries(
        {"status": st.integers(400, 599), "retry_after": spans}, optional={"as_date": st.booleans()}
    )
    | st.fixed_dictionaries({"status": st.integers(400, 599)}, optional={"processed": st.booleans()}),
    "rate_limit": st.fixed_dictionaries({"rate_limit": numbers, "per": spans}),
    "reset": st.sampled_from(
        [
            {"reset": "before headers"},
            {"reset": "before headers", "processed": True},
            {"reset": "after headers"},
            {"reset": "after headers", "processed": True},
        ]
    ),
    "empty": st.fixed_dictionaries({"empty": st.just(True)}, optional={"processed": st.booleans()}),
    "truncate": st.fixed_dictionaries({"truncate": st.integers(0, 10**6)}),
    "malformed": st.fixed_dictionaries({"malformed": st.sampled_from(["half", "html", "noise", "null", "nothing"])}),
    "content_type": st.fixed_dictionaries({"content_type": st.sampled_from(["text/html", "none"])}),
    "drip": st.fixed_dictionaries({"drip": spans}, optional={"pieces": numbers}),
    "stale": st.fixed_dictionaries({"stale": spans | numbers.map(lambda count: f"{count} polls")}),
    "webhook": st.fixed_dictionaries(
        {"webhook": st.sampled_from(["lost", "twice", "out of order"])}, optional={"within": spans}
    ),
}
nths = numbers | st.tuples(numbers, numbers).map(lambda pair: f"{min(pair)}..{max(pair)}") | st.just("3..")
common = st.fixed_dictionaries(
    {},
    optional={
        "times": numbers,
        "probability": st.floats(0.001, 1),
        "nth": nths,
        "every": numbers,
        "client": words,
        "connection": words,
        "state": words,
    },
)
when = st.tuples(
    common, st.sampled_from([{}, {"from": "1m"}, {"to": "90s"}, {"from": "10 seconds", "to": "1 hour"}])
).map(lambda both: both[0] | both[1])
rows = (
    st.sampled_from(sorted(FAULTS)).flatmap(lambda name: st.tuples(OWN[name], when)).map(lambda both: both[0] | both[1])
)


@cache
def validator(cls: type[Fault] | None) -> Draft202012Validator:
    """What checks rows of one fault, or of any: checking the schema itself takes longer than checking a row."""
    checked = schema() if cls is None else schema_of(cls)
    Draft202012Validator.check_schema(checked)
    return Draft202012Validator(checked)


def test_every_fault_has_a_strategy() -> None:
    """None is forgotten here."""
    assert set(OWN) == set(FAULTS)


@settings(deadline=None)
@given(rows)
def test_rows_are_written_back(row: dict[str, Any]) -> None:
    """A row is read, written, and read to the same fault; what is written is JSON, and fits the schema."""
    fault = read_fault(row)
    written = json.loads(json.dumps(fault.row()))

    assert read_fault(written) == fault
    assert read_fault(fault) == fault
    assert set(written) <= set(row) | {"processed"}
    validator(None).validate(written)
    validator(type(fault)).validate(written)


@settings(deadline=None)
@given(rows)
def test_cells_of_a_table_are_texts(row: dict[str, Any]) -> None:
    """The same values as texts, which is all that a feature file has, give the same fault."""
    texts = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in row.items()}

    assert read_fault(texts) == read_fault(row)
    assert read_fault(", ".join(f"{key} {value}" for key, value in texts.items())) == read_fault(row)


@settings(deadline=None)
@given(rows)
def test_steps_are_written_back(row: dict[str, Any]) -> None:
    """A step writes its fault as the same row."""
    fault = read_fault(row)

    assert Step("x", fault=fault).row() == {"state": "x", "for": "ever", "fault": fault.row()}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("delay 5 to 20 seconds", Delay((5 * SECOND, 20 * SECOND))),
        ("delay ever", Delay(None)),
        ("status: 503, times: 2", Status(503, when=When(times=2))),
        ("status 503, probability 30%", Status(503, when=When(probability=0.3))),
        ("reset before headers, processed yes", Reset("before headers", True)),
        ("drip 1h, pieces 4, nth 2..4", Drip(3600 * SECOND, 4, when=When(nth=Nth(2, 4)))),
        ("drip 1h, from 1m, to 1h", Drip(3600 * SECOND, when=When(since=60 * SECOND, until=3600 * SECOND))),
    ],
)
def test_words(text: str, fault: object) -> None:
    """A fault can be said in words."""
    assert read_fault(text) == fault


WRONG = {
    "no fault": ({"stauts": 503}, "names no fault. Did you mean 'status'\\? Expected one of: delay, status"),
    "nothing": ({}, "A row has nothing, which names no fault. Expected one of"),
    "no row": (5, "A fault is given as 5. Expected a row such as"),
    "two faults": ({"delay": "5s", "status": 503}, "names the faults delay and status. Expected one. Give each"),
    "unknown key": (
        {"status": 503, "tims": 2},
        "has no parameter 'tims'. Did you mean 'times'\\? Expected one of: status",
    ),
    "another's key": ({"delay": "5s", "pieces": 2}, "'delay' has no parameter 'pieces'. Expected one of: delay, times"),
    "no key at all": ({"status": 503, 7: 2}, "The fault 'status' has no parameter 7"),
    "missing": ({"rate_limit": 10}, "'rate_limit' lacks 'per'. Expected it: the length of the window"),
    "status too low": ({"status": 200}, "status is 200. Expected a whole number from 400 to 599"),
    "status is a flag": ({"status": True}, "status is true. Expected a whole number"),
    "duration": ({"delay": "soon"}, "delay is 'soon'. Expected a duration \\('5s'\\), a range"),
    "number as duration": ({"delay": 5}, "delay is 5. Expected a duration"),
    "backwards": ({"delay": "20s..5s"}, "delay is '20s..5s'. Expected a duration"),
    "no time at all": ({"drip": "0s"}, "drip is '0s'. Expected a duration such as '1m', longer than nothing"),
    "word": ({"malformed": "htm"}, "malformed is 'htm'. Did you mean 'html'\\? Expected one of: half, html, "),
    "reset": ({"reset": "before header"}, "Did you mean 'before headers'"),
    "times": ({"empty": True, "times": 0}, "times is 0. Expected a whole number of at least 1"),
    "chance": ({"empty": True, "probability": "120%"}, "probability is '120%'. Expected a number above 0"),
    "flag": ({"empty": "maybe"}, "empty is 'maybe'. Expected true or false"),
    "not empty": ({"empty": False}, "has empty: false. Expected true. To have no fault, remove it"),
    "nth": ({"empty": True, "nth": "4..2"}, "nth is '4..2'. Expected a number from 1"),
    "agent": ({"empty": True, "agent": "prims"}, "agent is 'prims'. Did you mean 'prism'"),
    "method": ({"empty": True, "method": "get"}, "method is 'get'. Did you mean 'GET'\\? Expected one of: GET, POST"),
    "never": ({"empty": True, "from": "2m", "to": "1m"}, "is over \\('to'\\) before it begins"),
    "date of nothing": (
        {"status": 503, "as_date": True},
        "has as_date without retry_after. Expected a duration to compute the date from",
    ),
    "headers of nothing": ({"reset": "after headers", "processed": False}, "that was not processed. Expected headers"),
    "both": (
        {"empty": True, "agent": "prism", "message": "GET_MSGS"},
        "message to the agency, and for the agent prism",
    ),
    "type": ({"content_type": "html"}, "content_type is 'html'. Expected a media type"),
    "header": ({"content_type": "text/html\r\nX: y"}, "Expected a media type"),
    "stale agency": (
        {"stale": "5s", "agent": "agency"},
        "replies cannot be stale .*: it keeps no history of its mailboxes. Expected a number",
    ),
    "stale range": ({"stale": "5s..9s"}, "stale is '5s..9s'. Expected a duration such as '30s', or a number of polls"),
    "webhook": ({"webhook": "lots"}, "webhook is 'lots'. Did you mean 'lost'\\? Expected one of: lost, "),
    "webhook of the agency": (
        {"webhook": "lost", "agent": "agency"},
        "webhook of the agency, which sends none. Expected agent: prism",
    ),
    "webhook by route": (
        {"webhook": "lost", "poll": True},
        "has no method, route or poll of a request. Leave them out",
    ),
}


@pytest.mark.parametrize(("row", "told"), WRONG.values(), ids=WRONG)
def test_wrong_rows_are_told_what_is_right(row: Any, told: str) -> None:
    """What is wrong is refused, and what was added before stays as it was."""
    world = World()

    with pytest.raises(BadFault, match=told):
        world.faults.add(row)

    assert list(world.faults) == []


@pytest.mark.parametrize("fault", [Status(99), Delay("5s"), Reset("never"), Status(503, when=When(times=-1))])  # type: ignore[arg-type]
def test_faults_are_checked_like_rows(fault: Any) -> None:
    """A fault that was made in Python with a value that no row can have is refused when it is added."""
    with pytest.raises((BadFault, TypeError)):
        World().fault(fault)


PLACES = {
    "route": ({"empty": True, "route": "/conections"}, "route '/conections', which no agent has. Did you mean '/conn"),
    "state": ({"empty": True, "state": "Invited"}, "state 'Invited', which no agent has.*Expected one of: InvitationG"),
    "other agent": ({"empty": True, "agent": "agency", "state": "InvitationGenerated"}, "Expected one of: MS-101"),
}


@pytest.mark.parametrize(("row", "told"), PLACES.values(), ids=PLACES)
def test_faults_that_can_never_strike_are_refused(row: dict[str, Any], told: str) -> None:
    """A route or state that no fake has is refused with the nearest."""
    with pytest.raises(BadFault, match=told):
        World().fault(row)


def test_a_fault_is_said_once() -> None:
    """A row or its keys as arguments: both, or none of the two, is refused."""
    world = World()

    assert world.fault(status=503, from_="1m").fault == read_fault("status 503, from 1m")
    with pytest.raises(BadFault, match="given twice, or not at all. Expected fault"):
        world.fault()
    with pytest.raises(BadFault, match="given twice, or not at all. Expected fault"):
        world.fault("empty", times=2)


class TestSteps:
    """A step's fault is the same thing, and strikes its polls only."""

    def test_rows(self) -> None:
        """A step may have one, as a row or in words."""
        by_row = Sequence.of({"state": "X", "for": "3 polls", "fault": {"status": 503, "times": 2}})
        by_table = Sequence.of_rows([{"state": "X", "lasts": "3 polls", "fault": "status 503, times 2"}])

        assert by_row == by_table
        assert by_row.steps[0].fault == Status(503, when=When(times=2))

    def test_no_fault(self) -> None:
        """An empty cell is none."""
        (step,) = Sequence.of_rows([{"state": "X", "lasts": "", "fault": " "}]).steps
        assert step.fault is None

    @pytest.mark.parametrize(
        ("fault", "told"),
        [
            ("webhook lost", "A step has the fault 'webhook', which strikes no poll"),
            (
                "status 503, client k, route x",
                "of a step has route and client. Expected one or more of times, probability",
            ),
            ("sttus 503", "Did you mean 'status'"),
        ],
    )
    def test_wrong(self, fault: str, told: str) -> None:
        """What cannot strike a step's polls is refused."""
        with pytest.raises(BadFault, match=told):
            Sequence.of({"state": "X", "fault": fault})

    def test_other_columns(self) -> None:
        """A table with other columns is told which are right."""
        with pytest.raises(BadScript, match="Expected the columns 'state' and 'lasts'.* 'fault' is optional"):
            Sequence.of_rows([{"state": "X", "lasts": "", "faults": ""}])


@pytest.mark.parametrize(
    ("said", "row"),
    [
        ("", {}),
        ("once", {"times": 1}),
        ("twice on polls", {"times": 2, "poll": True}),
        ("3 times with Retry-After 30 seconds on posts", {"times": 3, "retry_after": "30 seconds", "method": "POST"}),
        ("for 5 minutes", {"from": "1 hour", "to": "1 hour 5 minutes"}),
        ("for 1 minute 30 seconds twice", {"from": "1 hour", "to": "1 hour 1 minute 30 seconds", "times": 2}),
        ("on every third poll", {"every": 3, "poll": True}),
        ("on the 2nd post", {"nth": 2, "method": "POST"}),
        ("to the other invitee", {"client": "other-invitee-key"}),
        ("while the connection is in X once", {"state": "X", "times": 1}),
    ],
)
def test_sentences(said: str, row: dict[str, Any]) -> None:
    """What a sentence says of when a fault strikes is a row; a time counts from the sentence on."""
    assert conditions(said, 3600 * SECOND) == row


def test_sentences_that_are_none() -> None:
    """Other words are told which there are."""
    with pytest.raises(
        BadFault, match="A fault has the unknown condition 'thrice on polls'. Expected one or more of: once, twice"
    ):
        conditions("thrice on polls", 0)
