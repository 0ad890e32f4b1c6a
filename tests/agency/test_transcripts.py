"""The agency's answers equal those that an unmodified client accepted, and its own earlier ones.

Two kinds of recordings are replayed. Those of the unmodified client are not part of the repository; where they are
absent, these tests are skipped. Our own are in ``transcripts/``; ``python tests/agency/transcripts/record.py`` writes
them again, and the difference is what has changed on the wire.
"""

import json
import runpy
from functools import cache
from pathlib import Path

import pytest

from connsim.wire.codes import Version
from tests.agency.replaying import FOLDER, Replay

RECORDINGS = {Version.V1: "transcript-v1.json", Version.V2: "transcript-v2.json"}


OURS = Path(__file__).parent / "transcripts"


RECORDER = runpy.run_path(str(OURS / "record.py"))


EXCHANGES = 24  # in each of the two


@cache
def played(version: Version) -> list[tuple[str, str]]:
    """Return the recorded answers and ours, for the whole recording."""
    recording = json.loads((FOLDER / RECORDINGS[version]).read_text(encoding="utf-8"))
    assert len(recording["exchanges"]) == EXCHANGES
    replay = Replay(recording)
    return [replay.play(exchange) for exchange in recording["exchanges"]]


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recordings: put them at {FOLDER}")
@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("number", range(EXCHANGES))
def test_answers_as_recorded(version: Version, number: int) -> None:
    """Our answers equal those of the agency in the recording: envelope, keys, messages, payloads."""
    recorded, given = played(version)[number]

    assert given == recorded


@pytest.mark.parametrize("name", RECORDER["DIALECTS"])
def test_bytes_are_unchanged(name: str) -> None:
    """The same seed gives the same bytes on both sides; an intended change needs a new recording."""
    before = json.loads((OURS / f"{name}.json").read_text(encoding="utf-8"))

    now = json.loads(RECORDER["written"](RECORDER["record"](RECORDER["DIALECTS"][name])))

    for number, (was, is_now) in enumerate(zip(before, now, strict=True)):
        assert is_now == was, f"exchange {number} of {name}.json; see transcripts/record.py"


def test_another_seed_gives_other_bytes() -> None:
    """Another seed gives other bytes."""
    talks = [RECORDER["record"](RECORDER["DIALECTS"]["v1"], seed) for seed in ("one", "other")]

    one, other = ({exchange["request"] for exchange in talk if exchange["layers"]} for talk in talks)

    assert not one & other
