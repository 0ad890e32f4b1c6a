"""The control API of a simulator that runs elsewhere, as typed Python."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from simulator.control.catalogue import BehavioursView, BehaviourView, RoleView, StatesView
from simulator.control.clock import ClockView
from simulator.control.connections import ConnectionsView, ConnectionView, StoryView
from simulator.control.faults import FaultsView, FaultView
from simulator.control.holders import ActView, InvitationView, OutboxView, SmsView
from simulator.control.journal_client import JournalClient
from simulator.control.rows import RemovedView
from simulator.control.scripts import ScriptsView, ScriptView
from simulator.control.settings import SettingsView
from simulator.control.tenants import TenantsView, TenantView
from simulator.control.world import ComplaintsView, WorldView


class ControlClient(JournalClient):
    """Asks the control API of a `connsim serve`, or of any other simulator that has one.

    As a context manager it keeps its connections open from one request to the next. It may be used by any number of
    threads. What the control API refuses is raised as `Misuse`, in the words of the control API.

    Args:
        url: The root of its address, such as ``http://127.0.0.1:9090``.
        token: What is needed where control is bound to more than the loopback interface.

    Raises:
        Misuse: The URL is none.
    """

    # --- the world --------------------------------------------------------------------------------------------------

    def world(self) -> WorldView:
        """The whole: seed, clock, addresses, who the agency is, and how much there is of everything."""
        return self._ask(WorldView, "GET", "/world")

    def reset(self, seed: str | None = None) -> WorldView:
        """Drop records, journal, complaints and held replies; ids and keys come from a new seed, if one is given."""
        return self._ask(WorldView, "POST", "/reset", body={} if seed is None else {"seed": seed})

    def complaints(self) -> ComplaintsView:
        """What a test would fail for."""
        return self._ask(ComplaintsView, "GET", "/complaints")

    def clear_complaints(self) -> int:
        """Forget what went wrong; tells how much it was."""
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

    # --- how the fakes are set up, and what goes wrong --------------------------------------------------------------

    def settings(self) -> SettingsView:
        """How the fakes are set up."""
        return self._ask(SettingsView, "GET", "/settings")

    def configure(self, fake: str, **settings: object) -> SettingsView:
        """Set ``p5``, ``p1`` or ``agency`` up anew, before its first connection: ``invitation_expiry="5m"``."""
        return self._ask(SettingsView, "POST", f"/settings/{quote(fake, safe='')}", body={"settings": settings})

    def fault(self, fault: Mapping[str, object] | str) -> FaultView:
        """Let a fault wait for requests: ``{"status": 503, "times": 2}``, or the same in words."""
        return self._ask(FaultView, "POST", "/faults", body={"fault": fault})

    def faults(self) -> list[FaultView]:
        """The faults that wait for requests."""
        return list(self._ask(FaultsView, "GET", "/faults").faults)

    def find_fault(self, number: int) -> FaultView:
        """One fault, with how often it struck.

        Raises:
            NotFound: It is gone, or never was.
        """
        return self._ask(FaultView, "GET", f"/faults/{number}")

    def remove_fault(self, number: int) -> FaultView:
        """Take a fault away."""
        return self._ask(FaultView, "DELETE", f"/faults/{number}")

    def clear_faults(self) -> int:
        """Take all faults away; tells how many."""
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
        """One of them.

        Raises:
            NotFound: It is gone, or never was.
        """
        return self._ask(TenantView, "GET", f"/tenants/{quote(name, safe='')}")

    def remove_tenant(self, name: str) -> TenantView:
        """Take a world away, with all that is in it."""
        return self._ask(TenantView, "DELETE", f"/tenants/{quote(name, safe='')}")

    # --- what is played ---------------------------------------------------------------------------------------------

    def behaviours(self) -> list[BehaviourView]:
        """What the other side can do, by name."""
        return list(self._ask(BehavioursView, "GET", "/behaviours").behaviours)

    def states(self) -> list[RoleView]:
        """The state machine of each role."""
        return list(self._ask(StatesView, "GET", "/states").roles)

    def scripts(self) -> list[ScriptView]:
        """What waits for connections to play it, in the order in which it is tried."""
        return list(self._ask(ScriptsView, "GET", "/scripts").scripts)

    def script(
        self,
        play: str | Iterable[Mapping[str, Any]],
        role: str | None = None,
        *,
        strict: bool = True,
        **match: str | int | None,
    ) -> list[ScriptView]:
        """Say what one side of the connections that are made from now on does.

        Args:
            play: A behaviour, such as ``"accepts after 90 seconds"``, or steps as a scenario file has them.
            role: Whom it moves; unless given, every role that can show the behaviour.
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
            NotFound: It is gone, or never was.
        """
        return self._ask(ScriptView, "GET", f"/scripts/{number}")

    def remove_script(self, number: int) -> ScriptView:
        """Take a script away. Connections that play it go on."""
        return self._ask(ScriptView, "DELETE", f"/scripts/{number}")

    def clear_scripts(self) -> int:
        """Take all scripts away but those of a scenario file; tells how many."""
        return self._ask(RemovedView, "DELETE", "/scripts").removed

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
            NotFound: There is none.
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
