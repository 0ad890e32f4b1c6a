"""One simulated world: a clock, a seed, a journal, the fakes, and the scripts they play.

Worlds share nothing. Everything that touches a world's state holds ``world.lock``.
"""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Protocol, cast

from simulator import roles
from simulator.behaviours import can_play, parse_behaviour
from simulator.clock import Clock
from simulator.durations import spoken
from simulator.errors import ConnsimError, Misuse, UnusedScript, Violation
from simulator.journal import LIMIT, Journal
from simulator.seed import Seed
from simulator.sequence import Sequence

if TYPE_CHECKING:  # the arrow runs the other way: the registry makes the agent
    from simulator.agency.agency import Agency
    from simulator.prism.agent import PrismAgent


HOLDERS = ("prism-inviter", "vcx-holder", "aries-holder")
"""The roles whose scripts say what a holder does."""

PUBLIC_URL = "http://host.docker.internal:8085"

_COMPLAINTS = 1000  # held until somebody looks; a client that repeats its mistake for days adds nothing


@dataclass(slots=True)
class Script:
    """A sequence that waits for connections to play it.

    Attributes:
        globs: What the connection must match, by trait: label, phone, institution, owner. None takes any connection.
        played: How many connections have played it.
        instead: The same for connections of another kind; it is enough if one of them is played.
    """

    role: str
    sequence: Sequence
    globs: Mapping[str, str]
    played: int = 0
    instead: "tuple[Script, ...]" = ()

    def fits(self, role: str, traits: Mapping[str, str]) -> bool:
        """Tell whether a new connection is to play this script."""
        return role == self.role and all(fnmatchcase(traits.get(name, ""), glob) for name, glob in self.globs.items())


class Door(Protocol):
    """Where a world's clients come in."""

    def is_idle(self, otherwise: Callable[[], None]) -> bool:
        """Tell whether all that was sent is answered, or held back on purpose; if not, call back when it may be."""
        ...

    def drop(self) -> None:
        """Hang up on every client whose reply is held back."""
        ...


class World:
    """A world of its own.

    Args:
        seed: Where all ids, keys, names and jitter come from. Same seed, same script, same client: same bytes.
        clock: The time; one that stands still at a fixed date unless given.
        public_url: What agents put into their DIDs as the root of their own address. A constant, so that the random
            ports of tests do not enter the DIDs.
        per_poll: Nanoseconds by which every poll of a client moves the clock; for clients whose waiting cannot be
            virtual.
        journal_limit: How many exchanges and how many transitions the journal holds.
    """

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
        self.lock = self.clock.lock
        self.journal = Journal(journal_limit)
        self.public_url = public_url.rstrip("/")
        self.per_poll = per_poll
        self.scripts: list[Script] = []
        self.complaints: list[ConnsimError] = []
        self.on_complaint: Callable[[ConnsimError], None] = lambda error: None
        self.doors: list[Door] = []
        self._fakes: dict[str, Any] = {}

    @property
    def prism(self) -> "PrismAgent":
        """The fake PRISM agent."""
        return cast("PrismAgent", self.fake("prism"))

    @property
    def agency(self) -> "Agency":
        """The fake VCX agency."""
        return cast("Agency", self.fake("agency"))

    def fake(self, name: str) -> Any:
        """The fake of this name, made on first use."""
        with self.lock:
            if name not in self._fakes:
                self._fakes[name] = roles.make_fake(name, self)
            return self._fakes[name]

    def advance(self, by: str | timedelta) -> None:
        """Let time pass, such as ``"24 hours"``; see `Clock.advance`."""
        self.clock.advance(by)

    def script(
        self,
        role: str,
        play: str | Sequence,
        *,
        label: str | None = None,
        phone: str | None = None,
        institution: str | None = None,
        owner: str | None = None,
    ) -> Script:
        """Say what one side of every connection that is made from now on does.

        The script that was written last is tried first.

        Args:
            role: ``prism-inviter``, ``prism-invitee``, ``vcx-holder`` or ``aries-holder``: whom the script moves.
            play: A behaviour, such as ``"accepts after 90 seconds"``, or a sequence.
            label: Only for connections whose label matches this glob; that of a VCX connection is the institution's
                name or, if it has none, the phone number.
            phone: Only for VCX invitations sent to a number that matches this glob.
            institution: Only for VCX inviters whose name matches.
            owner: Only for VCX inviters whose owner DID matches.

        Raises:
            UnknownBehaviour: No such role or behaviour.
            BadScript: The sequence does not keep to the role's table.
            Misuse: The role's connections do not have such a trait.
        """
        given = {"label": label, "phone": phone, "institution": institution, "owner": owner}
        globs = {name: glob for name, glob in given.items() if glob is not None}
        if role.startswith("prism-") and set(globs) - {"label"}:
            raise Misuse(
                f"A script for {role} was given {', '.join(globs)}. Expected label: a PRISM agent knows nothing else "
                f"of a connection."
            )
        table = roles.find(role).table
        sequence = parse_behaviour(play, role) if isinstance(play, str) else play
        script = Script(role, sequence.on(table), globs)
        with self.lock:
            self.scripts.insert(0, script)
        return script

    def script_holder(self, play: str) -> tuple[Script, ...]:
        """Say what the holder does behind every invitation that is made from now on, of whatever protocol.

        Args:
            play: A behaviour, such as ``"accepts after 90 seconds"``.

        Returns:
            A script for each role of a holder that can show it.

        Raises:
            UnknownBehaviour: No such behaviour.
            Misuse: No holder can show it.
        """
        can = [role for role in HOLDERS if can_play(play, role)]
        scripts = tuple(self.script(role, play) for role in can or HOLDERS[:1])
        for script in scripts:
            script.instead = scripts
        return scripts

    def let_holder(self, act: str, connection: str) -> None:
        """Let the holder of one invitation act, now.

        Args:
            act: ``accept``, ``refuse``, ``redirect``, or ``silence``: to do nothing more, whatever a script says.
            connection: The connReqId of a VCX invitation, or the connectionId of a PRISM inviter.

        Raises:
            Misuse: There is no such act or invitation, or its holder can not act so.
        """
        verbs = {
            "accept": self.agency.holder_accepts,
            "refuse": self.agency.holder_refuses,
            "redirect": self.agency.holder_redirects,
            "silence": self.agency.holder_stays_silent,
        }
        if act not in verbs:
            near = get_close_matches(act, verbs, n=1)
            raise Misuse(
                f"A holder can not {act!r}.{f' Did you mean {near[0]!r}?' if near else ''} "
                f"Expected one of: {', '.join(verbs)}."
            )
        if self.prism.store.get(connection) is None:
            verbs[act](connection)
        elif act == "accept":
            self.prism.holder_accepts(connection)
        else:
            raise Misuse(
                f"{connection} is a PRISM connection, whose holder can only accept: PRISM agents have no message for "
                f"more. Script 'never-responds' for a holder who does not accept."
            )

    def pick(self, role: str, label: str, **traits: str) -> Sequence | None:
        """The sequence that a new connection plays, or ``None`` if nothing was scripted for it."""
        for script in self.scripts:
            if script.fits(role, {"label": label, **traits}):
                script.played += 1
                return script.sequence
        return None

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
            ConnsimError: Any other complaint, the first of them.
        """
        if self.complaints:
            raise self.complaints[0]
        for script in self.scripts:
            if not any(other.played for other in (script, *script.instead)):
                whom = " and".join(f" whose {name} matches {glob!r}" for name, glob in script.globs.items())
                raise UnusedScript(
                    f"The script {script.sequence.name} for {script.role} was never played. Expected a connection"
                    f"{whom} in that role. Let the client make one, or take the script out of the test."
                )

    def reset(self) -> None:
        """Drop records, journal, complaints and held replies; scripts, seed and the clock's moment stay."""
        with self.lock:
            for door in self.doors:
                door.drop()
            self.clock.forget()
            for fake in self._fakes.values():
                fake.reset()
            self.journal.clear()
            self.complaints.clear()

    def timeline(self, connection: str | None = None) -> str:
        """The story so far, for people: one line per event, counted from the world's start."""
        lines = self.journal.timeline(self.clock.start, connection)
        return "\n".join(lines) or "Nothing has happened yet."

    def __repr__(self) -> str:
        return f"<World seed={self.seed.value!r}, {spoken(self.clock.elapsed())} old>"
