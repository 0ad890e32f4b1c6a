import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connsim import Misuse
from connsim.journal.entries import Entry, Exchange, Notification, Transition, as_json, from_json

TEXT = st.text(st.characters(codec="utf-8"), max_size=10)
NUMBER = st.integers(0, 2**62)
MOMENT = st.integers(0, 4 * 10**18)  # of a clock, in nanoseconds
MAYBE = st.none() | TEXT
EXCHANGES = st.builds(
    Exchange,
    number=NUMBER,
    at=MOMENT,
    real=MOMENT,
    client=TEXT,
    method=TEXT,
    target=TEXT,
    route=MAYBE,
    connection=MAYBE,
    status=st.none() | st.integers(100, 599),
    state=MAYBE,
    request=st.binary(max_size=20) | TEXT.map(str.encode),
    reply=st.binary(max_size=20),
    message=TEXT,
    poll=st.booleans(),
    note=TEXT,
    # A byte that is not UTF-8 is half of a surrogate pair in a header's text.
    headers=st.lists(st.tuples(TEXT, TEXT | st.just("\udcff")), max_size=3).map(tuple),
    before=MAYBE,
    after=MAYBE,
    answered=st.none() | MOMENT,
    hung_up=st.none() | MOMENT,
)
TRANSITIONS = st.builds(
    Transition,
    number=NUMBER,
    at=MOMENT,
    real=MOMENT,
    role=TEXT,
    connection=TEXT,
    source=MAYBE,
    target=TEXT,
    event=TEXT,
)
NOTIFICATIONS = st.builds(
    Notification,
    number=NUMBER,
    at=MOMENT,
    real=MOMENT,
    url=TEXT,
    connection=TEXT,
    state=TEXT,
    attempt=st.integers(1, 3),
    outcome=st.integers(100, 599) | TEXT,
)


@settings(deadline=None)
@given(entry=EXCHANGES | TRANSITIONS | NOTIFICATIONS, tenant=TEXT)
def test_written_entries_can_be_read(entry: Entry, tenant: str) -> None:
    """Every entry survives JSON; the machine's time, which comparisons ignore, is exact to the microsecond."""
    written = json.loads(json.dumps(as_json(entry, 0, tenant)))

    read = from_json(written)

    assert read == entry
    assert read.real == entry.real // 1000 * 1000
    del written["real"]
    assert from_json(written).real == 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "None is not a kind of entry. Expected one of: exchange, transition, notification."),
        ({"kind": "poll"}, "'poll' is not a kind of entry."),
        (
            {"kind": "transition"},
            r"A row of the kind 'transition' is malformed \(KeyError\('number'\)\). Expected an entry as it",
        ),
        ({"kind": "exchange", "real": "x"}, "A row of the kind 'exchange' is malformed"),
    ],
    ids=["nothing", "kind", "member", "date"],
)
def test_other_objects_are_refused(row: dict[str, Any], message: str) -> None:
    """An entry that cannot be read is refused with the reason: it may come from any file."""
    with pytest.raises(Misuse, match=message):
        from_json(row)


def test_broken_bodies_are_refused() -> None:
    """Bodies and headers are checked too."""
    exchange = Exchange(number=1, at=2, real=3, method="GET", target="/", status=200, reply=b"\xff")
    written = as_json(exchange, 0)

    for name, value in (("reply", 5), ("reply", {}), ("reply", {"base64": "!"}), ("headers", [["x"]]), ("headers", 5)):
        with pytest.raises(Misuse, match="A row of the kind 'exchange' is malformed"):
            from_json({**written, name: value})
