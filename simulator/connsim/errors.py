"""Every error that connsim raises of its own accord.

    ConnsimError
    ├── Misuse               the test, the script or the command line is wrong
    │   ├── BadDuration      a text that is no duration
    │   ├── BadScript        a state sequence that cannot be played
    │   ├── UnknownBehaviour a behaviour or role that nobody defined
    │   ├── UnusedScript     a script that no connection ever played
    │   ├── NotFound         an id that stands for nothing here
    │   ├── BadInvitation    a text that was to be an invitation and is none
    │   ├── BadFault         a fault that is none, or that cannot strike where it is said to
    │   ├── UnusedFault      a fault that never struck
    │   └── NotVirtual       something was asked of virtual time that it cannot do
    ├── Violation            the client under test, or the fake itself, broke the protocol
    └── Waiting              somebody waited for what can never come
        ├── Deadlock         nothing is due, nothing is on its way, and everybody waits
        └── GuardExpired     real time ran out before virtual time could move

    Unmet                    (an AssertionError) a step's expectation of the client was not met
    StillPolling             (a BaseException, so that no client swallows it) a client reached the horizon

The split matters more than the names: "you used the simulator wrongly" must never read like "the client
under test is wrong". Messages say what happened, what was expected, and what to do, in that order; `did_you_mean` gives
the nearest miss.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class ConnsimError(Exception):
    """Base of all errors that connsim raises on purpose."""


class Misuse(ConnsimError):
    """The simulator was used wrongly; the client under test is not to blame."""


class BadDuration(Misuse):
    """A text was given as a duration and is none."""


class BadScript(Misuse):
    """A state sequence that cannot be played: unknown states, illegal edges, steps out of reach."""


class UnknownBehaviour(Misuse):
    """A behaviour or role was named that is not defined."""


class UnusedScript(Misuse):
    """A test wrote a script that no connection ever played."""


class NotFound(Misuse):
    """An id or a number was named that stands for nothing here."""


class BadInvitation(Misuse):
    """A text was given as an invitation and is none."""


class BadFault(Misuse):
    """A fault was described that there is not, or one that cannot strike where it is said to."""


class UnusedFault(Misuse):
    """A test armed a fault that never struck."""


class NotVirtual(Misuse):
    """Virtual time was asked to cover something that runs on real time."""


class Violation(ConnsimError):
    """The protocol was broken: the client sent what nobody may send, or the fake failed inside."""


class Waiting(ConnsimError):
    """Somebody waited in vain."""


class Unmet(AssertionError):
    """A step expected something of the client under test, and it was not so."""


class StillPolling(BaseException):
    """A client went on waiting until the horizon of its world; it would never stop."""


class Deadlock(Waiting):
    """Everybody waits, and nothing that is due or on its way can end it."""


class GuardExpired(Waiting):
    """The guard's limit in real time passed while virtual time stood still."""


_LONGEST_GUESS = 80
"""Characters of a word that are compared: a name is shorter, and comparing takes the square of the length."""


def did_you_mean(word: object, known: Iterable[object], *, cutoff: float = 0.6) -> str:
    """Return a question for the nearest of the known words, after a space; empty if none is near.

    Args:
        word: What was written; case does not matter.
        cutoff: How much of it must be right, from 0 to 1, as for `difflib.get_close_matches`.
    """
    words = {str(name).lower(): str(name) for name in known}
    near = get_close_matches(str(word)[:_LONGEST_GUESS].lower(), words, n=1, cutoff=cutoff)
    return f" Did you mean {words[near[0]]!r}?" if near else ""
