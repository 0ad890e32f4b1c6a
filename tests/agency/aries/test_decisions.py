"""Holders of Aries invitations who are told what to do, whatever their script says."""

import pytest

from connsim import Misuse, NotFound, Sequence, World
from tests.agency.aries.conftest import Inviter


def scan(world: World, inviter: Inviter, *steps: str | tuple[str, str]) -> str:
    """Let a holder who plays these steps scan it; gives the connection's id."""
    world.script("aries-holder", Sequence.of(*steps))
    return world.agency.holder_scans(inviter.text)


def test_accepts_now(world: World, inviter: Inviter) -> None:
    """A holder who hesitates for ever sends its request, and after the response its ack."""
    connection = scan(world, inviter, "ignore")
    assert inviter.update() == 2

    world.let_holder("accept", connection)

    assert (inviter.update(), inviter.update()) == (3, 4)
    assert [t.target for t in world.journal.transitions(connection)] == ["ignore", "request", "accept"]


def test_accepts_after_a_request(world: World, inviter: Inviter) -> None:
    """A holder who has sent its request and fell silent says what is missing."""
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
    """How depends on how far it has come; the inviter ends in 1 in any case."""
    connection = scan(world, inviter, step)
    for _ in range(updates):
        assert inviter.update() == 3

    world.let_holder("refuse", connection)

    assert [t.target for t in world.journal.transitions(connection)][-1] == act
    assert [inviter.update() for _ in range(2)][-1] == 1


def test_falls_silent(world: World, inviter: Inviter) -> None:
    """What the script still had in mind does not happen."""
    connection = scan(world, inviter, ("ignore", "for 90s"), "accept")

    world.let_holder("silence", connection)
    world.advance("1 hour")

    assert inviter.update() == 2


def test_a_script_that_waits_for_it_goes_on(world: World, inviter: Inviter) -> None:
    """What a script says for after a refusal still happens."""
    connection = scan(world, inviter, ("ignore", "until refused"), "garble")

    world.let_holder("refuse", connection)

    assert [t.target for t in world.journal.transitions(connection)] == ["ignore", "garble"]


def test_what_can_not_be_is_misuse(world: World, inviter: Inviter) -> None:
    """A second answer, a redirection, a stranger; nothing changes."""
    connection = scan(world, inviter, "refuse")
    before = len(world.journal.entries())

    with pytest.raises(Misuse, match="The holder cannot accept the invitation of 'Acme': its last act was refuse"):
        world.let_holder("accept", connection)
    with pytest.raises(Misuse, match="Aries has no message for a redirection. Expected accept, refuse or silence"):
        world.let_holder("redirect", connection)
    with pytest.raises(NotFound, match="No invitation 'x' is known"):
        world.let_holder("accept", "x")

    assert len(world.journal.entries()) == before


def test_the_last_who_scanned_is_told(world: World, inviter: Inviter) -> None:
    """Of several holders of one invitation, the last one acts."""
    connection = scan(world, inviter, "refuse")
    scan(world, inviter, "ignore")

    world.let_holder("accept", connection)

    assert [t.target for t in world.journal.transitions(connection)] == [
        *("ignore", "refuse", "ignore", "request", "accept"),
    ]
