"""The faults that are active in one world, and an index that finds those for a request.

Every request asks for its faults, so the search must not grow with their number. A fault that names one value exactly,
such as a connection, is filed under that value; a fault that begins later is kept apart until then. Only faults with
nothing but patterns are tried one by one, and the result is remembered for all requests that are alike. So a hundred
faults that do not match cost a poll next to nothing.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from connsim.core.clock import Clock
from connsim.core.exchange import Reply
from connsim.core.seed import Seed
from connsim.errors import UnusedFault
from connsim.faults.fault import Fault, Stage
from connsim.faults.registry import read_fault
from connsim.faults.strike import Strike
from connsim.faults.when import MATCHED, Call, exact

_KNOWN = 4096  # kinds of requests whose faults are remembered: clients make up connections without end
_MILLIONTHS = 1_000_000


@dataclass(slots=True, eq=False)
class ActiveFault:
    """A fault that waits for requests, and its counters.

    Attributes:
        name: The name that chance is drawn by.
        number: Its number in the control API, from 1; 0 for the fault of a step.
        required: Whether the test fails if the fault never strikes.
        matches: The number of requests since the last reset that matched all conditions but ``nth``, ``every`` and
            ``probability``.
        struck: The number of strikes since the last reset.
        was_used: Whether it has ever struck, or matched a request if it need not strike; kept over resets.
        memory: Data that the fault keeps from one strike to the next.
    """

    fault: Fault
    name: tuple[object, ...] = ()
    number: int = 0
    required: bool = True
    matches: int = 0
    struck: int = 0
    was_used: bool = False
    memory: dict[Hashable, Any] = field(default_factory=dict)
    _ordinals: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    _fits: tuple[tuple[str, str, Callable[[str, str], bool]], ...] = ()

    def __post_init__(self) -> None:
        when = self.fault.when
        given = [(name, getattr(when, name)) for name in MATCHED]
        self._fits = tuple(
            (name, pattern, str.__eq__ if exact(pattern) else fnmatchcase)
            for name, pattern in given
            if pattern is not None
        )

    @property
    def exhausted(self) -> bool:
        """Whether it cannot strike any more, because ``times`` or ``nth`` is used up."""
        when = self.fault.when
        if when.times is not None and self.struck >= when.times:
            return True
        return when.nth is not None and when.nth.last is not None and self.matches >= when.nth.last

    def restart_counts(self) -> None:
        """Count requests from 1 again."""
        self.matches = self.struck = 0
        self.memory.clear()
        self._ordinals.clear()

    def strikes(self, call: Call, start: int, seed: Seed) -> Strike | None:
        """Count a request that fits, and decide whether the fault strikes it.

        Args:
            call: A request for which `fits` is true.
            start: The world's start, in nanoseconds since 1970.
            seed: The source of chance.

        Returns:
            The strike, or ``None`` if the request comes at the wrong time, has the wrong ordinal, or chance spares it.
        """
        when = self.fault.when
        age = call.at - start
        if age < when.since or (when.until is not None and age >= when.until) or self.exhausted:
            return None
        self.matches += 1
        self.was_used = self.was_used or self.fault.may_never_strike
        if (when.nth is not None and self.matches not in when.nth) or (
            when.every is not None and self.matches % when.every
        ):
            return None
        who = (call.client, call.connection)
        self._ordinals[who] += 1
        strike = Strike(call, seed, self.name, self._ordinals[who], self.memory)
        if when.probability < 1 and strike.draw(1, _MILLIONTHS, "chance") > when.probability * _MILLIONTHS:
            return None
        return strike

    def count_strike(self) -> None:
        """Count a strike. Apart from `strikes`, because a fault may find nothing to do, such as a body to truncate."""
        self.struck += 1
        self.was_used = True

    def fits(self, call: Call) -> bool:
        """Whether a request meets all conditions but those of time, ordinal and chance."""
        if self.fault.when.poll is not None and call.poll is not self.fault.when.poll:
            return False
        for name, pattern, fits in self._fits:
            value = getattr(call, name)
            if value is None or not fits(value, pattern):
                return False
        return True

    def __str__(self) -> str:
        return f"fault {self.number}: {self.fault}" if self.number else f"fault: {self.fault}"


class Faults:
    """The faults that are active in one world.

    Faults add up. Of those that stop a request only the newest strikes: one reply is enough. Those that spoil replies
    all strike, the oldest first, after the fault of a script's step.

    Args:
        seed: The source of chance.
        clock: Its start is the zero of ``from`` and ``to``.
        check: Raises `BadFault` for a fault that no request of this world can match.
    """

    def __init__(self, seed: Seed, clock: Clock, check: Callable[[Fault], None] = lambda fault: None) -> None:
        self._seed = seed
        self._start = clock.start
        self._check = check
        self._numbers = itertools.count(1)
        self._active: dict[int, ActiveFault] = {}
        self._index = _Index()

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(list(self._active.values()))

    def __bool__(self) -> bool:
        return bool(self._active)

    def add(self, fault: "Fault | Mapping[str, object] | str", *, required: bool = True) -> ActiveFault:
        """Add a fault.

        Args:
            fault: A fault in any form that `read_fault` takes.
            required: Whether the test fails at its end if the fault never strikes.

        Returns:
            The active fault, with its counters.

        Raises:
            BadFault: The fault is unknown or malformed, or can never strike.
        """
        read = read_fault(fault)
        self._check(read)
        number = next(self._numbers)
        active = self._active[number] = ActiveFault(read, (number,), number, required)
        self._index.add(active)
        return active

    def remove(self, active: ActiveFault | int) -> ActiveFault | None:
        """Remove a fault, given itself or its number; returns ``None`` if it is not active."""
        found = self._active.pop(active if isinstance(active, int) else active.number, None)
        if found is not None:
            self._index.remove(found)
        return found

    def clear(self) -> None:
        """Remove all faults."""
        for active in self:
            self.remove(active)

    def restart_counts(self, seed: Seed) -> None:
        """Count requests from 1 again, and draw from this seed; ``was_used`` stays: `check` is about the whole test."""
        self._seed = seed
        for active in self:
            self._index.remove(active)  # and added again: one that begins later may wait for its moment once more
            active.restart_counts()
            self._index.add(active)

    def check(self) -> None:
        """Raise if a required fault never struck; of one that may never strike a matching request is enough.

        Raises:
            UnusedFault: The message has the conditions of the fault.
        """
        for active in self:
            if active.required and not active.was_used:
                row = ", ".join(f"{key}: {value}" for key, value in active.fault.row().items())
                matched = (
                    f"{active.matches} requests matched" if active.matches else "No request matched its conditions"
                )
                raise UnusedFault(
                    f"The fault {{{row}}} never struck. {matched}. Expected it to strike at least once. Make the "
                    f"client send such a request, or remove the fault from the test."
                )

    # --- when a request comes -------------------------------------------------------------------------------------

    def any_match(self, call: Call) -> bool:
        """Whether a fault is meant for a request. Usually none is, and the fake skips everything else."""
        return self._index.find(call, call.at - self._start) is not _NOTHING

    def stop(self, call: Call, step_fault: ActiveFault | None = None) -> Reply | None:
        """Apply the newest fault that stops a request.

        Args:
            call: The request.
            step_fault: The fault of the step that the connection's script is in.

        Returns:
            The reply in place of the agent's; ``None`` if no fault stops the request.
        """
        for active, strike in self._strikes(Stage.STOPS, call, step_fault, newest_first=True):
            reply = active.fault.stop(strike)
            if reply is not None:
                active.count_strike()
                return reply._replace(about=call.connection, note=str(active))
        return None

    def spoil(self, call: Call, reply: Reply, step_fault: ActiveFault | None = None) -> Reply:
        """Apply all faults that spoil replies, one after the other, and return the reply as it arrives."""
        for active, strike in self._strikes(Stage.SPOILS, call, step_fault):
            spoilt = active.fault.spoil(strike, reply)
            if spoilt is not None:
                active.count_strike()
                reply = spoilt._replace(note=f"{reply.note}; {active}" if reply.note else str(active))
        return reply

    def strike_event(self, call: Call) -> ActiveFault | None:
        """The fault that strikes an event on its way to the webhooks, or ``None``."""
        for active, _ in self._strikes(Stage.TELLS, call, None, newest_first=True):
            active.count_strike()
            return active
        return None

    def _strikes(
        self, stage: Stage, call: Call, step_fault: ActiveFault | None, *, newest_first: bool = False
    ) -> Iterator[tuple[ActiveFault, Strike]]:
        found = self._index.find(call, call.at - self._start)[stage] if self._active else ()
        if newest_first:
            found = found[::-1]
        if step_fault is not None and step_fault.fault.stage is stage:
            found = (*found, step_fault) if newest_first else (step_fault, *found)
        for active in found:
            if (strike := active.strikes(call, self._start, self._seed)) is not None:
                yield active, strike


_Found = dict[Stage, tuple[ActiveFault, ...]]
_NOTHING: _Found = dict.fromkeys(Stage, ())


class _Index:
    """Finds the active faults for a request.

    Results are remembered by `Call.key`, everything that conditions can depend on: a client that polls sends the same
    request again and again.
    """

    def __init__(self) -> None:
        self._exact: dict[str, dict[str, list[ActiveFault]]] = {}
        self._others: list[ActiveFault] = []
        self._later: list[tuple[int, int, ActiveFault]] = []
        self._known: dict[tuple[str | bool | None, ...], _Found] = {}

    def add(self, active: ActiveFault) -> None:
        """Add a fault; one that begins later is found from its moment on."""
        since = active.fault.when.since
        if since:
            heapq.heappush(self._later, (since, active.number, active))
        else:
            self._begin(active)

    def remove(self, active: ActiveFault) -> None:
        """Remove a fault, if it is there."""
        self._known.clear()
        self._later = [waiting for waiting in self._later if waiting[2] is not active]
        heapq.heapify(self._later)
        shelf = self._shelf(active)
        if active in shelf:
            shelf.remove(active)

    def find(self, call: Call, age: int) -> _Found:
        """The faults that are meant for a request, by stage, the oldest first.

        Args:
            call: The request.
            age: Nanoseconds since the world's start.
        """
        while self._later and self._later[0][0] <= age:
            self._begin(heapq.heappop(self._later)[2])
        key = call.key
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            found = self._known[key] = self._look(call)
        return found

    def _look(self, call: Call) -> _Found:
        shelves = [shelves.get(getattr(call, name), []) for name, shelves in self._exact.items()]
        fits = [active for shelf in (*shelves, self._others) for active in shelf if active.fits(call)]
        if not fits:
            return _NOTHING
        fits.sort(key=lambda active: active.number)
        return {stage: tuple(active for active in fits if active.fault.stage is stage) for stage in Stage}

    def _begin(self, active: ActiveFault) -> None:
        self._known.clear()
        self._shelf(active).append(active)

    def _shelf(self, active: ActiveFault) -> list[ActiveFault]:
        for name in MATCHED:
            value: Any = getattr(active.fault.when, name)
            if value is not None and exact(value):
                return self._exact.setdefault(name, {}).setdefault(value, [])
        return self._others
