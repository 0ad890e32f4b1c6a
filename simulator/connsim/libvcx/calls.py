"""The rows from which the library's C functions are made: arguments, checks before the call is accepted, and result.

A row knows nothing of threads and callbacks; `Library` adds these.
"""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NoReturn

from connsim.libvcx.errors import Code, VcxError
from connsim.libvcx.session import Session


@dataclass(frozen=True)
class Kind:
    """A kind of argument.

    Attributes:
        read: Converts the passed C arguments to a Python value; raises `VcxError` if libvcx refuses them.
        width: The number of C arguments.
    """

    read: Callable[[Session, Sequence[Any]], Any]
    width: int = 1


class Result(Enum):
    """The kind of a function's result; the value of a member is the types of the callback's arguments for it.

    These arguments follow the command handle and the code.
    """

    NOTHING = ()
    NUMBER = (int,)
    TEXT = (bytes,)
    TRUTH = (bool,)
    DATA = (bytes, int)
    RETURN = None
    """There is no callback: the function does its work on the caller's thread, and returns the result."""

    @property
    def empty(self) -> tuple[Any, ...]:
        """The callback's arguments on an error: null and zero."""
        return tuple(None if kind is bytes else kind() for kind in self.value or ())

    def arguments(self, result: Any) -> tuple[Any, ...]:
        """Make the callback's arguments for a result.

        Raises:
            TypeError: The result has another type. ctypes would refuse it, too, but only inside the callback, where
                no call learns of it.
        """
        match self:
            case Result.NOTHING | Result.RETURN:
                return ()
            case Result.NUMBER:
                return (int(result),)
            case Result.TRUTH:
                return (bool(result),)
            case Result.DATA:
                return (ctypes.c_uint8 * len(result)).from_buffer_copy(result), len(result)
            case Result.TEXT:
                if isinstance(result, str):
                    return (result.encode(),)
                if result is None or isinstance(result, bytes):
                    return (result,)
                raise TypeError(f"Expected a text, not {type(result).__name__}.")


@dataclass(frozen=True)
class Row:
    """One C function.

    Attributes:
        arguments: Without the command handle at the beginning, and the callback at the end.
        run: Does the work, given the session and the arguments.
        result: The kind of the result of ``run``.
        order: The order in which arguments are checked; by default their own. It decides which of two errors is
            reported.
        check: A further check before the call is accepted, given the session and the arguments.
    """

    name: str
    arguments: tuple[Kind, ...]
    run: Callable[..., Any]
    result: Result
    order: tuple[int, ...] | None = None
    check: Callable[..., object] | None = None

    def read(self, session: Session, raw: Sequence[Any]) -> list[Any]:
        """Read and check the arguments.

        Raises:
            VcxError: libvcx would refuse the call.
        """
        passed = list(self._split(raw))
        values: list[Any] = [None] * len(passed)
        for place in self.order or range(len(passed)):
            values[place] = self.arguments[place].read(session, passed[place])
        if self.check is not None:
            self.check(session, *values)
        return values

    def _split(self, raw: Sequence[Any]) -> Iterator[Sequence[Any]]:
        expected = sum(kind.width for kind in self.arguments)
        if len(raw) != expected:
            _refuse(f"{self.name} was called with {len(raw)} arguments. Expected {expected}.")
        start = 0
        for kind in self.arguments:
            yield raw[start : start + kind.width]
            start += kind.width


def plain(passed: Any) -> Any:
    """Return the value inside a ctypes instance; anything else is returned unchanged."""
    return passed.value if isinstance(passed, (ctypes._SimpleCData, ctypes.Array)) else passed


def _refuse(cause: str) -> NoReturn:
    raise VcxError(Code.InvalidOption, cause)


def _optional(session: Session, passed: Sequence[Any]) -> str | None:
    value = plain(passed[0])
    if value is None:
        return None
    if not isinstance(value, bytes):
        _refuse(f"A text was passed as {type(value).__name__}. Expected bytes or c_char_p.")
    try:
        return value.partition(b"\0")[0].decode()
    except UnicodeDecodeError as wrong:
        _refuse(f"A text is not UTF-8: {wrong}.")


def _text(session: Session, passed: Sequence[Any]) -> str:
    value = _optional(session, passed)
    if not value:
        _refuse("A text is null or empty. Expected one that is not empty.")
    return value


def _number(session: Session, passed: Sequence[Any]) -> int:
    value = plain(passed[0])
    if not isinstance(value, int):
        _refuse(f"A number was passed as {type(value).__name__}. Expected int or c_uint32.")
    return int(value) % 2**32  # as ctypes passes a Python int to a uint32


def _handle(session: Session, passed: Sequence[Any]) -> int:
    handle = _number(session, passed)
    session.objects.get(handle)
    return handle


def _data(session: Session, passed: Sequence[Any]) -> bytes:
    data, length = plain(passed[0]), _number(session, passed[1:])
    if isinstance(passed[0], ctypes.Array):
        data = bytes(passed[0])
    if not isinstance(data, bytes) or not data or not length:
        _refuse("Data is null or of length 0. Expected bytes.")
    return data[:length]


OPTIONAL = Kind(_optional)
"""``char*``: a text, or ``None`` for null."""
TEXT = Kind(_text)
"""``char*``: a text that is not empty."""
NUMBER = Kind(_number)
"""``uint32``, unchecked."""
TRUTH = Kind(lambda session, passed: bool(plain(passed[0])))
"""``bool``."""
HANDLE = Kind(_handle)
"""``uint32``: the handle of an existing object."""
DATA = Kind(_data, width=2)
"""``uint8*`` and its length: bytes, at least one."""
RAW = Kind(lambda session, passed: passed[0])
"""Anything, unconverted."""
