"""When to come back to a server that refuses for a while: what a good client makes of 429, 503 and ``Retry-After``."""

import time
from email.utils import parsedate_to_datetime

BUSY = frozenset({429, 503})
"""The statuses by which a server says that it has done nothing, and may do it later."""

TRIES = 3
"""How often a request that changes something is sent in all, while the server says that it is busy."""

LONGEST = 120.0
"""Seconds; who is asked for a longer pause before such a request gives up instead."""


def asked_pause(retry_after: str | None) -> float | None:
    """The seconds that ``Retry-After`` asks for, as a number or as a date; ``None`` if it asks for nothing clear."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def pause_before_retry(status: int | None, asked: float | None, tries: int, usual: float) -> float | None:
    """How long to wait before the same request is sent again; ``None`` is to leave it at that.

    Only a server that says that it is busy has certainly done nothing. After a time-out or a lost connection nobody
    knows, so what changes something is not sent again: it could be done twice.

    Args:
        asked: By ``Retry-After``.
        tries: How often it was sent.
        usual: The pause if nothing was asked for.
    """
    pause = usual if asked is None else asked
    return pause if status in BUSY and tries < TRIES and pause <= LONGEST else None
