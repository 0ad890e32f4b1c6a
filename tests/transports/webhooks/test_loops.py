"""Receivers on a loop of the test, blocked or not, and on the loop of the server."""

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from connsim import World
from connsim.core.durations import SECOND
from connsim.transports.webhook_receiver import WebhookReceiver
from tests.transports.webhooks.conftest import HOUR, INVITER, NO_ANSWER, Loop, attempts, invite, register


@pytest.mark.usefixtures("endless_patience")
@pytest.mark.parametrize("block", [lambda world: world.clock.advance("1 minute"), lambda world: time.sleep(60)])
def test_a_receiver_on_a_blocked_loop_is_not_awaited(connsim: World, block: Callable[[World], None]) -> None:
    """A loop that is blocked by a wait cannot receive events: the attempts fail, and nothing hangs."""

    async def main() -> None:
        async with await Loop(connsim).start():
            await asyncio.to_thread(invite, connsim)
            await asyncio.sleep(1)
            connsim.prism.holder_accepts(connsim.journal.transitions()[0].connection)
            block(connsim)
            assert connsim.clock.elapsed() == 61 * SECOND
            assert attempts(connsim)[1:4] == [(6, 1, NO_ANSWER), (16, 2, NO_ANSWER), (26, 3, NO_ANSWER)]

    asyncio.run(main())


@pytest.mark.usefixtures("endless_patience")
@pytest.mark.parametrize(
    ("pause", "expected"),
    [
        pytest.param(0, [90.0, 90.01, 90.02], id="at once"),
        pytest.param(2, [90.0, 92.0, 94.0], id="one after the other"),
    ],
)
def test_a_receiver_on_the_tests_own_loop(connsim: World, pause: float, expected: list[float]) -> None:
    """While its loop awaits, a receiver gets each event at its own moment, and its pauses are virtual."""
    connsim.script("prism-inviter", "accepts after 90 seconds")

    async def main() -> Loop:
        receiver = Loop(connsim, pause)
        async with await receiver.start():
            await asyncio.to_thread(invite, connsim)
            await asyncio.sleep(HOUR)
        return receiver

    delivered = asyncio.run(main()).received
    assert [state for _, state in delivered] == INVITER
    assert [moment for moment, _ in delivered[1:]] == expected
    assert [outcome for _, _, outcome in attempts(connsim)] == ["200"] * 4


@pytest.mark.usefixtures("endless_patience")
def test_a_receiver_on_a_loop_of_another_party(connsim: World) -> None:
    """A thread of the test runs the receiver's loop while the test's own thread sleeps."""
    connsim.script("prism-inviter", "accepts after 90 seconds")
    receiver, ready = Loop(connsim), threading.Event()

    async def main() -> None:
        async with await receiver.start():
            ready.set()
            await asyncio.sleep(HOUR)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    ready.wait()
    invite(connsim)
    thread.join()

    assert [(int(moment), state) for moment, state in receiver.received] == list(
        zip((0, 90, 90, 90), INVITER, strict=True)
    )


@pytest.mark.usefixtures("endless_patience")
@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        pytest.param([], [(0, 1, "200")], id="takes it"),
        pytest.param([503, None], [(0, 1, "503"), (10, 2, NO_ANSWER), (15, 3, "200")], id="takes the third try"),
        pytest.param([None] * 3, [(5, 1, NO_ANSWER), (15, 2, NO_ANSWER), (25, 3, NO_ANSWER)], id="never answers"),
    ],
)
def test_a_receiver_beside_the_agent(
    connsim: World,
    connsim_webhooks: WebhookReceiver,
    plan: list[int | None],
    expected: list[tuple[float, int, object]],
) -> None:
    """Deliveries to a receiver on the server's own thread have exact times, whatever it answers."""
    connsim_webhooks.answer(*plan)
    register(connsim, connsim_webhooks.url)
    invite(connsim)
    time.sleep(HOUR)

    assert attempts(connsim) == expected
    assert len(connsim_webhooks.requests) == len(expected)


def test_advancing_delivers_events(connsim: World, connsim_webhooks: WebhookReceiver) -> None:
    """Advancing the clock is a wait: each event that falls due is delivered at its moment."""
    connsim.script("prism-inviter", "accepts after 90 seconds")
    register(connsim, connsim_webhooks.url)
    invite(connsim)
    connsim.advance("24 hours")

    assert [(one.state, (one.at - connsim.clock.start) // SECOND) for one in connsim_webhooks.events] == list(
        zip(INVITER, (0, 90, 90, 90), strict=True)
    )


def test_events_on_their_way_arrive_before_a_look(connsim: World, connsim_webhooks: WebhookReceiver) -> None:
    """Before the receiver is read, the events on their way are delivered."""
    register(connsim, connsim_webhooks.url)
    for count in range(1, 31):
        invite(connsim)
        assert len(connsim_webhooks.events) == count
    assert connsim.clock.elapsed() == 0
