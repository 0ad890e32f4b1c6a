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
    # A byte that is no UTF-8 is half of a surrogate pair in a header's text.
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
def test_what_was_told_can_be_read(entry: Entry, tenant: str) -> None:
    """JSON gives every entry back; the machine's time to the microsecond, with which it is not compared."""
    told = json.loads(json.dumps(as_json(entry, 0, tenant)))

    read = from_json(told)

    assert read == entry
    assert read.real == entry.real // 1000 * 1000
    del told["real"]
    assert from_json(told).real == 0


@pytest.mark.parametrize(
    ("told", "said"),
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
def test_what_is_no_entry_is_told(told: dict[str, Any], said: str) -> None:
    """What comes from a file may be anything."""
    with pytest.raises(Misuse, match=said):
        from_json(told)


def test_a_broken_body_is_told() -> None:
    """Bodies and headers are looked at, too."""
    exchange = Exchange(1, 2, 3, "k", "GET", "/", None, None, 200, None, b"", b"\xff")
    told = as_json(exchange, 0)

    for name, value in (("reply", 5), ("reply", {}), ("reply", {"base64": "!"}), ("headers", [["x"]]), ("headers", 5)):
        with pytest.raises(Misuse, match="A row of the kind 'exchange' is malformed"):
            from_json({**told, name: value})
