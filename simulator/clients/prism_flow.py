"""A small client of the PRISM agent's connection flow on httpx: an example of a good one.

It waits with an expiry of its own, because nothing else would ever end the wait: if the other side never answers, the
state never changes. It survives a poll that fails, and it asks less often the longer it takes.
"""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import httpx

from simulator.clients.plug import Connected, Outcome


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection, as far as a client needs it."""

    id: str
    state: str
    invitation: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to ask, in seconds.

    Attributes:
        first: The pause after the first poll.
        factor: What each pause is multiplied with; 1 asks evenly.
        longest: No pause is longer.
    """

    first: float = 1
    factor: float = 1.5
    longest: float = 60

    @classmethod
    def evenly(cls, seconds: float) -> "Pace":
        """Ask every so many seconds, without back-off."""
        return cls(seconds, 1, seconds)


class PrismFlow:
    """Creates, accepts and awaits connections.

    Args:
        http: Carries the agent's base URL and the ``apikey`` header; the caller owns and closes it.
        pace: How often to ask.
        on_poll: Told the state after each poll, for progress displays.
    """

    def __init__(
        self, http: httpx.Client, pace: Pace | None = None, on_poll: Callable[[str], None] = lambda _: None
    ) -> None:
        self._http = http
        self._pace = pace or Pace()
        self._on_poll = on_poll

    def create(self, label: str) -> Connection:
        """Make an invitation. The label is for the inviter's eyes only; no invitee sees it.

        Raises:
            httpx.HTTPError: The agent cannot be reached, or refuses.
        """
        return _connection(self._http.post("/connections", json={"label": label}))

    def accept(self, invitation: str) -> Connection:
        """Accept an invitation, given as its ``_oob`` payload.

        Raises:
            httpx.HTTPError: The agent cannot be reached, or refuses.
        """
        return _connection(self._http.post("/connection-invitations", json={"invitation": invitation}))

    def wait(self, connection: Connected, until: str, expiry: float) -> Outcome:
        """Ask until the connection is in the state ``until``, or give up.

        The last question is asked at the very moment of expiry, so that an answer that came just in time counts.
        Polls that fail for reasons that may pass (no connection, time-out, 5xx) are tried again at the usual pace.

        Args:
            expiry: Seconds from now.

        Raises:
            httpx.HTTPStatusError: The agent says that the request itself is wrong (4xx): asking again is useless.
        """
        deadline = time.monotonic() + expiry
        pause = self._pace.first
        state = ""
        while True:
            state = self._ask(connection) or state
            if state == until:
                return Outcome(state, expired=False)
            left = deadline - time.monotonic()
            if left <= 0:
                return Outcome(state, expired=True)
            time.sleep(min(pause, left))
            pause = min(pause * self._pace.factor, self._pace.longest)

    def _ask(self, connection: Connected) -> str | None:
        try:
            reply = self._http.get(f"/connections/{connection.id}")
        except httpx.TransportError:
            return None
        if reply.is_server_error:
            return None
        state = _connection(reply).state
        self._on_poll(state)
        return state


def _connection(reply: httpx.Response) -> Connection:
    reply.raise_for_status()
    body = reply.json()
    # The payload ends in "=" padding, so the URL is cut at the parameter's name and not at every "=".
    payload = body["invitation"]["invitationUrl"].partition("_oob=")[2]
    return Connection(body["connectionId"], body["state"], payload)


def open_http(url: str, api_key: str) -> httpx.Client:
    """Open an httpx client for an agent. The TLS context is shared: making one takes longer than most tests."""
    return httpx.Client(base_url=url, headers={"apikey": api_key}, verify=tls())


@cache
def tls() -> ssl.SSLContext:
    """The TLS context of all example clients."""
    return ssl.create_default_context()
