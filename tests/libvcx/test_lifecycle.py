"""From init to shutdown.

Sections are those of docs/protocol/libvcx.md, 6.4 of docs/protocol/vcx-agency.md.
"""

import ctypes
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connsim.core.exchange import Reply
from connsim.libvcx.library import Library
from connsim.libvcx.session import Session
from connsim.libvcx.settings import TEST_MODE
from tests.libvcx.conftest import Call, Details

DID = "2hoqvcwupRTUNkXn6ArYzs"
VERKEY = "FuN98eH2eZybECWkofW6A9BKJxxnTatBCopfUiNxo6ZB"


@pytest.fixture
def fresh() -> Library:
    """A library with a closed wallet of the default name, whose key is "k"."""
    session = Session("test")
    session.wallets.create("LIBVCX_SDK_WALLET", "k", None)
    return Library(session)


def config(**more: Any) -> bytes:
    """Return a configuration."""
    return json.dumps({"wallet_key": "k"} | more).encode()


def logger(logged: list[tuple[Any, ...]]) -> Any:
    """Return a log callback as the wrapper makes it."""
    text, number = ctypes.c_char_p, ctypes.c_int
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, number, text, text, text, text, number)
    return kind(lambda *record: logged.append(record))


@pytest.mark.parametrize(
    ("given", "returned", "code"),
    [
        pytest.param(config(), 0, 0, id="5.1 fine"),
        pytest.param(TEST_MODE.encode(), 0, 0, id="5.1 the word"),
        pytest.param(b"", 1007, 1007, id="5.1 empty"),
        pytest.param(None, 1007, 1007, id="5.1 null"),
        pytest.param(b"\xff", 1007, 1007, id="5.1 no UTF-8"),
        pytest.param(b"{", 1016, 1016, id="5.1 no JSON"),
        pytest.param(config(protocol_version=2), 1016, 1016, id="5.1 number"),
        pytest.param(b"{}", 1069, 1069, id="5.2 no wallet key"),
        pytest.param(config(agency_did="x"), 1008, 1008, id="5.3 did"),
        pytest.param(config(actors=["x"]), 1007, 1007, id="5.3 actors"),
        pytest.param(config(wallet_name="other"), 0, 1079, id="5.1 no such wallet"),
        pytest.param(config(wallet_key="other"), 0, 1075, id="5.1 wrong key"),
        pytest.param(config(storage_config="x"), 0, 1004, id="storage that is no object"),
        pytest.param(config(genesis_path="/nowhere/genesis"), 0, 1024, id="5.1 no genesis file"),
        pytest.param(config(genesis_path=__file__), 0, 1024, id="5.1 file that is no genesis"),
    ],
)
def test_init_with_config(fresh: Library, call: Call, given: bytes | None, returned: int, code: int) -> None:
    """Errors of the configuration are returned at once, later ones by the callback."""
    called = call(fresh, "vcx_init_with_config", ctypes.c_char_p(given))

    assert (called.returned, called.code) == (returned, code)
    assert bool(fresh.session.wallets.handle) is (code == 0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(config(), 0, id="5.1 fine"),
        pytest.param(b"{", 1004, id="5.1 no JSON"),
        pytest.param(b"\xff", 1004, id="5.1 no text"),
        pytest.param(config(agency_did="x"), 1004, id="5.1 wrong content"),
        pytest.param(None, 1004, id="5.1 no file"),
    ],
)
def test_init_with_a_file(
    fresh: Library, call: Call, details: Details, tmp_path: Path, content: bytes | None, code: int
) -> None:
    """Any error of the file or its content is 1004."""
    path = tmp_path / "config.json"
    if content is not None:
        path.write_bytes(content)

    assert call(fresh, "vcx_init", str(path).encode()).code == code
    assert code == 0 or details(fresh)["error"] == "Invalid Configuration"


def test_5_1_a_second_init_is_refused_and_merged(fresh: Library, call: Call) -> None:
    """A second init is 1044 by either function, but its settings are merged; after a shutdown it works again."""
    assert call(fresh, "vcx_init_with_config", config()).code == 0

    again = call(fresh, "vcx_init_with_config", config(institution_name="second"))
    assert (again.returned, fresh.session.settings.get("institution_name")) == (1044, "second")
    assert call(fresh, "vcx_init", TEST_MODE.encode()).returned == 1044

    assert fresh.vcx_shutdown(ctypes.c_bool(False)) == 0
    assert fresh.session.settings.get("institution_name") is None
    assert call(fresh, "vcx_init_with_config", config()).code == 0


def test_5_2_an_open_wallet_needs_no_key(fresh: Library, call: Call) -> None:
    """With a wallet handle set no key is required, and the library counts as initialized."""
    assert fresh.vcx_wallet_set_handle(ctypes.c_uint32(9)) == 9
    assert call(fresh, "vcx_init_with_config", b"{}").code == 1044
    assert fresh.vcx_wallet_set_handle(ctypes.c_uint32(0)) == 0
    assert call(fresh, "vcx_init_with_config", b"{}").code == 1069


def test_5_1_the_pool_comes_first(fresh: Library, call: Call, tmp_path: Path) -> None:
    """A valid genesis file opens a pool; a bad pool_config is 1026, before the wallet is opened."""
    genesis = tmp_path / "genesis"
    genesis.write_text('{"a":1}\n{"b":2}\n')
    good = {"genesis_path": str(genesis)}

    assert call(fresh, "vcx_init_with_config", config(wallet_name="none", pool_config="{", **good)).code == 1026
    assert call(fresh, "vcx_init_with_config", config(wallet_name="none", pool_config="{}", **good)).code == 1079
    assert fresh.session.pool is not None


@pytest.mark.parametrize(
    ("status", "code"), [pytest.param(404, 1033, id="5.1 refused"), pytest.param(200, 1080, id="6.4 garbage")]
)
def test_a_webhook_that_fails_leaves_the_wallet_open(
    fresh: Library, call: Call, serve: Callable[[Reply], str], status: int, code: int
) -> None:
    """If the webhook's registration fails, init fails, and a second init is refused as a repetition."""
    owner = _owner(fresh)
    given = config(
        agency_endpoint=serve(Reply(status, b"?")),
        agency_did=DID,
        agency_verkey=VERKEY,
        remote_to_sdk_did=DID,
        remote_to_sdk_verkey=VERKEY,
        sdk_to_remote_verkey=owner,
        webhook_url="http://w.example",
    )

    assert call(fresh, "vcx_init_with_config", given).code == code
    assert call(fresh, "vcx_init_with_config", given).code == 1044


def test_5_1_no_agent_no_webhook(fresh: Library, call: Call) -> None:
    """Without remote_to_sdk_did no webhook is registered."""
    assert call(fresh, "vcx_init_with_config", config(webhook_url="http://w.example")).code == 0


@pytest.mark.parametrize(
    ("wallet", "pool", "given", "code"),
    [
        pytest.param(1, 1, b"{}", 0, id="7 both set"),
        pytest.param(1, 1, b'{"agency_did": "x"}', 0, id="5.1 not validated"),
        pytest.param(0, 1, b"{}", 1081, id="5.1 no wallet"),
        pytest.param(1, 0, b"{}", 1081, id="5.1 no pool"),
        pytest.param(1, -1, b"{}", 1081, id="5.7 negative pool"),
        pytest.param(1, 1, b"", 1007, id="5.1 empty"),
        pytest.param(1, 1, b"{", 1016, id="5.1 no JSON"),
    ],
)
def test_init_minimal(fresh: Library, wallet: int, pool: int, given: bytes, code: int) -> None:
    """Minimal init needs the two handles, and returns its code."""
    assert fresh.vcx_wallet_set_handle(ctypes.c_uint32(wallet)) == wallet
    assert fresh.vcx_pool_set_handle(ctypes.c_uint32(pool)) == pool

    assert fresh.vcx_init_minimal(ctypes.c_char_p(given)) == code


@pytest.mark.parametrize(("delete", "code"), [(False, 0), (True, 1079)])
def test_5_7_shutdown(fresh: Library, call: Call, delete: bool, code: int) -> None:
    """Shutdown drops everything, and the wallet only on request; it always succeeds."""
    assert fresh.vcx_shutdown(ctypes.c_bool(delete)) == 0
    fresh.session.wallets.create("w", "k", None)
    assert call(fresh, "vcx_init_with_config", config(wallet_name="w", enable_test_mode="agency")).code == 0
    handle = fresh.session.objects.add("thing")
    fresh.vcx_set_next_agency_response(ctypes.c_uint32(3))

    assert fresh.vcx_shutdown(ctypes.c_bool(delete)) == 0

    session = fresh.session
    assert (handle in session.objects, session.answers, session.pool, session.wallets.handle) == (False, [], None, 0)
    assert not session.settings.mock_agency
    assert call(fresh, "vcx_init_with_config", config(wallet_name="w")).code == code


def test_1_9_institution_info(fresh: Library) -> None:
    """Either both texts are set, or neither."""
    assert fresh.vcx_update_institution_info(b"n", b"no url") == 0
    assert fresh.vcx_update_institution_info(b"", b"l") == 1004
    assert fresh.vcx_update_institution_info(b"x", None) == 1004

    get = fresh.session.settings.get
    assert (get("institution_name"), get("institution_logo_url")) == ("n", "no url")


def test_5_5_replies_are_stored_in_test_mode_only(fresh: Library) -> None:
    """Replies for the mocked agency are ignored unless it is mocked."""
    fresh.vcx_set_next_agency_response(ctypes.c_uint32(3))
    assert fresh.session.answers == []

    fresh.session.settings.merge(TEST_MODE)
    fresh.vcx_set_next_agency_response(ctypes.c_uint32(3))
    assert fresh.session.answers == [3]


def test_1_3_the_log_goes_to_the_callback(fresh: Library, call: Call) -> None:
    """The callback gets the log up to the level, in the form that the wrapper reads."""
    logged: list[tuple[Any, ...]] = []
    assert fresh.vcx_set_logger_with_max_lvl(None, None, logger(logged), None, ctypes.c_uint32(2)) == 0

    for level, text in ((3, "no"), (2, "warning \ud800"), (1, "error")):
        fresh.session.log(level, text)

    assert [(record[1], record[3]) for record in logged] == [(2, b"warning ?"), (1, b"error")]
    for _, level, target, message, module, file, line in logged:
        assert isinstance(target, bytes)
        assert isinstance(message, bytes)
        assert isinstance(file, bytes)
        assert (level in range(1, 6), module, line) == (True, None, 0)


@pytest.mark.parametrize(
    ("callback", "level", "code"),
    [
        pytest.param(None, 1, 1007, id="1.3 no callback"),
        pytest.param(print, 6, 1007, id="1.3 no such level"),
        pytest.param(print, 0, 0, id="1.3 off"),
    ],
)
def test_setting_the_logger(fresh: Library, callback: Any, level: int, code: int) -> None:
    """Invalid arguments have their code, and a second logger is refused."""
    assert fresh.vcx_set_logger_with_max_lvl(None, None, callback, None, ctypes.c_uint32(level)) == code
    again = fresh.vcx_set_logger_with_max_lvl(None, None, print, None, ctypes.c_uint32(1))
    assert again == (1090 if code == 0 else 0)


def test_a_log_callback_that_fails_is_ignored(fresh: Library) -> None:
    """An exception in the log callback is ignored."""

    def fails(*_: object) -> None:
        raise ValueError

    fresh.vcx_set_logger_with_max_lvl(None, None, fails, None, ctypes.c_uint32(5))
    fresh.session.log(1, "x")


def _owner(library: Library) -> str:
    wallets = library.session.wallets
    wallets.open("LIBVCX_SDK_WALLET", "k", None)
    owner = wallets.current.new_pair().verkey
    wallets.close()
    return owner
