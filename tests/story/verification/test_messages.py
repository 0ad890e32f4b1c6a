"""The form of a failure: its nearest miss, its timeline and its marks."""

import pytest

from connsim.core.durations import MINUTE
from connsim.errors import Unmet
from tests.story.verification.conftest import EXPIRED, GENERATED, SENT, Check, Told, marked


def test_tells_the_nearest_miss(journal: Told) -> None:
    """The exchange that differs in the fewest things is named with what differs, and marked in the timeline."""
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
    ("wanted", "told"),
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
def test_misses_are_near_in_every_way(journal: Told, wanted: dict[str, object], told: str) -> None:
    """Of those that differ in equally few things, the one that differs least is the nearest."""
    with pytest.raises(Unmet) as unmet:
        journal.requests(**wanted).at_least(1)

    miss = next(line for line in str(unmet.value).splitlines() if line.startswith("Nearest miss: "))
    assert told in miss


@pytest.mark.parametrize(
    ("check", "told"),
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
def test_the_nearest_in_time_is_the_nearest(journal: Told, check: Check, told: str) -> None:
    """A request that came too late is told with how much."""
    with pytest.raises(Unmet) as unmet:
        check(journal.requests(connection="c1"))

    miss = next(line for line in str(unmet.value).splitlines() if line.startswith("Nearest miss: "))
    assert told in miss


def test_fewer_differences_are_nearer_than_smaller_ones() -> None:
    """What differs in one thing by far is nearer than what differs in two by a letter; of one thing, letters count."""
    journal = Told()
    journal.polled(MINUTE, client="isuer", connection="c2")
    journal.polled(2 * MINUTE, client="nobody", connection="c1")
    assert marked(lambda: journal.requests(client="issuer", connection="c1").times(1)) == ["+00:02:00.000"]

    journal.polled(3 * MINUTE, client="isuer", connection="c1")
    assert marked(lambda: journal.requests(client="issuer", connection="c1").times(1)) == ["+00:03:00.000"]


def test_marks_what_was_too_much(journal: Told) -> None:
    """Where more came than expected, the first that was too much is marked; a pause is marked at both ends."""
    requests = journal.requests(connection="c1", polls=True)

    assert marked(lambda: requests.at_most(2)) == ["+00:03:00.000"]
    assert marked(lambda: requests.every("30s")) == ["+00:01:00.000", "+00:02:00.000"]
    assert marked(lambda: requests.none_after_state(EXPIRED)) == ["+00:04:00.000"]
    assert marked(lambda: requests.saw(GENERATED)) == ["+00:03:00.000"]
    assert marked(lambda: requests.saw(SENT, EXPIRED)) == ["+00:01:00.000"]


def test_says_who_came_when_nobody_did(journal: Told) -> None:
    """If there is nothing to judge, the message names the clients and connections that there are."""
    for number in range(2, 9):
        journal.made(5 * MINUTE, f"c{number}", "other")

    with pytest.raises(Unmet, match="The client 'third' sent no requests. Expected at least 1") as unmet:
        journal.requests(client="third").at_least(1)
    with pytest.raises(Unmet, match="sent no requests. Expected exactly 1.\nThere are no requests.\n.*\n  Nothing has"):
        Told().requests().times(1)

    assert "clients 'issuer', 'other', about connections c1, c2, c3, c4, c5 and 3 more." in str(unmet.value)


def test_long_timelines_are_cut() -> None:
    """Of a long story, the beginning, the end, and what is around the mark are told."""
    journal = Told()
    journal.made()
    for number in range(1, 61):
        journal.polled(number * MINUTE, state=(GENERATED, SENT)[number % 2])

    with pytest.raises(Unmet) as unmet:
        journal.requests(connection="c1", polls=True).at_most(30)

    told = str(unmet.value).splitlines()[2:]
    assert told[4:8] == [
        "  +00:03:00.000  GET /connections/c1 -> 200 ConnectionResponseSent",
        "  ... 22 more lines ...",
        "  +00:26:00.000  GET /connections/c1 -> 200 InvitationGenerated",
        "  +00:27:00.000  GET /connections/c1 -> 200 ConnectionResponseSent",
    ]
    assert told[11] == "> +00:31:00.000  GET /connections/c1 -> 200 ConnectionResponseSent"
    assert len(told) == 11 + 1 + 11
