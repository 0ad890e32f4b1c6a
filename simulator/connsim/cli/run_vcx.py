"""``connsim run-vcx``: runs a script for ``python3-wrapper-vcx``, unmodified, against the fake agency."""

import json
import os
import runpy
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import print_exception

import httpx

from connsim import libvcx
from connsim.agency.settings import AgencySettings
from connsim.clients.agency_http import identity_of
from connsim.clients.agency_wire import AgencyError
from connsim.clients.vcx_config import provision
from connsim.core.clock import Clock
from connsim.errors import Misuse
from connsim.story.local import LocalWorld
from connsim.transports.server_thread import ServerThread
from connsim.wire.errors import BadMessage
from connsim.wire.keys import Identity

HOLDER = "accepts:5s"

_FILE = "vcx-config.json"

VARIABLE = "VCX_CONFIG"
"""The environment variable that holds the path of the configuration, for the script."""


def run_vcx(
    script: Path,
    arguments: Sequence[str],
    *,
    agency: str | None,
    holder: str | None,
    config: Path | None,
    wallets: Path | None = None,
    protocol: str = "1.0",
    say: Callable[[str], None] = print,
) -> None:
    """Run a script as ``python SCRIPT ARGUMENTS`` would, with the stand-in under the wrapper.

    Args:
        script: The path of the script.
        arguments: Its arguments.
        agency: The root URL of a running agency; ``None`` starts one for the length of the script.
        holder: The behaviour of holders at an agency that is started here; ``None`` means `HOLDER`.
        config: Where the script expects its configuration. An existing file is not overwritten, and the file is deleted
            at the end. ``None`` makes a temporary file.
        wallets: A directory that keeps the wallet and its configuration for later scripts; ``None`` keeps nothing.
        protocol: The ``protocol_type`` of a configuration that is made here.
        say: Called with each message for the user.

    Raises:
        Misuse: The script, the agency or the wrapper is missing, or the options contradict each other.
        SystemExit: The script ended with it, or failed.
    """
    if not script.is_file():
        raise Misuse(f"There is no script {script}. Expected the path of a Python file.")
    if agency and holder:
        raise Misuse(
            f"--holder {holder} is for an agency that is started here, and --agency names another. "
            f"Expected one of the two. Script the holders at that agency instead."
        )
    if config is not None and config.exists():
        raise Misuse(
            f"{config} exists already, and is not overwritten. Expected a new file. Name another, or move this one."
        )
    if config is not None and not config.parent.is_dir():
        raise Misuse(
            f"There is no directory {config.parent} for {config.name}. Expected an existing one. Create it first."
        )
    with ExitStack() as stack:
        libvcx.install(wallets=wallets)
        stack.callback(libvcx.uninstall)
        url = agency.rstrip("/") if agency else stack.enter_context(_served(holder or HOLDER, say))
        ready = _ready(url, wallets, protocol)
        written = config or Path(stack.enter_context(TemporaryDirectory(prefix="connsim-"))) / _FILE
        written.write_text(ready, encoding="utf-8")
        stack.callback(written.unlink, missing_ok=True)
        say(f"connsim: the agency is {url}; the configuration is in {written}, the path in {VARIABLE}")
        stack.enter_context(_as_main(script, arguments, written))
        _run(script)


def _ready(url: str, wallets: Path | None, protocol: str) -> str:
    """Return a configuration for this agency: the one that was kept with the wallet, or else a new one."""
    kept = None if wallets is None else wallets / _FILE
    if kept is not None and kept.exists():
        text = kept.read_text(encoding="utf-8")
        home = json.loads(text)["agency_endpoint"]
        if home != url:
            raise Misuse(
                f"The wallet in {wallets} belongs to the agency {home}, but this agency is {url}. Expected the same. "
                f"Name the first with --agency, or choose another directory."
            )
        return text
    if wallets is not None:
        wallets.mkdir(parents=True, exist_ok=True)
    text = json.dumps(provision(url, _identity(url), **_dialect(protocol)), indent=4)
    if kept is not None:
        kept.write_text(text, encoding="utf-8")
    return text


def _dialect(protocol: str) -> dict[str, str]:
    # Without use_latest_protocols, a connection of 2.0 would put its messages into the envelopes of 1.0.
    return {"protocol_type": protocol} | ({} if protocol == "1.0" else {"use_latest_protocols": "true"})


def _run(script: Path) -> None:
    try:
        runpy.run_path(str(script), run_name="__main__")
    except Exception as error:
        mine = error.__traceback__
        while mine is not None and mine.tb_frame.f_code.co_filename != str(script):
            mine = mine.tb_next  # hide the frames of connsim and runpy, as `python SCRIPT` would have none
        print_exception(error.with_traceback(mine or error.__traceback__))
        raise SystemExit(1) from error


@contextmanager
def _served(holder: str, say: Callable[[str], None]) -> Iterator[str]:
    world = LocalWorld(clock=Clock(running=True))
    world.on_complaint = lambda error: say(f"connsim: {error}")
    world.agency.configure(AgencySettings(holder=holder))
    server = ServerThread()
    world.agency.url, listener = server.open(world, world.agency)
    world.agency.public_url = world.agency.url
    try:
        yield world.agency.url
    finally:
        server.close(listener)
        server.stop()


def _identity(url: str) -> Identity:
    try:
        with httpx.Client(base_url=url) as http:
            return identity_of(http)
    except (AgencyError, BadMessage) as failed:
        raise Misuse(
            f"No agency answers at {url} ({failed}). Expected the root of one, such as http://127.0.0.1:8080 while "
            f"`connsim serve` runs. Leave --agency out to have one started."
        ) from failed


@contextmanager
def _as_main(script: Path, arguments: Sequence[str], config: Path) -> Iterator[None]:
    before, path = sys.argv, list(sys.path)
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.resolve().parent))
    os.environ[VARIABLE] = str(config.resolve())
    try:
        yield
    finally:
        sys.argv, sys.path[:] = before, path
        del os.environ[VARIABLE]
