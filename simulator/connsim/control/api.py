"""All routes of the control API, and the handling of a request: access, tenant, route, reply."""

from dataclasses import dataclass
from typing import Annotated

from connsim.control import routes
from connsim.control.guard import Guard
from connsim.control.shapes.openapi import document
from connsim.control.shapes.rows import Asked, ErrorView, Row, encoded, printed
from connsim.control.tenants import Tenants, new_world
from connsim.core.exchange import Profile, Reply, Request, Route, explain, match
from connsim.core.shapes import Node, as_json
from connsim.core.version import VERSION as __version__
from connsim.errors import Misuse, NotFound
from connsim.world import World

_METHODS = ("GET", "POST", "DELETE")
_FAILED = "connsim itself failed on this request. Expected an answer. Please report what GET /complaints shows of it."


@dataclass(frozen=True, slots=True)
class RouteView:
    """One route."""

    method: Annotated[str, "The method."]
    path: Annotated[str, "The path."]
    does: Annotated[str, "What it does."]


@dataclass(frozen=True, slots=True)
class IndexView:
    """The index of the control API."""

    version: Annotated[str, "The version of connsim."]
    openapi: Annotated[str, "The path of the OpenAPI document."]
    routes: Annotated[tuple[RouteView, ...], "Every route."]


def show_index(_: World) -> IndexView:
    """List all routes."""
    return IndexView(__version__, "/openapi.json", tuple(RouteView(row.method, row.path, row.does) for row in ROWS))


def show_document(_: World) -> Node:
    """Show the OpenAPI document of this API."""
    return document(ROWS)


ROWS = (
    Row("GET", "/", show_index),
    Row("GET", "/openapi.json", show_document),
    Row("GET", "/health", routes.world.show_health),
    Row("GET", "/world", routes.world.show_world),
    Row("POST", "/reset", routes.world.reset),
    Row("GET", "/complaints", routes.world.list_complaints),
    Row("DELETE", "/complaints", routes.world.clear_complaints),
    Row("GET", "/clock", routes.clock.show_clock),
    Row("POST", "/clock/advance", routes.clock.advance_clock, refuses=(409,), locked=False),
    Row("POST", "/clock/rest", routes.clock.rest, when_idle=True),
    Row("GET", "/settings", routes.settings.show_settings),
    Row("POST", "/settings/{fake}", routes.settings.change_settings, refuses=(409,)),
    Row("GET", "/behaviours", routes.behaviours.list_behaviours),
    Row("GET", "/states", routes.behaviours.list_states),
    Row("GET", "/scripts", routes.scripts.list_scripts),
    Row(
        "POST",
        "/scripts",
        routes.scripts.add_script,
        status=201,
        refuses=(409,),
        leads={name: {"number": "/scripts/0/number"} for name in ("show_script", "remove_script")},
    ),
    Row("DELETE", "/scripts", routes.scripts.remove_scripts),
    Row("GET", "/scripts/{number}", routes.scripts.show_script, refuses=(404,)),
    Row("DELETE", "/scripts/{number}", routes.scripts.remove_script, refuses=(404,)),
    Row("GET", "/faults", routes.faults.list_faults),
    Row("POST", "/faults", routes.faults.arm_fault, status=201),
    Row("DELETE", "/faults", routes.faults.disarm_faults),
    Row("GET", "/faults/{number}", routes.faults.show_fault, refuses=(404,)),
    Row("DELETE", "/faults/{number}", routes.faults.disarm_fault, refuses=(404,)),
    Row("POST", "/scenarios", routes.scenarios.play_files, refuses=(409,)),
    Row("GET", "/connections", routes.connections.list_connections),
    Row("GET", "/connections/{id}", routes.connections.show_connection, refuses=(404,)),
    Row("POST", "/holder/scan", routes.holders.let_holder_scan, refuses=(409,)),
    Row("POST", "/holder/{act}", routes.holders.let_holder_act, refuses=(404, 409)),
    Row("POST", "/invitations", routes.holders.make_invitation, status=201),
    Row("GET", "/sms", routes.holders.list_messages),
    Row("GET", "/journal", routes.journal.show_journal),
    Row("DELETE", "/journal", routes.journal.clear_journal),
    Row("GET", "/journal/count", routes.journal.count_entries, refuses=(409,)),
    Row("GET", "/journal/lines", routes.journal.export_journal, media="application/x-ndjson"),
    Row("GET", "/timeline", routes.journal.show_timeline, media="text/plain; charset=utf-8"),
    Row("GET", "/tenants", routes.tenants.list_tenants, all_tenants=True),
    Row("POST", "/tenants", routes.tenants.add_tenant, status=201, refuses=(409,), all_tenants=True),
    Row("GET", "/tenants/{name}", routes.tenants.show_tenant, refuses=(404,), all_tenants=True),
    Row("DELETE", "/tenants/{name}", routes.tenants.remove_tenant, refuses=(404,), all_tenants=True),
)
"""Every route. To add one, add a row and its function."""

ROUTES = Profile(
    "control",
    "/control",
    (Route(row.method, row.path, row) for row in ROWS),
    lambda path: path.strip("/").split("/"),
)


class Control:
    """Answers the control API of one world.

    Args:
        world: The world of requests that name no tenant.
        guard: The access control; that of the loopback interface unless given.
        tenants: The tenants, whose worlds are served below ``/t/<name>``.
    """

    def __init__(self, world: World, guard: Guard | None = None, tenants: Tenants | None = None) -> None:
        self.world = world
        self.guard = guard or Guard()
        if tenants is None:  # not `or`: Tenants has a length, so one without tenants is falsy
            tenants = Tenants(world, lambda _, seed, clock: new_world(type(world), seed, clock))
        self.tenants = tenants

    def handle(self, request: Request) -> Reply:
        """Answer one request. An invalid one changes nothing; its answer says what was expected."""
        refusal = self.guard.refuse(request)
        if refusal is not None:
            more = (("WWW-Authenticate", 'Bearer realm="connsim"'),) if refusal.status == 401 else ()
            return _refused(refusal.status, refusal.why, more)
        try:
            return self._answer(request)
        except NotFound as error:
            return _refused(404, str(error))
        except Misuse as error:
            # Subclasses of Misuse say what is wrong with the request: 400. Misuse itself is raised for a valid request
            # that the present state of the world does not allow: 409.
            return _refused(409 if type(error) is Misuse else 400, str(error))
        except Exception as error:
            self.world.complain_of(error, f"{request.method} {request.target} of the control API")
            return _refused(500, _FAILED)

    def unread(self, status: int, why: str) -> Reply:
        """Answer a request that the door could not read; see `connsim.transports.aiohttp_server.AnswersUnread`."""
        return _refused(status, why)

    def _answer(self, request: Request) -> Reply:
        asked, request = self.tenants.by_path(request)
        path = request.target.partition("?")[0]
        method = "GET" if request.method == "HEAD" else request.method  # the door omits the body
        found = match(ROUTES, method, path)
        if found is None:
            return self._unknown(request.method, path)
        route, params = found
        return route.endpoint(Asked(asked or self.world, self.tenants), request._replace(params=params))

    def _unknown(self, method: str, path: str) -> Reply:
        allowed = [other for other in _METHODS if match(ROUTES, other, path)]
        if not allowed:
            reason = explain(ROUTES, method, path)
            return _refused(404, f"{method[:80]} {path[:80]}: {reason}. GET / lists all.")
        why = f"{path[:80]} does not take {method[:80]}. Expected {' or '.join(allowed)}."
        more = ["HEAD"] if "GET" in allowed else []
        return _refused(405, why, (("Allow", ", ".join(allowed + more)),))


def _refused(status: int, why: str, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    return Reply(status, encoded(printed(as_json(ErrorView(why)))), headers=headers)
