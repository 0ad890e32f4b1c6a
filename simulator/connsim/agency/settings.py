"""How the agency is set up: what a setting of a real agency is, and what only a fake needs."""

from dataclasses import dataclass
from typing import Literal

from connsim.core.durations import Ns

PUBLIC_URL = "http://host.docker.internal:8080"


@dataclass(frozen=True, slots=True)
class AgencySettings:
    """How a fake agency is set up. Durations in nanoseconds.

    Attributes:
        flavour: Whose errors, texts and rules are shown: those of Evernym's agency, or of the dummy agency that comes
            with libvcx.
        holder: The behaviour of holders that no script is for, such as ``accepts:5s`` or ``agent-offer``. ``none``:
            nobody stands behind an invitation, and two clients can connect with each other.
        invitation_expiry: How old an invitation may be when it is answered; an answer that comes later gets VES-101.
            The production agency had 300 s by default; here invitations do not expire unless told to.
        least_poll_interval: Whoever asks for the messages of one connection again before so much time has passed gets
            a 429 with ``Retry-After``. No real agency is known to do so: the answer is ours.
        sms: What becomes of invitations with a phone number: ``sent`` (MDS-102, and the request rises to MS-102),
            ``failing`` (MDS-103), or ``off``. The dummy agency never sends any.
        profile_required: Whether an invitation is refused as long as the owner has set no name and logo, as in
            production. Off, because libvcx sets none when ``institution_name`` is not configured.
        strict_status: Whether a message's status can be changed only as the flavour's rules have it. If not, any
            status can become any other.
        public_url: The root of the agency's address in links and invitations. A constant, so that random ports do not
            enter the bytes; whoever knows the real one sets `Agency.public_url`.
        agency_seed: The seed of the agency's key, in any form that a wallet takes; by default drawn from the world's.
        agency_did: The agency's DID, if it is not the one that belongs to the key.
    """

    flavour: Literal["evernym", "dummy"] = "evernym"
    holder: str = "none"
    invitation_expiry: Ns | None = None
    least_poll_interval: Ns | None = None
    sms: Literal["sent", "failing", "off"] = "sent"
    profile_required: bool = False
    strict_status: bool = False
    public_url: str = PUBLIC_URL
    agency_seed: str | None = None
    agency_did: str | None = None
