"""Published values, and recordings of an unmodified client and an agency: each layer is opened and written again.

The recordings are not part of the repository; where they are absent, these tests are skipped.
"""

import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connsim.core.seed import Seed
from connsim.wire.bundles import Integers, Spelling, bundle, style_of, unbundle
from connsim.wire.codes import Version
from connsim.wire.crypt import auth_crypt, box, box_open, drawing
from connsim.wire.envelope import open_envelope
from connsim.wire.errors import NoKey
from connsim.wire.invite_detail import abbreviate, expand, read_invite_detail
from connsim.wire.keys import KeyPair, agreement_key, verify
from connsim.wire.layers import Layer, open_layer, peel
from connsim.wire.messages import read, write, write_content
from connsim.wire.notation import dump_json, load_json, load_msgpack
from connsim.wire.pack import unpack
from connsim.wire.payloads import answer_in, open_payload
from connsim.wire.proofs import delegation_holds, redirect_holds

FOLDER = Path(__file__).parents[3] / "shared" / "reference" / "vectors"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recordings: put them at {FOLDER}")

LAYERS = 82  # of requests and answers, in either transcript


AGENT, OWNER = (KeyPair.from_seed(digit * 32) for digit in "ao")


def load(name: str) -> Any:
    """Return one file of the recordings."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def pairs(keys: list[dict[str, Any]], seed: str) -> dict[str, KeyPair]:
    """Return the key pairs of a list, by verkey."""
    found = [KeyPair.from_seed(key[seed]) for key in keys]
    return {pair.verkey: pair for pair in found}


def objects(value: Any, name: str) -> Iterator[Any]:
    """Yield every value of a member, at any depth."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key == name:
                yield part
            yield from objects(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from objects(part, name)


def test_keys() -> None:
    """A seed gives the published DID, verkey and X25519 halves."""
    vectors = load("keys")
    for key in vectors["keys"]:
        pair = KeyPair.from_seed(key["seed"])
        assert (pair.did, pair.verkey) == (key["derived_did"], key["verkey"])
        assert agreement_key(pair.verkey).hex() == key["x25519_public_hex"]
        assert pair.agreement_secret.hex() == key["x25519_private_hex"]
    hexed, agency = vectors["hex_seed"], vectors["forward_agent"]
    assert KeyPair.from_seed(hexed["seed"]).verkey == hexed["verkey"]
    assert KeyPair.from_seed(agency["seed"], agency["did_as_configured"]).verkey == agency["verkey"]


def test_signature_and_box() -> None:
    """A signature and a box equal the published ones byte for byte."""
    vectors = load("crypto")
    named = {key["name"]: KeyPair.from_seed(key["seed"]) for key in load("keys")["keys"]}
    signed, boxed = vectors["signature"], vectors["crypto_box"]
    text = signed["message_utf8"].encode()
    assert named[signed["signer"]].sign(text).hex() == signed["signature_hex"]
    assert verify(named[signed["signer"]].verkey, text, bytes.fromhex(signed["signature_hex"]))
    one, other = (named[name] for name in boxed["between"])
    nonce, ciphertext = bytes.fromhex(boxed["nonce_hex"]), bytes.fromhex(boxed["box_hex"])
    assert box(one, other.verkey, boxed["plaintext_utf8"].encode(), nonce) == ciphertext
    assert box_open(other, one.verkey, ciphertext, nonce) == boxed["plaintext_utf8"].encode()


def test_packed_messages() -> None:
    """Messages that libindy packed can be opened, padded or not."""
    keys = pairs(load("keys")["keys"], "seed")
    vectors = load("crypto")["packed_messages"]["vectors"]
    assert {vector["base64url_padding"] for vector in vectors} == {True, False}
    for vector in vectors:
        opened = unpack(json.dumps(vector["packed"]).encode(), keys.get)
        expected = vector["unpacked"]
        assert opened == (expected["message"].encode(), expected["recipient_verkey"], expected["sender_verkey"])


def test_bundles() -> None:
    """Published bundles are read, and written byte for byte in their style; every proof in them is valid."""
    proofs = 0
    for vector in load("v1-bundles")["vectors"]:
        content = bytes.fromhex(vector["bytes_hex"])
        maps = unbundle(content)
        styles = {text.split()[0] for text in vector["member_integer_encoding"]}
        (style,) = map(Integers, styles)
        assert [bytes.fromhex(member) for member in vector["members_hex"]] == [
            bytes(n & 255 for n in member) for member in load_msgpack(content)["bundled"]
        ]
        assert style_of([n for member in load_msgpack(content)["bundled"] for n in member]) in (style, None)
        assert bundle(maps, style) == content
        assert [one["@type"]["name"] for one in maps] == [one["@type"]["name"] for one in vector["decoded"]]
        message = read(maps)
        if "MSG_SENT" not in {one["@type"]["name"] for one in maps}:  # a former name that is only read
            spelling = Spelling(style, Integers.SIGNED)
            again = read(unbundle(write_content(message, Version.V1, spelling)))
            assert again == message
        for sender in objects(maps, "senderDetail"):
            assert delegation_holds(sender["agentKeyDlgProof"], sender["verKey"])
            proofs += 1
    assert proofs == 2


def test_plaintext_of_2_0() -> None:
    """Published answers of protocol 2.0 are read by their last path segment, and keep their members."""
    for vector in load("v2-plaintext")["vectors"]:
        sent = vector["message_decoded"]
        message = read([sent])
        assert (message.name, message.style) == (sent["@type"].rpartition("/")[2], Version.V2)
        (again,) = write(message)
        assert {**again, "@type": sent["@type"]} == sent


def test_captured_talk() -> None:
    """Logged messages of a real client and agency are read; what was logged as a list is one message."""
    for logged in load("captured-v2-traffic")["messages"]:
        sent = logged["message"][0] if isinstance(logged["message"], list) else logged["message"]
        assert write(read([sent])) == [sent]


def test_invite_details() -> None:
    """Published invite details are complete, their proofs are valid, and abbreviating them is reversible."""
    vectors = load("invite-details")
    for vector in vectors["vectors"]:
        full = vector["full"]
        assert read_invite_detail(full) == full == expand(abbreviate(full))
        assert delegation_holds(full["senderDetail"]["agentKeyDlgProof"], full["senderDetail"]["verKey"])
        if "abbreviated" in vector:
            assert abbreviate(full) == vector["abbreviated"]
            assert read_invite_detail(json.dumps(vector["abbreviated"])) == full
    for row in vectors["abbreviation_table"]:
        assert expand({row["short"]: "x"}, row["parent_when_expanding"] or "") == {row["full"]: "x"}
        assert abbreviate({row["full"]: "x"}) == {row["short"]: "x"}


def test_published_payloads() -> None:
    """Published payloads are read, whether they are maps or arrays."""
    vectors = load("connreq-answer-payloads")
    kinds = []
    for vector in vectors["vectors"]:
        sealed = auth_crypt(
            AGENT, OWNER.verkey, bytes.fromhex(vector["plaintext_hex"]), drawing(Seed(), vector["name"])
        )
        payload = open_payload(sealed, OWNER)
        assert (payload.sender, payload.name.lower()) == (AGENT.verkey, vector["message_type"].lower())
        detail = answer_in(payload)
        kinds.append((vector["struct_form"], sorted(detail)))
        if "senderDetail" in detail:
            assert detail == vector["inner_decoded"]
        else:
            assert list(detail["redirectDetail"].values()) == vector["inner_decoded"][0]
    assert kinds == [("map", ["senderDetail"]), ("array", ["redirectDetail"]), ("map", ["senderDetail"])]
    status, _ = vectors["single_message_msgpack"]
    assert write(read([load_msgpack(bytes.fromhex(status["bytes_hex"]))])) == [status["decoded"]]


@pytest.mark.parametrize("version", list(Version))
def test_transcript(version: Version) -> None:
    """Every layer of provisioning and the four holders opens with the agency's keys, and is written as recorded."""
    transcript = load(f"transcript-v{version[0]}")
    keys = pairs(transcript["keys"], "seed_utf8")
    agency = KeyPair.from_seed("0000000000000000000000000Forward", transcript["agency_did_as_configured"])
    parties = {pair.did: pair for pair in keys.values()} | {agency.did: agency}
    owner = keys[transcript["client_config_after_provisioning"]["sdk_to_remote_verkey"]]
    counted = {"layers": 0, "payloads": 0, "proofs": 0, "redirects": 0}
    for exchange in transcript["exchanges"]:
        layers = peel(body_of(exchange, "request"), agency, parties.get)
        answer = answer_of(exchange, keys)
        for layer, expected in zip((*layers, answer), flat(exchange), strict=True):
            check_layer(layer, expected, version)
            counted["layers"] += 1
        for layer, content in contents(exchange, layers, answer, keys):
            check_written(layer, content)
        for entry in objects(answer.message.members, "payload"):
            payload = open_payload(entry, owner)
            expected = next(iter(payloads_of(exchange, payload.sender)))
            inner = expected["message"]["@msg"]
            assert answer_in(payload) == (json.loads(inner) if isinstance(inner, str) else inner)
            counted["payloads"] += 1
        members = layers[-1].message.members
        if layers[-1].message.name == "CONN_REQUEST":
            assert delegation_holds(members["keyDlgProof"], layers[-1].sender or "")
            counted["proofs"] += 1
        for sender in objects(members, "senderDetail"):
            assert delegation_holds(sender["agentKeyDlgProof"], sender["verKey"])
            assert sender["agentKeyDlgProof"]["agentDelegatedKey"] == layers[-1].sender
            counted["proofs"] += 1
        for redirect in objects(members, "redirectDetail"):
            assert redirect_holds(redirect)
            counted["redirects"] += 1
    assert counted == {"layers": LAYERS, "payloads": 4, "proofs": 6, "redirects": 1}


def test_aries_transcript() -> None:
    """Forwards of Aries are opened up to the layer for which the agency has no key."""
    transcript = load("transcript-aries")
    keys = pairs(transcript["keys"], "seed_utf8")
    agency = KeyPair.from_seed("0000000000000000000000000Forward", transcript["agency_did_as_configured"])
    parties = {pair.did: pair for pair in keys.values()} | keys | {agency.did: agency}
    stored = 0
    for exchange in transcript["exchanges"]:
        if exchange["path"] != "/agency/msg":
            continue
        layers = peel(body_of(exchange, "request"), agency, parties.get)
        assert [layer.message.name for layer in layers[:1]] in (["FWD"], ["forward"])
        if layers[0].message.name == "forward":
            to, what = layers[-1].forwarded or ("", b"")
            assert len(layers) == 2
            assert to not in parties
            with pytest.raises(NoKey):
                unpack(what, keys.get)
            stored += 1
    assert stored >= 2


def body_of(exchange: dict[str, Any], which: str) -> bytes:
    """Return the body of a request or response."""
    if f"{which}_base64" in exchange:
        return b64decode(exchange[f"{which}_base64"])
    return dump_json(exchange[f"{which}_json"])


def flat(exchange: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the layers of a recording, without payloads."""
    listed = [*exchange["request_layers"], exchange["response_layers"][0]]
    assert not any("payload_of" in layer for layer in listed)
    return listed


def payloads_of(exchange: dict[str, Any], sender: str | None) -> Iterator[dict[str, Any]]:
    """Yield the opened payloads that a recording lists for a response."""
    return (layer for layer in exchange["response_layers"][1:] if layer["sender_verkey"] == sender)


def answer_of(exchange: dict[str, Any], keys: dict[str, KeyPair]) -> Layer:
    """Return the one layer of a response."""
    recipient = keys[exchange["response_layers"][0]["recipient_verkey"]]
    return open_layer(body_of(exchange, "response"), recipient)


def contents(
    exchange: dict[str, Any], layers: tuple[Layer, ...], answer: Layer, keys: dict[str, KeyPair]
) -> Iterator[tuple[Layer, bytes]]:
    """Yield every layer with the bytes in its envelope."""
    body = body_of(exchange, "request")
    for number, layer in enumerate(layers):
        opened = open_envelope(body, keys[layer.recipient], anonymous=number == 0)
        yield layer, opened.content
        body = layer.forwarded[1] if layer.forwarded else b""
    yield answer, open_envelope(body_of(exchange, "response"), keys[answer.recipient]).content


def check_layer(layer: Layer, expected: dict[str, Any], version: Version) -> None:
    """Assert that a layer equals the recorded one."""
    assert (layer.version, layer.recipient) == (version, expected["recipient_verkey"])
    assert layer.sender == expected.get("sender_verkey")
    listed = expected["bundle"] if version is Version.V1 else [expected["message"]]
    assert layer.message.style is version
    assert hidden(write(layer.message)) == hidden(listed)


def check_written(layer: Layer, content: bytes) -> None:
    """Assert that a message is written as recorded: byte for byte in 1.0, and as an equal object in 2.0."""
    written = write_content(layer.message, layer.version)
    if layer.version is Version.V1:
        assert written == content
    else:
        assert load_json(written) == load_json(content)


def hidden(value: Any) -> Any:
    """Return a value without encrypted bytes, which the recordings only describe."""
    if isinstance(value, dict):
        return {name: hidden(part) for name, part in value.items() if name not in ("@msg", "payload")}
    return [hidden(part) for part in value] if isinstance(value, list) else value
