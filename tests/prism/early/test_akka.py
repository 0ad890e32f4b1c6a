"""What the server of the agent of 2023 refuses before the agent is asked, and after.

Rows name a section of the protocol page, or what in Akka HTTP's sources they are about.

Sections are those of docs/protocol/prism-agent.md.
"""

import pytest
from multidict import CIMultiDict

from connsim.core.exchange import Profile, Reply, Request, Route, match
from connsim.prism.early.akka import LARGEST_BODY, check_accept, failed, misrouted, read, refused, segments
from connsim.prism.refusals import FixedRefusal

CREATE = {"label": False}
ACCEPT = {"invitation": True}
JSON = {"content-type": "application/json"}
MALFORMED = "The request content was malformed:\n"
LOST = "The requested resource could not be found."


def unused(agent: object, request: Request) -> Reply:
    """No endpoint is asked here."""
    raise NotImplementedError


# in an order that no answer shows
PROFILE = Profile(
    "2023",
    "/prism-agent",
    (
        Route("POST", "/connection-invitations", unused),
        Route("POST", "/connections", unused),
        Route("GET", "/connections/{connectionId}", unused),
        Route("GET", "/connections", unused),
    ),
    segments,
)


def text_of(plain: FixedRefusal) -> tuple[int, str]:
    """Status and text of an answer, which is text in UTF-8."""
    reply = plain.reply(lambda: "unused")
    assert reply.content_type == "text/plain; charset=UTF-8"
    return reply.status, reply.body.decode()


def refusal(body: bytes, headers: dict[str, str] = JSON, members: dict[str, bool] = CREATE) -> tuple[int, str]:
    """Status and text of the answer to a body."""
    with pytest.raises(FixedRefusal) as answer:
        read(Request("POST", "/connections", headers, body), members)
    return text_of(answer.value)


@pytest.mark.parametrize(
    ("method", "target", "methods"),
    [
        pytest.param("PUT", "/connections", "GET, POST", id="5.5 other method"),
        pytest.param("DELETE", "/connections?x=/y", "GET, POST", id="5.5 other method with query"),
        pytest.param("HEAD", "/connections", "GET, POST", id="transparent-head-requests is off"),
        pytest.param("OPTIONS", "/connections", "GET, POST", id="1 no OPTIONS"),
        pytest.param("PATCH", "/connections/abc", "GET", id="5.5 method before the id"),
        pytest.param("GET", "/connection-invitations", "POST", id="5.5 only POST"),
        pytest.param("PUT", "/%63onnections", "GET, POST", id="Path decoded after the cut"),
        pytest.param("PUT", "/connections/a%2Fb", "GET", id="Path encoded slash does not cut"),
    ],
)
def test_other_method(method: str, target: str, methods: str) -> None:
    """A known path with another method is a 405 that names the methods, in the order of the generated routes."""
    answer = misrouted(PROFILE, Request(method, target))
    assert text_of(answer) == (405, f"HTTP method not allowed, supported methods: {methods}")
    assert answer.reply(lambda: "unused").headers == (("Allow", methods),)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("/nowhere", id="5.5 unknown path"),
        pytest.param("/connections/", id="5.5 trailing slash"),
        pytest.param("//connections", id="1 leading slashes"),
        pytest.param("/connections//abc", id="Segment empty inside"),
        pytest.param("/connections/abc/", id="PathEnd after the id"),
        pytest.param("/connections/abc/events", id="PathEnd below the id"),
        pytest.param("/Connections", id="startsWith other case"),
        pytest.param("/", id="Slash root"),
        pytest.param("", id="Empty path"),
    ],
)
def test_other_path(target: str) -> None:
    """Paths are exact, and nothing of the kind is routed either."""
    for method in ("GET", "POST", "PUT"):
        answer = misrouted(PROFILE, Request(method, target))
        assert text_of(answer) == (404, LOST)
        assert answer.reply(lambda: "unused").headers == ()
        assert match(PROFILE, method, target) is None


def test_unknown_method() -> None:
    """A method that HTTP does not know is refused before the path is looked at, and its case counts."""
    for method in ("FOO", "get"):
        assert text_of(misrouted(PROFILE, Request(method, "/nowhere"))) == (501, "Unsupported HTTP method")


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        pytest.param(
            {"content-type": "text/plain;charset=utf-8"}, "text/plain; charset=UTF-8", id="5.5 wrong media type"
        ),
        pytest.param({}, "application/octet-stream", id="contentType absent"),
    ],
)
def test_unsupported_type(headers: dict[str, str], shown: str) -> None:
    """A body of another type is a 415, whatever the body."""
    for body in (b"{}", b"not json", b"{}" + b" " * LARGEST_BODY):
        expected = f"The request's Content-Type [{shown}] is not supported. Expected:\napplication/json"
        assert refusal(body, headers) == (415, expected)


def test_supported_type() -> None:
    """JSON may have parameters, of which the charset means nothing."""
    headers = {"content-type": "application/json; charset=latin1"}
    assert read(Request("POST", "/connections", headers, '{"label":"é"}'.encode()), CREATE) == {"label": "é"}


NOTHING = "Request entity expected but not supplied"


@pytest.mark.parametrize(
    ("body", "headers", "members", "text"),
    [
        pytest.param(b"", JSON, CREATE, NOTHING, id="5.5 empty body"),
        pytest.param(b"", {}, CREATE, NOTHING, id="emptyEntity needs no type"),
        pytest.param(
            b"hello",
            JSON,
            CREATE,
            f"{MALFORMED}Unexpected character 'h' at input index 0 (line 1, position 1), expected JSON Value:",
            id="5.5 malformed JSON",
        ),
        pytest.param(
            b"{}", JSON, ACCEPT, f"{MALFORMED}Object is missing required member 'invitation'", id="5.5 missing"
        ),
        pytest.param(
            b'{"label":5}', JSON, CREATE, f"{MALFORMED}Expected String as JsString, but got 5", id="5.5 not a string"
        ),
        pytest.param(b"[]", JSON, CREATE, f"{MALFORMED}Object expected in field 'label'", id="5.5 array"),
        pytest.param(b"1e2147483648", JSON, CREATE, f"{MALFORMED}Exponent overflow.", id="BigDecimal exponent"),
    ],
)
def test_malformed(body: bytes, headers: dict[str, str], members: dict[str, bool], text: str) -> None:
    """A body that does not decode is a 400 with the first line of spray-json's message."""
    assert refusal(body, headers, members) == (400, text)


def test_large_body() -> None:
    """A body of more than eight MiB is a 413, read or not."""
    largest = b"{}" + b" " * (LARGEST_BODY - 2)
    assert read(Request("POST", "/connections", JSON, largest), CREATE) == {}
    status, text = refusal(largest + b"x")
    assert status == 413
    assert text.startswith(
        f"{MALFORMED}EntityStreamSizeException: incoming entity size (8388609) exceeded size limit (8388608 bytes)! "
    )


def test_accept() -> None:
    """A client that does not accept JSON gets a 406, however many lines its header has."""
    for headers in ({}, {"accept": "*/*"}, CIMultiDict([("Accept", "text/html"), ("accept", "application/json")])):
        check_accept(Request("GET", "/connections", headers))
    for headers in ({"accept": "text/html"}, CIMultiDict([("Accept", "text/html"), ("accept", "text/plain")])):
        with pytest.raises(FixedRefusal) as answer:
            check_accept(Request("GET", "/connections", headers))
        text = "Resource representation is only available with these types:\napplication/json"
        assert text_of(answer.value) == (406, text)


def test_thrown() -> None:
    """Whatever is thrown in the logic is a 500 that says nothing of it."""
    assert text_of(failed()) == (500, "There was an internal server error.")


def test_any_text_can_be_sent() -> None:
    """A header may bring in what is no text at all; it is quoted as a question mark."""
    assert text_of(refused(415, "\udcff")) == (415, "?")
