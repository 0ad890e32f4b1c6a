"""The error of ``update_state``, for connections of both kinds."""

from collections.abc import Iterator
from contextlib import contextmanager

from connsim.libvcx.errors import Code, VcxError, agency_errors
from connsim.libvcx.session import ERROR, Session


@contextmanager
def flattened(session: Session, handle: int) -> Iterator[None]:
    """Turn every error into 1003 without a cause, as libvcx does (docs/protocol/libvcx.md, 2.7); log the cause."""
    try:
        with agency_errors():
            yield
    except VcxError as failed:
        session.log(ERROR, f"The state of connection {handle} was not updated: {failed}")
        raise VcxError(Code.InvalidConnectionHandle) from failed
