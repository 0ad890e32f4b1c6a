"""Events that are lost, doubled, or overtaken."""

from collections.abc import Callable, Iterator

import pytest

from connsim import World
from connsim.prism.cloud_agent.webhooks.deliveries import AttemptObserver, WebhookRequest

GENERATED, RECEIVED, PENDING, SENT = (
    "InvitationGenerated",
    "ConnectionRequestReceived",
    "ConnectionResponsePending",
    "ConnectionResponseSent",
)


class Receiver:
    """Takes every event at once."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def send(self, request: WebhookRequest, observer: AttemptObserver) -> Callable[[], None]:
        """Take an event."""
        import json

        event = json.loads(request.body)
        self.told.append((event["data"]["state"], event["id"]))
        observer.ended(200)
        return lambda: None

    @property
    def states(self) -> list[str]:
        """What was told."""
        return [state for state, _ in self.told]


@pytest.fixture
def world() -> World:
    """A world whose holder accepts after a minute."""
    world = World()
    world.script("prism-inviter", "accepts after 1 minute")
    return world


@pytest.fixture
def receiver(world: World) -> Iterator[Receiver]:
    """Who is told by the wallet ``k``."""
    receiver = Receiver()
    world.prism.send_with(receiver)
    world.prism.cloud_agent.webhooks.register(world.prism.cloud_agent.wallet("k").id, "http://receiver.example")
    yield receiver
    world.prism.send_with(None)


def connect(world: World, key: str = "k") -> str:
    """Let a connection go its whole way."""
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
def test_what_is_told(world: World, receiver: Receiver, row: str, states: list[str]) -> None:
    """Exactly these states are told, in this order."""
    world.fault(row).required = "other" not in row

    connect(world)

    assert receiver.states == states


def test_twice_is_the_same_event(world: World, receiver: Receiver) -> None:
    """An event that comes twice has one id."""
    world.fault(webhook="twice", state=SENT)

    connect(world)

    assert receiver.told[-1] == receiver.told[-2]


def test_connections_do_not_overtake_each_other(world: World, receiver: Receiver) -> None:
    """What one connection waits for does not come from another."""
    world.fault(webhook="out of order", state=GENERATED, within="30s")
    for _ in range(2):
        world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
    before = list(receiver.states)
    world.advance("30s")

    assert (before, receiver.states) == ([], [GENERATED, GENERATED])


def test_the_journal_tells(world: World, receiver: Receiver) -> None:
    """What was lost stands in the journal, with the fault; what nobody would have been told does not count."""
    active = world.fault(webhook="lost", state=SENT)

    connect(world, "nobody-listens")
    assert active.matches == 0
    id_ = connect(world)

    last = world.journal.notifications(id_)[-1]
    assert (last.state, last.outcome) == (SENT, "fault 1: webhook lost")


def test_a_reset_forgets_what_waits(world: World, receiver: Receiver) -> None:
    """An event that waits for the next one is gone with its world."""
    world.fault(webhook="out of order", state=GENERATED)
    world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
    world.reset()
    world.advance("1h")

    assert receiver.states == []
