"""Recordings of a client and its agency, replayed to our agency."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from connsim import World
from connsim.agency.settings import AgencySettings
from connsim.core.exchange import Request
from connsim.core.seed import Seed
from connsim.wire.bundles import Integers, bundle, byte_list, bytes_of, style_of, unbundle
from connsim.wire.codes import Version
from connsim.wire.crypt import drawing
from connsim.wire.envelope import close_envelope, open_envelope, version_of
from connsim.wire.keys import Identity, KeyPair
from connsim.wire.notation import dump_json, load_json, load_msgpack
from connsim.wire.proofs import delegation_proof

FOLDER = Path(__file__).parents[3] / "shared" / "reference" / "vectors"


# The agency draws these at random. The first value is learned, and every later occurrence must be the same.
DRAWN = ("withPairwiseDID", "withPairwiseDIDVerKey", "uid")


class Replay:
    """A recording, replayed to an agency of ours that has the recorded identity.

    The requests are built again from their opened layers: the recording lacks the client's private pairwise keys, so it
    gets others here, and its signatures are made again. Everything else is sent unchanged.

    Attributes:
        names: For each name in the recording, the name in the replay.
    """

    def __init__(self, recording: dict[str, Any]) -> None:
        self.names: dict[str, str] = {}
        self._pairs = {key["verkey"]: KeyPair.from_seed(key["seed_utf8"]) for key in recording["keys"]}
        self._draw = drawing(Seed("replay"))
        self._agency = World().agency
        agency = recording["keys"][0]
        did = recording["agency_did_as_configured"]
        self._agency.configure(AgencySettings(agency_seed=agency["seed_utf8"], agency_did=did, sms="off"))
        self._agency.public_url = recording["client_config_after_provisioning"]["agency_endpoint"]

    def play(self, exchange: dict[str, Any]) -> tuple[str, str]:
        """Send one recorded request; return the recorded answer with our names, and ours."""
        body = self._request(exchange["request_layers"])
        reply = self._agency.handle(Request("POST", exchange["path"], {}, body))
        if reply.status != 200:
            return "a message", f"{reply.status} {reply.body!r}"
        first, *payloads = exchange["response_layers"]
        key = self._pairs[first["recipient_verkey"]]
        given, recorded = opened_view(reply.body, key), recorded_view(first)
        self._learn(recorded["messages"], given["messages"])
        found = [_payload(entry, key) for entry in mail_entries(given["messages"])]
        given["payloads"] = [payload for payload in found if payload]
        recorded["payloads"] = [recorded_view(layer) for layer in payloads]
        recorded = self._ours(recorded)
        for message in recorded["messages"]:
            add_production_members(message, exchange["request_layers"][-1])
        for view in (recorded, given):
            remove_free_members(view)
        return _shown(recorded), _shown(given)

    def _request(self, layers: list[dict[str, Any]]) -> bytes:
        closed = b""
        for layer in reversed(layers):
            version = Version.V1 if "bundle" in layer else Version.V2
            maps = layer.get("bundle") or [layer["message"]]
            sender = layer.get("sender_verkey") and self._pair(layer["sender_verkey"])
            for message in maps:
                self._meet(message, sender)
            maps = self._ours(maps)
            if closed:
                maps[0]["@msg"] = byte_list(closed, Integers.UNSIGNED) if version is Version.V1 else load_json(closed)
            content = bundle(maps) if version is Version.V1 else dump_json(maps[0])
            recipient = self._ours(layer["recipient_verkey"])
            closed = close_envelope(content, version, sender, recipient, self._draw)
        return closed

    def _meet(self, message: dict[str, Any], sender: KeyPair | None) -> None:
        if "forDID" in message:
            pair = KeyPair.from_seed(self._draw(32))
            self._pairs[message["forDIDVerKey"]] = pair
            self.names |= {message["forDID"]: pair.did, message["forDIDVerKey"]: pair.verkey}
        if proof := message.get("keyDlgProof"):
            assert sender is not None
            agent = Identity(self._ours(proof["agentDID"]), self._ours(proof["agentDelegatedKey"]))
            self.names[proof["signature"]] = delegation_proof(sender, agent)["signature"]

    def _pair(self, verkey: str) -> KeyPair:
        return self._pairs[verkey]

    def _learn(self, recorded: Any, given: Any) -> None:
        for theirs, ours in zip(recorded, given, strict=False):
            for name in DRAWN:
                if name in theirs and name in ours:
                    self.names.setdefault(theirs[name], ours[name])

    def _ours(self, value: Any) -> Any:
        text = json.dumps(value)
        for theirs, ours in self.names.items():
            text = text.replace(theirs, ours)
        return json.loads(text)


def recorded_view(layer: dict[str, Any]) -> dict[str, Any]:
    """Return the recorded part of a layer."""
    messages = layer.get("bundle") or [layer["message"]]
    return _view("bundle" in layer, layer["recipient_verkey"], layer["sender_verkey"], messages)


def opened_view(body: bytes, key: KeyPair) -> dict[str, Any]:
    """Return the outermost layer of an answer, in the form of a recording."""
    opened = open_envelope(body, key)
    v1 = opened.version is Version.V1
    return _view(v1, opened.recipient, opened.sender, unbundle(opened.content) if v1 else [load_json(opened.content)])


def _view(bundled: bool, recipient: str, sender: str | None, messages: list[dict[str, Any]]) -> dict[str, Any]:
    return {"bundled": bundled, "recipient": recipient, "sender": sender, "messages": messages}


def _payload(entry: dict[str, Any], key: KeyPair) -> dict[str, Any] | None:
    """Open an entry's payload, and replace it by the form that the recording has."""
    payload = entry.get("payload")
    if payload is None:
        return None
    if isinstance(payload, list):
        assert style_of(payload) is Integers.SIGNED
        entry["payload"] = "(byte list, signed)"
    else:
        entry["payload"] = "(packed message, see next layer)"
    sealed = bytes_of(payload) if isinstance(payload, list) else dump_json(payload)
    opened = open_envelope(sealed, key)
    assert opened.version is version_of(sealed)
    if opened.version is Version.V2:
        return _view(False, opened.recipient, opened.sender, [load_json(opened.content)])
    message = load_msgpack(opened.content)
    assert style_of(message["@msg"]) is Integers.SIGNED
    message["@msg"] = load_msgpack(bytes_of(message["@msg"]))
    return _view(False, opened.recipient, opened.sender, [message])


def mail_entries(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries of mailboxes, wherever an answer has them."""
    by_connection = [one["msgs"] for message in messages for one in message.get("msgsByConns", ())]
    return [entry for msgs in (*by_connection, *(message.get("msgs", ()) for message in messages)) for entry in msgs]


def add_production_members(message: dict[str, Any], asked: dict[str, Any]) -> None:
    """Add to a recorded message the production agency's additions and differences, which ours has too."""
    if detail := message.get("inviteDetail"):
        agency, inviter = detail["senderAgencyDetail"], detail["senderDetail"]
        agency["endpoint"] = agency["endpoint"].removeprefix("http://") + "/agency/msg"
        detail.setdefault("version", "1.0")
        link = message["urlToInviteDetail"].replace(inviter["DID"], inviter["agentKeyDlgProof"]["agentDID"])
        sent = {"sent": message.pop("sent")} if "sent" in message else {}
        message |= {"urlToInviteDetail": link, "urlToInviteDetailEncoded": quote(link, safe="")} | sent
    for entry in mail_entries([message]):
        entry.setdefault("payload", None)
        entry["deliveryDetails"] = []
    if "updatedUidsByConns" in message:
        (request,) = asked.get("bundle") or [asked["message"]]
        message["statusCode"] = request["statusCode"]


def remove_free_members(view: dict[str, Any]) -> None:
    """Remove what may differ: length, spacing of JSON and names of payloads, and "sent" to a holder."""
    for message in view["messages"]:
        if "inviteDetail" not in message:
            message.pop("sent", None)
    for entry in mail_entries(view["messages"]):
        if entry.get("payload"):
            entry["payload"] = re.sub(r", \d+ entries", "", entry["payload"])
    for payload in view["payloads"]:
        for message in payload["messages"]:
            del message["@type"]
            if isinstance(message["@msg"], str):
                message["@msg"] = json.loads(message["@msg"])


def _shown(view: dict[str, Any]) -> str:
    return json.dumps(view, indent=1)  # members keep their order
