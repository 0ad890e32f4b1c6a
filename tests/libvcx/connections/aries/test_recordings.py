"""The stand-in sends the requests and returns the results of an unmodified libvcx that was an Aries inviter.

The recorded calls are made again, and get the recorded answers. The holder closed its messages for keys that the client
drew at random; the holder's own key opens them too, and they are closed again for the keys that are drawn now. The
recordings are not part of the repository; where they are absent, these tests are skipped.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from nacl import bindings

from connsim.libvcx.connection_rows import CONNECTION_ROWS
from connsim.wire.crypt import box_open
from connsim.wire.keys import KeyPair
from connsim.wire.notation import base64url_bytes, dump_json, load_json
from connsim.wire.pack import pack, unpack
from tests.libvcx.connections.conftest import InterceptedSession

FILE = Path(__file__).parents[5] / "shared" / "reference" / "vectors" / "transcript-aries.json"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=f"no recordings: put them at {FILE}")

ROWS = {row.name.removeprefix("vcx_connection_"): row for row in CONNECTION_ROWS}
_CALL = re.compile(r"vcx_connection_(\w+)(?: \((accept|refuse)\))?")
_DRAWN = re.compile(r'("(?:signature|@id)": )"[^"]+"')


class Side:
    """The client, then or now: the pairwise identities that it drew get names, so that both can be compared."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def shown(self, value: Any) -> Any:
        """Return a message, a call's result, or a key in the form that is compared."""
        if isinstance(value, dict) and "forDID" in value:
            number = len(self._names) // 2
            self._names |= {value["forDID"]: f"DID {number}", value["forDIDVerKey"]: f"KEY {number}"}
        if isinstance(value, dict) and (signed := value.get("connection~sig")):
            inside = load_json(base64url_bytes(signed["sig_data"])[8:])
            value = {**value, "connection~sig": {**signed, "sig_data": inside}}
        text = _DRAWN.sub(r'\1"..."', json.dumps(value))
        for real, name in self._names.items():
            text = text.replace(real, name)
        return json.loads(text)


class Recording:
    """The recording, and the session that plays its client.

    Attributes:
        results: The result of each repeated call, and the recorded one.
        requests: The requests of each, and the recorded ones: address, recipients, senders, and the innermost message.
    """

    def __init__(self) -> None:
        recorded = json.loads(FILE.read_text(encoding="utf-8"))
        self.results: list[tuple[Any, Any]] = []
        self.requests: list[tuple[Any, Any]] = []
        self._calls = recorded["client_calls"]
        pairs = [KeyPair.from_seed(key["seed_utf8"]) for key in recorded["keys"]]
        self._pairs = {pair.verkey: pair for pair in pairs}
        self._owner = pairs[1]
        self._holder = next(pair for pair in pairs if pair.did == "JBhDngKJiyeUngigTU9pJR")
        self._exchanges: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for exchange in recorded["exchanges"]:
            self._exchanges[exchange["step"]].append(exchange)
        self._now, self._then = Side(), Side()
        self._latest = ""
        self.session = InterceptedSession("test")
        self.session.wallets.create("wallet", "key", None)
        self.session.wallets.open("wallet", "key", None)
        self.session.wallet.new_pair("000000000000000000000000Inviter1")
        self.session.settings.update(recorded["client_config_after_provisioning"])

    def play(self) -> None:
        """Repeat the calls."""
        handle = 0
        for call in self._calls:
            found = _CALL.match(call["call"])
            assert found is not None
            name, story = found.groups()
            answers = iter(self._exchanges[call["call"]])
            self.session.posting = partial(self._answer, answers)
            if name == "connect":
                handle = ROWS["create"].run(self.session, story)
                result = load_json(ROWS[name].run(self.session, handle, None))
                self.results.append((self._now.shown(result), self._then.shown(json.loads(call["result"]))))
            else:
                self.results.append((ROWS[name].run(self.session, handle) or [], call["result"]))
            assert next(answers, None) is None, call["call"]

    def _answer(self, exchanges: Iterator[dict[str, Any]], url: str, body: bytes) -> bytes:
        exchange = next(exchanges)
        layers = exchange["request_layers"]
        way = [(layer["recipient_verkey"], self._then.shown(layer.get("sender_verkey"))) for layer in layers]
        then = exchange["path"].partition(" ")[0], way, self._then.shown(layers[-1]["message"])
        self.requests.append(((urlsplit(url).path, *self._opened(body)), then))
        if not exchange.get("response_json"):
            return b""
        answer = unpack(dump_json(exchange["response_json"]), {self._owner.verkey: self._owner}.get)
        message = load_json(answer.message)
        for stored in message.get("msgs", ()):
            stored["payload"] = load_json(self._closed_again(stored["payload"]))
        return pack([self._owner.verkey], dump_json(message), self._pairs[answer.sender or ""], self.session.draw)

    def _opened(self, body: bytes) -> tuple[list[Any], Any]:
        way, content = [], body
        while True:
            opened = unpack(content, self._pairs.get)
            message = load_json(opened.message)
            shown = self._now.shown(message)
            if "forDIDVerKey" in message:
                self._latest = message["forDIDVerKey"]
            way.append((opened.recipient, self._now.shown(opened.sender)))
            if "@fwd" not in message:
                return way, shown
            content = dump_json(message["@msg"])

    def _closed_again(self, payload: dict[str, str]) -> bytes:
        """Close the holder's recorded message for the newest pair."""
        (recipient,) = load_json(base64url_bytes(payload["protected"]))["recipients"]
        header = recipient["header"]
        nonce = base64url_bytes(header["iv"])
        key = box_open(self._holder, header["kid"], base64url_bytes(recipient["encrypted_key"]), nonce)
        sealed = base64url_bytes(payload["ciphertext"]) + base64url_bytes(payload["tag"])
        iv, about = base64url_bytes(payload["iv"]), payload["protected"].encode()
        message = bindings.crypto_aead_chacha20poly1305_ietf_decrypt(sealed, about, iv, key)
        return pack([self._latest], message, self._holder, self.session.draw)


@pytest.fixture
def recording() -> Recording:
    """The recording, replayed."""
    made = Recording()
    made.play()
    return made


def test_the_requests_are_the_recorded_ones(recording: Recording) -> None:
    """Requests have the same keys, recipients and members as the recorded ones."""
    assert len(recording.requests) == 13
    for ours, theirs in recording.requests:
        assert ours == theirs


def test_the_results_are_the_recorded_ones(recording: Recording) -> None:
    """The results, invitations and states, are the recorded ones."""
    assert len(recording.results) == 7
    for ours, theirs in recording.results:
        assert ours == theirs
