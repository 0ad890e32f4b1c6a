"""What an unmodified libvcx said to its agency, and what it made of the answers: the stand-in does the same.

Its calls are made again, and the recorded answers are given to them. The recordings are no part of the repository;
where they are absent, these tests are skipped.
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
from tests.libvcx.connections.conftest import Overheard

FOLDER = Path(__file__).parents[4] / "shared" / "reference" / "vectors"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recordings: put them at {FOLDER}")

Maps = list[dict[str, Any]]
_CALL = re.compile(r"vcx_connection_(\w+)(?: \((accept|reject|redirect)(?:, options (.*))?.*\))?")
_DRAWN = re.compile(r'("(?:signature|@id)": )"[^"]+"')


class Recording:
    """A recording, and the session that plays the client in it.

    Attributes:
        handles: The connections by the names of their stories.
        results: What each call that was made again returned, beside what it returned then.
        requests: What each sent, beside what it sent then: recipients, senders, and the innermost messages.
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

    def _session(self, config: dict[str, str]) -> Overheard:
        session = Overheard("test")
        session.wallets.create("wallet", "key", None)
        session.wallets.open("wallet", "key", None)
        session.wallet.new_pair("000000000000000000000000Inviter1")
        session.settings.update(config)
        return session

    def play(self) -> None:
        """Make the calls for connections again."""
        story = ""
        for call in self.calls:
            found = _CALL.match(call["call"])
            if found is None:
                continue
            name, told, options = found.groups()
            story = told or story
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
        """The request as it is compared: the client's own pairwise keys, signatures and ids are drawn by chance."""
        if "forDID" in maps[0]:
            self._names |= {maps[0]["forDID"]: "PAIRWISE DID", maps[0]["forDIDVerKey"]: "PAIRWISE KEY"}
        text = _DRAWN.sub(r"\1...", json.dumps(maps))
        for real, name in self._names.items():
            text = text.replace(real, name)
        return [(to, None if sender is None else self._names.get(sender, sender)) for to, sender in way], text


@pytest.fixture(params=Version)
def recording(request: pytest.FixtureRequest) -> Recording:
    """A recording, played again."""
    made = Recording(request.param)
    made.play()
    return made


def test_the_same_requests_are_made(recording: Recording) -> None:
    """By the same keys for the same parties, with the same members in the same order."""
    assert len(recording.requests) == 16
    for ours, theirs in recording.requests:
        assert ours == theirs


def test_the_same_results_come_of_the_same_answers(recording: Recording) -> None:
    """Invitations to the letter, states, and where a holder redirects to."""
    assert len(recording.results) == 11
    for ours, theirs in recording.results:
        assert ours == theirs
