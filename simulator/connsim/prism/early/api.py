"""The REST API: the routes, and each endpoint in the order of checks of its server.

The logic runs before ``Accept`` is checked, so a connection exists even if its answer is a 406.
"""

from connsim.core.exchange import Profile, Reply, Request, Route
from connsim.prism.early import akka, problems
from connsim.prism.early.agent import EarlyAgent
from connsim.prism.early.circe import parse_invitation
from connsim.prism.early.document import document
from connsim.prism.invitation import TYPE, NotBase64Url, decode_payload
from connsim.prism.jvm import java_uuid
from connsim.prism.jvm.jawn import Unparsable
from connsim.prism.openapi.parts import printed
from connsim.prism.versions import EARLY
from connsim.prism.view import shown

_LONGEST = 255  # characters of the database column
_GOAL_CODE = "io.atalaprism.connect"
_GOAL = (
    "Establish a trust connection between two peers using the protocol "
    "'https://atalaprism.io/mercury/connections/1.0/request'"
)


def create_connection(agent: EarlyAgent, request: Request) -> Reply:
    """``POST /connections``: make an invitation. Every call makes a new one."""
    label = akka.read(request, {"label": False}).get("label")
    if label is not None and (len(label) > _LONGEST or "\0" in label):
        raise problems.not_stored(label)
    record = agent.create(agent.wallet_of(request), label, _GOAL_CODE, _GOAL)
    body = agent.view.new_body(record)
    akka.check_accept(request)
    return shown(201, body, record)


def list_connections(agent: EarlyAgent, request: Request) -> Reply:
    """``GET /connections``: all connections; parameters are ignored."""
    body = agent.view.page(list(agent.store.all(agent.wallet_of(request).id)))
    akka.check_accept(request)
    return Reply(200, body)


def get_connection(agent: EarlyAgent, request: Request) -> Reply:
    """``GET /connections/{connectionId}``: the request that clients poll with."""
    try:
        record_id = java_uuid.parse(request.params["connectionId"])
    except ValueError as bad:
        raise problems.not_a_uuid(str(bad)) from None
    record = agent.store.get(record_id)
    if record is None or record.owner != agent.wallet_of(request).id:
        raise problems.NotFound
    body = agent.view.body(record)
    akka.check_accept(request)
    return shown(200, body, record)


def accept_invitation(agent: EarlyAgent, request: Request) -> Reply:
    """``POST /connection-invitations``: accept an invitation. Nothing has been sent when this answers."""
    members = akka.read(request, {"invitation": True})
    try:
        text = decode_payload(members["invitation"])
    except NotBase64Url:
        raise akka.failed() from None
    try:
        invitation = parse_invitation(text)
    except Unparsable as bad:
        raise problems.unparsable_invitation(str(bad)) from None
    if invitation.type != TYPE:
        raise akka.failed()
    try:
        java_uuid.parse(invitation.id)
    except ValueError:  # unlike 1.40.0, nothing is stored, because the column is a UUID. Deduced.
        raise akka.failed() from None
    wallet = agent.wallet_of(request)
    if agent.store.by_thread(wallet.id, invitation.id) is not None:
        raise problems.already_received(invitation.id)
    record = agent.accept(wallet, invitation)
    body = agent.view.body(record)
    akka.check_accept(request)
    return shown(200, body, record)


def health(agent: EarlyAgent, request: Request) -> Reply:
    """``GET /_system/health``, on a separate server behind the gateway: the version, in indented JSON."""
    return Reply(200, f'{{\n  "version" : "{agent.settings.version}"\n}}'.encode())


def metrics(agent: EarlyAgent, request: Request) -> Reply:
    """``GET /_system/metrics``: this version counts nothing about connections; figures of the JVM are left out."""
    return Reply(200, b"", "text/plain")


def show_document(agent: EarlyAgent, request: Request) -> Reply:
    """``GET /api/openapi-spec.yaml``: our own document, in one file and in JSON, which is valid YAML, too."""
    return Reply(200, printed(document, agent.settings.version), "application/yaml")


PROFILE = Profile(
    EARLY,
    "/prism-agent",
    (
        Route("POST", "/connections", create_connection),
        Route("GET", "/connections", list_connections),
        Route("GET", "/connections/{connectionId}", get_connection),
        Route("POST", "/connection-invitations", accept_invitation),
        Route("GET", "/_system/health", health),
        Route("GET", "/_system/metrics", metrics),
        Route("GET", "/api/openapi-spec.yaml", show_document),
    ),
    akka.segments,
)
