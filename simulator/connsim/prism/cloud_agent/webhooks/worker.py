"""Webhooks: their receivers, and the worker that delivers events to them.

With every transition, and with every failed attempt to send a message, the agent puts an event into a queue. A worker
takes one event, or `CloudAgentSettings.webhook_parallelism` events at once, delivers them to all their receivers, and
only then takes the next. It looks up the receivers when it takes an event: first the wallet's own webhook, then the
global one::

    Flow.on_change --> DeliveryFaults --> _events --(_take)--> _next --(_work)--> _running --> receivers

No recording of events is known; all this was read in the agent's code.

Source: docs/protocol/prism-agent.md, 8.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from connsim.core.durations import MICROSECOND
from connsim.prism.cloud_agent.webhooks.deliveries import Delivery, Event, Headers, Sender, WebhookRequest
from connsim.prism.cloud_agent.webhooks.delivery_faults import DeliveryFaults
from connsim.prism.jvm.timestamps import instant
from connsim.prism.records import Connection
from connsim.prism.settings import CloudAgentSettings
from connsim.prism.view import Unprintable, View
from connsim.world import World

QUEUED = 500
"""The length of the queue; one more event drops the oldest."""

_HEADERS: Headers = (("user-agent", "Zio-Http-Client/3.0.1 (Scala 3.3.3)"), ("content-type", "application/json"))


class Webhook(NamedTuple):
    """A webhook that a wallet has registered.

    Attributes:
        created: Nanoseconds since 1970.
    """

    id: str
    url: str
    headers: Mapping[str, str]
    created: int

    def members(self) -> dict[str, object]:
        """Return the webhook as the agent shows it; the time is cut to microseconds."""
        created = instant(self.created // MICROSECOND * MICROSECOND)
        return {"id": self.id, "url": self.url, "customHeaders": dict(self.headers), "createdAt": created}


class Webhooks:
    """The webhooks of one agent, and its worker."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sender: Sender | None = None
        self._running: set[Delivery] = set()
        self._faults = DeliveryFaults(world, self._enqueue)

    def start(self, settings: CloudAgentSettings, view: View, key_of: Callable[[str], str]) -> None:
        """Start with no webhooks and no events.

        Args:
            view: Prints the connections.
            key_of: Returns the API key of a wallet, by its id.
        """
        self._key_of = key_of
        self._faults.clear()
        for delivery in self._running:
            delivery.stop()
        self._settings = settings
        self._view = view
        self._at_once = max(1, min(10, settings.webhook_parallelism))
        self._registered: dict[str, Webhook] = {}
        self._made: dict[str, int] = {}
        self._events: deque[Event] = deque(maxlen=QUEUED)
        self._next: deque[Delivery] = deque()
        self._running = set()
        self._working = False

    @property
    def sender(self) -> Sender | None:
        """What sends the requests. While it is ``None``, events wait."""
        return self._sender

    @sender.setter
    def sender(self, sender: Sender | None) -> None:
        with self._world.lock:
            self._sender = sender
            self._work(self._world.clock.settle())

    # --- receivers ------------------------------------------------------------------------------------------------

    def registered(self, wallet: str) -> Webhook | None:
        """Return the webhook of a wallet, by the wallet's id."""
        return self._registered.get(wallet)

    @property
    def any_registered(self) -> bool:
        """Whether any wallet has a webhook."""
        return bool(self._registered)

    def register(self, wallet: str, url: str, headers: Mapping[str, str] | None = None) -> Webhook:
        """Register a wallet's webhook, replacing any other.

        Args:
            wallet: The wallet's id.
        """
        self._made[wallet] = number = self._made.get(wallet, 0) + 1
        world = self._world
        webhook = Webhook(world.seed.draw_uuid("webhook", wallet, number), url, headers or {}, world.clock.now())
        self._registered[wallet] = webhook
        return webhook

    def remove(self, wallet: str) -> None:
        """Remove a wallet's webhook."""
        del self._registered[wallet]

    def _receivers(self, wallet: str) -> list[tuple[str, Headers]]:
        receivers = []
        if own := self._registered.get(wallet):
            receivers.append((own.url, _merged(tuple(own.headers.items()))))
        if url := self._settings.global_webhook_url:
            key = self._settings.global_webhook_api_key
            receivers.append((url, _merged((("authorization", f"Bearer {key}"),) if key else ())))
        return receivers

    # --- deliveries -----------------------------------------------------------------------------------------------

    def connection_changed(self, record: Connection, at: int) -> None:
        """Queue an event about a connection."""
        waiting = self._events or self._next or self._running
        receivers = self._receivers(record.owner)
        if not waiting and not receivers:
            return  # the worker would take the event at once, and find no receiver
        try:
            body = self._view.new_body(record) if record.updated is None else self._view.body(record)
        except Unprintable:  # Deduced: a connection that cannot be shown cannot be sent, either.
            return
        event_id = self._world.seed.draw_uuid("event", record.id, record.version)
        parts = (event_id.encode(), instant(at).encode(), body, record.owner.encode())
        printed = b'{"type":"ConnectionUpdated","id":"%b","ts":"%b","data":%b,"walletId":"%b"}' % parts
        event = Event(record.owner, record.id, str(record.state), printed)
        self._events.extend(self._faults.apply(event, self._key_of(record.owner), [url for url, _ in receivers], at))
        self._work(at)

    def _enqueue(self, event: Event, at: int) -> None:
        self._events.append(event)
        self._work(at)

    def _work(self, at: int) -> None:
        if self._sender is None or self._working:
            return
        self._working = True  # a sender may report the outcome within the call
        try:
            while len(self._running) < self._at_once and (self._next or self._take()):
                delivery = self._next.popleft()
                self._running.add(delivery)
                delivery.try_next(self._sender, at)
        finally:
            self._working = False

    def _take(self) -> bool:
        """Take the next events once all earlier ones are delivered or dropped. Returns whether they have receivers."""
        while self._events and not self._running and not self._next:
            taken = [self._events.popleft() for _ in range(min(self._at_once, len(self._events)))]
            self._next.extend(
                Delivery(self._world, event, WebhookRequest(url, headers, event.body), self._delivery_ended)
                for event in taken
                for url, headers in self._receivers(event.wallet)
            )
        return bool(self._next)

    def _delivery_ended(self, delivery: Delivery, at: int) -> None:
        self._running.discard(delivery)
        self._work(at)


def _merged(more: Headers) -> Headers:
    """Merge the agent's own headers and others; a later one replaces an earlier one of the same name."""
    merged: dict[str, tuple[str, str]] = {}
    for name, value in (*_HEADERS, *more):
        merged.pop(name.lower(), None)
        merged[name.lower()] = (name, value)
    return tuple(merged.values())
