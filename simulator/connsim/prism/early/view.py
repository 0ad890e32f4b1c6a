"""A connection as the early agent shows it: members sorted, ``self`` and ``kind`` swapped.

Source: docs/protocol/prism-agent.md, 3.6.
"""

from connsim.core.durations import MICROSECOND, SECOND
from connsim.prism.jvm.timestamps import offset_date_time
from connsim.prism.records import Connection
from connsim.prism.view import View
from connsim.script.machines.prism import INVITER

URL = "https://domain.com/path?_oob="
"""The host is a constant in the agent's code."""


class EarlyView(View):
    """Prints connections as the agent of early 2023 does: spray-json keeps the members of an object sorted."""

    page_form = b'{"contents":[%b],"kind":"Collection","self":"/collections"}'

    def members(self, record: Connection, *, new: bool) -> dict[str, object]:
        """Return a connection's members; times have microseconds when new, and whole seconds once in the database."""
        unit = MICROSECOND if new else SECOND
        mine, theirs = self.dids(record)
        invitation = self.invitation(record, URL)
        members = {
            "connectionId": record.id,
            "createdAt": offset_date_time(record.created // unit * unit),
            "invitation": dict(sorted(invitation.items())),
            "kind": f"/connections/{record.id}",
            "label": record.label,
            "myDid": mine,
            "role": "Inviter" if record.table is INVITER else "Invitee",
            "self": "Connection",
            "state": record.state,
            "theirDid": theirs,
            "updatedAt": None if record.updated is None else offset_date_time(record.updated // unit * unit),
        }
        return {name: value for name, value in members.items() if value is not None}
