"""Faults in scenario files: for the world from the start, and in steps."""

import json
from pathlib import Path

import pytest

from connsim import Misuse, World
from connsim.core.exchange import Request
from connsim.faults.registry import read_fault
from connsim.scenarios.files import load
from connsim.scenarios.reading import read

FILE = """\
behaviours:
  busy:
    prism-inviter:
      - {state: InvitationGenerated, for: 3 polls, fault: {status: 503, times: 2}}
      - {state: ConnectionResponseSent, fault: 'delay 5s'}
select:
  - {behaviour: busy}
faults:
  - {status: 429, times: 1, method: POST, retry_after: 30s}
  - reset before headers, route /_system/health
"""


def test_faults_are_read() -> None:
    """Rows and words have the same form as in Python, in the world and in steps."""
    scenarios = load({Path("f"): FILE.encode()})

    steps = scenarios.behaviours[0].roles["prism-inviter"].steps
    assert [step.fault for step in steps] == [read_fault({"status": 503, "times": 2}), read_fault("delay 5s")]
    assert scenarios.faults == (
        read_fault({"status": 429, "times": 1, "method": "POST", "retry_after": "30s"}),
        read_fault("reset before headers, route /_system/health"),
    )
    assert str(scenarios) == "1 behaviour, 1 rule, 2 faults"


def test_faults_strike(tmp_path: Path) -> None:
    """The faults of a file strike; none of them must, and the next file replaces them."""
    world = World()
    (tmp_path / "f.yaml").write_text(FILE)
    world.load(tmp_path / "f.yaml")

    def ask(method: str, target: str, body: bytes = b"") -> int:
        return world.prism.handle(Request(method, target, {"apikey": "k"}, body)).status

    assert [ask("POST", "/connections", b"{}") for _ in range(2)] == [429, 201]
    made = json.loads(world.journal.exchanges()[-1].reply)["connectionId"]
    assert [ask("GET", f"/connections/{made}") for _ in range(4)] == [503, 503, 200, 200]
    world.check()

    (tmp_path / "f.yaml").write_text("faults: []")
    world.load(tmp_path / "f.yaml")
    assert list(world.faults) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("faults: [{statuss: 503}]", "1:10: A row names no fault (its keys: statuss). Did you mean 'status'?"),
        (
            "faults: [{status: 503, rote: /x}]",
            "1:10: The fault 'status' has no parameter 'rote'. Did you mean 'route'?",
        ),
        ("faults: [{status: 503, route: /connection}]", "Did you mean '/connections'?"),
        ("faults: [5]", "1:10: A fault was given as 5. Expected a row such as"),
        (
            "faults: {status: 503}",
            "1:9: A mapping is not a list of faults. Expected one such as [{status: 503, tim",
        ),
        (
            "behaviours: {x: {vcx-holder: [{act: ignore, fault: {webhook: lost}}]}}",
            "1:52: A step has the fault 'webhook', which strikes no poll. Expected one that does.",
        ),
    ],
)
def test_wrong_faults_are_errors(text: str, message: str) -> None:
    """A wrong fault is an error with its own message and place; nothing of the file is loaded."""
    reading = read(text.encode())

    assert reading.scenarios is None
    [finding] = reading.findings
    assert message in f"{finding.place.line}:{finding.place.column}: {finding.message}"


def test_a_fault_that_cannot_strike_refuses_all_settings() -> None:
    """A set of settings with a fault that can never strike is refused as a whole."""
    world = World()
    with pytest.raises(Misuse, match="for the route '/nowhere', which no agent has"):
        world.use((), (), (read_fault({"status": 503}), read_fault({"status": 503, "route": "/nowhere"})))

    assert list(world.faults) == []
