"""A small client of the PRISM agent's connection flow on httpx, as an example of a good one.

It waits with an expiry of its own, because nothing else would ever end the wait: if the other side never answers, the
state never changes. The longer it waits, the less often it polls, and never earlier than the agent asks for. A failed
poll does not end the wait, whether the connection is refused, the answer does not come in time or only byte by byte,
the status is 5xx, or the body is unreadable. The outcome reports the last failure.

Requests that change something are sent again only if the agent says that it was too busy. After a lost connection the
client cannot know whether the agent has acted, so the caller decides.
"""

import itertools
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import httpx

from connsim.clients.patience import BUSY, MayPass, Pace, asked_pause, pause_before_retry, poll_until
from connsim.clients.plug import Connected, Outcome
from connsim.clients.read_fully import read_fully

__all__ = ["Connection", "Pace", "PrismFlow", "UnreadableAnswer", "open_http", "tls"]


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection, as far as a client needs it."""

    id: str
    state: str
    invitation: str


class PrismFlow:
    """Creates, accepts and awaits connections.

    Args:
        http: Carries the agent's base URL and the ``apikey`` header; the caller owns and closes it.
        pace: How often to poll.
        on_poll: Called with the state after each successful poll, e.g. to display progress.
    """

    def __init__(
        self, http: httpx.Client, pace: Pace | None = None, on_poll: Callable[[str], None] = lambda _: None
    ) -> None:
        self._http = http
        self._pace = pace or Pace()
        self._on_poll = on_poll

    def create(self, label: str) -> Connection:
        """Make an invitation. The label stays with the inviter; the invitee does not see it.

        Raises:
            httpx.HTTPError: The agent cannot be reached, or refuses.
            UnreadableAnswer: The answer is not a connection.
        """
        return self._post("/connections", {"label": label})

    def accept(self, invitation: str) -> Connection:
        """Accept an invitation, given as its ``_oob`` payload.

        Raises:
            httpx.HTTPError: The agent cannot be reached, or refuses.
            UnreadableAnswer: The answer is not a connection.
        """
        return self._post("/connection-invitations", {"invitation": invitation})

    def wait(self, connection: Connected, until: str, expiry: float) -> Outcome:
        """Poll until the connection is in the state ``until``, or give up; see `poll_until`.

        Polls that fail for reasons that may pass (no connection, time-out, 429, 5xx, an unreadable body) are repeated
        at the usual pace, or later if the agent asks for that.

        Args:
            expiry: Seconds from now.

        Raises:
            httpx.HTTPStatusError: The agent says that the request itself is wrong (4xx), so repeating it is useless.
        """
        return poll_until(lambda: self._ask(connection), lambda state: state == until, self._pace, expiry)

    def _ask(self, connection: Connected) -> str:
        try:
            request = self._http.build_request("GET", f"/connections/{connection.id}")
            reply = read_fully(self._http.send(request, stream=True))
            if reply.status_code in BUSY or reply.is_server_error:
                pause = asked_pause(reply.headers.get("Retry-After"))
                raise MayPass(f"the agent answered {reply.status_code}", pause or 0)
            state = _connection(reply).state
        except httpx.TransportError as failed:
            raise MayPass(f"{type(failed).__name__}: {failed}") from failed
        except UnreadableAnswer as failed:
            raise MayPass(str(failed)) from failed
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
    """The agent's answer is not a connection."""


def _connection(reply: httpx.Response) -> Connection:
    reply.raise_for_status()
    try:
        body = reply.json()
        # The payload ends in "=" padding, so the URL is cut at the parameter's name and not at every "=".
        payload = str(body["invitation"]["invitationUrl"]).partition("_oob=")[2]
        return Connection(str(body["connectionId"]), str(body["state"]), payload)
    except (ValueError, LookupError, TypeError):  # not JSON, or not a connection
        raise UnreadableAnswer(
            f"the agent answered {reply.status_code} with {reply.content[:100]!r}, which is no connection"
        ) from None


def open_http(url: str, api_key: str) -> httpx.Client:
    """Open an httpx client for an agent. The TLS context is shared, because making one takes longer than most tests."""
    return httpx.Client(base_url=url, headers={"apikey": api_key}, verify=tls())


@cache
def tls() -> ssl.SSLContext:
    """The TLS context of all example clients."""
    return ssl.create_default_context()
