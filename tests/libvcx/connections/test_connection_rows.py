"""What each C function refuses before it accepts a call, in the library's order.

Sections are those of docs/protocol/libvcx.md.
"""

import ctypes
import json
from typing import Any

import pytest

from connsim.libvcx.calls import Result, Row
from connsim.libvcx.connection_rows import CONNECTION_ROWS
from connsim.libvcx.library import Library
from tests.libvcx.conftest import Call

KNOWN, UNKNOWN = "the handle of a connection", ctypes.c_uint32(7)
TEXT, EMPTY, NO_UTF8, NULL = ctypes.c_char_p(b"x"), ctypes.c_char_p(b""), ctypes.c_char_p(b"\xff"), None
MESSAGE = {"statusCode": "MS-104", "senderDID": "d", "uid": "u", "type": "connReqAnswer"}
ONE, NONE = ctypes.c_uint32(1), ctypes.c_uint32(0)
RESULTS = {row.name.removeprefix("vcx_connection_"): row.result for row in CONNECTION_ROWS}


def message(**changed: Any) -> ctypes.c_char_p:
    """A stored message without payload, as C passes it."""
    whole = {name: value for name, value in (MESSAGE | changed).items() if value is not ...}
    return ctypes.c_char_p(json.dumps(whole).encode())


READ_ONLY = "update_state get_state serialize get_redirect_details info get_pw_did get_their_pw_did delete_connection"
NO_MESSAGE = {
    "lacks statusCode": message(statusCode=...),
    "lacks senderDID": message(senderDID=...),
    "lacks uid": message(uid=...),
    "lacks type": message(type=...),
    "has an unknown status": message(statusCode="MS-999"),
    "is half an object": ctypes.c_char_p(b"{"),
    "is a list": ctypes.c_char_p(b"[]"),
    "is of Aries": ctypes.c_char_p(b'{"@type": "x", "@id": "i"}'),
}
REFUSED: list[tuple[str, tuple[Any, ...], int]] = [
    *(("create", (text,), 1007) for text in (NULL, EMPTY, NO_UTF8)),
    *(("create_with_invite", (text, TEXT), 1007) for text in (NULL, EMPTY, NO_UTF8)),
    *(("create_with_invite", (TEXT, text), 1007) for text in (NULL, EMPTY)),
    *(("deserialize", (text,), 1007) for text in (NULL, EMPTY)),
    ("connect", (UNKNOWN, NO_UTF8), 1003),
    ("connect", (KNOWN, NO_UTF8), 1007),
    *((name, (UNKNOWN,), 1003) for name in READ_ONLY.split()),
    ("invite_details", (UNKNOWN, ctypes.c_bool(True)), 1003),
    ("redirect", (UNKNOWN, KNOWN), 1003),
    ("redirect", (KNOWN, UNKNOWN), 1003),
    ("update_state_with_message", (UNKNOWN, EMPTY), 1007),
    ("update_state_with_message", (UNKNOWN, TEXT), 1003),
    *(("update_state_with_message", (KNOWN, wrong), 1016) for wrong in NO_MESSAGE.values()),
    *(("send_message", (UNKNOWN, text, TEXT), 1007) for text in (NULL, EMPTY)),
    *(("send_message", (UNKNOWN, TEXT, text), 1007) for text in (NULL, EMPTY)),
    ("send_ping", (UNKNOWN, NO_UTF8), 1007),
    ("send_discovery_features", (UNKNOWN, NO_UTF8, NULL), 1007),
    ("send_discovery_features", (UNKNOWN, NULL, NO_UTF8), 1007),
    ("sign_data", (UNKNOWN, NULL, ONE), 1007),
    ("sign_data", (UNKNOWN, b"x", NONE), 1007),
    ("sign_data", (UNKNOWN, b"x", ONE), 1003),
    ("verify_signature", (UNKNOWN, NULL, ONE, b"x", ONE), 1007),
    ("verify_signature", (UNKNOWN, b"x", NONE, b"x", ONE), 1007),
    ("verify_signature", (UNKNOWN, b"x", ONE, NULL, ONE), 1007),
    ("verify_signature", (UNKNOWN, b"x", ONE, b"x", NONE), 1007),
    ("verify_signature", (UNKNOWN, b"x", ONE, b"x", ONE), 1003),
]
LATE = [
    ("send_message", (UNKNOWN, TEXT, TEXT)),
    ("send_ping", (UNKNOWN, NULL)),
    ("send_discovery_features", (UNKNOWN, NULL, NULL)),
]


def passed(library: Library, arguments: tuple[Any, ...]) -> list[Any]:
    """The arguments, with the handle of a connection where one is wanted."""
    session = library.session
    create = next(row for row in CONNECTION_ROWS if row.name == "vcx_connection_create")
    return [ctypes.c_uint32(create.run(session, "alice")) if one is KNOWN else one for one in arguments]


@pytest.mark.parametrize(
    ("name", "arguments", "code"), REFUSED, ids=[f"2.2 {name} {number}" for number, (name, *_) in enumerate(REFUSED)]
)
def test_refused_at_once(bare: Library, call: Call, name: str, arguments: tuple[Any, ...], code: int) -> None:
    """The function returns the code, and never calls back."""
    called = call(bare, f"vcx_connection_{name}", *passed(bare, arguments), result=RESULTS[name])

    assert (called.returned, called.answers) == (code, [])


@pytest.mark.parametrize(("name", "arguments"), LATE, ids=[f"2.2 {name}" for name, _ in LATE])
def test_unknown_handles_that_are_found_late(bare: Library, call: Call, name: str, arguments: tuple[Any, ...]) -> None:
    """These calls are accepted, and end in an error."""
    called = call(bare, f"vcx_connection_{name}", *arguments, result=RESULTS[name])

    assert (called.returned, called.code) == (0, 1048)


@pytest.mark.parametrize(
    "row", [row for row in CONNECTION_ROWS if row.result is not Result.RETURN], ids=lambda row: row.name
)
def test_nobody_to_call_back_comes_before_everything(bare: Library, row: Row) -> None:
    """Without a callback nothing else is looked at."""
    width = sum(kind.width for kind in row.arguments)

    assert getattr(bare, row.name)(0, *[None] * width, None) == 1007


@pytest.mark.parametrize("options", [NULL, EMPTY])
def test_options_of_connect_may_be_absent(bare: Library, call: Call, options: ctypes.c_char_p | None) -> None:
    """The call is accepted; here it ends for want of an agency."""
    called = call(bare, "vcx_connection_connect", *passed(bare, (KNOWN, options)), result=Result.TEXT)

    assert (called.returned, called.code) == (0, 1004)


def test_release_tells_at_once(bare: Library) -> None:
    """It has no callback; a handle can be released once."""
    (handle,) = passed(bare, (KNOWN,))

    assert [bare.vcx_connection_release(handle), bare.vcx_connection_release(handle)] == [0, 1003]
    assert bare.vcx_connection_release(UNKNOWN) == 1003
