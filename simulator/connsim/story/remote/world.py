"""A tenant's world in a running `connsim serve`, under the verbs of a world of one's own.

Scenarios, sentences and the example clients drive it as they drive a world in this process, and in frozen time: waits
of client code here move the clock there.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Unpack

from connsim import errors
from connsim.control.client.client import ControlClient
from connsim.control.routes.faults import FaultView
from connsim.control.routes.scripts import ScriptView
from connsim.core.seed import Seed
from connsim.errors import ConnsimError, Misuse
from connsim.faults.fault import Fault
from connsim.scenarios import files as scenario_files
from connsim.script import roles
from connsim.script.cast import HOLDERS, Cast
from connsim.script.catalogue import BUILT_IN
from connsim.script.selection import Match, MatchArguments
from connsim.script.sequence import Sequence
from connsim.story.remote.agents import RemoteAgency, RemoteFaults, RemotePrism
from connsim.story.remote.clock import RemoteClock, RemoteDoor, really
from connsim.story.remote.journal import RemoteJournal
from connsim.story.stage import Stage
from connsim.world.world import fault_or_row


class RemoteWorld(Stage):
    """The world behind one control API.

    What is told from here happens there. ``prism`` and ``agency`` have what tests and sentences need of an agent, and
    not what is inside: that is in the other process.

    Args:
        control: The control API of that world, and of no other.
    """

    def __init__(self, control: ControlClient) -> None:
        with really():
            told = control.world()
        self._control = control
        self.seed = Seed(told.seed)
        self.clock = clock = RemoteClock(control)
        self.lock = clock.lock
        self.journal = RemoteJournal(control)
        self.doors = [RemoteDoor(clock)]
        self.complaints = []
        self._scripts = Cast(self.complaints.append)
        self.faults = RemoteFaults(control)
        self._prism, self._agency = RemotePrism(control, told), RemoteAgency(control, told)

    @property
    def prism(self) -> RemotePrism:
        """The PRISM agents there."""
        return self._prism

    @property
    def agency(self) -> RemoteAgency:
        """The VCX agency there."""
        return self._agency

    def parse(self, play: str, role: str) -> Sequence:
        """The sequence that a role would play for these words; of the built-in behaviours only."""
        return self._scripts.parse(play, role)

    def script(self, role: str, play: str | Sequence, **match: Unpack[MatchArguments]) -> ScriptView:
        """Say what one side of every connection does that is made from now on; see `World.script`."""
        table = roles.find(role).table
        steps = play if isinstance(play, str) else play.on(table).rows(table)
        strict = isinstance(play, str) or play.strict
        given = Match.of(**match)
        nth = None if given.nth is None else str(given.nth)
        with really():
            return self._control.script(steps, role, strict=strict, **given.globs, nth=nth)[0]

    def script_holder(self, play: str) -> list[ScriptView]:
        """Say what the holder does behind every invitation that is made from now on, of whatever protocol."""
        with really():
            phrase = BUILT_IN.parse(play)
            return self._control.script(play, None if any(map(phrase.suits, HOLDERS)) else HOLDERS[0])

    def script_all(self, play: str, match: Match) -> list[ScriptView]:
        """Say what the other side of all connections that match does, of whatever role can show it."""
        given: dict[str, Any] = {**match.globs, "nth": None if match.nth is None else str(match.nth)}
        with really():
            return self._control.script(play, **given)

    def fault(self, fault: Fault | Mapping[str, object] | str | None = None, /, **row: object) -> FaultView:
        """Let a network, or a server with too much to do, spoil what clients ask; see `World.fault`."""
        given = fault_or_row(fault, row)
        with really():
            return self._control.fault(given.row() if isinstance(given, Fault) else given)

    def play_files(self, paths: list[Path]) -> None:
        """Take scenario files into that world, in place of those that were taken before."""
        texts = {str(path): scenario_files.content(path).decode("utf-8", "replace") for path in paths}
        with really():
            self._control.play_files(texts)

    def let_holder(self, act: str, connection: str) -> None:
        """Let the holder of one invitation act, now."""
        with really():
            self._control.let_holder(act, connection)

    def check(self) -> None:
        """Raise what went wrong with the simulation there, if anything did.

        Raises:
            Misuse: In the words that the other process has for it.
        """
        with really():
            told = self._control.complaints()
        for one in (*told.complaints, told.unused):
            if one is not None:
                raise _error(one.kind)(one.text)

    def reset(self, seed: str | None = None) -> None:
        """Drop records, journal, complaints and held replies there; scripts, faults and the clock's moment stay."""
        with really():
            self._control.reset(seed)
        self.journal = RemoteJournal(self._control)


@contextmanager
def remote_world(url: str, seed: str, token: str | None = None) -> Iterator[RemoteWorld]:
    """A world of one's own in a running simulator, for the length of a block: a tenant that nobody else has.

    Args:
        url: The address of the simulator's control API.
    """
    with ControlClient(url, token) as whole:
        with really():
            tenant = whole.add_tenant(seed=seed)
        if tenant.prism is None or tenant.agency is None:
            with really():
                whole.remove_tenant(tenant.name)
            raise Misuse(
                f"The simulator at {url} does not serve both agents. Expected a PRISM agent and an agency. Start it "
                f"without --json, or name all its ports."
            )
        try:
            with ControlClient(whole.url + tenant.path, token) as control:
                yield RemoteWorld(control)
        finally:
            with really():
                whole.remove_tenant(tenant.name)


def _error(kind: str) -> type[ConnsimError]:
    """The class of an error that was told by name."""
    found = getattr(errors, kind, ConnsimError)
    return found if isinstance(found, type) and issubclass(found, ConnsimError) else ConnsimError
