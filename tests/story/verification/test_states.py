"""Which states a client was shown, judged on journals that are made by hand."""

from functools import partial

import pytest

from connsim import asked
from connsim.core.durations import MINUTE
from connsim.errors import Misuse, Unmet
from tests.story.verification.conftest import EXPIRED, GENERATED, PENDING, ROUTE, SENT, Told


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

    with pytest.raises(Unmet, match="sent 1 request after it was shown ConnectionResponseSent, the first one 1 min"):
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

    with pytest.raises(Unmet, match=r"sent no request \(method 'POST'\) after the one 0 seconds after"):
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
        Misuse, match="never in Accepted, so no request can come after it. It was in OfferSent, then Offer"
    ):
        journal.requests(connection="c1").none_after_state("Accepted")


def test_the_state_of_an_aries_connection_is_unread() -> None:
    """An agency cannot read Aries messages, so a check of states there is misuse."""
    journal = vcx(("owner", "GET_MSGS", None))

    with pytest.raises(
        Misuse, match="No reply about connection c1 shows its state: the agency cannot read Aries messages"
    ):
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

    with pytest.raises(
        Misuse, match="about 2 connections. Expected one, whose states are compared. Select it with connection="
    ):
        journal.requests().saw(GENERATED, EXPIRED)
