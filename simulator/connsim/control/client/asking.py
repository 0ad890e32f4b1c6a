"""Asks a control API, and reads its answers."""

import json
from typing import Self, TypeVar

from connsim.control.client.http import Query as Parameters
from connsim.control.client.http import Wire
from connsim.control.shapes.reading import read
from connsim.errors import Misuse

T = TypeVar("T")


class Asking:
    """A way to one control API.

    Args:
        url: The root of its address, such as ``http://127.0.0.1:9090``.
        token: What is needed where control is bound to more than the loopback interface.

    Raises:
        Misuse: The URL is none.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self._wire = Wire(url, token)
        self.url = self._wire.url

    def __enter__(self) -> Self:
        self._wire.kept = []
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()

    def _ask(self, kind: type[T], method: str, path: str, query: Parameters | None = None, *, body: object = None) -> T:
        text = self._wire.ask(method, path, query, body)
        try:
            return read(kind, json.loads(text), "The answer", strict=False)
        except ValueError as bad:
            raise Misuse(
                f"What answers at {self.url} is no control API: it said {text[:80]!r}. Expected the control address of "
                f"`connsim serve`."
            ) from bad
