"""The REST API, for connections: the routes, and each endpoint in the agent's order of checks.

That order is: method and path; path and query values; the key; the body; ``Accept``; the logic. So a bad ``offset`` is
a 400 even without a key, and a malformed body without a key gets the answer for a missing key.
"""

from connsim.core.exchange import Profile, Reply, Request, Route
from connsim.prism.cloud_agent import problems
from connsim.prism.cloud_agent.agent import CloudAgent
from connsim.prism.cloud_agent.checks import check_accept, invalid, shown_path
from connsim.prism.cloud_agent.circe import parse_invitation
from connsim.prism.cloud_agent.system import SYSTEM
from connsim.prism.cloud_agent.webhooks.api import add_webhook, list_webhooks, remove_webhook
from connsim.prism.invitation import TYPE, NotBase64Url, decode_payload
from connsim.prism.jvm import reading
from connsim.prism.jvm.jawn import Unparsable
from connsim.prism.jvm.zio_json import Malformed, decode_strings, utf16_length
from connsim.prism.versions import CLOUD_AGENT
from connsim.prism.view import shown

_LONGEST = 255  # UTF-16 code units
_CREATE = {"label": False, "goalCode": False, "goal": False}
_ACCEPT = {"invitation": True}


def create_connection(agent: CloudAgent, request: Request) -> Reply:
    """``POST /connections``: make an invitation. Every call makes a new one."""
    wallet = agent.wallet_of(request)
    members = _decode(request, _CREATE)
    check_accept(request)
    errors = [
        f"Invalid length for '{name}': expected=[0 -> {_LONGEST}], actual={utf16_length(members[name])}"
        for name in _CREATE
        if utf16_length(members.get(name, "")) > _LONGEST
    ]
    if errors:
        raise problems.too_long(errors="], [".join(errors))
    if any("\0" in value for value in members.values()):
        raise problems.internal(path=shown_path(request))  # PostgreSQL cannot store a NUL in a text. Deduced.
    record = agent.create(wallet, members.get("label"), members.get("goalCode"), members.get("goal"))
    return shown(201, agent.view.new_body(record), record)


def list_connections(agent: CloudAgent, request: Request) -> Reply:
    """``GET /connections``: the wallet's connections; ``offset`` and ``limit`` must be numbers, but are ignored."""
    values = reading.query(request.target)
    for name in ("offset", "limit", "thid"):
        given = values.get(name, [])
        if len(given) > 1:
            raise invalid(request, f"query parameter {name} (multiple values)")
        try:
            if given and name != "thid":
                reading.int32(given[0])
        except ValueError:
            raise invalid(request, f"query parameter {name}") from None
    wallet = agent.wallet_of(request)
    check_accept(request)
    if "thid" in values:
        found = agent.store.by_thread(wallet.id, values["thid"][0])
        return Reply(200, agent.view.page([found] if found else []))
    return Reply(200, agent.view.page(list(agent.store.all(wallet.id))))


def get_connection(agent: CloudAgent, request: Request) -> Reply:
    """``GET /connections/{connectionId}``: the request that clients poll with."""
    try:
        record_id = reading.uuid(request.params["connectionId"])
    except ValueError:
        raise invalid(request, "path parameter connectionId") from None
    wallet = agent.wallet_of(request)
    check_accept(request)
    record = agent.store.get(record_id)
    if record is None or record.owner != wallet.id:
        raise problems.record_not_found(id=record_id)
    return shown(200, agent.view.body(record), record)


def accept_invitation(agent: CloudAgent, request: Request) -> Reply:
    """``POST /connection-invitations``: accept an invitation. Nothing has been sent when this answers."""
    wallet = agent.wallet_of(request)
    members = _decode(request, _ACCEPT)
    check_accept(request)
    try:
        text = decode_payload(members["invitation"])
    except NotBase64Url:
        raise problems.internal(path=shown_path(request)) from None
    try:
        invitation = parse_invitation(text)
    except Unparsable as bad:
        raise problems.unparsable_invitation(cause=str(bad)) from None
    if invitation.type != TYPE:
        raise problems.internal(path=shown_path(request))
    if agent.store.by_thread(wallet.id, invitation.id) is not None:
        raise problems.already_received(id=invitation.id)
    if any("\0" in (text or "") for text in (invitation.id, invitation.goal_code, invitation.goal)):
        raise problems.internal(path=shown_path(request))  # as for a label
    # An id that is not a UUID is stored; the answer fails, and so does every list from then on. Deduced.
    record = agent.accept(wallet, invitation)
    return shown(200, agent.view.body(record), record)


PROFILE = Profile(
    CLOUD_AGENT,
    "/cloud-agent",
    (
        Route("POST", "/connections", create_connection),
        Route("GET", "/connections", list_connections),
        Route("GET", "/connections/{connectionId}", get_connection),
        Route("POST", "/connection-invitations", accept_invitation),
        *SYSTEM,
        Route("POST", "/events/webhooks", add_webhook),
        Route("GET", "/events/webhooks", list_webhooks),
        Route("DELETE", "/events/webhooks/{id}", remove_webhook),
    ),
    reading.segments,
)


def _decode(request: Request, members: dict[str, bool]) -> dict[str, str]:
    try:
        return decode_strings(request.body, members)
    except Malformed as bad:
        raise invalid(request, f"body ({bad})") from None
