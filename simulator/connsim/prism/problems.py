"""What an agent refuses, as the Cloud Agent words it, and what its endpoint for messages answers to other agents."""

import json
import re
from collections.abc import Callable

from connsim.core.exchange import Reply
from connsim.prism.refusals import Refused

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]")


def dumps(value: object) -> bytes:
    """Print JSON as the agent does: compact, UTF-8, nothing escaped that need not be."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class Problem(Refused):
    """An error of the agent, on its way to the client or to a peer that sent a message.

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
        """The members of the error body, in the agent's order.

        Args:
            instance: A UUID, new for every answer.
        """
        return error_body(self.status, self.kind, self.detail, instance)

    def reply(self, new_uuid: Callable[[], str]) -> Reply:
        """The error as an answer."""
        return Reply(self.status, dumps(self.body(new_uuid())))


def error_body(status: int, kind: str, detail: str, instance: str) -> dict[str, object]:
    """Build an ``ErrorResponse``; the title is the class name, cut at its capitals."""
    return {
        "status": status,
        "type": f"error:{kind}",
        "title": " ".join(_WORD.findall(kind.rpartition(":")[2])),
        "detail": detail,
        "instance": f"error:instance:{instance}",
    }


def wrong_state(state: str) -> Problem:
    """A message that the record can not take in its state, such as a second request for one invitation."""
    return Problem(
        400,
        "ConnectionServiceError:InvalidStateForOperation",
        f"The operation is not allowed for the current connection record state: state={state}",
    )


def invitation_expired(invitation_id: str) -> Problem:
    """A request for an invitation that is too old."""
    return Problem(
        400,
        "ConnectionServiceError:InvitationExpired",
        f"The provided invitation has expired: invitationId={invitation_id}",
    )


def peer_did_not_found(did: str) -> Problem:
    """A message for a DID that this agent never made."""
    return Problem(
        422, "DIDCommControllerError:PeerDIDNotFoundError", f"The Peer DID was not found in this agent: {did}"
    )


def thread_not_found(thid: str) -> Problem:
    """A message about a thread that the wallet behind its DID does not have."""
    return Problem(
        404,
        "ConnectionServiceError:ThreadIdNotFound",
        f"There is no connection record matching the provided identifier: thid={thid}",
    )
