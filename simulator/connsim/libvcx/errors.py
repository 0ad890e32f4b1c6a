"""The errors of libvcx: its codes, their texts, and the details of the last error."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from connsim.clients.agency_wire import AgencyError, UnexpectedAnswer
from connsim.wire.errors import BadKey, BadMessage, BadNotation, CannotOpen, NoKey

_LIBINDY = range(100, 1000)


class Code(IntEnum):
    """The codes of calls for connections, agencies and wallets, under the wrapper's names.

    Codes of credentials, proofs, schemas and payments are left out, because the stand-in does not play these.

    Attributes:
        text: The text of ``vcx_error_c_message``.
        kind: The text in the details, which differs for a few codes.
    """

    text: str
    kind: str

    def __new__(cls, number: int, text: str = "", kind: str | None = None) -> "Code":
        """Make the member of a row."""
        code = int.__new__(cls, number)
        code._value_ = number
        code.text = text
        code.kind = text if kind is None else kind
        return code

    @classmethod
    def _missing_(cls, value: object) -> "Code":
        # A call never returns to a client of the wrapper if it ends in a code that the wrapper does not know, such as
        # libindy's own (docs/protocol/libvcx.md, 1.5). So all such codes become known ones.
        return cls.UnknownLibindyError if value in _LIBINDY else cls.UnknownError

    Success = 0, "Success"
    IndyWalletRecordNotFound = 212, "Error from Indy: Wallet Item not found"
    IndyDuplicateWalletRecord = 213, "Error from Indy: Duplicate Wallet Record"
    UnknownError = 1001, "Unknown Error"
    ConnectionError = 1002, "Error with Connection"
    InvalidConnectionHandle = 1003, "Invalid Connection Handle"
    InvalidConfiguration = 1004, "Invalid Configuration"
    NotReady = 1005, "Object not ready for specified action"
    NoEndpoint = 1006, "No Endpoint set for Connection Object"
    InvalidOption = 1007, "Invalid Option"
    InvalidDid = 1008, "Invalid DID"
    InvalidVerkey = 1009, "Invalid VERKEY"
    CouldNotConnect = 1010, "Message failed in post"
    InvalidNonce = 1011, "Invalid NONCE"
    InvalidKeyDelegate = 1012, "Invalid DELEGATE"
    InvalidUrl = 1013, "Invalid URL"
    NotBase58 = 1014, "Value needs to be base58"
    InvalidJson = 1016, "Invalid JSON string"
    InvalidMessagePack = 1019, "Invalid MessagePack"
    InvalidMessages = 1020, "Error Retrieving messages from API"
    InvalidGenesisTxnPath = 1024, "Must have valid genesis txn file path", "Invalid genesis transactions path."
    PoolLedgerConnect = 1025, "Connection to Pool Ledger."
    CreatePoolConifg = 1026, "Formatting for Pool Config are incorrect."
    NoPoolOpen = 1030, "No Pool open. Can't return handle."
    InvalidHttpResponse = 1033, "Invalid HTTP response."
    UnknownLibindyError = 1035, "Unknown libindy error"
    TimeoutLibindyError = 1038, "Waiting for callback timed out"
    AlreadyInitialized = 1044, "Library already initialized"
    InvalidInviteDetails = 1045, "Invalid invite details structure"
    InvalidObjHandle = 1048, "Obj was not found with handle"
    SerializationError = 1050, "Unable to serialize"
    WalletAlreadyExists = 1051, "Indy wallet already exists"
    WalletAlreadyOpen = 1052, "Indy wallet already open"
    InvalidWalletHandle = 1057, "Invalid Wallet or Search Handle"
    InvalidWalletCreation = 1058, "Error Creating a wallet"
    InvalidPoolName = 1059, "Pool Name in config was invalid"
    CannotDeleteConnection = (
        1060,
        "Cannot Delete Connection. Check status of connection is appropriate to be deleted from agency.",
    )
    CreateConnectionError = 1061, "Could not create connection"
    InvalidWalletSetup = 1062, "Invalid wallet keys...have you provisioned correctly?"
    CommonError = 1063, "Common Error"
    InvalidLibindyParam = 1067, "Parameter passed to libindy was invalid"
    MissingWalletKey = 1069, "Configuration is missing wallet key"
    ObjectCacheError = 1070, "Object cache error"
    DuplicateWalletRecord = 1072, "Record already exists in the wallet"
    WalletRecordNotFound = 1073, "Wallet record not found"
    IOError = 1074, "IO Error, possibly creating a backup wallet"
    WalletAccessFailed = 1075, "Attempt to open wallet with invalid credentials"
    MissingWalletName = 1076, "Missing wallet name in config"
    MissingExportedWalletPath = 1077, "Missing exported wallet path in config"
    MissingBackupKey = 1078, "Missing exported backup key in config"
    WalletNotFound = 1079, "Wallet Not Found", "Wallet not found"
    LibindyInvalidStructure = (
        1080,
        "Object (json, config, key, credential and etc...) passed to libindy has invalid structure",
    )
    InvalidState = 1081, "Object is in invalid state for requested operation"
    DidAlreadyExistsInWallet = (
        1083,
        "Attempted to add a DID to wallet when that DID already exists in wallet",
    )
    ThreadError = 1085, "Unable to create thread"
    MissingPaymentMethod = 1087, "Configuration is missing the Payment Method parameter"
    LoggingError = 1090, "Logging Error"
    ActionNotSupported = 1103, "Action is not supported"
    InvalidRedirectDetails = 1104, "Invalid redirect details structure"
    NoAgentInfo = 1106, "Agent pairwise information not found", "No Agent pairwise information"


class VcxError(Exception):
    """A call fails.

    Args:
        code: A number that is not in `Code` becomes 1035 if it is in libindy's range, otherwise 1001.
        causes: The causes, the nearest first.
    """

    def __init__(self, code: int, *causes: str) -> None:
        self.code = Code(code)
        self.causes = causes
        super().__init__(self.code, *causes)

    def details(self) -> bytes:
        """Return the JSON of ``vcx_get_current_error``. The wrapper requires all four members."""
        kind = self.code.kind
        lines = [f"Error: {kind}", *(f"  Caused by: {cause}" for cause in self.causes), ""]
        innermost = self.causes[-1] if self.causes else kind
        return json.dumps({"error": kind, "message": "\n".join(lines), "cause": innermost, "backtrace": None}).encode()


# The first match counts: NoKey is a CannotOpen.
_AGENCY_CODES: tuple[tuple[type[Exception], Code], ...] = (
    (NoKey, Code.WalletRecordNotFound),
    (CannotOpen, Code.LibindyInvalidStructure),
    (BadNotation, Code.InvalidMessagePack),
    (BadKey, Code.InvalidVerkey),
    (BadMessage, Code.InvalidJson),
    (UnexpectedAnswer, Code.InvalidHttpResponse),
)


@contextmanager
def agency_errors(transport: Code = Code.CouldNotConnect) -> Iterator[None]:
    """Translate the errors of the agency client into the codes of libvcx.

    Args:
        transport: The code for an agency that refuses or cannot be reached; it varies with the call.
    """
    try:
        yield
    except AgencyError as failed:
        raise VcxError(transport, str(failed)) from failed
    except tuple(kind for kind, _ in _AGENCY_CODES) as failed:
        code = next(code for kind, code in _AGENCY_CODES if isinstance(failed, kind))
        raise VcxError(code, str(failed)) from failed
