"""Holders of Aries invitations whom a test makes act, whatever their script says."""

import pytest

from connsim import Misuse, NotFound, Sequence, World
from tests.agency.aries.conftest import Inviter


def scan(world: World, inviter: Inviter, *steps: str | tuple[str, str]) -> str:
    """Scan the invitation as a holder who plays these steps; return the connection's id."""
    world.script("aries-holder", Sequence.of(*steps))
    return world.agency.holder_scans(inviter.text)


def test_accepts_now(world: World, inviter: Inviter) -> None:
    """A holder without a further step sends its request, and after the response its acknowledgement."""
    connection = scan(world, inviter, "ignore")
    assert inviter.update() == 2

    world.let_holder("accept", connection)

    assert (inviter.update(), inviter.update()) == (3, 4)
    assert [t.target for t in world.journal.transitions(connection)] == ["ignore", "request", "accept"]


def test_accepts_after_a_request(world: World, inviter: Inviter) -> None:
    """A holder whose script ended after its request sends the acknowledgement that is missing."""
    connection = scan(world, inviter, "request")
    assert (inviter.update(), inviter.update()) == (3, 3)

    world.let_holder("accept", connection)

    assert inviter.update() == 4


@pytest.mark.parametrize(
    ("step", "updates", "act"),
    [("ignore", 0, "refuse"), ("request", 0, "withdraw"), ("request", 1, "refuse-late")],
    ids=["before", "after its request", "after the response"],
)
def test_refuses_now(world: World, inviter: Inviter, step: str, updates: int, act: str) -> None:
    """The refusal depends on the holder's progress; the inviter ends in state 1 in every case."""
    connection = scan(world, inviter, step)
    for _ in range(updates):
        assert inviter.update() == 3

    world.let_holder("refuse", connection)

    assert [t.target for t in world.journal.transitions(connection)][-1] == act
    assert [inviter.update() for _ in range(2)][-1] == 1


def test_falls_silent(world: World, inviter: Inviter) -> None:
    """The remaining steps of the script are not played."""
    connection = scan(world, inviter, ("ignore", "for 90s"), "accept")

    world.let_holder("silence", connection)
    world.advance("1 hour")

    assert inviter.update() == 2


def test_a_script_that_waits_for_it_continues(world: World, inviter: Inviter) -> None:
    """Steps that a script has after a refusal are still played."""
    connection = scan(world, inviter, ("ignore", "until refused"), "garble")

    world.let_holder("refuse", connection)

    assert [t.target for t in world.journal.transitions(connection)] == ["ignore", "garble"]


def test_impossible_acts_are_misuse(world: World, inviter: Inviter) -> None:
    """A second answer, a redirection, and an unknown connection are misuse, and change nothing."""
    connection = scan(world, inviter, "refuse")
    before = len(world.journal.entries())

    with pytest.raises(Misuse, match="The holder cannot accept the invitation of 'Acme': its last act was refuse"):
        world.let_holder("accept", connection)
    with pytest.raises(Misuse, match="Aries has no message for a redirection. Expected accept, refuse or silence"):
        world.let_holder("redirect", connection)
    with pytest.raises(NotFound, match="No invitation 'x' is known"):
        world.let_holder("accept", "x")

    assert len(world.journal.entries()) == before


def test_the_last_holder_acts(world: World, inviter: Inviter) -> None:
    """Of several holders of one invitation, the last one acts."""
    connection = scan(world, inviter, "refuse")
    scan(world, inviter, "ignore")

    world.let_holder("accept", connection)

    assert [t.target for t in world.journal.transitions(connection)] == [
        *("ignore", "refuse", "ignore", "request", "accept"),
    ]
