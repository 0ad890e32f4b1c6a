"""What the steps tell of clients that do not do as expected."""

import time
from dataclasses import dataclass

import pytest

from connsim import Outcome, Story, World
from connsim.clients.plug import Connected
from connsim.errors import Misuse


@dataclass
class Stubborn:
    """A client with an expiry of its own, whatever it is told."""

    world: World
    gives_up_after: float

    id = "c1"
    invitation = "payload"

    def create(self, label: str) -> Connected:
        """Invite."""
        self.record = self.world.prism.cloud_agent.create(self.world.prism.cloud_agent.wallet("k"), label)
        self.id = self.record.id
        return self

    def accept(self, invitation: str) -> Connected:
        """Accept."""
        raise NotImplementedError

    def wait(self, connection: Connected, until: str, expiry: float) -> Outcome:
        """Sleep, and give up."""
        time.sleep(self.gives_up_after)
        return Outcome("InvitationGenerated", expired=True)


@pytest.fixture
def story(connsim: World) -> Story:
    """A story whose inviter gives up after three days."""
    story = Story(connsim, lambda: lambda _url, _key: Stubborn(connsim, 3 * 86_400))
    story.invite("Bob")
    return story


def test_a_client_that_stops_is_told(story: Story) -> None:
    """A client that was to go on for a week and stops after three days is told when it stopped."""
    with pytest.raises(
        AssertionError, match="inviter gave up 3 days after the invitation. Expected it to be still polling"
    ):
        story.traffic.still_polling("client", 7 * 86_400 * 10**9)


def test_a_client_that_goes_on_is_left_there(story: Story, connsim: World) -> None:
    """A client that still asks is stopped at the moment that the step names, and the horizon is as before."""
    waiter = connsim.clock.waiter
    assert waiter is not None
    before = waiter.horizon

    story.traffic.still_polling("client", 2 * 86_400 * 10**9)

    assert connsim.clock.elapsed() == 2 * 86_400 * 10**9
    assert waiter.horizon == before


def test_pauses_need_polls(story: Story) -> None:
    """Without two polls there is no pause to judge."""
    with pytest.raises(Misuse, match="The inviter sent no requests, so there is no pause to measure"):
        story.traffic.polls("client").no_closer_than("1s")


def test_outcomes_need_a_wait(story: Story) -> None:
    """Without a wait there is no outcome, and the message names the step that is missing."""
    with pytest.raises(Misuse, match="has not waited in this scenario.*When the inviter waits at most 24 hours"):
        story.expect.connected("inviter")


def test_asking_after_the_end_is_told(connsim: World) -> None:
    """A client that asks again after it has given up is told how much later."""
    story = Story(connsim, lambda: lambda _url, _key: Stubborn(connsim, 60))
    story.invite("Bob")
    story.wait("inviter", 60 * 10**9)
    connsim.clock.advance("5 minutes")
    connection = story.actor("inviter").connection
    assert connection is not None
    connsim.journal.add_exchange(
        connsim.clock.now(),
        client="k",
        method="GET",
        target="/c",
        route="/c",
        connection=connection.id,
        status=200,
        state="InvitationGenerated",
    )

    with pytest.raises(AssertionError, match="sent 1 request after the end of its wait, the first one 5 minutes later"):
        story.expect.given_up("inviter")


def test_still_polling_needs_frozen_time() -> None:
    """In real time nobody can tell what a client would do for ever."""
    world = World()
    story = Story(world, lambda: lambda _url, _key: Stubborn(world, 1))
    story.invite("Bob")

    with pytest.raises(Misuse, match="time is not frozen. Expected frozen time. Use the fixture 'connsim'"):
        story.traffic.still_polling("client", 1)
