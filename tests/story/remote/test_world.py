"""Tests that drive a world in a running simulator, as they drive one of their own."""

import asyncio
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import httpx
import pytest

from connsim import CloudAgentSettings, ControlClient, Misuse, Sequence, UnusedFault, UnusedScript, Violation, duration
from connsim.control.routes.clock import ClockView
from connsim.core.clock import Clock
from connsim.journal.entries import Exchange
from connsim.journal.query import Query
from connsim.story.remote.clock import RemoteClock
from connsim.story.remote.world import RemoteWorld, remote_world
from tests.conftest import Serving
from tests.story.remote.conftest import Served

ROOT = Path(__file__).parents[3]
SHOWN = ["waiting", "vcx", "notifying", "aries", "selecting", "faults/inviting"]
# In these a client asks every minute for a day, or a receiver uses up the real time that it may take.
LONG = (
    "test_the_holder_never_answers or test_the_invitation_is_never_scanned"
    " or test_the_invitee_disappears_after_its_connection_request"
    " or test_a_receiver_that_never_answers_does_not_affect_a_client_that_polls"
)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("-k", f"not ({LONG})"), id="one process"),
        pytest.param(("-n", "2"), id="two workers", marks=pytest.mark.slow),
    ],
)
def test_the_same_scenarios_pass_against_a_running_simulator(
    served: Served, control: ControlClient, pytester: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    """Features need not know where their worlds are; two workers share one simulator, and leave nothing there."""
    for name in SHOWN:
        shutil.copy(ROOT / "features" / f"{name}.feature", pytester.path)
    pytester.makepyfile("from pytest_bdd import scenarios\nscenarios('.')\n")

    result = pytester.runpytest_subprocess("--connsim-url", served["control"]["url"], *arguments)

    outcomes = result.parseoutcomes()
    assert set(outcomes) - {"deselected"} == {"passed"}, result.stdout.str()
    assert outcomes["passed"] > 30
    assert control.tenants() == []
    assert control.journal() == []


@pytest.mark.slow
def test_two_workers_with_servers_of_their_own(pytester: pytest.Pytester) -> None:
    """Without a running simulator, each worker serves its own worlds."""
    shutil.copy(ROOT / "features/waiting.feature", pytester.path)
    pytester.makepyfile("from pytest_bdd import scenarios\nscenarios('.')\n")

    result = pytester.runpytest_subprocess("-n", "2")

    assert set(result.parseoutcomes()) == {"passed"}


@pytest.fixture
def world(control: ControlClient) -> Iterator[RemoteWorld]:
    """A world in the running simulator."""
    with remote_world(control.url, "remote") as world:
        yield world


def test_waiting_here_moves_the_clock_there(world: RemoteWorld) -> None:
    """A poller of a day costs no time, asks at exact moments, and sees what its script says at its own moment."""
    world.script("prism-inviter", Sequence.of(("InvitationGenerated", "4m30s"), "ConnectionRequestReceived"))
    seen = []
    with world.frozen(), httpx.Client(base_url=world.prism.url, headers={"apikey": "k"}) as http:
        made = http.post("/connections", json={}).json()["connectionId"]
        for _ in range(24):
            time.sleep(60)
            seen.append(http.get(f"/connections/{made}").json()["state"])

    assert seen == ["InvitationGenerated"] * 4 + ["ConnectionRequestReceived"] * 20
    polls = world.journal.polls(made)
    assert [poll.at - world.clock.start for poll in polls] == [minute * duration("1m") for minute in range(1, 25)]
    world.requests(connection=made, polls=True).times(24).every("1 minute")
    assert [t.at - world.clock.start for t in world.journal.transitions(made)] == [0, duration("4m30s")]
    world.check()


def test_moments_are_exact_however_busy_the_simulator_is(served: Served, world: RemoteWorld) -> None:
    """While other clients keep the simulator's loop from ever resting, waits here still end at their moments."""
    world.script("prism-inviter", Sequence.of(("InvitationGenerated", "4m30s"), "ConnectionRequestReceived"))
    over = threading.Event()

    def hammer() -> None:
        with httpx.Client(base_url=served["prism"]["url"], headers={"apikey": "other"}) as http:
            while not over.is_set():
                http.get("/connections")

    others = [threading.Thread(target=hammer) for _ in range(4)]
    for other in others:
        other.start()
    try:
        with world.frozen(), httpx.Client(base_url=world.prism.url, headers={"apikey": "k"}) as http:
            made = http.post("/connections", json={}).json()["connectionId"]
            for _ in range(100):
                time.sleep(60)
                http.get(f"/connections/{made}")
    finally:
        over.set()
        for other in others:
            other.join()

    polls = world.journal.polls(made)
    assert [poll.at - world.clock.start for poll in polls] == [minute * duration("1m") for minute in range(1, 101)]
    assert [t.at - world.clock.start for t in world.journal.transitions(made)] == [0, duration("4m30s")]
    assert {exchange.client for exchange in world.journal.exchanges()} == {"k"}


def test_who_is_told_here_finds_the_clock_moved(control: ControlClient) -> None:
    """A receiver of webhooks that is told before the answer to a push is read notes the moment to which it pushed."""
    moments: list[int] = []
    receiver = threading.Thread(target=lambda: moments.append(told_at(clock)))

    class Pushing(ControlClient):
        def advance(self, by: str, *, last: str = "reply") -> ClockView:
            told = super().advance(by, last=last)
            receiver.start()
            return told

    with Pushing(control.url + control.add_tenant().path) as pushing:
        clock = RemoteClock(pushing)
        clock.advance_ns(duration("1 minute"))
        receiver.join()

    assert moments == [clock.start + duration("1 minute")]


def told_at(clock: Clock) -> int:
    """The moment at which a receiver is told something."""
    with clock.lock:
        return clock.settle()


def test_a_time_out_here_is_exact_while_a_reply_is_held_there(world: RemoteWorld) -> None:
    """The read time-out of a client ends at its moment, and the journal there knows that it hung up."""
    world.script("prism-inviter", "agent-hangs")
    with world.frozen(), httpx.Client(base_url=world.prism.url, headers={"apikey": "k"}, timeout=90) as http:
        made = http.post("/connections", json={}).json()["connectionId"]
        with pytest.raises(httpx.ReadTimeout):
            http.get(f"/connections/{made}")
        assert world.clock.elapsed() == duration("90s")
        world.advance("1s")

    polls = [entry for entry in world.journal.find(Query(poll=True)) if isinstance(entry, Exchange)]
    assert [poll.open for poll in polls] == [False]


def test_a_time_out_at_the_very_moment_of_the_reply_wins(world: RemoteWorld) -> None:
    """At one moment, who waits here has given up before a reply there is sent, as in one process."""
    world.fault(delay="90s", method="GET")

    async def ask(seconds: int) -> int:
        async with aiohttp.ClientSession(headers={"apikey": "k"}) as http:
            limit = aiohttp.ClientTimeout(total=seconds)
            async with http.get(f"{world.prism.url}/connections", timeout=limit) as reply:
                return reply.status

    with world.frozen():
        with pytest.raises(TimeoutError):
            asyncio.run(ask(90))
        assert world.clock.elapsed() == duration("90s")
        assert asyncio.run(ask(91)) == 200


def test_what_is_wrong_there_fails_the_test_here(world: RemoteWorld) -> None:
    """Scripts and faults that were never of use, and what is not played, are told as they are in process."""
    world.script("prism-inviter", "accepts", label="nobody")
    with pytest.raises(UnusedScript, match="'accepts' for prism-inviter was never played. Expected a connection whose"):
        world.check()

    world.reset()
    httpx.get(f"{world.prism.url}/dids", headers={"apikey": "k"})
    with pytest.raises(Violation, match="asked for GET /dids, which the real agent has and connsim does not play"):
        world.check()


def test_faults_are_added_there(world: RemoteWorld) -> None:
    """One that strikes is counted; one that never does fails the test."""
    world.fault(status=503, times=1)
    assert httpx.get(f"{world.prism.url}/connections", headers={"apikey": "k"}).status_code == 503
    assert [fault.struck for fault in world.faults] == [1]
    world.check()

    world.fault("status 500, method DELETE")
    with pytest.raises(UnusedFault, match="never struck"):
        world.check()


def test_settings_are_those_of_the_other_world(world: RemoteWorld) -> None:
    """An agent there is set up from here, and refuses once it has connections."""
    world.prism.configure(CloudAgentSettings(invitation_expiry=duration("1 hour")))
    httpx.post(f"{world.prism.url}/connections", json={}, headers={"apikey": "k"})

    with pytest.raises(Misuse, match="The agent was configured although it has connections"):
        world.prism.configure(CloudAgentSettings())


def test_scenario_files_are_played_there(world: RemoteWorld, tmp_path: Path) -> None:
    """A file of this machine is read here and played there, or told with all that is wrong."""
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("select: [{match: {label: x}, behaviour: accepts after 5s}]")
    bad.write_text("select: [{behaviour: acepts}]")
    world.load(good)
    with pytest.raises(Misuse, match=r"bad.yaml:1:22: error: There is no behaviour 'acepts'. Did you mean 'accepts'"):
        world.load(bad)

    made = httpx.post(f"{world.prism.url}/connections", json={"label": "x"}, headers={"apikey": "k"}).json()
    world.advance("6s")
    assert world.prism.state_of(made["connectionId"]) == "ConnectionResponseSent"


def test_a_reset_forgets_here_and_there(world: RemoteWorld) -> None:
    """The journal of both begins anew."""
    httpx.get(f"{world.prism.url}/connections", headers={"apikey": "k"})
    assert len(world.journal.exchanges()) == 1

    world.reset()

    assert world.journal.entries() == []
    httpx.get(f"{world.prism.url}/connections", headers={"apikey": "k"})
    assert len(world.journal.exchanges()) == 1


def test_a_clock_that_runs_can_not_be_led(control: ControlClient) -> None:
    """Only a clock that stands waits for the test."""
    tenant = control.add_tenant("running", clock="running")

    with ControlClient(control.url + tenant.path) as running, pytest.raises(Misuse, match="runs by itself, so no test"):
        RemoteWorld(running)


def test_both_agents_must_be_served(
    serving: Serving,
) -> None:
    """A simulator without one of the ports is told, and no tenant stays."""
    with serving("--control-port", "0", "--prism-port", "0") as (_, told):
        url = told["control"]["url"]
        with pytest.raises(Misuse, match="does not serve both fakes"), remote_world(url, "x"):
            pass
        with ControlClient(url) as control:
            assert control.tenants() == []


def test_nobody_answers() -> None:
    """An address at which nothing listens is told as one, without a traceback of sockets."""
    with (
        pytest.raises(Misuse, match="No control API answers at http://127.0.0.1:9"),
        remote_world("http://127.0.0.1:9", "x"),
    ):
        pass
