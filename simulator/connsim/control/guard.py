"""Access control for the control API, which can do everything to a world: no web page and no other host may use it.

Bound to the loopback interface, it is open to every program on the machine. The danger there is the browser, which
sends requests on behalf of any page: a domain that resolves to 127.0.0.1 gets around the same-origin policy (DNS
rebinding). Such a request names that domain in ``Host``, and the page in ``Origin`` and ``Sec-Fetch-Site``; all three
are checked. Bound to another interface, every request needs a token.
"""

import re
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address
from typing import NamedTuple

from connsim.core.exchange import Request
from connsim.errors import Misuse

_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(?::[0-9]*)?")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")
_LOCAL = ("same-origin", "none")
"""The values of ``Sec-Fetch-Site`` for requests that no other site has caused."""


class Refusal(NamedTuple):
    """The refusal of a request: 401 if a token would help, else 403, and the reason with what to do."""

    status: int
    why: str


@dataclass(frozen=True, slots=True)
class Guard:
    """Accepts or refuses requests. The defaults are for a listener on the loopback interface.

    Attributes:
        token: The bearer token that every request needs; ``None`` needs none.
        elsewhere: Whether the listener is bound to more than the loopback interface; any ``Host`` is valid then.
    """

    token: str | None = None
    elsewhere: bool = False

    def __post_init__(self) -> None:
        if self.elsewhere and self.token is None:
            raise Misuse(
                "A control API that other machines can reach has no token. Expected one. Pass one "
                "(`--control-token`), or bind it to the loopback interface."
            )
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise Misuse(
                "The control token cannot be sent in a header. Expected letters, digits and - . _ ~ + / = only."
            )

    def refuse(self, request: Request) -> Refusal | None:
        """Return the refusal of a request; ``None`` if it is accepted."""
        host = request.all_of("host") or ""
        if not self.elsewhere and host and not is_loopback(_bare(host)):
            return Refusal(
                403,
                f"The request is for the host {host[:80]!r}, which is not a name of this machine itself. Expected "
                f"localhost or 127.0.0.1: this may be a web page that attacks this port. Use one of these names, or "
                f"serve the control API to other machines, with a token: --control-host 0.0.0.0.",
            )
        return self._refuse_page(request, host) or self._refuse_without_token(request)

    def _refuse_page(self, request: Request, host: str) -> Refusal | None:
        origin, site = request.all_of("origin"), request.all_of("sec-fetch-site")
        if origin is not None and origin.lower() in self._own(host):
            return None
        if origin is None and (site is None or site in _LOCAL):
            return None
        who = f"the origin {origin[:80]!r}" if origin is not None else f"a page elsewhere ({str(site)[:80]})"
        return Refusal(
            403,
            f"The request comes from {who}. Expected no page but the control API's own: requests that a browser sends "
            f"for another site are refused. Send it from a program, or from a page at this address.",
        )

    def _own(self, host: str) -> tuple[str, ...]:
        schemes = ("http", "https") if self.elsewhere else ("http",)  # https: a proxy in front may terminate TLS
        return tuple(f"{scheme}://{host.lower()}" for scheme in schemes if host)

    def _refuse_without_token(self, request: Request) -> Refusal | None:
        if self.token is None:
            return None
        scheme, _, given = (request.all_of("authorization") or "").partition(" ")
        if scheme.lower() == "bearer" and compare_digest(given.strip().encode("utf-8", "replace"), self.token.encode()):
            return None
        problem = "does not have the right token" if given else "has no token"
        return Refusal(
            401,
            f"The request {problem}. Expected the header 'Authorization: Bearer <token>'. `connsim serve` prints the "
            f"token; give it with --token, or in CONNSIM_CONTROL_TOKEN.",
        )


def is_loopback(host: str) -> bool:
    """Return whether a host name or address leads to the loopback interface."""
    host = host.lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False


def _bare(host: str) -> str:
    """Return a host without its port."""
    found = _HOST.fullmatch(host)
    return found[1] if found else ""
