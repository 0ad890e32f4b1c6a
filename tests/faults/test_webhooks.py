"""Events that are lost, delivered twice, or delivered out of order."""

from collections.abc import Callable, Iterator

import pytest

from connsim import World
from connsim.prism.cloud_agent.webhooks.deliveries import Attempt, WebhookRequest

GENERATED, RECEIVED, PENDING, SENT = (
    "InvitationGenerated",
    "ConnectionRequestReceived",
    "ConnectionResponsePending",
    "ConnectionResponseSent",
)


class Receiver:
    """Accepts every event at once."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []

    def send(self, request: WebhookRequest, observer: Attempt) -> Callable[[], None]:
        """Accept an event."""
        import json

        event = json.loads(request.body)
        self.events.append((event["data"]["state"], event["id"]))
        observer.ended(200)
        return lambda: None

    @property
    def states(self) -> list[str]:
        """The states in the events, in order of delivery."""
        return [state for state, _ in self.events]


@pytest.fixture
def world() -> World:
    """A world whose holder accepts after a minute."""
    world = World()
    world.script("prism-inviter", "accepts after 1 minute")
    return world


@pytest.fixture
def receiver(world: World) -> Iterator[Receiver]:
    """The webhook of the wallet ``k``."""
    receiver = Receiver()
    world.prism.send_with(receiver)
    world.prism.cloud_agent.webhooks.register(world.prism.cloud_agent.wallet("k").id, "http://receiver.example")
    yield receiver
    world.prism.send_with(None)


def connect(world: World, key: str = "k") -> str:
    """Establish a connection."""
    record = world.prism.cloud_agent.create(world.prism.cloud_agent.wallet(key))
    world.advance("1h")
    return record.id


@pytest.mark.parametrize(
    ("row", "states"),
    [
        (f"webhook lost, state {SENT}", [GENERATED, RECEIVED, PENDING]),
        ("webhook lost", []),
        ("webhook lost, nth 2..3", [GENERATED, SENT]),
        ("webhook lost, client other", [GENERATED, RECEIVED, PENDING, SENT]),
        ("webhook lost, client k, times 1", [RECEIVED, PENDING, SENT]),
        (f"webhook twice, state {SENT}", [GENERATED, RECEIVED, PENDING, SENT, SENT]),
        (f"webhook out of order, state {RECEIVED}", [GENERATED, PENDING, RECEIVED, SENT]),
        ("webhook out of order", [GENERATED, PENDING, RECEIVED, SENT]),
        ("webhook out of order, within 2m", [RECEIVED, GENERATED, SENT, PENDING]),
    ],
)
def test_delivered_states(world: World, receiver: Receiver, row: str, states: list[str]) -> None:
    """The webhook receives exactly these states, in this order."""
    world.fault(row).required = "other" not in row

    connect(world)

    assert receiver.states == states


def test_twice_is_the_same_event(world: World, receiver: Receiver) -> None:
    """Both deliveries of an event have the same id."""
    world.fault(webhook="twice", state=SENT)

    connect(world)

    assert receiver.events[-1] == receiver.events[-2]


def test_connections_do_not_overtake_each_other(world: World, receiver: Receiver) -> None:
    """An event that is held back is overtaken by events of its own connection only."""
    world.fault(webhook="out of order", state=GENERATED, within="30s")
    for _ in range(2):
        world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
    before = list(receiver.states)
    world.advance("30s")

    assert (before, receiver.states) == ([], [GENERATED, GENERATED])


def test_the_journal_has_lost_events(world: World, receiver: Receiver) -> None:
    """The journal has a lost event with its fault; events of a wallet without a webhook do not count for it."""
    active = world.fault(webhook="lost", state=SENT)

    connect(world, "nobody-listens")
    assert active.matches == 0
    id_ = connect(world)

    last = world.journal.notifications(id_)[-1]
    assert (last.state, last.outcome) == (SENT, "fault 1: webhook lost")


def test_a_reset_drops_waiting_events(world: World, receiver: Receiver) -> None:
    """A reset drops an event that is held back."""
    world.fault(webhook="out of order", state=GENERATED)
    world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
    world.reset()
    world.advance("1h")

    assert receiver.states == []
