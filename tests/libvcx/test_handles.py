"""Handles are numbers that are never reused.

Sections are those of docs/protocol/libvcx.md.
"""

import threading

import pytest

from connsim.libvcx.errors import Code, VcxError
from connsim.libvcx.handles import Handles, new_handle


def test_1_11_s6_handles_are_not_reused() -> None:
    """A handle is not reused: not in one table, not in two, and not after its object was dropped."""
    first: Handles[int] = Handles()
    second: Handles[str] = Handles()
    given = set()
    for number in range(1000):
        handle = first.add(number)
        given |= {handle, second.add("x"), new_handle()}
        first.drop(handle)

    assert len(given) == 3000
    assert all(0 < handle < 2**32 for handle in given)
    assert sorted(given) != list(range(min(given), min(given) + 3000))


def test_1_11_s6_threads_do_not_share_handles() -> None:
    """Concurrent threads get different handles."""
    given: list[int] = []

    def take() -> None:
        given.extend([new_handle() for _ in range(2000)])

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(given)) == 16_000


def test_a_handle_finds_its_object_until_it_is_dropped() -> None:
    """A handle finds its object until that is dropped; then it fails with the code that the caller chose."""
    handles: Handles[str] = Handles()
    handle = handles.add("thing")

    assert handles.get(handle) == "thing"
    assert handle in handles
    assert handles.drop(handle)
    assert not handles.drop(handle)
    for missing in (Code.InvalidConnectionHandle, Code.InvalidObjHandle):
        with pytest.raises(VcxError) as caught:
            handles.get(handle, missing)
        assert caught.value.code is missing


def test_clear_drops_everything() -> None:
    """After `clear` no handle finds an object."""
    handles: Handles[str] = Handles()
    given = [handles.add("x") for _ in range(3)]

    handles.clear()

    assert not any(handle in handles for handle in given)
