"""The typed client has the requests and answers of the control API."""

import inspect
import json
import re
import socket
from collections.abc import Iterator

import httpx
import pytest

from connsim import ControlClient, Misuse, NotFound, Violation, World
from connsim.control import Control, routes
from connsim.control.api import ROWS
from connsim.control.guard import Guard
from connsim.core.exchange import Reply, Request
from connsim.journal.entries import Exchange, Notification, Transition
from connsim.journal.query import Query
from connsim.story.verification.evidence import Evidence
from connsim.transports.aiohttp_server import Listener
from connsim.transports.server_thread import ServerThread
from tests.answering import Answering


@pytest.fixture
def url(connsim_world: World, connsim_server: ServerThread) -> Iterator[str]:
    """The control API of the test's world."""
    url, listener = connsim_server.open(connsim_world, Control(connsim_world))
    yield url
    connsim_server.close(listener)


@pytest.fixture
def control(url: str) -> Iterator[ControlClient]:
    """A client of that control API."""
    with ControlClient(url) as client:
        yield client


@pytest.fixture
def agent(connsim_world: World) -> Iterator[httpx.Client]:
    """A client of the agent."""
    with httpx.Client(base_url=connsim_world.prism.url, headers={"apikey": "issuer"}) as http:
        yield http


def test_plays_a_whole_story(control: ControlClient, agent: httpx.Client, connsim_world: World) -> None:
    """The client can do everything that a test in the same process can: script, connect, advance time, and look."""
    [script] = control.script("accepts after 90s", "prism-inviter", label="late-*", nth="1..2")
    connection = agent.post("/connections", json={"label": "late-1"}).json()["connectionId"]
    assert [view.id for view in control.connections(role="prism-inviter", label="late-*")] == [connection]
    assert control.clock().due == connsim_world.clock.start + 90 * 10**9

    assert control.advance("2 minutes").elapsed == "2 minutes"

    story = control.connection(connection)
    assert (story.connection.state, story.connection.script) == ("ConnectionResponseSent", script.name)
    assert story.timeline == tuple(control.timeline(connection))
    assert [(one.number, one.played) for one in control.scripts()] == [(script.number, 1)]
    assert control.remove_script(script.number).role == "prism-inviter"
    assert control.complaints().unused is None


def test_returns_the_journal(control: ControlClient, agent: httpx.Client, connsim_world: World) -> None:
    """The entries are those of the world, of the same classes, and the same queries select them."""
    connsim_world.script("prism-inviter", "accepts")
    connection = agent.post("/connections", json={}).json()["connectionId"]
    control.advance("1 minute")
    agent.get(f"/connections/{connection}")
    connsim_world.journal.add_notification(connsim_world.clock.now(), "http://r", connection, "x", 1, "refused")

    journal = connsim_world.journal
    assert control.journal() == journal.entries()
    assert {type(entry) for entry in control.journal()} == {Exchange, Transition, Notification}
    for query in (
        Query(kind="exchange", poll=True),
        Query(header=("apikey", "issuer")),
        Query(header=("apikey", "")),
        Query(since=connsim_world.clock.start + 1, open=False),
        Query(connection=connection, after=3),
    ):
        assert control.journal(query) == journal.find(query)
        assert control.count(query) == journal.count(query) > 0
        assert [json.loads(line)["number"] for line in control.lines(query)] == [e.number for e in journal.find(query)]
    assert "real" not in "".join(control.lines(real=False))
    assert control.clear_journal() == 7
    assert control.journal() == []


def test_a_remote_journal_can_be_verified(control: ControlClient, agent: httpx.Client, connsim_world: World) -> None:
    """A verification can fetch all that it needs: entries, the start of the world, and whether any are missing."""
    connection = agent.post("/connections", json={}).json()["connectionId"]
    agent.get(f"/connections/{connection}")
    clock, size = control.clock(), control.world().journal

    fetched = Evidence(control.journal(), clock.start, size.dropped)

    here = Evidence.of(connsim_world.clock, connsim_world.journal)
    assert (list(fetched.entries), fetched.start, fetched.dropped) == (list(here.entries), here.start, here.dropped)


def test_pages_on_by_itself(control: ControlClient, connsim_world: World) -> None:
    """Entries and connections are fetched page by page, up to the limit that is asked for."""
    for _ in range(1_200):
        connsim_world.prism.handle(Request("POST", "/connections", {"apikey": "k"}, b"{}"))

    assert len(control.journal()) == 2_400
    assert [entry.number for entry in control.journal(limit=1_500)] == list(range(1, 1_501))
    assert control.journal(limit=0) == []
    assert len({view.id for view in control.connections()}) == 1_200


def test_other_methods(control: ControlClient, connsim_world: World) -> None:
    """The methods that the other tests do not use send their requests."""
    assert control.behaviours()[0].name == "accepts"
    assert control.states()[0].role == "prism-inviter"
    assert control.messages() == []
    assert len(control.script("accepts")) == 4
    assert control.find_script(1).role == "prism-inviter"
    assert control.clear_scripts() == 4
    active = control.fault("status 503, times 2")
    assert (control.find_fault(active.number), control.faults()) == (active, [active])
    assert (control.remove_fault(active.number), control.clear_faults()) == (active, 0)
    assert control.configure("agency", invitation_expiry="5m").agency["invitation_expiry"] == "5 minutes"
    assert control.settings().prism["1.40.0"]["gateway_keys"] is None
    tenant = control.add_tenant("bank", seed="tuesday", keys=["k"])
    assert (control.find_tenant("bank"), control.tenants()) == (tenant, [tenant])
    assert ControlClient(f"{control.url}{tenant.path}").world().seed == "tuesday"
    assert control.remove_tenant("bank") == tenant
    assert control.rest().elapsed == "0 seconds"
    steps = [{"state": "InvitationGenerated", "for": "90s"}, {"state": "ConnectionResponseSent"}]
    assert control.script(steps, "prism-inviter")[0].steps[0] == {
        "state": "InvitationGenerated",
        "for": "1 minute 30 seconds",
    }
    made = control.invite(label="Alice")
    assert connsim_world.prism.label_of(made.id) == "Alice"
    record = connsim_world.prism.cloud_agent.create(connsim_world.prism.cloud_agent.wallet("k"))
    assert control.let_holder("accept", record.id).holder == "accept"
    before = control.world()
    assert before.prism.url == connsim_world.prism.url
    assert control.clear_complaints() == 0
    after = control.reset("monday")
    assert (after.seed, control.reset().seed) == ("monday", "monday")
    assert after.agency.did != before.agency.did


def test_every_route_has_a_method() -> None:
    """Every route has a method in the client, except those about the API itself."""
    asked = re.findall(r"_(?:ask|method)\(\s*routes\.(\w+)\.(\w+)", inspect.getsource(ControlClient))
    acts = [getattr(getattr(routes, noun), name) for noun, name in asked]

    assert {(row.method, row.path) for row in ROWS if row.act not in acts} == {
        ("GET", "/"),
        ("GET", "/openapi.json"),
        ("GET", "/health"),
    }


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "one by one"])
def test_refusals_keep_their_message(url: str, kept: bool) -> None:
    """A refusal is raised with the server's message, as the error class that the server names."""
    client = ControlClient(f"{url}/")
    if kept:
        client.__enter__()
    with pytest.raises(NotFound, match="No invitation 'x' is known, so no holder can accept it"):
        client.let_holder("accept", "x")
    with pytest.raises(NotFound, match="There is no connection 'a/b"):
        client.connection("a/b?c")
    with pytest.raises(Misuse, match="Did you mean 'accept'"):
        client.let_holder("acept", "x")
    with pytest.raises(Misuse, match="'soon' is not a duration"):
        client.advance("soon")
    assert client.clock().elapsed == "0 seconds"
    client.__exit__()


def test_needs_a_control_api(connsim_world: World, connsim_server: ServerThread) -> None:
    """A missing server, another server, and an invalid address have errors of their own."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with pytest.raises(Misuse, match=r"No control API answers at .* Name its control address with --control"):
        ControlClient(f"http://127.0.0.1:{port}").clock()
    with pytest.raises(Misuse, match=r"What answers at http.* is not a control API: it sent 404 .* Expected the"):
        ControlClient(connsim_world.prism.url).clock()
    for bad in ("127.0.0.1:9090", "ftp://x", "http://", "http://x:port", ""):
        with pytest.raises(Misuse, match="is not an address of a control API. Expected one as `connsim serve` prints"):
            ControlClient(bad)


def test_answers_of_other_servers_are_errors(connsim_world: World, connsim_server: ServerThread) -> None:
    """A 200 that is not an answer of the control API is an error, and so is a failure of the simulator."""
    replies = [Reply(200, b"<html>", "text/html"), Reply(200, b"[]"), Reply(500, b'{"error": "It broke."}')]
    url, listener = connsim_server.open(connsim_world, Answering(lambda request: replies.pop(0)))
    try:
        client = ControlClient(url)
        with pytest.raises(Misuse, match="is not a control API: it sent '<html>'"):
            client.clock()
        with pytest.raises(Misuse, match="The answer is a list. Expected an object with now, ns"):
            client.clock()
        with pytest.raises(Violation, match="It broke."):
            client.clock()
    finally:
        connsim_server.close(listener)


def test_sends_its_token(connsim_world: World, connsim_server: ServerThread) -> None:
    """With the token requests are accepted; without it, the error says where to get it."""
    guarded = Control(connsim_world, Guard("s3cret", elsewhere=True))
    url, listener = connsim_server.open(connsim_world, guarded)
    try:
        assert ControlClient(url, "s3cret").clock().elapsed == "0 seconds"
        with pytest.raises(Misuse, match="has no token. Expected the header 'Authorization: Bearer"):
            ControlClient(url).clock()
    finally:
        connsim_server.close(listener)


def test_outlives_a_server_that_closes(connsim_world: World, connsim_server: ServerThread) -> None:
    """A kept connection that the server has closed is not used again."""
    url, listener = connsim_server.open(connsim_world, Control(connsim_world))
    again = Listener(connsim_world, Control(connsim_world))
    with ControlClient(url) as client:
        client.clock()
        connsim_server.close(listener)
        connsim_server.run(again.start(port=int(url.rpartition(":")[2])))
        try:
            assert client.clock().elapsed == "0 seconds"
        finally:
            connsim_server.close(again)


def test_scripts_of_bad_steps_are_refused(control: ControlClient) -> None:
    """The message about a bad script arrives unchanged."""
    with pytest.raises(Misuse, match="Did you mean 'InvitationGenerated'"):
        control.script([{"state": "InvitationGenrated"}], "prism-inviter")
