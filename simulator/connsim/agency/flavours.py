"""In what the agencies differ that libvcx was used with: one row each."""

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
    """How the status of a message may be changed by its owner, where the agency is strict.

    Attributes:
        from_: The statuses that may be left.
        all_or_nothing: Whether one message that may not be changed keeps all others from it.
    """

    from_: frozenset[MessageStatus]
    all_or_nothing: bool
    to: frozenset[MessageStatus] = _MARKED


@dataclass(frozen=True)
class Flavour:
    """An agency as its clients know it.

    Attributes:
        target: The ``targetName`` of an invitation whose request names none; libvcx never does.
        tells_version: Whether invitations say which protocol to answer in.
        endpoint: The ``endpoint`` in invitations, from the agency's root URL.
        links: Whether it has a page for each invitation.
        sms: Whether it sends text messages, and looks at phone numbers at all.
        checks_did: Whether the DID in CONNECT must belong to the verkey.
        uuids: Whether it makes the ids of messages that come without one as UUIDs; if not, as ten characters.
        live_profile: Whether an invitation shows the owner's name and logo of the moment; if not, as they were when
            the pairwise key was created.
        always_public: Whether invitations show the owner's DID as ``publicDID``, asked or not.
        says_delivery: Whether stored messages come with ``deliveryDetails``.
        sends_refusals: Whether it hands on the refusal of an owner who is the invitee.
        drops_routes: Whether a deleted connection cannot be reached any more.
        marking: The rules of status changes.
        spelling: How it writes lists of integers.
        media_types: What it takes posts in; empty takes any.
        refuse: What a refusal looks like.
        unknown: What a request meets that no route fits.
    """

    name: str
    target: str
    tells_version: bool
    endpoint: Callable[[str], str]
    links: bool
    sms: bool
    checks_did: bool
    uuids: bool
    live_profile: bool
    always_public: bool
    says_delivery: bool
    sends_refusals: bool
    drops_routes: bool
    marking: Marking
    refuse: Callable[[Refused], Reply]
    unknown: Reply
    spelling: Spelling = field(default_factory=Spelling)
    media_types: frozenset[str] = frozenset()


def _refuse_in_json(refused: Refused) -> Reply:
    told = {"statusCode": refused.kind.code, "statusMsg": refused.text or refused.kind.text}
    return Reply(refused.kind.status, dump_json(told), headers=refused.headers)


def _refuse_in_text(refused: Refused) -> Reply:
    # The dummy prints its error for debugging; only that there is a text is known. The 429 and the 404 of a link are no
    # answers of its own.
    status = refused.kind.status if refused.kind.status in (404, 429) and refused.kind.code != "GNR-120" else 500
    text = refused.note.encode("utf-8", "replace")
    return Reply(status, text, "text/plain; charset=utf-8", headers=refused.headers)


EVERNYM = Flavour(
    name="evernym",
    target="there",
    tells_version=True,
    endpoint=lambda url: f"{_authority(url)}/agency/msg",
    links=True,
    sms=True,
    checks_did=True,
    uuids=True,
    live_profile=True,
    always_public=False,
    says_delivery=True,
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
    tells_version=False,
    endpoint=lambda url: url,
    links=False,
    sms=False,
    checks_did=False,
    uuids=False,
    live_profile=False,
    always_public=True,
    says_delivery=False,
    sends_refusals=False,
    drops_routes=False,
    marking=Marking(frozenset({MessageStatus.RECEIVED}), all_or_nothing=True),
    refuse=_refuse_in_text,
    unknown=Reply(404, b"", None),
)

FLAVOURS = {flavour.name: flavour for flavour in (EVERNYM, DUMMY)}


def _authority(url: str) -> str:
    """Host and port, as the production agency names its own endpoint."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0]
    has_port = ":" in host.rpartition("]")[2]
    return host if has_port else f"{host}:{443 if scheme == 'https' else 80}"
