"""A synchronous client of the agent on plain httpx."""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shop.patience import Patience


class TookTooLong(Exception):
    """The state was not reached in time."""

    def __init__(self, last_state: str) -> None:
        super().__init__(last_state)
        self.last_state = last_state


class Agent:
    """The shop's view of its agent."""

    def __init__(self, root: str, key: str, patience: Patience) -> None:
        self._http = httpx.Client(base_url=root, headers={"apikey": key})
        self._patience = patience

    def invite(self, customer: str) -> dict[str, Any]:
        """Make an invitation; returns the agent's record."""
        return self._record(self._http.post("/connections", json={"label": customer}))

    def take(self, payload: str) -> dict[str, Any]:
        """Accept an invitation; returns the agent's record."""
        return self._record(self._http.post("/connection-invitations", json={"invitation": payload}))

    def state(self, connection_id: str) -> str:
        """Return the state that the agent shows now."""
        return str(self._record(self._http.get(f"/connections/{connection_id}"))["state"])

    def reach(self, connection_id: str, state: str, within: timedelta) -> None:
        """Poll until the state is reached; raises TookTooLong."""
        deadline = datetime.now(UTC) + within
        seen = ""
        for pause in self._patience.pauses():
            with suppress(httpx.TransportError):  # an agent that hangs may come back
                seen = self.state(connection_id)
            if seen == state:
                return
            left = deadline - datetime.now(UTC)
            if left <= timedelta():
                raise TookTooLong(seen)
            time.sleep(min(pause, left.total_seconds()))

    def close(self) -> None:
        """Close the HTTP client."""
        self._http.close()

    def _record(self, reply: httpx.Response) -> dict[str, Any]:
        reply.raise_for_status()
        record: dict[str, Any] = reply.json()
        return record
