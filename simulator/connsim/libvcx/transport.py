"""The transport: one POST over a new connection, on blocking sockets.

The waits of a blocking socket are those that `connsim.virtual_time` knows, so in a frozen world they are virtual.
"""

import http.client
import socket
import time
from urllib.parse import urlsplit

from connsim.clients.agency_wire import AgencyError

CONTENT_TYPE = "application/ssi-agent-wire"
TIMEOUT = 50.0
"""Seconds for the complete exchange."""

_CONNECTIONS: dict[str, type[http.client.HTTPConnection]] = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}
_CHUNK = 65536


def post(url: str, body: bytes) -> bytes:
    """Post a body; returns the body of the answer. There are no retries, and redirections are not followed.

    Raises:
        AgencyError: The status is not 2xx, or no answer comes in time.
    """
    deadline = time.monotonic() + TIMEOUT
    try:
        status, answer = _exchange(url, body, deadline)
    except (OSError, http.client.HTTPException, ValueError) as failed:
        raise AgencyError(None, f"POST {url}: {failed or type(failed).__name__}".encode(errors="replace")) from failed
    if not 200 <= status < 300:
        raise AgencyError(status, answer)
    return answer


def now() -> int:
    """Return the seconds since 1970, in real or virtual time."""
    return int(time.time())


def _exchange(url: str, body: bytes, deadline: float) -> tuple[int, bytes]:
    parts = urlsplit(url)
    if parts.scheme not in _CONNECTIONS or not parts.hostname:
        raise ValueError("the URL is not one of http or https with a host")
    connection = _CONNECTIONS[parts.scheme](parts.hostname, parts.port, timeout=TIMEOUT)
    try:
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("POST", target, body, {"Content-Type": CONTENT_TYPE})
        sock: socket.socket = connection.sock
        sock.settimeout(_left(deadline))
        with connection.getresponse() as response:
            return response.status, _body(response, sock, deadline)
    finally:
        connection.close()


def _body(response: http.client.HTTPResponse, sock: socket.socket, deadline: float) -> bytes:
    # In chunks, because a socket's time-out applies to the next chunk only, and a peer may send slowly without an end.
    body = b""
    while chunk := response.read1(_CHUNK):
        body += chunk
        sock.settimeout(_left(deadline))
    if response.length:
        raise http.client.IncompleteRead(body, response.length)
    return body


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left
