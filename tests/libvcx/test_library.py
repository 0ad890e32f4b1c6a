"""The seam: every function keeps the contract of the library, whatever it is given.

Sections are those of docs/protocol/libvcx.md.
"""

import ctypes
import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from connsim.libvcx.calls import DATA, HANDLE, NUMBER, OPTIONAL, TEXT, Result, Row
from connsim.libvcx.connection_rows import CONNECTION_ROWS
from connsim.libvcx.errors import Code
from connsim.libvcx.library import Library
from connsim.libvcx.lifecycle import LIFECYCLE_ROWS
from connsim.libvcx.mailboxes import MAILBOX_ROWS
from connsim.libvcx.provisioning import PROVISIONING_ROWS
from connsim.libvcx.session import Session
from tests.libvcx.conftest import Call, Details

ROWS = {row.name: row for row in (*LIFECYCLE_ROWS, *PROVISIONING_ROWS, *MAILBOX_ROWS, *CONNECTION_ROWS)}
ACCEPTED = [row for row in ROWS.values() if row.result is not Result.RETURN]
CONNECTION = "vcx_connection_"

# What stands for each kind of argument when all is well.
GOOD: dict[Any, tuple[Any, ...]] = {
    TEXT: (b"text",),
    OPTIONAL: (None,),
    NUMBER: (ctypes.c_uint32(1),),
    DATA: (b"data", ctypes.c_uint32(4)),
}
GARBAGE: list[Any] = [
    None,
    b"",
    b"\xff\xfe",
    b"\0",
    b"{",
    b"{}",
    b"[]",
    b"null",
    b"1e400",
    b'"text"',
    b'{"version": "1.0", "data": null}',
    b'{"@id": 1, "label": [], "recipientKeys": "x", "serviceEndpoint": {}}',
    b"[" * 5000,
    b"x" * 1_000_000,
    "str",
    7,
    -1,
    1.5,
    object(),
    [],
    ctypes.c_uint32(0),
    ctypes.c_char_p(None),
    ctypes.create_string_buffer(b"buffer"),
    ctypes.c_bool(True),
]


@pytest.fixture
def connection(bare: Library, call: Call) -> int:
    """The handle of a connection."""
    return int(call(bare, f"{CONNECTION}create", b"alice", result=Result.NUMBER).result)


def good(row: Row, handle: int) -> list[tuple[Any, ...]]:
    """Good arguments for a row, one tuple for each kind."""
    return [GOOD.get(kind, (ctypes.c_uint32(handle),)) for kind in row.arguments]


def flat(arguments: list[tuple[Any, ...]]) -> list[Any]:
    """As C gets them."""
    return [one for several in arguments for one in several]


def test_1_9_1_10_every_function_of_the_wrapper_is_there() -> None:
    """What the wrapper calls for connections, the agency and the library itself is in the tables."""
    assert {name.removeprefix(CONNECTION) for name in ROWS if name.startswith(CONNECTION)} == {
        *("create", "create_with_invite", "connect", "redirect", "get_redirect_details", "serialize", "deserialize"),
        *("update_state", "update_state_with_message", "get_state", "invite_details", "send_message", "sign_data"),
        *("verify_signature", "delete_connection", "release", "send_ping", "send_discovery_features", "get_pw_did"),
        *("get_their_pw_did", "info"),
    }
    assert {name for name in ROWS if not name.startswith(CONNECTION)} == {
        *("vcx_init", "vcx_init_with_config", "vcx_init_minimal", "vcx_shutdown", "vcx_version"),
        *("vcx_set_logger_with_max_lvl", "vcx_update_institution_info", "vcx_wallet_set_handle"),
        *("vcx_pool_set_handle", "vcx_agent_provision_async", "vcx_agent_update_info", "vcx_messages_download"),
        *("vcx_messages_update_status", "vcx_set_next_agency_response"),
    }


@pytest.mark.parametrize("name", [*ROWS, "vcx_error_c_message", "vcx_get_current_error", "vcx_proof_create"])
def test_1_11_s1_functions_take_attributes(bare: Library, name: str) -> None:
    """The wrapper sets one on them, which a bound method would not stand."""
    getattr(bare, name).restype = ctypes.c_char_p

    assert getattr(bare, name).restype is ctypes.c_char_p


@pytest.mark.parametrize("name", ["restype", "__len__", "_handle", "indy_init", "Vcx_init", "pytest_mark"])
def test_1_11_s1_other_names_are_not_there(bare: Library, name: str) -> None:
    """Tools that look for them must not find them."""
    with pytest.raises(AttributeError, match=name):
        getattr(bare, name)


@pytest.mark.parametrize("name", ["vcx_proof_create", "vcx_wallet_add_record", "vcx_mint_tokens", "vcx_made_up"])
def test_what_is_not_played_says_so(bare: Library, details: Details, name: str) -> None:
    """It returns a code, calls nothing back, and the details name it."""
    assert getattr(bare, name)(1, b"x", lambda *_: pytest.fail("called back")) == 1103
    assert name in details(bare)["cause"]


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row.name)
def test_2_2_a_call_without_a_callback_is_refused(bare: Library, connection: int, row: Row) -> None:
    """1007, before anything else."""
    function = getattr(bare, row.name)

    assert function(1, *flat(good(row, connection)), None) == 1007
    assert function(1) == function() == 1007


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row.name)
def test_a_call_with_too_few_or_too_many_arguments_is_refused(
    bare: Library, connection: int, call: Call, row: Row
) -> None:
    """Natively that is a crash."""
    arguments = flat(good(row, connection))
    assert call(bare, row.name, *arguments, b"more", result=row.result).returned == 1007
    assert call(bare, row.name, *arguments[:-1], result=row.result).returned == 1007


UNKNOWN = ctypes.c_uint32(0)
CHECKED = [row for row in ACCEPTED if HANDLE in row.arguments]
UNCHECKED = ["send_message", "send_ping", "send_discovery_features"]


@pytest.mark.parametrize("row", CHECKED, ids=lambda row: row.name)
@pytest.mark.parametrize("how", ["0", "made up", "released", "after shutdown"])
def test_2_2_an_unknown_handle_is_refused(bare: Library, connection: int, call: Call, row: Row, how: str) -> None:
    """1003 at once, with the other arguments good."""
    handle = {"0": 0, "made up": connection ^ 1}.get(how, connection)
    if how == "released":
        assert bare.vcx_connection_release(ctypes.c_uint32(connection)) == 0
    elif how == "after shutdown":
        bare.vcx_shutdown(ctypes.c_bool(False))

    arguments = good(row, handle)
    if row.name == f"{CONNECTION}update_state_with_message":
        arguments[1] = (json.dumps({"statusCode": "MS-104", "senderDID": "", "uid": "u", "type": "x"}).encode(),)
    assert call(bare, row.name, *flat(arguments), result=row.result).returned == 1003


@pytest.mark.parametrize("name", UNCHECKED)
def test_2_2_three_functions_check_their_handle_late(bare: Library, call: Call, name: str) -> None:
    """1048, by the callback."""
    row = ROWS[CONNECTION + name]
    called = call(bare, row.name, *flat([(UNKNOWN,), *good(row, 0)[1:]]), result=row.result)

    assert (called.returned, called.code) == (0, 1048)


def test_2_2_release_tells_an_unknown_handle(bare: Library, connection: int) -> None:
    """1003, also the second time."""
    assert bare.vcx_connection_release(UNKNOWN) == 1003
    assert bare.vcx_connection_release(ctypes.c_uint32(connection)) == 0
    assert bare.vcx_connection_release(ctypes.c_uint32(connection)) == 1003


LIVE = object()  # stands for a handle that is known
MESSAGE = b"{}"


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        pytest.param("create", (b"",), 1007, id="2.2 create empty"),
        pytest.param("create", (None,), 1007, id="2.2 create null"),
        pytest.param("create", (b"\xff",), 1007, id="2.2 create no UTF-8"),
        pytest.param("create_with_invite", (b"", b"{}"), 1007, id="2.2 with_invite no id"),
        pytest.param("create_with_invite", (b"x", None), 1007, id="2.2 with_invite null"),
        pytest.param("deserialize", (b"",), 1007, id="2.2 deserialize empty"),
        pytest.param("connect", (UNKNOWN, b"\xff"), 1003, id="2.2 connect handle first"),
        pytest.param("connect", (LIVE, b"\xff"), 1007, id="2.2 connect no UTF-8"),
        pytest.param("redirect", (LIVE, UNKNOWN), 1003, id="2.2 redirect other handle"),
        pytest.param("update_state_with_message", (UNKNOWN, b""), 1007, id="2.2 with_message empty first"),
        pytest.param("update_state_with_message", (UNKNOWN, MESSAGE), 1003, id="2.2 with_message handle next"),
        pytest.param("update_state_with_message", (LIVE, MESSAGE), 1016, id="2.2 with_message unparsable last"),
        pytest.param("send_message", (UNKNOWN, b"", b"{}"), 1007, id="2.2 send_message empty"),
        pytest.param("send_message", (UNKNOWN, b"x", b""), 1007, id="2.2 send_message no options"),
        pytest.param("send_ping", (UNKNOWN, b"\xff"), 1007, id="2.2 ping no UTF-8"),
        pytest.param("send_discovery_features", (UNKNOWN, None, b"\xff"), 1007, id="2.2 discovery no UTF-8"),
        pytest.param("sign_data", (UNKNOWN, b"", ctypes.c_uint32(0)), 1007, id="2.2 sign data first"),
        pytest.param("sign_data", (LIVE, None, ctypes.c_uint32(3)), 1007, id="2.2 sign null"),
        pytest.param("sign_data", (LIVE, b"abc", ctypes.c_uint32(0)), 1007, id="2.2 sign length 0"),
        pytest.param("verify_signature", (UNKNOWN, b"x", 1, b"", 0), 1007, id="2.2 verify signature first"),
        pytest.param("verify_signature", (LIVE, b"", 0, b"x", 1), 1007, id="2.2 verify no data"),
    ],
)
def test_synchronous_checks(
    bare: Library, connection: int, call: Call, details: Details, name: str, arguments: tuple[Any, ...], code: int
) -> None:
    """What is refused at once, in the library's order; the details are there for the caller."""
    row = ROWS[CONNECTION + name]
    given = [ctypes.c_uint32(connection) if one is LIVE else one for one in arguments]

    called = call(bare, row.name, *given, result=row.result)

    assert (called.returned, called.answers) == (code, [])
    assert details(bare)["error"] == Code(code).kind


def test_1_11_s3_a_callback_comes_from_another_thread(bare: Library, call: Call) -> None:
    """Once, and not from the caller's, be it for good or bad news."""
    for name, argument, result in (("create", b"x", Result.NUMBER), ("deserialize", b"{}", Result.NUMBER)):
        called = call(bare, CONNECTION + name, argument, result=result)

        assert len(called.answers) == 1
        assert called.threads != [threading.current_thread()]


def test_1_11_s5_details_belong_to_a_thread(bare: Library, call: Call, details: Details) -> None:
    """Neither another thread's nor a worker's are seen; the worker's own are there in the callback."""
    assert details(bare) is None
    told: list[Any] = []
    done = threading.Event()

    def answer(command: int, code: int, handle: int) -> None:
        told.append((code, details(bare)))
        done.set()

    callback = ctypes.CFUNCTYPE(None, *[ctypes.c_uint32] * 3)(answer)
    assert bare.vcx_connection_deserialize(1, b"nonsense", callback) == 0
    assert done.wait(10)
    assert details(bare) is None
    assert told[0][0] == 1016
    assert set(told[0][1]) == {"error", "message", "cause", "backtrace"}

    assert call(bare, f"{CONNECTION}create", b"", result=Result.NUMBER).returned == 1007
    assert details(bare)["error"] == "Invalid Option"
    assert bare.vcx_connection_release(UNKNOWN) == 1003
    assert details(bare)["error"] == "Invalid Connection Handle"


def test_1_6_details_can_be_asked_for_through_any_pointer(bare: Library) -> None:
    """By byref, as the wrapper does, or through a real one."""
    bare.vcx_connection_release(UNKNOWN)
    place = ctypes.c_char_p()

    bare.vcx_get_current_error(ctypes.pointer(place))

    assert place.value is not None
    assert json.loads(place.value)["error"] == "Invalid Connection Handle"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        pytest.param(0, b"Success", id="1.5 success"),
        pytest.param(1003, b"Invalid Connection Handle", id="6.1 known"),
        pytest.param(1079, b"Wallet Not Found", id="6.1 test_error"),
        pytest.param(1107, b"Unknown Error", id="6.1 unknown"),
        pytest.param(113, b"Unknown Error", id="6.1 libindy's"),
    ],
)
def test_1_6_texts_of_codes(bare: Library, code: int, text: bytes) -> None:
    """An unknown one has the text of 1001."""
    assert bare.vcx_error_c_message(ctypes.c_uint32(code)) == text


def test_1_9_version(bare: Library) -> None:
    """Bytes that begin with the version of the native library."""
    assert bare.vcx_version().startswith(b"0.9.0+")


def test_1_2_texts_end_at_a_nul(bare: Library, call: Call) -> None:
    """As they do in C."""
    handle = call(bare, f"{CONNECTION}create", b"alice\0bob", result=Result.NUMBER).result
    told = call(bare, f"{CONNECTION}serialize", ctypes.c_uint32(handle), result=Result.TEXT).result

    assert json.loads(told)["data"]["source_id"] == "alice"
    assert call(bare, f"{CONNECTION}create", b"\0x", result=Result.NUMBER).returned == 1007


def test_1_2_numbers_are_taken_modulo_32_bits(bare: Library, connection: int, call: Call) -> None:
    """As they are in C."""
    assert call(bare, f"{CONNECTION}get_state", connection + 2**32, result=Result.NUMBER).result == 1


@pytest.mark.parametrize(
    "data", [b"data and more", ctypes.create_string_buffer(b"data and more")], ids=["bytes", "array"]
)
def test_1_2_data_is_as_long_as_its_length_says(bare: Library, connection: int, call: Call, data: Any) -> None:
    """Whatever stands behind it; with the mocked wallet a signature is what was signed."""
    bare.session.settings.update({"enable_test_mode": "true"})

    called = call(
        bare, f"{CONNECTION}sign_data", ctypes.c_uint32(connection), data, ctypes.c_uint32(4), result=Result.DATA
    )

    assert (called.result[:4], called.answers[0][2]) == ([*b"data"], 4)


def test_an_own_failure_is_told_and_noted(call: Call, caplog: pytest.LogCaptureFixture) -> None:
    """It ends in 1001, is logged, and stands among the session's failures; the next call works."""
    session = Session("test")
    library = Library(session)
    settings = session.settings
    del session.settings

    with caplog.at_level(logging.ERROR):
        assert call(library, f"{CONNECTION}create", b"x", result=Result.NUMBER).code == 1001
        assert library.vcx_update_institution_info(b"n", b"l") == 1001

    assert [type(failure) for failure in session.failures] == [AttributeError] * 2
    assert caplog.text.count("this is not the client's fault") == 2
    session.settings = settings
    assert call(library, f"{CONNECTION}create", b"x", result=Result.NUMBER).code == 1057


def test_a_callback_that_raises_harms_nobody_else(bare: Library, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of ctypes' is told by ctypes, a plain one by its thread; the next call is answered."""
    raised: list[Any] = []
    monkeypatch.setattr("sys.unraisablehook", lambda told: raised.append(told.exc_type))
    monkeypatch.setattr(threading, "excepthook", lambda told: raised.append(told.exc_type))

    def fails(*_: object) -> None:
        raise ValueError

    callback = ctypes.CFUNCTYPE(None, *[ctypes.c_uint32] * 3)(fails)
    for one in (callback, fails):
        assert bare.vcx_connection_create(1, b"x", one) == 0

    assert call(bare, f"{CONNECTION}create", b"x", result=Result.NUMBER).code == 0
    assert raised == [ValueError, ValueError]


def hostile() -> Iterator[Any]:
    """Every function with garbage for each of its texts and data, the rest good."""
    for row in ACCEPTED:
        for place, kind in enumerate(row.arguments):
            if kind in (TEXT, OPTIONAL, DATA):
                yield pytest.param(row, place, id=f"{row.name}-{place}")


@pytest.mark.parametrize("mode", ["false", "true", "agency"])
@pytest.mark.parametrize(("row", "place"), list(hostile()))
def test_garbage_in_every_text(call: Call, row: Row, place: int, mode: str) -> None:
    """Each call ends in one code that the wrapper knows, and never in a failure of the stand-in's own."""
    for garbage in GARBAGE:
        session = Session("test")
        session.create_wallet()
        session.open_wallet()
        session.settings.update({"enable_test_mode": mode})
        library = Library(session)
        connection = call(library, f"{CONNECTION}create", b"alice", result=Result.NUMBER).result
        arguments = good(row, connection)
        arguments[place] = (garbage, ctypes.c_uint32(5)) if row.arguments[place] is DATA else (garbage,)

        code = call(library, row.name, *flat(arguments), result=row.result).code

        assert code in Code._value2member_map_
        assert session.failures == []
