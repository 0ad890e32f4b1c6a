"""A wrong request is refused by every route with what is wrong, and changes nothing."""

from typing import Any

import pytest

from connsim import World
from connsim.control import Control
from connsim.control.api import ROUTES
from connsim.core.exchange import Request
from tests.control.conftest import Ask


@pytest.mark.parametrize(
    ("method", "target", "status", "message"),
    [
        (
            "GET",
            "/clok",
            404,
            "GET /clok: no route; the nearest is GET /clock: 'clok' in place of 'clock'. GET / lists",
        ),
        ("GET", "/clock/x/y/z", 404, "the nearest is GET /clock: the path has 4 segments, not 1"),
        ("POST", "/clock/advanc", 404, "the nearest is POST /clock/advance: 'advanc' in place of 'advance'"),
        ("GET", "/" + "x" * 5000, 404, "no route"),
        ("DELETE", "/clock", 405, "/clock does not take DELETE. Expected GET."),
        ("PUT", "/scripts", 405, "/scripts does not take PUT. Expected GET or POST or DELETE."),
        ("OPTIONS", "/clock", 405, "/clock does not take OPTIONS. Expected GET."),
        ("GET", "/holder/accept", 405, "Expected POST."),
        (
            "GET",
            "/journal?knd=x",
            400,
            "The request has the parameter 'knd'. Did you mean 'kind'? Expected nothing but",
        ),
        ("GET", "/clock?now", 400, "The request has the parameter 'now'. Expected none here."),
        (
            "GET",
            "/journal?kind=echange",
            400,
            "'kind' is 'echange'. Did you mean 'exchange'? Expected one of: exchange",
        ),
        (
            "GET",
            "/journal?status=abc",
            400,
            "The parameter 'status' is 'abc'. Expected a whole number from 100 to 599.",
        ),
        ("GET", "/journal?status=" + "9" * 30, 400, "Expected a whole number from 100 to 599."),
        ("GET", "/journal?open=maybe", 400, "The parameter 'open' is 'maybe'. Expected true or false."),
        ("GET", "/journal?limit=0", 400, "'limit' is 0. Expected a whole number from 1 to 10000."),
        ("GET", "/journal?limit=10001", 400, "'limit' is 10001. Expected a whole number from 1 to 10000."),
        ("GET", "/journal?after=-1", 400, "'after' is -1. Expected a whole number of at least 0"),
        ("GET", "/journal?since=soon", 400, "'soon' is not a duration."),
        ("GET", "/journal?header=", 400, "'header' is ''. Expected a text that is not empty"),
        ("GET", "/journal?kind=exchange&kind=exchange", 400, "The parameter 'kind' is given twice. Expected it once."),
        ("GET", "/scripts/1?number=1", 400, "The parameter 'number' is given twice."),
        ("GET", "/scripts/one", 400, "The parameter 'number' is 'one'. Expected a whole number of at least 1."),
        ("GET", "/scripts/0", 400, "The parameter 'number' is 0."),
        ("GET", "/scripts/7", 404, "There is no script 7. Expected one of: none."),
        ("DELETE", "/scripts/7", 404, "There is no script 7."),
        ("GET", "/connections/x", 404, "There is no connection 'x'. Expected an id of GET /connections."),
        ("GET", "/connections?role=prism-invitor", 400, "There is no role 'prism-invitor'. Did you mean"),
        ("GET", "/connections?offset=-1", 400, "'offset' is -1."),
        (
            "POST",
            "/holder/acept",
            400,
            "The parameter 'act' is 'acept'. Did you mean 'accept'? Expected one of: accept",
        ),
    ],
)
def test_refuses(ask: Ask, world: World, method: str, target: str, status: int, message: str) -> None:
    """The status shows who is at fault, and the text what would be right."""
    answered, answer = ask(method, target)

    assert (answered, list(answer)) == (status, ["error"])
    assert message in answer["error"]
    assert world.complaints == []


@pytest.mark.parametrize(
    ("target", "body", "status", "message"),
    [
        ("/scripts", {"play": "acepts"}, 400, "There is no behaviour 'acepts'. Did you mean 'accepts'?"),
        ("/scripts", {"play": "accepts", "role": "prism-invitor"}, 400, "There is no role 'prism-invitor'. Did you"),
        (
            "/scripts",
            {"play": "refuses", "role": "prism-inviter"},
            409,
            "cannot be played as prism-inviter: a PRISM",
        ),
        ("/scripts", {"play": "accepts after soon"}, 400, "'soon' is not a duration"),
        ("/scripts", {"role": "prism-inviter"}, 400, "The body has no 'play'. Expected a text, such as"),
        (
            "/scripts",
            {"play": 5},
            400,
            "The member 'play' is 5. Expected a text, such as \"accepts after 90s\" or a list",
        ),
        ("/scripts", {"play": "accepts", "rol": "x"}, 400, "The body has the member 'rol'. Did you mean 'role'?"),
        ("/scripts", {"play": [{"state": "InvitationGenerated"}]}, 400, "has steps and no 'role'. Expected the role"),
        (
            "/scripts",
            {"play": [], "role": "prism-inviter"},
            400,
            "A sequence without steps was given. Expected at least one state.",
        ),
        (
            "/scripts",
            {"play": [{"state": "InvitationGenrated"}], "role": "prism-inviter"},
            400,
            "Did you mean 'InvitationGenerated'?",
        ),
        (
            "/scripts",
            {"play": [{"act": "accept", "lasts": "3m"}], "role": "vcx-holder"},
            400,
            "A step has the keys act, lasts. Expected 'state' or 'act'",
        ),
        (
            "/scripts",
            {"play": [{"act": {}}], "role": "vcx-holder", "strict": False},
            400,
            "The member 'act' of a step is '{}'. Expected a text.",
        ),
        (
            "/scripts",
            {"play": [{"state": 5}], "role": "prism-inviter"},
            400,
            "The member 'state' of a step is '5'. Expected a text.",
        ),
        (
            "/scripts",
            {"play": [{"state": "InvitationGenerated", "fault": {"statsu": 503}}], "role": "prism-inviter"},
            400,
            "Did you mean 'status'?",
        ),
        (
            "/scripts",
            {"play": ["InvitationGenerated"], "role": "prism-inviter"},
            400,
            "The member 'play', number 1, is 'InvitationGenerated'. Expected an object, such as",
        ),
        (
            "/scripts",
            {"play": "accepts", "match": {"lable": "x"}},
            400,
            "The member 'match' has the member 'lable'. Did you mean 'label'? Expected nothing but label, goal_code",
        ),
        (
            "/scripts",
            {"play": "accepts", "role": "prism-inviter", "match": {"phone": "+1*"}},
            409,
            "A script for prism-inviter was given phone.",
        ),
        ("/scripts", {"play": "accepts", "match": {"nth": 0}}, 400, "'nth' is 0."),
        ("/scripts", {"play": "accepts", "match": {"nth": "4..2"}}, 400, "'4..2' is not an ordinal of a connection."),
        ("/scripts", {"play": "accepts", "match": {"phone": "1", "api_key": "k"}}, 409, "was given phone"),
        ("/holder/accept", {"id": "x"}, 404, "No invitation 'x' is known, so no holder can accept it."),
        ("/holder/accept", {}, 400, "The body has no 'id'. Expected a text"),
        ("/holder/scan", {"invitation": "x"}, 400, "The holder cannot scan this."),
        ("/invitations", {"goalCode": "x"}, 400, "The body has the member 'goalCode'. Did you mean 'goal_code'?"),
        ("/reset", {"seed": ""}, 400, "The member 'seed' is ''. Expected a text that is not empty"),
        ("/reset", {"sed": "x"}, 400, "The body has the member 'sed'. Did you mean 'seed'?"),
    ],
)
def test_refuses_a_body(ask: Ask, world: World, target: str, body: Any, status: int, message: str) -> None:
    """A body that cannot be used is refused with what is wrong, and has no partial effect."""
    answered, answer = ask("POST", target, body)

    assert answered == status
    assert message in answer["error"]
    assert (list(world.scripts.waiting), world.seed.value, world.complaints) == ([], "control", [])


def test_a_wrong_method_is_refused_with_the_right_ones(world: World) -> None:
    """A 405 also names the allowed methods in its header."""
    reply = Control(world).handle(Request("PATCH", "/journal"))

    assert (reply.status, reply.headers) == (405, (("Allow", "GET, DELETE, HEAD"),))


def test_head_is_get_without_a_body(world: World) -> None:
    """HEAD has the status of GET, and the door omits the body."""
    control = Control(world)

    assert control.handle(Request("HEAD", "/clock")).status == 200
    assert control.handle(Request("HEAD", "/reset")).status == 405


@pytest.mark.parametrize("target", ["/clock", "/clock/", "//clock", "/%63lock"])
def test_paths_are_forgiving(ask: Ask, target: str) -> None:
    """An extra slash, or an unnecessary escape, does not cause a 404."""
    assert ask("GET", target)[0] == 200


def test_an_internal_exception_is_a_complaint(ask: Ask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception in the control API is a 500 that says so, and a complaint with the traceback."""
    monkeypatch.setattr(world, "reset", lambda seed: 1 / 0)

    status, answer = ask("POST", "/reset")

    assert (status, answer["error"].partition(".")[0]) == (500, "connsim itself failed on this request")
    [complaint] = ask("GET", "/complaints")[1]["complaints"]
    assert complaint["kind"] == "Violation"
    assert "connsim itself failed while it answered POST /reset of the control API" in complaint["text"]
    assert "ZeroDivisionError" in complaint["text"]


@pytest.mark.parametrize("body", [b'{"seed": "monday"}', b' {"seed" : "monday"} ', b'\xef\xbb\xbf{"seed": "monday"}'])
def test_content_types_of_bodies_are_ignored(world: World, body: bytes) -> None:
    """The body is read as JSON whatever its content type is: `curl -d` declares a form."""
    headers = {"content-type": "application/x-www-form-urlencoded"}

    assert Control(world).handle(Request("POST", "/reset", headers, body)).status == 200
    assert world.seed.value == "monday"


def test_every_route_can_be_reached() -> None:
    """No row of the table hides another."""
    paths = {(route.method, route.template) for route in ROUTES.routes}

    assert len(paths) == len(ROUTES.routes)
