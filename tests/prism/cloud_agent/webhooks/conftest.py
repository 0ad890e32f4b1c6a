"""A world whose tenant has a webhook, and senders that answer as planned."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from connsim import World
from connsim.core.durations import SECOND
from connsim.core.exchange import Request
from connsim.prism.cloud_agent.agent import CloudAgent
from connsim.prism.cloud_agent.webhooks.deliveries import Attempt, Outcome, WebhookRequest

KEY = {"apikey": "tenant"}


URL = "http://receiver.test/hook"


GLOBAL = "http://global.test/"


AGENT = ("user-agent", "Zio-Http-Client/3.0.1 (Scala 3.3.3)")


JSON = ("content-type", "application/json")


NO_ANSWER = "no answer within 5 seconds"


class Sent(NamedTuple):
    """What was given to the sender, and when: nanoseconds since the world's start."""

    at: int
    request: WebhookRequest
    observer: Attempt

    @property
    def data(self) -> Any:
        """The connection in the event."""
        return json.loads(self.request.body)["data"]

    @property
    def state(self) -> str:
        """The state in the event."""
        return str(self.data["state"])


class PlannedSender:
    """A sender that answers at once as planned; without a plan, the test answers, or the attempt times out."""

    def __init__(self, world: World, *outcomes: Outcome, then: Outcome | None = None) -> None:
        self.world = world
        self.sent: list[Sent] = []
        self.given_up: list[int] = []
        self.outcomes = list(outcomes)
        self.then = then

    def send(self, request: WebhookRequest, observer: Attempt) -> Callable[[], None]:
        """Record the request."""
        number = len(self.sent)
        self.sent.append(Sent(self.world.clock.elapsed(), request, observer))
        observer.sent()
        outcome = self.outcomes.pop(0) if self.outcomes else self.then
        if outcome is not None:
            observer.ended(outcome)
        return lambda: self.given_up.append(number)

    def moments(self) -> list[int]:
        """Return when requests were sent, in seconds since the world's start."""
        return [sent.at // SECOND for sent in self.sent]

    def states(self) -> list[str]:
        """Return the states that were sent."""
        return [sent.state for sent in self.sent]


class IdleSender(PlannedSender):
    """A sender that never begins to send."""

    def send(self, request: WebhookRequest, observer: Attempt) -> Callable[[], None]:
        """Record the request, and do nothing else."""
        self.sent.append(Sent(self.world.clock.elapsed(), request, observer))
        return lambda: None


@pytest.fixture
def world() -> World:
    """A new world with a webhook in the tenant's wallet, and without a sender."""
    world = World("webhooks")
    world.prism.cloud_agent.webhooks.register(world.prism.cloud_agent.wallet("tenant").id, URL)
    return world


def agent(world: World) -> CloudAgent:
    """Return the agent that has webhooks."""
    return world.prism.cloud_agent


def create(world: World, key: str = "tenant") -> Any:
    """Make an invitation; return the connection as the agent showed it."""
    return json.loads(world.prism.handle(Request("POST", "/connections", {"apikey": key}, b'{"label":"x"}')).body)


def accept(world: World, connection: Any, key: str = "invitee") -> Any:
    """Accept an invitation."""
    payload = connection["invitation"]["invitationUrl"].partition("_oob=")[2]
    body = json.dumps({"invitation": payload}).encode()
    return json.loads(world.prism.handle(Request("POST", "/connection-invitations", {"apikey": key}, body)).body)


def show(world: World, connection: Any, key: str = "tenant") -> bytes:
    """Return a connection as a GET shows it."""
    return world.prism.handle(Request("GET", f"/connections/{connection['connectionId']}", {"apikey": key})).body


def install_sender(world: World, *outcomes: Outcome, then: Outcome | None = None) -> PlannedSender:
    """Install a sender that answers as planned."""
    sender = PlannedSender(world, *outcomes, then=then)
    agent(world).webhooks.sender = sender
    return sender
