"""How the server of the agent of 2023 reads media types.

Rows name a section of the protocol page, or the part of Akka HTTP's sources that they are about.

Sections are those of docs/protocol/prism-agent.md.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.prism.early.media_types import accepts_json, not_json

SEPARATORS = [",", ";", "/", "=", '"', "\\", " ", "*", "q", "0", "1.5", "-", "nan", "é", "charset"]
TYPES = ["application/json", "text/plain", "*/*", "application/*"]


@pytest.mark.parametrize(
    ("content_type", "shown"),
    [
        pytest.param("text/plain; charset=UTF-8", "text/plain; charset=UTF-8", id="5.5 wrong media type"),
        pytest.param("text/plain", "text/plain", id="WithMissingCharset"),
        pytest.param(None, "application/octet-stream", id="contentType absent"),
        pytest.param("json", "application/octet-stream", id="Content-Type illegal"),
        pytest.param("application/json;", "application/octet-stream", id="Content-Type open parameter"),
        pytest.param("Text/HTML;Charset=utf-8", "text/html; charset=UTF-8", id="getCharset case"),
        pytest.param(
            'text/plain;charset=utf-8;format=flowed;x="a b"',
            'text/plain; format=flowed; x="a b"; charset=UTF-8',
            id="renderValue charset last",
        ),
        pytest.param("multipart/form-data; boundary=b; charset=x", "multipart/form-data; boundary=b", id="Multipart"),
        pytest.param(
            "application/x-www-form-urlencoded; charset=UTF-8",
            "application/x-www-form-urlencoded",
            id="WithFixedCharset",
        ),
        pytest.param("application/vnd.x+json;charset=utf-8", "application/vnd.x+json; charset=UTF-8", id="custom"),
        pytest.param("application/jsonp", "application/jsonp", id="customBinary"),
    ],
)
def test_other_types(content_type: str | None, shown: str) -> None:
    """A type that is not JSON is printed in the server's own form."""
    assert not_json(content_type, True) == shown


@pytest.mark.parametrize(
    "content_type", ["application/json", " Application/JSON ; charset=latin1", 'application/json;x="y;z"']
)
def test_json(content_type: str) -> None:
    """JSON may have parameters."""
    assert not_json(content_type, True) is None
    assert not_json(content_type, False) is None


@pytest.mark.parametrize(
    ("content_type", "shown"), [(None, None), ("json", None), ("text/plain", "text/plain")], ids=str
)
def test_nothing(content_type: str | None, shown: str | None) -> None:
    """An empty body may lack a type, but not have another one."""
    assert not_json(content_type, False) == shown


@pytest.mark.parametrize(
    ("accept", "accepted"),
    [
        pytest.param(None, True, id="absent"),
        pytest.param("", True, id="accept empty"),
        pytest.param("*/*", True, id="10 httpx"),
        pytest.param("*", True, id="media-range-def lone asterisk"),
        pytest.param("application/json", True, id="One"),
        pytest.param("Application/JSON; charset=utf-8", True, id="One charset is passed over"),
        pytest.param("application/*;q=0.001", True, id="application"),
        pytest.param("text/html, application/xml;q=0.9, */*;q=0.8", True, id="browser"),
        pytest.param("text/html", False, id="5.5 Accept excludes JSON"),
        pytest.param("text/*, application/xml", False, id="none of several"),
        pytest.param("application/json;q=0", False, id="qValue zero"),
        pytest.param("*/*, application/json;q=0", False, id="the most specific decides"),
        pytest.param("application/json, application/*;q=0.0, */*;q=0", True, id="the most specific decides for it"),
        pytest.param("application/*;q=0, */*", False, id="application before all"),
        pytest.param("application/json;q=0, application/json;q=0.1", True, id="the greatest q of equals"),
        pytest.param("application/json;charset=x;q=0, application/json", False, id="more parameters decide"),
        pytest.param("application/json;version=1", False, id="One other parameter"),
        pytest.param('application/json;version="1, 2", text/html', False, id="quoted comma"),
        pytest.param("application/*;version=1", False, id="Custom other parameter"),
        pytest.param("*/*;charset=utf-8", False, id="Custom charset counts"),
        pytest.param("application/json;Q=0.5", False, id="splitOffQValue case counts"),
        pytest.param("application/json;q=high", True, id="q that is no number is 1"),
        pytest.param("application/json;q=1e-3f", True, id="toFloat as in Java"),
        pytest.param("text/html;q=1.5", True, id="MediaRange q too great is illegal"),
        pytest.param("text/html;q=-1", True, id="MediaRange q too small is illegal"),
        pytest.param("text/html,", True, id="separatedBy trailing comma is illegal"),
        pytest.param("text", True, id="no slash is illegal"),
        pytest.param("*/json", True, id="media-range-def asterisk first is illegal"),
        pytest.param("*x/html", True, id="media-range-def asterisk before a type is illegal"),
        pytest.param("text/html; q", True, id="parameter without value is illegal"),
        pytest.param("text /html ;q = 1 , text/ html", True, id="subtype after a blank is illegal"),
        pytest.param("text /html ;q = 1 ,\tfoo/*", False, id="OWS blanks"),
    ],
)
def test_accept(accept: str | None, accepted: bool) -> None:
    """The most specific range that matches decides; a header that cannot be parsed allows everything."""
    assert accepts_json(accept) is accepted


@given(st.lists(st.sampled_from(SEPARATORS + TYPES)).map("".join))
def test_any_text_is_read(text: str) -> None:
    """Any header is read or ignored."""
    assert not_json(text, True) != ""
    assert accepts_json(text) in (True, False)
    assert accepts_json(f"{text},")  # illegal with any text
