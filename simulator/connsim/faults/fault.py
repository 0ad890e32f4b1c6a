"""The base class of faults: name, parameters, conditions, and the place where a fault acts.

                  STOPS              SPOILS
    request ---> a fault? ---> fake ---> faults ---> door ---> client
                    |                      ^          (late, in pieces, cut, reset)
                    +-----> its reply -----+
    event -----> a fault? ---> queue of webhooks ---> receiver
                  DELIVERS

Problem. The consequences of a failure depend on whether the agent has processed the request: a POST that is sent again
after a lost reply makes a second record; one that is sent again after a refused connection does not.

Solution. A fault acts at one of three places. It *stops* a request before the fake, so that nothing is processed. It
*spoils* the reply to a request that was processed. Or it disturbs how the agent *delivers* an event by webhook. A fault
is a value and has no effects itself: it returns a `Reply` with data for the door (a delay, a `Network`), so that the
fake needs no socket, and the door no knowledge of faults.

Consequences:

- Only the door waits and breaks connections. A world without a port (`respx`, a test) has the same faults, as far as
  its door can show them.
- A reply whose state the client cannot read is marked ``unseen``: it does not count as a poll for ``for 3 polls``.
- The reply of a fault that stops a request is spoilt like any other: a 503 can be late, too.
- Random values are drawn by fault, client, connection and ordinal, so that concurrent clients do not change each
  other's outcome (`Strike.draw`).
- A new fault is a file: a frozen dataclass with `parameter` fields, and `stop` or `spoil`. Its first docstring line is
  its text in the documentation and in the schema of scenario files.
"""

from abc import ABC
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

from connsim.core.exchange import Reply
from connsim.faults.parameters import Plain, parameters, written
from connsim.faults.strike import Strike
from connsim.faults.when import ALWAYS, When


class Stage(Enum):
    """The place where a fault acts."""

    STOPS = "before the agent is asked"
    SPOILS = "on the way back"
    DELIVERS = "on the way of a webhook"


@dataclass(frozen=True, slots=True)
class Fault(ABC):
    """A failure of requests, replies or webhooks.

    Attributes:
        word: Its name, which is also the key of its first parameter in a row.
        when: The conditions under which it strikes.
    """

    word: ClassVar[str]
    when: When = field(default=ALWAYS, kw_only=True)

    @property
    def stage(self) -> Stage:
        """Where it acts."""
        return Stage.SPOILS

    @property
    def may_never_strike(self) -> bool:
        """Whether a test may end without a strike: if the fault has a probability, or the client can avoid it."""
        return self.when.probability < 1

    def stop(self, strike: Strike) -> Reply | None:
        """The reply in place of the agent's; ``None`` if the fault does not strike after all."""
        raise NotImplementedError

    def spoil(self, strike: Strike, reply: Reply) -> Reply | None:
        """The changed reply; ``None`` if there is nothing to change."""
        raise NotImplementedError

    def row(self) -> dict[str, Plain]:
        """The fault as a row of a scenario file, which `read_fault` reads; defaults are left out."""
        return self._own_row() | {
            parameter.key: written(parameter, value)
            for parameter in parameters(When)
            if (value := getattr(self.when, parameter.field)) != parameter.default
        }

    def _own_row(self) -> dict[str, Plain]:
        named = {parameter.key: (parameter, getattr(self, parameter.field)) for parameter in parameters(type(self))}
        return {
            key: written(one, value) for key, (one, value) in named.items() if key == self.word or value != one.default
        }

    def __str__(self) -> str:
        return ", ".join(key if value is True else f"{key} {value}" for key, value in self._own_row().items())
