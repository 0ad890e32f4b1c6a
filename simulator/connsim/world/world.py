"""One simulated world: a clock, a seed, a journal, the fakes, and the scripts they play.

Worlds share nothing. Everything that touches a world's state holds ``world.lock``.
"""

import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import ClassVar, Protocol, TypeVar, Unpack

from connsim.core.clock import Clock
from connsim.core.durations import spoken
from connsim.core.exchange import Reply, Request
from connsim.core.seed import Seed
from connsim.errors import BadFault, ConnsimError, Misuse, Violation, did_you_mean
from connsim.faults.armed import Armed, Faults
from connsim.faults.fault import Fault
from connsim.faults.when import exact
from connsim.journal.journal import LIMIT, Journal
from connsim.script.behaviours import Behaviour
from connsim.script.cast import HOLDERS, Cast, Rule
from connsim.script.selection import Match, MatchArguments, Script
from connsim.script.sequence import Sequence

PUBLIC_URL = "http://host.docker.internal:8085"

_COMPLAINTS = 1000  # held until somebody looks; a client that repeats its mistake for days adds nothing


class Door(Protocol):
    """Where a world's clients come in."""

    def is_idle(self, otherwise: Callable[[], None]) -> bool:
        """Tell whether all that was sent is answered, or held back on purpose; if not, call back when it may be."""
        ...

    def drop(self) -> None:
        """Hang up on every client whose reply is held back."""
        ...


class Fake(Protocol):
    """An agent that is played in a world, as far as the world knows it.

    Attributes:
        name: What faults and messages call it, such as ``prism``.
        routes: The templates of all its routes, ``states`` what a connection can be in: where faults can strike.
    """

    name: ClassVar[str]
    routes: ClassVar[tuple[str, ...]]
    states: ClassVar[tuple[str, ...]]

    def __init__(self, world: "World") -> None: ...

    def handle(self, request: Request) -> Reply:
        """Answer one request, and write it into the journal."""
        ...

    def reset(self) -> None:
        """Drop all records."""
        ...

    def has_invitation(self, connection: str) -> bool:
        """Tell whether it made the invitation of this connection, or saw it made."""
        ...

    def let_holder(self, act: str, connection: str) -> None:
        """Make the holder of an invitation act, now; see `World.let_holder`."""
        ...


F = TypeVar("F", bound=Fake)

ACTS = ("accept", "refuse", "redirect", "silence")
"""What the holder of an invitation can be told to do."""


class World:
    """A world of its own.

    It knows its fakes as `Fake` only; `connsim.story.local.LocalWorld` has them by name and type.

    Args:
        seed: Where all ids, keys, names and jitter come from. Same seed, same script, same client: same bytes.
        clock: The time; one that stands still at a fixed date unless given.
        public_url: What agents put into their DIDs as the root of their own address. A constant, so that the random
            ports of tests do not enter the DIDs.
        per_poll: Nanoseconds by which every poll of a client moves the clock; for clients whose waiting cannot be
            virtual.
        journal_limit: How many exchanges and how many transitions the journal holds.

    Attributes:
        kinds: The fakes that this kind of world can have.
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
        self.journal = Journal(journal_limit, self.clock.real)
        self.public_url = public_url.rstrip("/")
        self.per_poll = per_poll
        self.cast = Cast(self.complain)
        self.faults = Faults(self.seed, self.clock, self._check_places)
        self._of_files: list[Armed] = []
        self.complaints: list[ConnsimError] = []
        self.on_complaint: Callable[[ConnsimError], None] = lambda error: None
        self.doors: list[Door] = []
        self._fakes: dict[type[Fake], Fake] = {}

    def fake(self, kind: type[F]) -> F:
        """The fake of this class, made on first use."""
        with self.lock:
            found = self._fakes.get(kind)
            if not isinstance(found, kind):
                found = self._fakes[kind] = kind(self)
            return found

    def advance(self, by: str | timedelta) -> None:
        """Let time pass, such as ``"24 hours"``; see `Clock.advance`."""
        self.clock.advance(by)

    def parse(self, play: str, role: str) -> Sequence:
        """The sequence that a role would play for these words; see `Cast.parse`."""
        return self.cast.parse(play, role)

    def script(self, role: str, play: str | Sequence, **match: Unpack[MatchArguments]) -> Script:
        """Say what one side of every connection that is made from now on does.

        The script that was written last is tried first.

        Args:
            role: ``prism-inviter``, ``prism-invitee``, ``vcx-holder`` or ``aries-holder``: whom the script moves.
            play: A behaviour, such as ``"accepts after 90 seconds"``, or a sequence.
            match: Which connections play it, such as ``label="late-*"``; see `MatchArguments`.

        Raises:
            UnknownBehaviour: No such role or behaviour.
            BadScript: The sequence does not keep to the role's table.
            Misuse: The role's connections do not have such a trait.
        """
        with self.lock:
            return self.cast.add(role, play, Match.of(**match))

    def script_all(self, play: str, match: Match) -> list[Script]:
        """Say what the other side of all connections that match does, of whatever role can show it.

        Raises:
            UnknownBehaviour: No such behaviour.
            Misuse: No role can show it, or none has such traits.
        """
        with self.lock:
            return self.cast.add_for_all(play, None, match)

    def script_holder(self, play: str) -> list[Script]:
        """Say what the holder does behind every invitation that is made from now on, of whatever protocol.

        Args:
            play: A behaviour, such as ``"accepts after 90 seconds"``.

        Returns:
            A script for each role of a holder that can show it.

        Raises:
            UnknownBehaviour: No such behaviour.
            Misuse: No holder can show it.
        """
        with self.lock:
            return self.cast.add_for_all(play, HOLDERS, Match())

    def fault(self, fault: "Fault | Mapping[str, object] | str | None" = None, /, **row: object) -> Armed:
        """Let a network, or a server with too much to do, spoil what clients ask: ``world.fault(status=503, times=2)``.

        Args:
            fault: A row such as ``{"status": 503, "times": 2}``, the same in words, or a fault; in place of it, the
                row's keys can be arguments, ``from_`` for ``from``.

        Returns:
            The fault that now waits for requests; it counts how often it struck.

        Raises:
            BadFault: There is no such fault, or it can not strike as it is described.
        """
        with self.lock:
            return self.faults.arm(fault_or_row(fault, row))

    def use(self, behaviours: Iterable[Behaviour], rules: Iterable[Rule] = (), faults: Iterable[Fault] = ()) -> None:
        """Take what a scenario file says, in place of what the one before said.

        Scripts of tests come first as ever, and connections that play something go on with it.

        Raises:
            Misuse: A rule cannot be played, or a fault can strike nothing; then nothing has changed.
        """
        faults = tuple(faults)
        with self.lock:
            for fault in faults:
                self._check_places(fault)
            self.cast.use(behaviours, rules)
            for armed in self._of_files:
                self.faults.disarm(armed)
            self._of_files = [self.faults.arm(fault, required=False) for fault in faults]

    def let_holder(self, act: str, connection: str) -> None:
        """Let the holder of one invitation act, now.

        Args:
            act: ``accept``, ``refuse``, ``redirect``, or ``silence``: to do nothing more, whatever a script says.
            connection: The connReqId of a VCX invitation, the connectionId of a PRISM inviter, or the inviter's
                pairwise DID of an Aries connection, whose holder can not redirect.

        Raises:
            NotFound: There is no such invitation.
            Misuse: There is no such act, or the holder can not act so.
        """
        if act not in ACTS:
            raise Misuse(f"A holder can not {act!r}.{did_you_mean(act, ACTS)} Expected one of: {', '.join(ACTS)}.")
        with self.lock:
            fakes = [self.fake(kind) for kind in self.kinds]
            # The last one says why it does not know an invitation that is nobody's.
            next((fake for fake in fakes if fake.has_invitation(connection)), fakes[-1]).let_holder(act, connection)

    def complain(self, error: ConnsimError) -> None:
        """Note that the simulation itself went wrong: the test that caused it fails at its end."""
        if len(self.complaints) < _COMPLAINTS:
            self.complaints.append(error)
            self.on_complaint(error)

    def complain_of(self, error: Exception, what: str) -> None:
        """Note an exception inside a fake, with its traceback."""
        told = "".join(traceback.format_exception(error))
        self.complain(Violation(f"connsim itself failed while it answered {what}. Please report this.\n{told}"))

    def check(self) -> None:
        """Raise what went wrong with the simulation, if anything did.

        Raises:
            UnusedScript: A script was written that no connection played.
            UnusedFault: A fault was armed that never struck.
            ConnsimError: Any other complaint, the first of them.
        """
        if self.complaints:
            raise self.complaints[0]
        self.cast.check()
        self.faults.check()

    def reset(self, seed: str | None = None) -> None:
        """Drop records, journal, complaints and held replies; scripts, faults and the clock's moment stay.

        Faults count requests from 1 again.

        Args:
            seed: Where ids, keys and names come from now on: the agency is another one with it. The present one stays
                unless given.
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
            self.cast.begin_anew()
            self.faults.restart_counts(self.seed)

    def timeline(self, connection: str | None = None) -> str:
        """The story so far, for people: one line per event, counted from the world's start."""
        return self.journal.story(self.clock.start, connection)

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
    """Refuse a fault for a route or state that no fake of these kinds has.

    Raises:
        BadFault: The message names the nearest.
    """
    when = fault.when
    asked = [kind for kind in kinds if when.agent in (None, kind.name)]
    routes = tuple(dict.fromkeys(route for kind in asked for route in kind.routes))
    states = tuple(dict.fromkeys(state for kind in asked for state in kind.states))
    for what, value, known in (("route", when.route, routes), ("state", when.state, states)):
        if value is not None and exact(value) and known and value not in known:
            raise BadFault(
                f"The fault {fault.word!r} is for the {what} {value!r}, which there is not."
                f"{did_you_mean(value, known)} Expected one of: {', '.join(known)}; or a pattern."
            )
