"""The counters as Prometheus text.

Sections are those of docs/protocol/prism-agent.md.
"""

from collections import Counter

import pytest

from connsim import World
from connsim.core.exchange import Request
from connsim.prism.invitation import Invitation
from connsim.prism.metrics import delivered, exposition, failed
from connsim.script.machines.prism import INVITEE, INVITER


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(
            delivered(INVITER),
            [
                "connection_flow_inviter_connection_response_msg_success_counter",
                "connection_flow_inviter_process_connection_record_all_counter",
                "connection_flow_inviter_process_connection_record_success_counter",
            ],
            id="2.5 the inviter's response is delivered",
        ),
        pytest.param(
            delivered(INVITEE),
            [
                "connection_flow_invitee_connection_request_msg_success_counter",
                "connection_flow_invitee_process_connection_record_all_counter",
                "connection_flow_invitee_process_connection_record_success_counter",
            ],
            id="2.5 the invitee's request is delivered",
        ),
        pytest.param(
            failed(INVITER),
            ["connection_flow_inviter_process_connection_record_failed_counter"],
            id="2.5 the inviter's attempt fails, and is not counted among all",
        ),
        pytest.param(
            failed(INVITEE),
            ["connection_flow_invitee_process_connection_record_failed_counter"],
            id="2.5 the invitee's attempt fails, and is not counted among all",
        ),
    ],
)
def test_each_outcome_has_its_counters(names: tuple[str, ...], expected: list[str]) -> None:
    """An outcome increases the counters for its sender and its success."""
    assert sorted(names) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param({}, b"", id="2.5 nothing counted yet: no counter is there"),
        pytest.param({"a_counter": 0}, b"", id="2.5 at zero: likewise"),
        pytest.param(
            {"a_counter": 1},
            b"# HELP a_counter_total  \n# TYPE a_counter_total counter\na_counter_total 1.0\n",
            id="2.5 one counter: a blank for the help text, and the count as a double",
        ),
        pytest.param(
            {"b_all_counter": 12, "a_counter": 3, "b_alias": 2},
            b"# HELP a_counter_total  \n# TYPE a_counter_total counter\na_counter_total 3.0\n"
            b"# HELP b_alias_total  \n# TYPE b_alias_total counter\nb_alias_total 2.0\n"
            b"# HELP b_all_counter_total  \n# TYPE b_all_counter_total counter\nb_all_counter_total 12.0\n",
            id="2.5 several: sorted by name",
        ),
    ],
)
def test_counters_are_printed_as_prometheus_text(counts: dict[str, int], expected: bytes) -> None:
    """The text is exactly that of the Prometheus client."""
    assert exposition(counts) == expected


@pytest.mark.parametrize(
    ("count", "printed"),
    [
        pytest.param(9_999_999, b"9999999.0", id="seven digits"),
        pytest.param(10_000_000, b"1.0E7", id="eight digits, round"),
        pytest.param(12_345_678, b"1.2345678E7", id="eight digits"),
        pytest.param(120_000_000, b"1.2E8", id="nine digits"),
    ],
)
def test_counts_are_printed_as_java_prints_a_double(count: int, printed: bytes) -> None:
    """From ten million on, a count is printed with an exponent."""
    assert exposition({"a": count}).splitlines()[-1] == b"a_total " + printed


def test_outcomes_add_up() -> None:
    """A counter sums the outcomes with its name."""
    counts = Counter((*delivered(INVITEE), *failed(INVITEE), *failed(INVITEE)))
    lines = [line for line in exposition(counts).decode().splitlines() if not line.startswith("#")]
    assert lines == [
        "connection_flow_invitee_connection_request_msg_success_counter_total 1.0",
        "connection_flow_invitee_process_connection_record_all_counter_total 1.0",
        "connection_flow_invitee_process_connection_record_failed_counter_total 2.0",
        "connection_flow_invitee_process_connection_record_success_counter_total 1.0",
    ]


@pytest.mark.parametrize("scripted", [False, True], ids=["two clients", "a scripted holder"])
def test_what_was_delivered_is_counted(scripted: bool) -> None:
    """2.5: an established connection counts once for each message that the agent sent, scripted or not."""
    world = World()
    agent = world.prism.cloud_agent
    if scripted:
        world.script("prism-inviter", "accepts after 1 second")
    inviter = agent.create(agent.wallet("inviter"))
    if not scripted:
        agent.accept(agent.wallet("invitee"), agent.flow.invitation(inviter))

    world.advance("1 minute")

    assert inviter.state == "ConnectionResponseSent"
    sent = [*delivered(INVITER), *(() if scripted else delivered(INVITEE))]
    assert agent.flow.counts == dict.fromkeys(sent, 1)
    shown = world.prism.handle(Request("GET", "/_system/metrics")).body.decode()
    assert [line for line in shown.splitlines() if not line.startswith("#")] == [
        f"{name}_total 1.0" for name in sorted(sent)
    ]


def test_what_failed_is_counted() -> None:
    """2.5: each of the five failed attempts to reach a foreign inviter counts."""
    world = World()
    agent = world.prism.cloud_agent
    agent.accept(
        agent.wallet("invitee"), Invitation("5b0f4b39-3b0a-4b6a-8f0c-9a1de2f5a0b7", "did:peer:2.Ez6LSfar.Vz6Mkfar.Sx")
    )

    world.advance("10 minutes")

    assert agent.flow.counts == dict.fromkeys(failed(INVITEE), 5)
