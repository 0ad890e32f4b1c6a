"""A stale read, as from a cache or a lagging replica."""

from dataclasses import dataclass
from typing import ClassVar

from connsim.core.ends import For, Polls
from connsim.core.exchange import Reply
from connsim.errors import BadFault
from connsim.faults.fault import Fault
from connsim.faults.parameters import AGE, parameter
from connsim.faults.strike import Strike


@dataclass(frozen=True, slots=True)
class Stale(Fault):
    """A poll shows the connection as it was a while ago, or some polls ago; before that, as it was created.

    A duration works for the PRISM agent only, which can compute a past state from the journal; the agency keeps no
    history of its mailboxes.

    Attributes:
        age: A duration without a range, or a number of polls.
    """

    word: ClassVar[str] = "stale"
    age: For | Polls = parameter(AGE, "how old: a duration, or a number of polls", key="stale")

    def __post_init__(self) -> None:
        if isinstance(self.age, For) and (self.when.agent == "agency" or self.when.message is not None):
            raise BadFault(
                f"The agency's replies cannot be {self}, because it keeps no history of its mailboxes. Expected a "
                f"number of polls, such as '1 poll'."
            )

    def spoil(self, strike: Strike, reply: Reply) -> Reply | None:
        """The older reply, if it differs from the present one."""
        call = strike.call
        if not call.poll or call.connection is None or reply.unseen:
            return None
        if isinstance(self.age, For):
            old = None if call.past is None else call.past(call.at - self.age.shortest)
        else:
            shown: list[Reply] = strike.memory.setdefault((call.client, call.connection), [])
            shown.append(reply)
            del shown[: -self.age.count - 1]
            old = shown[0]
        if old is None or (old.body, old.status) == (reply.body, reply.status):
            return None
        return reply._replace(status=old.status, body=old.body, state=old.state, unseen=True)
