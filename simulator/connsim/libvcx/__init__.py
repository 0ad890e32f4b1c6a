"""A stand-in for libvcx: client code written for the package ``python3-wrapper-vcx`` runs on it, unmodified.

    from connsim import libvcx

    libvcx.install()            # before or after `import vcx`, in any place of the program
    ...                         # vcx_agent_provision, vcx_init_with_config, Connection.create, ...
    libvcx.uninstall()

What the client sends to its agency goes over HTTP, as the native library sends it. In a frozen world its waits are
virtual.
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
    """What `install` has done, so that `uninstall` can undo it."""

    library: Library | None = None
    load: Any = None
    cached: Any = None


def install(seed: str | None = None, wallets: Path | str | None = None) -> Session:
    """Have the wrapper load the stand-in, with nothing initialized; one that was installed before goes.

    Args:
        seed: Where all keys and ids come from, for runs that repeat. By default they are like nobody else's.
        wallets: A directory for wallets that survive the process. By default they live in memory, unless the client's
            ``storage_config`` names a path.

    Returns:
        What the stand-in knows. Its ``failures`` are those of the stand-in itself.

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
    # The wrapper's modules have imported `_cdll` by name. What it calls to load can be replaced, and then it also sets
    # its logger, as it does with the native library.
    cdll._load_cdll = lambda: library
    return session


def uninstall() -> None:
    """Put things back as they were; harmless if nothing is installed.

    Connections that the client still has are forgotten by the wrapper, so that it does not come to release them.
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
        return importlib.import_module("vcx.cdll")  # it belongs to the user, who may not have it
    except ImportError:
        raise Misuse(
            "The package python3-wrapper-vcx is not installed, so nothing can be put under it. "
            "Expected version 0.9.0. Install it with: pip install 'connsim[vcx]'"
        ) from None


def _forget(library: Library, *, everything: bool) -> None:
    known = importlib.import_module("vcx.api.vcx_base").VcxBase.HANDLES
    # The wrapper keeps handles that a shutdown has ended, too. Where no native library was loaded, all are ours.
    for handle in [handle for handle in known if everything or handle in library.session.objects]:
        known.pop(handle)


@atexit.register
def _close() -> None:
    """Keep quiet from now on: the wrapper releases whatever is left while the interpreter falls apart."""
    if _Installed.library is not None:
        _Installed.library.closing = True
