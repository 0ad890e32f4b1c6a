"""A client of the plug point on ``python3-wrapper-vcx``: how code on libvcx, or on its stand-in, is plugged in."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from vcx.api.connection import Connection
from vcx.api.vcx_init import vcx_init_with_config
from vcx.common import shutdown, update_institution_info
from vcx.error import VcxError

from connsim.clients.plug import Outcome
from connsim.clients.prism_flow import Pace
from connsim.clients.vcx_config import LOGO
from connsim.wire.states import State


@dataclass(frozen=True)
class Invited:
    """A connection of libvcx, as far as the plug point needs it."""

    id: str
    invitation: str
    connection: Any


class LibvcxClient:
    """Invites and awaits by calls of the wrapper. It lives as long as its test, over one event loop after another.

    Args:
        config: What ``vcx_init_with_config`` takes.
        pace: How often to ask.
        public_did: Whether holders shall see the institution's public DID.
    """

    def __init__(self, config: dict[str, Any], pace: Pace, *, public_did: bool = False) -> None:
        self._config = json.dumps(config)
        self._pace = pace
        self._public_did = public_did
        self._initialized = False
        self._trouble = ""

    async def connect(self, name: str, phone: str | None = None) -> Invited:
        """Make an invitation."""
        if not self._initialized:
            await vcx_init_with_config(self._config)
            self._initialized = True
        update_institution_info(name, LOGO)
        connection = await Connection.create("issuer")
        await connection.connect(json.dumps({"phone": phone, "use_public_did": self._public_did}))
        detail = await connection.invite_details(False)
        # An Aries invitation has no connReqId; the agency knows the connection by the inviter's DID.
        id_ = detail["connReqId"] if "connReqId" in detail else await connection.get_my_pw_did()
        return Invited(id_, json.dumps(detail), connection)

    async def accept(self, invitation: str) -> Invited:
        """Accept an invitation, given as its invite detail in JSON."""
        connection = await Connection.create_with_details("holder", invitation)
        await connection.connect("{}")
        return Invited(json.loads(invitation)["connReqId"], invitation, connection)

    async def wait(self, connection: Invited, expiry: float) -> Outcome:
        """Poll until the holder has answered in a way that libvcx understands, or give up."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + expiry
        pause = self._pace.first
        while (state := await self._ask(connection)) in (State.OFFER_SENT, State.REQUEST_RECEIVED):
            left = deadline - clock()
            if left <= 0:
                return Outcome(state.value, expired=True, trouble=self._trouble)
            await asyncio.sleep(min(pause, left))
            pause = min(pause * self._pace.factor, self._pace.longest)
        return Outcome(state.value, expired=False)

    async def _ask(self, connection: Invited) -> State:
        try:
            state, self._trouble = State.numbered(await connection.connection.update_state()), ""
            return state
        except VcxError as failed:  # always 1003, whatever it is; it may pass
            self._trouble = f"libvcx {failed.error_code}: {failed.error_msg}"
            return State.numbered(await connection.connection.get_state())

    async def restart(self, connection: Invited) -> Invited:
        """End libvcx, begin it anew, and load the connection from what was saved of it."""
        saved = await connection.connection.serialize()
        shutdown(False)
        await vcx_init_with_config(self._config)
        restored = await Connection.deserialize(json.loads(json.dumps(saved)))
        return Invited(connection.id, connection.invitation, restored)
