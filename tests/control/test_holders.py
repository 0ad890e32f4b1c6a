import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from connsim import World
from connsim.clients.agency_http import open_agency_client
from connsim.clients.vcx_flow import VcxFlow
from connsim.control import Control
from connsim.core.exchange import Request
from connsim.prism.cloud_agent.view import URL
from connsim.transports.server_thread import ServerThread
from tests.control.conftest import Ask, check


@pytest.fixture
def invitation(connsim_world: World, connsim_server: ServerThread) -> str:
    """The connReqId of an issuer who has invited a holder by SMS."""
    with open_agency_client(connsim_world.agency.url, connsim_world.seed, "issuer") as client:
        return VcxFlow(client).connect("Faber", phone="+15550100").id


def ask_of(world: World, method: str, target: str, body: object = None) -> tuple[int, Any]:
    """Send one control request to the world of the fixtures."""
    reply = Control(world).handle(Request(method, target, {}, b"" if body is None else json.dumps(body).encode()))
    check(method, target, reply)
    return reply.status, json.loads(reply.body)


@pytest.mark.parametrize(
    ("act", "code"),
    [("accept", "MS-104"), ("refuse", "MS-105"), ("silence", None)],
    ids=["accept", "refuse", "silence"],
)
def test_lets_a_holder_act(connsim_world: World, invitation: str, act: str, code: str | None) -> None:
    """The holder does it now, and the invitation shows it."""
    told = ask_of(connsim_world, "POST", f"/holder/{act}", {"id": invitation})

    assert told == (200, {"id": invitation, "holder": act})
    assert connsim_world.agency.invitations[invitation].code == code


def test_a_holder_answers_once(connsim_world: World, invitation: str) -> None:
    """What is right and comes too late is a conflict, and changes nothing."""
    ask_of(connsim_world, "POST", "/holder/refuse", {"id": invitation})

    status, told = ask_of(connsim_world, "POST", "/holder/accept", {"id": invitation})

    assert status == 409
    assert f"The holder cannot accept the invitation {invitation}: it was answered with MS-105" in told["error"]
    assert connsim_world.agency.invitations[invitation].code == "MS-105"


def test_lets_the_holder_of_a_prism_inviter_accept(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """The same verb takes the id of a PRISM connection, and says why it can do nothing else."""
    connection = invite()

    status, told = ask("POST", "/holder/refuse", {"id": connection})
    assert status == 409
    assert "can only accept: PRISM agents have no message for 'refuse'" in told["error"]

    assert ask("POST", "/holder/accept", {"id": connection}) == (200, {"id": connection, "holder": "accept"})
    shown = ask("GET", f"/connections/{connection}")[1]["connection"]
    assert shown["state"] == "ConnectionRequestReceived"


def test_shows_text_messages(connsim_world: World, invitation: str) -> None:
    """What the agency sent to phones can be read, link and all."""
    _, told = ask_of(connsim_world, "GET", "/sms")

    [sms] = told["sms"]
    assert (sms["phone"], sms["id"], sms["status"]) == ("+15550100", invitation, "MDS-102")
    assert sms["link"] in sms["text"]


def test_makes_an_invitation_for_an_invitee(ask: Ask, world: World) -> None:
    """An invitee can be tested without an inviter: who invites is played, and scripts are selected by its label."""
    world.script("prism-invitee", "accepts", label="Alice")

    status, told = ask("POST", "/invitations", {"label": "Alice", "goal_code": "connect", "goal": "To meet"})

    assert status == 201
    assert told["url"] == URL + told["invitation"]
    body = json.dumps({"invitation": told["invitation"]}).encode()
    reply = world.prism.handle(Request("POST", "/connection-invitations", {"apikey": "wallet"}, body))
    accepted = json.loads(reply.body)
    assert (reply.status, accepted["thid"], accepted["goalCode"]) == (200, told["id"], "connect")
    world.advance("1 minute")
    assert ask("GET", f"/connections/{accepted['connectionId']}")[1]["connection"]["state"] == (
        "ConnectionResponseReceived"
    )


def test_every_invitation_is_a_new_one(ask: Ask) -> None:
    """Two invitations are two inviters, and the seed repeats both."""
    first, second = (ask("POST", "/invitations", {})[1] for _ in range(2))
    ask("POST", "/reset")

    assert first["did"] != second["did"]
    assert [ask("POST", "/invitations", {})[1] for _ in range(2)] == [first, second]


def test_runs_on_a_listener_of_its_own(connsim_world: World, connsim_server: ServerThread) -> None:
    """Control has its own port; the agent's port knows nothing of it, and the journal nothing of control."""
    url, listener = connsim_server.open(connsim_world, Control(connsim_world))
    try:
        assert httpx.post(f"{url}/clock/advance", json={"by": "90s"}).json()["elapsed"] == "1 minute 30 seconds"
        assert httpx.get(f"{connsim_world.prism.url}/clock").status_code == 404
        assert httpx.head(f"{url}/clock").content == b""
    finally:
        connsim_server.close(listener)

    assert [e.target for e in connsim_world.journal.exchanges()] == ["/clock"]
