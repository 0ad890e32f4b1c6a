"""The control API: the verbs of a world over HTTP, on a listener of its own, never mixed with the protocol.

========  ===================  ==========================================================================
method    path                 what it does
========  ===================  ==========================================================================
GET       ``/clock``           the present moment, and whether the clock runs
POST      ``/clock/advance``   ``{"by": "24h"}``: let time pass; what falls due on the way happens
GET       ``/journal``         everything that happened, oldest first
POST      ``/holder/scan``     ``{"invitation": "..."}``: hand an Aries invitation, its JSON or an address with
                               ``?c_i=``, to a holder
POST      ``/holder/{act}``    ``{"id": "..."}``: let the holder of an invitation accept, refuse, redirect, or
                               fall silent (``silence``); the id is the connReqId, or a PRISM connectionId
GET       ``/sms``             the text messages that the agency sent, oldest first
POST      ``/reset``           drop records, journal and held replies; keep ports, seed, scripts and moment
========  ===================  ==========================================================================
"""

import json

from simulator.clock import as_datetime
from simulator.durations import spoken
from simulator.entries import as_json
from simulator.errors import ConnsimError, Misuse
from simulator.exchange import Profile, Reply, Request, Route, match
from simulator.world import World


class Control:
    """Answers the control API of one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def handle(self, request: Request) -> Reply:
        """Answer one request; a wrong one changes nothing and is told what would be right."""
        found = match(ROUTES, request.method, request.target.partition("?")[0])
        try:
            if found is None:
                offered = ", ".join(f"{route.method} {route.template}" for route in ROUTES.routes)
                return _json(
                    404, {"error": f"There is no {request.method} {request.target}. Expected one of: {offered}."}
                )
            return found[0].endpoint(self, request._replace(params=found[1]))
        except ConnsimError as error:
            return _json(400, {"error": str(error)})


def show_clock(control: Control, _: Request) -> Reply:
    """``GET /clock``."""
    clock = control.world.clock
    now = clock.now()
    told = {
        "now": f"{as_datetime(now).isoformat(timespec='microseconds').removesuffix('+00:00')}Z",
        "ns": now,
        "elapsed": spoken(now - clock.start),
        "running": clock.running,
    }
    return _json(200, told)


def advance_clock(control: Control, request: Request) -> Reply:
    """``POST /clock/advance``."""
    control.world.clock.advance(_member(request, "by", "24h"))
    return show_clock(control, request)


def _member(request: Request, name: str, example: str) -> str:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or set(body) != {name} or not isinstance(body[name], str):
        shown = request.body[:100].decode("utf-8", "replace")
        raise Misuse(f'The body is {shown!r}. Expected JSON such as {{"{name}": "{example}"}}.')
    value: str = body[name]
    return value


def let_holder_scan(control: Control, request: Request) -> Reply:
    """``POST /holder/scan``."""
    example = "https://example.org?c_i=..."
    return _json(
        200, {"id": control.world.agency.holder_scans(_member(request, "invitation", example)), "holder": "scan"}
    )


def let_holder_act(control: Control, request: Request) -> Reply:
    """``POST /holder/{act}``."""
    act, id_ = request.params["act"], _member(request, "id", "the connReqId")
    control.world.let_holder(act, id_)
    return _json(200, {"id": id_, "holder": act})


def show_sms(control: Control, _: Request) -> Reply:
    """``GET /sms``."""
    world = control.world
    with world.lock:
        sent = [
            {"at": sms.at, "phone": sms.phone, "text": sms.text, "link": sms.link, "id": sms.uid, "status": sms.status}
            for sms in world.agency.outbox
        ]
    return _json(200, {"sms": sent})


def show_journal(control: Control, _: Request) -> Reply:
    """``GET /journal``."""
    world = control.world
    with world.lock:
        world.clock.settle()
        entries = [as_json(entry, world.clock.start) for entry in world.journal.entries()]
        dropped = world.journal.dropped
    return _json(200, {"seed": world.seed.value, "dropped": dropped, "entries": entries})


def reset(control: Control, request: Request) -> Reply:
    """``POST /reset``."""
    control.world.reset()
    return show_clock(control, request)


ROUTES = Profile(
    "control",
    "/control",
    (
        Route("GET", "/clock", show_clock),
        Route("POST", "/clock/advance", advance_clock),
        Route("GET", "/journal", show_journal),
        Route("POST", "/holder/scan", let_holder_scan),
        Route("POST", "/holder/{act}", let_holder_act),
        Route("GET", "/sms", show_sms),
        Route("POST", "/reset", reset),
    ),
    lambda path: path.strip("/").split("/"),
)


def _json(status: int, value: object) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode())
