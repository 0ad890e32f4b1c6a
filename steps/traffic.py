"""Sentences about the requests on the wire: their number, intervals, order and headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import parsers, then

from connsim import duration

from . import OTHER, ROLE

if TYPE_CHECKING:
    from connsim import Story


@then(parsers.re(rf"the {ROLE} polled (?P<count>[0-9]+) times?"))
@then(parsers.re(rf"the {ROLE} asked (?P<count>[0-9]+) times?"))  # the former sentence
def client_polled(connsim_story: Story, role: str, count: str) -> None:
    """Expect exactly this number of polls of the connection."""
    connsim_story.traffic.polls(role).times(int(count))


@then(parsers.re(rf"the {ROLE} polled at most (?P<count>[0-9]+) times?"))
@then(parsers.re(rf"the {ROLE} asked at most (?P<count>[0-9]+) times?"))  # the former sentence
def client_polled_at_most(connsim_story: Story, role: str, count: str) -> None:
    """Expect at most this number of polls of the connection."""
    connsim_story.traffic.polls(role).at_most(int(count))


@then(parsers.re(rf"the {ROLE} polled at least (?P<count>[0-9]+) times?"))
@then(parsers.re(rf"the {ROLE} asked at least (?P<count>[0-9]+) times?"))  # the former sentence
def client_polled_at_least(connsim_story: Story, role: str, count: str) -> None:
    """Expect at least this number of polls of the connection."""
    connsim_story.traffic.polls(role).at_least(int(count))


@then(parsers.re(rf"the {ROLE} polled (?P<count>[0-9]+) times? within (?P<span>.+)"))
@then(parsers.re(rf"the {ROLE} asked (?P<count>[0-9]+) times? within (?P<span>.+)"))  # the former sentence
def client_polled_within(connsim_story: Story, role: str, count: str, span: str) -> None:
    """Expect exactly this number of polls of the connection, within this time after the invitation."""
    connsim_story.traffic.polls(role).within(span).times(int(count))


@then(parsers.re(rf"the {ROLE} polled every (?P<pause>.+)"))
@then(parsers.re(rf"the {ROLE} asked every (?P<pause>.+)"))  # the former sentence
def client_polled_every(connsim_story: Story, role: str, pause: str) -> None:
    """Expect this interval between each two polls; a last poll as the client gives up may be early."""
    connsim_story.traffic.cadence(role).every(pause if pause[0].isdigit() else f"1 {pause}")


@then(parsers.re(rf"the {ROLE} waited at least (?P<pause>.+) between polls"))
def client_waited_between_polls(connsim_story: Story, role: str, pause: str) -> None:
    """Expect no shorter interval between two polls of the connection."""
    connsim_story.traffic.polls(role).no_closer_than(pause)


@then(parsers.re(rf"the {ROLE} backed off"))
def client_backed_off(connsim_story: Story, role: str) -> None:
    """Expect intervals between polls that grow and never shrink; a last poll as the client gives up may be early."""
    connsim_story.traffic.cadence(role).backs_off()


@then(parsers.re(rf"the {ROLE} backed off, up to (?P<longest>.+)"))
def client_backed_off_up_to(connsim_story: Story, role: str, longest: str) -> None:
    """Expect intervals between polls that grow and never shrink, and none longer than this."""
    connsim_story.traffic.cadence(role).backs_off(up_to=longest)


@then(parsers.re(rf"the {ROLE} is still polling after (?P<after>.+)"))
@then(parsers.re(rf"the {ROLE} is still asking after (?P<after>.+)"))  # the former sentence
def client_is_still_polling(connsim_story: Story, role: str, after: str) -> None:
    """Have the client wait without an expiry, and expect that it still polls this long after the invitation."""
    connsim_story.traffic.still_polling(role, duration(after))


@then(parsers.re(rf"the {ROLE} polls no more"))
@then(parsers.re(rf"the {ROLE} asks no more"))  # the former sentence
def client_polls_no_more(connsim_story: Story, role: str) -> None:
    """Expect that the client has not polled since its wait ended."""
    connsim_story.traffic.silence(role)


@then(parsers.re(rf"the {ROLE} never polled again after (?P<state>[A-Z]\w+)"))
@then(parsers.re(rf"the {ROLE} never asked again after (?P<state>[A-Z]\w+)"))  # the former sentence
def client_never_polled_again(connsim_story: Story, role: str, state: str) -> None:
    """Expect no poll after the client was shown this state."""
    connsim_story.traffic.polls(role).none_after_state(state)


@then(parsers.re(rf"the {ROLE} sent the header (?P<name>\S+) with every request"))
def client_sent_header(connsim_story: Story, role: str, name: str) -> None:
    """Expect this header, with any value, on every request of the client about its connection."""
    connsim_story.traffic.requests(role).always_with_header(name)


@then(parsers.re(rf"the {ROLE} sent (?P<value>.+) as the header (?P<name>\S+) with every request"))
def client_sent_header_value(connsim_story: Story, role: str, value: str, name: str) -> None:
    """Expect this header with this value on every request of the client about its connection."""
    connsim_story.traffic.requests(role).always_with_header(name, value)


@then(parsers.re(rf"the {ROLE} saw in turn"))
def client_saw_in_turn(connsim_story: Story, role: str, datatable: list[list[str]] | None = None) -> None:
    """Expect that the client was shown exactly these states, in this order: a table with the column ``state``."""
    connsim_story.traffic.saw(role, datatable)


@then(parsers.re(rf"the {ROLE} saw (?P<state>\w+) within (?P<span>.+)"))
def client_saw_within(connsim_story: Story, role: str, state: str, span: str) -> None:
    """Expect that the client was shown this state within this time after the invitation."""
    connsim_story.traffic.saw_within(role, state, span)


@then(parsers.re(rf"the {ROLE} saw (?P<state>\w+) before the {OTHER} saw (?P<other_state>\w+)"))
def client_saw_before(connsim_story: Story, role: str, state: str, other: str, other_state: str) -> None:
    """Expect that one client was shown a state before the other client was shown another."""
    connsim_story.traffic.saw_before(role, state, other, other_state)
