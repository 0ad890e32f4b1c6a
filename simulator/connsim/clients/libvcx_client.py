"""A `VcxClient` on ``python3-wrapper-vcx``: an example of how to plug in code on libvcx, or on its stand-in."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from vcx.api.connection import Connection
from vcx.api.vcx_init import vcx_init_with_config
from vcx.common import shutdown, update_institution_info
from vcx.error import VcxError

from connsim.clients.patience import Pace
from connsim.clients.plug import Outcome
from connsim.clients.vcx_config import LOGO
from connsim.wire.states import State

_UNANSWERED = (State.OFFER_SENT, State.REQUEST_RECEIVED)


@dataclass(frozen=True)
class Invited:
    """A connection of libvcx, with the attributes that the plug point needs."""

    id: str
    invitation: str
    connection: Any


class LibvcxClient:
    """Makes, accepts and awaits invitations through the wrapper.

    One object serves one test. The steps run each of its coroutines on a new event loop.

    Args:
        config: The configuration for ``vcx_init_with_config``.
        pace: How often to poll.
        public_did: Whether to show the institution's public DID to holders.
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
        # An Aries invitation has no connReqId. The agency and its journal identify the connection by the inviter's DID.
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
        pauses = self._pace.pauses()
        while (state := await self._ask(connection)) in _UNANSWERED:
            left = deadline - clock()
            if left <= 0:
                return Outcome(state.value, expired=True, trouble=self._trouble)
            await asyncio.sleep(min(next(pauses), left))
        return Outcome(state.value, expired=False)

    async def _ask(self, connection: Invited) -> State:
        try:
            state, self._trouble = State.numbered(await connection.connection.update_state()), ""
            return state
        except VcxError as failed:  # always 1003, so a temporary cause cannot be ruled out
            self._trouble = f"libvcx {failed.error_code}: {failed.error_msg}"
            return State.numbered(await connection.connection.get_state())

    async def restart(self, connection: Invited) -> Invited:
        """Shut libvcx down, initialize it again, and load the connection from its saved document."""
        saved = await connection.connection.serialize()
        shutdown(False)
        await vcx_init_with_config(self._config)
        restored = await Connection.deserialize(json.loads(json.dumps(saved)))
        return Invited(connection.id, connection.invitation, restored)
