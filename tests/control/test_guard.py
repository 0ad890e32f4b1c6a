import json

import pytest

from connsim import Misuse, World
from connsim.control import Control
from connsim.control.guard import Guard, is_loopback
from connsim.control.token import draw_token
from connsim.core.exchange import Request

HERE = {"host": "127.0.0.1:9090"}
TOKEN = "s3cret-token"
WITH_TOKEN = {"authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "127.0.0.1:9090"},
        {"host": "127.0.0.1"},
        {"host": "127.8.9.1:9090"},
        {"host": "localhost:9090"},
        {"host": "LOCALHOST"},
        {"host": "connsim.localhost:9090"},
        {"host": "[::1]:9090"},
        {"host": "[::1]"},
        {**HERE, "origin": "http://127.0.0.1:9090"},
        {**HERE, "origin": "HTTP://127.0.0.1:9090"},
        {**HERE, "origin": "http://127.0.0.1:9090", "sec-fetch-site": "same-origin"},
        {**HERE, "sec-fetch-site": "none"},
        {**HERE, "sec-fetch-site": "same-origin"},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_programs_and_own_pages_are_accepted(headers: dict[str, str], method: str) -> None:
    """A request is accepted under any name of the loopback interface, from no page or from one of the API's own."""
    assert Guard().refuse(Request(method, "/clock", headers)) is None


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        (
            {"host": "evil.example"},
            "for the host 'evil.example', which is not a name of this machine itself. Expected local",
        ),
        ({"host": "evil.example:9090"}, "for the host 'evil.example:9090'"),
        ({"host": "localhost.evil.example"}, "not a name of this machine itself"),
        ({"host": "notlocalhost"}, "not a name of this machine itself"),
        ({"host": "192.0.2.1:9090"}, "not a name of this machine itself"),
        ({"host": "0.0.0.0:9090"}, "not a name of this machine itself"),
        ({"host": "[2001:db8::1]:9090"}, "not a name of this machine itself"),
        ({"host": "127.0.0.1:9090:9090"}, "not a name of this machine itself"),
        ({"host": "127.0.0.1@evil.example"}, "not a name of this machine itself"),
        ({"host": "127.1.evil.example"}, "not a name of this machine itself"),
        (
            {**HERE, "origin": "http://evil.example"},
            "comes from the origin 'http://evil.example'. Expected no page but",
        ),
        ({**HERE, "origin": "null"}, "comes from the origin 'null'"),
        ({**HERE, "origin": ""}, "comes from the origin ''"),
        ({**HERE, "origin": "https://127.0.0.1:9090"}, "comes from the origin 'https://127.0.0.1:9090'"),
        ({**HERE, "origin": "http://127.0.0.1:8080"}, "comes from the origin"),
        ({**HERE, "origin": "http://localhost:9090"}, "comes from the origin"),
        ({"origin": "http://127.0.0.1:9090"}, "comes from the origin"),
        ({**HERE, "sec-fetch-site": "cross-site"}, "comes from a page elsewhere (cross-site)"),
        ({**HERE, "sec-fetch-site": "same-site"}, "comes from a page elsewhere (same-site)"),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
def test_other_web_pages_are_refused(headers: dict[str, str], message: str, method: str) -> None:
    """A foreign host name that resolves to this machine, or another origin, is refused, whatever the method."""
    world = World("guard")

    reply = Control(world).handle(Request(method, "/clock/advance", headers, b'{"by": "1h"}'))

    assert reply.status == 403
    assert message in json.loads(reply.body)["error"]
    assert not any(name.lower().startswith("access-control") for name, _ in reply.headers)
    assert (world.clock.elapsed(), world.complaints) == (0, [])


@pytest.mark.parametrize(
    "guard", [Guard(TOKEN), Guard(TOKEN, elsewhere=True)], ids=["on the loopback interface", "elsewhere"]
)
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "The request has no token. Expected the header 'Authorization: Bearer <token>'."),
        ("", "has no token"),
        ("Bearer", "has no token"),
        (f"Basic {TOKEN}", "does not have the right token"),
        ("Bearer wrong", "does not have the right token"),
        (f"Bearer {TOKEN}x", "does not have the right token"),
        (f"Bearer {TOKEN[:-1]}", "does not have the right token"),
        ("Bearer \udcff", "does not have the right token"),
        (TOKEN, "has no token"),
    ],
)
def test_every_request_needs_the_token(guard: Guard, given: str | None, message: str) -> None:
    """Without the right token every route, known or not, answers with a 401 that says how to send it."""
    headers = HERE if given is None else {**HERE, "authorization": given}

    for target in ("/", "/clock", "/nowhere"):
        reply = Control(World("guard"), guard).handle(Request("GET", target, headers))
        assert reply.status == 401
        assert message in json.loads(reply.body)["error"]
        assert reply.headers == (("WWW-Authenticate", 'Bearer realm="connsim"'),)


@pytest.mark.parametrize(
    ("guard", "headers", "status"),
    [
        (Guard(TOKEN), {**HERE, **WITH_TOKEN}, 200),
        (Guard(TOKEN), {**HERE, "authorization": f"bearer  {TOKEN}"}, 200),
        (Guard(TOKEN), {"host": "evil.example", **WITH_TOKEN}, 403),
        (Guard(TOKEN, elsewhere=True), {"host": "simulator.example:9090", **WITH_TOKEN}, 200),
        (Guard(TOKEN, elsewhere=True), {"host": "192.0.2.1:9090", **WITH_TOKEN}, 200),
        (Guard(TOKEN, elsewhere=True), {"host": "a.example", "origin": "https://a.example", **WITH_TOKEN}, 200),
        (Guard(TOKEN, elsewhere=True), {"host": "a.example", "origin": "https://b.example", **WITH_TOKEN}, 403),
    ],
)
def test_requests_with_the_token_are_accepted(guard: Guard, headers: dict[str, str], status: int) -> None:
    """On other interfaces any host name is accepted, as it proves nothing there; other origins remain refused."""
    assert Control(World("guard"), guard).handle(Request("GET", "/clock", headers)).status == status


def test_other_interfaces_need_a_token() -> None:
    """A control API on another interface needs a token, and one that a header can carry."""
    with pytest.raises(Misuse, match="A control API that other machines can reach has no token. Expected one."):
        Guard(elsewhere=True)
    for bad in ("", "two words", "ümlaut", "a\nb"):
        with pytest.raises(Misuse, match="cannot be sent in a header. Expected letters, digits"):
            Guard(bad)


def test_tokens_do_not_repeat() -> None:
    """Tokens are not drawn from the seed, so they do not repeat; a header can carry them."""
    drawn = {draw_token() for _ in range(100)}

    assert len(drawn) == 100
    assert all(Guard(token).token == token for token in drawn)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        *((host, True) for host in ("localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]", "a.localhost")),
        *((host, False) for host in ("0.0.0.0", "::", "192.0.2.1", "example.org", "", "localhost.example")),
    ],
)
def test_knows_the_loopback_interface(host: str, local: bool) -> None:
    """Only addresses of the machine itself are local; a name is not looked up."""
    assert is_loopback(host) is local
