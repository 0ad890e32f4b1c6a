import json
from functools import partial

import pytest

from connsim import Sequence, World
from connsim.core.durations import DAY, MILLISECOND, SECOND
from connsim.core.exchange import Request
from connsim.errors import Misuse
from connsim.journal import Journal
from connsim.journal.entries import moment
from connsim.journal.query import Query


def poll(journal: Journal, at: int, state: str = "Waiting", connection: str = "c1") -> None:
    """Note one poll."""
    journal.add_exchange(
        at,
        client="key",
        method="GET",
        target=f"/c/{connection}",
        route="/c/{id}",
        connection=connection,
        status=200,
        state=state,
    )


def test_tells_the_story_in_order() -> None:
    """Polls that show the same thing are folded into one line; everything else has a line of its own."""
    journal = Journal()
    journal.add_transition(0, "inviter", "c1", None, "Waiting", "created")
    for second in range(3):
        poll(journal, second * SECOND)
    journal.add_transition(3 * SECOND, "inviter", "c1", "Waiting", "Done", "accepted")
    poll(journal, 3 * SECOND, "Done")
    journal.add_exchange(4 * SECOND, client="key", method="POST", target="/c", route="/c", status=400)

    assert journal.timeline(0) == [
        "+00:00:00.000  inviter: Waiting (created)",
        "+00:00:00.000  GET /c/c1 -> 200 Waiting, 3 times until +00:00:02.000",
        "+00:00:03.000  inviter: Done (accepted)",
        "+00:00:03.000  GET /c/c1 -> 200 Done",
        "+00:00:04.000  POST /c -> 400",
    ]


def test_tells_of_one_connection() -> None:
    """A timeline may be cut to one connection."""
    journal = Journal()
    poll(journal, 0, connection="c1")
    poll(journal, 0, connection="c2")

    assert journal.timeline(0, "c2") == ["+00:00:00.000  GET /c/c2 -> 200 Waiting"]


def test_finds_exchanges() -> None:
    """Exchanges are chosen by connection, client, method and route."""
    journal = Journal()
    poll(journal, 1)
    journal.add_exchange(2, client="other", method="POST", target="/c", route="/c", status=201, request=b"{}")

    assert [e.at for e in journal.exchanges(client="other")] == [2]
    assert [e.at for e in journal.exchanges(route="/c/{id}", method="GET")] == [1]
    assert [e.at for e in journal.polls("c1")] == [1]
    assert journal.exchanges(connection="c2") == []


def test_keeps_the_newest_and_refuses_to_miscount() -> None:
    """A full journal drops its oldest exchanges, and says so rather than count wrong."""
    journal = Journal(limit=2)
    for at in range(3):
        poll(journal, at)

    with pytest.raises(Misuse, match="dropped its oldest 1 exchanges, so a count could be wrong. Expected a complete"):
        journal.polls("c1")
    assert [entry.at for entry in journal.entries()] == [1, 2]

    journal.clear()
    poll(journal, 9)
    assert len(journal.polls("c1")) == 1


def test_polls_may_be_posts() -> None:
    """Where everything is posted to one URL, the message tells what a request is; a note, what a reply does not."""
    journal = Journal()
    post = partial(journal.add_exchange, method="POST", target="/msg", route="/msg", connection="c1")
    for second in range(2):
        post(second * SECOND, client="me", status=200, state="MS-101", message="GET_MSGS", poll=True)
    post(2 * SECOND, status=400, note="It has expired.")
    journal.add_exchange(
        3 * SECOND, method="GET", target="/invite", route="/invite", connection="c1", status=200, poll=False
    )

    assert [e.at for e in journal.polls("c1")] == [0, SECOND]
    assert journal.timeline(0) == [
        "+00:00:00.000  POST /msg GET_MSGS -> 200 MS-101, 2 times until +00:00:01.000",
        "+00:00:02.000  POST /msg -> 400 (It has expired.)",
        "+00:00:03.000  GET /invite -> 200",
    ]


def test_moments_are_readable() -> None:
    """Days are said only once there are any."""
    assert moment(90 * SECOND + 5 * MILLISECOND) == "+00:01:30.005"
    assert moment(2 * DAY) == "+2d 00:00:00.000"


def mixed() -> Journal:
    """One entry of each kind, and some exchanges that differ."""
    journal = Journal(real=lambda: 7)
    journal.add_transition(1, "inviter", "c1", None, "Waiting", "created")
    get = partial(journal.add_exchange, client="key", method="GET", route="/c/{id}", status=200)
    traced = (("X-Trace", "a"), ("x-trace", "b"))
    get(2, target="/c/c1", connection="c1", state="Waiting", reply=b"\xff", headers=traced)
    journal.add_exchange(
        3, client="other", method="POST", target="/c", status=404, request=b"{}", poll=True, message="GET_MSGS"
    )
    journal.add_notification(4, "http://r", "c1", "Waiting", 1, 200)
    get(5, target="/c/c2", connection="c2", state="Done", waits=True)
    return journal


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (Query(), [1, 2, 3, 4, 5]),
        (Query(kind="transition"), [1]),
        (Query(kind="notification"), [4]),
        (Query(connection="c1"), [1, 2, 4]),
        (Query(client="key"), [2, 5]),
        (Query(method="POST"), [3]),
        (Query(route="/c/{id}"), [2, 5]),
        (Query(status=404), [3]),
        (Query(message="GET_MSGS"), [3]),
        (Query(state="Waiting"), [1, 2, 4]),
        (Query(state="Done"), [5]),
        (Query(open=True), [5]),
        (Query(open=False), [2, 3]),
        (Query(poll=True, client="other"), [3]),
        (Query(header=("x-TRACE", "")), [2]),
        (Query(header=("x-trace", "a, b")), [2]),
        (Query(header=("x-trace", "a")), []),
        (Query(since=3, until=4), [3, 4]),
        (Query(after=3), [4, 5]),
        (Query(kind="transition", method="GET"), []),
    ],
    ids=str,
)
def test_answers_queries(query: Query, numbers: list[int]) -> None:
    """Entries are chosen by what they are asked to be; what only exchanges have leaves the others out."""
    assert [entry.number for entry in mixed().find(query)] == numbers
    assert mixed().count(query) == len(numbers)


def test_finds_no_more_than_asked() -> None:
    """A limit takes the oldest."""
    assert [entry.number for entry in mixed().find(limit=2)] == [1, 2]


def test_knows_its_kinds() -> None:
    """A kind of entry that there is not is told with those that there are."""
    with pytest.raises(Misuse, match="no entries of the kind 'poll'. Expected one of: exchange, transition, notificat"):
        Query(kind="poll")


def test_refuses_a_count_that_could_be_short() -> None:
    """What was dropped of any kind makes every count uncertain."""
    journal = Journal(limit=1)
    for at in range(2):
        journal.add_notification(at, "http://r", "c1", "Waiting", 1, 200)

    with pytest.raises(Misuse, match="dropped its oldest 1 entries"):
        journal.count(Query(kind="exchange"))


def test_bodies_are_bounded() -> None:
    """Large bodies make room for newer ones before the journal is full of entries; the newest always stays."""
    journal = Journal(bodies=100)
    post = partial(journal.add_exchange, client="k", method="POST", target="/c", route="/c", status=201)
    for at in range(3):
        post(at, request=b"x" * 30, reply=b"y" * 15)
    assert [entry.at for entry in journal.entries()] == [1, 2]

    post(3, request=b"x" * 1000)
    assert ([entry.at for entry in journal.entries()], journal.dropped) == ([3], 3)


def test_a_journal_holds_something() -> None:
    """A limit of nothing is refused."""
    with pytest.raises(Misuse, match="A journal of 0 entries cannot hold anything. Expected a limit of at least 1"):
        Journal(limit=0)


def test_exports_json_lines() -> None:
    """One entry a line, with both times; a body that is no text comes in base64."""
    lines = [json.loads(line) for line in mixed().lines(start=1)]

    assert [(line["kind"], line["number"], line["moment"]) for line in lines[:3]] == [
        ("transition", 1, "+00:00:00.000"),
        ("exchange", 2, "+00:00:00.000"),
        ("exchange", 3, "+00:00:00.000"),
    ]
    assert lines[1]["reply"] == {"base64": "/w=="}
    assert lines[1]["headers"] == [["X-Trace", "a"], ["x-trace", "b"]]
    assert lines[2]["request"] == "{}"
    assert lines[0]["real"] == "1970-01-01T00:00:00.000000+00:00"
    assert [line["open"] for line in lines if line["kind"] == "exchange"] == [False, False, True]
    assert "real" not in "".join(mixed().lines(1, Query(kind="transition"), real=False))


def test_the_same_seed_exports_the_same_bytes() -> None:
    """But for the machine's time, a journal repeats to the byte; entries that differ in that alone are equal."""

    def play() -> World:
        world = World("again")
        world.script("prism-inviter", "accepts")
        world.prism.handle(Request("POST", "/connections", {"apikey": "k"}, b"{}"))
        world.advance("5s")
        return world

    one, other = play(), play()

    assert list(one.journal.lines(0, real=False)) == list(other.journal.lines(0, real=False))
    assert one.journal.entries() == other.journal.entries()
    assert one.journal.entries()[0].real > 0


def test_tells_states_before_and_after() -> None:
    """A poll that ends a step shows what was, and leaves what is; an acceptance makes a record where there was none."""
    world = World()
    world.script("prism-inviter", Sequence.of(("InvitationGenerated", "2 polls"), "ConnectionRequestReceived"))
    made = world.prism.handle(Request("POST", "/connections", {"apikey": "k"}, b"{}"))
    for _ in range(3):
        world.prism.handle(Request("GET", f"/connections/{made.about}", {"apikey": "k"}))

    assert [(e.before, e.state, e.after) for e in world.journal.exchanges()] == [
        (None, "InvitationGenerated", "InvitationGenerated"),
        ("InvitationGenerated", "InvitationGenerated", "InvitationGenerated"),
        ("InvitationGenerated", "InvitationGenerated", "ConnectionRequestReceived"),
        ("ConnectionRequestReceived", "ConnectionRequestReceived", "ConnectionRequestReceived"),
    ]


@pytest.mark.parametrize(
    ("method", "target", "why"),
    [
        ("GET", "/connection", "no route; the nearest is GET /connections: 'connection' in place of 'connections'"),
        ("PUT", "/connections", "no route; the nearest is POST /connections: the method is PUT, not POST"),
        (
            "GET",
            "/connections/a/b?x=1",
            "no route; the nearest is GET /connections/{connectionId}: the path has 3 segments, not 2",
        ),
        (
            "DELETE",
            "/events/webhook/1",
            "no route; the nearest is DELETE /events/webhooks/{id}: 'webhook' in place of 'webhooks'",
        ),
        ("GET", "/prism-agent/conections", "no route; the nearest is GET /connections: 'conections' in place of 'conn"),
    ],
)
def test_explains_what_matched_nothing(method: str, target: str, why: str) -> None:
    """The client gets the real agent's 404; the journal names the nearest route, and what differed."""
    world = World()

    reply = world.prism.handle(Request(method, target, {"apikey": "k"}))

    assert reply.status in (404, 405)
    exchange = world.journal.last_exchange()
    assert exchange is not None
    assert exchange.note.startswith(why)
    assert why.split(":", maxsplit=1)[0] in world.timeline()


def test_explains_it_at_the_agency_too() -> None:
    """A wrong path at the agency is answered as the agency would, and explained."""
    world = World()

    world.agency.handle(Request("POST", "/agency/msgs"))

    exchange = world.journal.last_exchange()
    assert exchange is not None
    assert exchange.note == "no route; the nearest is POST /agency/msg: 'msgs' in place of 'msg'"
