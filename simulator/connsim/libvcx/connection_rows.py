"""The C functions of connections, one row each: arguments, checks before the call is accepted, work and result.

The order of the checks is libvcx's (docs/protocol/libvcx.md, 2.2): it decides which of two errors a caller gets.
Functions that take their handle as a ``NUMBER`` do not check it in advance, so an unknown handle is reported later,
with a code of their own.

Most functions run different code for proprietary connections and for those of Aries.
"""

from connsim.libvcx.aries import connecting as aries_connecting
from connsim.libvcx.aries import connections as aries_connections
from connsim.libvcx.aries import messaging as aries_messaging
from connsim.libvcx.aries import polling as aries_polling
from connsim.libvcx.calls import DATA, HANDLE, NUMBER, OPTIONAL, TEXT, TRUTH, Result, Row
from connsim.libvcx.connections import create, create_with_invite, deserialize, either, redirect, release
from connsim.libvcx.proprietary import connecting, connections, messaging, polling

CONNECTION_ROWS = (
    Row("vcx_connection_create", (TEXT,), create, Result.NUMBER),
    Row("vcx_connection_create_with_invite", (TEXT, TEXT), create_with_invite, Result.NUMBER),
    Row(
        "vcx_connection_connect", (HANDLE, OPTIONAL), either(connecting.connect, aries_connecting.connect), Result.TEXT
    ),
    Row("vcx_connection_redirect", (HANDLE, HANDLE), redirect, Result.NOTHING),
    Row(
        "vcx_connection_get_redirect_details",
        (HANDLE,),
        either(connections.get_redirect_details, aries_connections.get_redirect_details),
        Result.TEXT,
    ),
    Row("vcx_connection_serialize", (HANDLE,), either(connections.serialize, aries_connections.serialize), Result.TEXT),
    Row("vcx_connection_deserialize", (TEXT,), deserialize, Result.NUMBER),
    Row(
        "vcx_connection_update_state",
        (HANDLE,),
        either(polling.update_state, aries_polling.update_state),
        Result.NUMBER,
    ),
    Row(
        "vcx_connection_update_state_with_message",
        (HANDLE, TEXT),
        either(polling.update_state_with_message, aries_polling.update_state_with_message),
        Result.NUMBER,
        order=(1, 0),
        check=polling.check_message,
    ),
    Row(
        "vcx_connection_get_state", (HANDLE,), either(connections.get_state, aries_connections.get_state), Result.NUMBER
    ),
    Row(
        "vcx_connection_invite_details",
        (HANDLE, TRUTH),
        either(connections.invite_details, aries_connections.invite_details),
        Result.TEXT,
    ),
    Row(
        "vcx_connection_send_message",
        (NUMBER, TEXT, TEXT),
        either(messaging.send_message, aries_messaging.send_message),
        Result.TEXT,
    ),
    Row(
        "vcx_connection_sign_data",
        (HANDLE, DATA),
        either(messaging.sign_data, aries_messaging.sign_data),
        Result.DATA,
        order=(1, 0),
    ),
    Row(
        "vcx_connection_verify_signature",
        (HANDLE, DATA, DATA),
        either(messaging.verify_signature, aries_messaging.verify_signature),
        Result.TRUTH,
        order=(1, 2, 0),
        check=aries_messaging.check_remote,
    ),
    Row(
        "vcx_connection_delete_connection", (HANDLE,), either(messaging.delete, aries_messaging.delete), Result.NOTHING
    ),
    Row("vcx_connection_release", (NUMBER,), release, Result.RETURN),
    Row(
        "vcx_connection_send_ping",
        (NUMBER, OPTIONAL),
        either(connections.send_ping, aries_messaging.send_ping),
        Result.NOTHING,
    ),
    Row(
        "vcx_connection_send_discovery_features",
        (NUMBER, OPTIONAL, OPTIONAL),
        either(connections.send_discovery_features, aries_messaging.send_discovery_features),
        Result.NOTHING,
    ),
    Row(
        "vcx_connection_get_pw_did",
        (HANDLE,),
        either(connections.get_pw_did, aries_connections.get_pw_did),
        Result.TEXT,
    ),
    Row(
        "vcx_connection_get_their_pw_did",
        (HANDLE,),
        either(connections.get_their_pw_did, aries_connections.get_their_pw_did),
        Result.TEXT,
    ),
    Row("vcx_connection_info", (HANDLE,), either(connections.info, aries_connections.info), Result.TEXT),
)
