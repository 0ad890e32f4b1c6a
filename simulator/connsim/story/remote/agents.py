"""The agents of a world in another process, as far as tests and sentences speak to them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
from connsim.story.remote.clock import really
from connsim.wire.keys import Identity


@dataclass(frozen=True, slots=True)
class RemoteAgent:
    """One version of the PRISM agent there.

    Attributes:
        profile: Its routes, and the prefix that a gateway puts before them.
    """

    profile: Profile


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message that the agency there sent."""

    uid: str
    phone: str
    text: str
    link: str


class RemotePrism:
    """The PRISM agents there.

    Attributes:
        url: The root of their address.
    """

    def __init__(self, control: ControlClient, told: WorldView) -> None:
        self._control = control
        self.url = told.prism.url or ""
        self.cloud_agent, self.early = RemoteAgent(CLOUD_AGENT_PROFILE), RemoteAgent(EARLY_PROFILE)
        self.root = self.cloud_agent

    def configure(self, settings: CloudAgentSettings | EarlySettings) -> None:
        """Set one of the agents up anew, before its first connection."""
        with really():
            self._control.configure(EARLY if isinstance(settings, EarlySettings) else CLOUD_AGENT, **row_of(settings))

    def foreign_invitation(
        self, name: str = "", label: str = "", goal_code: str | None = None, goal: str | None = None
    ) -> Invitation:
        """An invitation of an inviter whom no client plays."""
        with really():
            made = self._control.invite(label or None, goal_code, goal)
        return Invitation(made.id, made.did, goal_code, goal)

    def state_of(self, connection: str) -> str | None:
        """The state of a record; ``None`` if there is none. Looking does not count as a poll."""
        with really():
            found = [one for one in self._control.connections() if one.id == connection]
        return found[0].state if found else None


class RemoteAgency:
    """The VCX agency there.

    Attributes:
        url: The root of its address.
        identity: Its DID and key.
    """

    def __init__(self, control: ControlClient, told: WorldView) -> None:
        self._control = control
        self.url = told.agency.url or ""
        self.identity = Identity(told.agency.did, told.agency.verkey)

    @property
    def public_url(self) -> str:
        """The root of its address in links and invitations."""
        with really():
            return self._control.world().agency.public_url

    @property
    def outbox(self) -> list[Sms]:
        """The text messages that it sent, the oldest first."""
        with really():
            return [Sms(sms.id, sms.phone, sms.text, sms.link) for sms in self._control.messages()]

    def configure(self, settings: AgencySettings) -> None:
        """Set it up anew, before its first owner."""
        with really():
            self._control.configure("agency", **row_of(settings))

    def holder_scans(self, invitation: str) -> str:
        """Hand an Aries invitation to a holder; returns the connection."""
        with really():
            return self._control.scan(invitation).id

    def mailbox_of(self, invitation: str) -> tuple[Seen, ...] | None:
        """What the inviter of an invitation would find, by what its holder has done; ``None`` if there is none."""
        with really():
            told = self._control.journal(Query(kind="transition", connection=invitation))
        acts = [entry.target for entry in told if isinstance(entry, Transition) and entry.role == HOLDER.name]
        answers = [act for act in acts if act != Act.IGNORE]  # only the first is taken
        return mailbox_after(Act(answers[0] if answers else Act.IGNORE)) if acts else None

    def detail_of(self, invitation: str) -> Mapping[str, object]:
        """The invite detail in its full form, as its link gives it."""
        with really():
            return self._control.connection(invitation).detail or {}


class RemoteFaults:
    """The faults that wait for requests there."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control

    def __iter__(self) -> Iterator[FaultView]:
        with really():
            return iter(self._control.faults())
