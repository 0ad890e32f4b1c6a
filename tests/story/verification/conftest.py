"""Journals that are made by hand, and what tests expect of the requests in them."""

from collections.abc import Callable
from typing import Any

import pytest

from connsim.core.durations import MINUTE, SECOND
from connsim.errors import Unmet
from connsim.journal.entries import Exchange
from connsim.journal.journal import Journal
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
        headers = (("apikey", client), ("accept", "*/*"))
        target = ("POST", "/connections", "/connections", connection, 201, GENERATED, b"{}", b"{}")
        return self.add_exchange(at, client, *target, headers=headers)

    def polled(
        self, *moments: int, state: str | None = GENERATED, connection: str = "c1", client: str = "issuer"
    ) -> None:
        """A client reads a connection."""
        for at in moments:
            target = ("GET", f"/connections/{connection}", ROUTE, connection, 200, state, b"", b"{}")
            self.add_exchange(at, client, *target, headers=(("apikey", client),))

    def moved(self, at: int, state: str, event: str = "accepted") -> None:
        """The record of the connection c1 changes its state."""
        self.add_transition(at, "prism-inviter", "c1", None, state, event)

    def requests(self, **wanted: Any) -> Requests:
        """What a test asks for."""
        return Requests.asked(Evidence(self.entries()), **wanted)


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
