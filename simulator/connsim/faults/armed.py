"""The faults that are armed in one world: those that wait for requests, found without trying them all.

A fault that names one value exactly, such as a connection, is filed under that value, and one that begins later waits
until then. Only those with nothing but patterns are tried one by one, and that once for all requests of a kind. So a
hundred that do not fit cost a poll next to nothing.
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

_KNOWN = 4096  # kinds of requests for which it is known what they fit
_MILLIONTHS = 1_000_000


@dataclass(slots=True, eq=False)
class Armed:
    """A fault that waits for requests. It counts them.

    Attributes:
        name: What chance is drawn by.
        number: Its name in the control API, from 1 on; 0 for the fault of a step.
        required: Whether it is a mistake of the test if it never strikes.
        met: How many requests it was meant for, of those since the last reset.
        struck: How often it struck since then; ``used`` is whether it ever did what it is there for.
        memory: What the fault itself keeps from one strike to the next.
    """

    fault: Fault
    name: tuple[object, ...] = ()
    number: int = 0
    required: bool = True
    met: int = 0
    struck: int = 0
    used: bool = False
    memory: dict[Hashable, Any] = field(default_factory=dict)
    _turns: Counter[tuple[str, str | None]] = field(default_factory=Counter)
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
    def spent(self) -> bool:
        """Whether it can not strike any more, whatever comes."""
        when = self.fault.when
        if when.times is not None and self.struck >= when.times:
            return True
        return when.nth is not None and when.nth.last is not None and self.met >= when.nth.last

    def begin_anew(self) -> None:
        """Count from 1 again."""
        self.met = self.struck = 0
        self.memory.clear()
        self._turns.clear()

    def strikes(self, call: Call, start: int, seed: Seed) -> Strike | None:
        """Count a request that fits, if it comes at the right time; tell whether it is one to strike.

        Args:
            start: When the world began.
        """
        when = self.fault.when
        age = call.at - start
        if age < when.since or (when.until is not None and age >= when.until) or self.spent:
            return None
        self.met += 1
        self.used = self.used or self.fault.may_never_strike
        if (when.nth is not None and self.met not in when.nth) or (when.every is not None and self.met % when.every):
            return None
        who = (call.client, call.connection)
        self._turns[who] += 1
        strike = Strike(call, seed, self.name, self._turns[who], self.memory)
        if when.probability < 1 and strike.draw(1, _MILLIONTHS, "chance") > when.probability * _MILLIONTHS:
            return None
        return strike

    def count_strike(self) -> None:
        """Count a request that was struck."""
        self.struck += 1
        self.used = True

    def fits(self, call: Call) -> bool:
        """Whether a request is one that the fault is meant for; its time is another matter."""
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
        self._index = _Index()

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
        self._index.add(armed)
        return armed

    def disarm(self, armed: Armed | int) -> Armed | None:
        """Take a fault away, by itself or by its number; ``None`` if it is not there."""
        found = self._armed.pop(armed if isinstance(armed, int) else armed.number, None)
        if found is not None:
            self._index.remove(found)
        return found

    def clear(self) -> None:
        """Take all faults away."""
        for armed in self:
            self.disarm(armed)

    def begin_anew(self, seed: Seed) -> None:
        """Count requests from 1 again, and draw from this seed; whether a fault was of use stays known."""
        self._seed = seed
        for armed in self:
            self._index.remove(armed)
            armed.begin_anew()
            self._index.add(armed)

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

    def spares(self, call: Call) -> bool:
        """Tell whether no fault is meant for a request: the common case, which must cost next to nothing."""
        return self._index.find(call, call.at - self._start) is _NOTHING

    def stop(self, call: Call, own: Armed | None = None) -> Reply | None:
        """What is answered in place of the agent, if a fault stops the request.

        Args:
            own: The fault of the step that the connection's script shows.
        """
        for armed, strike in self._strikes(Stage.STOPS, call, own, newest_first=True):
            reply = armed.fault.stop(strike)
            if reply is not None:
                armed.count_strike()
                return reply._replace(about=call.connection, note=str(armed))
        return None

    def spoil(self, call: Call, reply: Reply, own: Armed | None = None) -> Reply:
        """The reply as it arrives."""
        for armed, strike in self._strikes(Stage.SPOILS, call, own):
            spoilt = armed.fault.spoil(strike, reply)
            if spoilt is not None:
                armed.count_strike()
                reply = spoilt._replace(note=f"{reply.note}; {armed}" if reply.note else str(armed))
        return reply

    def tell(self, call: Call) -> Armed | None:
        """The fault that strikes an event on its way to a webhook, if one does."""
        for armed, _ in self._strikes(Stage.TELLS, call, None, newest_first=True):
            armed.count_strike()
            return armed
        return None

    def _strikes(
        self, stage: Stage, call: Call, own: Armed | None, *, newest_first: bool = False
    ) -> Iterator[tuple[Armed, Strike]]:
        found = self._index.find(call, call.at - self._start)[stage] if self._armed else ()
        if newest_first:
            found = found[::-1]
        if own is not None and own.fault.stage is stage:
            found = (*found, own) if newest_first else (own, *found)
        for armed in found:
            if (strike := armed.strikes(call, self._start, self._seed)) is not None:
                yield armed, strike


_Found = dict[Stage, tuple[Armed, ...]]
_NOTHING: _Found = dict.fromkeys(Stage, ())


class _Index:
    """Finds the armed faults that a request fits.

    What was found is remembered by all that conditions can be about: a client that polls asks the same again and again.
    """

    def __init__(self) -> None:
        self._exact: dict[str, dict[str, list[Armed]]] = {}
        self._others: list[Armed] = []
        self._later: list[tuple[int, int, Armed]] = []
        self._known: dict[tuple[str | bool | None, ...], _Found] = {}

    def add(self, armed: Armed) -> None:
        """Put a fault where it is found, or where it waits for its time."""
        since = armed.fault.when.since
        if since:
            heapq.heappush(self._later, (since, armed.number, armed))
        else:
            self._begin(armed)

    def remove(self, armed: Armed) -> None:
        """Take a fault away, wherever it is."""
        self._known.clear()
        self._later = [waiting for waiting in self._later if waiting[2] is not armed]
        heapq.heapify(self._later)
        shelf = self._shelf(armed)
        if armed in shelf:
            shelf.remove(armed)

    def find(self, call: Call, age: int) -> _Found:
        """Those that are meant for a request, by stage, the oldest first."""
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
        fits = [armed for shelf in (*shelves, self._others) for armed in shelf if armed.fits(call)]
        if not fits:
            return _NOTHING
        fits.sort(key=lambda armed: armed.number)
        return {stage: tuple(armed for armed in fits if armed.fault.stage is stage) for stage in Stage}

    def _begin(self, armed: Armed) -> None:
        self._known.clear()
        self._shelf(armed).append(armed)

    def _shelf(self, armed: Armed) -> list[Armed]:
        for name in MATCHED:
            value: Any = getattr(armed.fault.when, name)
            if value is not None and exact(value):
                return self._exact.setdefault(name, {}).setdefault(value, [])
        return self._others
