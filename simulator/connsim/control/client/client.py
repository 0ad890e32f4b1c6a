"""The control API of a simulator that runs elsewhere, as typed Python."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Self, TypeVar
from urllib.parse import quote

from connsim.control.client.http import Parameters, Session
from connsim.control.routes.behaviours import BehavioursView, BehaviourView, RoleView, StatesView
from connsim.control.routes.clock import ClockView
from connsim.control.routes.connections import ConnectionsView, ConnectionView, StoryView
from connsim.control.routes.faults import FaultsView, FaultView
from connsim.control.routes.holders import ActView, InvitationView, OutboxView, SmsView
from connsim.control.routes.journal import CountView, JournalView
from connsim.control.routes.scenarios import ScenariosView
from connsim.control.routes.scripts import ScriptsView, ScriptView
from connsim.control.routes.settings import SettingsView
from connsim.control.routes.tenants import TenantsView, TenantView
from connsim.control.routes.world import ComplaintsView, WorldView
from connsim.control.shapes.reading import ANSWER
from connsim.control.shapes.rows import RemovedView
from connsim.errors import Misuse
from connsim.journal.entries import Entry, from_json
from connsim.journal.query import Query

_PAGE = 1_000

T = TypeVar("T")


class ControlClient:
    """Asks the control API of a `connsim serve`, or of any other simulator that has one.

    As a context manager it keeps its connections open from one request to the next. It may be used by any number of
    threads. What the control API refuses is raised as `Misuse`, in the words of the control API.

    Args:
        url: The root of its address, such as ``http://127.0.0.1:9090``.
        token: What is needed where control is bound to more than the loopback interface.

    Raises:
        Misuse: The URL is not an address of a control API.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self._session = Session(url, token)
        self.url = self._session.url

    def __enter__(self) -> Self:
        self._session.kept = []
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    # --- the world --------------------------------------------------------------------------------------------------

    def world(self) -> WorldView:
        """Return seed, clock, addresses, who the agency is, and how much there is of everything."""
        return self._ask(WorldView, "GET", "/world")

    def reset(self, seed: str | None = None) -> WorldView:
        """Drop records, journal, complaints and held replies; ids and keys come from a new seed, if one is given."""
        return self._ask(WorldView, "POST", "/reset", body={} if seed is None else {"seed": seed})

    def complaints(self) -> ComplaintsView:
        """Return the complaints: what a test would fail for."""
        return self._ask(ComplaintsView, "GET", "/complaints")

    def clear_complaints(self) -> int:
        """Forget what went wrong; return how many there were."""
        return self._ask(RemovedView, "DELETE", "/complaints").removed

    # --- the clock --------------------------------------------------------------------------------------------------

    def clock(self) -> ClockView:
        """The present moment."""
        return self._ask(ClockView, "GET", "/clock")

    def advance(self, by: str, *, last: str = "reply") -> ClockView:
        """Let time pass, such as ``"24 hours"``.

        Args:
            last: With ``record``, replies that are due at the very moment of arrival stay held back.
        """
        return self._ask(ClockView, "POST", "/clock/advance", body={"by": by, "last": last})

    def rest(self) -> ClockView:
        """Wait, in real time, until everything that was sent to the fakes is answered or held back."""
        return self._ask(ClockView, "POST", "/clock/rest")

    # --- connections and holders ------------------------------------------------------------------------------------

    def connections(
        self, role: str | None = None, state: str | None = None, client: str | None = None, label: str | None = None
    ) -> list[ConnectionView]:
        """Connections of either agent, and holders, the oldest first. Looking does not count as a poll."""
        found: list[ConnectionView] = []
        following: int | None = 0
        while following is not None:
            asked = {"role": role, "state": state, "client": client, "label": label, "offset": following}
            page = self._ask(ConnectionsView, "GET", "/connections", asked)
            found += page.connections
            following = page.next
        return found

    def connection(self, id_: str) -> StoryView:
        """One connection, and what became of it.

        Raises:
            NotFound: No connection has this id.
        """
        return self._ask(StoryView, "GET", f"/connections/{quote(id_, safe='')}")

    def let_holder(self, act: str, id_: str) -> ActView:
        """Let the holder of an invitation ``accept``, ``refuse``, ``redirect``, or fall silent (``silence``), now.

        Raises:
            NotFound: There is no such invitation.
        """
        return self._ask(ActView, "POST", f"/holder/{quote(act, safe='')}", body={"id": id_})

    def scan(self, invitation: str) -> ActView:
        """Hand an Aries invitation, its JSON or an address with ``?c_i=``, to a holder."""
        return self._ask(ActView, "POST", "/holder/scan", body={"invitation": invitation})

    def invite(self, label: str | None = None, goal_code: str | None = None, goal: str | None = None) -> InvitationView:
        """Make a PRISM invitation of an inviter whom no client plays."""
        body = {"label": label, "goal_code": goal_code, "goal": goal}
        return self._ask(InvitationView, "POST", "/invitations", body=body)

    def messages(self) -> list[SmsView]:
        """The text messages that the VCX agency sent, the oldest first."""
        return list(self._ask(OutboxView, "GET", "/sms").sms)

    # --- what is played ---------------------------------------------------------------------------------------------

    def behaviours(self) -> list[BehaviourView]:
        """What the other side can do, by name."""
        return list(self._ask(BehavioursView, "GET", "/behaviours").behaviours)

    def states(self) -> list[RoleView]:
        """The state machine of each role."""
        return list(self._ask(StatesView, "GET", "/states").roles)

    def scripts(self) -> list[ScriptView]:
        """Return the scripts that wait for connections, in the order in which they are tried."""
        return list(self._ask(ScriptsView, "GET", "/scripts").scripts)

    def script(
        self,
        play: str | Iterable[Mapping[str, object]],
        role: str | None = None,
        *,
        strict: bool = True,
        **match: str | int | None,
    ) -> list[ScriptView]:
        """Say what one side of the connections that are made from now on does.

        Args:
            play: A behaviour, such as ``"accepts after 90 seconds"``, or steps as a scenario file has them.
            role: The role that it is for; unless given, every role that can play the behaviour.
            strict: Whether steps must keep to the role's table.
            match: Which connections play it: ``label="late-*"``, and so on, as for `World.script`.

        Returns:
            What was written: several scripts where the behaviour is for all roles that can.
        """
        given = {name: value for name, value in match.items() if value is not None}
        body = {
            "play": play if isinstance(play, str) else list(map(dict, play)),
            "role": role,
            "match": given,
            "strict": strict,
        }
        return list(self._ask(ScriptsView, "POST", "/scripts", body=body).scripts)

    def find_script(self, number: int) -> ScriptView:
        """One script.

        Raises:
            NotFound: No such number, or it was removed.
        """
        return self._ask(ScriptView, "GET", f"/scripts/{number}")

    def remove_script(self, number: int) -> ScriptView:
        """Take a script away. Connections that play it go on."""
        return self._ask(ScriptView, "DELETE", f"/scripts/{number}")

    def clear_scripts(self) -> int:
        """Take all scripts away but those of a scenario file; return how many."""
        return self._ask(RemovedView, "DELETE", "/scripts").removed

    def play_files(self, files: Mapping[str, str]) -> ScenariosView:
        """Let a world play scenario files, by name, in place of those that it played before.

        Raises:
            Misuse: Something is wrong with one; the message has everything that is. Then nothing has changed.
        """
        body = {"files": [{"name": name, "text": text} for name, text in files.items()]}
        return self._ask(ScenariosView, "POST", "/scenarios", body=body)

    # --- how the fakes are set up, and what goes wrong --------------------------------------------------------------

    def settings(self) -> SettingsView:
        """How the fakes are set up."""
        return self._ask(SettingsView, "GET", "/settings")

    def configure(self, fake: str, **settings: object) -> SettingsView:
        """Set up ``agency`` or a PRISM agent, by its version (``1.40.0``), before its first connection.

        Args:
            settings: ``invitation_expiry="5m"``, and so on; those that are left out stay.
        """
        return self._ask(SettingsView, "POST", f"/settings/{quote(fake, safe='')}", body={"settings": settings})

    def fault(self, fault: Mapping[str, object] | str) -> FaultView:
        """Add a fault: ``{"status": 503, "times": 2}``, or the same in words."""
        return self._ask(FaultView, "POST", "/faults", body={"fault": fault})

    def faults(self) -> list[FaultView]:
        """The faults that wait for requests."""
        return list(self._ask(FaultsView, "GET", "/faults").faults)

    def find_fault(self, number: int) -> FaultView:
        """One fault, with how often it struck.

        Raises:
            NotFound: No such number, or it was removed.
        """
        return self._ask(FaultView, "GET", f"/faults/{number}")

    def remove_fault(self, number: int) -> FaultView:
        """Take a fault away."""
        return self._ask(FaultView, "DELETE", f"/faults/{number}")

    def clear_faults(self) -> int:
        """Take all faults away; return how many."""
        return self._ask(RemovedView, "DELETE", "/faults").removed

    # --- tenants ----------------------------------------------------------------------------------------------------

    def tenants(self) -> list[TenantView]:
        """The worlds behind the same ports."""
        return list(self._ask(TenantsView, "GET", "/tenants").tenants)

    def add_tenant(
        self, name: str | None = None, *, seed: str = "connsim", clock: str = "standing", keys: Iterable[str] = ()
    ) -> TenantView:
        """Make a world of its own; its control API is at this one's URL and the tenant's ``path``."""
        body = {"name": name, "seed": seed, "clock": clock, "keys": list(keys)}
        return self._ask(TenantView, "POST", "/tenants", body=body)

    def find_tenant(self, name: str) -> TenantView:
        """Return one tenant.

        Raises:
            NotFound: No tenant has this name.
        """
        return self._ask(TenantView, "GET", f"/tenants/{quote(name, safe='')}")

    def remove_tenant(self, name: str) -> TenantView:
        """Take a world away, with all that is in it."""
        return self._ask(TenantView, "DELETE", f"/tenants/{quote(name, safe='')}")

    # --- the journal --------------------------------------------------------------------------------------------------

    def journal(self, query: Query | None = None, limit: int | None = None) -> list[Entry]:
        """What happened, the oldest first; requests that still wait with ``Query(open=True)``.

        Args:
            limit: At most so many.
        """
        found: list[Entry] = []
        parameters = _parameters(query)
        while limit is None or len(found) < limit:
            size = _PAGE if limit is None else min(_PAGE, limit - len(found))
            page = self._ask(JournalView, "GET", "/journal", {**parameters, "limit": size})
            found += map(from_json, page.entries)
            if page.next is None:
                break
            parameters["after"] = page.next
        return found

    def count(self, query: Query | None = None) -> int:
        """Count the matching entries.

        Raises:
            Misuse: The journal has dropped some, so that the answer could be wrong.
        """
        return self._ask(CountView, "GET", "/journal/count", _parameters(query)).count

    def lines(self, query: Query | None = None, *, real: bool = True) -> list[str]:
        """What is asked for as JSON Lines.

        Args:
            real: Whether to include the machine's time; without it, the same seed gives the same text.
        """
        return self._session.ask("GET", "/journal/lines", {**_parameters(query), "real": real}).split("\n")[:-1]

    def timeline(self, connection: str | None = None) -> list[str]:
        """The story in lines that a person can read."""
        return self._session.ask("GET", "/timeline", {"connection": connection}).split("\n")[:-1]

    def clear_journal(self) -> int:
        """Forget what happened; return how many there were."""
        return self._ask(RemovedView, "DELETE", "/journal").removed

    # --- one request ------------------------------------------------------------------------------------------------

    def _ask(self, kind: type[T], method: str, path: str, query: Parameters | None = None, *, body: object = None) -> T:
        text = self._session.ask(method, path, query, body)
        try:
            return ANSWER.make(kind, json.loads(text))
        except ValueError as bad:
            raise Misuse(
                f"What answers at {self.url} is no control API: it said {text[:80]!r}. Expected the control address of "
                f"`connsim serve`."
            ) from bad


def _parameters(query: Query | None) -> dict[str, str | int | bool | None]:
    """A query as parameters."""
    if query is None:
        return {}
    given: dict[str, str | int | bool | None] = {
        field.name: getattr(query, field.name) for field in fields(query) if field.name != "header"
    }
    if query.header is not None:
        name, value = query.header
        given["header"] = f"{name}:{value}" if value else name
    return given
