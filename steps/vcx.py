"""Sentences about an issuer who connects through a VCX agency."""

from pytest_bdd import given, parsers, then, when

from simulator.durations import duration
from simulator.story import Story
from simulator.testing import AgencySettings, People, World


@given(parsers.re(r"invitations that expire after (?P<after>.+)"))
def invitations_expire(connsim: World, after: str) -> None:
    """Let the agency refuse answers that come later."""
    connsim.agency.configure(AgencySettings(invitation_expiry=duration(after)))


@given("the issuer and the holder are connected already")
def connected_already(connsim: World, connsim_story: Story, connsim_people: People) -> None:
    """Let the issuer connect, and the holder accept: a connection that a later answer can point at."""
    connsim_story.connect(connsim_people.person("issuer").name)
    connsim_story.holder_accepts()


@when("the issuer invites the holder by QR code")
def issuer_invites_by_qr(connsim_story: Story, connsim_people: People) -> None:
    """Let the issuer make an invitation that it shows to the holder."""
    connsim_story.connect(connsim_people.person("issuer").name)


@when("the issuer invites the holder by SMS")
def issuer_invites_by_sms(connsim_story: Story, connsim_people: People) -> None:
    """Let the issuer make an invitation that the agency sends to the holder's phone."""
    connsim_story.connect(connsim_people.person("issuer").name, connsim_people.person("holder").phone)


@then("the issuer is redirected")
def issuer_is_redirected(connsim_story: Story) -> None:
    """Expect that the issuer's wait ended because the holder pointed at an older connection."""
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
