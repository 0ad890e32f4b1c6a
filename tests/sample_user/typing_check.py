"""Not run: ``mypy --strict`` reads it as a user's code, so that the types of the public names stay usable."""

from contextlib import AbstractContextManager
from datetime import timedelta
from typing import assert_type

from plugs import AsyncPlug, NewClient, SyncPlug
from shop.agent import Agent
from shop.patience import Patience

from connsim import (
    CloudAgentSettings,
    ConnsimError,
    Misuse,
    Outcome,
    Person,
    PrismClient,
    Query,
    Requests,
    Sequence,
    Stage,
    Step,
    Story,
    WebhookReceiver,
    World,
    duration,
)

# Synchronous and asynchronous clients fit the plug, and so do factories of them.
sync: PrismClient = SyncPlug(Agent("http://127.0.0.1:1", "key", Patience()))
coroutines: PrismClient = AsyncPlug("http://127.0.0.1:1", "key", Patience())
factory: NewClient = lambda url, key: AsyncPlug(url, key, Patience())  # noqa: E731

world = World("seed")
world.advance("24 hours")
world.advance(timedelta(days=1))
world.script("prism-inviter", "accepts after 90 seconds", label="late-*")
world.script("prism-invitee", Sequence.of("ConnectionRequestPending", ("ConnectionRequestSent", "for ever")))
frozen: AbstractContextManager[object] = world.frozen()

assert_type(duration("1h30m"), int)
assert_type(world.prism.url, str)
assert_type(world.prism.cloud_agent.settings, CloudAgentSettings)
assert_type(world.people.person("holder"), Person)
assert_type(world.timeline(), str)
assert_type(world.requests(polls=True), Requests)
assert_type(world.journal.count(Query(kind="exchange", client="key")), int)
assert_type(Sequence.of("InvitationGenerated").steps, tuple[Step, ...])
assert_type(Outcome("InvitationExpired", expired=True).expired, bool)


def fixtures(connsim_story: Story, connsim_webhooks: WebhookReceiver) -> None:
    """The objects of the fixtures have public types for annotations."""
    assert_type(connsim_story.world, Stage)
    assert_type(connsim_webhooks.url, str)


try:
    world.check()
except Misuse as misuse:
    error: ConnsimError = misuse
