"""What a fault is: its name, its parameters, when it strikes, and what it does then.

A fault does one of three things. It *stops* a request: the agent is never asked, so a POST makes no record, and a poll
was not seen. It *spoils* the reply to a request that was processed. Or it strikes what the agent *tells* by webhook.
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
    """Where a fault strikes."""

    STOPS = "before the agent is asked"
    SPOILS = "on the way back"
    TELLS = "on the way of a webhook"


@dataclass(frozen=True, slots=True)
class Fault(ABC):
    """Something that happens to what a client asks, or is told. Its docstring is one sentence.

    Attributes:
        word: Its name, which is also the key of its first parameter in a row.
        when: When it strikes.
    """

    word: ClassVar[str]
    when: When = field(default=ALWAYS, kw_only=True)

    @property
    def stage(self) -> Stage:
        """Where it strikes."""
        return Stage.SPOILS

    @property
    def may_never_strike(self) -> bool:
        """Whether it is nobody's mistake if it did not strike."""
        return self.when.probability < 1

    def stop(self, strike: Strike) -> Reply | None:
        """What is answered in place of the agent; ``None`` if it does not strike after all."""
        raise NotImplementedError

    def spoil(self, strike: Strike, reply: Reply) -> Reply | None:
        """The reply as it arrives; ``None`` if there is nothing to be spoilt."""
        raise NotImplementedError

    def row(self) -> dict[str, Plain]:
        """The fault as a line of a scenario file, which `read_fault` reads; what it need not say is left out."""
        return self._said() | {
            parameter.key: written(parameter, value)
            for parameter in parameters(When)
            if (value := getattr(self.when, parameter.field)) != parameter.default
        }

    def _said(self) -> dict[str, Plain]:
        named = {parameter.key: (parameter, getattr(self, parameter.field)) for parameter in parameters(type(self))}
        return {
            key: written(one, value) for key, (one, value) in named.items() if key == self.word or value != one.default
        }

    def __str__(self) -> str:
        return ", ".join(key if value is True else f"{key} {value}" for key, value in self._said().items())
