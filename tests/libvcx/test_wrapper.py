"""The real wrapper on the stand-in: installing, event loops that start and end, and the interpreter's end.

Sections are those of docs/protocol/libvcx.md.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connsim import World
from connsim.agency.agency import Agency
from connsim.core.durations import SECOND
from connsim.core.exchange import Reply
from connsim.errors import Misuse
from connsim.libvcx import install, uninstall
from connsim.libvcx.library import Library
from tests.libvcx.conftest import Provisioning

pytest.importorskip("vcx", reason="the wrapper is not installed; run: pip install 'connsim[vcx]'")

import vcx.cdll
import vcx.common
from vcx.api.connection import Connection
from vcx.api.schema import Schema
from vcx.api.utils import vcx_agent_provision, vcx_pool_set_handle
from vcx.api.vcx_base import VcxBase
from vcx.api.vcx_init import vcx_init, vcx_init_minimal, vcx_init_with_config
from vcx.api.wallet import Wallet
from vcx.error import ErrorCode, VcxError, error_message


@pytest.fixture
def undone() -> Iterator[None]:
    """Uninstall after the test."""
    yield
    uninstall()


@pytest.fixture
def futures() -> Iterator[dict[int, Any]]:
    """The wrapper's table of unanswered calls; an entry after the test is a leak."""
    before = dict(vcx.common._futures)
    yield vcx.common._futures
    assert vcx.common._futures.keys() <= before.keys()


def pause(seconds: float) -> None:
    """Block the loop, as examples for libvcx do."""
    time.sleep(seconds)


async def start(provisioning: dict[str, Any]) -> None:
    """Provision and initialize."""
    config = json.loads(await vcx_agent_provision(json.dumps(provisioning)))
    del config["genesis_path"]
    await vcx_init_with_config(json.dumps(config))


class TestInstalling:
    """The effects of `install` and `uninstall` on the wrapper."""

    @pytest.mark.usefixtures("undone")
    def test_1_1_the_wrapper_loads_the_stand_in(self) -> None:
        """The wrapper loads the stand-in by its own function, which sets the logger, until it is uninstalled."""
        load = vcx.cdll._load_cdll
        session = install()
        assert isinstance(vcx.cdll._cdll(), Library)
        assert vcx.cdll._cdll().session is session
        assert vcx.cdll._cdll().vcx_set_logger_with_max_lvl(None, None, print, None, 1) == 1090

        uninstall()
        assert vcx.cdll._load_cdll is load
        assert not hasattr(vcx.cdll._cdll, "cdll")

    @pytest.mark.usefixtures("undone")
    def test_uninstalling_restores_what_was_loaded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Uninstalling restores what was loaded before, be it the native library or a substitute of the user's."""
        monkeypatch.setattr(vcx.cdll._cdll, "cdll", "native", raising=False)

        install()
        assert isinstance(vcx.cdll._cdll(), Library)
        install()
        assert isinstance(vcx.cdll._cdll(), Library)
        uninstall()
        assert vcx.cdll._cdll() == "native"
        uninstall()

    @pytest.mark.usefixtures("undone")
    def test_installing_again_resets(self) -> None:
        """After a second install nothing is initialized, and the wrapper's objects are gone."""
        install()
        asyncio.run(vcx_init("ENABLE_TEST_MODE"))
        old = asyncio.run(Connection.create("old"))

        session = install()

        assert old.handle not in VcxBase.HANDLES
        assert session.settings.get("wallet_name") is None
        with pytest.raises(VcxError):
            asyncio.run(old.get_state())
        old.release()

    @pytest.mark.parametrize("name", ["vcx", "vcx.cdll"])
    def test_without_the_wrapper_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        """Without the wrapper, installing fails with what to install, and uninstalling does nothing."""
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, "vcx.cdll") if name == "vcx" else None

        with pytest.raises(Misuse, match=r"pip install 'connsim\[vcx\]'"):
            install()
        uninstall()

    @pytest.mark.usefixtures("undone")
    @pytest.mark.parametrize(("first", "second", "same"), [("a", "a", True), ("a", "b", False), (None, None, False)])
    def test_a_seed_repeats_the_keys(self, first: str | None, second: str | None, same: bool) -> None:
        """A seed repeats the keys; without one, they always differ."""
        dids = []
        for seed in (first, second):
            session = install(seed)
            session.create_wallet()
            session.open_wallet()
            dids.append(asyncio.run(asyncio.wait_for(_pairwise_did(), 10)))

        assert (dids[0] == dids[1]) is same


async def _pairwise_did() -> str:
    return str(await (await Connection.create("x")).get_my_pw_did())


@pytest.mark.usefixtures("library", "futures")
class TestLoops:
    """Calls from event loops that start and end."""

    def test_1_11_s8_twenty_loops_one_after_another(self) -> None:
        """One connection can be used from twenty loops in turn."""
        asyncio.run(vcx_init("ENABLE_TEST_MODE"))
        connection = asyncio.run(Connection.create("alice"))

        states = [asyncio.run(connection.update_state()) for _ in range(20)]

        assert states == [1] * 20

    def test_eight_calls_in_parallel(
        self, connsim: World, agency: Agency, provisioning: Provisioning, serve: Callable[[Reply], str]
    ) -> None:
        """Each parallel call is answered, and their posts do not mix."""

        async def flow() -> list[int]:
            await start(provisioning())
            connections = await asyncio.gather(*(Connection.create(f"c{n}") for n in range(8)))
            await asyncio.gather(*(connection.connect("{}") for connection in connections))
            return list(await asyncio.gather(*(connection.get_state() for connection in connections)))

        assert asyncio.run(flow()) == [2] * 8
        messages = [e.message for e in connsim.journal.exchanges()]
        assert messages[3:] == ["UPDATE_CONFIGS", "CREATE_KEY", "CONN_REQUEST"] * 8

    def test_1_5_errors_are_raised_by_the_await(self) -> None:
        """Early and late errors are raised by the await, with text and cause."""

        async def failing() -> tuple[VcxError, VcxError]:
            await vcx_init("ENABLE_TEST_MODE")
            connection = await Connection.create("alice")
            with pytest.raises(VcxError) as late:
                await connection.connect("{")
            connection.release()
            with pytest.raises(VcxError) as early:
                await connection.get_state()
            vcx.common._futures.clear()  # the wrapper leaves the entry of an early error
            return late.value, early.value

        late, early = asyncio.run(failing())
        assert (late.error_code, late.error_msg) == (ErrorCode.InvalidOption, "Invalid Option")
        assert late.sdk_error_full_message.startswith("Error: Invalid Option\n  Caused by: ")
        assert "JSON" in late.sdk_error_cause
        assert late.sdk_error_backtrace is None
        assert early.error_code == ErrorCode.InvalidConnectionHandle

    def test_2_3_an_agency_that_never_answers_takes_50_seconds(
        self, connsim: World, agency: Agency, provisioning: Provisioning, serve: Callable[[Reply], str]
    ) -> None:
        """The wait is 50 seconds of virtual time, during which the loop continues."""
        silent = serve(Reply(200, wait=None))

        async def flow() -> float:
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                while True:
                    await asyncio.sleep(1)
                    ticks += 1

            ticking = asyncio.create_task(tick())
            with pytest.raises(VcxError) as caught:
                await vcx_agent_provision(json.dumps(provisioning(agency_url=silent)))
            ticking.cancel()
            assert caught.value.error_code == ErrorCode.InvalidHttpResponse
            return ticks

        assert asyncio.run(flow()) in (49, 50)
        assert connsim.clock.elapsed() == 50 * SECOND

    def test_1_5_a_cancelled_await_is_tolerated(
        self, connsim: World, provisioning: Provisioning, serve: Callable[[Reply], str], agency: Agency
    ) -> None:
        """A cancelled call continues, its answer is ignored, and the next call runs."""
        silent = serve(Reply(200, wait=20 * SECOND))

        async def flow() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(vcx_agent_provision(json.dumps(provisioning(agency_url=silent))), 10)
            assert connsim.clock.elapsed() == 10 * SECOND
            with pytest.raises(VcxError):  # it ran after the cancelled call, which left its wallet open
                await vcx_agent_provision(json.dumps(provisioning()))
            assert connsim.clock.elapsed() == 20 * SECOND

        asyncio.run(flow())

    def test_a_loop_that_is_closed_early_causes_no_output(
        self,
        connsim: World,
        provisioning: Provisioning,
        serve: Callable[[Reply], str],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """If a loop is closed before the answer, nothing is printed, and the next loop's calls are answered."""
        connsim.agency.url = serve(Reply(200, wait=20 * SECOND))

        async def begin() -> None:
            task = asyncio.create_task(vcx_agent_provision(json.dumps(provisioning())))
            await asyncio.wait([task], timeout=5)

        asyncio.run(begin())
        time.sleep(30)
        with pytest.raises(VcxError) as caught:
            asyncio.run(vcx_agent_provision(json.dumps(provisioning())))

        assert caught.value.error_code == ErrorCode.WalletAlreadyOpen
        assert capsys.readouterr().err == ""
        vcx.common._futures.clear()  # the closed loop cannot remove its entry

    def test_polling_with_a_blocking_pause(self, connsim: World, agency: Agency, provisioning: Provisioning) -> None:
        """A client that blocks its loop between polls is answered, at its own pace."""
        connsim.script("vcx-holder", "accepts after 90 seconds", label="Faber")

        async def flow() -> int:
            await start(provisioning())
            connection = await Connection.create("alice")
            await connection.connect("{}")
            polls = 0
            while await connection.update_state() != 4:
                pause(2)
                polls += 1
            return polls

        assert asyncio.run(flow()) == 45
        assert connsim.clock.elapsed() == 90 * SECOND


@pytest.mark.usefixtures("library")
class TestOtherFunctions:
    """The wrapper's functions that do not concern connections."""

    def test_1_9_functions_that_are_not_played_are_errors(self) -> None:
        """The error names the function that is not played."""
        schema = Schema.create("x", "n", "1.0", ["a"], 0)
        with pytest.raises(VcxError) as caught:
            asyncio.run(schema)
        assert caught.value.error_code == ErrorCode.ActionNotSupported
        assert "vcx_schema_create" in caught.value.sdk_error_cause

        with pytest.raises(VcxError) as caught:
            asyncio.run(Wallet.get_record("t", "id", ""))
        assert "vcx_wallet_get_record" in caught.value.sdk_error_cause
        vcx.common._futures.clear()

    def test_1_9_synchronous_functions(self) -> None:
        """Synchronous functions return the values of the stand-in, as the wrapper converts them."""
        assert vcx.common.get_version().startswith("0.9.0+")
        assert error_message(1005) == "Object not ready for specified action"
        vcx.common.update_institution_info("n", "l")
        vcx.common.mint_tokens()
        Wallet.set_handle(1)
        vcx_pool_set_handle(1)
        assert vcx_init_minimal("{}") == 0
        vcx.common.shutdown(True)
        assert vcx_init_minimal("{}") == 1081


ENDS = {
    "objects are left": "",
    "objects are left after a shutdown": "shutdown(False)",
    "the stand-in was uninstalled": "libvcx.uninstall()",
    "an object was released": "kept[0].release()",
    "a call is under way": """
import socket
silent = socket.create_server(("127.0.0.1", 0))
config = {"agency_url": f"http://127.0.0.1:{silent.getsockname()[1]}", "agency_did": "2hoqvcwupRTUNkXn6ArYzs",
          "agency_verkey": "FuN98eH2eZybECWkofW6A9BKJxxnTatBCopfUiNxo6ZB", "wallet_key": "k"}
shutdown(False)
try:
    asyncio.run(asyncio.wait_for(vcx_agent_provision(json.dumps(config)), 0.1))
except TimeoutError:
    pass
""",
}
SCRIPT = """
import asyncio, json
from connsim import libvcx
libvcx.install()
from vcx.api.connection import Connection
from vcx.api.utils import vcx_agent_provision
from vcx.api.vcx_init import vcx_init
from vcx.common import shutdown

async def flow():
    await vcx_init("ENABLE_TEST_MODE")
    return [await Connection.create(str(number)) for number in range(3)]

kept = asyncio.run(flow())
del kept[2]
"""


@pytest.mark.parametrize("end", ENDS)
def test_1_8_the_interpreter_ends_quietly(end: str) -> None:
    """Whatever is unfinished, the interpreter ends without output and without waiting."""
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT + ENDS[end]], capture_output=True, text=True, timeout=60, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, "")
