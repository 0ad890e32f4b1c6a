"""Alarms: ``signal.alarm`` and ``signal.setitimer(ITIMER_REAL)`` count virtual time when a party calls them.

The alarm is kept by the coordinator, beside the deadlines of the waits. When it is due, the main thread's wait is
interrupted, and the main thread sends the signal to the process: its handler runs there, as without a world. If the
handler does not raise, the wait goes on until its own end (PEP 475).

Calls of modules that measure the run, such as pytest-timeout, stay real. An alarm that was set before the world is real
too. An alarm of a world ends with it.
"""

import _signal  # type: ignore[import-not-found]
import os
import select
import signal
from collections.abc import Callable, Iterator
from typing import Any

from connsim.core.durations import SECOND
from connsim.virtual_time.clocks import ends_now, measures
from connsim.virtual_time.descriptors import await_events
from connsim.virtual_time.in_place import Replacement, Undo, copied
from connsim.virtual_time.real_locks import Gate
from connsim.virtual_time.seats import Barrier, party
from connsim.virtual_time.threads import deadline
from connsim.virtual_time.waits import Wait
from connsim.virtual_time.waking import waking

_SLICE = 0.01  # seconds of real time: another process may send the signal, which no lock of ours tells

_NAMES = ("alarm", "setitimer", "getitimer", "pause", "sigwait", "sigwaitinfo", "sigtimedwait")
_C: dict[str, Any] = {name: getattr(_signal, name) for name in _NAMES if hasattr(_signal, name)}
_REAL: dict[str, Any] = {name: copied(function) for name, function in _C.items()}


class _Timer:
    """The interval timer of one world."""

    def __init__(self, coordinator: Barrier) -> None:
        self._coordinator = coordinator
        self._interval = 0.0
        coordinator.on_interrupt = self._ring

    def left(self) -> tuple[float, float]:
        """Seconds until it rings, and the interval in which it repeats."""
        at = self._coordinator.alarm
        return (0.0, 0.0) if at is None else ((at - self._coordinator.clock.now()) / SECOND, self._interval)

    def set(self, seconds: float, interval: float) -> None:
        """Let it ring after some seconds and then at each interval; 0 turns it off."""
        self._interval = interval
        self._coordinator.alarm = waking(self._coordinator.clock, seconds) if seconds > 0 else None

    def _ring(self) -> None:
        if self._interval:
            self.set(self._interval, self._interval)
        os.kill(os.getpid(), signal.SIGALRM)


def _timer() -> _Timer | None:
    """The timer of the caller's world; ``None`` if the caller is to have the real one."""
    coordinator = party()
    if coordinator is None or measures():
        return None
    found = getattr(coordinator.on_interrupt, "__self__", None)
    return found if isinstance(found, _Timer) else _Timer(coordinator)


def alarm(seconds: int, /) -> int:
    """``signal.alarm``."""
    timer = _timer()
    if timer is None:
        return int(_REAL["alarm"](seconds))
    left, _ = timer.left()
    timer.set(seconds.__index__(), 0)
    return max(1, round(left)) if left > 0 else 0  # as Linux rounds


def setitimer(which: int, seconds: float, interval: float = 0.0, /) -> Any:
    """``signal.setitimer``."""
    timer = _timer() if which == signal.ITIMER_REAL and seconds >= 0 and interval >= 0 else None
    if timer is None:
        return _REAL["setitimer"](which, seconds, interval)
    left = timer.left()
    timer.set(seconds, interval)
    return left


def getitimer(which: int, /) -> Any:
    """``signal.getitimer``."""
    timer = _timer() if which == signal.ITIMER_REAL else None
    return _REAL["getitimer"](which) if timer is None else timer.left()


def pause() -> None:
    """``signal.pause``."""
    coordinator = party()
    if coordinator is None:
        _REAL["pause"]()
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)  # refused in other threads, as it must be
    except ValueError:
        os.close(reading)
        os.close(writing)
        _REAL["pause"]()  # no signal's handler runs here
        return
    try:
        await_events(coordinator, "signal.pause", {reading: select.POLLIN}, None, lambda: False)
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)


def sigtimedwait(sigset: Any, timeout: float, /) -> Any:
    """``signal.sigtimedwait``."""
    coordinator = party()
    if coordinator is None or timeout < 0:
        return _REAL["sigtimedwait"](sigset, timeout)
    return _await_signal(coordinator, set(sigset), timeout)


def sigwaitinfo(sigset: Any, /) -> Any:
    """``signal.sigwaitinfo``."""
    coordinator = party()
    return _REAL["sigwaitinfo"](sigset) if coordinator is None else _await_signal(coordinator, set(sigset), None)


def sigwait(sigset: Any, /) -> Any:
    """``signal.sigwait``."""
    coordinator = party()
    if coordinator is None:
        return _REAL["sigwait"](sigset)
    return _await_signal(coordinator, set(sigset), None).si_signo


def _await_signal(coordinator: Barrier, sigset: set[int], timeout: float | None) -> Any:
    found = _REAL["sigtimedwait"](sigset, 0)
    if found is not None or ends_now(coordinator, timeout):
        return found
    gate, taken = Gate(), list[Any]()

    def pending() -> bool:
        return bool(taken) or bool(sigset & signal.sigpending())

    wait = Wait(f"one of the signals {sorted(sigset)}", deadline(coordinator.clock, timeout), pending, gate.poke)

    def block() -> None:
        while not (wait.is_ended or taken):
            found = _REAL["sigtimedwait"](sigset, 0)
            if found is not None:
                taken.append(found)
            else:
                gate.pass_through(_SLICE)

    coordinator.wait(wait, block)
    return taken[0] if taken else _REAL["sigtimedwait"](sigset, 0)


_BY: dict[str, Callable[..., Any]] = {name: globals()[name] for name in _C}
_FUNCTIONS = [Replacement(function, _BY[name]) for name, function in _C.items()]


def put() -> Iterator[Undo]:
    """Replace the functions; yields what takes back each step that has been done."""
    for replacement in _FUNCTIONS:
        yield replacement.put()
