"""The threads of accepted calls: one new thread for each call, run one at a time, in the order of the calls.

The native library also runs calls for connections one at a time, because one lock is held while the agency answers
(docs/protocol/libvcx.md, 1.5). There the caller's thread has to wait for that lock, too; here it never waits.

A thread lives for one call, for two reasons. No idle thread keeps the process from ending. And in a frozen world a
thread belongs to the world of its creator, so the call counts as work of that world: while it runs, time stands still,
and its waits for the agency or for its turn are virtual.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

from connsim.errors import StillPolling
from connsim.libvcx.errors import Code, VcxError
from connsim.virtual_time.coordinator import party


class Workers:
    """Runs jobs on threads, one at a time."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._world: object = None
        self._last: threading.Event | None = None

    def run(self, name: str, job: Callable[[], None]) -> None:
        """Run a job on a new thread, after all earlier jobs of the same frozen world.

        Jobs of another world are not waited for: its time may have stopped, so that they never end.

        Args:
            name: The name of the thread.
            job: Must not raise.

        Raises:
            VcxError: No thread can be started (1085), e.g. because the interpreter is exiting.
        """
        done, world = threading.Event(), party()
        with self._mutex:
            before = self._last if world is self._world else None
            self._last, self._world = done, world

        def work() -> None:
            try:
                # A world that reaches its horizon raises this in all waiting threads, the client's included. So the
                # client learns of it without a callback.
                with suppress(StillPolling):
                    if before is not None:
                        before.wait()
                    if party() is world:  # otherwise its world has ended meanwhile
                        job()
            finally:
                done.set()

        try:
            threading.Thread(target=work, name=f"libvcx: {name}", daemon=True).start()
        except RuntimeError as failed:
            done.set()
            raise VcxError(Code.ThreadError, str(failed)) from failed
