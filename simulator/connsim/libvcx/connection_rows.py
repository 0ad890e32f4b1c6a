"""The C functions of connections, one row each: arguments, checks before the call is accepted, work and result.

The order of the checks is libvcx's (docs/protocol/libvcx.md, 2.2): it decides which of two errors a caller gets.
Functions that take their handle as a ``NUMBER`` do not check it in advance, so an unknown handle is reported later,
with a code of their own.

Most functions run different code for proprietary connections and for those of Aries.
"""

from typing import Any

from connsim.libvcx import connections
from connsim.libvcx.aries import connecting as aries_connecting
from connsim.libvcx.aries import connections as aries
from connsim.libvcx.aries import messaging as aries_messaging
from connsim.libvcx.aries import polling as aries_polling
from connsim.libvcx.calls import DATA, HANDLE, NUMBER, OPTIONAL, TEXT, TRUTH, Kind, Result, Row
from connsim.libvcx.connections import Run, either
from connsim.libvcx.proprietary import connecting, messaging, polling
from connsim.libvcx.proprietary import connections as proprietary


def _row(name: str, arguments: tuple[Kind, ...], result: Result, *runs: Run, **checks: Any) -> Row:
    """Make the row of ``vcx_connection_<name>``, with one function, or one for each kind of connection."""
    return Row(f"vcx_connection_{name}", arguments, either(*runs) if len(runs) == 2 else runs[0], result, **checks)


CONNECTION_ROWS = (
    _row("create", (TEXT,), Result.NUMBER, connections.create),
    _row("create_with_invite", (TEXT, TEXT), Result.NUMBER, connections.create_with_invite),
    _row("connect", (HANDLE, OPTIONAL), Result.TEXT, connecting.connect, aries_connecting.connect),
    _row("redirect", (HANDLE, HANDLE), Result.NOTHING, connections.redirect),
    _row("get_redirect_details", (HANDLE,), Result.TEXT, proprietary.get_redirect_details, aries.get_redirect_details),
    _row("serialize", (HANDLE,), Result.TEXT, proprietary.serialize, aries.serialize),
    _row("deserialize", (TEXT,), Result.NUMBER, connections.deserialize),
    _row("update_state", (HANDLE,), Result.NUMBER, polling.update_state, aries_polling.update_state),
    _row(
        "update_state_with_message",
        (HANDLE, TEXT),
        Result.NUMBER,
        polling.update_state_with_message,
        aries_polling.update_state_with_message,
        order=(1, 0),
        check=polling.check_message,
    ),
    _row("get_state", (HANDLE,), Result.NUMBER, proprietary.get_state, aries.get_state),
    _row("invite_details", (HANDLE, TRUTH), Result.TEXT, proprietary.invite_details, aries.invite_details),
    _row("send_message", (NUMBER, TEXT, TEXT), Result.TEXT, messaging.send_message, aries_messaging.send_message),
    _row("sign_data", (HANDLE, DATA), Result.DATA, messaging.sign_data, aries_messaging.sign_data, order=(1, 0)),
    _row(
        "verify_signature",
        (HANDLE, DATA, DATA),
        Result.TRUTH,
        messaging.verify_signature,
        aries_messaging.verify_signature,
        order=(1, 2, 0),
        check=aries_messaging.check_remote,
    ),
    _row("delete_connection", (HANDLE,), Result.NOTHING, messaging.delete, aries_messaging.delete),
    _row("release", (NUMBER,), Result.RETURN, connections.release),
    _row("send_ping", (NUMBER, OPTIONAL), Result.NOTHING, proprietary.send_ping, aries_messaging.send_ping),
    _row(
        "send_discovery_features",
        (NUMBER, OPTIONAL, OPTIONAL),
        Result.NOTHING,
        proprietary.send_discovery_features,
        aries_messaging.send_discovery_features,
    ),
    _row("get_pw_did", (HANDLE,), Result.TEXT, proprietary.get_pw_did, aries.get_pw_did),
    _row("get_their_pw_did", (HANDLE,), Result.TEXT, proprietary.get_their_pw_did, aries.get_their_pw_did),
    _row("info", (HANDLE,), Result.TEXT, proprietary.info, aries.info),
)
