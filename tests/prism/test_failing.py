"""Messages that a script lets fail: the agent tries as it does, and its record shows what that costs."""

import json
from typing import Any

import pytest

from connsim import BadScript, CloudAgentSettings, Sequence, World
from connsim.core.exchange import Request
from connsim.prism.problems import Problem

GENERATED = "InvitationGenerated"
REQUEST_PENDING = "ConnectionRequestPending"
RESPONSE_PENDING = "ConnectionResponsePending"
RESPONSE_SENT = "ConnectionResponseSent"
FAILED = f"{RESPONSE_PENDING} until failed"


def send(world: World, method: str, target: str, members: object = None) -> Any:
    """Send a request that succeeds."""
    body = b"" if members is None else json.dumps(members).encode()
    reply = world.prism.handle(Request(method, target, {"apikey": "one"}, body))
    assert reply.status in (200, 201), reply.body
    return json.loads(reply.body)


def invite(world: World, *steps: str) -> str:
    """Make an invitation whose record goes through these steps; each is a state, and maybe what ends it."""
    parts = [step.partition(" ") for step in steps]
    world.script("prism-inviter", Sequence.of(*((state, end) if end else state for state, _, end in parts)))
    id_: str = send(world, "POST", "/connections", {})["connectionId"]
    return id_


def look(world: World, id_: str, after: str) -> tuple[str, int]:
    """State and retries so long later; a list is no poll."""
    world.advance(after)
    [told] = send(world, "GET", "/connections")["contents"]
    assert told["connectionId"] == id_
    return told["state"], told["metaRetries"]


def test_a_failure_looks_like_one() -> None:
    """State and ``updatedAt`` stay; what failed is told as the agent tells it of an address where nobody listens."""
    world = World()
    id_ = invite(world, f"{GENERATED} 1s", FAILED, RESPONSE_PENDING)
    world.advance("1s")
    before = send(world, "GET", f"/connections/{id_}")

    world.advance("1m")

    after = send(world, "GET", f"/connections/{id_}")
    failure = after.pop("metaLastFailure")
    assert after == before | {"metaRetries": 4}
    assert failure["type"] == "error:MercuryError:FailureInfo"
    assert failure["detail"] == "Error when sending message: Connection refused; DATA:''. Connection refused"


def test_each_failure_ends_one_step() -> None:
    """Two failures, and then the message goes out when the script says so."""
    world = World()
    id_ = invite(world, f"{GENERATED} 1s", FAILED, FAILED, f"{RESPONSE_PENDING} 3s", RESPONSE_SENT)

    assert look(world, id_, "1s") == (RESPONSE_PENDING, 5)
    assert look(world, id_, "10ms") == (RESPONSE_PENDING, 4)
    assert look(world, id_, "5s") == (RESPONSE_PENDING, 3)
    assert look(world, id_, "2999ms") == (RESPONSE_PENDING, 3)
    assert look(world, id_, "1ms") == (RESPONSE_SENT, 5)
    assert look(world, id_, "1 day") == (RESPONSE_SENT, 5)


def test_the_last_failure_hands_the_record_back() -> None:
    """A script that ends there is over: the next attempt is the agent's own, at its own time, and goes through."""
    world = World()
    id_ = invite(world, f"{GENERATED} 1s", FAILED, FAILED)

    assert look(world, id_, "6010ms") == (RESPONSE_PENDING, 3)
    assert look(world, id_, "9999ms") == (RESPONSE_PENDING, 3)
    assert look(world, id_, "10ms") == (RESPONSE_SENT, 5)


def test_nothing_is_tried_that_nobody_waits_for() -> None:
    """A script that only shows a pending state costs no retries, and its attempts begin when it waits for them."""
    world = World()
    id_ = invite(world, f"{GENERATED} 1s", f"{RESPONSE_PENDING} 1h", FAILED, RESPONSE_PENDING)

    assert look(world, id_, "3600s") == (RESPONSE_PENDING, 5)
    assert look(world, id_, "1009ms") == (RESPONSE_PENDING, 5)
    assert look(world, id_, "1ms") == (RESPONSE_PENDING, 4)
    assert look(world, id_, "1 day") == (RESPONSE_PENDING, 4)


def test_an_agent_that_has_given_up_fails_no_more() -> None:
    """Whoever waits for a sixth failure waits for ever."""
    world = World()
    id_ = invite(world, f"{GENERATED} 1s", *[FAILED] * 6, RESPONSE_SENT)

    assert look(world, id_, "1 day") == (RESPONSE_PENDING, 0)


def test_attempts_come_when_the_agent_makes_them() -> None:
    """The pauses are those of the settings."""
    world = World()
    world.prism.configure(CloudAgentSettings(retry_delays=(60 * 10**9,)))
    id_ = invite(world, f"{GENERATED} 1s", FAILED, FAILED, RESPONSE_SENT)

    assert look(world, id_, "61009ms") == (RESPONSE_PENDING, 4)
    assert look(world, id_, "1ms") == (RESPONSE_SENT, 5)


def test_webhooks_tell_of_every_failure() -> None:
    """As the agent does: one event for each attempt, with the state as it was."""
    world = World()
    told: list[tuple[str, int]] = []
    world.prism.cloud_agent.flow.on_change = lambda record, at: told.append((str(record.state), record.retries))

    invite(world, f"{GENERATED} 1s", *[FAILED] * 2, RESPONSE_PENDING)
    world.advance("1 day")

    assert told[1:] == [
        ("ConnectionRequestReceived", 5),
        (RESPONSE_PENDING, 5),
        (RESPONSE_PENDING, 4),
        (RESPONSE_PENDING, 3),
    ]


def test_failures_are_counted() -> None:
    """The agent's metrics show them."""
    world = World()
    invite(world, f"{GENERATED} 1s", *[FAILED] * 2, RESPONSE_PENDING)
    world.advance("1 day")

    shown = world.prism.handle(Request("GET", "/_system/metrics")).body.decode()

    assert "connection_flow_inviter_process_connection_record_failed_counter_total 2.0" in shown


def test_it_can_be_said_in_a_feature() -> None:
    """``until sending fails``."""
    said = Sequence.of_rows([{"state": REQUEST_PENDING, "lasts": "until sending fails"}])

    assert said == Sequence.of((REQUEST_PENDING, "until failed"))


def test_an_invitation_that_is_too_old_expires_all_the_same() -> None:
    """The script is over then, and nothing is tried."""
    world = World()
    id_ = invite(world, f"{GENERATED} 301s", FAILED, RESPONSE_PENDING)

    assert look(world, id_, "1 day") == ("InvitationExpired", 5)


def test_a_holder_table_has_no_such_event() -> None:
    """Holders of a VCX agency send nothing that fails."""
    with pytest.raises(BadScript, match="'failed' is not an event of vcx-holder"):
        World().script("vcx-holder", Sequence.of(("ignore", "until failed"), "accept"))


def test_who_never_learns_takes_one_request() -> None:
    """An inviter whose record does not move has been accepted all the same: the next invitee is refused."""
    world = World()
    world.script("prism-inviter", "never-learns")
    made = send(world, "POST", "/connections", {})

    world.prism.holder_accepts(made["connectionId"])
    world.advance("1m")

    assert look(world, made["connectionId"], "0s") == (GENERATED, 5)
    flow, record = world.prism.cloud_agent.flow, world.prism.store.get(made["connectionId"])
    assert record is not None
    with pytest.raises(Problem, match="state=InvitationGenerated"):
        flow.request_arrives(record, "did:peer:2.other", None, world.clock.now())


@pytest.mark.parametrize(
    ("then", "after_29s", "at_last"),
    [
        ([(GENERATED, "30s"), RESPONSE_SENT], "ConnectionRequestSent", "ConnectionResponseReceived"),
        ([RESPONSE_PENDING], "ConnectionRequestSent", "ConnectionRequestSent"),
        ([GENERATED], "ConnectionResponseReceived", "ConnectionResponseReceived"),
    ],
    ids=["slow", "halfway", "never-learns"],
)
def test_an_inviter_answers_when_it_shows_that_it_did(then: list[Any], after_29s: str, at_last: str) -> None:
    """Only one that never moves after it has heard of the acceptance answers behind its record's back."""
    world = World()
    world.script("prism-inviter", Sequence.of((GENERATED, "until accepted"), *then))
    made = send(world, "POST", "/connections", {})
    payload = made["invitation"]["invitationUrl"].partition("_oob=")[2]
    reply = world.prism.handle(
        Request("POST", "/connection-invitations", {"apikey": "two"}, json.dumps({"invitation": payload}).encode())
    )
    invitee = world.prism.store.get(json.loads(reply.body)["connectionId"])
    assert invitee is not None

    world.advance("29s")
    assert invitee.state == after_29s
    world.advance("2s")
    assert invitee.state == at_last
