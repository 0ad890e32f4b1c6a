"""Calls for established proprietary connections: send, sign, verify, delete."""

from dataclasses import replace
from typing import Any

from connsim.libvcx.errors import Code, VcxError, agency_errors, read_json
from connsim.libvcx.parties import agency_of, delete_at_agency, verified
from connsim.libvcx.proprietary import parties
from connsim.libvcx.session import Session
from connsim.wire.codes import Version
from connsim.wire.states import State


def send_message(session: Session, handle: int, text: str, options: str) -> str:
    """Send a general message; returns its uid.

    The protocol is that of the settings, not the connection's. With 2.0, libvcx always fails, because it looks for a
    thread that proprietary connections do not have (docs/protocol/libvcx.md, 2.13).

    Raises:
        VcxError: 1048, the handle is unknown; 1005, the connection is not accepted; 1004, the options are wrong; 1081,
            the protocol is 2.0; or the code of the agency's failure.
    """
    connection = parties.find(session, handle, Code.InvalidObjHandle)
    if connection.state is not State.ACCEPTED:
        raise VcxError(Code.NotReady)
    chosen = _read_options(options)
    pairwise = parties.pairwise(session, connection)
    if session.settings.protocol is Version.V2:
        raise VcxError(Code.InvalidState, "Thread info not found")
    with agency_errors():
        return agency_of(session).send(
            replace(pairwise, version=Version.V1),
            connection.their_pw_verkey,
            chosen["msg_type"],
            text,
            title=chosen["msg_title"],
            ref=chosen.get("ref_msg_id"),
        )


def _read_options(text: str) -> dict[str, Any]:
    given = read_json(text, Code.InvalidConfiguration)
    texts = isinstance(given, dict) and all(isinstance(given.get(name), str) for name in ("msg_type", "msg_title"))
    if not texts or not isinstance(given.get("ref_msg_id"), str | None):
        raise VcxError(
            Code.InvalidConfiguration,
            "The options of send_message are wrong. Expected the texts msg_type and msg_title, and perhaps ref_msg_id.",
        )
    options: dict[str, Any] = given
    return options


def sign_data(session: Session, handle: int, data: bytes) -> bytes:
    """Sign with the caller's own pairwise key, in any state. The mocked wallet returns the data itself.

    Raises:
        VcxError: 1073, the wallet does not hold the key.
    """
    connection = parties.find(session, handle)
    return data if session.settings.mock_indy else session.wallet.pair(connection.pw_verkey).sign(data)


def verify_signature(session: Session, handle: int, data: bytes, signature: bytes) -> bool:
    """Verify a signature of the other side's pairwise key; see `verified`."""
    return verified(session, parties.find(session, handle).their_pw_verkey, data, signature)


def delete(session: Session, handle: int) -> None:
    """Have the agency delete the connection, and release its handle; see `delete_at_agency`."""
    connection = parties.find(session, handle)
    delete_at_agency(session, handle, lambda: parties.pairwise(session, connection))
