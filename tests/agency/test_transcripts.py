"""The agency answers as one did that an unmodified client took for its own, and as it did itself yesterday.

Two kinds of recordings are played again. Those of the unmodified client are no part of the repository; where they are
absent, these tests are skipped. Our own stand in ``transcripts/``; ``python tests/agency/transcripts/record.py`` writes
them anew, and the difference is what has changed on the wire.
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


EXCHANGES = 24  # in either


@cache
def played(version: Version) -> list[tuple[str, str]]:
    """A recording, played to its end."""
    recording = json.loads((FOLDER / RECORDINGS[version]).read_text(encoding="utf-8"))
    assert len(recording["exchanges"]) == EXCHANGES
    replay = Replay(recording)
    return [replay.play(exchange) for exchange in recording["exchanges"]]


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recordings: put them at {FOLDER}")
@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("number", range(EXCHANGES))
def test_answers_as_recorded(version: Version, number: int) -> None:
    """What the unmodified client took from another agency, ours says likewise: envelope, keys, messages, payloads."""
    recorded, given = played(version)[number]

    assert given == recorded


@pytest.mark.parametrize("name", RECORDER["SPOKEN"])
def test_says_what_it_said_before(name: str) -> None:
    """Same seed, same talk, same bytes, on both sides; whoever changes them on purpose records anew."""
    before = json.loads((OURS / f"{name}.json").read_text(encoding="utf-8"))

    now = json.loads(RECORDER["written"](RECORDER["record"](RECORDER["SPOKEN"][name])))

    for number, (was, is_now) in enumerate(zip(before, now, strict=True)):
        assert is_now == was, f"exchange {number} of {name}.json; see transcripts/record.py"


def test_does_not_repeat_itself_with_another_seed() -> None:
    """The bytes come from the seed, and from nothing else."""
    talks = [RECORDER["record"](RECORDER["SPOKEN"]["v1"], seed) for seed in ("one", "other")]

    one, other = ({exchange["request"] for exchange in talk if exchange["layers"]} for talk in talks)

    assert not one & other
