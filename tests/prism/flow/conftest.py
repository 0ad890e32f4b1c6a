"""Two clients of one agent, and what the agent shows them."""

import json
import re
from collections.abc import Callable
from typing import Any

from connsim import CloudAgentSettings, World
from connsim.core.durations import MILLISECOND
from connsim.core.exchange import Request

INVITER = {"apikey": "inviter"}
INVITEE = {"apikey": "invitee"}
THIRD = {"apikey": "third"}
TYPE = "https://didcomm.org/out-of-band/2.0/invitation"
GENERATED = "InvitationGenerated"
EXPIRED = "InvitationExpired"
RECEIVED = "InvitationReceived"
REQUEST_PENDING = "ConnectionRequestPending"
REQUEST_SENT = "ConnectionRequestSent"
REQUEST_RECEIVED = "ConnectionRequestReceived"
RESPONSE_PENDING = "ConnectionResponsePending"
RESPONSE_SENT = "ConnectionResponseSent"
RESPONSE_RECEIVED = "ConnectionResponseReceived"


class Pair:
    """Two clients of one agent, and a third that comes too late."""

    def __init__(self, seed: str = "flow", options: CloudAgentSettings | None = None) -> None:
        self.world = World(seed)
        if options is not None:
            self.world.prism.configure(options)
        self.other: Any = None

    def send(self, method: str, target: str, headers: dict[str, str], members: object = None) -> Any:
        """Send a request, and expect success."""
        body = b"" if members is None else json.dumps(members).encode()
        reply = self.world.prism.handle(Request(method, target, headers, body))
        assert reply.status in (200, 201), reply.body
        return json.loads(reply.body)

    def invite(self, label: str = "to Bob") -> Any:
        """Make an invitation."""
        self.made = self.send("POST", "/connections", INVITER, {"label": label})
        self.invited_at = self.world.clock.now()
        return self.made

    def accept(self, headers: dict[str, str] = INVITEE) -> Any:
        """Accept the invitation."""
        payload = self.made["invitation"]["invitationUrl"].split("=")[1]
        accepted = self.send("POST", "/connection-invitations", headers, {"invitation": payload})
        self.accepted_at = self.world.clock.now()
        if headers is INVITEE:
            self.accepted = accepted
        return accepted

    def poll(self, connection: Any, headers: dict[str, str]) -> Any:
        """Poll a connection as its client."""
        return self.send("GET", f"/connections/{connection['connectionId']}", headers)

    def look(self, connection: Any, headers: dict[str, str]) -> Any:
        """Return the state of a connection without polling it."""
        found = self.send("GET", f"/connections?thid={connection['thid']}", headers)["contents"]
        return next(c for c in found if c["connectionId"] == connection["connectionId"])

    def states(self) -> tuple[str, str]:
        """Return the states of both sides, without polling."""
        return self.look(self.made, INVITER)["state"], self.look(self.accepted, INVITEE)["state"]

    def history(self, connection: Any, since: int | None = None) -> list[tuple[float, str]]:
        """Return the states that a record went through, with the milliseconds since the invitation's acceptance."""
        self.world.clock.settle()
        start = self.accepted_at if since is None else since
        passed = self.world.journal.transitions(connection["connectionId"])
        return [((t.at - start) / MILLISECOND, t.target) for t in passed]

    def connect(self, after: str = "1s") -> None:
        """Invite, accept, and advance the clock."""
        self.invite()
        self.accept()
        self.world.advance(after)


def refusal(connection: Any) -> Any:
    """Return the peer's refusal from `metaLastFailure`, whose form is checked."""
    failure = connection["metaLastFailure"]
    assert list(failure) == ["status", "type", "title", "detail", "instance"]
    assert (failure["status"], failure["type"]) == (400, "error:BackgroundJobError:FailureInfo")
    assert failure["title"] == "Failure Info"
    said = re.fullmatch(r"DIDComm sending error: \[(\d+)\] - (\{.*\})", failure["detail"])
    assert said, failure["detail"]
    said_by_peer = json.loads(said[2])
    assert list(said_by_peer) == ["status", "type", "title", "detail", "instance"]
    assert json.dumps(said_by_peer, separators=(",", ":"), ensure_ascii=False) == said[2]
    assert said_by_peer["status"] == int(said[1])
    assert re.fullmatch("error:instance:[0-9a-f-]{36}", said_by_peer["instance"])
    return said_by_peer


LOOKS: dict[str, Callable[[Pair], object]] = {
    "list": lambda p: p.send("GET", "/connections", INVITER),
    "thid": lambda p: p.send("GET", f"/connections?thid={p.made['thid']}", INVITER),
    "journal": lambda p: p.world.journal.entries(),
    "polls": lambda p: p.world.journal.polls(p.made["connectionId"]),
    "timeline": lambda p: p.world.timeline(),
    "settle": lambda p: p.world.clock.settle(),
    "next-due": lambda p: p.world.clock.next_due(),
    "foreign-wallet": lambda p: p.world.prism.handle(Request("GET", f"/connections/{p.made['thid']}", THIRD)),
    "no-key": lambda p: p.world.prism.handle(Request("GET", f"/connections/{p.made['thid']}")),
    "head": lambda p: p.world.prism.handle(Request("HEAD", f"/connections/{p.made['thid']}", INVITER)),
    "not-acceptable": lambda p: p.world.prism.handle(
        Request("GET", f"/connections/{p.made['thid']}", {**INVITER, "accept": "text/html"})
    ),
    "another-record": lambda p: p.send("GET", f"/connections/{p.other['connectionId']}", INVITER),
    "health": lambda p: p.send("GET", "/_system/health", {}),
}
