"""Codes, their texts, and the details of an error.

Sections are those of docs/protocol/libvcx.md.
"""

import json

import pytest

from connsim.clients.agency_wire import AgencyError, UnexpectedAnswer
from connsim.libvcx.errors import Code, VcxError, agency_errors
from connsim.wire.errors import BadKey, BadMessage, BadNotation, CannotOpen, NoKey, Unreadable

LIBINDY = "Object (json, config, key, credential and etc...) passed to libindy has invalid structure"


def test_6_1_names_are_the_wrappers() -> None:
    """Every code is one of the wrapper's, under the wrapper's name; the wrapper would wait without end on others."""
    theirs = pytest.importorskip(
        "vcx.error", reason="the wrapper is not installed; run: pip install 'connsim[vcx]'"
    ).ErrorCode

    assert {code.name: code.value for code in Code}.items() <= {code.name: code.value for code in theirs}.items()


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        pytest.param(0, "Success", None, id="6.1 success"),
        pytest.param(1002, "Error with Connection", None, id="6.1 connection"),
        pytest.param(1003, "Invalid Connection Handle", None, id="6.1 handle"),
        pytest.param(1005, "Object not ready for specified action", None, id="7 test_error_message"),
        pytest.param(1010, "Message failed in post", None, id="6.1 transport"),
        pytest.param(1057, "Invalid Wallet or Search Handle", None, id="6.1 wallet"),
        pytest.param(1080, LIBINDY, None, id="6.1 libindy"),
        pytest.param(1024, "Must have valid genesis txn file path", "Invalid genesis transactions path.", id="6.1 †"),
        pytest.param(1079, "Wallet Not Found", "Wallet not found", id="6.1 † wallet"),
        pytest.param(1106, "Agent pairwise information not found", "No Agent pairwise information", id="6.1 † agent"),
    ],
)
def test_texts(code: int, text: str, kind: str | None) -> None:
    """Each code has its text, and another text in the details where the library differs."""
    assert (Code(code).text, Code(code).kind) == (text, kind or text)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(1003, Code.InvalidConnectionHandle, id="known"),
        pytest.param(10, Code.UnknownError, id="9 poisoned lock"),
        pytest.param(1107, Code.UnknownError, id="1.11 S7 above all"),
        pytest.param(1015, Code.UnknownError, id="1.11 S7 of credentials"),
        pytest.param(-1, Code.UnknownError, id="1.11 S7 negative"),
        pytest.param(210, Code.UnknownLibindyError, id="9 libindy's own"),
        pytest.param(113, Code.UnknownLibindyError, id="9 libindy's structure"),
    ],
)
def test_numbers_that_the_wrapper_does_not_know_are_replaced(number: int, code: Code) -> None:
    """A number outside the table is replaced by a code of the table."""
    assert VcxError(number).code is code


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(
            VcxError(1079, "no wallet", "no file"),
            {
                "error": "Wallet not found",
                "message": "Error: Wallet not found\n  Caused by: no wallet\n  Caused by: no file\n",
                "cause": "no file",
                "backtrace": None,
            },
            id="1.6 chained",
        ),
        pytest.param(
            VcxError(1003),
            {
                "error": "Invalid Connection Handle",
                "message": "Error: Invalid Connection Handle\n",
                "cause": "Invalid Connection Handle",
                "backtrace": None,
            },
            id="1.6 no cause",
        ),
    ],
)
def test_details(error: VcxError, expected: dict[str, object]) -> None:
    """The details have all four members, and name every cause."""
    assert json.loads(error.details()) == expected


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        pytest.param(AgencyError(None, b"refused"), 1010, id="2.3 unreachable"),
        pytest.param(AgencyError(500, b"broken"), 1010, id="2.3 status"),
        pytest.param(NoKey("k"), 1073, id="2.3 not in wallet"),
        pytest.param(CannotOpen("c"), 1080, id="2.3 cannot decrypt"),
        pytest.param(BadNotation("n"), 1019, id="2.3 no bundle"),
        pytest.param(BadKey("k"), 1009, id="malformed key"),
        pytest.param(BadMessage("m"), 1016, id="2.3 unparsable"),
        pytest.param(UnexpectedAnswer("u"), 1033, id="2.3 wrong message"),
    ],
)
def test_failures_of_the_agency_have_codes(raised: Exception, code: int) -> None:
    """Each failure of the agency has its code, and its text is the cause."""
    with pytest.raises(VcxError) as caught, agency_errors():
        raise raised

    assert (caught.value.code, caught.value.causes) == (code, (str(raised),))


def test_2_3_some_calls_have_another_code_for_the_transport() -> None:
    """Provisioning reports a transport failure with 1033; other failures keep their codes."""
    with pytest.raises(VcxError) as caught, agency_errors(transport=Code.InvalidHttpResponse):
        raise AgencyError(500, b"broken")
    assert caught.value.code == 1033
    assert "broken" in caught.value.causes[-1]

    with pytest.raises(Unreadable), agency_errors():
        raise Unreadable("of no kind")
