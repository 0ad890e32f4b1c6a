"""The main job on embedded defaults: three connections, told as they happen."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from simulator.clients.prism_flow import Pace, PrismFlow, open_http
from simulator.testing import World
from simulator.transports.server_thread import ServerThread

DAY = 24 * 60 * 60

Say = Callable[[str], None]


def run_demo(say: Say = print) -> None:
    """Play the three stories over real sockets, in frozen time.

    Args:
        say: Takes each line of the account.
    """
    server = ServerThread()
    try:
        for title, story in STORIES:
            say(f"\n{title}\n{'-' * len(title)}")
            began = time.perf_counter()
            with _world(server) as (world, open_client):
                story(world, open_client, say)
            say(f"({time.perf_counter() - began:.2f} s of real time)")
    finally:
        server.stop()


def two_clients(world: World, client: Callable[[str], PrismFlow], say: Say) -> None:
    """An inviter and an invitee find each other, and nobody helps."""
    inviter, invitee = client("inviter-key"), client("invitee-key")
    connection = inviter.create(world.people.person("invitee").label)
    accepted = invitee.accept(connection.invitation)
    seen = invitee.wait(accepted, "ConnectionResponseReceived", expiry=60)
    shown = inviter.wait(connection, "ConnectionResponseSent", expiry=60)
    say(world.timeline())
    say(f"=> The invitee is in {seen.state}, the inviter in {shown.state}.")


def stuck_invitee(world: World, client: Callable[[str], PrismFlow], say: Say) -> None:
    """The response is lost: the inviter is content, the invitee waits."""
    world.script("prism-invitee", "stuck-invitee")
    inviter, invitee = client("inviter-key"), client("invitee-key")
    connection = inviter.create(world.people.person("invitee").label)
    accepted = invitee.accept(connection.invitation)
    stuck = invitee.wait(accepted, "ConnectionResponseReceived", expiry=3600)
    shown = inviter.wait(connection, "ConnectionResponseSent", expiry=60)
    say(world.timeline())
    say(f"=> The invitee gave up after an hour in {stuck.state}; the inviter believes in {shown.state}.")


def nobody_answers(world: World, client: Callable[[str], PrismFlow], say: Say) -> None:
    """The invitee never responds, and the inviter's client gives up after exactly 24 hours."""
    world.script("prism-inviter", "never-responds")
    inviter = client("inviter-key")
    connection = inviter.create(world.people.person("holder").label)
    outcome = inviter.wait(connection, "ConnectionResponseSent", expiry=DAY)
    say(world.timeline())
    polls = len(world.journal.polls(connection.id))
    gave_up = "gave up" if outcome.expired else "went on"
    say(f"=> After {polls} polls the client {gave_up} in {outcome.state}, exactly 24 hours after the invitation.")


STORIES = (
    ("Two clients connect with each other", two_clients),
    ("The response is lost, and the invitee is stuck", stuck_invitee),
    ("Nobody answers, and the client gives up after 24 hours", nobody_answers),
)


@contextmanager
def _world(server: ServerThread) -> Iterator[tuple[World, Callable[[str], PrismFlow]]]:
    world = World()
    world.prism.url, listener = server.open(world, world.prism.handle)
    with ExitStack() as stack:
        stack.callback(server.close, listener)
        stack.enter_context(world.frozen())

        def client(api_key: str) -> PrismFlow:
            http = stack.enter_context(open_http(world.prism.url, api_key))
            return PrismFlow(http, Pace.evenly(60 if api_key == "inviter-key" else 1))

        yield world, client
        world.check()
