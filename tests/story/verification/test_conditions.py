"""Which requests a test asks for, judged on journals that are made by hand."""

import pytest

from connsim import World
from connsim.core.durations import MINUTE
from connsim.errors import Misuse, Unmet
from connsim.story.verification.case import Case
from connsim.story.verification.evidence import Evidence
from connsim.story.verification.requests import Requests
from tests.story.verification.conftest import EXPIRED, ROUTE, Told


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({}, 6),
        ({"connection": "c1"}, 5),
        ({"client": "other"}, 1),
        ({"method": "post"}, 2),
        ({"route": ROUTE}, 4),
        ({"header": "APIKEY"}, 6),
        ({"header": "accept"}, 2),
        ({"header": ("apikey", "other")}, 1),
        ({"status": 201}, 2),
        ({"state": EXPIRED}, 2),
        ({"polls": True}, 4),
        ({"polls": False}, 2),
        ({"connection": "c1", "since": "2m"}, 3),
        ({"connection": "c1", "until": "2m"}, 3),
        ({"connection": "c1", "polls": True, "client": "other"}, 0),
        ({"connection": None, "client": None, "since": None}, 6),
    ],
)
def test_chooses(journal: Told, wanted: dict[str, object], count: int) -> None:
    """Requests are chosen by what they name; what is not named is not looked at."""
    journal.made(5 * MINUTE, "c2", "other")

    assert len(journal.requests(**wanted)) == count


def test_narrows(journal: Told) -> None:
    """What was chosen is narrowed by header, state and time; a moment belongs to `within`, not to its neighbours."""
    polls = journal.requests(connection="c1", polls=True)

    assert [one.at // MINUTE for one in polls.within("2m")] == [1, 2]
    assert [one.at // MINUTE for one in polls.before("2m")] == [1]
    assert [one.at // MINUTE for one in polls.after("2m")] == [3, 4]
    assert len(polls.that_showed(EXPIRED).with_header("apikey", "issuer").after("3m")) == 1


def test_counts_time_from_the_beginning_of_the_connection() -> None:
    """Where a connection is named, moments are counted from its first entry; else from the world's start."""
    journal = Told()
    journal.made(10 * MINUTE)
    journal.polled(11 * MINUTE)

    journal.requests(connection="c1").within("1m").times(2)
    journal.requests().within("1m").never()


def test_messages_of_vcx_are_chosen_by_their_name() -> None:
    """A client of an agency posts everything to one URL."""
    journal = Told()
    for message in ("CONN_REQUEST", "GET_MSGS", "GET_MSGS"):
        journal.posted(0, "owner", message, "MS-101")

    journal.requests(message="GET_MSGS", route="/agency/msg").times(2)
    journal.requests(polls=True).times(2)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (
            {"connection": "c9"},
            "has no connection 'c9'. The requests are from client 'issuer', about connection c1. Expected",
        ),
        ({"route": "/connection"}, "'/connection' is not a route of an agent or .*Did you mean '/connections'"),
        ({"route": "/connections/{id}"}, "Did you mean '/connections/{connectionId}'"),
        ({"route": "/connections/1e14ace1"}, "Did you mean '/connections/{connectionId}'"),
        ({"method": "GTE"}, "'GTE' is not an HTTP method. Did you mean 'GET'"),
        ({"message": "GET_MESSAGES"}, "'GET_MESSAGES' is not a message to the agency. Did you mean 'GET_MSGS'"),
        ({"state": "InvitationExpird"}, "is not a state of a connection. Did you mean 'InvitationExpired'"),
        ({"heder": "apikey"}, "cannot be selected by 'heder'. Did you mean 'header'. Expected one of: connection,"),
        ({"until": "soon"}, "'soon' is not a duration"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_questions_that_make_no_sense_are_misuse(journal: Told, wanted: dict[str, object], told: str) -> None:
    """What no request can ever be is a mistake in the test, and its message names what is nearest."""
    with pytest.raises(Misuse, match=told.replace("{", r"\{").replace("}", r"\}")):
        journal.requests(**wanted)


def test_a_journal_that_dropped_entries_is_not_counted() -> None:
    """Requests are not judged on a journal that is not whole, but what else went wrong is told with what is left."""
    evidence = Evidence([], dropped=2)

    with pytest.raises(Misuse, match="dropped its oldest 2 entries, so requests cannot be verified.*larger journal_l"):
        Requests.select(evidence, connection="c1")
    with pytest.raises(Unmet, match="It was so.\nThe timeline:\n  Nothing has happened yet."):
        Case.from_beginning(evidence, None, None).unmet("It was so.")


def test_worlds_are_asked_directly() -> None:
    """The world of a test is asked without any detour."""
    world = World()
    assert list(world.requests()) == []

    with pytest.raises(Misuse, match="has no connection 'c1'. There are no requests."):
        world.requests(connection="c1")
