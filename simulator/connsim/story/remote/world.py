"""A tenant's world in a running `connsim serve`, with the interface of a world in this process.

Scenarios, sentences and example clients use it unchanged, in frozen time too: a wait of client code here advances the
clock of the tenant.
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
from connsim.script.catalogue import BUILT_IN
from connsim.script.scripts import HOLDERS, Scripts
from connsim.script.selection import Match, MatchArguments
from connsim.script.sequence import Sequence
from connsim.story.remote.agents import RemoteAgency, RemoteFaults, RemotePrism
from connsim.story.remote.clock import RemoteClock, RemoteDoor, in_real_time
from connsim.story.remote.journal import RemoteJournal
from connsim.story.stage import Stage
from connsim.virtual_time.strangers import doors_at
from connsim.world.world import fault_or_row


class RemoteWorld(Stage):
    """The world behind one control API.

    Each call is a request to it. ``prism`` and ``agency`` have the interface of `connsim.story.stage`; the internals of
    an agent are out of reach in the other process.

    Args:
        control: The control API of that one world: a tenant's, not that of the whole simulator. In frozen time it
            needs ``around=in_real_time``.
    """

    def __init__(self, control: ControlClient) -> None:
        view = control.world()
        self._control = control
        self.seed = Seed(view.seed)
        self.clock = clock = RemoteClock(control)
        self.lock = clock.lock
        self.journal = RemoteJournal(control)
        self.doors = [RemoteDoor(clock)]
        self.complaints = []
        self._scripts = Scripts(self.complaints.append)
        self.faults = RemoteFaults(control)
        self._prism, self._agency = RemotePrism(control, view), RemoteAgency(control, view)

    @property
    def prism(self) -> RemotePrism:
        """Its PRISM agents."""
        return self._prism

    @property
    def agency(self) -> RemoteAgency:
        """Its VCX agency."""
        return self._agency

    def parse(self, play: str, role: str) -> Sequence:
        """Return the sequence that a role would play for this behaviour, which must be built in."""
        return self._scripts.parse(play, role)

    def script(self, role: str, play: str | Sequence, **match: Unpack[MatchArguments]) -> ScriptView:
        """Script one side of every connection that is made from now on; see `World.script`."""
        table = roles.find(role).table
        steps = play if isinstance(play, str) else play.on(table).rows(table)
        strict = isinstance(play, str) or play.strict
        return self._control.script(steps, role, strict=strict, **_row(Match.of(**match)))[0]

    def script_holder(self, play: str) -> list[ScriptView]:
        """Script the holder behind every invitation that is made from now on, of every protocol."""
        phrase = BUILT_IN.parse(play)
        return self._control.script(play, None if any(map(phrase.suits, HOLDERS)) else HOLDERS[0])

    def script_all(self, play: str, match: Match) -> list[ScriptView]:
        """Script the other side of all matching connections, in every role that can play it."""
        return self._control.script(play, **_row(match))

    def fault(self, fault: Fault | Mapping[str, object] | str | None = None, /, **row: object) -> FaultView:
        """Add a fault: what a network, or an overloaded server, does to requests; see `World.fault`."""
        given = fault_or_row(fault, row)
        return self._control.fault(given.row() if isinstance(given, Fault) else given)

    def play_files(self, paths: list[Path]) -> None:
        """Load scenario files into that world, in place of those that were loaded before."""
        texts = {str(path): scenario_files.content(path).decode("utf-8", "replace") for path in paths}
        self._control.play_files(texts)

    def let_holder(self, act: str, connection: str) -> None:
        """Make the holder of one invitation act now."""
        self._control.let_holder(act, connection)

    def check(self) -> None:
        """Raise the first error of the simulation itself, if there is one.

        Raises:
            ConnsimError: The error, of the class and with the message that it has in the other process.
        """
        view = self._control.complaints()
        for one in (*view.complaints, view.unused):
            if one is not None:
                raise _error(one.kind)(one.text)

    def reset(self, seed: str | None = None) -> None:
        """Drop records, journal, complaints and held replies; scripts, faults and the clock's time stay."""
        self._control.reset(seed)
        self.journal = RemoteJournal(self._control)


@contextmanager
def remote_world(url: str, seed: str, token: str | None = None) -> Iterator[RemoteWorld]:
    """Make a tenant in a running simulator for the length of a ``with`` block, and return its world.

    Args:
        url: The root URL of the simulator's control API.
        seed: The seed of the tenant's world.
        token: The token of the control API, if it has one.

    Raises:
        Misuse: The simulator does not serve both agents.
    """
    with ControlClient(url, token, around=in_real_time) as simulator:
        tenant = simulator.add_tenant(seed=seed)
        if tenant.prism is None or tenant.agency is None:
            simulator.remove_tenant(tenant.name)
            raise Misuse(
                f"The simulator at {url} does not serve both fakes. Expected a PRISM agent and a VCX agency. Start it "
                f"without --json, or name all its ports."
            )
        try:
            with ControlClient(simulator.url + tenant.path, token, around=in_real_time) as control:
                world = RemoteWorld(control)
                with doors_at(world.prism.url, world.agency.url):
                    yield world
        finally:
            simulator.remove_tenant(tenant.name)


def _row(match: Match) -> dict[str, Any]:
    return {**match.globs, "nth": None if match.nth is None else str(match.nth)}


def _error(kind: str) -> type[ConnsimError]:
    """Return the error class of a name; `ConnsimError` if this version has no such class."""
    found = getattr(errors, kind, ConnsimError)
    return found if isinstance(found, type) and issubclass(found, ConnsimError) else ConnsimError
