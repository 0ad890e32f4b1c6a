"""Which protocols the two sides of an Aries connection know: questions and answers.

The list is of what the stand-in plays; the native library's is longer, because it plays credentials too.

Source: docs/protocol/libvcx.md, 2.16.
"""

from typing import Any

from connsim.libvcx.aries.states import DISCLOSE, QUERY
from connsim.libvcx.settings import LibvcxSettings
from connsim.wire.aries.messages import PREFIX, AriesMessage, thread
from connsim.wire.kinds import TEXT, Many, Member, Object
from connsim.wire.notation import load_json

_PROTOCOLS = {
    "connections/1.0": ("inviter", "invitee"),
    "trust_ping/1.0": ("sender", "receiver"),
    "discover-features/1.0": ("sender", "receiver"),
    "basicmessage/1.0": ("sender", "receiver"),
}
_DISCLOSED = Many(Object({"pid": Member(TEXT, True), "roles": Member(Many(TEXT), False)}))
_MESSAGES: dict[str, Object] = {
    QUERY: Object({"@id": Member(TEXT, True), "query": Member(TEXT, False)}),
    DISCLOSE: Object({"@id": Member(TEXT, True), "protocols": Member(_DISCLOSED, True)}),
}


def own_protocols(settings: LibvcxSettings) -> list[dict[str, Any]]:
    """The caller's own, in the roles that the setting ``actors`` allows. The form is deduced."""
    configured = settings.get("actors")
    actors = None if configured is None else load_json(configured)
    listed = [
        {"pid": f"{PREFIX}{name}", "roles": [role for role in roles if actors is None or role in actors]}
        for name, roles in _PROTOCOLS.items()
    ]
    return [protocol for protocol in listed if protocol["roles"]]


def query(uid: str, wanted: str | None, comment: str | None) -> AriesMessage:
    """A question for protocols.

    Args:
        wanted: The beginning of a protocol's id, and ``*``; by default everything is asked for.
    """
    told = {"@id": uid, "query": wanted, "comment": comment}
    return AriesMessage(QUERY, {name: value for name, value in told.items() if value is not None})


def disclose(uid: str, asked: AriesMessage, protocols: list[dict[str, Any]]) -> AriesMessage:
    """The answer to a question: those that fit, up to a ``*`` at the end of what is asked for. Deduced."""
    wanted = asked.members.get("query") or "*"
    fitting = [one for one in protocols if _fits(one["pid"], wanted)]
    return AriesMessage(DISCLOSE, {"@id": uid, "protocols": fitting, "~thread": thread(asked.thread or asked.id)})


def _fits(pid: str, wanted: str) -> bool:
    return pid.startswith(wanted[:-1]) if wanted.endswith("*") else pid == wanted


def check(message: AriesMessage) -> None:
    """Hold a question or an answer to be well formed; which members they need is deduced.

    Raises:
        BadMessage: It is not.
    """
    if message.type in _MESSAGES:
        _MESSAGES[message.type].read(message.members, "The message")
