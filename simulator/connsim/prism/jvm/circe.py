"""Numbers, read the way circe 0.14 reads them."""

import re

from connsim.prism.jvm.jawn import Json, Raw

_LOOSE_NUMBER = re.compile(r"(-?)(?=\.?[0-9])([0-9]*)(?:\.([0-9]+))?(?:[eE]([-+]?)([0-9]+))?")


def whole_number(value: Json) -> int | None:
    """Read a 64-bit number; circe takes it from strings too, and any spelling of a whole number is fine."""
    text = value.text if isinstance(value, Raw) else value
    found = _LOOSE_NUMBER.fullmatch(text) if isinstance(text, str) else None
    if found:
        sign, whole, fraction, exponent_sign, exponent = (part or "" for part in found.groups())
        digits = (whole + fraction).lstrip("0") or "0"
        # what an exponent of more digits would shift does not fit in any case, and would only take time
        shift = int(exponent_sign + (exponent.lstrip("0")[:9] or "0")) - len(fraction)
        if digits == "0":
            return 0
        if len(digits.rstrip("0")) - len(digits) <= shift <= 19 - len(digits):
            number = int(sign + (digits + "0" * shift if shift >= 0 else digits[:shift]))
            if -(2**63) <= number < 2**63:
                return number
    return None
