"""A connection as the Cloud Agent shows it: member order as declared, absent members left out, never ``null``.

Source: docs/protocol/prism-agent.md, 3.1, 3.2.
"""

from connsim.prism.jvm.timestamps import microseconds, nanoseconds
from connsim.prism.problems import error_body
from connsim.prism.records import Connection
from connsim.prism.view import View
from connsim.script.machines.prism import INVITER

URL = "https://my.domain.com/path?_oob="
"""The host is a constant in the agent's code."""


class CloudAgentView(View):
    """Prints connections as the Cloud Agent does."""

    page_form = b'{"contents":[%b],"kind":"ConnectionsPage","self":"","pageOf":""}'

    def members(self, record: Connection, *, new: bool) -> dict[str, object]:
        """Return a connection's members in the order of their declaration; times read back have microseconds."""
        moment = nanoseconds if new else microseconds
        mine, theirs = self.dids(record)
        members = {
            "connectionId": record.id,
            "thid": record.thid,
            "label": record.label,
            "goalCode": record.goal_code,
            "goal": record.goal,
            "myDid": mine,
            "theirDid": theirs,
            "role": "Inviter" if record.table is INVITER else "Invitee",
            "state": record.state,
            "invitation": self.invitation(record, URL),
            "createdAt": moment(record.created),
            "updatedAt": None if record.updated is None else moment(record.updated),
            "metaRetries": record.retries,
            "metaLastFailure": self._failure(record),
            "self": record.id,
            "kind": "Connection",
        }
        return {name: value for name, value in members.items() if value is not None}

    def _failure(self, record: Connection) -> dict[str, object] | None:
        failure = record.failure
        if failure is None:
            return None
        kind = f"{failure.namespace}:FailureInfo"
        return error_body(failure.status, kind, failure.detail, self.new_uuid())
