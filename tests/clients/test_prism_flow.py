"""The example client: it stops waiting in time, survives failed polls, and backs off."""

from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest
import respx

from connsim import World
from connsim.clients.prism_flow import Pace, PrismFlow, open_http
from connsim.core.durations import SECOND
from connsim.core.ends import parse_ends
from connsim.script.sequence import Sequence, Step
from connsim.transports.httpx_router import mount


@pytest.fixture
def http(connsim: World) -> Iterator[httpx.Client]:
    """An HTTP client for the world's agent, closed after the test."""
    with open_http(connsim.prism.url, "k") as http:
        yield http


def test_gives_up_exactly_at_expiry(connsim: World, http: httpx.Client) -> None:
    """The last poll is at the moment of expiry."""
    flow = PrismFlow(http, Pace.evenly(50))
    connection = flow.create("x")

    outcome = flow.wait(connection, "ConnectionResponseSent", expiry=120)

    assert (outcome.expired, outcome.state) == (True, "InvitationGenerated")
    moments = [poll.at - connsim.clock.start for poll in connsim.journal.polls(connection.id)]
    assert moments == [0, 50 * SECOND, 100 * SECOND, 120 * SECOND]


def test_an_answer_at_the_last_moment_counts(connsim: World, http: httpx.Client) -> None:
    """A state that is there at the moment of expiry counts."""
    connsim.script("prism-inviter", Sequence.of(("InvitationGenerated", "2 minutes"), "ConnectionResponseSent"))
    flow = PrismFlow(http, Pace.evenly(50))

    outcome = flow.wait(flow.create("x"), "ConnectionResponseSent", expiry=120)

    assert (outcome.expired, outcome.state) == (False, "ConnectionResponseSent")


def test_backs_off(connsim: World, http: httpx.Client) -> None:
    """Each pause is longer than the one before, up to the longest."""
    flow = PrismFlow(http, Pace(first=1, factor=2, longest=8))
    connection = flow.create("x")

    flow.wait(connection, "ConnectionResponseSent", expiry=40)

    polls = connsim.journal.polls(connection.id)
    assert [(b.at - a.at) // SECOND for a, b in pairwise(polls)] == [1, 2, 4, 8, 8, 8, 8, 1]


def test_survives_an_agent_that_does_not_answer(connsim: World, http: httpx.Client) -> None:
    """A poll that times out is repeated after the usual pause."""
    asked: list[str] = []
    flow = PrismFlow(http, Pace.evenly(10), asked.append)
    connection = flow.create("x")

    def fail_first(request: httpx.Request) -> None:
        if not asked:
            asked.append("time-out")
            raise httpx.ReadTimeout("slow", request=request)

    http.event_hooks["request"].append(fail_first)
    outcome = flow.wait(connection, "ConnectionResponseSent", expiry=20)

    assert outcome.expired
    assert asked == ["time-out", "InvitationGenerated", "InvitationGenerated"]


def test_gives_up_on_a_wrong_request(connsim: World, http: httpx.Client) -> None:
    """If the agent says that the request itself is wrong, the client does not repeat it."""
    flow = PrismFlow(http)
    connection = flow.create("x")
    http.headers["accept"] = "text/html"

    with pytest.raises(httpx.HTTPStatusError, match="406"):
        flow.wait(connection, "ConnectionResponseSent", expiry=60)

    assert connsim.clock.elapsed() == 0


def test_survives_an_agent_in_trouble(connsim: World, http: httpx.Client) -> None:
    """A 5xx may be temporary, so the request is repeated."""
    flow = PrismFlow(http, Pace.evenly(10))
    connection = flow.create("x")
    del http.headers["apikey"]  # the agent hides the 401 behind a 500

    outcome = flow.wait(connection, "ConnectionResponseSent", expiry=20)

    assert (outcome.expired, outcome.state) == (True, "")
    assert [e.status for e in connsim.journal.exchanges(method="GET")] == [500, 500, 500]


def test_keeps_the_padding_of_the_payload() -> None:
    """The payload is extracted with its padding."""
    world = World(public_url="http://a.example")  # gives a payload that needs padding
    with respx.MockRouter() as router, open_http(mount(router, world.prism), "k") as http:
        connection = PrismFlow(http).create("x")
        url = http.get(f"/connections/{connection.id}").json()["invitation"]["invitationUrl"]

    assert url.endswith(f"?_oob={connection.invitation}")
    assert connection.invitation.endswith("=")


def test_reads_through_scripted_polls(connsim: World, http: httpx.Client) -> None:
    """A state that lasts three polls is seen three times."""
    steps = (Step("InvitationGenerated", parse_ends("3 polls")), Step("ConnectionResponseSent"))
    connsim.script("prism-inviter", Sequence(steps))
    seen: list[str] = []
    flow = PrismFlow(http, Pace.evenly(1), seen.append)

    flow.wait(flow.create("x"), "ConnectionResponseSent", expiry=60)

    assert seen == ["InvitationGenerated"] * 3 + ["ConnectionResponseSent"]
