"""What a client of the control API reads of a journal that is kept elsewhere."""

from dataclasses import fields

from connsim.control.client.asking import Asking
from connsim.control.routes.journal import CountView, JournalView
from connsim.control.shapes.rows import RemovedView
from connsim.journal.entries import Entry, from_json
from connsim.journal.query import Query

_PAGE = 1_000


class JournalClient(Asking):
    """The part of `ControlClient` that reads what happened."""

    def journal(self, query: Query | None = None, limit: int | None = None) -> list[Entry]:
        """What happened, the oldest first; requests that still wait with ``Query(open=True)``.

        Args:
            limit: At most so many.
        """
        found: list[Entry] = []
        parameters = _parameters(query)
        while limit is None or len(found) < limit:
            size = _PAGE if limit is None else min(_PAGE, limit - len(found))
            page = self._ask(JournalView, "GET", "/journal", {**parameters, "limit": size})
            found += map(from_json, page.entries)
            if page.next is None:
                break
            parameters["after"] = page.next
        return found

    def count(self, query: Query | None = None) -> int:
        """How many entries are asked for.

        Raises:
            Misuse: The journal has dropped some, so that the answer could be wrong.
        """
        return self._ask(CountView, "GET", "/journal/count", _parameters(query)).count

    def lines(self, query: Query | None = None, *, real: bool = True) -> list[str]:
        """What is asked for as JSON Lines.

        Args:
            real: Whether the machine's time is told, too; without it, the same seed gives the same text.
        """
        return self._wire.ask("GET", "/journal/lines", {**_parameters(query), "real": real}).split("\n")[:-1]

    def timeline(self, connection: str | None = None) -> list[str]:
        """The story in lines that a person can read."""
        return self._wire.ask("GET", "/timeline", {"connection": connection}).split("\n")[:-1]

    def clear_journal(self) -> int:
        """Forget what happened; tells how much it was."""
        return self._ask(RemovedView, "DELETE", "/journal").removed


def _parameters(query: Query | None) -> dict[str, str | int | bool | None]:
    """A query as parameters."""
    if query is None:
        return {}
    given: dict[str, str | int | bool | None] = {
        field.name: getattr(query, field.name) for field in fields(query) if field.name != "header"
    }
    if query.header is not None:
        name, value = query.header
        given["header"] = f"{name}:{value}" if value else name
    return given
