"""The threads that do the work of accepted calls: one for each call, one at a time, in the order of the calls.

Natively, calls for connections stand in line as well, behind one lock that is held while the agency answers; but who
asks has to wait for that lock too, and here nobody has to. A thread begins with its call and ends with it, so that
none is left to keep the process from ending, and in a frozen world each belongs to the world of its caller: it counts
as somebody at work, and its waits for the agency, or for its turn, are virtual.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

from connsim.errors import StillPolling
from connsim.libvcx.errors import Code, VcxError
from connsim.virtual_time.coordinator import party


class Workers:
    """Runs jobs."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._world: object = None
        self._last: threading.Event | None = None

    def run(self, name: str, job: Callable[[], None]) -> None:
        """Run a job on a thread of its own, when all earlier ones of the same frozen world are done.

        What another world has left over is not waited for: its time may have stopped for ever.

        Args:
            name: The thread's.
            job: Raises nothing.

        Raises:
            VcxError: There can be no more threads (1085), such as when the interpreter ends.
        """
        done, world = threading.Event(), party()
        with self._mutex:
            before = self._last if world is self._world else None
            self._last, self._world = done, world

        def work() -> None:
            try:
                # Whoever waits when a world reaches its horizon is told, so the client is told as well.
                with suppress(StillPolling):
                    if before is not None:
                        before.wait()
                    job()
            finally:
                done.set()

        try:
            threading.Thread(target=work, name=f"libvcx: {name}", daemon=True).start()
        except RuntimeError as failed:
            done.set()
            raise VcxError(Code.ThreadError, str(failed)) from failed
