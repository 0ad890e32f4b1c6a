"""Watches a file in real time: tells when it has changed, and stands still again."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from connsim.errors import Misuse
from connsim.scenarios import files as scenario_files

PAUSE = 0.5  # seconds


class Watch:
    """Looks at a file every now and then.

    An editor may write a file in pieces, or take it away and put another in its place. So what is seen counts only once
    it is seen a second time.

    Args:
        path: The file; ``None`` is none, at which nobody looks.
        known: What it held when it was read.
        tell: Called with what it holds, once that is something else; with ``None`` if it is gone or unreadable.
        pause: Seconds between two looks.
    """

    def __init__(
        self, path: Path | None, known: bytes, tell: Callable[[bytes | None], None], pause: float = PAUSE
    ) -> None:
        self._path = path
        self._told: bytes | None = known
        self._seen: bytes | None = known
        self._tell = tell
        self._pause = pause
        self._timer: asyncio.TimerHandle | None = None

    def look(self) -> None:
        """Look once."""
        seen = self._content()
        if seen == self._seen != self._told:
            self._told = seen
            self._tell(seen)
        self._seen = seen

    def start(self) -> None:
        """Look again and again on the running loop, until `stop`."""
        if self._path is not None:
            self._timer = asyncio.get_running_loop().call_later(self._pause, self._look_again)

    def stop(self) -> None:
        """Look no more."""
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
