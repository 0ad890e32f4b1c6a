"""Who may use the control API: it can do everything to a world, so no web page may, and no stranger.

Bound to the loopback interface, it is asked by whoever is on the machine; the danger is the browser there, which sends
the requests of any page. A page's name for the machine stands in ``Host`` (a name that leads to 127.0.0.1 is the way
around the same-origin policy), and the page itself in ``Origin`` and ``Sec-Fetch-Site``. Bound elsewhere, a token is
asked of everybody.
"""

import re
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address

from connsim.core.exchange import Request
from connsim.errors import Misuse

_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(?::[0-9]*)?")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")
_LOCAL = ("same-origin", "none")
"""What a browser says of a request that no other site has caused."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody may not ask.

    Attributes:
        status: 401, if a token would help; else 403.
    """

    status: int
    why: str


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets requests in, or not. Without arguments: that of a listener on the loopback interface.

    Attributes:
        token: What every request must bear; ``None`` is nothing.
        elsewhere: Whether the listener is bound to more than the loopback interface: then any name leads there.
    """

    token: str | None = None
    elsewhere: bool = False

    def __post_init__(self) -> None:
        if self.elsewhere and self.token is None:
            raise Misuse("A control API that others can reach has no token. Expected one. Draw one, or bind it here.")
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise Misuse(
                "The control token can not be sent in a header. Expected letters, digits and - . _ ~ + / = only."
            )

    def refuse(self, request: Request) -> Refusal | None:
        """Say why a request is not let in; ``None`` if it is."""
        host = request.all_of("host") or ""
        if not self.elsewhere and host and not is_loopback(_bare(host)):
            return Refusal(
                403,
                f"The request is for the host {host[:80]!r}, which is no name of this machine's own. Expected "
                f"localhost or 127.0.0.1: this may be a web page that reaches for this port. Ask by such a name, or "
                f"serve control elsewhere, with a token: --control-host 0.0.0.0.",
            )
        return self._refuse_page(request, host) or self._refuse_stranger(request)

    def _refuse_page(self, request: Request, host: str) -> Refusal | None:
        origin, site = request.all_of("origin"), request.all_of("sec-fetch-site")
        if origin is not None and origin.lower() in self._own(host):
            return None
        if origin is None and (site is None or site in _LOCAL):
            return None
        who = f"the origin {origin[:80]!r}" if origin is not None else f"a page elsewhere ({str(site)[:80]})"
        return Refusal(
            403,
            f"The request comes from {who}. Expected none but the control API's own pages: what a browser does for "
            f"another site is refused. Ask from a program, or from this address.",
        )

    def _own(self, host: str) -> tuple[str, ...]:
        schemes = ("http", "https") if self.elsewhere else ("http",)  # there may be a proxy in front
        return tuple(f"{scheme}://{host.lower()}" for scheme in schemes if host)

    def _refuse_stranger(self, request: Request) -> Refusal | None:
        if self.token is None:
            return None
        scheme, _, given = (request.all_of("authorization") or "").partition(" ")
        if scheme.lower() == "bearer" and compare_digest(given.strip().encode("utf-8", "replace"), self.token.encode()):
            return None
        told = "does not have the right token" if given else "has no token"
        return Refusal(
            401,
            f"The request {told}. Expected the header 'Authorization: Bearer <token>'. `connsim serve` prints the "
            f"token; give it with --token, or in CONNSIM_CONTROL_TOKEN.",
        )


def is_loopback(host: str) -> bool:
    """Whether a name or an address is that of the machine itself, seen from the machine."""
    host = host.lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False


def _bare(host: str) -> str:
    """A host without its port."""
    found = _HOST.fullmatch(host)
    return found[1] if found else ""
