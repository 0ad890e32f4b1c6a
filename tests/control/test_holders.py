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
    """The connReqId of an issuer's invitation to a holder, sent by SMS."""
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
def test_makes_a_holder_act(connsim_world: World, invitation: str, act: str, code: str | None) -> None:
    """The holder acts at once, and the invitation shows it."""
    answer = ask_of(connsim_world, "POST", f"/holder/{act}", {"id": invitation})

    assert answer == (200, {"id": invitation, "holder": act})
    assert connsim_world.agency.invitations[invitation].code == code


def test_a_holder_answers_once(connsim_world: World, invitation: str) -> None:
    """A second, late answer is a conflict, and changes nothing."""
    ask_of(connsim_world, "POST", "/holder/refuse", {"id": invitation})

    status, answer = ask_of(connsim_world, "POST", "/holder/accept", {"id": invitation})

    assert status == 409
    assert f"The holder cannot accept the invitation {invitation}: it was answered with MS-105" in answer["error"]
    assert connsim_world.agency.invitations[invitation].code == "MS-105"


def test_makes_the_holder_of_a_prism_inviter_accept(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """The same route takes the id of a PRISM connection, and says why its holder can only accept."""
    connection = invite()

    status, answer = ask("POST", "/holder/refuse", {"id": connection})
    assert status == 409
    assert "can only accept: PRISM agents have no message for 'refuse'" in answer["error"]

    assert ask("POST", "/holder/accept", {"id": connection}) == (200, {"id": connection, "holder": "accept"})
    shown = ask("GET", f"/connections/{connection}")[1]["connection"]
    assert shown["state"] == "ConnectionRequestReceived"


def test_shows_text_messages(connsim_world: World, invitation: str) -> None:
    """Text messages that the agency sent can be read, with their links."""
    _, answer = ask_of(connsim_world, "GET", "/sms")

    [sms] = answer["sms"]
    assert (sms["phone"], sms["id"], sms["status"]) == ("+15550100", invitation, "MDS-102")
    assert sms["link"] in sms["text"]


def test_makes_an_invitation_for_an_invitee(ask: Ask, world: World) -> None:
    """An invitee can be tested without an inviter: connsim plays it, and its label selects scripts."""
    world.script("prism-invitee", "accepts", label="Alice")

    status, answer = ask("POST", "/invitations", {"label": "Alice", "goal_code": "connect", "goal": "To meet"})

    assert status == 201
    assert answer["url"] == URL + answer["invitation"]
    body = json.dumps({"invitation": answer["invitation"]}).encode()
    reply = world.prism.handle(Request("POST", "/connection-invitations", {"apikey": "wallet"}, body))
    accepted = json.loads(reply.body)
    assert (reply.status, accepted["thid"], accepted["goalCode"]) == (200, answer["id"], "connect")
    world.advance("1 minute")
    assert ask("GET", f"/connections/{accepted['connectionId']}")[1]["connection"]["state"] == (
        "ConnectionResponseReceived"
    )


def test_every_invitation_is_a_new_one(ask: Ask) -> None:
    """Two invitations come from two inviters, and the seed repeats both."""
    first, second = (ask("POST", "/invitations", {})[1] for _ in range(2))
    ask("POST", "/reset")

    assert first["did"] != second["did"]
    assert [ask("POST", "/invitations", {})[1] for _ in range(2)] == [first, second]


def test_runs_on_a_listener_of_its_own(connsim_world: World, connsim_server: ServerThread) -> None:
    """Control has its own port; the agent's port does not serve it, and the journal does not record it."""
    url, listener = connsim_server.open(connsim_world, Control(connsim_world))
    try:
        assert httpx.post(f"{url}/clock/advance", json={"by": "90s"}).json()["elapsed"] == "1 minute 30 seconds"
        assert httpx.get(f"{connsim_world.prism.url}/clock").status_code == 404
        assert httpx.head(f"{url}/clock").content == b""
    finally:
        connsim_server.close(listener)

    assert [e.target for e in connsim_world.journal.exchanges()] == ["/clock"]
