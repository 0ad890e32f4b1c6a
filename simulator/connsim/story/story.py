"""What happens in one scenario: who acts, on which connection, and how their waiting ended."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import httpx

from connsim.clients.plug import Connected, PrismClient, VcxClient, as_connection, as_outcome, run
from connsim.clients.prism_flow import Pace, tls
from connsim.core.durations import SECOND
from connsim.errors import Misuse, Unmet
from connsim.scenarios import files as scenario_files
from connsim.story.actors import Actor, NewClient, NewVcxClient, made
from connsim.story.expectations import ESTABLISHED, Expectations
from connsim.story.stage import Stage
from connsim.story.traffic import Traffic

_BEGINNINGS = {
    "inviter": "'When the inviter invites the holder' or 'When the invitee accepts the invitation'",
    "issuer": "'When the issuer invites the holder by QR code'",
}


class Story:
    """One scenario.

    Args:
        new_client: Fetches the factory of the PRISM client under test, when the first one is needed.
        new_vcx_client: Likewise of the VCX client.
    """

    def __init__(
        self,
        world: Stage,
        new_client: Callable[[], NewClient],
        new_vcx_client: "Callable[[], NewVcxClient] | None" = None,
    ) -> None:
        self.world = world
        self._new_vcx_client = new_vcx_client
        self.pace = Pace()
        self.pace_used: bool | None = None  # None: no step has asked for a pace
        self._new_client = new_client
        self._actors: dict[str, Actor] = {}
        self._last: Actor | None = None
        self.invitation: str | None = None
        self._early = False
        self._scenarios: list[Path] = []
        self.has_webhooks = False
        self._not_by_prism: str | None = None  # what the holder was told to do, and no PRISM inviter could see
        self.traffic = Traffic(self)
        self.expect = Expectations(self)

    # --- acting ---------------------------------------------------------------------------------------------------

    def ask_every(self, pause: int) -> None:
        """Let the example client ask evenly, every so many nanoseconds."""
        if pause == 0:
            raise Misuse(
                "A client can not ask every 0 seconds: no time would ever pass. Expected a pause, as in 'every minute'."
            )
        self.pace = Pace.evenly(pause / SECOND)
        self.pace_used = False

    def plug_vcx(self, new_client: NewVcxClient) -> None:
        """Let this make the issuer's client, in place of the fixture."""
        self._new_vcx_client = lambda: new_client

    def scan(self) -> None:
        """A holder is handed the issuer's Aries invitation."""
        self.world.agency.holder_scans(self.connection(self.actor("issuer")).invitation)

    def register_webhook(self, url: str) -> None:
        """Let the inviter's agent and the invitee's tell this receiver of changes."""
        self.has_webhooks = True
        for role in ("inviter", "invitee"):
            told = {"apikey": f"{role}-key"}
            httpx.post(f"{self.world.prism.url}/events/webhooks", json={"url": url}, headers=told, verify=tls())

    def restart_issuer(self) -> None:
        """Let an issuer on libvcx end, begin anew, and go on with its saved connection."""
        actor = self.actor("issuer")
        restart = getattr(actor.client, "restart", None)
        if restart is None:
            raise Misuse(
                "The issuer's client can not be restarted. Expected one on libvcx. "
                "Write 'Given an issuer on libvcx' before."
            )
        actor.connection = run(restart(self.connection(actor)))

    @property
    def early(self) -> bool:
        """Whether the clients have agents of early 2023."""
        prism = self.world.prism
        return self._early or prism.root is prism.early

    def play_early_agents(self) -> None:
        """Give the clients agents of early 2023 instead of today's."""
        if self._actors:
            raise Misuse(
                f"The {next(iter(self._actors))} has acted already, with an agent of today. Expected the agents to be "
                f"chosen first. Move 'Given agents of early 2023' to the beginning."
            )
        self._early = True

    def load(self, name: str, folders: Sequence[Path]) -> None:
        """Take a scenario file, beside those of sentences before this one."""
        found = scenario_files.find(name, folders)
        self.world.play_files([*self._scenarios, found])
        self._scenarios.append(found)

    def script_holder(self, behaviour: str) -> None:
        """Say what the holder does behind every invitation, of whatever protocol."""
        scripts = self.world.script_holder(behaviour)
        if "prism-inviter" not in {script.role for script in scripts}:
            self._not_by_prism = behaviour

    def invite(self, label: str) -> None:
        """The inviter makes an invitation, by PRISM."""
        if self._not_by_prism is not None:
            self.world.parse(self._not_by_prism, "prism-inviter")  # says why it can not be
        actor = self._act("inviter")
        actor.since = self.world.clock.now()
        client = cast("PrismClient", actor.client)
        actor.connection = as_connection(client, "create", run(client.create(label)))
        self.invitation = actor.connection.invitation

    def connect(self, name: str, phone: str | None = None) -> None:
        """The issuer makes an invitation, by VCX.

        Args:
            name: The issuer's.
            phone: Where the invitation goes by SMS; ``None`` is a QR code.
        """
        actor = self._act("issuer")
        actor.since, actor.outcome = self.world.clock.now(), None
        client = cast("VcxClient[Any]", actor.client)
        actor.connection = as_connection(client, "connect", run(client.connect(name, phone)))
        self.invitation = actor.connection.invitation

    def accept(self, role: str = "invitee") -> None:
        """An invitee accepts the invitation: the inviter's, or one from an inviter whom nobody plays."""
        actor = self._act(role)
        if "issuer" in self._actors:
            raise Misuse(
                f"The {role} was to accept the issuer's invitation, which is one of VCX. Expected a PRISM inviter's. "
                f"Write 'When the holder accepts', or let an inviter invite."
            )
        if self.invitation is None:
            self.invitation = self.world.prism.foreign_invitation("inviter").payload()
        now = self.world.clock.now()
        client = cast("PrismClient", actor.client)
        actor.connection = as_connection(client, "accept", run(client.accept(self.invitation)))
        actor.since = now

    def try_to_accept(self, role: str) -> None:
        """A client accepts the invitation, and its agent may refuse; what the client makes of that is its affair."""
        self._try(role, lambda: self.accept(role))

    def try_to_invite(self, role: str) -> None:
        """The inviter or the issuer makes an invitation, which may fail."""
        self._try(role, lambda: self.connect("Issuer") if role == "issuer" else self.invite("Holder"))

    def _try(self, role: str, act: Callable[[], None]) -> None:
        journal = self.world.journal
        before, failed = journal.last_exchange(), None
        try:
            act()
        except Exception as error:
            failed = error
        last = journal.last_exchange()
        if last is None or last is before:
            last = None
        refused = last is not None and last.status is not None and last.status >= 400
        struck = any(armed.struck for armed in self.world.faults)
        if failed is not None and not (refused or struck):
            raise failed
        actor = self.actor(role)
        actor.failed = failed
        actor.refused = last.reply.decode(errors="replace") if last is not None and refused else None

    def wait(self, role: str, at_most: int) -> None:
        """The client waits until it is connected, or gives up.

        Args:
            at_most: Nanoseconds.
        """
        actor = self.actor(role)
        self._last = actor
        expiry = at_most / SECOND
        connection = self.connection(actor)
        if actor.role == "issuer":
            ended = run(cast("VcxClient[Any]", actor.client).wait(connection, expiry))
        else:
            ended = run(cast("PrismClient", actor.client).wait(connection, ESTABLISHED[actor.role], expiry))
        actor.ended = self.world.clock.now()
        actor.outcome = as_outcome(actor.client, ended)

    def holder_accepts(self) -> None:
        """A holder with no client behind accepts the invitation of the inviter, or of the issuer."""
        inviter = self.actor("issuer" if "issuer" in self._actors else "inviter")
        self.world.let_holder("accept", self.connection(inviter).id)

    def follow_link(self) -> None:
        """Open the link in the newest text message, as a phone does, and expect the issuer's invitation there."""
        agency = self.world.agency
        link = agency.outbox[-1].link
        told = httpx.get(link.replace(agency.public_url, agency.url), verify=tls())
        uid = self.connection(self.actor("issuer")).id
        if not told.is_success or told.json().get("connReqId") != uid:
            raise Unmet(
                f"The link {link} led to {told.status_code} {told.text[:200]!r}. Expected the invitation {uid}."
            )

    # --- who acts --------------------------------------------------------------------------------------------------

    def actor(self, role: str) -> Actor:
        """The actor in a role; "client" is whoever acted last."""
        if role == "client" and self._last is not None:
            return self._last
        if role in self._actors:
            return self._actors[role]
        raise Misuse(
            f"The {role} has done nothing in this scenario. Expected a step before, such as "
            f"{_BEGINNINGS.get(role, _BEGINNINGS['inviter'])}."
        )

    def connection(self, actor: Actor) -> Connected:
        """The actor's connection.

        Raises:
            Misuse: It has none yet.
        """
        if actor.connection is None:
            raise Misuse(f"The {actor.role} has no connection yet. Let it invite or accept in a step before.")
        return actor.connection

    def _act(self, role: str) -> Actor:
        if role not in self._actors:
            self._actors[role] = Actor(role, self._make(role))
            if self.pace_used is False:
                raise Misuse(
                    "The scenario says how often the client asks, but the client that is plugged in has its own pace. "
                    "Expected the example client. Leave the sentence out, or define it anew for your client."
                )
        self._last = self._actors[role]
        return self._last

    def _make(self, role: str) -> PrismClient | VcxClient[Any]:
        prism = self.world.prism
        if role != "issuer":
            url = prism.url + (prism.early.profile.prefix if self.early else "")
            return made(
                self._new_client(), "connsim_new_client", "a URL and an API key", url, f"{role.replace(' ', '-')}-key"
            )
        if self._new_vcx_client is None:
            raise Misuse("The story has an issuer, and nothing that makes its client. Hand in new_vcx_client.")
        new = self._new_vcx_client()
        return made(new, "connsim_new_vcx_client", "a URL and a name", self.world.agency.url, role)
