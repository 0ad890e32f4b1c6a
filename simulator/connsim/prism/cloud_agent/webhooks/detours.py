"""What faults do to an event on its way to the queue: it is lost, doubled, or kept until the next one has passed."""

from collections.abc import Callable
from functools import partial

from connsim.core.clock import Due
from connsim.faults.webhook import LOST, OUT_OF_ORDER, TWICE, Webhook
from connsim.faults.when import Call
from connsim.prism.cloud_agent.webhooks.deliveries import Event
from connsim.world import World


class Detours:
    """The way of one agent's events.

    Args:
        late: Called with an event that waited for the next one in vain, and the moment.
    """

    def __init__(self, world: World, late: Callable[[Event, int], None]) -> None:
        self._world = world
        self._late = late
        self._kept: dict[str, tuple[Event, Due]] = {}

    def clear(self) -> None:
        """Forget what is kept."""
        for _, due in self._kept.values():
            due.cancel()
        self._kept.clear()

    def pass_on(self, event: Event, client: str, urls: list[str], at: int) -> list[Event]:
        """What is to be told now that something has happened.

        Args:
            client: The API key of the connection's wallet.
            urls: Who would be told, for the journal.
        """
        if (kept := self._kept.pop(event.connection, None)) is not None:
            kept[1].cancel()
            return [event, kept[0]]
        faults = self._world.faults
        call = Call("prism", "", "", client, event.connection, event.state, "", False, at)
        armed = faults.tell(call) if faults else None
        if armed is None or not isinstance(fault := armed.fault, Webhook):
            return [event]
        for url in urls:
            self._world.journal.add_notification(at, url, event.connection, event.state, 1, str(armed))
        if fault.webhook == OUT_OF_ORDER:
            due = self._world.clock.at(at + fault.within, partial(self._release, event.connection))
            self._kept[event.connection] = event, due
        return {LOST: [], TWICE: [event, event], OUT_OF_ORDER: []}[fault.webhook]

    def _release(self, connection: str, at: int) -> None:
        self._late(self._kept.pop(connection)[0], at)
