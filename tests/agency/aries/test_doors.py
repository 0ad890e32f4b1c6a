"""How an Aries invitation gets to a holder: the verb, the control API, the command line; and the client's way back."""

import json

import httpx
import pytest

from connsim import World
from connsim.cli.command import main
from connsim.control import Control
from connsim.core.exchange import Reply, Request
from connsim.transports.server_thread import ServerThread
from connsim.wire.codes import Version
from tests.agency.aries.conftest import Inviter, answered
from tests.agency.conftest import NewOwner
from tests.control.conftest import check


def test_the_control_api_hands_it_over(world: World, inviter: Inviter) -> None:
    """``POST /holder/scan`` answers with the connection's name in the journal."""
    body = json.dumps({"invitation": inviter.text}).encode()

    reply = Control(world).handle(Request("POST", "/holder/scan", {}, body))

    check("POST", "/holder/scan", reply)
    assert (reply.status, json.loads(reply.body)) == (200, {"id": inviter.first.pw.did, "holder": "scan"})
    assert inviter.update() == 3


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(
            b'{"id": "x"}', "The body has the member 'id'. Expected nothing but invitation.", id="another member"
        ),
        pytest.param(b'{"invitation": "x"}', "is not an invitation", id="no invitation"),
    ],
)
def test_the_control_api_says_what_is_wrong(world: World, body: bytes, told: str) -> None:
    """A wrong body changes nothing."""
    reply = Control(world).handle(Request("POST", "/holder/scan", {}, body))

    assert reply.status == 400
    assert told in json.loads(reply.body)["error"]


def test_the_control_api_shows_the_last_who_scanned(world: World, inviter: Inviter) -> None:
    """An Aries connection is one, whoever scanned its invitation before; its holder can be told what to do."""
    world.script("aries-holder", "never-responds", nth="2..")
    world.script("aries-holder", "refuses", nth=1)
    world.agency.holder_scans(inviter.text)
    connection = world.agency.holder_scans(inviter.text)
    control = Control(world)
    body = json.dumps({"id": connection}).encode()

    assert control.handle(Request("POST", "/holder/accept", {}, body)).status == 200

    reply = control.handle(Request("GET", "/connections?role=aries-holder"))
    check("GET", "/connections", reply)
    [shown] = json.loads(reply.body)["connections"]
    assert (shown["id"], shown["state"]) == (connection, "accept")
    assert shown["label"] == inviter.invitation.members["label"]
    assert [shown["client"]] == list(world.agency.owners)


class Wired(Inviter):
    """The same client, whose posts to the holder go over HTTP."""

    def post_raw(self, body: bytes) -> Reply:
        """Post to the address in the holder's document."""
        answer = httpx.post(self.their.endpoint, content=body, headers={"content-type": "application/ssi-agent-wire"})
        return Reply(answer.status_code, answer.content)


def test_the_response_comes_over_the_wire(
    capsys: pytest.CaptureFixture[str], connsim_world: World, connsim_server: ServerThread, new_owner: NewOwner
) -> None:
    """``connsim holder scan`` hands over; the holder's address is at the port where the client has its agency."""
    owner = new_owner("owner", Version.V2, Version.V2, other_world=connsim_world)
    inviter = Wired(owner, url=connsim_world.agency.url)
    url, listener = connsim_server.open(connsim_world, Control(connsim_world))
    try:
        assert main(["holder", "scan", inviter.text, "--control", url]) == 0
    finally:
        connsim_server.close(listener)

    assert capsys.readouterr().out == f"The holder of {inviter.first.pw.did}: scan.\n"
    assert (inviter.update(), inviter.update()) == (3, 4)
    assert [(reply.status, reply.body) for reply in map(answered, inviter.replies)] == [(200, b"")]
    assert inviter.their.endpoint.startswith(f"{connsim_world.agency.url}/holders/")
