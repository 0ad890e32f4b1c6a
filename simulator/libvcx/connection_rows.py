"""The C functions of connections: what each is given, what is checked before it starts, and what it hands back.

The order of the checks is the library's: it decides which of two mistakes a caller hears of. Three functions do not
check their handle in advance, so that an unknown one is an error of its own, and comes late.
"""

from simulator.libvcx import connecting, connections, messaging, polling
from simulator.libvcx.calls import DATA, HANDLE, NUMBER, OPTIONAL, TEXT, TRUTH, Row, Tail

CONNECTION_ROWS = (
    Row("vcx_connection_create", (TEXT,), connections.create, Tail.NUMBER),
    Row("vcx_connection_create_with_invite", (TEXT, TEXT), connections.create_with_invite, Tail.NUMBER),
    Row("vcx_connection_connect", (HANDLE, OPTIONAL), connecting.connect, Tail.TEXT),
    Row("vcx_connection_redirect", (HANDLE, HANDLE), connecting.redirect, Tail.NOTHING),
    Row("vcx_connection_get_redirect_details", (HANDLE,), connections.get_redirect_details, Tail.TEXT),
    Row("vcx_connection_serialize", (HANDLE,), connections.serialize, Tail.TEXT),
    Row("vcx_connection_deserialize", (TEXT,), connections.deserialize, Tail.NUMBER),
    Row("vcx_connection_update_state", (HANDLE,), polling.update_state, Tail.NUMBER),
    Row(
        "vcx_connection_update_state_with_message",
        (HANDLE, TEXT),
        polling.update_state_with_message,
        Tail.NUMBER,
        order=(1, 0),
        check=polling.check_message,
    ),
    Row("vcx_connection_get_state", (HANDLE,), connections.get_state, Tail.NUMBER),
    Row("vcx_connection_invite_details", (HANDLE, TRUTH), connections.invite_details, Tail.TEXT),
    Row("vcx_connection_send_message", (NUMBER, TEXT, TEXT), messaging.send_message, Tail.TEXT),
    Row("vcx_connection_sign_data", (HANDLE, DATA), messaging.sign_data, Tail.DATA, order=(1, 0)),
    Row(
        "vcx_connection_verify_signature",
        (HANDLE, DATA, DATA),
        messaging.verify_signature,
        Tail.TRUTH,
        order=(1, 2, 0),
    ),
    Row("vcx_connection_delete_connection", (HANDLE,), messaging.delete, Tail.NOTHING),
    Row("vcx_connection_release", (NUMBER,), connections.release, Tail.RETURN),
    Row("vcx_connection_send_ping", (NUMBER, OPTIONAL), connections.send_ping, Tail.NOTHING),
    Row(
        "vcx_connection_send_discovery_features",
        (NUMBER, OPTIONAL, OPTIONAL),
        connections.send_discovery_features,
        Tail.NOTHING,
    ),
    Row("vcx_connection_get_pw_did", (HANDLE,), connections.get_pw_did, Tail.TEXT),
    Row("vcx_connection_get_their_pw_did", (HANDLE,), connections.get_their_pw_did, Tail.TEXT),
    Row("vcx_connection_info", (HANDLE,), connections.info, Tail.TEXT),
)
