"""One simulated world: a clock, a seed, a journal, scripts, faults, and the fakes.

Worlds share nothing, so that tests run concurrently. One lock guards a world, ``world.lock``: code that reads or
changes its state holds it. A finer lock would gain nothing, because no call waits: a delay is data on a reply.
"""

import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import ClassVar, Protocol, TypeVar, Unpack

from connsim.core.clock import Clock
from connsim.core.durations import spoken
from connsim.core.exchange import Reply, Request
from connsim.core.machine import Machine
from connsim.core.seed import Seed
from connsim.errors import BadFault, ConnsimError, Misuse, Violation, did_you_mean
from connsim.faults.active import ActiveFault, Faults
from connsim.faults.fault import Fault
from connsim.faults.when import exact
from connsim.journal.journal import LIMIT, Journal
from connsim.script.behaviours import Behaviour
from connsim.script.scripts import HOLDERS, Rule, Scripts
from connsim.script.selection import Match, MatchArguments, Script
from connsim.script.sequence import Sequence

PUBLIC_URL = "http://host.docker.internal:8085"

_COMPLAINTS = 1000  # kept until they are read; a client may repeat its mistake for days against a served world


class Door(Protocol):
    """A transport through which clients reach a world."""

    def is_idle(self, otherwise: Callable[[], None]) -> bool:
        """Whether every request that was sent is answered, or its reply delayed on purpose.

        Args:
            otherwise: Called once the door may have become idle, if it is not now.
        """

    def drop(self) -> None:
        """Close the connections of all clients whose replies are delayed."""


class Fake(Protocol):
    """A simulated agent, as its world sees it.

    Attributes:
        name: Its name in faults and messages, such as ``prism``.
        routes: The templates of all its routes, for the check of a fault's condition ``route``.
        states: All states of its connections, for the condition ``state``.
    """

    name: ClassVar[str]
    routes: ClassVar[tuple[str, ...]]
    states: ClassVar[tuple[str, ...]]

    def __init__(self, world: "World") -> None: ...

    def handle(self, request: Request) -> Reply:
        """Answer one request, and record it in the journal."""

    def reset(self) -> None:
        """Drop all records."""

    def has_invitation(self, connection: str) -> bool:
        """Whether the invitation of this connection was created by this fake, or through it."""

    def let_holder(self, act: str, connection: str) -> None:
        """Make the holder of an invitation act at once; see `World.let_holder`."""


F = TypeVar("F", bound=Fake)

ACTS = ("accept", "refuse", "redirect", "silence")
"""The acts of `World.let_holder`."""


class World:
    """One simulated world.

    Example::

        from connsim import World

        world = World(seed="monday")
        world.script_holder("accepts after 90 seconds")
        world.fault(status=503, times=2, method="POST")
        world.advance("1 hour")  # takes no time
        print(world.timeline())

    It knows its fakes as `Fake` only; `connsim.story.local.LocalWorld`, which users import as `connsim.World`, has them
    by name and type.

    Args:
        seed: The source of all ids, keys, names and jitter. The same seed, script and client give the same bytes.
        clock: The clock; by default one that stands still at `connsim.core.clock.START`.
        public_url: The root of the agents' own addresses in their DIDs. It does not depend on the ports, because the
            random ports of tests would change the DIDs.
        per_poll: Nanoseconds by which every poll moves the clock, for clients whose waiting cannot be virtual.
        journal_limit: The number of entries of each kind that the journal keeps.

    Attributes:
        kinds: The classes of fakes that a world of this class can have.
    """

    kinds: ClassVar[tuple[type[Fake], ...]] = ()

    def __init__(
        self,
        seed: str = "connsim",
        clock: Clock | None = None,
        *,
        public_url: str = PUBLIC_URL,
        per_poll: int = 0,
        journal_limit: int = LIMIT,
    ) -> None:
        self.seed = Seed(seed)
        self.clock = clock or Clock()
        self.lock: AbstractContextManager[object] = self.clock.lock
        self.journal = Journal(journal_limit, lambda: Machine.time_ns())  # noqa: PLW0108 (Machine's attribute may change later)
        self.public_url = public_url.rstrip("/")
        self.per_poll = per_poll
        self.scripts = Scripts(self.complain)
        self.faults = Faults(self.seed, self.clock, self._check_places)
        self._file_faults: list[ActiveFault] = []
        self.complaints: list[ConnsimError] = []
        self.on_complaint: Callable[[ConnsimError], None] = lambda error: None
        self.doors: list[Door] = []
        self._fakes: dict[type[Fake], Fake] = {}

    def fake(self, kind: type[F]) -> F:
        """The fake of this class, created on first use."""
        with self.lock:
            found = self._fakes.get(kind)
            if not isinstance(found, kind):
                found = self._fakes[kind] = kind(self)
            return found

    def advance(self, by: str | timedelta) -> None:
        """Move the clock forward, by a duration such as ``"24 hours"``; see `Clock.advance`."""
        self.clock.advance(by)

    def parse(self, play: str, role: str) -> Sequence:
        """The sequence that a role plays for the phrase of a behaviour; see `Scripts.parse`."""
        return self.scripts.parse(play, role)

    def script(self, role: str, play: str | Sequence, **match: Unpack[MatchArguments]) -> Script:
        """Script one side of every connection that is created from now on.

        The newest script is tried first.

        Args:
            role: The side: ``prism-inviter``, ``prism-invitee``, ``vcx-holder`` or ``aries-holder``.
            play: The phrase of a behaviour, such as ``"accepts after 90 seconds"``, or a sequence.
            match: The connections that play it, such as ``label="late-*"``; see `MatchArguments`.

        Returns:
            The script; it counts the connections that played it.

        Raises:
            UnknownBehaviour: The role or the behaviour is unknown.
            BadScript: The role's table does not allow the sequence.
            Misuse: The role's connections do not have such a trait.
        """
        with self.lock:
            return self.scripts.add(role, play, Match.of(**match))

    def script_all(self, play: str, match: Match) -> list[Script]:
        """Script the other side of all connections that match, for every role that can play the behaviour.

        Returns:
            A script for each of these roles.

        Raises:
            UnknownBehaviour: The behaviour is unknown.
            Misuse: No role can play it, or no role that can has such traits.
        """
        with self.lock:
            return self.scripts.add_for_all(play, None, match)

    def script_holder(self, play: str) -> list[Script]:
        """Script the holder of every invitation that is created from now on, in every protocol.

        Args:
            play: The phrase of a behaviour, such as ``"accepts after 90 seconds"``.

        Returns:
            A script for each role of a holder that can play it.

        Raises:
            UnknownBehaviour: The behaviour is unknown.
            Misuse: No holder can play it.
        """
        with self.lock:
            return self.scripts.add_for_all(play, HOLDERS, Match())

    def fault(self, fault: "Fault | Mapping[str, object] | str | None" = None, /, **row: object) -> ActiveFault:
        """Add a fault: a failure of the network or of a server that strikes requests, replies or webhooks.

        Example::

            from connsim import World

            world = World()
            world.fault(status=503, times=2, retry_after="30s")  # the keys of a row
            world.fault("delay 5s..20s, nth 3..")                # the same row in words
            world.fault({"reset": "after headers", "probability": "30%", "from": "1m"})

        Args:
            fault: A row such as ``{"status": 503, "times": 2}``, the same in words, or a fault. The keys may also be
                given as arguments, with ``from_`` for ``from``.

        Returns:
            The active fault, with its counters.

        Raises:
            BadFault: The fault is unknown or malformed, or its conditions can never hold.
        """
        with self.lock:
            return self.faults.add(fault_or_row(fault, row))

    def use(self, behaviours: Iterable[Behaviour], rules: Iterable[Rule] = (), faults: Iterable[Fault] = ()) -> None:
        """Replace the behaviours, rules and faults of the previous scenario file.

        Scripts of tests still come first, and connections continue with the sequence that they play.

        Raises:
            Misuse: A rule cannot be played, or the conditions of a fault can never hold. Then nothing has changed.
        """
        faults = tuple(faults)
        with self.lock:
            for fault in faults:  # before anything is changed
                self._check_places(fault)
            self.scripts.use(behaviours, rules)
            for active in self._file_faults:
                self.faults.remove(active)
            self._file_faults = [self.faults.add(fault, required=False) for fault in faults]

    def let_holder(self, act: str, connection: str) -> None:
        """Make the holder of one invitation act at once.

        Args:
            act: ``accept``, ``refuse``, ``redirect``, or ``silence``, which stops the holder's script.
            connection: The connReqId of a VCX invitation, the connectionId of a PRISM inviter, or the inviter's
                pairwise DID of an Aries connection, whose holder cannot redirect.

        Raises:
            NotFound: No invitation has this id.
            Misuse: The act is unknown, or impossible for this holder.
        """
        if act not in ACTS:
            raise Misuse(f"A holder cannot {act!r}.{did_you_mean(act, ACTS)} Expected one of: {', '.join(ACTS)}.")
        with self.lock:
            fakes = [self.fake(kind) for kind in self.kinds]
            # If no fake has the invitation, the last one raises: its message explains which ids it expects.
            next((fake for fake in fakes if fake.has_invitation(connection)), fakes[-1]).let_holder(act, connection)

    def complain(self, error: ConnsimError) -> None:
        """Record that the simulation itself went wrong; the test that caused it fails at its end."""
        if len(self.complaints) < _COMPLAINTS:
            self.complaints.append(error)
            self.on_complaint(error)

    def complain_of(self, error: Exception, what: str) -> None:
        """Record an exception inside a fake, with its traceback."""
        trace = "".join(traceback.format_exception(error))
        self.complain(Violation(f"connsim itself failed while it answered {what}. Please report this.\n{trace}"))

    def check(self) -> None:
        """Raise if anything went wrong with the simulation.

        Raises:
            UnusedScript: No connection played a script.
            UnusedFault: A required fault never struck.
            ConnsimError: The first of any other complaints, which come before these two: they are often the cause.
        """
        if self.complaints:
            raise self.complaints[0]
        self.scripts.check()
        self.faults.check()

    def reset(self, seed: str | None = None) -> None:
        """Drop records, journal, complaints and delayed replies; scripts, faults and the clock's moment stay.

        Scripts count connections, and faults count requests, from 1 again.

        Args:
            seed: The new source of ids, keys and names; the agency's own keys change with it. By default the present
                one stays.
        """
        with self.lock:
            if seed is not None:
                self.seed = Seed(seed)
            for door in self.doors:
                door.drop()
            self.clock.forget()
            for fake in self._fakes.values():
                fake.reset()
            self.journal.clear()
            self.complaints.clear()
            self.scripts.restart_counts()
            self.faults.restart_counts(self.seed)

    def timeline(self, connection: str | None = None) -> str:
        """The journal as text: one line per event, with the time since the world's start.

        Args:
            connection: The id of the connection to show; ``None`` for all.
        """
        return self.journal.timeline_text(self.clock.start, connection)

    def _check_places(self, fault: Fault) -> None:
        check_places(fault, self.kinds)

    def __repr__(self) -> str:
        return f"<World seed={self.seed.value!r}, {spoken(self.clock.elapsed())} old>"


def fault_or_row(
    fault: Fault | Mapping[str, object] | str | None, row: Mapping[str, object]
) -> Fault | Mapping[str, object] | str:
    """The fault that `World.fault` was given, as one argument or as a row of keywords.

    Raises:
        BadFault: It was given both ways, or neither.
    """
    if (fault is None) == (not row):
        raise BadFault("A fault was given twice, or not at all. Expected fault({'status': 503}) or fault(status=503).")
    return fault or {key.removesuffix("_"): value for key, value in row.items()}


def check_places(fault: Fault, kinds: Iterable[type[Fake]]) -> None:
    """Refuse a fault for a route or state that no fake of these classes has.

    Raises:
        BadFault: The message has the nearest name.
    """
    when = fault.when
    asked = [kind for kind in kinds if when.agent in (None, kind.name)]
    routes = tuple(dict.fromkeys(route for kind in asked for route in kind.routes))
    states = tuple(dict.fromkeys(state for kind in asked for state in kind.states))
    for what, value, known in (("route", when.route, routes), ("state", when.state, states)):
        if value is not None and exact(value) and known and value not in known:
            raise BadFault(
                f"The fault {fault.word!r} is for the {what} {value!r}, which no agent has."
                f"{did_you_mean(value, known)} Expected one of: {', '.join(known)}; or a pattern."
            )
