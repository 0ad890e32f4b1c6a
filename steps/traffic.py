"""Sentences about what went over the wire."""

from pytest_bdd import parsers, then

from simulator.durations import duration
from simulator.story import ROLE, Story


@then(parsers.re(rf"the {ROLE} asked (?P<count>[0-9]+) times?"))
def client_asked(connsim_story: Story, role: str, count: str) -> None:
    """Expect exactly so many polls of the connection."""
    connsim_story.expect.polls(role, int(count), int(count))


@then(parsers.re(rf"the {ROLE} asked at most (?P<count>[0-9]+) times?"))
def client_asked_at_most(connsim_story: Story, role: str, count: str) -> None:
    """Expect no more than so many polls of the connection."""
    connsim_story.expect.polls(role, 0, int(count))


@then(parsers.re(rf"the {ROLE} waited at least (?P<pause>.+) between polls"))
def client_waited_between_polls(connsim_story: Story, role: str, pause: str) -> None:
    """Expect no two polls of the connection closer to each other."""
    connsim_story.expect.pause(role, duration(pause))


@then(parsers.re(rf"the {ROLE} is still asking after (?P<after>.+)"))
def client_is_still_asking(connsim_story: Story, role: str, after: str) -> None:
    """Let the client wait without an expiry, and expect that it has not stopped so long after the invitation."""
    connsim_story.expect.still_asking(role, duration(after))


@then(parsers.re(rf"the {ROLE} asks no more"))
def client_asks_no_more(connsim_story: Story, role: str) -> None:
    """Expect that the client has not asked again since its wait ended."""
    connsim_story.expect.silence(role)
