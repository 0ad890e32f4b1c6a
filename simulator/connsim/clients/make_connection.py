"""A connection made with ``python3-wrapper-vcx``: an example of a good client of libvcx, or of its stand-in.

It saves the connection as soon as there is an invitation, so that nothing is lost if the process ends. It stops asking
at an expiry of its own: nothing else would ever end the wait, because a holder who refuses or never looks changes
nothing that libvcx can see. And since libvcx never sets ``Unfulfilled`` or ``Expired``, it writes them itself:

    Expired      nobody answered in time; the end
    Unfulfilled  nobody has answered yet, and the wait was cancelled; `resume` goes on with it

It needs the extra ``vcx``: the wrapper, and ``qrcode`` with Pillow for the picture.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import qrcode  # type: ignore[import-untyped]
from vcx.api.connection import Connection
from vcx.error import VcxError
from vcx.state import State

from connsim.clients.prism_flow import Pace

DAY = 86_400.0


@dataclass(frozen=True)
class Made:
    """What became of a connection.

    Attributes:
        state: A ``vcx.state.State``, the same as in the document.
        document: Where the connection is saved.
        qr_code: The picture for the holder's wallet to scan; ``None`` if the link went out by SMS.
    """

    state: Any
    document: Path
    qr_code: Path | None = None


@dataclass(frozen=True)
class Wait:
    """How to wait for a holder.

    Attributes:
        expiry: Seconds from the invitation, or from `resume`.
        pace: How often to ask.
        on_poll: Told the state after each poll that succeeded.
    """

    expiry: float = DAY
    pace: Pace = field(default_factory=Pace)
    on_poll: Callable[[Any], None] = lambda _: None


async def make_connection(
    name: str,
    folder: Path,
    phone: str | None = None,
    wait: Wait | None = None,
    on_invitation: Callable[[Made], None] = lambda _: None,
) -> Made:
    """Invite a holder, by QR code or by SMS, and wait until the invitation is answered or expires.

    libvcx is initialized before. The files are ``NAME-connection.json`` and ``NAME-connection-invite.png``.

    Args:
        name: Calls the connection something; it never leaves this side.
        folder: Where the files go; it is there already.
        phone: Where the agency is to send the link. libvcx does not look whether it is a phone number.
        on_invitation: Told when the holder can answer: the picture can be shown.

    Raises:
        VcxError: The invitation could not be made. Nothing is saved then.
    """
    connection = await Connection.create(name)
    try:
        options = {"connection_type": "QR"} if phone is None else {"connection_type": "SMS", "phone": phone}
        await connection.connect(json.dumps(options))
        picture = None
        if phone is None:
            picture = folder / f"{name}-connection-invite.png"
            # Abbreviated, because a code of fewer dots is easier to scan.
            qrcode.make(json.dumps(await connection.invite_details(True))).save(str(picture))
        offered = Made(State.OfferSent, folder / f"{name}-connection.json", picture)
        _save(offered, await connection.serialize())
        on_invitation(offered)
        return await _await_answer(connection, offered, wait or Wait())
    finally:
        connection.release()  # libvcx and the wrapper both keep it otherwise, for as long as the process lives


async def resume(document: Path, wait: Wait | None = None) -> Made:
    """Go on waiting for the holder of a saved invitation; one that has ended is only read.

    Raises:
        VcxError: The document is none of libvcx.
    """
    saved = _load(document)
    made = Made(State(saved["data"]["state"]), document)
    if made.state not in (State.OfferSent, State.Unfulfilled):
        return made
    saved["data"]["state"] = int(State.OfferSent)  # in any other state libvcx asks in vain
    connection = await Connection.deserialize(saved)
    try:
        return await _await_answer(connection, replace(made, state=State.OfferSent), wait or Wait())
    finally:
        connection.release()


async def _await_answer(connection: Any, offered: Made, wait: Wait) -> Made:
    try:
        state = await _poll(connection, wait)
    except asyncio.CancelledError:
        _mark(offered.document, State.Unfulfilled)
        raise
    ended = replace(offered, state=State.Expired if state == State.OfferSent else state)
    _save(ended, await connection.serialize())
    return ended


async def _poll(connection: Any, wait: Wait) -> Any:
    """Ask until there is an answer, or give up; the last question is asked at the very moment of expiry."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + wait.expiry
    pause = wait.pace.first
    while (state := await _ask(connection, wait.on_poll)) == State.OfferSent:
        left = deadline - clock()
        if left <= 0:
            break
        await asyncio.sleep(min(pause, left))
        pause = min(pause * wait.pace.factor, wait.pace.longest)
    return state


async def _ask(connection: Any, told: Callable[[Any], None]) -> Any:
    try:
        state = State(await connection.update_state())
    except VcxError:
        # Always 1003, be the agency down for a moment or gone for good. It may pass, so the expiry ends it.
        return State.OfferSent
    told(state)
    return state


def _save(made: Made, document: dict[str, Any]) -> None:
    document["data"]["state"] = int(made.state)
    written = made.document.with_suffix(".part")  # so that nobody ever finds half a document
    written.write_text(json.dumps(document), encoding="utf-8")
    written.replace(made.document)


def _load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _mark(path: Path, state: Any) -> None:
    _save(Made(state, path), _load(path))
