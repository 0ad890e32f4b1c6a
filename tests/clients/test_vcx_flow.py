"""The example client of an agency: it invites, understands holders, and stops waiting in time."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from connsim import World
from connsim.agency.invites import link
from connsim.agency.settings import AgencySettings
from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_http import identity_of, post_over
from connsim.clients.agency_results import Dialect
from connsim.clients.agency_wire import AgencyError
from connsim.clients.plug import VcxClient, as_connection, as_outcome, run
from connsim.clients.prism_flow import Pace
from connsim.clients.vcx_flow import Offer, VcxFlow
from connsim.core.durations import SECOND
from connsim.errors import Misuse
from connsim.transports.server_thread import ServerThread
from connsim.wire.codes import Version
from connsim.wire.crypt import drawing
from connsim.wire.errors import BadMessage
from connsim.wire.invite_detail import read_invite_detail
from connsim.wire.keys import KeyPair
from connsim.wire.states import State

DIALECTS = {"1.0": Dialect(), "2.0": Dialect.of(Version.V2), "2.0 in bundles of 1.0": Dialect(Version.V2, Version.V1)}
EVENLY = Pace.evenly(60)


@pytest.fixture
def http(connsim: World, connsim_server: ServerThread) -> Iterator[httpx.Client]:
    """An HTTP client for the world's agency, on a port of its own."""
    connsim.agency.url, listener = connsim_server.open(connsim, connsim.agency)
    with httpx.Client(base_url=connsim.agency.url) as http:
        yield http
    connsim_server.close(listener)


NewClient = Callable[..., AgencyClient]


@pytest.fixture
def new_client(connsim: World, http: httpx.Client) -> NewClient:
    """Return a factory of clients of the agency, each with its own keys."""

    def new_client(name: str, dialect: Dialect | None = None) -> AgencyClient:
        owner, draw = (
            KeyPair.from_seed(connsim.seed.draw("client", name)),
            drawing(connsim.seed, "client", name, "draw"),
        )
        return AgencyClient(post_over(http), identity_of(http), owner, draw, dialect)

    return new_client


@pytest.fixture
def client(new_client: NewClient) -> AgencyClient:
    """A client of protocol 1.0."""
    return new_client("faber")


def asked(world: World) -> list[str | None]:
    """Return the messages that the agency received, in order, except the request for its identity."""
    return [exchange.message for exchange in world.journal.exchanges(method="POST")]


def waited(world: World) -> int:
    """Return the seconds since the world's start."""
    return (world.clock.now() - world.clock.start) // SECOND


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize(
    ("behaviour", "state", "after"),
    [
        pytest.param("accepts after 90 seconds", "Accepted", 120, id="accepts"),
        pytest.param("refuses after 90 seconds", "OfferSent", 600, id="refuses"),
        pytest.param("never-responds", "OfferSent", 600, id="never answers"),
        pytest.param("accepts after 10 minutes", "Accepted", 600, id="accepts at the last moment"),
        pytest.param("accepts after 11 minutes", "OfferSent", 600, id="accepts too late"),
    ],
)
def test_waits_for_a_holder(
    connsim: World, new_client: NewClient, dialect: Dialect, behaviour: str, state: str, after: int
) -> None:
    """A wait ends with the first poll that shows an acceptance, or at expiry, also after a refusal."""
    connsim.script("vcx-holder", behaviour)
    flow = VcxFlow(new_client("faber", dialect), pace=EVENLY)
    offer = flow.connect("Faber", "+15550100")

    outcome = flow.wait(offer, expiry=600)

    assert (outcome.state, outcome.expired) == (state, state == "OfferSent")
    assert waited(connsim) == after
    connsim.advance("1 hour")
    assert len(connsim.journal.polls(offer.id)) == after // 60 + 1


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_understands_a_redirection(connsim: World, new_client: NewClient, dialect: Dialect) -> None:
    """A holder that already has a connection to the inviter redirects to it."""
    flow = VcxFlow(new_client("faber", dialect), pace=EVENLY)
    connsim.agency.holder_accepts(flow.connect("Faber").id)
    offer = flow.connect("Faber")
    connsim.agency.holder_redirects(offer.id)

    outcome = flow.wait(offer, expiry=600)

    assert (outcome.state, outcome.expired, waited(connsim)) == ("Redirected", False, 0)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_makes_an_invitation(connsim: World, new_client: NewClient, dialect: Dialect) -> None:
    """The first invitation takes six posts, every other three; a holder sees the name, and the link leads to it."""
    flow = VcxFlow(new_client("faber", dialect), pace=EVENLY)

    first, second = flow.connect("Faber"), flow.connect("Faber College", "+15550100")

    connecting = ["UPDATE_CONFIGS", "CREATE_KEY", "CONN_REQUEST"]
    assert asked(connsim) == ["CONNECT", "SIGNUP", "CREATE_AGENT", *connecting, *connecting]
    assert list(connsim.agency.invitations) == [first.id, second.id]
    assert read_invite_detail(first.invitation)["connReqId"] == first.id
    sender = read_invite_detail(second.invitation)["senderDetail"]
    assert (sender["name"], sender["verKey"]) == ("Faber College", second.pairwise.keys.verkey)
    assert [sms.phone for sms in connsim.agency.outbox] == ["+15550100"]
    assert second.url == link(connsim.agency, connsim.agency.invitations[second.id])


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize("full", [True, False], ids=["full", "abbreviated"])
def test_two_clients_connect(connsim: World, new_client: NewClient, dialect: Dialect, full: bool) -> None:
    """The invitee is connected at once, and the inviter sees it with its next poll."""
    faber, alice = VcxFlow(new_client("faber", dialect)), VcxFlow(new_client("alice"))
    offer = faber.connect("Faber")
    detail = connsim.agency.detail_of(offer.id)
    assert read_invite_detail(offer.invitation) == detail

    accepted = alice.accept(json.dumps(detail) if full else offer.invitation)

    assert (accepted.id, accepted.state) == (offer.id, State.ACCEPTED)
    assert accepted.pairwise.version is dialect.connections  # of the invitation, whatever the invitee's dialect is
    assert alice.wait(accepted, expiry=600).state == "Accepted"
    assert faber.wait(offer, expiry=600).state == "Accepted"
    assert [exchange.message for exchange in connsim.journal.polls(offer.id)] == ["GET_MSGS"]
    assert waited(connsim) == 0


def test_other_texts_are_not_invitations(client: AgencyClient) -> None:
    """A text that is not an invitation is refused, and the error says what it lacks."""
    with pytest.raises(BadMessage, match="lacks statusCode"):
        VcxFlow(client).accept("{}")


def test_backs_off(connsim: World, client: AgencyClient) -> None:
    """Each pause is longer than the one before, up to the longest."""
    flow = VcxFlow(client, pace=Pace(first=1, factor=2, longest=8))
    offer = flow.connect("Faber")

    flow.wait(offer, expiry=40)

    moments = [(poll.at - connsim.clock.start) // SECOND for poll in connsim.journal.polls(offer.id)]
    assert moments == [0, 1, 3, 7, 15, 23, 31, 39, 40]


def test_the_last_of_two_answers_counts(connsim: World, client: AgencyClient) -> None:
    """All messages are read in order, as libvcx does, so an acceptance after a redirection counts."""
    flow = VcxFlow(client, pace=EVENLY)
    connsim.agency.holder_accepts(flow.connect("Faber").id)
    offer = flow.connect("Faber")
    again = client.invite(offer.pairwise)

    connsim.agency.holder_redirects(offer.id)
    redirected = flow.wait(offer, expiry=0)
    connsim.agency.holder_accepts(again.uid)
    accepted = flow.wait(offer, expiry=0)

    assert (redirected.state, accepted.state) == ("Redirected", "Accepted")


@pytest.mark.parametrize("failing", ["no answer", "503", "429", "garbage"])
def test_survives_a_poll_that_fails(connsim: World, http: httpx.Client, client: AgencyClient, failing: str) -> None:
    """A failure that may be temporary is retried after the usual pause."""
    connsim.script("vcx-holder", "accepts after 30 seconds")
    flow = VcxFlow(client, pace=EVENLY)
    offer = flow.connect("Faber")
    failed: list[str] = []

    def fail_first(request: httpx.Request) -> None:
        if not failed and failing == "no answer":
            failed.append(failing)
            raise httpx.ReadTimeout("slow", request=request)

    def spoil_first(reply: httpx.Response) -> None:
        if not failed:
            failed.append(failing)
            reply.status_code = 200 if failing == "garbage" else int(failing)
            reply._content = b"<html>"

    http.event_hooks["request"].append(fail_first)
    http.event_hooks["response"].append(spoil_first)
    outcome = flow.wait(offer, expiry=600)

    assert failed == [failing]
    assert (outcome.state, waited(connsim)) == ("Accepted", 60)


def test_gives_up_on_a_wrong_request(connsim: World, client: AgencyClient) -> None:
    """If the agency says that the request itself is wrong, the client does not repeat it."""
    flow = VcxFlow(client, pace=EVENLY)
    offer = flow.connect("Faber")
    connsim.reset()

    with pytest.raises(AgencyError, match="status 400: .*ACS-102"):
        flow.wait(offer, expiry=600)

    assert waited(connsim) == 0


def test_reports_each_state(connsim: World, client: AgencyClient) -> None:
    """Progress is reported after each poll, and libvcx's state numbers match the names."""
    connsim.script("vcx-holder", "accepts after 90 seconds")
    seen: list[State] = []
    flow = VcxFlow(client, pace=EVENLY, on_poll=seen.append)

    flow.wait(flow.connect("Faber"), expiry=600)

    assert seen == [State.OFFER_SENT, State.OFFER_SENT, State.ACCEPTED]
    assert [state.number for state in seen] == [2, 2, 4]
    assert State.REDIRECTED.number == 8


def test_an_agency_may_require_a_profile(connsim: World, client: AgencyClient) -> None:
    """The production agency requires name and logo of inviters; this client always sends both."""
    connsim.agency.configure(AgencySettings(profile_required=True))

    assert VcxFlow(client).connect("Faber").state is State.OFFER_SENT


def test_fits_the_plug_point(connsim: World, client: AgencyClient) -> None:
    """The steps can run the example client."""
    plugged: VcxClient[Offer] = VcxFlow(client)

    offer = run(plugged.connect("Faber"))

    assert as_connection(plugged, "connect", offer).id in connsim.agency.invitations
    assert as_outcome(plugged, run(plugged.wait(offer, expiry=0))).expired
    with pytest.raises(Misuse, match=r"connect\(\) of VcxFlow returned None"):
        as_connection(plugged, "connect", None)
