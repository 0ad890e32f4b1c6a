"""Provisioning: makes a wallet, an owner and a cloud agent, and returns the configuration for init."""

from connsim.clients.agency_client import AgencyClient
from connsim.libvcx.calls import TEXT, Result, Row
from connsim.libvcx.documents import PROTOCOLS
from connsim.libvcx.errors import Code, VcxError, agency_errors
from connsim.libvcx.session import Session
from connsim.libvcx.settings import WALLET, is_verkey
from connsim.wire.errors import BadNotation
from connsim.wire.keys import Identity
from connsim.wire.notation import dump_json, load_json, shown

_MOCKED_OWNER = Identity("FhrSrYtQcw3p9xwf7NYemf", "91qMFrZjXDoi2Vc8Mm14Ys112tEZdDegBZZoembFEATE")
_MOCKED_AGENT = Identity("A4a69qafqZHPLPPu5JFQrc", "5wTKXrdfUiTQ7f3sZJzvHpcS7XHHxiBkFtPCsynZtv4k")

_REQUIRED = ("agency_url", "agency_did", "agency_verkey", "wallet_key")
_PASSED_ON = (
    "wallet_key_derivation",
    "wallet_type",
    "storage_config",
    "storage_credentials",
    "pool_config",
    "communication_method",
    "webhook_url",
)
_OPTIONAL = (
    *_PASSED_ON,
    "agent_seed",
    "did_method",
    "enterprise_seed",
    "logo",
    "name",
    "path",
    "protocol_type",
    "use_latest_protocols",
    "wallet_name",
)
_MISSING = "<CHANGE_ME>"  # libvcx's placeholder, for the caller to replace before init (docs/protocol/libvcx.md, 5.6)


def provision(session: Session, config: str) -> str:
    """Provision with three POSTs; returns the configuration for init, as JSON with sorted names.

    The wallet is made if it is missing, and closed at the end. If the agency fails, it stays open.

    Raises:
        VcxError: The configuration is wrong (1004), the wallet cannot be made or opened, a seed or the agency's verkey
            is malformed (1080), or the agency fails: 1033 if it refuses or cannot be reached.
    """
    given = _read(config)
    settings = session.settings
    settings.update(
        {
            "protocol_type": given["protocol_type"],
            "agency_endpoint": given["agency_url"],
            "agency_did": given["agency_did"],
            "agency_verkey": given["agency_verkey"],
            "remote_to_sdk_verkey": given["agency_verkey"],
            "wallet_name": given["wallet_name"],
            "wallet_key": given["wallet_key"],
        }
        | {name: given[name] for name in (*_PASSED_ON, "did_method") if name in given}
    )
    _open_wallet(session)
    owner = _pair(session, given.get("agent_seed"))
    settings.update({"institution_did": owner.did, "sdk_to_remote_verkey": owner.verkey})
    agent = _onboard(session, owner)
    same = given.get("enterprise_seed") == given.get("agent_seed")
    result = _result(given, owner, agent, owner if same else _pair(session, given.get("enterprise_seed")))
    session.wallets.close()
    return dump_json(dict(sorted(result.items()))).decode()


def _read(config: str) -> dict[str, str]:
    try:
        parsed = load_json(config)
    except BadNotation as wrong:
        raise VcxError(Code.InvalidConfiguration, f"Cannot parse config: {wrong}") from None
    if not isinstance(parsed, dict):
        raise VcxError(Code.InvalidConfiguration, f"Cannot parse config: it is {shown(parsed)}. Expected an object.")
    given = {name: parsed[name] for name in (*_REQUIRED, *_OPTIONAL) if parsed.get(name) is not None}
    missing = [name for name in _REQUIRED if name not in given]
    wrong_kind = [name for name, value in given.items() if not isinstance(value, str)]
    if missing or wrong_kind:
        cause = f"Cannot parse config: {missing} are missing, {wrong_kind} are not text."
        raise VcxError(Code.InvalidConfiguration, cause)
    given = {"wallet_name": WALLET, "protocol_type": "1.0"} | given
    if given["protocol_type"] not in PROTOCOLS:
        cause = f"protocol_type is {shown(given['protocol_type'])}. Expected one of {', '.join(PROTOCOLS)}."
        raise VcxError(Code.InvalidConfiguration, f"Cannot parse config: {cause}")
    return given


def _open_wallet(session: Session) -> None:
    try:
        session.create_wallet()
    except VcxError as failed:
        if failed.code is not Code.WalletAlreadyExists:
            raise
    session.open_wallet()


def _pair(session: Session, seed: str | None) -> Identity:
    return _MOCKED_OWNER if session.settings.mock_indy else session.wallet.new_pair(seed)


def _onboard(session: Session, owner: Identity) -> Identity:
    if session.settings.mock_agency:
        return _MOCKED_AGENT
    need = session.settings.need
    agency = Identity(need("agency_did"), need("agency_verkey"))
    if not is_verkey(agency.verkey):
        raise VcxError(Code.LibindyInvalidStructure, f"agency_verkey is {shown(agency.verkey)}. Expected a verkey.")
    keys = session.wallet.pair(owner.verkey)
    with agency_errors(transport=Code.InvalidHttpResponse):
        return AgencyClient(session.agency_post(), agency, keys, session.draw, session.dialect()).provision()


def _result(given: dict[str, str], owner: Identity, agent: Identity, institution: Identity) -> dict[str, str]:
    return {
        "wallet_key": given["wallet_key"],
        "wallet_name": given["wallet_name"],
        "agency_endpoint": given["agency_url"],
        "agency_did": given["agency_did"],
        "agency_verkey": given["agency_verkey"],
        "sdk_to_remote_did": owner.did,
        "sdk_to_remote_verkey": owner.verkey,
        "institution_did": institution.did,
        "institution_verkey": institution.verkey,
        "remote_to_sdk_did": agent.did,
        "remote_to_sdk_verkey": agent.verkey,
        "institution_name": given.get("name", _MISSING),
        "institution_logo_url": given.get("logo", _MISSING),
        "genesis_path": given.get("path", _MISSING),
        "protocol_type": given["protocol_type"],
    } | {name: given[name] for name in (*_PASSED_ON, "use_latest_protocols") if name in given}


PROVISIONING_ROWS = (Row("vcx_agent_provision_async", (TEXT,), provision, Result.TEXT),)
