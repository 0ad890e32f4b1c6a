"""``connsim demo``: plays connections of PRISM and VCX with default settings, and prints their timelines."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from connsim.clients.agency_http import open_agency_client
from connsim.clients.prism_flow import Pace, PrismFlow, open_http
from connsim.clients.vcx_flow import VcxFlow
from connsim.story.local import LocalWorld
from connsim.transports.server_thread import ServerThread

DAY = 24 * 60 * 60

Say = Callable[[str], None]


def run_demo(say: Say = print) -> None:
    """Play the stories over real sockets, in frozen time.

    Args:
        say: Called with each line of output.
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


def two_clients(world: LocalWorld, client: Callable[[str], PrismFlow], say: Say) -> None:
    """Connect an inviter and an invitee, both played by clients."""
    inviter, invitee = client("inviter-key"), client("invitee-key")
    connection = inviter.create(world.people.person("invitee").label)
    accepted = invitee.accept(connection.invitation)
    seen = invitee.wait(accepted, "ConnectionResponseReceived", expiry=60)
    shown = inviter.wait(connection, "ConnectionResponseSent", expiry=60)
    say(world.timeline())
    say(f"=> The invitee is in {seen.state}, the inviter in {shown.state}.")


def stuck_invitee(world: LocalWorld, client: Callable[[str], PrismFlow], say: Say) -> None:
    """Lose the response: the inviter is connected, and the invitee gives up."""
    world.script("prism-invitee", "stuck-invitee")
    inviter, invitee = client("inviter-key"), client("invitee-key")
    connection = inviter.create(world.people.person("invitee").label)
    accepted = invitee.accept(connection.invitation)
    stuck = invitee.wait(accepted, "ConnectionResponseReceived", expiry=3600)
    shown = inviter.wait(connection, "ConnectionResponseSent", expiry=60)
    say(world.timeline())
    say(f"=> The invitee gave up after an hour in {stuck.state}; the inviter shows {shown.state}.")


def no_answer(world: LocalWorld, client: Callable[[str], PrismFlow], say: Say) -> None:
    """Leave an invitation unanswered: the inviter's client gives up after exactly 24 hours."""
    world.script("prism-inviter", "never-responds")
    inviter = client("inviter-key")
    connection = inviter.create(world.people.person("holder").label)
    outcome = inviter.wait(connection, "ConnectionResponseSent", expiry=DAY)
    say(world.timeline())
    polls = len(world.journal.polls(connection.id))
    ended = "gave up" if outcome.expired else "ended"
    say(f"=> After {polls} polls the client {ended} in {outcome.state}, exactly 24 hours after the invitation.")


def three_answers(world: LocalWorld, _: Callable[[str], PrismFlow], say: Say) -> None:
    """Invite a VCX holder by SMS three times: the holder accepts, then refuses, then redirects."""
    with open_agency_client(world.agency.url, world.seed, "issuer") as client:
        flow = VcxFlow(client, pace=Pace.evenly(300))
        for behaviour in ("accepts after 90 seconds", "refuses after 90 seconds", "redirects after 90 seconds"):
            world.script("vcx-holder", behaviour)
            offer = flow.connect("Faber College", world.people.person("holder").phone)
            outcome = flow.wait(offer, expiry=DAY)
            ended = "gave up" if outcome.expired else "ended"
            polls = len(world.journal.polls(offer.id))
            say(world.timeline(offer.id))
            say(f"=> The holder {behaviour}: after {polls} polls the issuer {ended} in {outcome.state}.")


STORIES = (
    ("Two clients connect with each other", two_clients),
    ("The response is lost, and the invitee is stuck", stuck_invitee),
    ("Nobody answers, and the client gives up after 24 hours", no_answer),
    ("A VCX issuer is accepted, refused, and redirected", three_answers),
)


@contextmanager
def _world(server: ServerThread) -> Iterator[tuple[LocalWorld, Callable[[str], PrismFlow]]]:
    world = LocalWorld()
    with ExitStack() as stack:
        world.prism.url, prism = server.open(world, world.prism)
        stack.callback(server.close, prism)
        world.agency.url, agency = server.open(world, world.agency)
        stack.callback(server.close, agency)
        stack.enter_context(world.frozen())

        def client(api_key: str) -> PrismFlow:
            http = stack.enter_context(open_http(world.prism.url, api_key))
            return PrismFlow(http, Pace.evenly(60 if api_key == "inviter-key" else 1))

        yield world, client
        world.check()
