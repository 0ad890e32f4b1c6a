"""One world after the other, and freezegun. Each test states in a sentence what client code may rely on."""

import asyncio
import sys
import time
import types
from datetime import datetime

import freezegun
import pytest

from connsim import World
from connsim.core.durations import SECOND
from tests.virtual_time.corners.conftest import in_thread, seconds


def sleep_on() -> None:
    """Sleep a minute at a time, for ever."""
    for _ in range(10**9):
        time.sleep(60)


def test_a_thread_of_the_first_world_ends_in_the_second() -> None:
    """A thread that outlives its world neither moves nor holds up the next one's clock."""
    with World().frozen():
        thread = in_thread(sleep_on)
    second = World()
    with second.frozen():
        time.sleep(1000)
        thread.join()

    assert seconds(second) == 1000


def test_a_user_freezes_around() -> None:
    """Inside somebody's ``freeze_time``, client code reads the world's time; afterwards, that somebody's again."""
    with freezegun.freeze_time("2001-02-03"):
        world = World()
        with world.frozen():
            time.sleep(3600)
            assert datetime.now().timestamp() == pytest.approx(world.clock.now() / SECOND)
        assert datetime.now() == datetime(2001, 2, 3)

    assert datetime.now().year > 2020


def test_a_user_freezes_inside() -> None:
    """Somebody's ``freeze_time`` inside a world hides its date; waits last as long as ever."""
    world = World()
    with world.frozen():
        with freezegun.freeze_time("2001-02-03"):
            time.sleep(3600)
            asyncio.run(asyncio.sleep(3600))
            assert datetime.now() == datetime(2001, 2, 3)
        assert datetime.now().timestamp() == pytest.approx(world.clock.now() / SECOND)

    assert seconds(world) == 7200


def test_a_user_freezes_inside_with_real_asyncio(impatient: None) -> None:
    """``freeze_time(real_asyncio=True)`` inside a world leaves its loops virtual."""
    world = World()
    with world.frozen(), freezegun.freeze_time("2001-02-03", real_asyncio=True):
        asyncio.run(asyncio.sleep(3600))

    assert seconds(world) == 3600


def test_a_user_freezes_before_a_world_that_is_kept(pytester: pytest.Pytester) -> None:
    """A fixture that freezes time and is older than ``connsim`` neither shows its date there nor in the next test."""
    pytester.makepyfile(
        """
        import time
        import freezegun, pytest

        @pytest.fixture
        def older():
            with freezegun.freeze_time("2001-02-03"):
                yield

        def is_the_worlds(world):
            time.sleep(60)
            return abs(time.time() - world.clock.now() / 10**9) < 1e-3

        def test_first(older, connsim):
            assert is_the_worlds(connsim)

        def test_second(connsim):
            assert is_the_worlds(connsim)

        def test_third(older, connsim):
            assert is_the_worlds(connsim)

        def test_fourth(connsim):
            assert is_the_worlds(connsim)
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "default").assert_outcomes(passed=4)


def test_modules_that_are_imported_while_frozen(connsim: World, tmp_path: object) -> None:
    """A module that is first imported inside a world sleeps virtually there, and really afterwards."""
    module = types.ModuleType("connsim_corner")
    sys.modules["connsim_corner"] = module
    try:
        exec("from time import sleep, monotonic\nfrom queue import time as clock", vars(module))
        before = module.monotonic(), module.clock()
        module.sleep(3600)
        assert (module.monotonic() - before[0], module.clock() - before[1]) == (3600, 3600)
    finally:
        del sys.modules["connsim_corner"]

    assert seconds(connsim) == 3600
