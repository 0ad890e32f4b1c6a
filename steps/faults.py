"""Sentences about faults of the network, or of an overloaded agent.

``<when>`` is any of: once, twice, 3 times, for 5 minutes, on polls, on posts, on the second poll, on every third poll,
to the inviter, while the connection is in STATE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given, parsers, then, when

if TYPE_CHECKING:
    from connsim import Stage, Story

AGENT = "the (?P<agent>agent|agency)"
WHEN = "( (?P<when>.+))?"


@given(parsers.re(rf"{AGENT} answers (?P<status>[0-9]{{3}}){WHEN}"))
def agent_answers_with_status(connsim: Stage, agent: str, status: str, when: str | None) -> None:
    """Answer requests with this status before the agent sees them; ``with Retry-After 30 seconds`` may follow it."""
    _arm(connsim, agent, when, status=status)


@given(parsers.re(rf"{AGENT} takes (?P<pause>[0-9].*?) to answer{WHEN}"))
def agent_takes_long(connsim: Stage, agent: str, pause: str, when: str | None) -> None:
    """Delay answers by a fixed time, or by a random one from a range such as ``5 to 20 seconds``."""
    _arm(connsim, agent, when, delay=pause)


@given(parsers.re(rf"{AGENT} never answers{WHEN}"))
def agent_never_answers(connsim: Stage, agent: str, when: str | None) -> None:
    """Accept requests and never answer them."""
    _arm(connsim, agent, when, delay="ever")


@given(parsers.re(rf"{AGENT} takes (?P<most>[0-9]+) requests in (?P<per>[0-9].*?) from each client{WHEN}"))
def agent_limits_its_clients(connsim: Stage, agent: str, most: str, per: str, when: str | None) -> None:
    """Answer further requests of the client with 429, and with the time after which it may send the next one."""
    _arm(connsim, agent, when, rate_limit=most, per=per)


@given(parsers.re(rf"{AGENT} hangs up( (?P<late>after the headers|when it has done its work))?{WHEN}"))
def agent_hangs_up(connsim: Stage, agent: str, late: str | None, when: str | None) -> None:
    """Reset connections before the agent sees the request, after the headers, or after the work has been done."""
    if late == "after the headers":
        _arm(connsim, agent, when, reset="after headers")
    else:
        _arm(connsim, agent, when, reset="before headers", processed=bool(late))


@given(parsers.re(rf"{AGENT} closes the connection without a word{WHEN}"))
def agent_says_nothing(connsim: Stage, agent: str, when: str | None) -> None:
    """Close connections without sending a byte of an answer."""
    _arm(connsim, agent, when, empty=True)


@given(parsers.re(rf"{AGENT}'s answers break off after (?P<kept>[0-9]+) bytes{WHEN}"))
def answers_break_off(connsim: Stage, agent: str, kept: str, when: str | None) -> None:
    """Cut bodies off, so that they are shorter than the headers say."""
    _arm(connsim, agent, when, truncate=kept)


@given(parsers.re(rf"{AGENT}'s answers have the body (?P<body>half|html|noise|null|nothing){WHEN}"))
def answers_make_no_sense(connsim: Stage, agent: str, body: str, when: str | None) -> None:
    """Replace the bodies of answers with an unreadable one."""
    _arm(connsim, agent, when, malformed=body)


@given(parsers.re(rf"{AGENT}'s answers have the content type (?P<content_type>\S+){WHEN}"))
@given(parsers.re(rf"{AGENT}'s answers are called (?P<content_type>\S+){WHEN}"))  # the former sentence
def answers_have_content_type(connsim: Stage, agent: str, content_type: str, when: str | None) -> None:
    """Send correct answers with another content type, such as ``text/html``."""
    _arm(connsim, agent, when, content_type=content_type)


@given(parsers.re(rf"{AGENT}'s answers drip over (?P<over>[0-9.]+ ?\w+){WHEN}"))
def answers_drip(connsim: Stage, agent: str, over: str, when: str | None) -> None:
    """Send bodies in small pieces; the last one is sent after this time."""
    _arm(connsim, agent, when, drip=over)


@given(parsers.re(rf"{AGENT}'s answers are (?P<age>[0-9].*?) old{WHEN}"))
def answers_are_old(connsim: Stage, agent: str, age: str, when: str | None) -> None:
    """Answer polls with an earlier state: that of ``30 seconds`` or ``2 polls`` ago."""
    _arm(connsim, agent, when, stale=age)


@given(parsers.re(r"the event (?P<state>\w+) is (?P<how>lost|delivered twice|delivered out of order)"))
@given(parsers.re(r"the event (?P<state>\w+) is (?P<how>told twice|told out of order)"))  # the former sentence
def event_is_lost(connsim: Stage, state: str, how: str) -> None:
    """Lose the webhook event for a state, deliver it twice, or deliver it after the next one."""
    connsim.fault(webhook=how.partition(" ")[2] or how, state=state)


@given("these faults")
def these_faults(connsim: Stage, datatable: list[list[str]] | None = None) -> None:
    """Add the faults of a table: a column ``fault`` (such as ``status 503``), and columns for its other keys."""
    from connsim.story.actors import table_rows

    for row in table_rows(datatable):
        keys = ", ".join(f"{key} {value}" for key, value in row.items() if key != "fault" and value.strip())
        connsim.fault(f"{row.get('fault', '')}, {keys}" if keys else row.get("fault", ""))


@when(parsers.re(r"the (?P<role>inviter|issuer) tries to invite the holder"))
def client_tries_to_invite(connsim_story: Story, role: str) -> None:
    """Have a client make an invitation, which may fail."""
    connsim_story.try_to_invite(role)


@then(parsers.re(r"the (?P<role>client|inviter|invitee|other invitee|issuer) reports (?P<words>.+)"))
def client_reports(connsim_story: Story, role: str, words: str) -> None:
    """Expect these words in the client's report of its last failure."""
    connsim_story.expect.reports(role, words)


@then(parsers.re(r"the agent keeps (?P<count>[0-9]+) connections?"))
def agent_keeps(connsim_story: Story, count: str) -> None:
    """Expect this number of connections in the agent's store, of all clients together."""
    connsim_story.expect.kept(int(count))


@then(parsers.re(r"the faults struck (?P<count>[0-9]+) times?"))
def faults_struck(connsim_story: Story, count: str) -> None:
    """Expect all faults together to have struck this number of requests."""
    connsim_story.expect.struck(int(count))


def _arm(world: Stage, agent: str, when: str | None, **row: object) -> None:
    from connsim.faults.spoken import conditions

    name = "agency" if agent == "agency" else "prism"
    world.fault({**row, "agent": name, **conditions(when, world.clock.elapsed())})
