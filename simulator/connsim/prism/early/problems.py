"""The error bodies: JSON with placeholders, members in alphabetical order.

The refusals of the HTTP server are plain text; see `akka`.

Source: docs/protocol/prism-agent.md, 5.5.
"""

from collections.abc import Callable

from connsim.core.exchange import Reply
from connsim.prism.problems import dumps
from connsim.prism.refusals import FixedRefusal, Refused


class NotFound(Refused):
    """No such connection."""

    def reply(self, new_uuid: Callable[[], str]) -> Reply:
        """Return the answer, the only error of this version that shows its instance."""
        return _error(404, "not-found", "Connection record not found", "Resource not found", new_uuid())


def not_a_uuid(message: str) -> FixedRefusal:
    """Refuse an id that is not a UUID; ``message`` is Java's."""
    return FixedRefusal(_error(422, "InvalidPayload", f"Error parsing string as UUID: {message}"))


def unparsable_invitation(cause: str) -> FixedRefusal:
    """Refuse base64url that does not contain an invitation; ``cause`` is circe's message."""
    return _failed(f"InvitationParsingError({cause})")


def already_received(invitation_id: str) -> FixedRefusal:
    """Refuse an invitation, because the agent has a connection of its thread."""
    return _failed(f"InvitationAlreadyReceived({invitation_id})")


def not_stored(label: str) -> FixedRefusal:
    """Refuse a label that the database rejects. The words in the brackets are deduced."""
    why = (
        'invalid byte sequence for encoding "UTF8": 0x00'
        if "\0" in label
        else "value too long for type character varying(255)"
    )
    return _failed(f"RepositoryError(org.postgresql.util.PSQLException: ERROR: {why})")


def _failed(detail: str) -> FixedRefusal:
    return FixedRefusal(_error(500, "error-type", detail))


def _error(status: int, kind: str, detail: str, title: str = "error-title", instance: str = "error-instance") -> Reply:
    members = {"detail": detail, "instance": instance, "status": status, "title": title, "type": kind}
    return Reply(status, dumps(members))
