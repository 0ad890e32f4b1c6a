"""HTTP for the agency client, on httpx. Any other function that posts bytes works as well."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_wire import AgencyError, Post
from connsim.clients.patience import asked_pause
from connsim.clients.prism_flow import tls
from connsim.clients.read_fully import read_fully
from connsim.core.seed import Seed
from connsim.wire.crypt import drawing
from connsim.wire.errors import BadMessage
from connsim.wire.keys import Identity, KeyPair

CONTENT_TYPE = "application/ssi-agent-wire"


def post_over(http: httpx.Client) -> Post:
    """Make a function that posts to ``/agency/msg``, with libvcx's Content-Type, which is the same for both protocols.

    Args:
        http: A client with the agency's root URL, which the caller closes.
    """

    def post(body: bytes) -> bytes:
        headers = {"Content-Type": CONTENT_TYPE}
        return _send(http, http.build_request("POST", "/agency/msg", content=body, headers=headers)).content

    return post


def identity_of(http: httpx.Client) -> Identity:
    """Get an agency's identity. libvcx never asks for it: it is part of the provisioning configuration.

    Raises:
        AgencyError: The agency refuses, or cannot be reached.
        BadMessage: The answer is not an identity.
    """
    reply = _send(http, http.build_request("GET", "/agency"))
    try:
        return Identity(str(reply.json()["DID"]), str(reply.json()["verKey"]))
    except (ValueError, LookupError, TypeError):
        raise BadMessage(f"GET /agency gave {reply.text[:200]!r}. Expected an object with DID and verKey.") from None


def _send(http: httpx.Client, request: httpx.Request) -> httpx.Response:
    try:
        reply = read_fully(http.send(request, stream=True))
    except httpx.TransportError as failed:
        raise AgencyError(None, str(failed).encode()) from failed
    if not reply.is_success:
        raise AgencyError(reply.status_code, reply.content, asked_pause(reply.headers.get("Retry-After")))
    return reply


@contextmanager
def open_agency_client(url: str, seed: Seed, name: str) -> Iterator[AgencyClient]:
    """Open a client of an agency, with keys of its own.

    Args:
        url: The agency's root URL.
        seed: The source of the owner's key and of all random bytes. Only for tests, because the bytes are repeatable.
        name: Distinguishes the clients of one seed.
    """
    with httpx.Client(base_url=url, verify=tls()) as http:
        owner = KeyPair.from_seed(seed.draw("agency client", name))
        draw = drawing(seed, "agency client", name)
        yield AgencyClient(post_over(http), identity_of(http), owner, draw, patient=True)
