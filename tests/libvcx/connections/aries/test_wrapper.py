"""Aries connections through the real wrapper."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("vcx", reason="the wrapper is not installed; run: pip install 'connsim[vcx]'")

from vcx.api.connection import Connection
from vcx.api.utils import vcx_agent_provision
from vcx.api.vcx_init import vcx_init_with_config
from vcx.error import ErrorCode, VcxError
from vcx.state import State

from connsim.libvcx.library import Library


@pytest.mark.parametrize("protocol", ["3.0", "4.0"])
def test_unmodified_code_connects_with_itself(
    library: Library, provisioning: Callable[..., dict[str, Any]], protocol: str
) -> None:
    """Inviter and invitee in one process connect, exchange messages, and are saved, loaded and deleted."""

    async def connect() -> None:
        config = json.loads(await vcx_agent_provision(json.dumps(provisioning(protocol_type=protocol))))
        del config["genesis_path"]
        await vcx_init_with_config(json.dumps(config))
        inviter = await Connection.create("alice")
        with pytest.raises(VcxError) as nobody:
            await inviter.verify_signature(b"x", b"y")
        assert nobody.value.error_code is ErrorCode.InvalidConnectionHandle
        invitation = await inviter.connect("{}")
        invitee = await Connection.create_with_details("faber", invitation.decode())
        await invitee.connect("{}")
        states = [await one.update_state() for one in (inviter, invitee, inviter)]
        assert states == [State.RequestReceived, State.Accepted, State.Accepted]

        copy = await Connection.deserialize(await invitee.serialize())
        assert await copy.get_their_pw_did() == await inviter.get_my_pw_did()
        assert (await copy.info())["their"]["did"] == await inviter.get_my_pw_did()
        assert await copy.send_message("hello", "type", "title") == b""
        await copy.send_ping("hello")
        await copy.send_discovery_features("*", None)
        assert await inviter.update_state() == State.Accepted
        assert await inviter.verify_signature(b"x", await copy.sign_data(b"x"))
        await inviter.delete()
        with pytest.raises(VcxError):
            await inviter.get_state()

    asyncio.run(connect())
