"""What tests may expect of requests, judged on journals that are made by hand."""

from collections.abc import Sequence

import pytest

from connsim import asked
from connsim.errors import BadDuration, Misuse, Unmet
from tests.story.verification.conftest import EXPIRED, GENERATED, SENT, Check, Told

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
    (lambda r: r.times(4), r"The client sent 5 requests. Expected exactly 4\."),
    (lambda r: r.at_least(6), r"sent 5 requests. Expected at least 6\."),
    (lambda r: r.at_most(1), r"sent 5 requests. Expected at most 1\."),
    (lambda r: r.never(), r"sent 5 requests. Expected none\."),
    (
        lambda r: r.within("1m").times(3),
        r"sent 2 requests \(until 1 minute after the connection's beginning\). Expected",
    ),
    (
        lambda r: r.every("61s"),
        r"waited 1 minute, from 0 seconds after the connection's .* exactly 1 minute 1 second\.",
    ),
    (lambda r: r.every("62s", tolerance="1s"), r"Expected exactly 1 minute 2 seconds, give or take 1 second\."),
    (lambda r: r.no_closer_than("2m"), r"waited only 1 minute, from 0 seconds after .* Expected at least 2 minutes\."),
    (lambda r: r.backs_off(), r"waited 1 minute at first and 1 minute at last. Expected pauses that grow\."),
    (
        lambda r: r.none_after("3m"),
        r"sent 1 request later than 3 minutes after .*, the first one 1 minute later\. .* none",
    ),
    (
        lambda r: r.none_after_state(EXPIRED),
        r"sent 1 request after it was shown InvitationExpired, the first one 1 m",
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
        r"sent 4 of 5 requests without header accept. Expected the header on every request",
    ),
    (
        lambda r: r.with_header("x").always_with_header("y"),
        r"sent no requests \(header x\). Expected at least one, and each with header",
    ),
    (
        lambda r: r.in_order(asked(state=EXPIRED), asked(method="POST")),
        r"sent no request \(method 'POST'\) after the one 3 minutes after the connection's beginning. Expected "
        r"\(state 'InvitationExpired'\), then \(method 'POST'\)\.",
    ),
    (lambda r: r.in_order(asked(status=404), asked(method="POST")), r"sent no request \(status 404\)\. Expected"),
)


@pytest.mark.parametrize(("check", "told"), UNMET)
def test_what_is_not_met_is_told(journal: Told, check: Check, told: str) -> None:
    """A failure says what happened and what was expected, and shows the connection's timeline."""
    with pytest.raises(Unmet, match=f"(?s){told}.*\nThe timeline of connection c1:\n.* prism-inviter: InvitationGen"):
        check(journal.requests(connection="c1"))


NO_SENSE: Sequence[tuple[Check, str]] = (
    (lambda r: r.times(-1), "No client can send exactly -1 requests"),
    (lambda r: r.at_least(0), r"'At least 0 requests' is always true. Expected 1 or more, or never\(\) for none"),
    (
        lambda r: r.within("0s").every("1m"),
        r"sent 1 request \(until .*\), so there is no pause to measure. Expected at least 2",
    ),
    (lambda r: r.within("1m").backs_off(), r"sent 2 requests .*, so no pause can be longer than the one before"),
    (
        lambda r: r.after("1h").no_closer_than("1m"),
        "sent no requests .* The requests are from client 'issuer', about connection c1",
    ),
    (lambda r: r.every("0s"), "No client polls every 0 seconds. Expected a pause"),
    (lambda r: r.backs_off(by=1), "With a factor of 1, pauses do not grow. Expected a factor above 1"),
    (
        lambda r: r.in_order(asked(method="POST")),
        r"in_order\(\) was given fewer than two requests. " r"Expected two or more",
    ),
    (lambda r: r.saw("Expird"), "'Expird' is not a state of a connection. Did you mean 'Expired'"),
    (
        lambda r: r.none_after_state(SENT),
        "c1 was never in ConnectionResponseSent, .* It was in InvitationGenerated, then InvitationExpired. Script",
    ),
)


@pytest.mark.parametrize(("check", "told"), NO_SENSE)
def test_expectations_that_make_no_sense_are_misuse(journal: Told, check: Check, told: str) -> None:
    """What could not be otherwise, or could never be, is a mistake in the test."""
    with pytest.raises(Misuse, match=told):
        check(journal.requests(connection="c1"))


def test_durations_are_checked(journal: Told) -> None:
    """A text that is not a duration is told so."""
    with pytest.raises(BadDuration, match="'often' is not a duration"):
        journal.requests().every("often")
