"""Every error class of connsim.

    ConnsimError
    ├── Misuse               the test, the script or the command line is wrong
    │   ├── BadDuration      a text does not parse as a duration
    │   ├── BadScript        a state sequence cannot be played
    │   ├── UnknownBehaviour a behaviour or role is not defined
    │   ├── UnusedScript     no connection ever played a script
    │   ├── NotFound         no record, script, fault or tenant has this id
    │   ├── BadInvitation    a text does not parse as an invitation
    │   ├── BadFault         a fault is unknown or malformed, or its conditions can never hold
    │   ├── UnusedFault      a fault never struck
    │   └── NotVirtual       virtual time cannot cover what was asked of it
    ├── Violation            the client under test, or the fake itself, broke the protocol
    └── Waiting              a wait can never end
        ├── Deadlock         every thread waits, and nothing is due or in transit
        └── GuardExpired     real time ran out before virtual time could move

    Unmet                    (an AssertionError) a step's expectation of the client was not met
    StillPolling             (a BaseException, so that no client swallows it) a client reached the horizon

The split into `Misuse` and the rest matters more than the names: "you used the simulator wrongly" must never read like
"the client under test is wrong". A message says what happened, what was expected, and what to do, in that order;
`did_you_mean` adds the nearest known word.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class ConnsimError(Exception):
    """Base of all errors that connsim raises on purpose."""


class Misuse(ConnsimError):
    """The simulator was used wrongly; the client under test is not to blame."""


class BadDuration(Misuse):
    """A text does not parse as a duration."""


class BadScript(Misuse):
    """A state sequence cannot be played: unknown states, illegal transitions, unreachable steps."""


class UnknownBehaviour(Misuse):
    """No behaviour or role has this name."""


class UnusedScript(Misuse):
    """No connection ever played a script of the test."""


class NotFound(Misuse):
    """Nothing in this world has the given id or number."""


class BadInvitation(Misuse):
    """A text does not parse as an invitation."""


class BadFault(Misuse):
    """A fault is unknown or malformed, or its conditions can never hold."""


class UnusedFault(Misuse):
    """A fault that the test added never struck."""


class NotVirtual(Misuse):
    """Virtual time cannot cover code that runs on real time."""


class Violation(ConnsimError):
    """The protocol was broken: the client sent something illegal, or the fake failed internally."""


class Waiting(ConnsimError):
    """A wait can never end."""


class Unmet(AssertionError):
    """The client under test did not do what a step expected.

    An `AssertionError`, so that pytest reports a failed test rather than an error.
    """


class StillPolling(BaseException):
    """A client was still waiting at the horizon of its world, so it would never stop.

    A `BaseException`: the ``except Exception`` of a retry loop would swallow anything less.
    """


class Deadlock(Waiting):
    """Every thread waits, and nothing that is due or in transit can wake one."""


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
    written = str(word)[:_LONGEST_GUESS]
    # Without its capitals a word resembles more words by chance, so it must resemble them more.
    near = get_close_matches(written, words.values(), n=1, cutoff=cutoff)
    near = near or [words[one] for one in get_close_matches(written.lower(), words, n=1, cutoff=max(cutoff, 0.75))]
    return f" Did you mean {near[0]!r}?" if near else ""
