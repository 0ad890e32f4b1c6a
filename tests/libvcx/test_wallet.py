"""Wallets store keys, in memory or in files, and open with their own key only."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from connsim.core.seed import Seed
from connsim.libvcx.errors import VcxError
from connsim.libvcx.wallet import Wallets
from connsim.wire.crypt import Draw, drawing


@pytest.fixture
def draw() -> Draw:
    """The source of keys."""
    return drawing(Seed("wallets"), "keys")


@pytest.fixture(params=["memory", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    """Where wallets are stored: a folder, or memory."""
    return tmp_path / "deep" / "wallets" if request.param == "file" else None


@pytest.fixture
def wallets(draw: Draw) -> Wallets:
    """The wallets of a process."""
    return Wallets(draw)


def code_of(action: Callable[[], object]) -> int:
    """Return the code in which an action ends."""
    with pytest.raises(VcxError) as caught:
        action()
    return int(caught.value.code)


def test_keys_are_found_by_verkey_and_by_did(wallets: Wallets, place: Path | None) -> None:
    """A pair is found by verkey and by DID, also after the wallet was closed and opened again."""
    wallets.create("w", "k", place)
    wallets.open("w", "k", place)
    pair = wallets.current.new_pair()
    wallets.close()
    wallets.open("w", "k", place)

    assert wallets.current.pair(pair.verkey).sign(b"x") == pair.sign(b"x")
    assert wallets.current.pair_of(pair.did) == wallets.current.find(pair.verkey) == pair


def test_a_file_survives_the_process(draw: Draw, tmp_path: Path) -> None:
    """Another process finds the wallet's file and keys; a wallet in memory it does not find."""
    first, second = Wallets(draw), Wallets(draw)
    first.create("w", "k", tmp_path)
    first.open("w", "k", tmp_path)
    seeded, drawn = first.current.new_pair("0" * 32), first.current.new_pair()
    first.create("m", "k", None)

    second.open("w", "k", tmp_path)

    assert {seeded.verkey, drawn.verkey} == {second.current.pair(pair.verkey).verkey for pair in (seeded, drawn)}
    assert code_of(lambda: second.open("m", "k", None)) == 1079
    assert [path.name for path in tmp_path.iterdir()] == ["w.wallet.json"]


def test_drawn_keys_are_all_different(wallets: Wallets) -> None:
    """No two pairs are the same, in whichever wallets they are."""
    for name in ("a", "b"):
        wallets.create(name, "k", None)
        wallets.open(name, "k", None)
    assert len({wallets.current.new_pair().did for _ in range(50)}) == 50


def test_errors(wallets: Wallets, place: Path | None) -> None:
    """Each misuse has its code."""
    assert code_of(lambda: wallets.current) == 1057
    assert code_of(lambda: wallets.open("w", "k", place)) == 1079
    wallets.create("w", "k", place)
    assert code_of(lambda: wallets.create("w", "other", place)) == 1051
    assert code_of(lambda: wallets.open("w", "other", place)) == 1075
    handle = wallets.open("w", "k", place)
    assert code_of(lambda: wallets.open("w", "k", place)) == 1052
    assert code_of(lambda: wallets.current.pair("x")) == 1073
    assert code_of(lambda: wallets.current.pair_of("x")) == 1073
    assert code_of(lambda: wallets.current.new_pair("short")) == 1080
    wallets.handle = 12345
    assert code_of(lambda: wallets.current) == 1057
    wallets.handle = handle
    assert wallets.current
    wallets.close()
    wallets.delete("w", place)
    assert code_of(lambda: wallets.open("w", "k", place)) == 1079


@pytest.mark.parametrize("name", ["../../up", "a/b", "nul\0", "", ".", "..", "ü", "a" * 90, "C:\\x"])
def test_any_name_stays_in_the_directory(wallets: Wallets, tmp_path: Path, name: str) -> None:
    """A wallet's name is never used as a path."""
    inside = tmp_path / "inside"
    wallets.create(name, "k", inside)
    wallets.open(name, "k", inside)

    assert list(tmp_path.iterdir()) == [inside]
    assert len(list(inside.iterdir())) == 1


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"lock": "x"}', '{"lock": 1, "seeds": ["zz"]}', '{"lock": 1, "seeds": ["00"]}', "\udc80"],
)
def test_a_damaged_file_is_refused(wallets: Wallets, tmp_path: Path, content: str) -> None:
    """A file that is not a wallet is 1074."""
    (tmp_path / "w.wallet.json").write_text(content, errors="surrogateescape")

    assert code_of(lambda: wallets.open("w", "k", tmp_path)) == 1074


@pytest.mark.parametrize(("name", "directory"), [("a" * 300, "d"), ("w", "nul\0")])
def test_an_invalid_place_is_refused(wallets: Wallets, tmp_path: Path, name: str, directory: str) -> None:
    """In an invalid place, making a wallet is 1058, and opening one 1074."""
    assert code_of(lambda: wallets.create(name, "k", tmp_path / directory)) == 1058
    assert code_of(lambda: wallets.open(name, "k", tmp_path / directory)) == 1074


def test_a_wallet_that_cannot_be_written_is_refused(wallets: Wallets, tmp_path: Path) -> None:
    """Making a wallet that cannot be written is 1058; adding a key to one whose directory is gone is 1074."""
    (tmp_path / "taken").write_text("")
    assert code_of(lambda: wallets.create("w", "k", tmp_path / "taken")) == 1058

    wallets.create("w", "k", tmp_path / "d")
    wallets.open("w", "k", tmp_path / "d")
    (tmp_path / "d" / "w.wallet.json").unlink()
    (tmp_path / "d").rmdir()
    (tmp_path / "d").write_text("")
    assert code_of(wallets.current.new_pair) == 1074


def test_the_file_is_replaced_as_a_whole(wallets: Wallets, tmp_path: Path) -> None:
    """A reader that has the file open while a key is added reads the old content, and no other file remains."""
    wallets.create("w", "k", tmp_path)
    wallets.open("w", "k", tmp_path)
    with (tmp_path / "w.wallet.json").open() as before:
        wallets.current.new_pair()
        assert json.load(before)["seeds"] == []

    assert [path.name for path in tmp_path.iterdir()] == ["w.wallet.json"]
