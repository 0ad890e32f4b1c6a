import json
from base64 import b64decode

import httpx
import pytest

from simulator.asking import ask_control
from simulator.clients.agency_http import open_agency_client
from simulator.clients.vcx_flow import VcxFlow
from simulator.control import Control
from simulator.exchange import Request
from simulator.testing import Misuse, World
from simulator.transports.server_thread import ServerThread


@pytest.fixture
def world() -> World:
    """A world of its own."""
    return World("control")


def ask(world: World, method: str, target: str, body: bytes = b"") -> tuple[int, dict[str, object]]:
    """Send one control request."""
    reply = Control(world).handle(Request(method, target, {}, body))
    return reply.status, json.loads(reply.body)


def test_shows_the_clock(world: World) -> None:
    """The moment is told as a date, in nanoseconds, and as time since the start."""
    assert ask(world, "GET", "/clock") == (
        200,
        {"now": "2026-01-05T09:00:00.123456Z", "ns": world.clock.start, "elapsed": "0 seconds", "running": False},
    )


def test_pushes_the_clock(world: World) -> None:
    """Time passes as said, and what is due on the way happens."""
    status, told = ask(world, "POST", "/clock/advance", b'{"by": "24h"}')

    assert (status, told["elapsed"]) == (200, "24 hours")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "Expected JSON such as"),
        (b"{", "Expected JSON such as"),
        (b"[]", "Expected JSON such as"),
        (b'{"by": 5}', "Expected JSON such as"),
        (b'{"by": "1h", "to": "x"}', "Expected JSON such as"),
        (b"\xff", "Expected JSON such as"),
        (b"[" * 100_000, "Expected JSON such as"),
        (b'{"by": "soon"}', "'soon' is no duration. Expected a number and a unit"),
        (b'{"by": "-1h"}', "no duration"),
    ],
    ids=["empty", "cut", "list", "number", "more", "bytes", "deep", "word", "negative"],
)
def test_refuses_a_bad_advance(world: World, body: bytes, told: str) -> None:
    """A wrong body is told what would be right, and time stands still."""
    status, answer = ask(world, "POST", "/clock/advance", body)

    assert status == 400
    assert told in str(answer["error"])
    assert world.clock.elapsed() == 0


def test_shows_the_journal(world: World) -> None:
    """Exchanges and transitions are told in order, each with its kind."""
    world.prism.handle(Request("POST", "/connections", {"apikey": "k"}, b'{"label":"x"}'))

    status, told = ask(world, "GET", "/journal")

    assert status == 200
    assert (told["seed"], told["dropped"]) == ("control", 0)
    transition, exchange = told["entries"]  # type: ignore[misc]
    assert (transition["kind"], transition["target"]) == ("transition", "InvitationGenerated")
    assert (exchange["kind"], exchange["status"], exchange["request"]) == ("exchange", 201, '{"label":"x"}')


def test_resets(world: World) -> None:
    """Records and journal are dropped; the moment stays."""
    world.prism.handle(Request("POST", "/connections", {"apikey": "k"}, b"{}"))
    world.advance("1h")

    status, told = ask(world, "POST", "/reset")

    assert (status, told["elapsed"]) == (200, "1 hour")
    assert world.journal.entries() == []


@pytest.mark.parametrize(("method", "target"), [("GET", "/"), ("DELETE", "/clock"), ("POST", "/clock/stop")])
def test_unknown_requests_are_told_what_there_is(world: World, method: str, target: str) -> None:
    """A 404 lists the routes."""
    status, told = ask(world, method, target)

    assert status == 404
    assert f"There is no {method} {target}. Expected one of: GET /clock, POST /clock/advance" in str(told["error"])


def test_runs_on_a_listener_of_its_own(connsim_world: World, connsim_server: ServerThread) -> None:
    """Control has its own port; the agent's port knows nothing of it."""
    url, listener = connsim_server.open(connsim_world, Control(connsim_world).handle)
    try:
        assert httpx.post(f"{url}/clock/advance", json={"by": "90s"}).json()["elapsed"] == "1 minute 30 seconds"
        assert httpx.get(f"{connsim_world.prism.url}/clock").status_code == 404
    finally:
        connsim_server.close(listener)


@pytest.fixture
def invitation(connsim_world: World, connsim_server: ServerThread) -> str:
    """The connReqId of an issuer who has invited a holder by SMS."""
    with open_agency_client(connsim_world.agency.url, connsim_world.seed, "issuer") as client:
        return VcxFlow(client).connect("Faber", phone="+15550100").id


@pytest.mark.parametrize(
    ("act", "code"),
    [("accept", "MS-104"), ("refuse", "MS-105"), ("silence", None)],
    ids=["accept", "refuse", "silence"],
)
def test_lets_a_holder_act(connsim_world: World, invitation: str, act: str, code: str | None) -> None:
    """The holder does it now, and the invitation shows it."""
    told = ask(connsim_world, "POST", f"/holder/{act}", json.dumps({"id": invitation}).encode())

    assert told == (200, {"id": invitation, "holder": act})
    assert connsim_world.agency.invitations[invitation].code == code


def test_lets_the_holder_of_a_prism_inviter_accept(world: World) -> None:
    """The same verb takes the id of a PRISM connection, and says why it can do nothing else."""
    record = world.prism.p5.create(world.prism.p5.wallet("k"))
    body = json.dumps({"id": record.id}).encode()

    refused, said = ask(world, "POST", "/holder/refuse", body)
    assert (refused, record.state) == (400, "InvitationGenerated")
    assert "can only accept: PRISM agents have no message for more" in str(said["error"])

    assert ask(world, "POST", "/holder/accept", body)[0] == 200
    assert record.state == "ConnectionRequestReceived"


@pytest.mark.parametrize(
    ("act", "body", "told"),
    [
        ("acept", {"id": "x"}, "A holder can not 'acept'. Did you mean 'accept'?"),
        ("accept", {"id": "x"}, "No invitation 'x' is known, so no holder can accept it."),
        ("accept", {}, 'Expected JSON such as {"id": "the connReqId"}.'),
    ],
    ids=["act", "id", "body"],
)
def test_says_what_is_wrong_with_an_act(world: World, act: str, body: object, told: str) -> None:
    """A wrong act or id changes nothing."""
    status, said = ask(world, "POST", f"/holder/{act}", json.dumps(body).encode())

    assert status == 400
    assert told in str(said["error"])


def test_shows_text_messages(connsim_world: World, invitation: str) -> None:
    """What the agency sent to phones can be read, link and all."""
    _, told = ask(connsim_world, "GET", "/sms")

    [sms] = told["sms"]  # type: ignore[misc]
    assert (sms["phone"], sms["id"], sms["status"]) == ("+15550100", invitation, "MDS-102")
    assert sms["link"] in sms["text"]


def test_the_journal_shows_encrypted_bodies_in_base64(connsim_world: World, invitation: str) -> None:
    """What is no text comes in base64, and loses nothing."""
    _, told = ask(connsim_world, "GET", "/journal")

    entries = [entry for entry in told["entries"] if entry["kind"] == "exchange"]  # type: ignore[attr-defined]
    bodies = [exchange.request for exchange in connsim_world.journal.exchanges()]
    shown = [entry["request"] for entry in entries]
    assert [b64decode(one["base64"]) if isinstance(one, dict) else one.encode() for one in shown] == bodies
    assert any(isinstance(one, dict) for one in shown)


def test_is_asked_from_elsewhere(world: World, connsim_server: ServerThread) -> None:
    """The command line's way to it gives the answer, or what is wrong in the words of the control API."""
    url, listener = connsim_server.open(world, Control(world).handle)
    try:
        assert ask_control(url, "GET", "/clock")["elapsed"] == "0 seconds"
        with pytest.raises(Misuse, match="No invitation 'x' is known"):
            ask_control(f"{url}/", "POST", "/holder/accept", {"id": "x"})
    finally:
        connsim_server.close(listener)
    with pytest.raises(Misuse, match=r"No control API answers at .* Name its control address with --control"):
        ask_control(url, "GET", "/clock")
