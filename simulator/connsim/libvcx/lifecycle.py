"""From init to shutdown, and what is set in between."""

from pathlib import Path

from connsim.clients.agency_wire import UnexpectedAnswer
from connsim.core.version import VERSION as __version__
from connsim.libvcx.calls import NUMBER, OPTIONAL, RAW, TEXT, TRUTH, Row, Tail
from connsim.libvcx.errors import Code, VcxError, agency_errors
from connsim.libvcx.handles import new_handle
from connsim.libvcx.session import INFO, TRACE, LogCallback, Session
from connsim.libvcx.settings import TEST_MODE
from connsim.wire.errors import BadNotation
from connsim.wire.notation import load_json

VERSION = f"0.9.0+connsim.{__version__}"
_SIGN = 2**31


def take_config(session: Session, config: str) -> None:
    """Merge a configuration and check the whole.

    Raises:
        VcxError: It is wrong, or a wallet is open already (1044). What was merged stays.
    """
    session.settings.merge(config)
    if config != TEST_MODE:
        session.settings.validate(bool(session.wallets.handle))
    if session.wallets.handle:
        raise VcxError(Code.AlreadyInitialized, "Library was already initialized")


def take_config_file(session: Session, path: str) -> None:
    """Merge and check the configuration in a file.

    Raises:
        VcxError: The file or what is in it is wrong (1004), or a wallet is open already (1044).
    """
    try:
        config = path if path == TEST_MODE else Path(path).read_text(encoding="utf-8")
        take_config(session, config)
    except (OSError, ValueError) as failed:
        raise VcxError(Code.InvalidConfiguration, "Cannot initialize with given config path.", str(failed)) from failed
    except VcxError as wrong:
        if wrong.code is Code.AlreadyInitialized:
            raise
        told = "Cannot initialize with given config path."
        raise VcxError(Code.InvalidConfiguration, told, wrong.code.kind, *wrong.causes) from wrong


def init(session: Session, _: str) -> None:
    """Open the pool if there is a genesis file, then the wallet, and tell the agency the webhook if there is one.

    Raises:
        VcxError: One of them fails. A wallet that was opened stays open.
    """
    settings = session.settings
    _open_pool(session)
    session.open_wallet()
    webhook = settings.get("webhook_url")
    if webhook is None or settings.get("remote_to_sdk_did") is None or settings.mock_agency:
        return
    with agency_errors(transport=Code.InvalidHttpResponse):
        tell_agent(session, webhook, "2", "123")


def tell_agent(session: Session, value: str, kind: str, uid: str) -> None:
    """Send ``UPDATE_COM_METHOD``; any answer that can be read will do."""
    try:
        session.agency().update_com_method(value, kind, uid)
    except UnexpectedAnswer as other:
        session.log(INFO, str(other))


def init_minimal(session: Session, config: str) -> None:
    """Merge a configuration, unchecked, for a caller that has set the handles of wallet and pool.

    Raises:
        VcxError: It is no JSON or has a bad value (1016), or a handle is not set (1081).
    """
    session.settings.merge(config)
    if not session.wallets.handle or session.pool is None:
        raise VcxError(Code.InvalidState, "Library cannot be initialized without wallet/pool")


def shutdown(session: Session, delete: bool) -> None:
    """Close everything and forget everything; keep the wallet itself unless told to delete it."""
    session.wallets.close()
    session.pool = None
    session.objects.clear()
    session.answers.clear()
    if delete:
        session.delete_wallet()
    session.settings.clear()


def update_institution_info(session: Session, name: str | None, logo: str | None) -> None:
    """Set what the next connections show. The logo's URL is checked when it is used.

    Raises:
        VcxError: One of them is empty (1004).
    """
    if not name or not logo:
        raise VcxError(Code.InvalidConfiguration, "A name or logo is empty. Expected both.")
    session.settings.update({"institution_name": name, "institution_logo_url": logo})


def set_wallet_handle(session: Session, handle: int) -> int:
    """Use the wallet of a handle, be it open or not; 0 is none."""
    session.wallets.handle = handle
    return handle


def set_pool_handle(session: Session, handle: int) -> int:
    """Use the pool of a handle, a signed number; what is not above 0 is none."""
    signed = handle if handle < _SIGN else handle - 2 * _SIGN
    session.pool = signed if signed > 0 else None
    return signed


def set_logger(
    session: Session, context: object, enabled: object, log: LogCallback | None, flush: object, level: int
) -> None:
    """Let a callback have the log.

    Raises:
        VcxError: There is no callback, or no such level (1007), or a logger was set before (1090).
    """
    if log is None or level > TRACE:
        raise VcxError(Code.InvalidOption, f"Expected a callback and a level up to {TRACE}, not {log!r} and {level}.")
    session.log_to(log, level)


def set_next_agency_response(session: Session, number: int) -> None:
    """Lay a reply on the mocked agency's stack; without one, it is lost."""
    if session.settings.mock_agency:
        session.answers.append(number)


def _open_pool(session: Session) -> None:
    genesis = session.settings.get("genesis_path")
    if genesis is None or session.settings.mock_indy:
        return
    try:
        for line in Path(genesis).read_text(encoding="utf-8").splitlines():
            load_json(line)
    except (OSError, ValueError) as failed:
        told = "Pool genesis file is invalid or does not exist"
        raise VcxError(Code.InvalidGenesisTxnPath, told, str(failed)) from failed
    try:
        load_json(session.settings.get("pool_config") or "{}")
    except BadNotation as wrong:
        raise VcxError(Code.CreatePoolConifg, f"pool_config: {wrong}") from None
    session.pool = new_handle() % (_SIGN - 1) + 1


LIFECYCLE_ROWS = (
    Row("vcx_init", (TEXT,), init, Tail.NOTHING, check=take_config_file),
    Row("vcx_init_with_config", (TEXT,), init, Tail.NOTHING, check=take_config),
    Row("vcx_init_minimal", (TEXT,), init_minimal, Tail.RETURN),
    Row("vcx_shutdown", (TRUTH,), shutdown, Tail.RETURN),
    Row("vcx_version", (), lambda session: VERSION.encode(), Tail.RETURN),
    Row("vcx_update_institution_info", (OPTIONAL, OPTIONAL), update_institution_info, Tail.RETURN),
    Row("vcx_wallet_set_handle", (NUMBER,), set_wallet_handle, Tail.RETURN),
    Row("vcx_pool_set_handle", (NUMBER,), set_pool_handle, Tail.RETURN),
    Row("vcx_set_logger_with_max_lvl", (RAW, RAW, RAW, RAW, NUMBER), set_logger, Tail.RETURN),
    Row("vcx_set_next_agency_response", (NUMBER,), set_next_agency_response, Tail.RETURN),
)
