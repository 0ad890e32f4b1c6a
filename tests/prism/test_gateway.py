"""The gateway in front of an agent; each row names a section of the protocol page, or the gateway's source.

Sections are those of docs/protocol/prism-agent.md.
"""

import pytest
from multidict import CIMultiDict

from connsim import CloudAgentSettings, EarlySettings, World
from connsim.core.exchange import Reply, Request

ON = frozenset({"one", "two"})
MISSING = b'{"message":"Missing API key found in request"}\n'
INVALID = b'{"message":"Invalid API key in request"}\n'
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "*",
    "Access-Control-Max-Age": "5",
    "Access-Control-Expose-Headers": "*",
    "Access-Control-Allow-Headers": "*",
}


def ask(target: str, key: str | None = None, method: str = "GET", *, keys: frozenset[str] | None = ON) -> Reply:
    """Return the answer of a new world's agents behind a gateway with two keys."""
    world = World()
    world.prism.configure(CloudAgentSettings(gateway_keys=keys))
    world.prism.configure(EarlySettings(gateway_keys=keys))
    headers = CIMultiDict({} if key is None else {"apikey": key})
    return world.prism.handle(Request(method, target, headers))


@pytest.mark.parametrize("prefix", ["/cloud-agent", "/prism-agent"])
@pytest.mark.parametrize(
    ("target", "key", "body"),
    [
        pytest.param("/connections", None, MISSING, id="6.1 missing"),
        pytest.param("/connections", "three", INVALID, id="6.1 unknown"),
        pytest.param("/connections", "", INVALID, id="6.1 empty"),
        pytest.param("/connections?apikey=three", None, INVALID, id="key-auth.lua unknown in the query"),
        pytest.param("/nowhere", None, MISSING, id="key-auth.lua before the agent's 404"),
    ],
)
def test_a_key_that_is_refused(prefix: str, target: str, key: str | None, body: bytes) -> None:
    """The gateway answers instead of the agent: its own 401, as text, with a line feed."""
    reply = ask(prefix + target, key)

    assert (reply.status, reply.body, reply.content_type) == (401, body, "text/plain; charset=utf-8")


@pytest.mark.parametrize("prefix", ["/cloud-agent", "/prism-agent"])
@pytest.mark.parametrize("target", ["/connections", "/connections?apikey=two"])
def test_a_key_that_is_accepted(prefix: str, target: str) -> None:
    """A key in the header is accepted, and so is one in the query if there is no header."""
    reply = ask(prefix + target, None if "?" in target else "one")

    # The agent of 1.40 needs a header of its own; the one of 2023 has no keys.
    assert reply.status == (500 if "?" in target and prefix == "/cloud-agent" else 200)


@pytest.mark.parametrize(
    ("target", "server", "more"),
    [
        pytest.param("/cloud-agent/connections", "APISIX/2.15.0", CORS, id="1 1.40.0 cors"),
        pytest.param("/cloud-agent/nowhere", "APISIX/2.15.0", CORS, id="1 1.40.0 cors on errors"),
        pytest.param("/prism-agent/connections", "APISIX/2.15.0", {}, id="1 2023 no cors"),
    ],
)
def test_headers_behind_a_gateway(target: str, server: str, more: dict[str, str]) -> None:
    """Every answer has the gateway's name once; only the newer one adds CORS headers."""
    reply = ask(target, "one")

    assert dict(reply.headers) == {"Server": server, **more}
    assert len(reply.headers) == 1 + len(more)


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        pytest.param("/cloud-agent/connections", {}, id="1 1.40.0 names no server"),
        pytest.param("/prism-agent/connections", {"Server": "akka-http/10.2.9"}, id="1 2023 names its server"),
    ],
)
def test_headers_of_the_bare_agent(target: str, headers: dict[str, str]) -> None:
    """Without a gateway the agents add the headers of their own servers."""
    assert dict(ask(target, "one", keys=None).headers) == headers


def test_a_preflight() -> None:
    """The newer agent's gateway answers OPTIONS itself, even without a key; the agent never does."""
    reply = ask("/cloud-agent/connections", method="OPTIONS")
    assert (reply.status, reply.body, dict(reply.headers)) == (200, b"", {"Server": "APISIX/2.15.0", **CORS})

    assert ask("/cloud-agent/connections", "one", "OPTIONS", keys=None).status == 404


def test_a_key_sent_twice() -> None:
    """2.1 declares one header: two are refused before either is checked."""
    world = World()
    headers = CIMultiDict([("apikey", "one"), ("apikey", "two")])

    reply = world.prism.handle(Request("GET", "/connections", headers))

    assert reply.status == 400
    assert b"details=[Invalid value for: header apikey (multiple values)]" in reply.body
