"""Journals that are made by hand, and what tests expect of the requests in them."""

from collections.abc import Callable
from typing import Any

import pytest

from connsim.core.durations import MINUTE, SECOND
from connsim.errors import Unmet
from connsim.journal import Journal
from connsim.journal.entries import Exchange
from connsim.story.verification.evidence import Evidence
from connsim.story.verification.requests import Requests

ROUTE = "/connections/{connectionId}"


GENERATED, PENDING, SENT = "InvitationGenerated", "ConnectionResponsePending", "ConnectionResponseSent"


EXPIRED = "InvitationExpired"


Check = Callable[[Requests], object]


class Told(Journal):
    """A journal, written in short."""

    def made(self, at: int = 0, connection: str = "c1", client: str = "issuer") -> Exchange:
        """An invitation is made."""
        self.add_transition(at, "prism-inviter", connection, None, GENERATED, "created")
        return self.add_exchange(
            at,
            client=client,
            method="POST",
            target="/connections",
            route="/connections",
            connection=connection,
            status=201,
            state=GENERATED,
            request=b"{}",
            reply=b"{}",
            headers=(("apikey", client), ("accept", "*/*")),
        )

    def polled(
        self, *moments: int, state: str | None = GENERATED, connection: str = "c1", client: str = "issuer"
    ) -> None:
        """A client reads a connection."""
        for at in moments:
            self.add_exchange(
                at,
                client=client,
                method="GET",
                target=f"/connections/{connection}",
                route=ROUTE,
                connection=connection,
                status=200,
                state=state,
                reply=b"{}",
                headers=(("apikey", client),),
            )

    def posted(self, at: int, client: str, message: str, state: str | None) -> None:
        """A client sends the agency a message about the connection c1."""
        self.add_exchange(
            at,
            client=client,
            method="POST",
            target="/agency/msg",
            route="/agency/msg",
            connection="c1",
            status=200,
            state=state,
            message=message,
            poll=message == "GET_MSGS",
        )

    def moved(self, at: int, state: str, event: str = "accepted") -> None:
        """The record of the connection c1 changes its state."""
        self.add_transition(at, "prism-inviter", "c1", None, state, event)

    def requests(self, **wanted: Any) -> Requests:
        """What a test asks for."""
        return Requests.select(Evidence(self.entries()), **wanted)


@pytest.fixture
def journal() -> Told:
    """An inviter asks every minute, sees an expiry after three minutes, and asks once more."""
    journal = Told()
    journal.made()
    journal.polled(MINUTE, 2 * MINUTE)
    journal.moved(3 * MINUTE - SECOND, EXPIRED, "accepted late")
    journal.polled(3 * MINUTE, 4 * MINUTE, state=EXPIRED)
    return journal


def marked(check: Callable[[], object]) -> list[str]:
    """The moments that a failure marks in the timeline."""
    with pytest.raises(Unmet) as unmet:
        check()
    return [line.split()[1] for line in str(unmet.value).splitlines() if line.startswith("> ")]


def met(check: Callable[[], object]) -> bool:
    """Whether an expectation is met."""
    try:
        check()
    except Unmet:
        return False
    return True
