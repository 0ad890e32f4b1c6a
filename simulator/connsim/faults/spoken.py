"""Faults as feature files say them: ``answers 503 twice while the connection is in InvitationGenerated``."""

import re
from collections.abc import Callable

from connsim.core.durations import duration, spoken
from connsim.errors import BadFault
from connsim.faults.parameters import Plain

_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "tenth": 10}
_NTH = r"(\d+)(?:st|nd|rd|th)|(" + "|".join(_ORDINALS) + ")"
_KINDS: dict[str, dict[str, Plain]] = {"poll": {"poll": True}, "post": {"method": "POST"}}

_BEGINNING = r"once\b|twice\b|\d+ times?\b|with |for |on |while |to "

Row = dict[str, Plain]


def _number(told: re.Match[str]) -> int:
    return int(told[1]) if told[1] else _ORDINALS[told[2]]


_CONDITIONS: tuple[tuple[str, Callable[[re.Match[str], int], Row]], ...] = (
    (r"once", lambda told, now: {"times": 1}),
    (r"twice", lambda told, now: {"times": 2}),
    (r"(\d+) times?", lambda told, now: {"times": int(told[1])}),
    (r"with Retry-After (\d.*?)", lambda told, now: {"retry_after": told[1]}),
    (r"for (\d.*?)", lambda told, now: {"from": spoken(now), "to": spoken(now + duration(told[1]))}),
    (r"on (poll|post)s", lambda told, now: _KINDS[told[1]]),
    (rf"on every (?:{_NTH}) (poll|post)", lambda told, now: {"every": _number(told), **_KINDS[told[3]]}),
    (rf"on the (?:{_NTH}) (poll|post)", lambda told, now: {"nth": _number(told), **_KINDS[told[3]]}),
    (r"while the connection is in (\S+)", lambda told, now: {"state": told[1]}),
    (
        r"to the (inviter|invitee|other invitee)",
        lambda told, now: {"client": f"{told[1].replace(' ', '-')}-key"},
    ),
)
_KNOWN = "once, twice, 3 times, with Retry-After 30 seconds, for 5 minutes, on polls, on posts, on the second poll, on \
every third poll, to the inviter, while the connection is in STATE"


def conditions(words: str | None, now: int) -> Row:
    """Read what a sentence says about when a fault strikes.

    Args:
        words: Any of the forms that the message of the error lists, one after the other.
        now: Nanoseconds since the world's start: ``for 5 minutes`` counts from here.

    Raises:
        BadFault: It is said in other words.
        BadDuration: A duration is none.
    """
    rest, row = " ".join((words or "").split()), {}
    while rest:
        for pattern, read in _CONDITIONS:
            if told := re.match(rf"{pattern}(?= (?:{_BEGINNING})|$)", rest):
                row.update(read(told, now))
                rest = rest[told.end() :].strip()
                break
        else:
            raise BadFault(f"A fault was to strike {rest!r}. Expected one or more of: {_KNOWN}.")
    return row
