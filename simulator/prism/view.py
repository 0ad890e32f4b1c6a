"""A connection as profile P5 shows it: member order as declared, absent members left out, never ``null``."""

from collections import OrderedDict
from collections.abc import Callable

from simulator.prism import reading
from simulator.prism.flow import Flow
from simulator.prism.problems import dumps, error_body
from simulator.prism.records import Connection
from simulator.prism.states import INVITER, State
from simulator.prism.timestamps import microseconds, nanoseconds

_CACHED = 4_096
"""Bodies kept; a poll mostly asks for what the last one showed."""

# Until then neither side knows the other.
_WITHOUT_DIDS = (State.INVITATION_GENERATED, State.INVITATION_RECEIVED, State.INVITATION_EXPIRED)


class Unprintable(ValueError):
    """A connection whose invitation has an id that is no UUID: the agent stored it, and fails whenever it prints it."""


class View:
    """Prints connections."""

    def __init__(self, flow: Flow, new_uuid: Callable[[], str]) -> None:
        self._flow = flow
        self._new_uuid = new_uuid
        self._bodies: OrderedDict[str, tuple[int, bytes]] = OrderedDict()

    def body(self, record: Connection) -> bytes:
        """The record as read back from the database, with times in microseconds."""
        if record.failure is not None:  # its `instance` is new on every read
            return dumps(self._members(record, microseconds))
        held = self._bodies.get(record.id)
        if held is not None and held[0] == record.version:
            self._bodies.move_to_end(record.id)
            return held[1]
        body = dumps(self._members(record, microseconds))
        self._bodies[record.id] = (record.version, body)
        self._bodies.move_to_end(record.id)
        if len(self._bodies) > _CACHED:
            self._bodies.popitem(last=False)
        return body

    def new_body(self, record: Connection) -> bytes:
        """The record as the call that made it prints it: times not rounded yet."""
        return dumps(self._members(record, nanoseconds))

    def page(self, records: list[Connection]) -> bytes:
        """All connections of a wallet. Connections are never paged, whatever the client asks for."""
        contents = b",".join(map(self.body, records))
        return b'{"contents":[' + contents + b'],"kind":"ConnectionsPage","self":"","pageOf":""}'

    def _members(self, record: Connection, moment: Callable[[int], str]) -> dict[str, object]:
        flow = self._flow
        invitation = flow.invitation(record)
        try:
            invitation_id = reading.uuid(invitation.id)
        except ValueError as bad:
            raise Unprintable(invitation.id) from bad
        mine = theirs = None
        if record.state not in _WITHOUT_DIDS:
            inviter = record.table is INVITER
            mine = invitation.from_did if inviter else flow.did(record)
            theirs = record.their_did if inviter else invitation.from_did
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
            "invitation": {
                "id": invitation_id,
                "type": invitation.type,
                "from": invitation.from_did,
                "invitationUrl": invitation.url(),
            },
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
        return error_body(failure.status, kind, failure.detail, self._new_uuid())
