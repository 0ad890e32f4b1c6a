"""Faults of webhooks: an event is lost, delivered twice, or held until the next event of its connection is queued."""

from collections.abc import Callable
from functools import partial

from connsim.core.clock import Due
from connsim.faults.webhook import LOST, OUT_OF_ORDER, TWICE, Webhook
from connsim.faults.when import Call
from connsim.prism.cloud_agent.webhooks.deliveries import Event
from connsim.world import World


class DeliveryFaults:
    """Applies faults to the events of one agent before they are queued.

    Args:
        on_release: Called with a held event that no other event has followed in time, and the moment.
    """

    def __init__(self, world: World, on_release: Callable[[Event, int], None]) -> None:
        self._world = world
        self._on_release = on_release
        self._held: dict[str, tuple[Event, Due]] = {}

    def clear(self) -> None:
        """Drop the events that are held."""
        for _, due in self._held.values():
            due.cancel()
        self._held.clear()

    def apply(self, event: Event, client: str, urls: list[str], at: int) -> list[Event]:
        """Apply a fault, if any, to an event that has occurred; returns the events to queue.

        Args:
            client: The API key of the connection's wallet.
            urls: The receivers, for the journal.
        """
        if (held := self._held.pop(event.connection, None)) is not None:
            held[1].cancel()
            return [event, held[0]]
        faults = self._world.faults
        call = Call("prism", "", "", client, event.connection, event.state, "", False, at)
        active = faults.strike_event(call) if faults else None
        if active is None or not isinstance(fault := active.fault, Webhook):
            return [event]
        for url in urls:
            self._world.journal.add_notification(at, url, event.connection, event.state, 1, str(active))
        if fault.webhook == OUT_OF_ORDER:
            due = self._world.clock.at(at + fault.within, partial(self._release, event.connection))
            self._held[event.connection] = event, due
        return {LOST: [], TWICE: [event, event], OUT_OF_ORDER: []}[fault.webhook]

    def _release(self, connection: str, at: int) -> None:
        self._on_release(self._held.pop(connection)[0], at)
