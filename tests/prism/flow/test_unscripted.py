"""How connections move when nothing is configured.

Sections are those of docs/protocol/prism-agent.md.
"""

import pytest

from connsim import CloudAgentSettings, Misuse
from connsim.core.durations import MILLISECOND
from tests.prism.flow.conftest import (
    GENERATED,
    INVITEE,
    INVITER,
    RECEIVED,
    REQUEST_PENDING,
    REQUEST_RECEIVED,
    REQUEST_SENT,
    RESPONSE_PENDING,
    RESPONSE_RECEIVED,
    RESPONSE_SENT,
    Pair,
)


def test_default_timeline() -> None:
    """Two clients connect within milliseconds, each side through all its states in order (4.2, 4.3)."""
    pair = Pair()
    pair.invite()
    pair.world.advance("10s")
    pair.accept()
    pair.world.advance("1h")

    assert pair.history(pair.made) == [
        (-10_000, GENERATED),
        (10, REQUEST_RECEIVED),
        (15, RESPONSE_PENDING),
        (30, RESPONSE_SENT),
    ]
    assert pair.history(pair.accepted) == [
        (0, RECEIVED),
        (0, REQUEST_PENDING),
        (20, REQUEST_SENT),
        (25, RESPONSE_RECEIVED),
    ]
    pair.world.check()


def test_settings_set_the_pace() -> None:
    """Pickup, handling and acknowledgement add up as they do on the wire (4.5)."""
    pair = Pair(
        options=CloudAgentSettings(pickup=100 * MILLISECOND, handling=10 * MILLISECOND, acknowledged=MILLISECOND)
    )
    pair.meet()
    assert pair.history(pair.made)[1:] == [(100, REQUEST_RECEIVED), (110, RESPONSE_PENDING), (211, RESPONSE_SENT)]
    assert pair.history(pair.accepted)[2:] == [(111, REQUEST_SENT), (210, RESPONSE_RECEIVED)]


def test_agent_without_any_delay() -> None:
    """Even an agent that needs no time at all answers the accepting POST first (4.3, 13.13)."""
    pair = Pair(options=CloudAgentSettings(pickup=0, handling=0, acknowledged=0))
    pair.invite()
    accepted = pair.accept()
    assert accepted["state"] == REQUEST_PENDING
    assert {t.target for t in pair.world.journal.transitions(pair.made["connectionId"])} == {GENERATED}
    assert pair.states() == (RESPONSE_SENT, RESPONSE_RECEIVED)
    assert {at for at, _ in pair.history(accepted)} == {0}


def test_answers_before_anything_is_sent() -> None:
    """When the accepting POST returns, the inviter's record has not changed (13.13)."""
    pair = Pair()
    before = pair.look(pair.invite(), INVITER)
    accepted = pair.accept()
    assert (accepted["state"], accepted["role"], accepted["metaRetries"]) == (REQUEST_PENDING, "Invitee", 5)
    assert pair.look(pair.made, INVITER) == before
    assert pair.poll(accepted, INVITEE) == accepted


def test_dids_are_mirrored() -> None:
    """As soon as a side shows DIDs they are the pair's, mirrored, and they stay (3.2, 7.3)."""
    pair = Pair()
    pair.invite()
    pair.accept()
    mine, theirs = pair.made["invitation"]["from"], pair.accepted["myDid"]
    assert mine != theirs
    for _ in range(40):
        inviter, invitee = pair.look(pair.made, INVITER), pair.look(pair.accepted, INVITEE)
        assert (invitee["myDid"], invitee["theirDid"]) == (theirs, mine)
        if inviter["state"] != GENERATED:
            assert (inviter["myDid"], inviter["theirDid"]) == (mine, theirs)
        pair.world.clock.advance_ns(MILLISECOND)
    assert inviter["state"] == RESPONSE_SENT


def test_nobody_stands_behind_an_invitation() -> None:
    """An invitation that no client accepts stays as it is, however old (4.7)."""
    pair = Pair()
    pair.invite()
    first = pair.poll(pair.made, INVITER)
    pair.world.advance("1000 days")
    assert pair.poll(pair.made, INVITER) == first


def test_many_pairs_do_not_mix() -> None:
    """Connections made at one moment each find their own peer."""
    pair = Pair()
    pairs = []
    for _ in range(10):
        made = pair.invite()
        pairs.append((made, pair.accept()))
    pair.world.advance("1s")
    for made, accepted in pairs:
        mine, theirs = pair.look(made, INVITER), pair.look(accepted, INVITEE)
        assert (mine["state"], theirs["state"]) == (RESPONSE_SENT, RESPONSE_RECEIVED)
        assert (mine["myDid"], mine["theirDid"]) == (theirs["theirDid"], theirs["myDid"])


def test_reset_starts_over() -> None:
    """After a reset nothing that was on its way arrives, and the same requests give the same ids."""
    pair = Pair()
    pair.invite()
    first = pair.accept()
    pair.world.reset()
    pair.world.advance("1m")
    assert pair.world.journal.transitions() == []
    pair.invite()
    again = pair.accept()
    assert again["connectionId"] == first["connectionId"]


def test_configure_comes_first() -> None:
    """An agent is set up before its first connection; later it is refused, and nothing is dropped."""
    pair = Pair()
    pair.invite()

    with pytest.raises(
        Misuse, match=r"configured although it has connections. Expected configure\(\) before the first"
    ):
        pair.world.prism.configure(CloudAgentSettings())

    pair.world.reset()
    pair.world.prism.configure(CloudAgentSettings(version="2"))
    assert pair.world.prism.cloud_agent.settings.version == "2"
