"""The control API of a simulator in another process, as typed Python."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from inspect import Parameter, signature
from typing import Any, Concatenate, ParamSpec, Self, TypeVar
from urllib.parse import quote

from connsim.control import routes
from connsim.control.api import ROWS
from connsim.control.client.http import Around, Session
from connsim.control.shapes.reading import ANSWER
from connsim.core.setting_rows import row_of
from connsim.errors import Misuse
from connsim.journal.entries import Entry, from_json
from connsim.journal.query import Query

_PAGE = 1_000
_ROWS = {row.act: row for row in ROWS}

P = ParamSpec("P")
View = TypeVar("View")


def _method(act: Callable[Concatenate[Any, P], View]) -> Callable[Concatenate["ControlClient", P], View]:
    """Make the method for a route without a body: it has the parameters, the result and the docstring of the route."""
    _, *parameters = signature(act).parameters.values()  # without the world
    shown = signature(act).replace(parameters=[Parameter("self", Parameter.POSITIONAL_ONLY), *parameters])

    def method(self: "ControlClient", /, *args: P.args, **kwargs: P.kwargs) -> View:
        _, *given = shown.bind(self, *args, **kwargs).arguments.items()
        return self._ask(act, **dict(given))

    described: Any = method
    described.__name__, described.__doc__, described.__signature__ = act.__name__, act.__doc__, shown
    return method


class ControlClient:
    """A client of the control API of a `connsim serve`.

    As a context manager it keeps its connections open between requests. It is safe for threads. A refused request
    raises `Misuse` with the server's message; it is a `NotFound` if a connection, invitation, script, fault or tenant
    does not exist.

    Args:
        url: The root URL, such as ``http://127.0.0.1:9090``.
        token: The token, which is needed if the control API is bound to more than the loopback interface.
        around: Makes a context manager around each request, such as one that leaves virtual time.

    Raises:
        Misuse: The URL is not an address of a control API.
    """

    def __init__(self, url: str, token: str | None = None, *, around: Around = nullcontext) -> None:
        self._session = Session(url, token, around)
        self.url = self._session.url

    def __enter__(self) -> Self:
        self._session.kept = []
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    # --- the world and its clock ------------------------------------------------------------------------------------

    world = _method(routes.world.show_world)
    complaints = _method(routes.world.list_complaints)
    clock = _method(routes.clock.show_clock)
    rest = _method(routes.clock.rest)

    def reset(self, seed: str | None = None) -> routes.world.WorldView:
        """Drop records, journal, complaints and held replies; a new seed gives new ids and keys."""
        return self._ask(routes.world.reset, body={} if seed is None else {"seed": seed})

    def clear_complaints(self) -> int:
        """Drop the complaints; return their number."""
        return self._ask(routes.world.clear_complaints).removed

    def advance(self, by: str, *, last: str = "reply") -> routes.clock.ClockView:
        """Advance the clock, by ``"24 hours"`` for example.

        Args:
            last: With ``record``, replies that are due at the very moment of arrival stay held back.
        """
        return self._ask(routes.clock.advance_clock, body={"by": by, "last": last})

    # --- connections and holders ------------------------------------------------------------------------------------

    connection = _method(routes.connections.show_connection)

    def connections(
        self, role: str | None = None, state: str | None = None, client: str | None = None, label: str | None = None
    ) -> list[routes.connections.ConnectionView]:
        """Return the connections of both agents and of holders, oldest first. This does not count as a poll."""
        found: list[routes.connections.ConnectionView] = []
        offset: int | None = 0
        while offset is not None:
            page = self._ask(
                routes.connections.list_connections, role=role, state=state, client=client, label=label, offset=offset
            )
            found += page.connections
            offset = page.next
        return found

    def let_holder(self, act: str, id_: str) -> routes.holders.ActView:
        """Make the holder of an invitation ``accept``, ``refuse``, ``redirect``, or stop its script (``silence``)."""
        return self._ask(routes.holders.let_holder_act, body={"id": id_}, act=act)

    def scan(self, invitation: str) -> routes.holders.ActView:
        """Hand an Aries invitation, its JSON or a URL with ``?c_i=``, to a holder."""
        return self._ask(routes.holders.let_holder_scan, body={"invitation": invitation})

    def invite(
        self, label: str | None = None, goal_code: str | None = None, goal: str | None = None
    ) -> routes.holders.InvitationView:
        """Make a PRISM invitation by an inviter that no client plays."""
        return self._ask(routes.holders.make_invitation, body={"label": label, "goal_code": goal_code, "goal": goal})

    def messages(self) -> list[routes.holders.SmsView]:
        """Return the text messages that the VCX agency has sent, oldest first."""
        return list(self._ask(routes.holders.list_messages).sms)

    # --- scripts ----------------------------------------------------------------------------------------------------

    find_script = _method(routes.scripts.show_script)
    remove_script = _method(routes.scripts.remove_script)

    def behaviours(self) -> list[routes.behaviours.BehaviourView]:
        """Return the named behaviours of the other side."""
        return list(self._ask(routes.behaviours.list_behaviours).behaviours)

    def states(self) -> list[routes.behaviours.RoleView]:
        """Return the state machine of each role."""
        return list(self._ask(routes.behaviours.list_states).roles)

    def scripts(self) -> list[routes.scripts.ScriptView]:
        """Return the scripts for new connections, in the order in which they are tried."""
        return list(self._ask(routes.scripts.list_scripts).scripts)

    def script(
        self,
        play: str | Iterable[Mapping[str, object]],
        role: str | None = None,
        *,
        strict: bool = True,
        **match: str | int | None,
    ) -> list[routes.scripts.ScriptView]:
        """Script one side of every connection that is made from now on.

        Args:
            play: A behaviour, such as ``"accepts after 90 seconds"``, or steps in the form of a scenario file.
            role: The role that plays it; by default every role that can.
            strict: Whether steps must be legal in the role's table.
            match: The connections that play it: ``label="late-*"``, and so on, as for `World.script`.

        Returns:
            The new scripts: several if no role was given and several can play the behaviour.
        """
        given = {name: value for name, value in match.items() if value is not None}
        steps = play if isinstance(play, str) else list(map(dict, play))
        return list(
            self._ask(
                routes.scripts.add_script, body={"play": steps, "role": role, "match": given, "strict": strict}
            ).scripts
        )

    def clear_scripts(self) -> int:
        """Remove all scripts except those of scenario files; return their number."""
        return self._ask(routes.scripts.remove_scripts).removed

    def play_files(self, files: Mapping[str, str]) -> routes.scenarios.ScenariosView:
        """Load scenario files, given by name, in place of those loaded before.

        Raises:
            Misuse: A file has an error; the message lists them all. Nothing has changed then.
        """
        return self._ask(
            routes.scenarios.play_files, body={"files": [{"name": name, "text": text} for name, text in files.items()]}
        )

    # --- settings and faults ----------------------------------------------------------------------------------------

    settings = _method(routes.settings.show_settings)
    find_fault = _method(routes.faults.show_fault)
    remove_fault = _method(routes.faults.disarm_fault)

    def configure(self, fake: str, **settings: object) -> routes.settings.SettingsView:
        """Change settings of the ``agency`` or of a PRISM agent, by its version (``1.40.0``), before its first use.

        Args:
            settings: ``invitation_expiry="5m"``, and so on; settings that are left out stay.
        """
        return self._ask(routes.settings.change_settings, body={"settings": settings}, fake=fake)

    def fault(self, fault: Mapping[str, object] | str) -> routes.faults.FaultView:
        """Add a fault: ``{"status": 503, "times": 2}``, or the same in words."""
        return self._ask(routes.faults.arm_fault, body={"fault": fault})

    def faults(self) -> list[routes.faults.FaultView]:
        """Return the active faults."""
        return list(self._ask(routes.faults.list_faults).faults)

    def clear_faults(self) -> int:
        """Remove all faults; return their number."""
        return self._ask(routes.faults.disarm_faults).removed

    # --- tenants ----------------------------------------------------------------------------------------------------

    find_tenant = _method(routes.tenants.show_tenant)
    remove_tenant = _method(routes.tenants.remove_tenant)

    def tenants(self) -> list[routes.tenants.TenantView]:
        """Return the tenants."""
        return list(self._ask(routes.tenants.list_tenants).tenants)

    def add_tenant(
        self, name: str | None = None, *, seed: str = "connsim", clock: str = "standing", keys: Iterable[str] = ()
    ) -> routes.tenants.TenantView:
        """Make a tenant with a new world; its control API is at this one's URL and the tenant's ``path``."""
        return self._ask(
            routes.tenants.add_tenant, body={"name": name, "seed": seed, "clock": clock, "keys": list(keys)}
        )

    # --- the journal ------------------------------------------------------------------------------------------------

    def journal(self, query: Query | None = None, limit: int | None = None) -> list[Entry]:
        """Return the matching entries, oldest first.

        Args:
            limit: The greatest number to return.
        """
        found: list[Entry] = []
        parameters = row_of(query or Query())
        while limit is None or len(found) < limit:
            size = _PAGE if limit is None else min(_PAGE, limit - len(found))
            page = self._ask(routes.journal.show_journal, **parameters, limit=size)
            found += map(from_json, page.entries)
            if page.next is None:
                break
            parameters["after"] = page.next
        return found

    def count(self, query: Query | None = None) -> int:
        """Count the matching entries.

        Raises:
            Misuse: The journal has dropped entries, so the number could be wrong.
        """
        return self._ask(routes.journal.count_entries, **row_of(query or Query())).count

    def lines(self, query: Query | None = None, *, real: bool = True) -> list[str]:
        """Return the matching entries as JSON Lines.

        Args:
            real: Whether to include the machine's time; without it, the same seed gives the same text.
        """
        return self._ask(routes.journal.export_journal, **row_of(query or Query()), real=real).split("\n")[:-1]

    def timeline(self, connection: str | None = None) -> list[str]:
        """Return the journal as lines of text."""
        return self._ask(routes.journal.show_timeline, connection=connection).split("\n")[:-1]

    def clear_journal(self) -> int:
        """Drop all entries; return their number."""
        return self._ask(routes.journal.clear_journal).removed

    # --- one request ------------------------------------------------------------------------------------------------

    def _ask(self, act: Callable[..., View], /, *, body: object = None, **parameters: object) -> View:
        """Send the request that a function of the table of routes answers, and return what it returned."""
        row = _ROWS[act]
        path, query = row.path, {}
        for name, value in parameters.items():
            place = f"{{{name.rstrip('_')}}}"
            if place in path:
                path = path.replace(place, quote(str(value), safe=""))
            else:
                query[name] = value
        answer: Any = self._session.ask(row.method, path, query, body)
        try:
            view: View = answer if row.answer is str else ANSWER.make(row.answer, json.loads(answer))
            return view
        except ValueError as bad:
            raise Misuse(
                f"What answers at {self.url} is not a control API: it sent {answer[:80]!r}. Expected the control "
                f"address of `connsim serve`."
            ) from bad
