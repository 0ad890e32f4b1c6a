"""What tests may expect of requests, judged on journals that are made by hand."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim import World, asked
from connsim.core.durations import MINUTE, SECOND
from connsim.errors import BadDuration, Misuse, Unmet
from connsim.journal.entries import Exchange
from connsim.journal.journal import Journal
from connsim.story.verification.case import Case
from connsim.story.verification.evidence import Evidence
from connsim.story.verification.requests import Requests

ROUTE = "/connections/{connectionId}"
GENERATED, PENDING, SENT = "InvitationGenerated", "ConnectionResponsePending", "ConnectionResponseSent"
EXPIRED = "InvitationExpired"

Check = Callable[[Requests], object]


class Told(Journal):
    """A journal, written in short."""

    def made(self, at: int = 0, connection: str = "c1", client: str = "issuer") -> Exchange:
        """An invitation is made."""
        self.add_transition(at, "prism-inviter", connection, None, GENERATED, "created")
        return self.add_exchange(
            at,
            client=client,
            method="POST",
            target="/connections",
            route="/connections",
            connection=connection,
            status=201,
            state=GENERATED,
            request=b"{}",
            reply=b"{}",
            headers=(("apikey", client), ("accept", "*/*")),
        )

    def polled(
        self, *moments: int, state: str | None = GENERATED, connection: str = "c1", client: str = "issuer"
    ) -> None:
        """A client reads a connection."""
        for at in moments:
            self.add_exchange(
                at,
                client=client,
                method="GET",
                target=f"/connections/{connection}",
                route=ROUTE,
                connection=connection,
                status=200,
                state=state,
                reply=b"{}",
                headers=(("apikey", client),),
            )

    def posted(self, at: int, client: str, message: str, state: str | None) -> None:
        """A client sends the agency a message about the connection c1."""
        self.add_exchange(
            at,
            client=client,
            method="POST",
            target="/agency/msg",
            route="/agency/msg",
            connection="c1",
            status=200,
            state=state,
            message=message,
            poll=message == "GET_MSGS",
        )

    def moved(self, at: int, state: str, event: str = "accepted") -> None:
        """The record of the connection c1 changes its state."""
        self.add_transition(at, "prism-inviter", "c1", None, state, event)

    def requests(self, **wanted: object) -> Requests:
        """What a test asks for."""
        return Requests.asked(Evidence(self.entries()), **wanted)  # type: ignore[arg-type]


@pytest.fixture
def journal() -> Told:
    """An inviter asks every minute, sees an expiry after three minutes, and asks once more."""
    journal = Told()
    journal.made()
    journal.polled(MINUTE, 2 * MINUTE)
    journal.moved(3 * MINUTE - SECOND, EXPIRED, "accepted late")
    journal.polled(3 * MINUTE, 4 * MINUTE, state=EXPIRED)
    return journal


# --- what is asked for --------------------------------------------------------------------------------------------


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
            "knows no connection 'c9'. Requests came of client 'issuer', about connection c1. Expected",
        ),
        ({"route": "/connection"}, "'/connection' is no route of an agent or .*Did you mean '/connections'"),
        ({"route": "/connections/{id}"}, "Did you mean '/connections/{connectionId}'"),
        ({"route": "/connections/1e14ace1"}, "Did you mean '/connections/{connectionId}'"),
        ({"method": "GTE"}, "'GTE' is no HTTP method. Did you mean 'GET'"),
        ({"message": "GET_MESSAGES"}, "'GET_MESSAGES' is no message to the agency. Did you mean 'GET_MSGS'"),
        ({"state": "InvitationExpird"}, "is no state of a connection. Did you mean 'InvitationExpired'"),
        ({"heder": "apikey"}, "can not be asked for by 'heder'. Did you mean 'header'. Expected one of: connection,"),
        ({"until": "soon"}, "'soon' is no duration"),
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

    with pytest.raises(Misuse, match="dropped its oldest 2 entries, so requests can not be verified.*larger journal_l"):
        Requests.asked(evidence, connection="c1")
    with pytest.raises(Unmet, match="It was so.\nThe timeline:\n  Nothing has happened yet."):
        Case.begun(evidence, None, None).unmet("It was so.")


# --- what is expected ---------------------------------------------------------------------------------------------

MET: Sequence[Check] = (
    lambda r: r.times(5),
    lambda r: r.at_least(5).at_most(5),
    lambda r: r.with_header("apikey", "nobody").never(),
    lambda r: r.every("1 minute"),
    lambda r: r.every("61s", tolerance="1s"),
    lambda r: r.no_closer_than("60s"),
    lambda r: r.none_after("4 minutes"),
    lambda r: r.within("3 minutes").none_after_state(EXPIRED),
    lambda r: r.saw(GENERATED, EXPIRED),
    lambda r: r.first_shown(EXPIRED),
    lambda r: r.always_with_header("APIKey", "issuer"),
    lambda r: r.in_order(asked(method="POST"), asked(state=GENERATED), asked(state=EXPIRED, polls=True)),
)


@pytest.mark.parametrize("check", MET)
def test_what_is_met_passes(journal: Told, check: Check) -> None:
    """An expectation that is met says nothing."""
    check(journal.requests(connection="c1"))


def test_expectations_are_sentences(journal: Told) -> None:
    """What expects something returns the same requests, so that the next expectation may follow."""
    requests = journal.requests(connection="c1", polls=True)

    assert requests.times(4).every("1 minute").at_most(9).no_closer_than("1s").none_after("1 hour") is requests


UNMET: Sequence[tuple[Check, str]] = (
    (lambda r: r.times(4), r"The client asked 5 times. Expected exactly 4\."),
    (lambda r: r.at_least(6), r"asked 5 times. Expected at least 6\."),
    (lambda r: r.at_most(1), r"asked 5 times. Expected at most 1\."),
    (lambda r: r.never(), r"asked 5 times. Expected none\."),
    (lambda r: r.within("1m").times(3), r"asked 2 times \(until 1 minute after the connection's beginning\). Expected"),
    (
        lambda r: r.every("61s"),
        r"waited 1 minute, from 0 seconds after the connection's .* exactly 1 minute 1 second\.",
    ),
    (lambda r: r.every("62s", tolerance="1s"), r"Expected exactly 1 minute 2 seconds, give or take 1 second\."),
    (lambda r: r.no_closer_than("2m"), r"waited only 1 minute, from 0 seconds after .* Expected at least 2 minutes\."),
    (lambda r: r.backs_off(), r"waited 1 minute at first and 1 minute at last. Expected pauses that grow\."),
    (
        lambda r: r.none_after("3m"),
        r"asked 1 time later than 3 minutes after .*, the first time 1 minute later\. .* none",
    ),
    (
        lambda r: r.none_after_state(EXPIRED),
        r"asked 1 time more after it was shown InvitationExpired, the first time 1 m",
    ),
    (
        lambda r: r.saw(GENERATED),
        r"was shown InvitationGenerated, then InvitationExpired. Expected InvitationGenerated\.",
    ),
    (lambda r: r.saw(GENERATED, EXPIRED, SENT), r"Expected .*, then InvitationExpired, then ConnectionResponseSent\."),
    (lambda r: r.saw(SENT, EXPIRED), r"Expected ConnectionResponseSent, then InvitationExpired\."),
    (lambda r: r.first_shown(SENT), r"was shown .*, then InvitationExpired. Expected ConnectionResponseSent\."),
    (
        lambda r: r.always_with_header("accept"),
        r"sent 4 of 5 requests without header accept. Expected it with every one",
    ),
    (
        lambda r: r.with_header("x").always_with_header("y"),
        r"sent no request \(header x\). Expected some, all with header",
    ),
    (
        lambda r: r.in_order(asked(state=EXPIRED), asked(method="POST")),
        r"made no request \(method 'POST'\) after the one 3 minutes after the connection's beginning. Expected "
        r"\(state 'InvitationExpired'\), then \(method 'POST'\)\.",
    ),
    (lambda r: r.in_order(asked(status=404), asked(method="POST")), r"made no request \(status 404\)\. Expected"),
)


@pytest.mark.parametrize(("check", "told"), UNMET)
def test_what_is_not_met_is_told(journal: Told, check: Check, told: str) -> None:
    """A failure says what happened and what was expected, and shows the connection's timeline."""
    with pytest.raises(Unmet, match=f"(?s){told}.*\nThe timeline of connection c1:\n.* prism-inviter: InvitationGen"):
        check(journal.requests(connection="c1"))


NO_SENSE: Sequence[tuple[Check, str]] = (
    (lambda r: r.times(-1), "Nobody can make exactly -1 requests"),
    (lambda r: r.at_least(0), r"At least 0 requests there are always. Expected 1 or more, or never\(\) for none"),
    (
        lambda r: r.within("0s").every("1m"),
        r"asked 1 time \(until .*\), so there is no pause to measure. Expected at least 2",
    ),
    (lambda r: r.within("1m").backs_off(), r"asked 2 times .*, so no pause can be longer than the one before"),
    (
        lambda r: r.after("1h").no_closer_than("1m"),
        "asked 0 times .* Requests came of client 'issuer', about connection c1",
    ),
    (lambda r: r.every("0s"), "Nobody asks every 0 seconds. Expected a pause"),
    (lambda r: r.backs_off(by=1), "1 times as long do not grow. Expected a factor above 1"),
    (lambda r: r.in_order(asked(method="POST")), r"in_order\(\) was given 1 of what is to come in order"),
    (lambda r: r.saw("Expird"), "'Expird' is no state of a connection. Did you mean 'Expired'"),
    (
        lambda r: r.none_after_state(SENT),
        "c1 was never in ConnectionResponseSent, .* It was in InvitationGenerated, then InvitationExpired. Let",
    ),
)


@pytest.mark.parametrize(("check", "told"), NO_SENSE)
def test_expectations_that_make_no_sense_are_misuse(journal: Told, check: Check, told: str) -> None:
    """What could not be otherwise, or could never be, is a mistake in the test."""
    with pytest.raises(Misuse, match=told):
        check(journal.requests(connection="c1"))


def test_durations_are_checked(journal: Told) -> None:
    """A text that is no duration is told so."""
    with pytest.raises(BadDuration, match="'often' is no duration"):
        journal.requests().every("often")


# --- the form of a failure ----------------------------------------------------------------------------------------


def test_tells_the_nearest_miss(journal: Told) -> None:
    """The exchange that differs in the fewest things is named with what differs, and marked in the timeline."""
    journal.made(5 * MINUTE, "c2", "isuer")

    with pytest.raises(Unmet) as unmet:
        journal.requests(method="POST", route="/connections").with_header("apikey", "issuer").within("5m").times(2)

    assert str(unmet.value).splitlines() == [
        "The clients asked 1 time (method 'POST', route '/connections', header apikey 'issuer', until 5 minutes after "
        "the world's start). Expected exactly 2.",
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
        (lambda r: r.before("2m").times(3), "InvitationGenerated: it came at that very moment."),
        (
            lambda r: r.after("3m").times(2),
            "+00:03:00.000  GET /connections/c1 -> 200 InvitationExpired: it came at that",
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

    with pytest.raises(Unmet, match="The client 'third' asked 0 times. Expected at least 1") as unmet:
        journal.requests(client="third").at_least(1)
    with pytest.raises(
        Unmet, match="asked 0 times. Expected exactly 1.\nNo request has come at all.\n.*\n  Nothing has"
    ):
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
        "  ... 22 lines more ...",
        "  +00:26:00.000  GET /connections/c1 -> 200 InvitationGenerated",
        "  +00:27:00.000  GET /connections/c1 -> 200 ConnectionResponseSent",
    ]
    assert told[11] == "> +00:31:00.000  GET /connections/c1 -> 200 ConnectionResponseSent"
    assert len(told) == 11 + 1 + 11


# --- states -------------------------------------------------------------------------------------------------------


def test_a_state_that_lasts_no_time_is_past_when_a_later_one_shows() -> None:
    """Nobody is shown a state that lasts no time, but a later one tells that it was."""
    journal = Told()
    journal.made()
    journal.moved(MINUTE, PENDING)
    journal.moved(MINUTE, SENT)
    requests = journal.requests(connection="c1")
    requests.none_after_state(PENDING).saw(GENERATED)

    journal.polled(2 * MINUTE, state=SENT)
    journal.requests(connection="c1").none_after_state(PENDING)
    journal.polled(3 * MINUTE, state=SENT)

    with pytest.raises(
        Unmet, match="asked 1 time more after it was shown ConnectionResponseSent, the first time 1 min"
    ):
        journal.requests(connection="c1").none_after_state(PENDING)


def test_a_failure_shows_no_state() -> None:
    """Whatever a reply is about, the client of one that failed was shown nothing."""
    journal = Told()
    journal.made()
    journal.add_exchange(
        MINUTE,
        client="issuer",
        method="GET",
        target="/connections/c1",
        route=ROUTE,
        connection="c1",
        status=503,
        state=EXPIRED,
    )

    journal.requests(connection="c1").saw(GENERATED)
    journal.requests(connection="c1", polls=True).times(1).that_showed(EXPIRED).never()


def test_one_request_is_one_step_of_an_order(journal: Told) -> None:
    """What comes in order are different requests, though they be alike."""
    post = asked(method="POST")

    with pytest.raises(Unmet, match=r"made no request \(method 'POST'\) after the one 0 seconds after"):
        journal.requests(connection="c1").in_order(post, post)

    journal.made(5 * MINUTE)
    journal.requests(connection="c1").in_order(post, post)


def test_what_was_never_answered_was_never_shown() -> None:
    """A client is told of a state when the reply is sent, and by no reply that is still held back."""
    journal = Told()
    journal.made()
    hold_back = partial(
        journal.add_exchange,
        client="issuer",
        method="GET",
        target="/connections/c1",
        route=ROUTE,
        connection="c1",
        status=200,
        state=EXPIRED,
        reply=b"{}",
        waits=True,
    )
    first = hold_back(MINUTE)
    hold_back(2 * MINUTE)
    journal.moved(0, EXPIRED)
    journal.requests(connection="c1").none_after_state(EXPIRED).saw(GENERATED)

    first.answered = 3 * MINUTE

    journal.requests(connection="c1").none_after_state(EXPIRED).saw(GENERATED, EXPIRED)


def vcx(*entries: tuple[str, str, str | None], act: str = "accept") -> Told:
    """The journal of an agency: who posted which message, and the status that the mailbox showed."""
    journal = Told()
    journal.add_transition(0, "vcx-holder", "c1", None, "ignore", "invited")
    for number, (client, message, status) in enumerate(entries):
        journal.posted(number * MINUTE, client, message, status)
        if client == "holder":
            journal.add_transition(number * MINUTE, "vcx-holder", "c1", "ignore", act, "answered")
    return journal


def test_an_issuer_is_shown_what_libvcx_makes_of_its_mailbox() -> None:
    """A status in the mailbox stands for the state of a libvcx inviter; the holder's own message is not its own."""
    asks = ("owner", "GET_MSGS", "MS-101")
    answer = ("holder", "ACCEPT_CONN_REQ", "MS-104")
    journal = vcx(("owner", "CONN_REQUEST", "MS-101"), asks, answer, ("owner", "GET_MSGS", "MS-104"))

    journal.requests(connection="c1").saw("OfferSent", "Accepted").none_after_state("Accepted")
    journal.requests(state="Accepted", polls=True).times(1)
    assert journal.requests(connection="c1").first_shown("Accepted").at == 3 * MINUTE


def test_a_refusal_shows_an_issuer_nothing() -> None:
    """A libvcx inviter stays in OfferSent whatever refusal stands in its mailbox."""
    journal = vcx(
        ("owner", "GET_MSGS", "MS-102"),
        ("holder", "ACCEPT_CONN_REQ", "MS-105"),
        ("owner", "GET_MSGS", "MS-105"),
        act="refuse",
    )

    journal.requests(connection="c1").saw("OfferSent")
    with pytest.raises(
        Misuse, match="never in Accepted, so nothing can come after that. It was in OfferSent, then Offer"
    ):
        journal.requests(connection="c1").none_after_state("Accepted")


def test_the_state_of_an_aries_connection_is_unread() -> None:
    """An agency carries Aries messages unread, so whoever asks for states there is told so."""
    journal = vcx(("owner", "GET_MSGS", None))

    with pytest.raises(Misuse, match="No reply about connection c1 shows its state: the agency carries Aries messages"):
        journal.requests(connection="c1").saw("OfferSent")


def test_a_client_that_got_nothing_but_garbage_saw_no_state() -> None:
    """Replies that a fault spoilt show nothing, which is no reason to take the connection for one of Aries."""
    journal = Told()
    journal.made()
    journal.polled(MINUTE, 2 * MINUTE, state=None)

    with pytest.raises(Unmet, match=r"was shown no state \(polls only\). Expected ConnectionResponseSent"):
        journal.requests(connection="c1", polls=True).saw(SENT)


def test_states_are_those_of_one_connection(journal: Told) -> None:
    """States of several connections have no order."""
    journal.requests().saw(GENERATED, EXPIRED)
    journal.made(5 * MINUTE, "c2")

    with pytest.raises(Misuse, match="about 2 connections, and states are those of one.*Name it with connection="):
        journal.requests().saw(GENERATED, EXPIRED)


# --- cadence, in general ------------------------------------------------------------------------------------------

PAUSES = st.lists(st.integers(1, 10**12), min_size=2, max_size=12)


def at_pauses(pauses: Sequence[int]) -> Requests:
    """Polls with these pauses, in nanoseconds, between them."""
    journal = Told()
    journal.polled(*accumulate(pauses, initial=7))
    return journal.requests(polls=True)


@given(pause=st.integers(1, 10**12), count=st.integers(1, 12), data=st.data())
def test_only_even_pauses_are_even(pause: int, count: int, data: st.DataObject) -> None:
    """Evenly spaced requests come every so often, and with one pause of another length they do not."""
    pauses = [pause] * count
    at_pauses(pauses).every(f"{pause} ns")

    pauses[data.draw(st.integers(0, count - 1))] += 1

    with pytest.raises(Unmet, match="Expected exactly"):
        at_pauses(pauses).every(f"{pause} ns")


@given(pauses=PAUSES)
def test_only_growing_pauses_back_off(pauses: list[int]) -> None:
    """A client backs off if no pause is shorter than the one before and the last is longer than the first."""
    grows = all(later >= earlier for earlier, later in pairwise(pauses)) and pauses[-1] > pauses[0]

    assert met(lambda: at_pauses(pauses).backs_off(tolerance="0s")) == grows


@given(pauses=PAUSES)
def test_sorted_pauses_back_off_up_to_the_longest(pauses: list[int]) -> None:
    """Sorted pauses that differ back off up to the longest of them, and to no less."""
    pauses = sorted({*pauses, max(pauses) + 2})
    if len(pauses) < 2:
        return
    longest = pauses[-1]

    at_pauses(pauses).backs_off(up_to=f"{longest} ns", tolerance="0s")
    assert not met(lambda: at_pauses(pauses).backs_off(up_to=f"{longest - 1} ns", tolerance="0s"))


@given(first=st.integers(1, 10**9), by=st.integers(2, 4), count=st.integers(3, 8), longest=st.integers(2, 10**12))
def test_a_factor_is_kept_up_to_the_longest_pause(first: int, by: int, count: int, longest: int) -> None:
    """Pauses that are multiplied until they are as long as allowed back off by that factor, and by no other."""
    longest = max(longest, first + 1)
    pauses = [min(first * by**number, longest) for number in range(count)]

    at_pauses(pauses).backs_off(by=by, up_to=f"{longest} ns", tolerance="0s")
    if pauses[1] < longest:
        assert not met(lambda: at_pauses(pauses).backs_off(by=by + 1, up_to=f"{longest} ns", tolerance="0s"))


@given(pauses=PAUSES, least=st.integers(1, 10**12))
def test_the_shortest_pause_decides(pauses: list[int], least: int) -> None:
    """Requests are no closer than their shortest pause."""
    assert met(lambda: at_pauses(pauses).no_closer_than(f"{least} ns")) == (min(pauses) >= least)


@pytest.mark.parametrize(
    ("pauses", "arguments", "told"),
    [
        (
            [1, 2, 1],
            {},
            "waited 1 second after a pause of 2 seconds, from 3 seconds after .*Expected a pause that is no",
        ),
        ([1, 2, 3], {"by": 2}, "waited 3 seconds after a pause of 2 seconds,.* Expected 4 seconds, 2 times as long."),
        ([1, 2, 3], {"by": 2, "up_to": "4s"}, "Expected 4 seconds, 2 times as long up to 4 seconds."),
        ([1, 2, 9], {"up_to": "8s"}, "waited 9 seconds, from 3 seconds after .* Expected at most 8 seconds."),
    ],
)
def test_backing_off_otherwise_is_told(pauses: list[int], arguments: dict[str, str], told: str) -> None:
    """The first pause that breaks the rule is told, with what it should have been."""
    journal = Told()
    journal.polled(*accumulate((pause * SECOND for pause in pauses), initial=0))

    with pytest.raises(Unmet, match=told):
        journal.requests().backs_off(**arguments)  # type: ignore[arg-type]


def test_worlds_are_asked_directly() -> None:
    """The world of a test is asked without any detour."""
    world = World()
    assert list(world.requests()) == []

    with pytest.raises(Misuse, match="knows no connection 'c1'. No request has come at all."):
        world.requests(connection="c1")


def marked(check: Callable[[], object]) -> list[str]:
    """The moments that a failure marks in the timeline."""
    with pytest.raises(Unmet) as unmet:
        check()
    return [line.split()[1] for line in str(unmet.value).splitlines() if line.startswith("> ")]


def met(check: Callable[[], object]) -> bool:
    """Whether an expectation is met."""
    try:
        check()
    except Unmet:
        return False
    return True
