"""The agencies with which libvcx was used, and their differences: one row each.

Source: docs/protocol/vcx-agency.md, 6.3, 15.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from connsim.agency.refusals import Refused
from connsim.core.exchange import Reply
from connsim.wire.bundles import Integers, Spelling
from connsim.wire.codes import MessageStatus
from connsim.wire.notation import dump_json

_MARKED = frozenset({MessageStatus.ACCEPTED, MessageStatus.REJECTED, MessageStatus.REVIEWED, MessageStatus.REDIRECTED})


@dataclass(frozen=True)
class Marking:
    """Which changes of a message's status an owner may make, if `AgencySettings.strict_status` is on.

    Attributes:
        from_: The statuses that may be changed.
        all_or_nothing: Whether one forbidden change refuses the whole request.
        to: The statuses that may be set.
    """

    from_: frozenset[MessageStatus]
    all_or_nothing: bool
    to: frozenset[MessageStatus] = _MARKED


@dataclass(frozen=True)
class Flavour:
    """An agency as its clients know it.

    Attributes:
        target: The ``targetName`` of an invitation if the request has none; requests of libvcx never have one.
        states_version: Whether invitations state the protocol in which to answer.
        endpoint: Makes the ``endpoint`` in invitations from the agency's root URL.
        links: Whether each invitation has a page with its detail.
        sms: Whether it sends text messages, and checks phone numbers.
        checks_did: Whether the DID in CONNECT must belong to the verkey.
        uuids: Whether the agency's own message ids are UUIDs; otherwise they have ten characters.
        live_profile: Whether an invitation shows the owner's current name and logo; otherwise those at the time when
            the pairwise key was created.
        always_public: Whether invitations always show the owner's DID as ``publicDID``.
        states_delivery: Whether stored messages have ``deliveryDetails``.
        sends_refusals: Whether it passes an owner's refusal on to the inviter.
        drops_routes: Whether messages to a deleted connection are refused.
        marking: The rules of status changes.
        spelling: How it writes lists of integers.
        media_types: The accepted Content-Types of a POST; empty accepts any.
        refuse: Makes the reply of a refusal.
        unknown: The reply to a request that matches no route.
    """

    name: str
    target: str
    states_version: bool
    endpoint: Callable[[str], str]
    links: bool
    sms: bool
    checks_did: bool
    uuids: bool
    live_profile: bool
    always_public: bool
    states_delivery: bool
    sends_refusals: bool
    drops_routes: bool
    marking: Marking
    refuse: Callable[[Refused], Reply]
    unknown: Reply
    spelling: Spelling = field(default_factory=Spelling)
    media_types: frozenset[str] = frozenset()


def _refuse_in_json(refused: Refused) -> Reply:
    body = {"statusCode": refused.kind.code, "statusMsg": refused.text or refused.kind.text}
    return Reply(refused.kind.status, dump_json(body), headers=refused.headers)


def _refuse_in_text(refused: Refused) -> Reply:
    # The dummy answers 500 with a debug print of its error. Its text is not known, so this text is ours. Two statuses
    # are kept: the 429, which is ours as well, and the 404 of a link, which comes from the HTTP server.
    status = refused.kind.status if refused.kind.status in (404, 429) and refused.kind.code != "GNR-120" else 500
    text = refused.note.encode("utf-8", "replace")
    return Reply(status, text, "text/plain; charset=utf-8", headers=refused.headers)


EVERNYM = Flavour(
    name="evernym",
    target="there",
    states_version=True,
    endpoint=lambda url: f"{_authority(url)}/agency/msg",
    links=True,
    sms=True,
    checks_did=True,
    uuids=True,
    live_profile=True,
    always_public=False,
    states_delivery=True,
    sends_refusals=True,
    drops_routes=True,
    marking=Marking(
        frozenset({MessageStatus.RECEIVED, MessageStatus.ACCEPTED, MessageStatus.REJECTED}), all_or_nothing=False
    ),
    spelling=Spelling(bundles=Integers.SIGNED),
    media_types=frozenset(
        {"application/octet-stream", "application/ssi-agent-wire", "application/didcomm-envelope-enc"}
    ),
    refuse=_refuse_in_json,
    unknown=Reply(404, b"The requested resource could not be found.", "text/plain; charset=UTF-8"),
)

DUMMY = Flavour(
    name="dummy",
    target="",
    states_version=False,
    endpoint=lambda url: url,
    links=False,
    sms=False,
    checks_did=False,
    uuids=False,
    live_profile=False,
    always_public=True,
    states_delivery=False,
    sends_refusals=False,
    drops_routes=False,
    marking=Marking(frozenset({MessageStatus.RECEIVED}), all_or_nothing=True),
    refuse=_refuse_in_text,
    unknown=Reply(404, b"", None),
)

FLAVOURS = {flavour.name: flavour for flavour in (EVERNYM, DUMMY)}


def _authority(url: str) -> str:
    """Return host and port: the form in which the production agency states its own endpoint."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0]
    has_port = ":" in host.rpartition("]")[2]
    return host if has_port else f"{host}:{443 if scheme == 'https' else 80}"
