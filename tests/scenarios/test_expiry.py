"""Checking a file warns of a script that an agent's own expiry will cut short."""

import pytest

from connsim import World
from connsim.core.durations import SECOND
from connsim.scenarios.expiry import EXPIRY, find_late
from connsim.scenarios.reading import read
from connsim.script.machines.prism import INVITER
from connsim.script.sequence import Sequence

GENERATED, RECEIVED, SENT = "InvitationGenerated", "ConnectionRequestReceived", "ConnectionResponseSent"


@pytest.mark.parametrize(
    ("steps", "late"),
    [
        ([(GENERATED, "300s"), SENT], None),
        ([(GENERATED, "300s 1ns"), SENT], 1),
        ([(GENERATED, "4m..5m"), SENT], None),
        ([(GENERATED, "4m..6m"), SENT], 1),
        ([(GENERATED, "3m"), (GENERATED, "3m"), SENT], 2),
        ([(GENERATED, "3 polls"), (GENERATED, "5m"), SENT], None),
        ([(GENERATED, "3 polls"), (GENERATED, "6m"), (RECEIVED, "1s"), SENT], 2),
        ([(GENERATED, "until accepted"), SENT], None),
        ([(GENERATED, "1s"), (RECEIVED, "1h"), SENT], None),
        ([(GENERATED, "1h"), "InvitationExpired"], None),
        ([GENERATED], None),
        ([(GENERATED, "1h")], None),
        ([SENT], None),
    ],
)
def test_finds_the_step_that_comes_too_late(steps: list[str | tuple[str, str]], late: int | None) -> None:
    """An acceptance is late if it comes more than 300 seconds after the creation, as far as the script decides that."""
    found = find_late(Sequence.of(*steps))

    assert (None if found is None else found.step) == late


@pytest.mark.parametrize("seconds", [299, 300, 301, 600])
def test_warnings_match_the_agent(seconds: int) -> None:
    """A warning is given exactly if the world's own agent lets the invitation expire."""
    sequence = Sequence.of((GENERATED, f"{seconds}s"), (RECEIVED, "1s"), SENT).on(INVITER)
    world = World()
    world.script("prism-inviter", sequence)
    record = world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
    world.advance("1 hour")

    assert (find_late(sequence) is not None) == (record.state == "InvitationExpired") == (seconds * SECOND > EXPIRY)


def late(after: str, more: str = "") -> str:
    """Return a file whose behaviour accepts late, in line 6."""
    return (
        f"behaviours:\n  late:\n    after: {after}\n    prism-inviter:\n"
        f"      - {{state: InvitationGenerated, for: $after}}\n      - {{state: ConnectionResponseSent}}\n{more}"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (late("10m"), ["6:9: ConnectionResponseSent comes at least 10 minutes after the invitation"]),
        (late("1m..10m"), ["6:9: ConnectionResponseSent may come as late as 10 minutes after the invitation"]),
        (late("3 polls"), []),
        (late("1m"), []),
        (late("10m", "    strict: false"), []),
        (late("10m", "world: {profile: 2023}"), []),
        (late("1m", "select:\n- behaviour: late after 10m"), ["8:14: ConnectionResponseSent comes at least 10"]),
        (late("10m", "select:\n- behaviour: late"), ["6:9: ConnectionResponseSent comes at least 10 minutes"]),
        (late("10m", "select:\n- behaviour: late after 1m"), ["6:9: ConnectionResponseSent comes at least 10"]),
        ("select: [{behaviour: accepts after 10 minutes}]", ["1:22: ConnectionRequestReceived comes at least 10"]),
        ("select: [{match: {role: prism-invitee}, behaviour: accepts after 10 minutes}]", []),
        ("select: [{match: {phone: x}, behaviour: accepts after 10 minutes}]", []),
        ("world: {profile: P1}\nselect: [{behaviour: accepts after 10 minutes}]", []),
    ],
)
def test_files_are_warned_once(text: str, expected: list[str]) -> None:
    """The warning is at the step that comes too late, or at the rule that makes it so."""
    reading = read(text.encode())

    found = [f"{finding.place.line}:{finding.place.column}: {finding.message}" for finding in reading.findings]
    assert [line[: len(start)] for line, start in zip(found, expected, strict=True)] == expected
    assert reading.scenarios is not None


def test_says_how_it_ends() -> None:
    """The warning says when the acceptance comes, when the invitation expires, and how it ends."""
    [finding] = read(b"select: [{behaviour: accepts after 10 minutes}]").findings

    assert finding.message == (
        "ConnectionRequestReceived comes at least 10 minutes after the invitation, and a 1.40.0 agent's invitation "
        "expires after 5 minutes: the connection ends in InvitationExpired there. Expected an earlier acceptance, "
        "unless that is what you test."
    )
