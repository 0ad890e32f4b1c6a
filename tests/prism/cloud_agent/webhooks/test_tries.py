"""Attempts of deliveries, to the nanosecond.

Sections are those of docs/protocol/prism-agent.md.
"""

import pytest

from connsim import CloudAgentSettings, World
from connsim.core.clock import Clock
from connsim.core.durations import SECOND
from connsim.prism.cloud_agent.webhooks.deliveries import Outcome
from tests.prism.cloud_agent.webhooks.conftest import GLOBAL, NO_ANSWER, URL, IdleSender, agent, create, install_sender


@pytest.mark.parametrize(
    ("outcomes", "moments"),
    [
        pytest.param([200], [0], id="8 taken"),
        pytest.param([204], [0], id="8 any 2xx will do"),
        pytest.param([299], [0], id="8 up to 299"),
        pytest.param([300, 302, 199], [0, 5, 10], id="8 redirects are failures"),
        pytest.param([404, 500, 200], [0, 5, 10], id="8 taken at the third try"),
        pytest.param(["refused", 200], [0, 5], id="8 taken at the second try"),
        pytest.param(["refused"] * 3, [0, 5, 10], id="8 dropped after three tries"),
        pytest.param([], [0, 10, 20], id="8 never answered"),
        pytest.param([500], [0, 5, 15], id="8 refused, then never answered"),
    ],
)
def test_attempts(world: World, outcomes: list[Outcome], moments: list[int]) -> None:
    """There are up to three attempts, five seconds after the failure of the last, each of up to five seconds."""
    sender = install_sender(world, *outcomes)
    create(world)
    world.advance("1 hour")

    assert sender.moments() == moments
    assert len({sent.request for sent in sender.sent}) == 1


def test_every_attempt_is_in_the_journal(world: World) -> None:
    """Every attempt is in the journal, with its outcome, at the moment of the outcome."""
    install_sender(world, "Connection refused", then=None)
    connection = create(world)
    world.advance("1 hour")

    tried = world.journal.notifications(connection["connectionId"])
    assert [(n.at - world.clock.start, n.url, n.state, n.attempt, n.outcome) for n in tried] == [
        (0, URL, "InvitationGenerated", 1, "Connection refused"),
        (10 * SECOND, URL, "InvitationGenerated", 2, NO_ANSWER),
        (20 * SECOND, URL, "InvitationGenerated", 3, NO_ANSWER),
    ]
    assert world.timeline(connection["connectionId"]).splitlines() == [
        "+00:00:00.000  prism-inviter: InvitationGenerated (created)",
        f"+00:00:00.000  webhook {URL}: InvitationGenerated -> Connection refused",
        "+00:00:00.000  POST /connections -> 201",
        f"+00:00:10.000  webhook {URL}: InvitationGenerated -> {NO_ANSWER}, attempt 2",
        f"+00:00:20.000  webhook {URL}: InvitationGenerated -> {NO_ANSWER}, attempt 3",
    ]


def test_a_slow_attempt_is_stopped(world: World) -> None:
    """At the limit the sender is stopped, and a later outcome is ignored."""
    sender = install_sender(world)
    create(world)
    world.advance("5 seconds")
    assert sender.given_up == [0]
    sender.sent[0].observer.ended(200)
    world.advance("1 minute")

    assert sender.moments() == [0, 10, 20]
    assert [n.outcome for n in world.journal.notifications()] == [NO_ANSWER] * 3


def test_an_answer_at_the_last_moment_counts(world: World) -> None:
    """An outcome one nanosecond before the limit counts."""
    sender = install_sender(world)
    create(world)
    world.clock.advance_ns(5 * SECOND - 1)
    sender.sent[0].observer.ended(200)
    world.advance("1 hour")

    assert sender.moments() == [0]
    assert [n.outcome for n in world.journal.notifications()] == [200]


def test_time_before_the_request_has_left_does_not_count(world: World) -> None:
    """Time before the request is sent does not count, so a large advance does not use up the attempts."""
    agent(world).webhooks.sender = sender = IdleSender(world)
    create(world)
    world.advance("24 hours")
    assert world.journal.notifications() == []
    sender.sent[0].observer.sent()
    world.advance("5 seconds")

    assert [(n.at - world.clock.start) // SECOND for n in world.journal.notifications()] == [24 * 3600 + 5]


def test_with_a_running_clock_an_attempt_is_limited_from_its_start() -> None:
    """With a running clock, an attempt ends five seconds after its start, even if the request was never sent."""
    world = World(clock=Clock(running=True))
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL))
    agent(world).webhooks.sender = sender = IdleSender(world)
    create(world)
    created = world.journal.transitions()[0].at

    assert world.clock.next_due() == created + 5 * SECOND
    sender.sent[0].observer.sent()
    sender.sent[0].observer.ended(200)
    assert world.clock.next_due() is None
