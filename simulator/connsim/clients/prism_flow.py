"""A small client of the PRISM agent's connection flow on httpx: an example of a good one.

It waits with an expiry of its own, because nothing else would ever end the wait: if the other side never answers, the
state never changes. It asks less often the longer it takes, and never earlier than the agent asks it to. It survives a
poll that fails, whatever comes back: no connection, no answer in time, an answer that drips, a 5xx, or a body that it
cannot read. What went wrong last it reports with its outcome.

What changes something, it sends again only if the agent says that it was too busy to do it. After a lost connection
nobody knows, so that is for the caller to decide.
"""

import itertools
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import httpx

from connsim.clients.patience import BUSY, asked_pause, pause_before_retry
from connsim.clients.plug import Connected, Outcome
from connsim.clients.whole import whole


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
            UnreadableAnswer: It answers something else than a connection.
        """
        return self._post("/connections", {"label": label})

    def accept(self, invitation: str) -> Connection:
        """Accept an invitation, given as its ``_oob`` payload.

        Raises:
            httpx.HTTPError: The agent cannot be reached, or refuses.
            UnreadableAnswer: It answers something else than a connection.
        """
        return self._post("/connection-invitations", {"invitation": invitation})

    def wait(self, connection: Connected, until: str, expiry: float) -> Outcome:
        """Ask until the connection is in the state ``until``, or give up.

        The last question is asked at the very moment of expiry, so that an answer that came just in time counts.
        Polls that fail for reasons that may pass (no connection, time-out, 429, 5xx, a body that is no connection) are
        tried again at the usual pace, or later if the agent asks for that; if it asks for more time than is left, there
        is no last question.

        Args:
            expiry: Seconds from now.

        Raises:
            httpx.HTTPStatusError: The agent says that the request itself is wrong (4xx): asking again is useless.
        """
        deadline = time.monotonic() + expiry
        pause = self._pace.first
        state = ""
        while True:
            asked = 0.0
            try:
                state, trouble = self._ask(connection), ""
            except _MayPass as failed:
                trouble, asked = str(failed), failed.pause
            if state == until and not trouble:
                return Outcome(state, expired=False)
            left = deadline - time.monotonic()
            if left <= 0:
                return Outcome(state, expired=True, trouble=trouble)
            time.sleep(min(max(pause, asked), left))
            if asked > left:
                return Outcome(state, expired=True, trouble=trouble)
            pause = min(pause * self._pace.factor, self._pace.longest)

    def _ask(self, connection: Connected) -> str:
        try:
            request = self._http.build_request("GET", f"/connections/{connection.id}")
            reply = whole(self._http.send(request, stream=True))
            if reply.status_code in BUSY or reply.is_server_error:
                pause = asked_pause(reply.headers.get("Retry-After"))
                raise _MayPass(f"the agent answered {reply.status_code}", pause or 0)
            state = _connection(reply).state
        except httpx.TransportError as failed:
            raise _MayPass(f"{type(failed).__name__}: {failed}") from failed
        except UnreadableAnswer as failed:
            raise _MayPass(str(failed)) from failed
        self._on_poll(state)
        return state

    def _post(self, path: str, body: dict[str, str]) -> Connection:
        for tries in itertools.count(1):
            reply = self._http.post(path, json=body)
            asked = asked_pause(reply.headers.get("Retry-After"))
            pause = pause_before_retry(reply.status_code, asked, tries, self._pace.first)
            if pause is None:
                break
            time.sleep(pause)
        return _connection(reply)


class UnreadableAnswer(Exception):
    """The agent's answer is no connection."""


class _MayPass(Exception):
    """A question brought no answer, and the next one may.

    Attributes:
        pause: For how many seconds the agent wants to be left alone.
    """

    def __init__(self, what: str, pause: float = 0) -> None:
        super().__init__(what)
        self.pause = pause


def _connection(reply: httpx.Response) -> Connection:
    reply.raise_for_status()
    try:
        body = reply.json()
        # The payload ends in "=" padding, so the URL is cut at the parameter's name and not at every "=".
        payload = str(body["invitation"]["invitationUrl"]).partition("_oob=")[2]
        return Connection(str(body["connectionId"]), str(body["state"]), payload)
    except (ValueError, LookupError, TypeError):  # no JSON, or not what was asked for
        raise UnreadableAnswer(
            f"the agent answered {reply.status_code} with {reply.content[:100]!r}, which is no connection"
        ) from None


def open_http(url: str, api_key: str) -> httpx.Client:
    """Open an httpx client for an agent. The TLS context is shared: making one takes longer than most tests."""
    return httpx.Client(base_url=url, headers={"apikey": api_key}, verify=tls())


@cache
def tls() -> ssl.SSLContext:
    """The TLS context of all example clients."""
    return ssl.create_default_context()
