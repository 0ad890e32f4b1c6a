"""Requests to a control API over HTTP, by the standard library."""

import json
import selectors
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlencode, urlsplit

from connsim.errors import ConnsimError, Misuse, NotFound, Violation

_PATIENCE = 30  # seconds

Around = Callable[[], AbstractContextManager[object]]


class Session:
    """Sends requests to one control API.

    Args:
        url: Its root URL.
        token: The bearer token of its requests, if any.
        around: Makes a context manager around each request.

    Attributes:
        kept: Open connections for later requests; ``None`` if each request opens and closes its own.

    Raises:
        Misuse: The URL is not an address of a control API.
    """

    def __init__(self, url: str, token: str | None, around: Around) -> None:
        self._around = around
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        try:
            self._address = (parts.hostname or "", parts.port)
        except ValueError:
            self._address = ("", None)
        if parts.scheme not in ("http", "https") or not self._address[0]:
            raise Misuse(
                f"{url!r} is not an address of a control API. Expected one as `connsim serve` prints it: "
                f"http://127.0.0.1:9090."
            )
        self._connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._root = parts.path
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self.kept: list[HTTPConnection] | None = None

    def ask(self, method: str, path: str, query: Mapping[str, object], body: object = None) -> str:
        """Send one request, and return the text of its reply.

        Raises:
            Misuse: No control API answers, or it refuses the request; the message is its own.
            Violation: The simulator itself failed.
        """
        given = {name: _written(value) for name, value in query.items() if value is not None}
        target = f"{self._root}{path}{f'?{urlencode(given)}' if given else ''}"
        data = None if body is None else json.dumps(body).encode()
        headers = self._headers if data is None else {**self._headers, "Content-Type": "application/json"}
        with self._around():
            connection = self._take()
            try:
                connection.request(method, target, data, headers)
                reply = connection.getresponse()
                text = reply.read().decode()
            except (HTTPException, OSError, ValueError) as failed:
                connection.close()
                raise Misuse(
                    f"No control API answers at {self.url} ({failed}). Expected a running `connsim serve`. "
                    f"Name its control address with --control or CONNSIM_CONTROL."
                ) from failed
        self._put_back(connection)
        if reply.status >= 300:
            raise self._refusal(reply, text)
        return text

    def close(self) -> None:
        """Close the kept connections, and keep none from now on."""
        for connection in self.kept or ():
            connection.close()
        self.kept = None

    def _take(self) -> HTTPConnection:
        while self.kept:
            connection = self.kept.pop()
            if _is_open(connection):
                return connection
            connection.close()
        host, port = self._address
        return self._connect(host, port, timeout=_PATIENCE)

    def _put_back(self, connection: HTTPConnection) -> None:
        if self.kept is None:
            connection.close()
        else:
            self.kept.append(connection)

    def _refusal(self, reply: HTTPResponse, text: str) -> ConnsimError:
        try:
            error = str(json.loads(text)["error"])
        except (ValueError, LookupError, TypeError):
            return Misuse(
                f"What answers at {self.url} is not a control API: it sent {reply.status} {text[:80]!r}. Expected the "
                f"control address of `connsim serve`."
            )
        kinds: Mapping[int, type[ConnsimError]] = {404: NotFound, 500: Violation}
        return kinds.get(reply.status, Misuse)(error)


def _is_open(connection: HTTPConnection) -> bool:
    """Whether the server has left an idle connection open: only one that it closed is readable."""
    if connection.sock is None:
        return False
    with selectors.DefaultSelector() as selector:
        selector.register(connection.sock, selectors.EVENT_READ)
        return not selector.select(0)


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
