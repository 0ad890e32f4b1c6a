"""The agents of a world in another process: the part of their interface that tests and sentences use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connsim.agency.records import Sms
from connsim.agency.settings import AgencySettings
from connsim.control.client.client import ControlClient
from connsim.control.routes.faults import FaultView
from connsim.control.routes.world import WorldView
from connsim.core.exchange import Profile
from connsim.core.setting_rows import row_of
from connsim.journal.entries import Transition
from connsim.journal.query import Query
from connsim.prism.cloud_agent.api import PROFILE as CLOUD_AGENT_PROFILE
from connsim.prism.early.api import PROFILE as EARLY_PROFILE
from connsim.prism.invitation import Invitation
from connsim.prism.settings import CloudAgentSettings, EarlySettings
from connsim.prism.versions import CLOUD_AGENT, EARLY
from connsim.script.machines.vcx import HOLDER, Act, Seen, mailbox_after
from connsim.wire.codes import DeliveryStatus
from connsim.wire.keys import Identity


@dataclass(frozen=True, slots=True)
class RemoteAgent:
    """One version of the PRISM agent of a remote world.

    Attributes:
        profile: Its routes, and the path prefix at which a gateway serves them.
    """

    profile: Profile


class RemotePrism:
    """The PRISM agents of a remote world.

    Attributes:
        url: Their root URL.
    """

    def __init__(self, control: ControlClient, view: WorldView) -> None:
        self._control = control
        self.url = view.prism.url or ""
        self.cloud_agent, self.early = RemoteAgent(CLOUD_AGENT_PROFILE), RemoteAgent(EARLY_PROFILE)
        self.root = self.cloud_agent

    def configure(self, settings: CloudAgentSettings | EarlySettings) -> None:
        """Configure one of the agents, before its first connection."""
        self._control.configure(EARLY if isinstance(settings, EarlySettings) else CLOUD_AGENT, **row_of(settings))

    def foreign_invitation(
        self, name: str = "", label: str = "", goal_code: str | None = None, goal: str | None = None
    ) -> Invitation:
        """Make an invitation by an inviter that no client plays."""
        made = self._control.invite(label or None, goal_code, goal)
        return Invitation(made.id, made.did, goal_code, goal)

    def state_of(self, connection: str) -> str | None:
        """Return the state of a record; ``None`` if no record has this id. This does not count as a poll."""
        found = [one for one in self._control.connections() if one.id == connection]
        return found[0].state if found else None


class RemoteAgency:
    """The VCX agency of a remote world.

    Attributes:
        url: Its root URL.
        identity: Its DID and key.
    """

    def __init__(self, control: ControlClient, view: WorldView) -> None:
        self._control = control
        self.url = view.agency.url or ""
        self.identity = Identity(view.agency.did, view.agency.verkey)

    @property
    def public_url(self) -> str:
        """The root of its URLs in links and invitations."""
        return self._control.world().agency.public_url

    @property
    def outbox(self) -> list[Sms]:
        """The text messages that it has sent, oldest first."""
        return [
            Sms(sms.at, sms.phone, sms.text, sms.link, sms.id, DeliveryStatus(sms.status))
            for sms in self._control.messages()
        ]

    def configure(self, settings: AgencySettings) -> None:
        """Configure it, before its first owner."""
        self._control.configure("agency", **row_of(settings))

    def holder_scans(self, invitation: str) -> str:
        """Hand an Aries invitation to a holder; returns the id of the connection."""
        return self._control.scan(invitation).id

    def mailbox_of(self, invitation: str) -> tuple[Seen, ...] | None:
        """Return the messages for the inviter of an invitation; ``None`` if no invitation has this id.

        The control API does not show mailboxes, so they are derived from the holder's acts in the journal.
        """
        entries = self._control.journal(Query(kind="transition", connection=invitation))
        acts = [entry.target for entry in entries if isinstance(entry, Transition) and entry.role == HOLDER.name]
        answers = [act for act in acts if act != Act.IGNORE]  # the agency accepts only the first
        return mailbox_after(Act(answers[0] if answers else Act.IGNORE)) if acts else None

    def detail_of(self, invitation: str) -> Mapping[str, object]:
        """Return the invite detail in its full form, as the link of the invitation leads to it."""
        return self._control.connection(invitation).detail or {}


class RemoteFaults:
    """The faults in place in a remote world."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control

    def __iter__(self) -> Iterator[FaultView]:
        return iter(self._control.faults())
