"""The faults of one world that wait for requests, found without trying them all.

A fault that names one value exactly, such as a connection, is filed under that value, and one that begins later waits
until then: a hundred of them that do not fit cost a poll next to nothing. Only those with nothing but patterns are
tried one by one.
"""

import heapq
import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from simulator.clock import Clock
from simulator.errors import UnusedFault
from simulator.exchange import Reply
from simulator.faults.fault import Fault, Stage
from simulator.faults.registry import read_fault
from simulator.faults.strike import MATCHED, Armed, Strike, exact
from simulator.faults.when import Call
from simulator.seed import Seed


class Faults:
    """What is armed in one world.

    Faults add up. Of those that stop a request the newest does; those that spoil replies all do, the oldest first,
    after the fault of a script's step.

    Args:
        check: Refuses a fault that no request of this world can fit.
    """

    def __init__(self, seed: Seed, clock: Clock, check: Callable[[Fault], None] = lambda fault: None) -> None:
        self._seed = seed
        self._start = clock.start
        self._check = check
        self._numbers = itertools.count(1)
        self._armed: dict[int, Armed] = {}
        self._shelves = {stage: _Shelves() for stage in Stage}

    def __iter__(self) -> Iterator[Armed]:
        return iter(list(self._armed.values()))

    def __bool__(self) -> bool:
        return bool(self._armed)

    def arm(self, fault: "Fault | Mapping[str, object] | str", *, required: bool = True) -> Armed:
        """Let a fault wait for requests.

        Args:
            fault: What `read_fault` takes.
            required: Whether the test fails at its end if it never strikes.

        Raises:
            BadFault: It is none, or can never strike.
        """
        read = read_fault(fault)
        self._check(read)
        number = next(self._numbers)
        armed = self._armed[number] = Armed(read, (number,), number, required)
        self._shelves[read.stage].add(armed)
        return armed

    def disarm(self, armed: Armed | int) -> Armed | None:
        """Take a fault away, by itself or by its number; ``None`` if it is not there."""
        found = self._armed.pop(armed if isinstance(armed, int) else armed.number, None)
        if found is not None:
            self._shelves[found.fault.stage].remove(found)
        return found

    def clear(self) -> None:
        """Take all faults away."""
        for armed in self:
            self.disarm(armed)

    def begin_anew(self) -> None:
        """Count requests from 1 again; whether a fault was of use stays known."""
        for armed in self:
            self._shelves[armed.fault.stage].remove(armed)
            armed.begin_anew()
            self._shelves[armed.fault.stage].add(armed)

    def check(self) -> None:
        """Raise if a fault of a test never struck. One that is left to chance, or a limit, must have met a request.

        Raises:
            UnusedFault: With what it waited for.
        """
        for armed in self:
            if armed.required and not armed.used:
                row = ", ".join(f"{key}: {value}" for key, value in armed.fault.row().items())
                met = f"It met {armed.met} requests" if armed.met else "No request came that it is meant for"
                raise UnusedFault(
                    f"The fault {{{row}}} never struck. {met}. Expected it to strike at least once. Let the client "
                    f"ask, or take the fault out of the test."
                )

    # --- when a request comes -------------------------------------------------------------------------------------

    def stop(self, call: Call, own: Armed | None = None) -> Reply | None:
        """What is answered in place of the agent, if a fault stops the request.

        Args:
            own: The fault of the step that the connection's script shows.
        """
        for strike in self._strikes(Stage.STOPS, call, own, newest_first=True):
            reply = strike.armed.fault.stop(strike)
            if reply is not None:
                strike.done()
                return reply._replace(about=call.connection, note=str(strike.armed))
        return None

    def spoil(self, call: Call, reply: Reply, own: Armed | None = None) -> Reply:
        """The reply as it arrives."""
        for strike in self._strikes(Stage.SPOILS, call, own):
            spoilt = strike.armed.fault.spoil(strike, reply)
            if spoilt is not None:
                strike.done()
                reply = spoilt._replace(note=f"{reply.note}; {strike.armed}" if reply.note else str(strike.armed))
        return reply

    def tell(self, call: Call) -> Armed | None:
        """The fault that strikes an event on its way to a webhook, if one does."""
        for strike in self._strikes(Stage.TELLS, call, None, newest_first=True):
            strike.done()
            return strike.armed
        return None

    def _strikes(self, stage: Stage, call: Call, own: Armed | None, *, newest_first: bool = False) -> Iterator[Strike]:
        found = self._shelves[stage].find(call, self._start) if self._armed else []
        if len(found) > 1:
            found.sort(key=lambda armed: armed.number, reverse=newest_first)
        if own is not None and own.fault.stage is stage:
            found = [*found, own] if newest_first else [own, *found]
        for armed in found:
            if (strike := armed.strikes(call, self._start, self._seed)) is not None:
                yield strike


class _Shelves:
    """The armed faults of one stage."""

    def __init__(self) -> None:
        self._exact: dict[str, dict[str, list[Armed]]] = {}
        self._others: list[Armed] = []
        self._later: list[tuple[int, int, Armed]] = []

    def add(self, armed: Armed) -> None:
        """Put a fault where it is found, or where it waits for its time."""
        since = armed.fault.when.since
        if since:
            heapq.heappush(self._later, (since, armed.number, armed))
        else:
            self._shelf(armed).append(armed)

    def remove(self, armed: Armed) -> None:
        """Take a fault away, wherever it is."""
        self._later = [waiting for waiting in self._later if waiting[2] is not armed]
        heapq.heapify(self._later)
        shelf = self._shelf(armed)
        if armed in shelf:
            shelf.remove(armed)

    def find(self, call: Call, start: int) -> list[Armed]:
        """Those that may be meant for a request."""
        age = call.at - start
        while self._later and self._later[0][0] <= age:
            armed = heapq.heappop(self._later)[2]
            self._shelf(armed).append(armed)
        found: list[Armed] = []
        for name, shelves in self._exact.items():
            shelf = shelves.get(getattr(call, name))
            if shelf:
                found += self._alive(shelf, age)
        if self._others:
            found += self._alive(self._others, age)
        return found

    def _alive(self, shelf: list[Armed], age: int) -> list[Armed]:
        for armed in [armed for armed in shelf if armed.spent or _over(armed, age)]:
            shelf.remove(armed)
        return shelf

    def _shelf(self, armed: Armed) -> list[Armed]:
        for name in MATCHED:
            value: Any = getattr(armed.fault.when, name)
            if value is not None and exact(value):
                return self._exact.setdefault(name, {}).setdefault(value, [])
        return self._others


def _over(armed: Armed, age: int) -> bool:
    until = armed.fault.when.until
    return until is not None and age >= until
