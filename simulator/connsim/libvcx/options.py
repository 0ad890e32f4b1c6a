"""The options of ``connect``, for both kinds of connections."""

from dataclasses import dataclass

from connsim.libvcx.errors import Code, VcxError
from connsim.wire.errors import BadNotation
from connsim.wire.notation import load_json

_KINDS = {"connection_type": str, "phone": str, "use_public_did": bool}


@dataclass(frozen=True)
class Options:
    """The options of ``connect``.

    All other members, including ``connection_type``, have no effect in libvcx (docs/protocol/libvcx.md, 2.6).

    Attributes:
        phone: The number to which the agency is to send the link. Passed on unchecked, even if it is empty.
        public_did: Whether to show the institution's public DID, now and in later calls.
    """

    phone: str | None = None
    public_did: bool = False


def read_options(text: str | None) -> Options:
    """Read the options. ``None`` and blank text count as no options.

    Raises:
        VcxError: 1007, the text is not a JSON object, or a member has the wrong type.
    """
    if text is None or not text.strip():
        return Options()
    try:
        given = load_json(text)
    except BadNotation as wrong:
        raise VcxError(Code.InvalidOption, f"Cannot read the options of connect: {wrong}") from None
    if not isinstance(given, dict):
        raise VcxError(Code.InvalidOption, "The options of connect are not a JSON object.")
    for name, kind in _KINDS.items():
        value = given.get(name)
        if value is not None and not isinstance(value, kind):
            raise VcxError(Code.InvalidOption, f"{name} of connect is {value!r}. Expected {kind.__name__} or null.")
    return Options(given.get("phone"), given.get("use_public_did") is True)
