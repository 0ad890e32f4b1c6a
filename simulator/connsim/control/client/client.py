"""The control API of a simulator that runs elsewhere, as typed Python."""

from urllib.parse import quote

from connsim.control.client.journal import JournalClient
from connsim.control.client.staging import Staging
from connsim.control.routes.clock import ClockView
from connsim.control.routes.connections import ConnectionsView, ConnectionView, StoryView
from connsim.control.routes.holders import ActView, InvitationView, OutboxView, SmsView
from connsim.control.routes.world import ComplaintsView, WorldView
from connsim.control.shapes.rows import RemovedView


class ControlClient(Staging, JournalClient):
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
