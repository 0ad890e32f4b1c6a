"""``connsim serve`` as its users run it: a process of its own."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from connsim import ControlClient, Misuse
from connsim.cli.command import main
from connsim.cli.serving.options import TOKEN
from connsim.clients.agency_http import open_agency_client
from connsim.clients.vcx_flow import VcxFlow
from connsim.core.seed import Seed
from connsim.journal.entries import Exchange, Transition
from connsim.journal.query import Query
from tests.conftest import Serving

GUARD = 30  # seconds; a liveness guard, not an expectation


def agent(told: dict[str, Any]) -> httpx.Client:
    """A client of the agent that was announced."""
    return httpx.Client(base_url=str(told["prism"]["url"]), headers={"apikey": "k"})


def control_of(told: dict[str, Any]) -> ControlClient:
    """A client of the control API that was announced, with its token if there is one."""
    token = told["control"].get("token")
    return ControlClient(str(told["control"]["url"]), None if token is None else str(token))


def test_announces_itself_and_serves(serving: Serving) -> None:
    """The JSON line tells every address; what is not asked for is off."""
    with serving("--prism-port", "0", "--control-port", "0", "--seed", "here", "--clock", "standing") as (
        process,
        told,
    ):
        url, control = str(told["prism"]["url"]), control_of(told)
        cloud_agent, early = f"{url}/cloud-agent", f"{url}/prism-agent"
        assert told["prism"]["urls"] == {"1.40.0": cloud_agent, "2023": early, "P5": cloud_agent, "P1": early}
        assert (told["seed"], told["pid"]) == ("here", process.pid)

        headers = {"apikey": "k"}
        made = httpx.post(f"{url}/cloud-agent/connections", json={"label": "x"}, headers=headers)
        assert made.status_code == 201
        assert control.advance("24h").elapsed == "24 hours"
        assert list(map(type, control.journal())) == [Transition, Exchange]
        shown = control.world()
        assert (shown.seed, shown.prism.url, shown.connections) == ("here", url, 1)
        assert control.reset("there").seed == "there"
        assert httpx.get(f"{url}/connections", headers=headers).json()["contents"] == []


def test_ports_that_are_not_given_are_off(serving: Serving) -> None:
    """With --json only the ports that were named are opened."""
    with serving("--control-port", "0") as (_, told):
        assert set(told) == {"control", "seed", "pid"}


def test_a_running_clock_moves_a_held_reply(serving: Serving) -> None:
    """Under a running clock what is due happens by itself: a holder accepts after a while of real time."""
    with serving("--prism-port", "0", "--behaviour", "prism-inviter=accepts:1ms") as (_, told), agent(told) as http:
        connection = http.post("/connections", json={}).json()["connectionId"]
        for _ in range(100_000):  # a liveness guard
            if http.get(f"/connections/{connection}").json()["state"] == "ConnectionResponseSent":
                break
        else:
            pytest.fail("the holder never accepted")


def test_a_poll_may_move_the_clock(serving: Serving) -> None:
    """With --clock per-poll every poll is worth a while."""
    options = ("--clock", "per-poll:60s", "--behaviour", "prism-inviter=accepts:2m")
    with serving("--prism-port", "0", *options) as (_, told), agent(told) as http:
        connection = http.post("/connections", json={}).json()["connectionId"]
        seen = [http.get(f"/connections/{connection}").json()["state"] for _ in range(4)]

    assert seen == ["InvitationGenerated"] * 2 + ["ConnectionRequestReceived", "ConnectionResponseSent"]


def test_a_gateway_may_stand_in_front(serving: Serving) -> None:
    """With --gateway-keys other keys get the gateway's own 401."""
    with serving("--prism-port", "0", "--gateway-keys", "one,two") as (_, told):
        url = f"{told['prism']['url']}/connections"
        assert httpx.get(url, headers={"apikey": "two"}).status_code == 200
        missing, wrong = httpx.get(url), httpx.get(url, headers={"apikey": "three"})

    assert (missing.status_code, missing.json()) == (401, {"message": "Missing API key found in request"})
    assert (wrong.status_code, wrong.json()) == (401, {"message": "Invalid API key in request"})


def test_tells_of_what_is_not_played(serving: Serving) -> None:
    """What a test would be failed for, a person at the terminal is told."""
    with serving("--prism-port", "0") as (process, told):
        with agent(told) as http:
            assert http.get("/dids").status_code == 404
        process.terminate()
        _, said = process.communicate(timeout=GUARD)

    assert "connsim: The client asked for GET /dids, which the real agent has and connsim does not play" in said


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT], ids=["term", "ctrl-c"])
@pytest.mark.parametrize("hanging", [0, 500])
def test_stops_promptly_and_cleanly(serving: Serving, ending: signal.Signals, hanging: int) -> None:
    """A signal ends it with exit code 0, however many clients still wait for a reply."""
    with ExitStack() as stack:
        process, told = stack.enter_context(
            serving("--prism-port", "0", "--control-port", "0", "--behaviour", "prism-inviter=agent-hangs")
        )
        url = httpx.URL(str(told["prism"]["url"]))
        connection = httpx.post(f"{url}/connections", json={}, headers={"apikey": "k"}).json()["connectionId"]
        for _ in range(hanging):
            client = stack.enter_context(socket.create_connection((url.host, url.port or 0)))
            client.sendall(f"GET /connections/{connection} HTTP/1.1\r\nHost: x\r\napikey: k\r\n\r\n".encode())
        while control_of(told).count(Query(open=True)) < hanging:
            assert process.poll() is None

        process.send_signal(ending)

        output, errors = process.communicate(timeout=GUARD)
        assert (process.returncode, output, errors) == (0, "", "")


def test_a_taken_port_is_told() -> None:
    """A port that is in use ends it with exit code 2 and says how to get another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [sys.executable, "-m", "connsim.cli", "serve", "--prism-port", port],
            capture_output=True,
            text=True,
            timeout=GUARD,
            check=False,
        )

    assert ended.returncode == 2
    assert f"Port {port} of 127.0.0.1 cannot be opened" in ended.stderr
    assert "--prism-port 0 takes any free port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_tells_people_where_it_is() -> None:
    """Without --json a text names the addresses, the scripts and the clock."""
    command = [sys.executable, "-m", "connsim.cli", "serve", "--prism-port", "0", "--control-port", "0"]
    command += ["--agency-port", "0", "--behaviour", "prism-inviter=accepts:5s"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(9)]
        process.send_signal(signal.SIGINT)
        assert process.wait(GUARD) == 0

    assert lines[0].startswith("PRISM agent (Cloud Agent 1.40.0)   http://127.0.0.1:")
    assert lines[3].startswith("VCX agency   ")
    assert lines[5] == "    its holders: accepts:5s\n"
    assert "prism-inviter: 'accepts after 5 seconds'" in lines[6]
    assert lines[7].startswith("Control ")
    assert lines[8] == "The clock runs; seed 'connsim'. Ctrl-C stops.\n"


def test_tells_what_its_holders_do_once() -> None:
    """A behaviour for them takes the place of --holder, and only one of the two is told."""
    ports = [argument for name in ("prism", "agency", "control") for argument in (f"--{name}-port", "0")]
    command = [sys.executable, "-m", "connsim.cli", "serve", *ports, "--behaviour", "vcx-holder=refuses"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(8)]
        process.send_signal(signal.SIGINT)
        assert process.wait(GUARD) == 0

    assert lines[5] == "    vcx-holder: 'refuses'\n"
    assert not [line for line in lines if "accepts" in line]


def test_plays_the_agency(serving: Serving) -> None:
    """A client provisions itself with what the JSON line tells, and the command line lets its holder act."""
    with serving("--agency-port", "0", "--control-port", "0", "--clock", "standing", "--holder", "none") as (_, told):
        agency, control = told["agency"], str(told["control"]["url"])
        with open_agency_client(str(agency["url"]), Seed("serve"), "issuer") as client:
            assert (client.agency.did, client.agency.verkey) == (agency["did"], agency["verkey"])
            flow = VcxFlow(client)
            offer = flow.connect("Faber", phone="+15550100")
            [sms] = control_of(told).messages()
            assert httpx.get(sms.link).json()["connReqId"] == offer.id
            assert httpx.get(offer.url).json()["senderDetail"]["name"] == "Faber"
            assert flow.wait(offer, expiry=0).expired

            holder = [sys.executable, "-m", "connsim.cli", "holder", "accept", offer.id, "--control", control]
            done = subprocess.run(holder, capture_output=True, text=True, timeout=GUARD, check=True)

            assert done.stdout == f"The holder of {offer.id}: accept.\n"
            assert flow.wait(offer, expiry=0).state == "Accepted"


def test_control_that_others_can_reach_has_a_token(serving: Serving) -> None:
    """Bound elsewhere, it draws one, tells it, and lets nobody in without; the agents need none."""
    with serving("--prism-port", "0", "--control-port", "0", "--host", "0.0.0.0") as (_, told):
        here = {name: str(told[name]["url"]).replace("0.0.0.0", "127.0.0.1") for name in ("prism", "control")}
        token = str(told["control"]["token"])

        assert ControlClient(here["control"], token).clock().running
        with pytest.raises(Misuse, match="has no token. Expected the header 'Authorization: Bearer <token>'"):
            ControlClient(here["control"]).clock()
        assert httpx.get(f"{here['prism']}/connections", headers={"apikey": "k"}).status_code == 200


def test_control_may_stay_at_home(serving: Serving) -> None:
    """With the agents bound elsewhere, control can be kept on the loopback interface, where it needs no token."""
    options = ("--host", "0.0.0.0", "--control-host", "127.0.0.1")
    with serving("--prism-port", "0", "--control-port", "0", *options) as (_, told):
        assert set(told["control"]) == {"url"}
        assert str(told["control"]["url"]).startswith("http://127.0.0.1:")
        assert control_of(told).world().prism.url == told["prism"]["url"]


def test_the_token_may_be_given(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the loopback interface, too; the command line sends it, from its option or the environment."""
    with serving("--agency-port", "0", "--control-port", "0", "--control-token", "s3cret") as (_, told):
        assert told["control"]["token"] == "s3cret"
        holder = ["holder", "accept", "x", "--control", str(told["control"]["url"])]
        said = []
        for options in ([], ["--token", "wrong"], ["--token", "s3cret"]):
            assert main([*holder, *options]) == 2
            said.append(capsys.readouterr().err)
        monkeypatch.setenv(TOKEN, "s3cret")
        assert main(holder) == 2
        said.append(capsys.readouterr().err)

    assert ["has no token" in said[0], "does not have the right token" in said[1]] == [True, True]
    assert [text.startswith("connsim: No invitation 'x' is known") for text in said[2:]] == [True, True]


def test_tells_people_how_to_bear_the_token() -> None:
    """The text has a command that works as it stands."""
    command = [sys.executable, "-m", "connsim.cli", "serve", "--control-token", "s3cret"]
    command += [argument for name in ("prism", "agency", "control") for argument in (f"--{name}-port", "0")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(7)]
        process.send_signal(signal.SIGINT)
        assert process.wait(GUARD) == 0

    assert lines[6].startswith("Control   ")
    assert lines[6].endswith("/clock -H 'Authorization: Bearer s3cret'\n")


@pytest.fixture(scope="module")
def control(serving: Serving) -> Iterator[httpx.URL]:
    """The control API of a simulator that serves nothing else."""
    with serving("--control-port", "0") as (_, told):
        yield httpx.URL(str(told["control"]["url"]))


@pytest.mark.parametrize(
    ("sent", "status", "told"),
    [
        (b"nonsense\r\n\r\n", 400, "The request is not valid HTTP."),
        (b"GET /clock HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, "for the host 'evil.example'"),
        # Some versions of aiohttp refuse two hosts themselves.
        (b"GET /clock HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 40, "The request is "),
        (b"GET /clock HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n", 403, "the origin 'null'"),
        (b"GET /nowhere HTTP/1.0\r\n\r\n", 404, "no route"),
        (
            b"POST /reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 17825792\r\n\r\n" + b"x" * (17 << 20),
            413,
            "16 MiB",
        ),
    ],
    ids=["no http", "host", "two hosts", "origin", "http 1.0", "large"],
)
def test_control_says_what_is_wrong_on_the_wire(control: httpx.URL, sent: bytes, status: int, told: str) -> None:
    """Whatever comes, the answer is JSON in one form, and the journal of the world stays empty."""
    with socket.create_connection((control.host, control.port or 0), timeout=GUARD) as client:
        client.sendall(sent)
        answer = client.recv(65_536)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert ControlClient(str(control)).journal() == []

    assert head.split()[1].decode().startswith(str(status))
    assert told in json.loads(body)["error"]
