"""The possible ends of a sequence's step (a time, a number of polls, an event, never), and their notation."""

import re
from dataclasses import dataclass

from connsim.core.durations import PATTERN, duration, spoken
from connsim.errors import BadDuration, BadScript


@dataclass(frozen=True, slots=True)
class For:
    """Ends after a virtual time between ``shortest`` and ``longest`` nanoseconds, drawn from the seed."""

    shortest: int
    longest: int

    def __str__(self) -> str:
        if self.shortest == self.longest:
            return f"for {spoken(self.shortest)}"
        return f"for {spoken(self.shortest)} to {spoken(self.longest)}"


@dataclass(frozen=True, slots=True)
class Polls:
    """Ends right after the reply to the ``count``-th poll that showed the client this step."""

    count: int

    def __str__(self) -> str:
        return f"for {self.count} poll{'' if self.count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Until:
    """Ends at an event, named as in the role's table."""

    event: str

    def __str__(self) -> str:
        return f"until {self.event}"


@dataclass(frozen=True, slots=True)
class Ever:
    """Never ends."""

    def __str__(self) -> str:
        return "for ever"


@dataclass(frozen=True, slots=True)
class After:
    """A placeholder for the parameter of a behaviour; a sequence cannot be played until it is filled in."""

    def __str__(self) -> str:
        return f"for {PARAMETER}"


Ends = For | Polls | Until | Ever | After

PARAMETER = "$after"
"""The notation of `After` in a scenario file."""

_POLLS = re.compile(r"([0-9]{1,18})\s*polls?")
_RANGE = re.compile(r"(.+?)\s*(?:\.\.|\bto\b)\s*(.+)")
SPOKEN_EVENTS = {
    "the holder accepts": "accepted",
    "the holder refuses": "refused",
    "the holder redirects": "redirected",
    "the inviter answers": "answered",
    "sending fails": "failed",
}
"""The events in the words of feature files, each with its name in the tables."""

_LOWER = rf"(?:(?:[0-9]{{1,18}}(?:\.[0-9]{{1,18}})?|{PATTERN})\s*(?:\.\.|\bto\b)\s*)?"
PARAMETER_PATTERN = rf"(?:[0-9]{{1,18}}\s*polls?|{_LOWER}{PATTERN})"
"""A behaviour's parameter as a regular expression, valid in Python and in JSON Schema."""

FOR_PATTERN = rf"(?:ever|\$after|{PARAMETER_PATTERN})"
"""What may follow ``for``, likewise."""


def parse_ends(text: str) -> Ends:
    """Parse the end of a step, in the notation of a scenario file or of a feature file.

    Args:
        text: ``90s``, ``5s..20s``, ``5 to 20 seconds``, ``3 polls``, ``until accepted`` or ``ever``, optionally after
            ``for``.

    Raises:
        BadScript: The text has another form.
    """
    words = " ".join(text.split())
    if words.startswith("until "):
        event = words.removeprefix("until ")
        return Until(SPOKEN_EVENTS.get(event, event))
    words = words.removeprefix("for ").strip()
    if words == "ever":
        return Ever()
    if words == PARAMETER:
        return After()
    if polls := _POLLS.fullmatch(words):
        if int(polls[1]) < 1:
            raise BadScript(f"{text!r} can never end a step. Expected at least 1 poll.")
        return Polls(int(polls[1]))
    try:
        if span := _RANGE.fullmatch(words):
            return _range(span[1], span[2], text)
        return For(duration(words), duration(words))
    except BadDuration as bad:
        raise BadScript(
            f"{text!r} does not say what ends a step. Expected a duration ('90s', '5s..20s'), '3 polls', "
            f"'until <event>' or 'for ever'."
        ) from bad


def _range(low: str, high: str, text: str) -> For:
    if low.replace(".", "").isdigit():  # "5 to 20 seconds": the unit of the second number is that of both
        low += re.sub(r"[0-9.]", "", high)
    shortest, longest = duration(low), duration(high)
    if shortest > longest:
        raise BadScript(f"{text!r} runs backwards. Expected the shorter duration first.")
    return For(shortest, longest)
