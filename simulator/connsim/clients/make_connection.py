"""Make a connection with ``python3-wrapper-vcx``: an example of a good client of libvcx, or of its stand-in.

It saves the connection as soon as there is an invitation, so that nothing is lost if the process ends. It has its own
expiry, because nothing else would ever end the wait: a holder who refuses, or never looks, changes nothing that libvcx
can see. And since libvcx never sets ``Unfulfilled`` or ``Expired``, this client writes them itself:

    Expired      no answer came in time; final
    Unfulfilled  the wait was cancelled before an answer came; `resume` continues it

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

from connsim.clients.patience import Pace

DAY = 86_400.0


@dataclass(frozen=True)
class Made:
    """A connection that was made, or at least offered.

    Attributes:
        state: A ``vcx.state.State``, the same as in the document.
        document: The file with the saved connection.
        qr_code: The picture for the holder's wallet to scan; ``None`` if the link was sent by SMS.
    """

    state: Any
    document: Path
    qr_code: Path | None = None


@dataclass(frozen=True)
class Wait:
    """How to wait for a holder.

    Attributes:
        expiry: Seconds from the invitation, or from `resume`.
        pace: How often to poll.
        on_poll: Called with the state after each successful poll.
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

    libvcx must be initialized. The files are ``NAME-connection.json`` and ``NAME-connection-invite.png``.

    Args:
        name: A name for the connection, which the holder does not see.
        folder: An existing folder for the files.
        phone: The number to which the agency sends the link. libvcx does not check it.
        on_invitation: Called when the holder can answer, so that the picture can be shown.

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
            # Abbreviated, because a QR code with less data is easier to scan.
            qrcode.make(json.dumps(await connection.invite_details(True))).save(str(picture))
        offered = Made(State.OfferSent, folder / f"{name}-connection.json", picture)
        _save(offered, await connection.serialize())
        on_invitation(offered)
        return await _await_answer(connection, offered, wait or Wait())
    finally:
        connection.release()  # otherwise libvcx and the wrapper both keep it until the process ends


async def resume(document: Path, wait: Wait | None = None) -> Made:
    """Continue to wait for the holder of a saved invitation. If it was answered or has expired, only read its state.

    Raises:
        VcxError: The file is not a document of libvcx.
    """
    saved = _load(document)
    made = Made(State(saved["data"]["state"]), document)
    if made.state not in (State.OfferSent, State.Unfulfilled):
        return made
    saved["data"]["state"] = int(State.OfferSent)  # in any other state libvcx ignores the answer
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
    """Poll until there is an answer, or give up. The last poll happens exactly at expiry."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + wait.expiry
    pauses = wait.pace.pauses()
    while (state := await _ask(connection, wait.on_poll)) == State.OfferSent:
        left = deadline - clock()
        if left <= 0:
            break
        await asyncio.sleep(min(next(pauses), left))
    return state


async def _ask(connection: Any, on_poll: Callable[[Any], None]) -> Any:
    try:
        state = State(await connection.update_state())
    except VcxError:
        # Always 1003, whether the agency is down briefly or forever. So only the expiry ends the wait.
        return State.OfferSent
    on_poll(state)
    return state


def _save(made: Made, document: dict[str, Any]) -> None:
    document["data"]["state"] = int(made.state)
    written = made.document.with_suffix(".part")  # replaced atomically, so that a crash leaves no incomplete document
    written.write_text(json.dumps(document), encoding="utf-8")
    written.replace(made.document)


def _load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _mark(path: Path, state: Any) -> None:
    _save(Made(state, path), _load(path))
