"""One moment at which a fault strikes."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from connsim.core.seed import Seed
from connsim.faults.when import Call


@dataclass(frozen=True, slots=True)
class Strike:
    """One request that a fault may strike.

    Attributes:
        name: What chance is drawn by: it tells one fault from another.
        turn: The ordinal of the request, from 1 on, among those of its client and connection that the fault may strike.
        memory: What the fault keeps from one strike to the next.
    """

    call: Call
    seed: Seed
    name: tuple[object, ...]
    turn: int
    memory: dict[Hashable, Any]

    def draw(self, low: int, high: int, *purpose: object) -> int:
        """Draw an integer, both ends included: by whom it strikes, so that others do not change it."""
        call = self.call
        who = (call.client, call.connection or "", self.turn)
        return self.seed.draw_between(low, high, "fault", *self.name, *who, *purpose)
