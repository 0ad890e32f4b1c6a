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
    """What was handed to the sender, and when: nanoseconds since the world's start."""

    at: int
    request: WebhookRequest
    observer: Attempt

    @property
    def data(self) -> Any:
        """The connection that is told of."""
        return json.loads(self.request.body)["data"]

    @property
    def state(self) -> str:
        """The state that is told of."""
        return str(self.data["state"])


class Postman:
    """A sender that answers as planned, at once; without a plan the test answers, or nobody does."""

    def __init__(self, world: World, *outcomes: Outcome, then: Outcome | None = None) -> None:
        self.world = world
        self.sent: list[Sent] = []
        self.given_up: list[int] = []
        self.outcomes = list(outcomes)
        self.then = then

    def send(self, request: WebhookRequest, observer: Attempt) -> Callable[[], None]:
        """Note the request."""
        number = len(self.sent)
        self.sent.append(Sent(self.world.clock.elapsed(), request, observer))
        observer.sent()
        outcome = self.outcomes.pop(0) if self.outcomes else self.then
        if outcome is not None:
            observer.ended(outcome)
        return lambda: self.given_up.append(number)

    def moments(self) -> list[int]:
        """When something was sent, in seconds since the world's start."""
        return [sent.at // SECOND for sent in self.sent]

    def states(self) -> list[str]:
        """What was told."""
        return [sent.state for sent in self.sent]


class Slow(Postman):
    """A sender that does not get to work."""

    def send(self, request: WebhookRequest, observer: Attempt) -> Callable[[], None]:
        """Note the request, and leave it at that."""
        self.sent.append(Sent(self.world.clock.elapsed(), request, observer))
        return lambda: None


@pytest.fixture
def world() -> World:
    """A world of its own, with a webhook in the tenant's wallet and nobody who sends."""
    world = World("webhooks")
    world.prism.cloud_agent.webhooks.register(world.prism.cloud_agent.wallet("tenant").id, URL)
    return world


def agent(world: World) -> CloudAgent:
    """The agent that has webhooks."""
    return world.prism.cloud_agent


def create(world: World, key: str = "tenant") -> Any:
    """Make an invitation; gives the connection as the agent showed it."""
    return json.loads(world.prism.handle(Request("POST", "/connections", {"apikey": key}, b'{"label":"x"}')).body)


def accept(world: World, connection: Any, key: str = "invitee") -> Any:
    """Accept an invitation."""
    payload = connection["invitation"]["invitationUrl"].partition("_oob=")[2]
    body = json.dumps({"invitation": payload}).encode()
    return json.loads(world.prism.handle(Request("POST", "/connection-invitations", {"apikey": key}, body)).body)


def show(world: World, connection: Any, key: str = "tenant") -> bytes:
    """A connection as the agent shows it when asked."""
    return world.prism.handle(Request("GET", f"/connections/{connection['connectionId']}", {"apikey": key})).body


def employ(world: World, *outcomes: Outcome, then: Outcome | None = None) -> Postman:
    """Let a postman send."""
    postman = Postman(world, *outcomes, then=then)
    agent(world).webhooks.sender = postman
    return postman
