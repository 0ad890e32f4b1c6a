"""The stand-in for libvcx, called as C would call it, and through the real wrapper."""

import ctypes
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import pytest

from connsim import World
from connsim.agency.agency import Agency
from connsim.core.exchange import Reply
from connsim.libvcx import install, uninstall
from connsim.libvcx.calls import Result
from connsim.libvcx.library import Library
from connsim.libvcx.session import Session
from connsim.transports.server_thread import ServerThread
from tests.answering import Answering

_SLOTS: dict[Result, tuple[Any, ...]] = {
    Result.NOTHING: (),
    Result.NUMBER: (ctypes.c_uint32,),
    Result.TEXT: (ctypes.c_char_p,),
    Result.TRUTH: (ctypes.c_bool,),
    Result.DATA: (ctypes.POINTER(ctypes.c_uint8), ctypes.c_uint32),
}
COMMAND = 7


class Called(NamedTuple):
    """What became of a call.

    Attributes:
        returned: What the function returned.
        answers: Code and result arguments of each callback.
        threads: Where the callbacks ran.
    """

    returned: int
    answers: list[tuple[Any, ...]]
    threads: list[threading.Thread]

    @property
    def code(self) -> int:
        """The code in which it ended, which is told exactly once."""
        if self.returned:
            assert self.answers == []
            return self.returned
        assert len(self.answers) == 1
        return int(self.answers[0][0])

    @property
    def result(self) -> Any:
        """The first argument after code 0."""
        assert self.code == 0
        return self.answers[0][1]


class Call(Protocol):
    """Calls a function as C would."""

    def __call__(self, library: Library, name: str, *arguments: Any, result: Result = Result.NOTHING) -> Called: ...


Details = Callable[[Library], Any]
Provisioning = Callable[..., dict[str, Any]]


def _ended() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("libvcx"):
            thread.join()


@pytest.fixture
def call() -> Call:
    """Calls a function as C would, with a real ctypes callback, and waits until its worker has ended."""

    def made(library: Library, name: str, *arguments: Any, result: Result = Result.NOTHING) -> Called:
        called = Called(0, [], [])

        def answer(command: int, *rest: Any) -> None:
            assert command == COMMAND
            if result is Result.DATA and rest[2]:  # the bytes are there for as long as the callback runs
                rest = (rest[0], rest[1][: rest[2]], rest[2])
            called.answers.append(rest)
            called.threads.append(threading.current_thread())

        callback = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_uint32, *_SLOTS[result])(answer)
        returned = getattr(library, name)(COMMAND, *arguments, callback)
        _ended()
        return called._replace(returned=returned)

    return made


@pytest.fixture
def details() -> Details:
    """Asks for the details of this thread's last error."""

    def asked(library: Library) -> Any:
        place = ctypes.c_char_p()
        library.vcx_get_current_error(ctypes.byref(place))
        return None if place.value is None else json.loads(place.value)

    return asked


@pytest.fixture
def vcx_session() -> Session:
    """A session with a wallet open, and no agency."""
    session = Session("test")
    session.settings.update({"wallet_key": "k"})
    session.create_wallet()
    session.open_wallet()
    return session


@pytest.fixture
def bare(vcx_session: Session) -> Iterator[Library]:
    """The library of that session, without the wrapper; it must not fail inside."""
    yield Library(vcx_session)
    _ended()
    assert vcx_session.failures == []


@pytest.fixture
def library() -> Iterator[Library]:
    """The stand-in under the real wrapper; it must not fail inside."""
    pytest.importorskip("vcx", reason="the wrapper is not installed; run: pip install 'connsim[vcx]'")
    session = install("test")
    import vcx.cdll

    yield vcx.cdll._cdll()
    _ended()
    uninstall()
    assert session.failures == []


@pytest.fixture
def agency(connsim_world: World) -> Agency:
    """The fake agency of the test's world."""
    return connsim_world.agency


@pytest.fixture
def serve(connsim_world: World, connsim_server: ServerThread) -> Iterator[Callable[[Reply], str]]:
    """Gives the URL of a server that answers everything with one reply."""
    listeners = []

    def opened(reply: Reply) -> str:
        with connsim_world.clock.busy():  # opening takes real time only
            url, listener = connsim_server.open(connsim_world, Answering(lambda _: reply))
        listeners.append(listener)
        return url

    yield opened
    for listener in listeners:
        connsim_server.close(listener)


@pytest.fixture
def provisioning(connsim_world: World) -> Provisioning:
    """Makes what provisioning at the fake agency is given."""

    def made(**more: Any) -> dict[str, Any]:
        agency = connsim_world.agency
        return {
            "agency_url": agency.url,
            "agency_did": agency.identity.did,
            "agency_verkey": agency.identity.verkey,
            "wallet_key": "k",
            "name": "Faber",
            "logo": "http://l.example/logo.png",
        } | more

    return made
