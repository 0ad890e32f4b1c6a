"""Parses the conditions of a fault in a sentence: ``twice while the connection is in InvitationGenerated``."""

import re
from collections.abc import Callable

from connsim.core.durations import duration, spoken
from connsim.errors import BadFault
from connsim.faults.parameters import Plain

_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "tenth": 10}
_NTH = r"(\d+)(?:st|nd|rd|th)|(" + "|".join(_ORDINALS) + ")"
_KINDS: dict[str, dict[str, Plain]] = {"poll": {"poll": True}, "post": {"method": "POST"}}

_BEGINNING = r"once\b|twice\b|\d+ times?\b|with |for |on |while |to "
"""The beginning of a phrase. Durations contain spaces, so a phrase ends where the next one begins."""

Row = dict[str, Plain]


def _ordinal(found: re.Match[str]) -> int:
    return int(found[1]) if found[1] else _ORDINALS[found[2]]


_CONDITIONS: tuple[tuple[str, Callable[[re.Match[str], int], Row]], ...] = (
    (r"once", lambda found, now: {"times": 1}),
    (r"twice", lambda found, now: {"times": 2}),
    (r"(\d+) times?", lambda found, now: {"times": int(found[1])}),
    (r"with Retry-After (\d.*?)", lambda found, now: {"retry_after": found[1]}),
    (r"for (\d.*?)", lambda found, now: {"from": spoken(now), "to": spoken(now + duration(found[1]))}),
    (r"on (poll|post)s", lambda found, now: _KINDS[found[1]]),
    (rf"on every (?:{_NTH}) (poll|post)", lambda found, now: {"every": _ordinal(found), **_KINDS[found[3]]}),
    (rf"on the (?:{_NTH}) (poll|post)", lambda found, now: {"nth": _ordinal(found), **_KINDS[found[3]]}),
    (r"while the connection is in (\S+)", lambda found, now: {"state": found[1]}),
    (
        r"to the (inviter|invitee|other invitee)",
        lambda found, now: {"client": f"{found[1].replace(' ', '-')}-key"},
    ),
)
_KNOWN = "once, twice, 3 times, with Retry-After 30 seconds, for 5 minutes, on polls, on posts, on the second poll, on \
every third poll, to the inviter, while the connection is in STATE"


def conditions(words: str | None, now: int) -> Row:
    """Parse the conditions of a fault in a sentence.

    Args:
        words: Any of the phrases in `_KNOWN`, one after the other.
        now: Nanoseconds since the world's start: ``for 5 minutes`` counts from here.

    Returns:
        The keys of a row that `read_fault` reads.

    Raises:
        BadFault: A phrase is unknown.
        BadDuration: A duration does not parse.
    """
    rest, row = " ".join((words or "").split()), {}
    while rest:
        for pattern, read in _CONDITIONS:
            if found := re.match(rf"{pattern}(?= (?:{_BEGINNING})|$)", rest):
                row.update(read(found, now))
                rest = rest[found.end() :].strip()
                break
        else:
            raise BadFault(f"A fault has the unknown condition {rest!r}. Expected one or more of: {_KNOWN}.")
    return row
