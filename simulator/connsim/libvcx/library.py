"""The object that takes the place of the loaded library: one plain function per C function, made from tables of rows.

    refused at once     returns a code; no callback ever comes
    accepted            returns 0; exactly one callback comes, on a worker's thread, with code 0 or an error's
    without callback    (`Result.RETURN`) runs on the caller's thread, and returns its result or a code

Two rules hold for all of them, because the wrapper's ``await`` never returns if one is broken: every code is one that
the wrapper knows, and an unexpected exception becomes a code, too, and is kept in ``Session.failures``. The details of
an error are kept per thread, because the wrapper asks for them on the thread that receives the code. The contract is in
docs/protocol/libvcx.md, 1.11.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

from connsim.libvcx.calls import NUMBER, RAW, Result, Row, plain
from connsim.libvcx.connection_rows import CONNECTION_ROWS
from connsim.libvcx.errors import Code, VcxError
from connsim.libvcx.lifecycle import LIFECYCLE_ROWS
from connsim.libvcx.mailboxes import MAILBOX_ROWS
from connsim.libvcx.provisioning import PROVISIONING_ROWS
from connsim.libvcx.session import DEBUG, INFO, Session
from connsim.libvcx.workers import Workers

_LOGGER = logging.getLogger(__name__)
_PREFIX = "vcx_"

Function = Callable[..., Any]


class _LastError(threading.local):
    details: bytes | None = None


class Library:
    """The stand-in.

    Attributes:
        closing: Whether the interpreter is exiting. Objects that are released then may have been released before, so
            errors are ignored.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.closing = False
        self._workers = Workers()
        self._last = _LastError()
        rows = (*LIFECYCLE_ROWS, *PROVISIONING_ROWS, *MAILBOX_ROWS, *CONNECTION_ROWS, *self._error_rows())
        for row in rows:
            # Plain functions, not methods, because the wrapper sets attributes on them, as on ctypes functions.
            setattr(self, row.name, self._at_once(row) if row.result is Result.RETURN else self._accepted(row))

    def __getattr__(self, name: str) -> Function:
        if not name.startswith(_PREFIX):  # inspect, mock and others probe for attributes that must be missing
            raise AttributeError(f"The stand-in for libvcx has no {name!r}.")

        def missing(*_: object) -> int:
            return self._refuse(
                VcxError(
                    Code.ActionNotSupported,
                    f"{name} was called. connsim's stand-in for libvcx plays connections only: no credentials, proofs, "
                    f"schemas, payments or wallet records. Expected the functions of the wrapper's Connection, and "
                    f"those of init, provisioning and messages. Leave the call out, or use the native library.",
                )
            )

        setattr(self, name, missing)
        return missing

    # --- the two kinds of functions --------------------------------------------------------------------------------

    def _at_once(self, row: Row) -> Function:
        def function(*raw: Any) -> Any:
            try:
                result = row.run(self.session, *row.read(self.session, raw))
            except Exception as error:
                if self.closing:
                    return int(Code.Success)
                return self._refuse(self._as_vcx_error(error, row))
            return int(Code.Success) if result is None else result

        return function

    def _accepted(self, row: Row) -> Function:
        def function(*raw: Any) -> int:
            try:
                if len(raw) < 2 or raw[-1] is None:
                    raise VcxError(Code.InvalidOption, f"{row.name} was called without a callback. Expected one.")
                command, callback = plain(raw[0]), raw[-1]
                arguments = row.read(self.session, raw[1:-1])
                loop = _running_loop()  # the one whose future the wrapper's callback will set
                self._workers.run(row.name, lambda: self._work(row, arguments, command, callback, loop))
            except Exception as error:
                return self._refuse(self._as_vcx_error(error, row))
            return int(Code.Success)

        return function

    def _work(
        self,
        row: Row,
        arguments: list[Any],
        command: int,
        callback: Function,
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        code, result = int(Code.Success), row.result.empty
        try:
            result = row.result.arguments(row.run(self.session, *arguments))
        except Exception as error:
            code = self._refuse(self._as_vcx_error(error, row))
        if loop is not None and loop.is_closed():  # the wrapper's callback would raise inside this thread
            self.session.log(INFO, f"{row.name} ends with {code}, and the event loop that awaits it is closed.")
            return
        callback(command, code, *result)

    # --- errors ----------------------------------------------------------------------------------------------------

    def _refuse(self, error: VcxError) -> int:
        self._last.details = error.details()
        self.session.log(DEBUG, ": ".join([error.code.kind, *error.causes]))
        return int(error.code)

    def _as_vcx_error(self, error: Exception, row: Row) -> VcxError:
        if isinstance(error, VcxError):
            return error
        text = f"connsim's stand-in for libvcx failed in {row.name}; this is not the client's fault: {error!r}"
        _LOGGER.error(text, exc_info=error)
        self.session.failures.append(error)
        return VcxError(Code.UnknownError, text)

    def _error_rows(self) -> tuple[Row, ...]:
        def current(_: Session, place: Any) -> None:
            if self._last.details is not None:
                _pointed(place).value = self._last.details

        return (
            Row("vcx_error_c_message", (NUMBER,), lambda _, code: _text(code), Result.RETURN),
            Row("vcx_get_current_error", (RAW,), current, Result.RETURN),
        )


def _text(code: int) -> bytes:
    known = code in Code._value2member_map_
    return (Code(code) if known else Code.UnknownError).text.encode()


def _pointed(place: Any) -> Any:
    """Return the target of a ``byref`` or a ``pointer``."""
    return place._obj if hasattr(place, "_obj") else place.contents


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
