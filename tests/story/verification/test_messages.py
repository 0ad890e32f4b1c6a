"""The form of a failure: its nearest miss, its timeline and its marks."""

import pytest

from connsim.core.durations import MINUTE
from connsim.errors import Unmet
from tests.story.verification.conftest import EXPIRED, GENERATED, SENT, Check, HandMade, marked


def test_shows_the_nearest_miss(journal: HandMade) -> None:
    """The exchange with the fewest differences is named with them, and marked in the timeline."""
    journal.made(5 * MINUTE, "c2", "isuer")

    with pytest.raises(Unmet) as unmet:
        journal.requests(method="POST", route="/connections").with_header("apikey", "issuer").within("5m").times(2)

    assert str(unmet.value).splitlines() == [
        "The clients sent 1 request (method 'POST', route '/connections', header apikey 'issuer', until 5 minutes "
        "after the world's start). Expected exactly 2.",
        "Nearest miss: +00:05:00.000  POST /connections -> 201: header apikey is 'isuer', expected 'issuer'.",
        "The timeline:",
        "  +00:00:00.000  prism-inviter: InvitationGenerated (created)",
        "  +00:00:00.000  POST /connections -> 201",
        "  +00:01:00.000  GET /connections/c1 -> 200 InvitationGenerated, 2 times until +00:02:00.000",
        "  +00:02:59.000  prism-inviter: InvitationExpired (accepted late)",
        "  +00:03:00.000  GET /connections/c1 -> 200 InvitationExpired, 2 times until +00:04:00.000",
        "  +00:05:00.000  prism-inviter: InvitationGenerated (created)",
        "> +00:05:00.000  POST /connections -> 201",
    ]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"client": "issuer2", "method": "POST"}, "POST /connections -> 201: client is 'issuer', expected 'issuer2'."),
        ({"header": "x-trace"}, "POST /connections -> 201: there is no header x-trace."),
        ({"header": ("x-trace", "1"), "polls": True}, r"there is no header x-trace, expected '1'."),
        ({"status": 404, "polls": False}, "POST /connections -> 201: status is 201, expected 404."),
        ({"state": SENT, "polls": True, "since": "4m"}, "+00:04:00.000  GET /connections/c1 -> 200 Invitation"),
        ({"method": "POST", "since": "1m"}, "POST /connections -> 201: it came 1 minute too early."),
        ({"route": "/agency", "method": "GET"}, "route is '/connections/{connectionId}', expected '/agency'."),
        ({"message": "GET_MSGS", "polls": True}, "there is no message, expected 'GET_MSGS'."),
    ],
)
def test_the_smallest_difference_is_the_nearest(journal: HandMade, wanted: dict[str, object], message: str) -> None:
    """Of exchanges with equally many differences, the one with the smallest difference is the nearest."""
    with pytest.raises(Unmet) as unmet:
        journal.requests(**wanted).at_least(1)

    miss = next(line for line in str(unmet.value).splitlines() if line.startswith("Nearest miss: "))
    assert message in miss


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (
            lambda r: r.within("90s").times(3),
            "+00:02:00.000  GET /connections/c1 -> 200 InvitationGenerated: it came 30 s",
        ),
        (lambda r: r.before("2m").times(3), "InvitationGenerated: it came exactly at that moment."),
        (
            lambda r: r.after("3m").times(2),
            "+00:03:00.000  GET /connections/c1 -> 200 InvitationExpired: it came exactly at that",
        ),
    ],
)
def test_the_nearest_in_time_is_the_nearest(journal: HandMade, check: Check, message: str) -> None:
    """For a request that came too late, the failure says by how much."""
    with pytest.raises(Unmet) as unmet:
        check(journal.requests(connection="c1"))

    miss = next(line for line in str(unmet.value).splitlines() if line.startswith("Nearest miss: "))
    assert message in miss


def test_fewer_differences_are_nearer_than_smaller_ones() -> None:
    """One large difference is nearer than two small ones; of single differences, the smaller is nearer."""
    journal = HandMade()
    journal.polled(MINUTE, client="isuer", connection="c2")
    journal.polled(2 * MINUTE, client="nobody", connection="c1")
    assert marked(lambda: journal.requests(client="issuer", connection="c1").times(1)) == ["+00:02:00.000"]

    journal.polled(3 * MINUTE, client="isuer", connection="c1")
    assert marked(lambda: journal.requests(client="issuer", connection="c1").times(1)) == ["+00:03:00.000"]


def test_marks_the_first_surplus(journal: HandMade) -> None:
    """The first request beyond the expected number is marked; of a pause, both ends are marked."""
    requests = journal.requests(connection="c1", polls=True)

    assert marked(lambda: requests.at_most(2)) == ["+00:03:00.000"]
    assert marked(lambda: requests.every("30s")) == ["+00:01:00.000", "+00:02:00.000"]
    assert marked(lambda: requests.none_after_state(EXPIRED)) == ["+00:04:00.000"]
    assert marked(lambda: requests.saw(GENERATED)) == ["+00:03:00.000"]
    assert marked(lambda: requests.saw(SENT, EXPIRED)) == ["+00:01:00.000"]


def test_names_clients_if_nothing_matches(journal: HandMade) -> None:
    """If no request matches, the message names the clients and connections of the journal."""
    for number in range(2, 9):
        journal.made(5 * MINUTE, f"c{number}", "other")

    with pytest.raises(Unmet, match="The client 'third' sent no requests. Expected at least 1") as unmet:
        journal.requests(client="third").at_least(1)
    with pytest.raises(Unmet, match="sent no requests. Expected exactly 1.\nThere are no requests.\n.*\n  Nothing has"):
        HandMade().requests().times(1)

    assert "clients 'issuer', 'other', about connections c1, c2, c3, c4, c5 and 3 more." in str(unmet.value)


def test_long_timelines_are_cut() -> None:
    """Of a long timeline, the beginning, the end, and the lines around the mark are shown."""
    journal = HandMade()
    journal.made()
    for number in range(1, 61):
        journal.polled(number * MINUTE, state=(GENERATED, SENT)[number % 2])

    with pytest.raises(Unmet) as unmet:
        journal.requests(connection="c1", polls=True).at_most(30)

    lines = str(unmet.value).splitlines()[2:]
    assert lines[4:8] == [
        "  +00:03:00.000  GET /connections/c1 -> 200 ConnectionResponseSent",
        "  ... 22 more lines ...",
        "  +00:26:00.000  GET /connections/c1 -> 200 InvitationGenerated",
        "  +00:27:00.000  GET /connections/c1 -> 200 ConnectionResponseSent",
    ]
    assert lines[11] == "> +00:31:00.000  GET /connections/c1 -> 200 ConnectionResponseSent"
    assert len(lines) == 11 + 1 + 11
