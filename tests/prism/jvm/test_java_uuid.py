"""Java's message about a text that is not a UUID. The expected values come from Java 17.

Sections are those of docs/protocol/prism-agent.md.
"""

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.prism.jvm.java_uuid import parse


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("abc", "Invalid UUID string: abc", id="5.5 id not a UUID"),
        pytest.param("", "Invalid UUID string: ", id="empty"),
        pytest.param("1-1-1-1-1-1", "Invalid UUID string: 1-1-1-1-1-1", id="six groups"),
        pytest.param("{1-1-1-1}", "Invalid UUID string: {1-1-1-1}", id="four groups"),
        pytest.param("0" * 37, "UUID string too large", id="too long"),
        pytest.param("😀" * 19, "UUID string too large", id="too long in UTF-16"),
        pytest.param("😀" * 18, "Invalid UUID string: " + "😀" * 18, id="not too long in UTF-16"),
        pytest.param("----", "", id="empty groups"),
        pytest.param("1-1-x-1-", 'Error at index 0 in: "x"', id="first faulty group"),
        pytest.param("1-1--x-1", "", id="empty group first"),
        pytest.param("0d9a7c6g-3f51-4b28-9a4e-7c1d2e3f4a5b", 'Error at index 7 in: "0d9a7c6g"', id="letter beyond f"),
        pytest.param("+-1-1-1-1", 'Error at index 1 in: "+"', id="lone plus"),
        pytest.param("+x-1-1-1-1", 'Error at index 1 in: "+x"', id="plus"),
        pytest.param("1+1-1-1-1-1", 'Error at index 1 in: "1+1"', id="plus inside"),
        pytest.param("1-1-1-1-é", 'Error at index 0 in: "é"', id="not ASCII"),
        pytest.param("1-1-1-1-8000000000000000", 'Error at index 15 in: "8000000000000000"', id="just too great"),
        pytest.param("7fffffffffffffff1-1-1-1-1", 'Error at index 16 in: "7fffffffffffffff1"', id="too many digits"),
    ],
)
def test_fault(text: str, message: str) -> None:
    """The length is checked first, then the number of groups, then each group in turn."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse(text)


def test_short_groups() -> None:
    """A text that Java accepts is given in full."""
    assert parse("1-+1-1-1-7FFFFFFFFFFFFFFF") == "00000001-0001-0001-0001-ffffffffffff"


@given(st.uuids())
def test_reads_any_uuid(uuid: UUID) -> None:
    """A UUID is read unchanged."""
    assert parse(str(uuid)) == str(uuid)


@given(st.text("0aF-+x😀", max_size=40))
def test_only_refused(text: str) -> None:
    """Any text is read or refused."""
    try:
        message = "" if parse(parse(text)) == parse(text) else "changed"
    except ValueError as refused:
        message = str(refused)
    assert re.fullmatch(r'UUID string too large|Invalid UUID string: .*|Error at index \d+ in: ".+"|', message)
