"""Sentences about an issuer who connects through a VCX agency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_bdd import given, parsers, then, when

from connsim import Misuse, duration

if TYPE_CHECKING:
    from connsim import People, Stage, Story


@given(parsers.re(r"an agency whose invitations expire after (?P<after>.+)"))
def invitations_expire(connsim: Stage, after: str) -> None:
    """Make the agency refuse answers to older invitations."""
    from connsim import AgencySettings

    connsim.agency.configure(AgencySettings(invitation_expiry=duration(after)))


@given("the issuer and the holder are connected already")
def connected_already(connsim: Stage, connsim_story: Story, connsim_people: People) -> None:
    """Connect the issuer and the holder, so that a later answer can redirect to this connection."""
    connsim_story.connect(connsim_people.person("issuer").name)
    connsim_story.holder_accepts()


@when("the holder scans the invitation")
def holder_scans(connsim_story: Story) -> None:
    """Hand the issuer's Aries invitation to a holder; without this, no holder gets it."""
    connsim_story.scan()


@then(parsers.re(r"the issuer's wait ended in (?P<state>\w+)"))
def wait_ended_in(connsim_story: Story, state: str) -> None:
    """Expect this as the last state that the issuer saw."""
    connsim_story.expect.ended_in("issuer", state)


@given(parsers.re(r"an issuer on libvcx(?P<how>| that speaks Aries| who shows its public DID)"))
def issuer_on_libvcx(request: pytest.FixtureRequest, connsim_story: Story, how: str) -> None:
    """Use an issuer on the published wrapper of libvcx, with protocol 3.0 for Aries; needs the extra ``vcx``."""
    pytest.importorskip("vcx", reason="the wrapper is not installed; run: pip install 'connsim[vcx]'")
    from connsim.clients.libvcx_client import LibvcxClient

    config = {**request.getfixturevalue("connsim_vcx_config")}
    if "Aries" in how:
        config["protocol_type"] = "3.0"

    def new_client(_url: str, _name: str) -> LibvcxClient:
        connsim_story.pace_used = True
        return LibvcxClient(config, connsim_story.pace, public_did="public DID" in how)

    connsim_story.plug_vcx(new_client)


@given(parsers.re(r"an agency that does not answer for (?P<by>.+), and a holder who accepts then"))
def agency_hangs(connsim: Stage, by: str) -> None:
    """Leave every request about the connection unanswered for this time; then the holder accepts."""
    connsim.script("vcx-holder", f"agency-hangs:{by}")


@when("the issuer is restarted from what it saved")
def issuer_is_restarted(connsim_story: Story) -> None:
    """Restart an issuer on libvcx, which loads its connection from the serialized form."""
    connsim_story.restart_issuer()


@then("the invitation shows the issuer's public DID")
def invitation_shows_public_did(request: pytest.FixtureRequest, connsim_story: Story) -> None:
    """Expect the institution's DID in the invite detail."""
    if "connsim_vcx_config" not in request.fixturenames:
        raise Misuse(
            "The issuer has no public DID. Expected an issuer on libvcx. "
            "Write 'Given an issuer on libvcx who shows its public DID' first."
        )
    connsim_story.expect.public_did(request.getfixturevalue("connsim_vcx_config")["institution_did"])


@when("the issuer invites the holder by QR code")
def issuer_invites_by_qr(connsim_story: Story, connsim_people: People) -> None:
    """Have the issuer make an invitation that it shows to the holder as a QR code."""
    connsim_story.connect(connsim_people.person("issuer").name)


@when("the issuer invites the holder by SMS")
def issuer_invites_by_sms(connsim_story: Story, connsim_people: People) -> None:
    """Have the issuer make an invitation that the agency sends to the holder's phone."""
    connsim_story.connect(connsim_people.person("issuer").name, connsim_people.person("holder").phone)


@then("the issuer is redirected")
def issuer_is_redirected(connsim_story: Story) -> None:
    """Expect that the issuer's wait ended because the holder redirected to an older connection."""
    connsim_story.expect.redirected("issuer")


@then("a download of messages shows that the holder refused")
def download_shows_refusal(connsim_story: Story) -> None:
    """Expect a message with the status MS-105 at the agency; polling for the state never shows it."""
    connsim_story.expect.download_shows_refusal()


@then("the holder got one SMS with a link to the invitation")
def holder_got_sms(connsim_story: Story, connsim_people: People) -> None:
    """Expect one text message in the agency's outbox, whose link leads to the invite detail."""
    connsim_story.expect.texted(connsim_people.person("holder").phone)
    connsim_story.follow_link()
