"""Tests that control a world in a running simulator in the same way as a world of their own."""

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
# In these a client polls every minute for a day, or a receiver uses up the real time that it is allowed.
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
    """Scenarios pass wherever their worlds are; two workers share one simulator, and leave no tenant in it."""
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
    """A client that polls for a day takes no real time, polls at exact times, and sees each state at its time."""
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
    """Waits end at their exact times, even while other clients keep the simulator's loop busy."""
    world.script("prism-inviter", Sequence.of(("InvitationGenerated", "4m30s"), "ConnectionRequestReceived"))
    over = threading.Event()

    def keep_busy() -> None:
        with httpx.Client(base_url=served["prism"]["url"], headers={"apikey": "other"}) as http:
            while not over.is_set():
                http.get("/connections")

    others = [threading.Thread(target=keep_busy) for _ in range(4)]
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


def test_a_receiver_sees_the_advanced_clock(control: ControlClient) -> None:
    """A webhook receiver that runs before the answer to an advance is read sees the clock already advanced."""
    moments: list[int] = []
    receiver = threading.Thread(target=lambda: moments.append(noted_at(clock)))

    class Pushing(ControlClient):
        def advance(self, by: str, *, last: str = "reply") -> ClockView:
            view = super().advance(by, last=last)
            receiver.start()
            return view

    with Pushing(control.url + control.add_tenant().path) as pushing:
        clock = RemoteClock(pushing)
        clock.advance_ns(duration("1 minute"))
        receiver.join()

    assert moments == [clock.start + duration("1 minute")]


def noted_at(clock: Clock) -> int:
    """The moment at which a receiver notes an event."""
    with clock.lock:
        return clock.settle()


def test_a_time_out_here_is_exact_while_a_reply_is_held_there(world: RemoteWorld) -> None:
    """The read time-out of a client ends at its exact time, and the journal of the simulator has its disconnection."""
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
    """If a time-out and the reply fall on the same moment, the time-out wins, as in one process."""
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


def test_complaints_there_fail_the_test_here(world: RemoteWorld) -> None:
    """Unused scripts and faults, and what is not played, are complaints as in process."""
    world.script("prism-inviter", "accepts", label="nobody")
    with pytest.raises(UnusedScript, match="'accepts' for prism-inviter was never played. Expected a connection whose"):
        world.check()

    world.reset()
    httpx.get(f"{world.prism.url}/dids", headers={"apikey": "k"})
    with pytest.raises(Violation, match="asked for GET /dids, which the real agent has and connsim does not play"):
        world.check()


def test_faults_are_added_there(world: RemoteWorld) -> None:
    """A fault that strikes is counted; one that never does fails the test."""
    world.fault(status=503, times=1)
    assert httpx.get(f"{world.prism.url}/connections", headers={"apikey": "k"}).status_code == 503
    assert [fault.struck for fault in world.faults] == [1]
    world.check()

    world.fault("status 500, method DELETE")
    with pytest.raises(UnusedFault, match="never struck"):
        world.check()


def test_settings_are_those_of_the_other_world(world: RemoteWorld) -> None:
    """The settings of an agent can be changed, and are refused once it has connections."""
    world.prism.configure(CloudAgentSettings(invitation_expiry=duration("1 hour")))
    httpx.post(f"{world.prism.url}/connections", json={}, headers={"apikey": "k"})

    with pytest.raises(Misuse, match="The agent was configured although it has connections"):
        world.prism.configure(CloudAgentSettings())


def test_scenario_files_are_played_there(world: RemoteWorld, tmp_path: Path) -> None:
    """A file of this machine is read here and played there, or refused with all its errors."""
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("select: [{match: {label: x}, behaviour: accepts after 5s}]")
    bad.write_text("select: [{behaviour: acepts}]")
    world.load(good)
    with pytest.raises(Misuse, match=r"bad.yaml:1:22: error: There is no behaviour 'acepts'. Did you mean 'accepts'"):
        world.load(bad)

    made = httpx.post(f"{world.prism.url}/connections", json={"label": "x"}, headers={"apikey": "k"}).json()
    world.advance("6s")
    assert world.prism.state_of(made["connectionId"]) == "ConnectionResponseSent"


def test_a_reset_restarts_both_journals(world: RemoteWorld) -> None:
    """A reset restarts both journals."""
    httpx.get(f"{world.prism.url}/connections", headers={"apikey": "k"})
    assert len(world.journal.exchanges()) == 1

    world.reset()

    assert world.journal.entries() == []
    httpx.get(f"{world.prism.url}/connections", headers={"apikey": "k"})
    assert len(world.journal.exchanges()) == 1


def test_a_running_clock_is_refused(control: ControlClient) -> None:
    """Only a standing clock can be advanced by a test."""
    tenant = control.add_tenant("running", clock="running")

    with ControlClient(control.url + tenant.path) as running, pytest.raises(Misuse, match="runs by itself, so no test"):
        RemoteWorld(running)


def test_both_agents_must_be_served(
    serving: Serving,
) -> None:
    """If the simulator lacks one of the ports, the test gets an error, and no tenant remains."""
    with serving("--control-port", "0", "--prism-port", "0") as (_, announced):
        url = announced["control"]["url"]
        with pytest.raises(Misuse, match="does not serve both fakes"), remote_world(url, "x"):
            pass
        with ControlClient(url) as control:
            assert control.tenants() == []


def test_no_server() -> None:
    """An address at which no server listens gives an error of its own, without a traceback of sockets."""
    with (
        pytest.raises(Misuse, match="No control API answers at http://127.0.0.1:9"),
        remote_world("http://127.0.0.1:9", "x"),
    ):
        pass
