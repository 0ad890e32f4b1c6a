"""The shop's clients, in the form that connsim's sentences expect: one synchronous, one asynchronous."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from shop.agent import Agent, TookTooLong
from shop.patience import Patience

from connsim import Connected, Outcome, PrismClient

NewClient = Callable[[str, str], PrismClient]


@dataclass(frozen=True)
class Contact:
    """A connection as the sentences expect it."""

    id: str
    invitation: str


def contact(record: dict[str, Any]) -> Contact:
    """Read the agent's record."""
    return Contact(record["connectionId"], record["invitation"]["invitationUrl"].partition("_oob=")[2])


class SyncPlug:
    """An adapter around the shop's own client."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    def create(self, label: str) -> Contact:
        """Make an invitation."""
        return contact(self._agent.invite(label))

    def accept(self, invitation: str) -> Contact:
        """Accept an invitation."""
        return contact(self._agent.take(invitation))

    def wait(self, connection: Connected, until: str, expiry: float) -> Outcome:
        """Poll until the state is reached or time is up."""
        try:
            self._agent.reach(connection.id, until, timedelta(seconds=expiry))
        except TookTooLong as late:
            return Outcome(late.last_state, expired=True)
        return Outcome(until, expired=False)


class AsyncPlug:
    """A client of coroutines, which opens a new connection for each call."""

    def __init__(self, root: str, key: str, patience: Patience) -> None:
        self._root = root
        self._key = key
        self._patience = patience

    def _open(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self._root, headers={"apikey": self._key})

    async def create(self, label: str) -> Contact:
        """Make an invitation."""
        async with self._open() as http:
            return contact((await http.post("/connections", json={"label": label})).json())

    async def accept(self, invitation: str) -> Contact:
        """Accept an invitation."""
        async with self._open() as http:
            return contact((await http.post("/connection-invitations", json={"invitation": invitation})).json())

    async def wait(self, connection: Connected, until: str, expiry: float) -> Outcome:
        """Poll until the state is reached or time is up."""
        time = asyncio.get_running_loop().time
        deadline = time() + expiry
        state = ""
        async with self._open() as http:
            for pause in self._patience.pauses():
                with suppress(httpx.TransportError):
                    state = (await http.get(f"/connections/{connection.id}")).json()["state"]
                left = deadline - time()
                if state == until or left <= 0:
                    break
                await asyncio.sleep(min(pause, left))
        return Outcome(state, expired=state != until)
