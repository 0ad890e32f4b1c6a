"""The published function that makes a connection runs unmodified, in virtual time.

Where the article is available, its own code runs; elsewhere one of ours that makes the same calls.

Sections are those of docs/protocol/libvcx.md.
"""

import asyncio
import inspect
import json
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from connsim import World
from connsim.agency.agency import Agency
from connsim.core.durations import MINUTE, SECOND
from connsim.errors import StillPolling
from connsim.libvcx.library import Library

pytest.importorskip("vcx", reason="the wrapper is not installed; run: pip install 'connsim[vcx]'")
qrcode = pytest.importorskip("qrcode", reason="qrcode is not installed; run: pip install 'connsim[vcx]'")
pytest.importorskip("PIL", reason="Pillow is not installed; run: pip install 'connsim[vcx]'")

from vcx import common  # noqa: E402
from vcx.api.connection import Connection  # noqa: E402
from vcx.api.utils import vcx_agent_provision  # noqa: E402
from vcx.api.vcx_init import vcx_init_with_config  # noqa: E402
from vcx.state import State  # noqa: E402

ARTICLES = Path(__file__).parents[3] / "shared" / "reference" / "seeds"
PHONE = "9999999999"

OURS = """
async def makeConnection(connection_type, name, phone_number):
    await _initialize()
    connection = await Connection.create(name)
    options = {"id": name, "connection_type": connection_type, "use_public_did": False}
    if connection_type == "SMS":
        options["phone"] = phone_number
    elif connection_type != "QR":
        return
    await connection.connect(json.dumps(options))
    if connection_type == "QR":
        await connection.update_state()
    invitation = json.dumps(await connection.invite_details(True))
    if connection_type == "QR":
        qrcode.make(invitation).save(f"./data/{name}-connection-invite.png")
    while (state := await connection.get_state()) != State.Accepted:
        sleep(2)
        print(f"The state of the connection is {state}")
        await connection.update_state()
    with open(f"./data/{name}-connection.json", "w") as file:
        json.dump(await connection.serialize(), file)
"""


def code() -> str:
    """Return the article's function, without the extra brace at its end; or ours."""
    for article in sorted(ARTICLES.glob("*.txt")) if ARTICLES.is_dir() else ():
        for block in article.read_text(encoding="utf-8").split("```python\n")[1:]:
            if block.startswith("async def makeConnection("):
                return "\n".join(line for line in block.partition("```")[0].splitlines() if line != "}")
    return OURS


Make = Callable[[str, str, str | None], Coroutine[Any, Any, None]]


@pytest.fixture
def make(connsim: World, agency: Agency, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """The function, in a module with the names that it uses, and a directory for its files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    given = {
        "agency_url": agency.url,
        "agency_did": agency.identity.did,
        "agency_verkey": agency.identity.verkey,
        "wallet_key": "key",
        "name": "Faber",
        "logo": "https://logo.example/a.png",
    }

    configured: list[str] = []

    async def initialize() -> None:
        if not configured:
            configured.append(await vcx_agent_provision(json.dumps(given)))
        config = json.loads(configured[0])
        del config["genesis_path"]  # no ledger exists
        await vcx_init_with_config(json.dumps(config))

    namespace: dict[str, Any] = {"_initialize": initialize, "sleep": time.sleep, "Connection": Connection}
    namespace |= {"State": State, "inspect": inspect, "json": json, "qrcode": qrcode}
    exec(code(), namespace)  # the article's text has two lines around it that are not Python
    made: Make = namespace["makeConnection"]
    return made


def saved(folder: Path) -> dict[str, Any]:
    """Return the document that the function saved."""
    document: dict[str, Any] = json.loads((folder / "data" / "alice-connection.json").read_text())
    return document


def test_8_by_qr_code(connsim: World, make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The picture exists, and the connection is accepted with the first poll after the holder accepts."""
    connsim.script("vcx-holder", "accepts after 91 seconds")

    asyncio.run(make("QR", "alice", None))

    (invitation,) = connsim.agency.invitations.values()
    moments = [poll.at - invitation.at for poll in connsim.journal.polls(invitation.uid)]
    assert moments == [0, *range(2 * SECOND, 93 * SECOND, 2 * SECOND)]
    assert (tmp_path / "data" / "alice-connection-invite.png").read_bytes().startswith(b"\x89PNG")
    data = saved(tmp_path)["data"]
    assert (data["state"], data["source_id"]) == (State.Accepted, "alice")
    assert invitation.connection.remote is not None
    assert data["their_pw_did"] == invitation.connection.remote.pairwise.did
    assert capsys.readouterr().out.count("The state of the connection is 2\n") == 46
    assert connsim.agency.outbox == []


def test_8_by_sms(connsim: World, make: Make, tmp_path: Path) -> None:
    """The agency sends the link; no poll follows connect at once, and no picture is made."""
    connsim.script("vcx-holder", "accepts after 1 minute", phone=PHONE)

    asyncio.run(make("SMS", "alice", PHONE))

    (invitation,) = connsim.agency.invitations.values()
    moments = [poll.at - invitation.at for poll in connsim.journal.polls(invitation.uid)]
    assert moments == list(range(2 * SECOND, 61 * SECOND, 2 * SECOND))
    assert [sms.phone for sms in connsim.agency.outbox] == [PHONE]
    assert saved(tmp_path)["data"]["state"] == State.Accepted
    assert not list((tmp_path / "data").glob("*.png"))


def test_8_of_an_unknown_kind(connsim: World, make: Make, tmp_path: Path) -> None:
    """For an unknown kind a connection is created, without an invitation."""
    asyncio.run(make("FAX", "alice", PHONE))

    assert [exchange.message for exchange in connsim.journal.exchanges()] == ["CONNECT", "SIGNUP", "CREATE_AGENT"]
    assert not list((tmp_path / "data").iterdir())


@pytest.mark.parametrize("behaviour", ["never responds", "refuses after 30 seconds", "redirects after 30 seconds"])
def test_8_it_polls_without_end(connsim: World, make: Make, tmp_path: Path, behaviour: str) -> None:
    """The function only ends with an acceptance: after a refusal or a redirection it polls without end."""
    if behaviour.startswith("redirects"):
        connsim.script("vcx-holder", "accepts")
        asyncio.run(make("QR", "older", None))
        common.shutdown(False)
    connsim.script("vcx-holder", behaviour)
    assert connsim.clock.waiter
    connsim.clock.waiter.horizon = connsim.clock.now() + 10 * MINUTE

    with pytest.raises(StillPolling):
        asyncio.run(make("QR", "alice", None))

    assert not (tmp_path / "data" / "alice-connection.json").exists()
    invitation = list(connsim.agency.invitations.values())[-1]
    polls = connsim.journal.polls(invitation.uid)
    assert len(polls) == (16 if behaviour.startswith("redirects") else 301)
