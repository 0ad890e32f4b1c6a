"""One request that a fault may strike, with its source of chance."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from connsim.core.seed import Seed
from connsim.faults.when import Call


@dataclass(frozen=True, slots=True)
class Strike:
    """One request that a fault may strike.

    Attributes:
        name: The name of the fault in draws from the seed.
        ordinal: The ordinal of the request, from 1, among those of its client and connection that the fault may strike.
        memory: Data that the fault keeps from one strike to the next.
    """

    call: Call
    seed: Seed
    name: tuple[object, ...]
    ordinal: int
    memory: dict[Hashable, Any]

    def draw(self, low: int, high: int, *purpose: object) -> int:
        """Draw an integer, both ends included.

        Drawn by client, connection and their ordinal, so that requests of other clients do not change it.
        """
        call = self.call
        who = (call.client, call.connection or "", self.ordinal)
        return self.seed.draw_between(low, high, "fault", *self.name, *who, *purpose)
