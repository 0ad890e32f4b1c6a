"""Aries connections of the unmodified client, replayed; skipped where the recording is absent."""

import json
from functools import cache
from typing import Any

import pytest

from connsim.core.exchange import Reply, Request
from connsim.wire.aries import messages
from connsim.wire.aries.did_doc import Contact, contact, contact_of_invitation, did_doc
from connsim.wire.aries.forwarding import route, unwrap
from connsim.wire.aries.messages import Type
from connsim.wire.aries.signature import verify
from connsim.wire.notation import base64url_bytes, dump_json, load_json
from connsim.wire.pack import pack
from tests.agency.replaying import (
    FOLDER,
    Replay,
    add_production_members,
    mail_entries,
    opened_view,
    recorded_view,
    remove_free_members,
)

RECORDING = FOLDER / "transcript-aries.json"
EXCHANGES = 19
CLOSED = "packed for another key"

pytestmark = pytest.mark.skipif(not RECORDING.is_file(), reason=f"no recordings: put them at {RECORDING}")


class AriesReplay(Replay):
    """A recording with Aries messages, which neither the agency nor the test can open.

    Attributes:
        sent: The last of them, as it was forwarded.
    """

    sent = b""

    def play(self, exchange: dict[str, Any]) -> tuple[Any, Any]:
        """Send one recorded request; return the recorded answer with our names, and ours."""
        asked, answered = exchange["request_layers"], exchange["response_layers"]
        if asked[-1]["envelope"] == CLOSED:
            return (200, b""), self._forward(asked)[:2]
        if not answered:  # the client posts to the holder itself
            return 200, 200
        if not any(layer["envelope"] == CLOSED for layer in answered):
            return super().play(exchange)
        reply = self.post(self._request(asked))
        recorded, given = (
            recorded_view(answered[0]),
            opened_view(reply.body, self._pairs[answered[0]["recipient_verkey"]]),
        )
        self._learn(mail_entries(recorded["messages"]), mail_entries(given["messages"]))
        for entry in mail_entries(given["messages"]):
            assert entry["payload"] == load_json(self.sent)
            entry["payload"] = "(packed message, see next layer)"
        recorded = self._ours(recorded)
        add_production_members(recorded["messages"][0], asked[-1])
        for view in (recorded, given):
            view["payloads"] = []
            remove_free_members(view)
        return recorded, given

    def post(self, body: bytes) -> Reply:
        """Post a body."""
        return self._agency.handle(Request("POST", "/agency/msg", {}, body))

    def _forward(self, layers: list[dict[str, Any]]) -> Reply:
        """Send a closed message by the recorded way."""
        [kid] = self._ours(layers[-1]["kids"])
        self.sent = pack([kid], b'{"never":"opened"}', None, self._draw)
        keys = [self._ours(layer["recipient_verkey"]) for layer in reversed(layers[:-1])]
        for to, layer in zip([kid, *keys], reversed(layers[:-1]), strict=False):
            assert self._ours(layer["message"]["to"]) == to
        return self.post(route(self.sent, kid, keys, self._draw))


def recording() -> dict[str, Any]:
    """Return the recording."""
    recorded: dict[str, Any] = json.loads(RECORDING.read_text(encoding="utf-8"))
    return recorded


@cache
def played() -> list[tuple[Any, Any]]:
    """Return the recorded answers and ours, for the whole recording."""
    recorded = recording()
    assert len(recorded["exchanges"]) == EXCHANGES
    replay = AriesReplay(recorded)
    return [replay.play(exchange) for exchange in recorded["exchanges"]]


@pytest.mark.parametrize("number", range(EXCHANGES))
def test_answers_as_recorded(number: int) -> None:
    """Forwards have an empty answer, polls return the unopened messages, and marked ones are not returned again."""
    recorded, given = played()[number]

    assert given == recorded


def recorded_response() -> tuple[messages.AriesMessage, messages.AriesMessage]:
    """Return the client's invitation and its response."""
    recorded = recording()
    invitation = messages.read_invitation(recorded["client_calls"][0]["result"])
    [layer] = next(
        e["request_layers"] for e in recorded["exchanges"] if e["request_layers"][0].get("for") == "holder pairwise key"
    )
    return invitation, messages.read(dump_json(layer["message"]))


def test_the_response_of_the_client_is_valid() -> None:
    """The response's signature is valid for the invitation's key, and its document has the new keys."""
    invitation, response = recorded_response()
    inviter = contact_of_invitation(invitation)

    signed = response.members["connection~sig"]
    did, doc = verify(signed, inviter.recipient_keys[0])

    there = contact(doc)
    assert (response.type, response.thread) == (Type.RESPONSE, "request-1")
    assert there == Contact(did, there.recipient_keys, there.routing_keys, inviter.endpoint)
    assert there.recipient_keys != inviter.recipient_keys
    assert there.routing_keys[1:] == inviter.routing_keys[1:]
    assert int.from_bytes(base64url_bytes(signed["sig_data"])[:8], "big") > 1_500_000_000


def test_our_messages_equal_the_clients() -> None:
    """Our invitation, and our document under the signature, equal the client's byte for byte."""
    invitation, response = recorded_response()
    assert messages.write(invitation).decode() == recording()["client_calls"][0]["result"]

    data = base64url_bytes(response.members["connection~sig"]["sig_data"])[8:]
    _, doc = verify(response.members["connection~sig"], invitation.members["recipientKeys"][0])
    there = contact(doc)
    ours = did_doc(there.did, there.recipient_keys[0], there.endpoint, there.routing_keys)
    assert dump_json(messages.in_order({"DID": there.did, "DIDDoc": ours})) == data
    thread = response.members["~thread"]
    assert messages.response(response.id, thread["thid"], response.members["connection~sig"]) == response


def test_the_recorded_envelope_to_the_holder_opens() -> None:
    """The holder's recorded key opens the recorded envelope."""
    recorded = recording()
    replay = AriesReplay(recorded)
    exchange = next(e for e in recorded["exchanges"] if e["path"].startswith("/in"))

    message, sender, recipient = unwrap(dump_json(exchange["request_json"]), replay._pairs.get)

    [layer] = exchange["request_layers"]
    assert (message.type, sender, recipient) == (Type.RESPONSE, layer["sender_verkey"], layer["recipient_verkey"])
    assert messages.write(message) == dump_json(layer["message"])
