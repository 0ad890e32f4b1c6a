"""Tests without Gherkin, with the fixture `connsim`."""

import time
from contextlib import closing
from datetime import timedelta

import pytest
from shop.agent import Agent, TookTooLong
from shop.patience import Patience

from connsim import Sequence, World, duration

DAY = 24 * 60 * 60


def test_script_is_played(connsim: World, patience: Patience) -> None:
    """The other side plays the sequence, and the shop's own code reaches its end without an adapter."""
    connsim.script("prism-inviter", Sequence.of(("InvitationGenerated", "for 3 polls"), "ConnectionResponseSent"))

    with closing(Agent(connsim.prism.url, "shop-key", patience)) as agent:
        connection = agent.invite("Ada")["connectionId"]
        agent.reach(connection, "ConnectionResponseSent", within=timedelta(days=1))

    assert len(connsim.journal.polls(connection)) == 4


def test_shop_gives_up(connsim: World, patience: Patience) -> None:
    """If no holder answers, the shop's code stops waiting after its limit, a virtual day later."""
    connsim.script("prism-inviter", "never-responds")

    with closing(Agent(connsim.prism.url, "shop-key", patience)) as agent:
        connection = agent.invite("Ada")["connectionId"]
        with pytest.raises(TookTooLong, match="InvitationGenerated"):
            agent.reach(connection, "ConnectionResponseSent", within=timedelta(days=1))

    assert connsim.clock.elapsed() == duration("1 day")


def test_waiting_costs_nothing(connsim: World) -> None:
    """The shop's sleep advances the world's clock, and the shop reads the world's clock."""
    before = time.time()

    time.sleep(DAY)
    connsim.advance("1 hour")

    assert connsim.clock.elapsed() == duration("1 day and 1 hour")
    assert time.time() - before == DAY + 3600


def test_worlds_of_ones_own() -> None:
    """A world can also be made without the fixture; the same seed gives the same people."""
    assert World("mine").people.person("holder") == World("mine").people.person("holder")
