"""Record a conversation of our own client with our own agency, drawn from one seed.

``python tests/agency/transcripts/record.py`` writes a file for each dialect of the client, with every layer opened, and
a fingerprint of the bytes. A test records the same conversation again and compares; so the effect of a change on the
wire is the difference between two of these files.
"""

import json
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

from connsim import World
from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_results import Dialect, Pairwise, Wanted
from connsim.clients.agency_wire import AgencyError
from connsim.core.exchange import Request
from connsim.wire.codes import MessageStatus, Version
from connsim.wire.crypt import drawing
from connsim.wire.errors import Unreadable
from connsim.wire.keys import KeyPair
from connsim.wire.layers import Layer, open_layer, peel
from connsim.wire.proofs import redirect_detail

FOLDER = Path(__file__).parent
DIALECTS = {
    "v1": Dialect(),
    "v2": Dialect.of(Version.V2),
    "v2-in-v1": Dialect(Version.V2, Version.V1),
}


class Recorder:
    """A world, and all messages in it.

    Attributes:
        exchanges: All exchanges in order, in the form of a file.
    """

    def __init__(self, dialect: Dialect, seed: str) -> None:
        self.exchanges: list[dict[str, Any]] = []
        self.world = World(seed)
        self._dialect = dialect
        self._owners: list[KeyPair] = []

    def client(self, name: str) -> AgencyClient:
        """Return a client with a cloud agent, whose values are drawn by its name."""
        seed, agency = self.world.seed, self.world.agency.identity
        owner = KeyPair.from_seed(seed.draw("client", name, "owner"))
        self._owners.append(owner)
        client = AgencyClient(self.post, agency, owner, drawing(seed, "client", name), self._dialect)
        client.provision()
        return client

    def post(self, body: bytes) -> bytes:
        """Post to the agency."""
        return self.send("POST", "/agency/msg", body)

    def send(self, method: str, target: str, body: bytes = b"") -> bytes:
        """Send a request, record the exchange, and return the body of the answer.

        Raises:
            AgencyError: The agency refuses.
        """
        asked = self._peeled(body)
        reply = self.world.agency.handle(Request(method, target, {}, body))
        self.exchanges.append(
            {
                "target": f"{method} {target}",
                "request": fingerprint(body),
                "layers": asked,
                "status": reply.status,
                "content_type": reply.content_type,
                "response": fingerprint(reply.body),
                "answer": self._opened(reply.body),
            }
        )
        if reply.status != 200:
            raise AgencyError(reply.status, reply.body)
        return reply.body

    def _peeled(self, body: bytes) -> list[dict[str, Any]]:
        agency = self.world.agency
        try:
            return [_shown(layer) for layer in peel(body, agency.parties.key, agency.parties.find_key)]
        except Unreadable:
            return []

    def _opened(self, body: bytes) -> Any:
        for owner in self._owners:
            try:
                return _shown(open_layer(body, owner))
            except Unreadable:
                continue
        return body.decode()


def fingerprint(data: bytes) -> str:
    """Return a short form of bytes in which every change shows."""
    return f"{len(data)} bytes, {blake2b(data, digest_size=8).hexdigest()}"


def _shown(layer: Layer) -> dict[str, Any]:
    message = layer.message
    members = {"envelope": layer.version, "for": layer.recipient, "from": layer.sender}
    return members | {"style": message.style, "name": message.name, "members": message.members}


def record(dialect: Dialect, seed: str = "a transcript") -> list[dict[str, Any]]:
    """Record every request that a client can make, once."""
    recorder = Recorder(dialect, seed)
    agency = recorder.world.agency
    recorder.send("GET", "/agency")
    faber, alice = recorder.client("faber"), recorder.client("alice")
    faber.update_configs({"name": "Faber", "logoUrl": "https://faber.example/logo.png"})
    alice.update_com_method("https://alice.example/news")

    older = [_scripted(recorder, faber, verb) for verb in (agency.holder_accepts, agency.holder_refuses)]
    recorder.send("GET", f"/agency/invite/{older[0].keys.did}?uid={next(iter(agency.invitations))}")
    here, there = _connected(faber, alice)
    _talk(faber, here, alice, there)
    _redirected(faber, alice, here, there)

    faber.messages_by_connections()
    faber.messages_by_connections(Wanted(statuses=(MessageStatus.REJECTED,), payloads=False))
    faber.messages(here, Wanted(uids=(faber.messages(here)[1].uid,)))
    faber.update_message_status(MessageStatus.REVIEWED, {here.keys.did: [faber.messages(here)[1].uid]})
    faber.update_status(older[0])
    _refused(recorder, faber, alice, here)
    return recorder.exchanges


def _scripted(recorder: Recorder, faber: AgencyClient, verb: Callable[[str], None]) -> Pairwise:
    pairwise = faber.create_key()
    invited = faber.invite(pairwise, "+15550100")
    faber.messages(pairwise)
    verb(invited.uid)
    faber.messages(pairwise)
    return pairwise


def _connected(faber: AgencyClient, alice: AgencyClient) -> tuple[Pairwise, Pairwise]:
    here, there = faber.create_key(), alice.create_key()
    alice.accept(there, faber.invite(here).detail)
    faber.messages(here)
    alice.messages(there)
    return here, there


def _talk(faber: AgencyClient, here: Pairwise, alice: AgencyClient, there: Pairwise) -> None:
    asked = faber.send(here, there.keys.verkey, "question", "Hungry?", title="Lunch")
    received = alice.messages(there)[-1]
    assert alice.open_general(there, received).inner == "Hungry?"
    alice.send(there, here.keys.verkey, "answer", "Yes", ref=received.uid)
    assert {message.uid for message in faber.messages(here)} >= {asked}


def _redirected(faber: AgencyClient, alice: AgencyClient, here: Pairwise, there: Pairwise) -> None:
    again, answering = faber.create_key(), alice.create_key()
    invited = faber.invite(again)
    alice.redirect(answering, invited.detail, redirect_detail(there.keys, here.keys))
    faber.messages(again)


def _refused(recorder: Recorder, faber: AgencyClient, alice: AgencyClient, here: Pairwise) -> None:
    stranger = Pairwise(alice.new_keys(), here.agent, here.version)
    for wrong in (
        lambda: recorder.post(b"nonsense"),
        faber.provision,
        lambda: faber.create_key(here.keys),
        lambda: faber.messages(stranger),
        lambda: alice.messages(here),
        lambda: recorder.send("GET", "/agency/invite/nobody?uid=nothing"),
    ):
        try:
            wrong()
        except AgencyError:
            continue
        raise AssertionError("The agency answered a request that it should refuse.")


def written(exchanges: list[dict[str, Any]]) -> str:
    """Return the text of a file."""
    return json.dumps(exchanges, indent=1, default=fingerprint) + "\n"


if __name__ == "__main__":
    for name, dialect in DIALECTS.items():
        (FOLDER / f"{name}.json").write_text(written(record(dialect)), encoding="utf-8")
