"""The settings of the agency: some that real agencies have, and some that only a fake needs."""

from dataclasses import dataclass
from typing import Literal

from connsim.core.durations import Ns

PUBLIC_URL = "http://host.docker.internal:8080"


@dataclass(frozen=True, slots=True)
class AgencySettings:
    """The settings of a fake agency. Durations in nanoseconds.

    Attributes:
        flavour: The agency whose errors, texts and rules are imitated: Evernym's, or the dummy agency that comes with
            libvcx.
        holder: The behaviour of holders without a script of their own, such as ``accepts:5s`` or ``agent-offer``. With
            ``none``, invitations have no scripted holder, so that two clients can connect with each other.
        invitation_expiry: The age up to which an invitation may be answered; later answers get VES-101. The production
            agency had 300 s by default; here invitations do not expire by default.
        least_poll_interval: The minimum time between two polls of one connection; an earlier poll gets a 429 with
            ``Retry-After``. No real agency is known to do so: the answer is ours.
        sms: The fate of text messages to a phone number: ``sent`` (MDS-102, and the request becomes MS-102),
            ``failing`` (MDS-103), or ``off``. The dummy agency never sends any.
        profile_required: Whether an invitation is refused until the owner has set a name and a logo, as in production.
            Off, because libvcx sets neither when ``institution_name`` is not configured.
        strict_status: Whether changes of a message's status are restricted to those of the flavour. Otherwise any
            status can become any other.
        public_url: The root of the agency's address in links and invitations. A constant by default, so that bytes do
            not depend on random ports; a door with a known address sets `Agency.public_url`.
        agency_seed: The seed of the agency's key, in any form that a wallet accepts; by default drawn from the world's.
        agency_did: The agency's DID, if it is not derived from the key.
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
