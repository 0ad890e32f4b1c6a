"""A reply that must be complete in time, however slowly it comes."""

import time

import httpx

PATIENCE = 10.0
"""Seconds within which a reply must be complete, once its headers have come."""


def whole(reply: httpx.Response) -> httpx.Response:
    """Read a streamed reply to its end, and close it.

    The time-outs of httpx are for the next piece only, and a server may let them drip.

    Raises:
        httpx.TransportError: It breaks off, or takes too long.
    """
    until, body = time.monotonic() + PATIENCE, bytearray()
    try:
        for piece in reply.iter_raw():
            body += piece
            if time.monotonic() >= until:
                raise httpx.ReadTimeout(f"no whole answer within {PATIENCE:g} seconds", request=reply.request)
    finally:
        reply.close()
    return httpx.Response(reply.status_code, headers=reply.headers, content=bytes(body), request=reply.request)
