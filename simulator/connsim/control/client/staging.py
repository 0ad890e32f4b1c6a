"""What a client of the control API sets up: who plays what, what goes wrong, and in whose world."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from connsim.control.client.asking import Asking
from connsim.control.routes.catalogue import BehavioursView, BehaviourView, RoleView, StatesView
from connsim.control.routes.faults import FaultsView, FaultView
from connsim.control.routes.scenarios import ScenariosView
from connsim.control.routes.scripts import ScriptsView, ScriptView
from connsim.control.routes.settings import SettingsView
from connsim.control.routes.tenants import TenantsView, TenantView
from connsim.control.shapes.rows import RemovedView


class Staging(Asking):
    """The part of `ControlClient` that comes before clients do anything."""

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

    def play_files(self, files: Mapping[str, str]) -> ScenariosView:
        """Let a world play scenario files, by name, in place of those that it played before.

        Raises:
            Misuse: Something is wrong with one; the message has everything that is. Then nothing has changed.
        """
        body = {"files": [{"name": name, "text": text} for name, text in files.items()]}
        return self._ask(ScenariosView, "POST", "/scenarios", body=body)

    def remove_script(self, number: int) -> ScriptView:
        """Take a script away. Connections that play it go on."""
        return self._ask(ScriptView, "DELETE", f"/scripts/{number}")

    def clear_scripts(self) -> int:
        """Take all scripts away but those of a scenario file; tells how many."""
        return self._ask(RemovedView, "DELETE", "/scripts").removed
