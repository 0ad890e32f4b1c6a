"""One scenario: its actors, their connections, and the outcomes of their waits."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import httpx

from connsim.clients.plug import PrismClient, VcxClient, as_connection, run
from connsim.clients.prism_flow import Pace, tls
from connsim.core.durations import SECOND
from connsim.errors import Misuse, Unmet
from connsim.scenarios import files as scenario_files
from connsim.story.actors import Actor, Actors, NewClient, NewVcxClient, make_client
from connsim.story.expectations import Expectations
from connsim.story.stage import Stage
from connsim.story.traffic import Traffic


class Story:
    """One scenario.

    Args:
        world: The world of the scenario.
        new_client: Returns the factory of the PRISM client under test; called when the first client is needed.
        new_vcx_client: Returns the factory of the VCX client under test.

    Attributes:
        pace: How often the example clients poll.
        pace_used: Whether a client has taken ``pace``; ``None`` if no step has set it.
        invitation: The newest invitation, as text or URL.
        has_webhooks: Whether a step has registered a webhook.
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
        self.pace_used: bool | None = None
        self._new_client = new_client
        self._actors = Actors(world.clock)
        self.invitation: str | None = None
        self._early = False
        self._scenarios: list[Path] = []
        self.has_webhooks = False
        self._vcx_only: str | None = None  # the holder's behaviour, if a PRISM inviter cannot observe it
        self.traffic = Traffic(world, self._actors)
        self.expect = Expectations(world, self._actors, self.traffic)

    # --- acting ---------------------------------------------------------------------------------------------------

    def poll_every(self, pause: int) -> None:
        """Make the example client poll at even intervals.

        Args:
            pause: The interval in nanoseconds.
        """
        if pause == 0:
            raise Misuse(
                "A client cannot poll every 0 seconds: no time would pass. Expected a pause, as in 'every minute'."
            )
        self.pace = Pace.evenly(pause / SECOND)
        self.pace_used = False

    ask_every = poll_every  # the former name

    def plug_vcx(self, new_client: NewVcxClient) -> None:
        """Use this factory for the issuer's client, in place of the fixture."""
        self._new_vcx_client = lambda: new_client

    def scan(self) -> None:
        """Hand the issuer's Aries invitation to a holder."""
        self.world.agency.holder_scans(self.actor("issuer").connection.invitation)

    def register_webhook(self, url: str) -> None:
        """Register this receiver as the webhook of the inviter's wallet and of the invitee's."""
        self.has_webhooks = True
        for role in ("inviter", "invitee"):
            headers = {"apikey": f"{role}-key"}
            httpx.post(f"{self.world.prism.url}/events/webhooks", json={"url": url}, headers=headers, verify=tls())

    def restart_issuer(self) -> None:
        """Restart an issuer on libvcx; it continues with its serialized connection."""
        actor = self.actor("issuer")
        restart = getattr(actor.client, "restart", None)
        if restart is None:
            raise Misuse(
                "The issuer's client cannot be restarted. Expected one on libvcx. "
                "Write 'Given an issuer on libvcx' first."
            )
        actor.connected = run(restart(actor.connection))

    @property
    def early(self) -> bool:
        """Whether the clients have agents of early 2023."""
        prism = self.world.prism
        return self._early or prism.root is prism.early

    def play_early_agents(self) -> None:
        """Give the clients agents of early 2023 instead of today's.

        Raises:
            Misuse: A client has an agent already.
        """
        if self._actors.by_role:
            first = next(iter(self._actors.by_role))
            raise Misuse(
                f"The {first} already has an agent of today. Expected the version of the agents to be "
                f"chosen before a client acts. Move 'Given agents of early 2023' to the beginning of the scenario."
            )
        self._early = True

    def load(self, name: str, folders: Sequence[Path]) -> None:
        """Load a scenario file, in addition to those of earlier sentences."""
        found = scenario_files.find(name, folders)
        self.world.play_files([*self._scenarios, found])
        self._scenarios.append(found)

    def script_holder(self, behaviour: str) -> None:
        """Script the holder behind every invitation, of either protocol."""
        scripts = self.world.script_holder(behaviour)
        if "prism-inviter" not in {script.role for script in scripts}:
            self._vcx_only = behaviour

    def invite(self, label: str) -> None:
        """Have the inviter make an invitation, by PRISM."""
        if self._vcx_only is not None:
            self.world.parse(self._vcx_only, "prism-inviter")  # raises, with the reason
        actor = self._act("inviter")
        actor.since = self.world.clock.now()
        client = cast("PrismClient", actor.client)
        actor.connected = as_connection(client, "create", run(client.create(label)))
        self.invitation = actor.connection.invitation

    def connect(self, name: str, phone: str | None = None) -> None:
        """Have the issuer make an invitation, by VCX.

        Args:
            name: The name of the institution.
            phone: The number to which the agency sends the invitation; ``None`` for a QR code.
        """
        actor = self._act("issuer")
        actor.since, actor.outcome = self.world.clock.now(), None
        client = cast("VcxClient[Any]", actor.client)
        actor.connected = as_connection(client, "connect", run(client.connect(name, phone)))
        self.invitation = actor.connection.invitation

    def accept(self, role: str = "invitee") -> None:
        """Have an invitee accept the inviter's invitation, or one by an inviter that no client plays."""
        actor = self._act(role)
        if "issuer" in self._actors.by_role:
            raise Misuse(
                f"The {role} cannot accept the issuer's invitation, which is a VCX invitation. Expected a PRISM "
                f"inviter's. Write 'When the holder accepts', or first 'When the inviter invites the invitee'."
            )
        if self.invitation is None:
            self.invitation = self.world.prism.foreign_invitation("inviter").payload()
        now = self.world.clock.now()
        client = cast("PrismClient", actor.client)
        actor.connected = as_connection(client, "accept", run(client.accept(self.invitation)))
        actor.since = now

    def try_to_accept(self, role: str) -> None:
        """Have a client accept the invitation; its agent may refuse. See `_attempt`."""
        self._attempt(role, lambda: self.accept(role))

    def try_to_invite(self, role: str) -> None:
        """Have the inviter or the issuer make an invitation, which may fail. See `_attempt`."""
        self._attempt(role, lambda: self.connect("Issuer") if role == "issuer" else self.invite("Holder"))

    def _attempt(self, role: str, act: Callable[[], None]) -> None:
        """Act, and keep the refusal or failure for later sentences.

        If the agent did not refuse and no fault struck, an exception is a defect of the client or of the test, and is
        raised.
        """
        journal = self.world.journal
        before, failed = journal.last_exchange(), None
        try:
            act()
        except Exception as error:
            failed = error
        last = journal.last_exchange()
        if last is before:
            last = None
        refused = last is not None and last.status is not None and last.status >= 400
        struck = any(active.struck for active in self.world.faults)
        if failed is not None and not (refused or struck):
            raise failed
        actor = self.actor(role)
        actor.failed = failed
        actor.refused = last.reply.decode(errors="replace") if last is not None and refused else None

    def wait(self, role: str, at_most: int) -> None:
        """Have the client wait until it is connected or gives up.

        Args:
            role: The actor.
            at_most: The client's time limit, in nanoseconds.
        """
        self._actors.wait(role, at_most)

    def holder_accepts(self) -> None:
        """Have the simulated holder accept the invitation of the inviter or the issuer."""
        inviter = self.actor("issuer" if "issuer" in self._actors.by_role else "inviter")
        self.world.let_holder("accept", inviter.connection.id)

    def follow_link(self) -> None:
        """Open the link in the newest text message, as a phone does, and expect the issuer's invitation there."""
        agency = self.world.agency
        link = agency.outbox[-1].link
        reply = httpx.get(link.replace(agency.public_url, agency.url), verify=tls())
        uid = self.actor("issuer").connection.id
        if not reply.is_success or reply.json().get("connReqId") != uid:
            raise Unmet(
                f"The link {link} led to {reply.status_code} {reply.text[:200]!r}. Expected the invitation {uid}."
            )

    # --- who acts --------------------------------------------------------------------------------------------------

    def actor(self, role: str) -> Actor:
        """Return the actor in a role; "client" is the actor that acted last."""
        return self._actors.find(role)

    def _act(self, role: str) -> Actor:
        actor = self._actors.by_role.get(role)
        if actor is None:
            actor = self._actors.by_role[role] = Actor(role, self._make(role))
            if self.pace_used is False:
                raise Misuse(
                    "The scenario says how often the client polls, but the plugged-in client has its own pace. "
                    "Expected the example client. Remove the sentence, or define it yourself for your client."
                )
        self._actors.last = actor
        return actor

    def _make(self, role: str) -> PrismClient | VcxClient[Any]:
        prism = self.world.prism
        if role != "issuer":
            url = prism.url + (prism.early.profile.prefix if self.early else "")
            return make_client(
                self._new_client(), "connsim_new_client", "a URL and an API key", url, f"{role.replace(' ', '-')}-key"
            )
        if self._new_vcx_client is None:
            raise Misuse(
                "The story has an issuer, but no factory for its client. Expected one. Pass new_vcx_client to Story()."
            )
        new = self._new_vcx_client()
        return make_client(new, "connsim_new_vcx_client", "a URL and a name", self.world.agency.url, role)
