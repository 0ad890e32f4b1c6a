"""How deliveries affect virtual time, and how advancing the clock affects deliveries."""

import _thread
import socket
import time
from typing import Any

import pytest

from connsim import World
from connsim.core.durations import MILLISECOND
from connsim.core.machine import Machine
from connsim.transports import webhook_sender
from connsim.transports.webhook_receiver import WebhookReceiver
from tests.transports.webhooks.conftest import HOUR, INVITER, NO_ANSWER, OK, attempts, invite, register, until


def test_events_are_delivered_at_their_moment(connsim: World, connsim_webhooks: WebhookReceiver) -> None:
    """During a sleep of an hour, every event is delivered at the moment of its transition."""
    connsim.script("prism-inviter", "accepts after 90 seconds")
    register(connsim, connsim_webhooks.url)
    invite(connsim)
    time.sleep(HOUR)

    delivered = [((one.at - connsim.clock.start) // MILLISECOND, one.state) for one in connsim_webhooks.events]
    assert delivered == list(zip((0, 90_000, 90_010, 90_020), INVITER, strict=True))


def test_a_slow_name_holds_the_clock(
    connsim: World, connsim_webhooks: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the receiver's name is resolved, in a thread that is not a party, no time passes."""
    real, moments = socket.getaddrinfo, []

    def slow(*args: Any, **kwargs: Any) -> Any:
        moments.append(connsim.clock.elapsed())
        Machine.sleep(0.1)  # if the clock did not wait, it would advance now
        moments.append(connsim.clock.elapsed())
        return real(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    register(connsim, connsim_webhooks.url.replace("127.0.0.1", "localhost"))
    invite(connsim)
    moments.clear()
    connsim.prism.holder_accepts(connsim.journal.transitions()[0].connection)
    time.sleep(HOUR)

    assert set(moments) <= {0, 5 * MILLISECOND, 15 * MILLISECOND, 10 * MILLISECOND, 20 * MILLISECOND}
    assert [one.state for one in connsim_webhooks.events] == INVITER


def test_a_name_that_never_resolves_does_not_stop_time(
    connsim: World, monkeypatch: pytest.MonkeyPatch, connsim_webhooks: WebhookReceiver
) -> None:
    """The clock waits for a name for a limited time only; then the attempts fail as with any silent receiver."""
    over = _thread.allocate_lock()
    over.acquire()

    def never(*_: Any, **__: Any) -> Any:
        over.acquire()
        over.release()
        raise socket.gaierror("given up")

    url = connsim_webhooks.url.replace("127.0.0.1", "localhost")
    monkeypatch.setattr(webhook_sender, "PATIENCE", 0.05)
    invite(connsim)
    monkeypatch.setattr(socket, "getaddrinfo", never)
    register(connsim, url)
    connsim.prism.holder_accepts(connsim.journal.transitions()[0].connection)
    time.sleep(20)
    over.release()

    assert attempts(connsim) == [(5, 1, NO_ANSWER), (15, 2, NO_ANSWER)]


def test_advancing_makes_no_receiver_late(connsim_world: World) -> None:
    """If time is not frozen, advancing by hours does not use up the attempts of a receiver that is about to answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        register(connsim_world, f"http://127.0.0.1:{server.getsockname()[1]}/")
        invite(connsim_world)
        taken, _ = server.accept()
        taken.recv(100_000)
        connsim_world.advance("24 hours")
        taken.sendall(OK)
        until(lambda: attempts(connsim_world) != [])
        taken.close()

    assert attempts(connsim_world) == [(24 * HOUR, 1, "200")]
