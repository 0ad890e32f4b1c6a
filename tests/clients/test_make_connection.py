"""The example client of the wrapper: it saves connections, understands holders, and stops waiting in time."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connsim import World
from connsim.agency.settings import AgencySettings
from connsim.clients.prism_flow import Pace
from connsim.core.durations import SECOND
from connsim.transports.server_thread import ServerThread

pytest.importorskip("vcx", reason="the wrapper is not installed; run: pip install 'connsim[vcx]'")
pytest.importorskip("qrcode", reason="qrcode is not installed; run: pip install 'connsim[vcx]'")
pytest.importorskip("PIL", reason="Pillow is not installed; run: pip install 'connsim[vcx]'")

from vcx.api.connection import Connection
from vcx.api.utils import vcx_agent_provision
from vcx.api.vcx_base import VcxBase
from vcx.api.vcx_init import vcx_init_with_config
from vcx.error import ErrorCode, VcxError
from vcx.state import State

from connsim.clients.make_connection import Made, Wait, make_connection, resume
from connsim.libvcx import install, uninstall

PHONE = "+15550100"
EVENLY = Pace.evenly(50)


Left = Callable[[], set[int]]


@pytest.fixture
def vcx(connsim: World, connsim_server: ServerThread) -> Iterator[Left]:
    """The stand-in for libvcx, initialized for an owner at the world's agency; returns the handles not yet released."""
    agency = connsim.agency
    agency.url, listener = connsim_server.open(connsim, agency)
    session = install("test")
    given = {
        "agency_url": agency.url,
        "agency_did": agency.identity.did,
        "agency_verkey": agency.identity.verkey,
        "wallet_key": "key",
        "name": "Faber",
        "logo": "https://logo.example/a.png",
    }

    async def begin() -> None:
        config = json.loads(await vcx_agent_provision(json.dumps(given)))
        del config["genesis_path"]  # no ledger exists
        await vcx_init_with_config(json.dumps(config))

    asyncio.run(begin())
    before = set(VcxBase.HANDLES)
    yield lambda: set(VcxBase.HANDLES) - before
    uninstall()
    assert session.failures == []
    connsim_server.close(listener)


pytestmark = pytest.mark.usefixtures("vcx")


def saved(made: Made) -> dict[str, Any]:
    """Return the data of the document."""
    data: dict[str, Any] = json.loads(made.document.read_text())["data"]
    return data


def polls(world: World) -> list[float]:
    """Return the times of the polls, in seconds since the last invitation."""
    invitation = list(world.agency.invitations.values())[-1]
    return [(poll.at - invitation.at) / SECOND for poll in world.journal.polls(invitation.uid)]


def test_by_qr_code(connsim: World, vcx: Left, tmp_path: Path) -> None:
    """The picture exists before the holder answers; the saved connection is the accepted one."""
    connsim.script("vcx-holder", "accepts after 90 seconds")
    shown: list[Made] = []

    made = asyncio.run(make_connection("alice", tmp_path, wait=Wait(pace=EVENLY), on_invitation=shown.append))

    assert made.state is State.Accepted
    assert polls(connsim) == [0, 50, 100]
    assert made.qr_code is not None
    assert made.qr_code.read_bytes().startswith(b"\x89PNG")
    assert (saved(made)["state"], saved(made)["source_id"]) == (State.Accepted, "alice")
    assert saved(made)["their_pw_did"]
    assert [one.state for one in shown] == [State.OfferSent]
    assert (shown[0].document, shown[0].qr_code) == (made.document, made.qr_code)
    assert vcx() == set()


def test_by_sms(connsim: World, tmp_path: Path) -> None:
    """The agency sends the link, and no picture is made."""
    connsim.script("vcx-holder", "accepts after 1 minute", phone=PHONE)

    made = asyncio.run(make_connection("alice", tmp_path, PHONE))

    assert (made.state, made.qr_code) == (State.Accepted, None)
    assert [sms.phone for sms in connsim.agency.outbox] == [PHONE]
    assert [path.name for path in tmp_path.iterdir()] == ["alice-connection.json"]


@pytest.mark.parametrize("behaviour", ["never responds", "refuses after 1 minute", "accepts after 121 seconds"])
def test_gives_up_exactly_at_expiry(connsim: World, tmp_path: Path, behaviour: str) -> None:
    """The last poll is at the moment of expiry; the document says that the connection expired."""
    connsim.script("vcx-holder", behaviour)

    made = asyncio.run(make_connection("alice", tmp_path, wait=Wait(120, EVENLY)))
    connsim.advance("1 day")

    assert made.state is State.Expired
    assert saved(made)["state"] == State.Expired
    assert polls(connsim) == [0, 50, 100, 120]


def test_an_answer_at_the_last_moment_counts(connsim: World, tmp_path: Path) -> None:
    """An answer that is there at the moment of expiry counts."""
    connsim.script("vcx-holder", "accepts after 2 minutes")

    made = asyncio.run(make_connection("alice", tmp_path, wait=Wait(120, EVENLY)))

    assert made.state is State.Accepted


def test_a_redirection_ends_the_wait(connsim: World, tmp_path: Path) -> None:
    """A redirection, by which a holder points to an older connection, ends the wait."""
    connsim.script("vcx-holder", "accepts")
    asyncio.run(make_connection("older", tmp_path))
    connsim.script("vcx-holder", "redirects after 30 seconds")

    made = asyncio.run(make_connection("newer", tmp_path, wait=Wait(pace=EVENLY)))

    assert made.state is State.Redirected
    assert saved(made)["redirect_detail"]["theirDID"]
    assert polls(connsim) == [0, 50]


def test_polls_that_fail_are_tried_again(connsim: World, tmp_path: Path) -> None:
    """Error 1003 is retried: among other things, it can mean an agency that is down for a moment."""
    connsim.script("vcx-holder", "accepts after 1 minute")
    connsim.agency.settings = AgencySettings(least_poll_interval=75 * SECOND)  # the second poll comes too early
    states: list[State] = []

    made = asyncio.run(make_connection("alice", tmp_path, wait=Wait(pace=EVENLY, on_poll=states.append)))

    assert made.state is State.Accepted
    assert states == [State.OfferSent, State.Accepted]
    assert [exchange.status for exchange in connsim.journal.exchanges() if exchange.message == "GET_MSGS"] == [
        200,
        429,
        200,
    ]


def test_backs_off(connsim: World, tmp_path: Path) -> None:
    """Each pause is longer than the one before, up to the longest."""
    asyncio.run(make_connection("alice", tmp_path, wait=Wait(40, Pace(first=1, factor=2, longest=8))))

    assert polls(connsim) == [0, 1, 3, 7, 15, 23, 31, 39, 40]


def cancelled(connsim: World, folder: Path) -> Made:
    """Make a connection, and cancel its wait after a minute."""
    begun: list[Made] = []

    async def main() -> None:
        waiting = make_connection("alice", folder, wait=Wait(pace=EVENLY), on_invitation=begun.append)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(waiting, 60)

    asyncio.run(main())
    return begun[0]


def test_a_cancelled_wait_is_marked(connsim: World, vcx: Left, tmp_path: Path) -> None:
    """The document of a cancelled wait says that it was cancelled, and in which state."""
    made = cancelled(connsim, tmp_path)

    assert saved(made)["state"] == State.Unfulfilled
    assert polls(connsim) == [0, 50]
    assert vcx() == set()


def test_a_cancelled_wait_is_resumed(connsim: World, tmp_path: Path) -> None:
    """A wait can be resumed from its document in another loop; an answer that arrived in between is found at once."""
    made = cancelled(connsim, tmp_path)
    (invitation,) = connsim.agency.invitations
    connsim.agency.holder_accepts(invitation)

    resumed = asyncio.run(resume(made.document, Wait(pace=EVENLY)))

    assert resumed.state is State.Accepted
    assert saved(resumed)["state"] == State.Accepted
    assert polls(connsim) == [0, 50, 60]


def test_a_resumed_wait_expires_too(connsim: World, tmp_path: Path) -> None:
    """The expiry of a resumed wait counts from its resumption."""
    made = cancelled(connsim, tmp_path)

    resumed = asyncio.run(resume(made.document, Wait(30, EVENLY)))

    assert resumed.state is State.Expired
    assert polls(connsim) == [0, 50, 60, 90]


@pytest.mark.parametrize("behaviour", ["accepts", "never responds"])
def test_ended_connections_are_only_read(connsim: World, tmp_path: Path, behaviour: str) -> None:
    """For an accepted or expired connection, nothing is polled."""
    connsim.script("vcx-holder", behaviour)
    made = asyncio.run(make_connection("alice", tmp_path, wait=Wait(100, EVENLY)))
    before = len(connsim.journal.exchanges())

    assert asyncio.run(resume(made.document)).state is made.state
    assert len(connsim.journal.exchanges()) == before


def test_the_document_is_libvcxs_own(connsim: World, tmp_path: Path) -> None:
    """Any client of libvcx can load the document, including members that libvcx does not set."""
    made = asyncio.run(make_connection("alice", tmp_path, wait=Wait(1)))

    async def load() -> int:
        connection = await Connection.deserialize(json.loads(made.document.read_text()))
        return int(await connection.update_state())

    assert asyncio.run(load()) == State.Expired


def test_without_an_invitation_nothing_is_saved(connsim: World, vcx: Left, tmp_path: Path) -> None:
    """If the invitation fails, here for an empty phone number, the error is raised, and no connection remains."""
    with pytest.raises(VcxError) as failed:
        asyncio.run(make_connection("alice", tmp_path, phone=""))

    assert failed.value.error_code == ErrorCode.CouldNotConnect
    assert list(tmp_path.iterdir()) == []
    assert vcx() == set()
