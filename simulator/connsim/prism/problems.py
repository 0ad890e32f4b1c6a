"""The error bodies of the Cloud Agent, and the errors with which its DIDComm endpoint answers other agents."""

import json
import re
from collections.abc import Callable
from typing import NamedTuple

from connsim.core.exchange import Reply
from connsim.prism.refusals import Refused

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]")


def dumps(value: object) -> bytes:
    """Print JSON as the agent does: compact, UTF-8, with the fewest escapes."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class Problem(Refused):
    """An error with which the agent answers a client, or a peer that sent a message.

    Args:
        status: The HTTP status, which the body repeats.
        kind: Namespace and class, such as ``ConnectionServiceError:RecordIdNotFound``.
        detail: The text.
    """

    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail

    def body(self, instance: str) -> dict[str, object]:
        """Return the members of the error body, in the agent's order.

        Args:
            instance: A UUID, new for every answer.
        """
        return error_body(self.status, self.kind, self.detail, instance)

    def reply(self, new_uuid: Callable[[], str]) -> Reply:
        """Return the error as an answer."""
        return Reply(self.status, dumps(self.body(new_uuid())))


def error_body(status: int, kind: str, detail: str, instance: str) -> dict[str, object]:
    """Build an ``ErrorResponse``; the title is the class name, split at its capitals."""
    return {
        "status": status,
        "type": f"error:{kind}",
        "title": " ".join(_WORD.findall(kind.rpartition(":")[2])),
        "detail": detail,
        "instance": f"error:instance:{instance}",
    }


class ProblemKind(NamedTuple):
    """A row of the agent's table of errors. Called with the values in the detail, it makes the error."""

    status: int
    kind: str
    detail: str

    def __call__(self, **values: str) -> Problem:
        """Make the error."""
        return Problem(self.status, self.kind, self.detail.format(**values))


# The errors with which a DIDComm endpoint answers another agent.
wrong_state = ProblemKind(
    400,
    "ConnectionServiceError:InvalidStateForOperation",
    "The operation is not allowed for the current connection record state: state={state}",
)
invitation_expired = ProblemKind(
    400, "ConnectionServiceError:InvitationExpired", "The provided invitation has expired: invitationId={id}"
)
peer_did_not_found = ProblemKind(
    422, "DIDCommControllerError:PeerDIDNotFoundError", "The Peer DID was not found in this agent: {did}"
)
thread_not_found = ProblemKind(
    404,
    "ConnectionServiceError:ThreadIdNotFound",
    "There is no connection record matching the provided identifier: thid={thid}",
)
