"""What a fault does to the agents behind it: a stopped request has no effect, one whose reply is spoilt has."""

import json

import pytest

from connsim import World
from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_wire import AgencyError
from connsim.clients.vcx_flow import VcxFlow
from connsim.core.durations import SECOND
from connsim.core.ends import Polls
from connsim.core.exchange import Reply, Request
from connsim.faults.registry import read_fault
from connsim.script.machines.prism import State
from connsim.script.sequence import Sequence, Step
from connsim.wire.crypt import drawing
from connsim.wire.keys import KeyPair

STOPS = ["status 503", "reset before headers", "empty", "rate_limit 1, per 1d, nth 2.."]
SPOILS = [
    "status 504, processed yes",
    "reset before headers, processed yes",
    "reset after headers",
    "empty, processed yes",
    "truncate 20",
    "malformed html",
]
ARRIVES = ["delay 3s", "drip 1h", "content_type text/html"]


def ask(world: World, target: str, method: str = "GET", body: bytes = b"") -> Reply:
    """Send a request to the agent, without a door."""
    return world.prism.handle(Request(method, target, {"apikey": "k"}, body))


def poll(world: World) -> Reply:
    """Poll the only connection."""
    (record,) = world.prism.store.all(world.prism.cloud_agent.wallet("k").id)
    return ask(world, f"/connections/{record.id}")


class TestPrism:
    """Faults of the PRISM agent."""

    @pytest.mark.parametrize("fault", STOPS[:3])
    def test_a_stopped_request_has_no_effect(self, fault: str) -> None:
        """A POST that is stopped creates no record."""
        world = World()
        world.fault(fault)

        reply = ask(world, "/connections", "POST", b"{}")

        assert not list(world.prism.store.all(world.prism.cloud_agent.wallet("k").id))
        assert reply.status in (503, 0)
        (entry,) = world.journal.exchanges()
        assert (entry.status, entry.note) == (reply.status or None, f"fault 1: {read_fault(fault)}")

    @pytest.mark.parametrize("fault", SPOILS + ARRIVES)
    def test_a_request_with_a_spoilt_reply_has_its_effect(self, fault: str) -> None:
        """A POST whose reply is spoilt creates a record."""
        world = World()
        world.fault(fault)

        ask(world, "/connections", "POST", b"{}")

        assert len(list(world.prism.store.all(world.prism.cloud_agent.wallet("k").id))) == 1
        assert "fault 1: " in world.timeline()

    @pytest.mark.parametrize("how", ["active", "in a step"])
    @pytest.mark.parametrize("fault", STOPS[:3] + SPOILS + ["delay ever"])
    def test_a_poll_whose_reply_is_lost_does_not_count(self, fault: str, how: str) -> None:
        """A poll whose reply does not arrive intact does not count for a step; later polls do."""
        world = World()
        own = read_fault(f"{fault}, times 3") if how == "in a step" else None
        world.script(
            "prism-inviter", Sequence((Step("InvitationGenerated", Polls(2), own), Step("ConnectionResponseSent")))
        )
        world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
        if own is None:
            world.fault(f"{fault}, times 3")

        replies = [poll(world) for _ in range(6)]

        states = [json.loads(reply.body)["state"] for reply in replies[3:]]
        assert states == ["InvitationGenerated", "InvitationGenerated", "ConnectionResponseSent"]
        assert [entry.state for entry in world.journal.exchanges(method="GET")][:3] == [None] * 3

    @pytest.mark.parametrize("fault", ARRIVES)
    def test_a_poll_whose_reply_arrives_counts(self, fault: str) -> None:
        """A poll whose reply arrives intact, late or with another media type, counts for a step."""
        world = World()
        world.fault(fault)
        world.script("prism-inviter", Sequence.of(("InvitationGenerated", "2 polls"), "ConnectionResponseSent"))
        world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))

        states = [json.loads(poll(world).body)["state"] for _ in range(3)]

        assert states == ["InvitationGenerated", "InvitationGenerated", "ConnectionResponseSent"]

    def test_a_steps_fault_counts_from_its_step(self) -> None:
        """Each step starts its fault's counts at zero, and each connection has its own counts."""
        world = World()
        step = {"fault": {"status": 503, "times": 1}}
        world.script(
            "prism-inviter",
            Sequence.of(
                {"state": "InvitationGenerated", "for": "1 poll", **step},
                {"state": "ConnectionResponsePending", "for": "1 poll", **step},
                {"state": "ConnectionResponseSent"},
            ),
        )
        ids = [world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k")).id for _ in range(2)]

        for id_ in ids:
            assert [ask(world, f"/connections/{id_}").status for _ in range(5)] == [503, 200, 503, 200, 200]

    def test_lists_are_left_alone_by_a_step(self) -> None:
        """A step's fault strikes polls of its connection, and not the listings that show it."""
        world = World()
        world.script("prism-inviter", Sequence.of({"state": "InvitationGenerated", "fault": "status 503"}))
        world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))

        assert (ask(world, "/connections").status, poll(world).status) == (200, 503)

    def test_retry_after_as_a_date(self) -> None:
        """A Retry-After date is rounded up to a whole second, so that a client that obeys it is not too early."""
        world = World()
        world.fault("status 503, retry_after 30s, as_date yes")

        assert dict(ask(world, "/connections").headers) == {"Retry-After": "Mon, 05 Jan 2026 09:00:31 GMT"}

    def test_early_agents_are_struck_too(self) -> None:
        """Faults also strike the agent of early 2023, which is behind the same network."""
        world = World()
        world.fault("status 503, route /connections")

        assert ask(world, "/prism-agent/connections").status == 503

    def test_per_poll_clocks_move_on(self) -> None:
        """A per-poll clock advances with failed polls too; otherwise a client that only fails would stop time."""
        world = World(per_poll=60 * SECOND)
        world.fault("status 503, to 2m")
        world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))

        assert [poll(world).status for _ in range(3)] == [503, 503, 200]


class TestStale:
    """Reads that return an earlier state."""

    def test_by_time(self) -> None:
        """A stale body is byte for byte what a poll would have returned the given time before."""
        fresh, stale = World(), World()
        stale.fault("stale 30s")
        replies: dict[World, dict[int, bytes]] = {fresh: {}, stale: {}}
        for world, bodies in replies.items():
            world.script("prism-inviter", "accepts after 1 minute")
            world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
            for second in range(0, 150, 5):
                bodies[second] = poll(world).body
                world.advance("5s")

        assert all(replies[stale][second] == replies[fresh][max(0, second - 30)] for second in replies[stale])
        assert len(set(replies[stale].values())) == 3

    @pytest.mark.parametrize("profile", ["early", "cloud_agent"])
    def test_states_that_last_for_an_instant(self, profile: str) -> None:
        """A stale read can show a state that lasted for an instant only, in both versions of the agent."""
        world = World()
        world.script("prism-inviter", Sequence.of(("InvitationGenerated", "10s"), ("ConnectionResponsePending", "1s")))
        agent = getattr(world.prism, profile)
        record = agent.create(agent.wallet("k"))
        world.fault("stale 30s")
        world.clock.advance_ns(int(40.5 * SECOND))

        reply = ask(world, f"{agent.profile.prefix}/connections/{record.id}")

        assert (reply.state, json.loads(reply.body)["state"]) == (State.RESPONSE_PENDING,) * 2

    def test_by_polls(self) -> None:
        """The first polls return the first reply; a stale reply does not count as a poll of the step."""
        world = World()
        world.script("prism-inviter", Sequence.of(("InvitationGenerated", "2 polls"), "ConnectionResponseSent"))
        world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
        world.fault("stale 2 polls")

        states = [poll(world).state for _ in range(6)]

        assert states == ["InvitationGenerated"] * 4 + ["ConnectionResponseSent"] * 2


class Posts:
    """Posts a client's requests to the agency without a door."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, body: bytes) -> bytes:
        reply = self.world.agency.handle(
            Request("POST", "/agency/msg", {"content-type": "application/ssi-agent-wire"}, body)
        )
        if reply.status != 200 or not reply.arrives:
            raise AgencyError(reply.status if reply.arrives else None, reply.body)
        return reply.body


@pytest.fixture
def world() -> World:
    """A new world."""
    return World()


@pytest.fixture
def client(world: World) -> AgencyClient:
    """A client of the world's agency."""
    owner = KeyPair.from_seed(world.seed.draw("owner"))
    return AgencyClient(Posts(world), world.agency.identity, owner, drawing(world.seed, "client"))


class TestAgency:
    """Faults of the VCX agency."""

    @pytest.mark.parametrize("fault", STOPS[:3])
    def test_a_stopped_request_has_no_effect(self, world: World, client: AgencyClient, fault: str) -> None:
        """A stopped request creates no invitation; the journal still names the message of the request."""
        world.fault(f"{fault}, message CONN_REQUEST, times 1")
        flow = VcxFlow(client)

        with pytest.raises(AgencyError):
            flow.connect("Acme")
        assert world.agency.invitations == {}
        last = world.journal.last_exchange()
        assert last is not None
        assert (last.message, last.client, last.note) == (
            "CONN_REQUEST",
            client.owner.did,
            f"fault 1: {read_fault(fault)}",
        )

        flow.connect("Acme")
        assert len(world.agency.invitations) == 1

    @pytest.mark.parametrize("fault", [fault for fault in SPOILS if "processed" in fault])
    def test_a_request_with_a_spoilt_reply_has_its_effect(self, world: World, client: AgencyClient, fault: str) -> None:
        """A request whose answer is lost creates its invitation."""
        world.fault(f"{fault}, message CONN_REQUEST")

        with pytest.raises(AgencyError):
            VcxFlow(client).connect("Acme")

        assert len(world.agency.invitations) == 1

    @pytest.mark.parametrize("how", ["active", "in a step"])
    @pytest.mark.parametrize("fault", [*STOPS[:3], *SPOILS, "delay ever"])
    def test_a_poll_whose_reply_is_lost_does_not_count(
        self, world: World, client: AgencyClient, fault: str, how: str
    ) -> None:
        """A poll without an answer does not count for a step; the journal records it as a poll without a state."""
        own = {"fault": f"{fault}, times 3"} if how == "in a step" else {}
        world.script("vcx-holder", Sequence.of({"act": "ignore", "for": "2 polls", **own}, {"act": "accept"}))
        offer = VcxFlow(client).connect("Acme")
        if not own:
            world.fault(f"{fault}, times 3, poll yes")
        seen = []
        for _ in range(6):
            try:
                seen.append(len(client.messages(offer.pairwise)))
            except Exception:
                seen.append(0)

        assert seen[3:] == [1, 1, 2]
        polls = [entry for entry in world.journal.exchanges() if entry.poll]
        assert [(entry.message, entry.connection) for entry in polls] == [("GET_MSGS", offer.id)] * 6
        assert [entry.state for entry in polls[:3]] == [None] * 3

    def test_a_state(self, world: World, client: AgencyClient) -> None:
        """A connection's state at the agency, for conditions of faults, is that of its invitation."""
        world.script("vcx-holder", Sequence.of(("ignore", "2 polls"), "accept"))
        world.fault("status 503, state MS-104, poll yes")
        offer = VcxFlow(client).connect("Acme")
        for _ in range(2):
            client.messages(offer.pairwise)

        with pytest.raises(AgencyError, match="503"):
            client.messages(offer.pairwise)

    def test_unreadable_requests_are_struck(self, world: World) -> None:
        """A fault strikes bytes that are no envelope, too: a network does not decrypt what it carries."""
        world.fault("status 503")

        reply = world.agency.handle(Request("POST", "/agency/msg", {}, b"rubbish"))
        assert (reply.status, world.agency.handle(Request("GET", "/agency")).status) == (503, 503)

    def test_a_refused_request_counts_once(self, world: World) -> None:
        """A request that is refused at the door counts once for a fault."""
        active = world.fault("status 503, nth 2")

        replies = [world.agency.handle(Request("POST", "/agency/msg", {}, b"rubbish")) for _ in range(3)]

        assert [reply.status for reply in replies] == [400, 503, 400]
        assert active.matches == 2

    def test_requests_of_played_holders_are_not_struck(self, world: World, client: AgencyClient) -> None:
        """The requests of a scripted holder pass through no network, so no fault strikes them."""
        world.script("vcx-holder", "accepts:0s")
        world.fault("status 503, message ACCEPT_CONN_REQ").required = False
        offer = VcxFlow(client).connect("Acme")

        assert len(client.messages(offer.pairwise)) == 2
