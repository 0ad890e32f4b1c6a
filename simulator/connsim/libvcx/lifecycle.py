"""The life of the library: init, shutdown, and the calls that set handles, logger and institution in between."""

from pathlib import Path

from connsim.clients.agency_wire import UnexpectedAnswer
from connsim.core.version import VERSION as __version__
from connsim.libvcx.calls import NUMBER, OPTIONAL, RAW, TEXT, TRUTH, Result, Row
from connsim.libvcx.errors import Code, VcxError, agency_errors
from connsim.libvcx.handles import new_handle
from connsim.libvcx.session import INFO, TRACE, LogCallback, Session
from connsim.libvcx.settings import TEST_MODE
from connsim.wire.errors import BadNotation
from connsim.wire.notation import load_json

VERSION = f"0.9.0+connsim.{__version__}"
_SIGN = 2**31
_BAD_CONFIG_PATH = "Cannot initialize with given config path."


def take_config(session: Session, config: str) -> None:
    """Merge a configuration into the settings, and check all settings.

    Raises:
        VcxError: A setting is wrong, or a wallet is open already (1044). The merged settings stay.
    """
    session.settings.merge(config)
    if config != TEST_MODE:
        session.settings.validate(bool(session.wallets.handle))
    if session.wallets.handle:
        raise VcxError(Code.AlreadyInitialized, "Library was already initialized")


def take_config_file(session: Session, path: str) -> None:
    """Merge and check the configuration in a file.

    Raises:
        VcxError: The file cannot be read or is wrong (1004), or a wallet is open already (1044).
    """
    try:
        config = path if path == TEST_MODE else Path(path).read_text(encoding="utf-8")
        take_config(session, config)
    except (OSError, ValueError) as failed:
        raise VcxError(Code.InvalidConfiguration, _BAD_CONFIG_PATH, str(failed)) from failed
    except VcxError as wrong:
        if wrong.code is Code.AlreadyInitialized:
            raise
        raise VcxError(Code.InvalidConfiguration, _BAD_CONFIG_PATH, wrong.code.kind, *wrong.causes) from wrong


def init(session: Session, _: str) -> None:
    """Open the pool if there is a genesis file, open the wallet, and register the webhook, if any, with the agency.

    Raises:
        VcxError: One of them fails. If it is the webhook, the wallet stays open.
    """
    settings = session.settings
    _open_pool(session)
    session.open_wallet()
    webhook = settings.get("webhook_url")
    if webhook is None or settings.get("remote_to_sdk_did") is None or settings.mock_agency:
        return
    with agency_errors(transport=Code.InvalidHttpResponse):
        register_com_method(session, webhook, "2", "123")


def register_com_method(session: Session, value: str, kind: str, uid: str) -> None:
    """Send ``UPDATE_COM_METHOD``. Any readable answer counts as success, as in libvcx."""
    try:
        session.agency().update_com_method(value, kind, uid)
    except UnexpectedAnswer as other:
        session.log(INFO, str(other))


def init_minimal(session: Session, config: str) -> None:
    """Merge a configuration, unchecked, for a caller that has set the handles of wallet and pool.

    Raises:
        VcxError: The configuration is not JSON or has a bad value (1016), or a handle is not set (1081).
    """
    session.settings.merge(config)
    if not session.wallets.handle or session.pool is None:
        raise VcxError(Code.InvalidState, "Library cannot be initialized without wallet/pool")


def shutdown(session: Session, delete: bool) -> None:
    """Close and forget everything, and delete the wallet if ``delete`` is set."""
    session.wallets.close()
    session.pool = None
    session.objects.clear()
    session.answers.clear()
    if delete:
        session.delete_wallet()
    session.settings.clear()


def update_institution_info(session: Session, name: str | None, logo: str | None) -> None:
    """Set the institution's name and logo for future connections. The logo's URL is checked when it is used.

    Raises:
        VcxError: One of them is empty (1004).
    """
    if not name or not logo:
        raise VcxError(Code.InvalidConfiguration, "A name or logo is empty. Expected both.")
    session.settings.update({"institution_name": name, "institution_logo_url": logo})


def set_wallet_handle(session: Session, handle: int) -> int:
    """Use the wallet of a handle, which is not checked; 0 means no wallet."""
    session.wallets.handle = handle
    return handle


def set_pool_handle(session: Session, handle: int) -> int:
    """Use the pool of a handle, a signed number; 0 and negative numbers mean no pool."""
    signed = handle if handle < _SIGN else handle - 2 * _SIGN
    session.pool = signed if signed > 0 else None
    return signed


def set_logger(
    session: Session, context: object, enabled: object, log: LogCallback | None, flush: object, level: int
) -> None:
    """Send the log to a callback.

    Raises:
        VcxError: The callback is null or the level unknown (1007), or a logger was set before (1090).
    """
    if log is None or level > TRACE:
        raise VcxError(Code.InvalidOption, f"Expected a callback and a level up to {TRACE}, not {log!r} and {level}.")
    session.log_to(log, level)


def set_next_agency_response(session: Session, number: int) -> None:
    """Push a reply onto the mocked agency's stack. Without a mocked agency, do nothing."""
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
        text = "Pool genesis file is invalid or does not exist"
        raise VcxError(Code.InvalidGenesisTxnPath, text, str(failed)) from failed
    try:
        load_json(session.settings.get("pool_config") or "{}")
    except BadNotation as wrong:
        raise VcxError(Code.CreatePoolConifg, f"pool_config: {wrong}") from None
    session.pool = new_handle() % (_SIGN - 1) + 1  # positive as a signed number


LIFECYCLE_ROWS = (
    Row("vcx_init", (TEXT,), init, Result.NOTHING, check=take_config_file),
    Row("vcx_init_with_config", (TEXT,), init, Result.NOTHING, check=take_config),
    Row("vcx_init_minimal", (TEXT,), init_minimal, Result.RETURN),
    Row("vcx_shutdown", (TRUTH,), shutdown, Result.RETURN),
    Row("vcx_version", (), lambda session: VERSION.encode(), Result.RETURN),
    Row("vcx_update_institution_info", (OPTIONAL, OPTIONAL), update_institution_info, Result.RETURN),
    Row("vcx_wallet_set_handle", (NUMBER,), set_wallet_handle, Result.RETURN),
    Row("vcx_pool_set_handle", (NUMBER,), set_pool_handle, Result.RETURN),
    Row("vcx_set_logger_with_max_lvl", (RAW, RAW, RAW, RAW, NUMBER), set_logger, Result.RETURN),
    Row("vcx_set_next_agency_response", (NUMBER,), set_next_agency_response, Result.RETURN),
)
