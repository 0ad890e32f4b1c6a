"""What a caller is told when a connection of either kind cannot be updated."""

from collections.abc import Iterator
from contextlib import contextmanager

from connsim.libvcx.errors import Code, VcxError, agency_errors
from connsim.libvcx.session import ERROR, Session


@contextmanager
def flattened(session: Session, handle: int) -> Iterator[None]:
    """Tell the caller 1003, and nothing more, whatever goes wrong."""
    try:
        with agency_errors():
            yield
    except VcxError as failed:
        session.log(ERROR, f"The state of connection {handle} was not updated: {failed}")
        raise VcxError(Code.InvalidConnectionHandle) from failed
