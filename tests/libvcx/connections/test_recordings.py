"""The stand-in sends the requests and returns the results of an unmodified libvcx.

The recorded calls are made again, and get the recorded answers. The recordings are not part of the repository; where
they are absent, these tests are skipped.
"""

import json
import re
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connsim.libvcx.proprietary import connecting, connections, messaging, polling
from connsim.wire.bundles import bytes_of, unbundle
from connsim.wire.codes import Version
from connsim.wire.envelope import open_envelope
from connsim.wire.keys import KeyPair
from connsim.wire.notation import dump_json, load_json
from tests.libvcx.connections.conftest import InterceptedSession

FOLDER = Path(__file__).parents[4] / "shared" / "reference" / "vectors"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recordings: put them at {FOLDER}")

Maps = list[dict[str, Any]]
_CALL = re.compile(r"vcx_connection_(\w+)(?: \((accept|reject|redirect)(?:, options (.*))?.*\))?")
_DRAWN = re.compile(r'("(?:signature|@id)": )"[^"]+"')


class Recording:
    """A recording, and the session that plays its client.

    Attributes:
        handles: The connections, by the names in the recording.
        results: The result of each repeated call, and the recorded one.
        requests: The requests of each, and the recorded ones: recipients, senders, and the innermost messages.
    """

    def __init__(self, version: Version) -> None:
        recorded = json.loads((FOLDER / f"transcript-v{version.value[0]}.json").read_text(encoding="utf-8"))
        self.version = version
        self.calls = recorded["client_calls"]
        self.handles: dict[str, int] = {}
        self.results: list[tuple[Any, Any]] = []
        self.requests: list[tuple[Any, Any]] = []
        pairs = [KeyPair.from_seed(key["seed_utf8"]) for key in recorded["keys"]]
        self._agency, self._owner = pairs[:2]
        self._pairs = {pair.did: pair for pair in pairs}
        self._exchanges: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for exchange in recorded["exchanges"]:
            self._exchanges[exchange["step"]].append(exchange)
        self._names: dict[str, str] = {}
        self.session = self._session(recorded["client_config_after_provisioning"])

    def _session(self, config: dict[str, str]) -> InterceptedSession:
        session = InterceptedSession("test")
        session.wallets.create("wallet", "key", None)
        session.wallets.open("wallet", "key", None)
        session.wallet.new_pair("000000000000000000000000Inviter1")
        session.settings.update(config)
        return session

    def play(self) -> None:
        """Repeat the calls for connections."""
        story = ""
        for call in self.calls:
            found = _CALL.match(call["call"])
            if found is None:
                continue
            name, named, options = found.groups()
            story = named or story
            answers = iter(self._exchanges[call["call"]])
            self.session.posting = partial(self._answer, answers)
            self.results.append((self._made(name, story, options), call["result"]))
            assert next(answers, None) is None, call["call"]

    def _made(self, name: str, story: str, options: str | None) -> Any:
        if name == "connect":
            self.handles[story] = connections.create(self.session, story)
            shown = connecting.connect(self.session, self.handles[story], options)
            return shown.decode() if shown else None
        handle = self.handles[story]
        if name == "delete_connection":
            messaging.delete(self.session, handle)
            return []
        if name == "get_redirect_details":
            return connections.get_redirect_details(self.session, handle).decode()
        return polling.update_state(self.session, handle)

    def _answer(self, exchanges: Iterator[dict[str, Any]], _: str, body: bytes) -> bytes:
        exchange = next(exchanges)
        then = exchange["request_layers"]
        innermost = then[-1].get("bundle") or [then[-1]["message"]]
        way = [(layer["recipient_verkey"], layer.get("sender_verkey")) for layer in then]
        self.requests.append((self._opened(body), self._shown(way, innermost)))
        if self.version is Version.V1:
            return b64decode(exchange["response_base64"])
        return dump_json(exchange["response_json"])

    def _opened(self, body: bytes) -> tuple[Any, str]:
        way, key, content = [], self._agency, body
        while True:
            opened = open_envelope(content, key, anonymous=key is self._agency)
            assert opened.version is self.version
            way.append((opened.recipient, opened.sender))
            maps: Maps = unbundle(opened.content) if self.version is Version.V1 else [load_json(opened.content)]
            if "@fwd" not in maps[0]:
                return self._shown(way, maps)
            key, forwarded = self._pairs[maps[0]["@fwd"]], maps[0]["@msg"]
            content = dump_json(forwarded) if isinstance(forwarded, dict) else bytes_of(forwarded)

    def _shown(self, way: list[tuple[str, str | None]], maps: Maps) -> tuple[Any, str]:
        """Return a request in the form that is compared, without randomly drawn keys, signatures and ids."""
        if "forDID" in maps[0]:
            self._names |= {maps[0]["forDID"]: "PAIRWISE DID", maps[0]["forDIDVerKey"]: "PAIRWISE KEY"}
        text = _DRAWN.sub(r"\1...", json.dumps(maps))
        for real, name in self._names.items():
            text = text.replace(real, name)
        return [(to, None if sender is None else self._names.get(sender, sender)) for to, sender in way], text


@pytest.fixture(params=Version)
def recording(request: pytest.FixtureRequest) -> Recording:
    """A recording, replayed."""
    made = Recording(request.param)
    made.play()
    return made


def test_the_requests_are_the_recorded_ones(recording: Recording) -> None:
    """Requests have the same keys, recipients and members in the same order as the recorded ones."""
    assert len(recording.requests) == 16
    for ours, theirs in recording.requests:
        assert ours == theirs


def test_the_results_are_the_recorded_ones(recording: Recording) -> None:
    """The results are the recorded ones: invitations to the letter, states, and redirections."""
    assert len(recording.results) == 11
    for ours, theirs in recording.results:
        assert ours == theirs
