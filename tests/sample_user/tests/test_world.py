"""Tests without Gherkin, on what `connsim` offers."""

import time
from contextlib import closing
from datetime import timedelta

import pytest
from shop.agent import Agent, TookTooLong
from shop.patience import Patience

from connsim import Sequence, World, duration

DAY = 24 * 60 * 60


def test_script_is_played(connsim: World, patience: Patience) -> None:
    """A sequence says what the other side does, and the shop's own code lives through it, no adapter between."""
    connsim.script("prism-inviter", Sequence.of(("InvitationGenerated", "for 3 polls"), "ConnectionResponseSent"))

    with closing(Agent(connsim.prism.url, "shop-key", patience)) as agent:
        connection = agent.invite("Ada")["connectionId"]
        agent.reach(connection, "ConnectionResponseSent", within=timedelta(days=1))

    assert len(connsim.journal.polls(connection)) == 4


def test_shop_gives_up(connsim: World, patience: Patience) -> None:
    """Where nobody answers, the shop's code gives up when it said it would, a virtual day later."""
    connsim.script("prism-inviter", "never-responds")

    with closing(Agent(connsim.prism.url, "shop-key", patience)) as agent:
        connection = agent.invite("Ada")["connectionId"]
        with pytest.raises(TookTooLong, match="InvitationGenerated"):
            agent.reach(connection, "ConnectionResponseSent", within=timedelta(days=1))

    assert connsim.clock.elapsed() == duration("1 day")


def test_waiting_costs_nothing(connsim: World) -> None:
    """The shop's sleeping moves the world's clock, and the world's clock is what the shop reads."""
    before = time.time()

    time.sleep(DAY)
    connsim.advance("1 hour")

    assert connsim.clock.elapsed() == duration("1 day and 1 hour")
    assert time.time() - before == DAY + 3600


def test_worlds_of_ones_own() -> None:
    """A world is a plain object, too; the same seed gives the same people."""
    assert World("mine").people.person("holder") == World("mine").people.person("holder")
