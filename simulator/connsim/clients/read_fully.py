"""Reading a reply within a time limit for all of it."""

import time

import httpx

PATIENCE = 10.0
"""The seconds within which a reply must be complete after its headers."""


def read_fully(reply: httpx.Response) -> httpx.Response:
    """Read a streamed reply to its end, and close it.

    The time-outs of httpx apply to the next chunk only, so a server that sends byte by byte would never cause one.

    Raises:
        httpx.TransportError: The reply breaks off, or takes too long.
    """
    until, body = time.monotonic() + PATIENCE, bytearray()
    try:
        for piece in reply.iter_raw():
            body += piece
            if time.monotonic() >= until:
                raise httpx.ReadTimeout(f"no complete answer within {PATIENCE:g} seconds", request=reply.request)
    finally:
        reply.close()
    return httpx.Response(reply.status_code, headers=reply.headers, content=bytes(body), request=reply.request)
