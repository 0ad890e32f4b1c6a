"""Connections whose states a test observes, each created by a client of one role."""

import json
from collections.abc import Callable
from typing import Any

from connsim import World
from connsim.core.durations import duration
from connsim.core.exchange import Request
from connsim.script.machines.vcx import Seen, client_state
from connsim.wire.codes import Version
from connsim.wire.errors import NoKey
from connsim.wire.keys import KeyPair
from connsim.wire.messages import Message
from tests.agency.aries.conftest import Inviter
from tests.agency.conftest import Owner
from tests.script.table import FAILS, NOTHING, Views, left

Poll = Callable[[], str]


def watched(world: World, poll: Poll, moments: Views) -> Views:
    """Poll a new connection at these moments; return what each poll showed."""
    made = world.clock.now()
    seen = {}
    for moment in moments:
        world.clock.advance_ns(made + duration(moment) - world.clock.now())
        seen[moment] = poll()
    return seen


def begin_inviter(world: World, said: str) -> Poll:
    """Create a connection as a PRISM inviter."""
    world.script("prism-inviter", said)
    return prism_poll(world, sent(world, "inviter", "/connections", {}), "inviter")


def begin_invitee(world: World, said: str) -> Poll:
    """Accept an invitation of an inviter whom connsim does not play, as a PRISM invitee."""
    world.script("prism-invitee", said)
    invitation = world.prism.foreign_invitation("inviter").payload()
    return prism_poll(world, sent(world, "invitee", "/connection-invitations", {"invitation": invitation}), "invitee")


def begin_vcx(world: World, said: str, key: KeyPair | None = None, *, scripted: bool = True, **members: str) -> Poll:
    """Invite as an owner of the agency; if the holder redirects, an older connection is made first."""
    owner = Owner(world, "owner", Version.V1)
    owner.key = key or owner.key
    owner.provision()
    if said.startswith("redirects"):
        world.agency.holder_accepts(owner.invite("older").uid)
    if scripted:
        world.script("vcx-holder", said)
    pair = owner.invite("this", **members)

    def poll() -> str:
        reply = owner.tell_ac(pair, Message("GET_MSGS", {}, owner.style))
        if reply.wait is None:
            return NOTHING
        seen = [Seen(m["type"], m["statusCode"]) for m in owner.opened(reply).message.members["msgs"]]
        return " ".join([str(client_state(seen).number), *(one.status for one in seen)])

    return poll


def begin_aries(world: World, said: str, key: KeyPair | None = None, *, scripted: bool = True) -> Poll:
    """Show an Aries invitation as an owner of the agency; a holder scans it at once."""
    owner = Owner(world, "owner", Version.V2, Version.V2)
    owner.key = key or owner.key
    inviter = Inviter(owner.provision())
    if scripted:
        world.script("aries-holder", said)
    world.agency.holder_scans(inviter.text)

    def poll() -> str:
        before = len(world.journal.exchanges())
        try:
            state = str(inviter.update())
        except NoKey:
            return FAILS
        polls = [one for one in world.journal.exchanges()[before:] if one.poll]
        return NOTHING if polls[0].status is None else state

    return poll


def prism_poll(world: World, made: dict[str, Any], client: str) -> Poll:
    """Return a function that polls a connection as its client does."""

    def poll() -> str:
        reply = world.prism.handle(Request("GET", f"/connections/{made['connectionId']}", {"apikey": client}))
        if reply.wait is None:
            return NOTHING
        answer = json.loads(reply.body)
        assert ("metaLastFailure" in answer) == (answer["metaRetries"] < 5)
        return answer["state"] if answer["metaRetries"] == 5 else left(answer["state"], answer["metaRetries"])

    return poll


def listed(world: World, client: str) -> dict[str, str]:
    """Return the states of a client's connections, by id; a listing is not a poll."""
    reply = world.prism.handle(Request("GET", "/connections", {"apikey": client}))
    return {
        record["connectionId"]: record["state"]
        if record["metaRetries"] == 5
        else left(record["state"], record["metaRetries"])
        for record in json.loads(reply.body)["contents"]
    }


def sent(world: World, client: str, path: str, members: dict[str, str], media: str = "") -> dict[str, Any]:
    """Post to the agent, expect success, and return the body."""
    headers = {"apikey": client, "content-type": media}
    reply = world.prism.handle(Request("POST", path, headers, json.dumps(members).encode()))
    assert reply.status in (200, 201), reply.body
    made: dict[str, Any] = json.loads(reply.body)
    return made
