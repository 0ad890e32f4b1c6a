"""A stand-in for libvcx: client code written for the package ``python3-wrapper-vcx`` runs on it, unmodified.

    from connsim import libvcx

    libvcx.install()            # before or after `import vcx`, anywhere in the program
    ...                         # vcx_agent_provision, vcx_init_with_config, Connection.create, ...
    libvcx.uninstall()

Problem: code on libvcx calls the wrapper, and the wrapper calls a native library that can no longer be installed. The
code under test must stay unmodified, so something else has to take the library's place.

Solution: the wrapper loads the library in one function, ``vcx.cdll._load_cdll``. `install` replaces that function with
one that returns a `Library`, a Python object with the same functions:

    client code              await connection.update_state()
      |
    python3-wrapper-vcx      lib.vcx_connection_update_state(command, handle, callback)     unmodified
      |                 ---- in place of the native library: ----
    Library                  reads and checks the arguments by a `Row`; returns 0, or a code if it refuses
      |  Workers             a thread for the call, after all earlier calls of the same world
    Row.run                  proprietary/ or aries/, by the kind of the connection
      |  Session             settings, wallet, handles: the native library has one of each per process
    AgencyClient             messages, envelopes (`connsim.clients`, `connsim.wire`)
      |
    transport.post           HTTP to a real port, with real or virtual time
      |
      `--> callback(command, code, result)    on the worker's thread, exactly once

Consequences: the agency cannot tell the stand-in from the native library, because the bytes are the same. A client's
errors give the same codes. In a frozen world a call's thread is a party: time stands still while it runs, and its waits
for the agency are virtual. Calls that the stand-in does not play, such as those for credentials, are refused by name.
"""

import atexit
import importlib
from pathlib import Path
from typing import Any

from nacl import utils

from connsim.errors import Misuse
from connsim.libvcx.library import Library
from connsim.libvcx.session import Session

__all__ = ["install", "uninstall"]


class _Installed:
    """What `install` has replaced, for `uninstall` to restore."""

    library: Library | None = None
    load: Any = None
    cached: Any = None


def install(seed: str | None = None, wallets: Path | str | None = None) -> Session:
    """Have the wrapper load a new, uninitialized stand-in, which replaces an earlier one.

    Args:
        seed: The source of all keys and ids, for repeatable runs. By default it is random, so that they are unique.
        wallets: A directory for wallets that survive the process. By default they live in memory, unless the client's
            ``storage_config`` names a path.

    Returns:
        The state of the stand-in. Its ``failures`` are errors of the stand-in itself, not of the client.

    Raises:
        Misuse: The wrapper is not installed.
    """
    uninstall()
    cdll = _wrapper()
    session = Session(utils.random(16).hex() if seed is None else seed, None if wallets is None else Path(wallets))
    library = Library(session)
    _Installed.library = library
    _Installed.load = cdll._load_cdll
    _Installed.cached = vars(cdll._cdll).pop("cdll", None)
    # See docs/protocol/libvcx.md, 1.1. Not `_cdll` itself, because the wrapper's modules have imported that by name,
    # and because it also sets the logger after loading, as with the native library.
    cdll._load_cdll = lambda: library
    return session


def uninstall() -> None:
    """Restore the wrapper; harmless if nothing is installed.

    The handles of connections that the client still holds are removed from the wrapper, which would otherwise release
    them in the native library when they are garbage-collected.
    """
    library, _Installed.library = _Installed.library, None
    if library is None:
        return
    cdll = _wrapper()
    cdll._load_cdll = _Installed.load
    vars(cdll._cdll).pop("cdll", None)
    if _Installed.cached is not None:
        cdll._cdll.cdll = _Installed.cached
    _forget(library, everything=_Installed.cached is None)


def _wrapper() -> Any:
    try:
        return importlib.import_module("vcx.cdll")  # here, because the wrapper is an optional extra
    except ImportError:
        raise Misuse(
            "The package python3-wrapper-vcx is not installed, so nothing can be put under it. "
            "Expected version 0.9.0. Install it with: pip install 'connsim[vcx]'"
        ) from None


def _forget(library: Library, *, everything: bool) -> None:
    known = importlib.import_module("vcx.api.vcx_base").VcxBase.HANDLES
    # The wrapper keeps handles after a shutdown, too. If no native library was loaded before, all of them are ours.
    for handle in [handle for handle in known if everything or handle in library.session.objects]:
        known.pop(handle)


@atexit.register
def _close() -> None:
    """Ignore errors from now on: at exit the wrapper releases its remaining objects, whether they exist or not."""
    if _Installed.library is not None:
        _Installed.library.closing = True
