"""What happens in one scenario: who acts, on which connection, and how their waiting ended."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import httpx

from connsim.clients.plug import PrismClient, VcxClient, as_connection, run
from connsim.clients.prism_flow import Pace, tls
from connsim.core.durations import SECOND
from connsim.errors import Misuse, Unmet
from connsim.scenarios import files as scenario_files
from connsim.story.actors import Actor, Actors, NewClient, NewVcxClient, made
from connsim.story.expectations import Expectations
from connsim.story.stage import Stage
from connsim.story.traffic import Traffic


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
        new_vcx_client: Callable[[], NewVcxClient] | None = None,
    ) -> None:
        self.world = world
        self._new_vcx_client = new_vcx_client
        self.pace = Pace()
        self.pace_used: bool | None = None  # None: no step has asked for a pace
        self._new_client = new_client
        self._actors = Actors(world.clock)
        self.invitation: str | None = None
        self._early = False
        self._scenarios: list[Path] = []
        self.has_webhooks = False
        self._not_by_prism: str | None = None  # what the holder was told to do, and no PRISM inviter could see
        self.traffic = Traffic(world, self._actors)
        self.expect = Expectations(world, self._actors, self.traffic)

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
        self.world.agency.holder_scans(self.actor("issuer").connection.invitation)

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
        actor.connected = run(restart(actor.connection))

    @property
    def early(self) -> bool:
        """Whether the clients have agents of early 2023."""
        prism = self.world.prism
        return self._early or prism.root is prism.early

    def play_early_agents(self) -> None:
        """Give the clients agents of early 2023 instead of today's."""
        if self._actors.by_role:
            first = next(iter(self._actors.by_role))
            raise Misuse(
                f"The {first} has acted already, with an agent of today. Expected the agents to be "
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
        actor.connected = as_connection(client, "create", run(client.create(label)))
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
        actor.connected = as_connection(client, "connect", run(client.connect(name, phone)))
        self.invitation = actor.connection.invitation

    def accept(self, role: str = "invitee") -> None:
        """An invitee accepts the invitation: the inviter's, or one from an inviter whom nobody plays."""
        actor = self._act(role)
        if "issuer" in self._actors.by_role:
            raise Misuse(
                f"The {role} was to accept the issuer's invitation, which is one of VCX. Expected a PRISM inviter's. "
                f"Write 'When the holder accepts', or let an inviter invite."
            )
        if self.invitation is None:
            self.invitation = self.world.prism.foreign_invitation("inviter").payload()
        now = self.world.clock.now()
        client = cast("PrismClient", actor.client)
        actor.connected = as_connection(client, "accept", run(client.accept(self.invitation)))
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
        self._actors.wait(role, at_most)

    def holder_accepts(self) -> None:
        """A holder with no client behind accepts the invitation of the inviter, or of the issuer."""
        inviter = self.actor("issuer" if "issuer" in self._actors.by_role else "inviter")
        self.world.let_holder("accept", inviter.connection.id)

    def follow_link(self) -> None:
        """Open the link in the newest text message, as a phone does, and expect the issuer's invitation there."""
        agency = self.world.agency
        link = agency.outbox[-1].link
        told = httpx.get(link.replace(agency.public_url, agency.url), verify=tls())
        uid = self.actor("issuer").connection.id
        if not told.is_success or told.json().get("connReqId") != uid:
            raise Unmet(
                f"The link {link} led to {told.status_code} {told.text[:200]!r}. Expected the invitation {uid}."
            )

    # --- who acts --------------------------------------------------------------------------------------------------

    def actor(self, role: str) -> Actor:
        """The actor in a role; "client" is whoever acted last."""
        return self._actors.find(role)

    def _act(self, role: str) -> Actor:
        actor = self._actors.by_role.get(role)
        if actor is None:
            actor = self._actors.by_role[role] = Actor(role, self._make(role))
            if self.pace_used is False:
                raise Misuse(
                    "The scenario says how often the client asks, but the client that is plugged in has its own pace. "
                    "Expected the example client. Leave the sentence out, or define it anew for your client."
                )
        self._actors.last = actor
        return actor

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
