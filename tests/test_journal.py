import pytest

from simulator.durations import DAY, MILLISECOND, SECOND
from simulator.entries import moment
from simulator.errors import Misuse
from simulator.journal import Journal


def poll(journal: Journal, at: int, state: str = "Waiting", connection: str = "c1") -> None:
    """Note one poll."""
    journal.add_exchange(at, "key", "GET", f"/c/{connection}", "/c/{id}", connection, 200, state, b"", b"")


def test_tells_the_story_in_order() -> None:
    """Polls that show the same thing are folded into one line; everything else has a line of its own."""
    journal = Journal()
    journal.add_transition(0, "inviter", "c1", None, "Waiting", "created")
    for second in range(3):
        poll(journal, second * SECOND)
    journal.add_transition(3 * SECOND, "inviter", "c1", "Waiting", "Done", "accepted")
    poll(journal, 3 * SECOND, "Done")
    journal.add_exchange(4 * SECOND, "key", "POST", "/c", "/c", None, 400, None, b"", b"")

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
    journal.add_exchange(2, "other", "POST", "/c", "/c", None, 201, None, b"{}", b"")

    assert [e.at for e in journal.exchanges(client="other")] == [2]
    assert [e.at for e in journal.exchanges(route="/c/{id}", method="GET")] == [1]
    assert [e.at for e in journal.polls("c1")] == [1]
    assert journal.exchanges(connection="c2") == []


def test_keeps_the_newest_and_refuses_to_miscount() -> None:
    """A full journal drops its oldest exchanges, and says so rather than count wrong."""
    journal = Journal(limit=2)
    for at in range(3):
        poll(journal, at)

    with pytest.raises(Misuse, match="dropped its oldest 1 exchanges, so they can not be counted. Make the world with"):
        journal.polls("c1")
    assert [entry.at for entry in journal.entries()] == [1, 2]

    journal.clear()
    poll(journal, 9)
    assert len(journal.polls("c1")) == 1


def test_polls_may_be_posts() -> None:
    """Where everything is posted to one URL, the message tells what a request is; a note, what a reply does not."""
    journal = Journal()
    for second in range(2):
        told = ("me", "POST", "/msg", "/msg", "c1", 200, "MS-101", b"", b"")
        journal.add_exchange(second * SECOND, *told, message="GET_MSGS", poll=True)
    journal.add_exchange(2 * SECOND, "", "POST", "/msg", "/msg", "c1", 400, None, b"", b"", note="It has expired.")
    journal.add_exchange(3 * SECOND, "", "GET", "/invite", "/invite", "c1", 200, None, b"", b"", poll=False)

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
