"""What a fault does to the agents behind it: what is stopped never happened, what is spoilt did."""

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
    """Ask the agent, without a door."""
    return world.prism.handle(Request(method, target, {"apikey": "k"}, body))


def poll(world: World) -> Reply:
    """Ask for the only connection."""
    (record,) = world.prism.store.all(world.prism.cloud_agent.wallet("k").id)
    return ask(world, f"/connections/{record.id}")


class TestPrism:
    """The PRISM agent."""

    @pytest.mark.parametrize("fault", STOPS[:3])
    def test_what_is_stopped_never_happened(self, fault: str) -> None:
        """A POST that is stopped makes no record."""
        world = World()
        world.fault(fault)

        reply = ask(world, "/connections", "POST", b"{}")

        assert not list(world.prism.store.all(world.prism.cloud_agent.wallet("k").id))
        assert reply.status in (503, 0)
        (entry,) = world.journal.exchanges()
        assert (entry.status, entry.note) == (reply.status or None, f"fault 1: {read_fault(fault)}")

    @pytest.mark.parametrize("fault", SPOILS + ARRIVES)
    def test_what_is_spoilt_happened(self, fault: str) -> None:
        """A POST whose reply is spoilt makes a record."""
        world = World()
        world.fault(fault)

        ask(world, "/connections", "POST", b"{}")

        assert len(list(world.prism.store.all(world.prism.cloud_agent.wallet("k").id))) == 1
        assert "fault 1: " in world.timeline()

    @pytest.mark.parametrize("how", ["active", "in a step"])
    @pytest.mark.parametrize("fault", STOPS[:3] + SPOILS + ["delay ever"])
    def test_what_did_not_arrive_was_not_seen(self, fault: str, how: str) -> None:
        """A poll that brings nothing counts for no step; the next ones do."""
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
    def test_what_arrives_was_seen(self, fault: str) -> None:
        """A poll that brings what it should, if late or under another name, counts."""
        world = World()
        world.fault(fault)
        world.script("prism-inviter", Sequence.of(("InvitationGenerated", "2 polls"), "ConnectionResponseSent"))
        world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))

        states = [json.loads(poll(world).body)["state"] for _ in range(3)]

        assert states == ["InvitationGenerated", "InvitationGenerated", "ConnectionResponseSent"]

    def test_a_steps_fault_counts_from_its_step(self) -> None:
        """Each step begins to count anew, and each connection has counts of its own."""
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
        """A step's fault strikes polls of its connection, and no list that shows it."""
        world = World()
        world.script("prism-inviter", Sequence.of({"state": "InvitationGenerated", "fault": "status 503"}))
        world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))

        assert (ask(world, "/connections").status, poll(world).status) == (200, 503)

    def test_retry_after_as_a_date(self) -> None:
        """A date is rounded up to a whole second, too: nobody who keeps to it comes too early."""
        world = World()
        world.fault("status 503, retry_after 30s, as_date yes")

        assert dict(ask(world, "/connections").headers) == {"Retry-After": "Mon, 05 Jan 2026 09:00:31 GMT"}

    def test_early_agents_are_struck_too(self) -> None:
        """The agent of early 2023 is behind the same network."""
        world = World()
        world.fault("status 503, route /connections")

        assert ask(world, "/prism-agent/connections").status == 503

    def test_per_poll_clocks_move_on(self) -> None:
        """A clock that every poll moves is moved by polls that fail, too: else nothing would ever change."""
        world = World(per_poll=60 * SECOND)
        world.fault("status 503, to 2m")
        world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))

        assert [poll(world).status for _ in range(3)] == [503, 503, 200]


class TestStale:
    """Reads that show what was true before."""

    def test_by_time(self) -> None:
        """At every moment, the body is byte for byte what a poll would have brought so long ago."""
        fresh, stale = World(), World()
        stale.fault("stale 30s")
        told: dict[World, dict[int, bytes]] = {fresh: {}, stale: {}}
        for world, bodies in told.items():
            world.script("prism-inviter", "accepts after 1 minute")
            world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
            for second in range(0, 150, 5):
                bodies[second] = poll(world).body
                world.advance("5s")

        assert all(told[stale][second] == told[fresh][max(0, second - 30)] for second in told[stale])
        assert len(set(told[stale].values())) == 3

    @pytest.mark.parametrize("profile", ["early", "cloud_agent"])
    def test_states_that_last_for_an_instant(self, profile: str) -> None:
        """A poll in between shows the state in between, in both generations."""
        world = World()
        world.script("prism-inviter", Sequence.of(("InvitationGenerated", "10s"), ("ConnectionResponsePending", "1s")))
        agent = getattr(world.prism, profile)
        record = agent.create(agent.wallet("k"))
        world.fault("stale 30s")
        world.clock.advance_ns(int(40.5 * SECOND))

        reply = ask(world, f"{agent.profile.prefix}/connections/{record.id}")

        assert (reply.state, json.loads(reply.body)["state"]) == (State.RESPONSE_PENDING,) * 2

    def test_by_polls(self) -> None:
        """The first polls show the first reply; an old reply does not count as seen."""
        world = World()
        world.script("prism-inviter", Sequence.of(("InvitationGenerated", "2 polls"), "ConnectionResponseSent"))
        world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
        world.fault("stale 2 polls")

        states = [poll(world).state for _ in range(6)]

        assert states == ["InvitationGenerated"] * 4 + ["ConnectionResponseSent"] * 2


class Posts:
    """A client's way to the agency without a door."""

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
    """A world."""
    return World()


@pytest.fixture
def client(world: World) -> AgencyClient:
    """A client of the world's agency."""
    owner = KeyPair.from_seed(world.seed.draw("owner"))
    return AgencyClient(Posts(world), world.agency.identity, owner, drawing(world.seed, "client"))


class TestAgency:
    """The VCX agency."""

    @pytest.mark.parametrize("fault", STOPS[:3])
    def test_what_is_stopped_never_happened(self, world: World, client: AgencyClient, fault: str) -> None:
        """An invitation whose request is stopped is not made; the journal knows what it was to be."""
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
    def test_what_is_spoilt_happened(self, world: World, client: AgencyClient, fault: str) -> None:
        """An invitation whose answer is lost is made."""
        world.fault(f"{fault}, message CONN_REQUEST")

        with pytest.raises(AgencyError):
            VcxFlow(client).connect("Acme")

        assert len(world.agency.invitations) == 1

    @pytest.mark.parametrize("how", ["active", "in a step"])
    @pytest.mark.parametrize("fault", [*STOPS[:3], *SPOILS, "delay ever"])
    def test_what_did_not_arrive_was_not_seen(self, world: World, client: AgencyClient, fault: str, how: str) -> None:
        """A poll that brings nothing counts for no step; the journal has it as a poll without a state."""
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
        """A connection's state at the agency is that of its invitation."""
        world.script("vcx-holder", Sequence.of(("ignore", "2 polls"), "accept"))
        world.fault("status 503, state MS-104, poll yes")
        offer = VcxFlow(client).connect("Acme")
        for _ in range(2):
            client.messages(offer.pairwise)

        with pytest.raises(AgencyError, match="503"):
            client.messages(offer.pairwise)

    def test_rubbish_is_struck_too(self, world: World) -> None:
        """What is before the agency does not look into envelopes."""
        world.fault("status 503")

        reply = world.agency.handle(Request("POST", "/agency/msg", {}, b"rubbish"))
        assert (reply.status, world.agency.handle(Request("GET", "/agency")).status) == (503, 503)

    def test_one_request_is_met_once(self, world: World) -> None:
        """A request that is refused at the door counts once."""
        active = world.fault("status 503, nth 2")

        replies = [world.agency.handle(Request("POST", "/agency/msg", {}, b"rubbish")) for _ in range(3)]

        assert [reply.status for reply in replies] == [400, 503, 400]
        assert active.matches == 2

    def test_played_parties_are_not_clients(self, world: World, client: AgencyClient) -> None:
        """A scripted holder's own posts go through no network."""
        world.script("vcx-holder", "accepts:0s")
        world.fault("status 503, message ACCEPT_CONN_REQ").required = False
        offer = VcxFlow(client).connect("Acme")

        assert len(client.messages(offer.pairwise)) == 2
