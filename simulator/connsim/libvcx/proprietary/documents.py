"""A proprietary connection and its document; see `connsim.libvcx.documents`."""

from dataclasses import dataclass, fields
from typing import Any

from connsim.libvcx.documents import DETAILS, Data, members
from connsim.libvcx.proprietary.invitations import formed
from connsim.wire.states import State


@dataclass
class Connection(Data):
    """A proprietary connection. Its whole state is the ``data`` of its document."""


def write(connection: Connection) -> dict[str, Any]:
    """Make the document of a connection."""
    return {"version": "1.0", "data": members(connection)}


def read(document: dict[str, Any]) -> Connection:
    """Read the document of a proprietary connection, after `opened` has checked it."""
    given = document["data"]
    known = {field.name: given[field.name] for field in fields(Connection) if given.get(field.name) is not None}
    for name, detail in DETAILS.items():
        if name in known:
            known[name] = formed(known[name], detail)
    return Connection(**known | {"state": State.numbered(known["state"])})
