"""Discover Features 1.0 (RFC 0031): the queries for the protocols that the other side supports, and the answers.

The stand-in lists the protocols that it plays; the native library lists more, such as those of credentials.

Source: docs/protocol/libvcx.md, 2.16.
"""

from typing import Any

from connsim.libvcx.aries.states import DISCLOSE, QUERY
from connsim.libvcx.settings import LibvcxSettings
from connsim.wire.aries.messages import PREFIX, AriesMessage, thread
from connsim.wire.kinds import TEXT, Many, Object, shape
from connsim.wire.notation import load_json, present

_PROTOCOLS = {
    "connections/1.0": ("inviter", "invitee"),
    "trust_ping/1.0": ("sender", "receiver"),
    "discover-features/1.0": ("sender", "receiver"),
    "basicmessage/1.0": ("sender", "receiver"),
}
_DISCLOSED = Many(shape("pid roles?", {"roles": Many(TEXT)}))
_MESSAGES: dict[str, Object] = {QUERY: shape("@id query?"), DISCLOSE: shape("@id protocols", {"protocols": _DISCLOSED})}


def own_protocols(settings: LibvcxSettings) -> list[dict[str, Any]]:
    """Make the caller's own protocols, in the roles that the setting ``actors`` allows. The form is deduced."""
    configured = settings.get("actors")
    actors = None if configured is None else load_json(configured)
    listed = [
        {"pid": f"{PREFIX}{name}", "roles": [role for role in roles if actors is None or role in actors]}
        for name, roles in _PROTOCOLS.items()
    ]
    return [protocol for protocol in listed if protocol["roles"]]


def query(uid: str, wanted: str | None, comment: str | None) -> AriesMessage:
    """Make a query for protocols.

    Args:
        wanted: A protocol's id, or its beginning followed by ``*``; by default all protocols.
    """
    members = {"@id": uid, "query": wanted, "comment": comment}
    return AriesMessage(QUERY, present(members))


def disclose(uid: str, request: AriesMessage, protocols: list[dict[str, Any]]) -> AriesMessage:
    """Make the answer to a query: the matching protocols. That ``*`` is a wildcard at the end only is deduced."""
    wanted = request.members.get("query") or "*"
    fitting = [one for one in protocols if _fits(one["pid"], wanted)]
    return AriesMessage(DISCLOSE, {"@id": uid, "protocols": fitting, "~thread": thread(request.thread or request.id)})


def _fits(pid: str, wanted: str) -> bool:
    return pid.startswith(wanted[:-1]) if wanted.endswith("*") else pid == wanted


def check(message: AriesMessage) -> None:
    """Check the form of a query or an answer. The set of required members is deduced.

    Raises:
        BadMessage: The message is malformed.
    """
    if message.type in _MESSAGES:
        _MESSAGES[message.type].read(message.members, "The message")
