"""Watches a file in real time, and reports each change once the file is stable again."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from connsim.errors import Misuse
from connsim.scenarios import files as scenario_files

PAUSE = 0.5  # seconds


class Watch:
    """Reads a file at intervals.

    An editor may write a file in pieces, or replace it. So new content is reported only after two reads in a row have
    returned it.

    Args:
        path: The file; ``None`` watches nothing.
        known: The content that was last read.
        on_change: Called with new content; with ``None`` if the file is missing or unreadable.
        pause: The interval, in seconds of real time.
    """

    def __init__(
        self, path: Path | None, known: bytes, on_change: Callable[[bytes | None], None], pause: float = PAUSE
    ) -> None:
        self._path = path
        self._reported: bytes | None = known
        self._seen: bytes | None = known
        self._on_change = on_change
        self._pause = pause
        self._timer: asyncio.TimerHandle | None = None

    def look(self) -> None:
        """Read the file once."""
        seen = self._content()
        if seen == self._seen != self._reported:
            self._reported = seen
            self._on_change(seen)
        self._seen = seen

    def start(self) -> None:
        """Read the file at intervals on the running loop, until `stop`."""
        if self._path is not None:
            self._timer = asyncio.get_running_loop().call_later(self._pause, self._look_again)

    def stop(self) -> None:
        """Stop watching."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _content(self) -> bytes | None:
        if self._path is None or not self._path.is_file():  # opening a pipe would wait for its writer
            return None
        try:
            return scenario_files.content(self._path)
        except Misuse:
            return None

    def _look_again(self) -> None:
        try:
            self.look()
        finally:
            self.start()
