"""The worker that tells receivers, to the nanosecond. The numbers in the ids are sections of the reference."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from connsim import CloudAgentSettings, World
from connsim.core.clock import Clock
from connsim.core.durations import MILLISECOND, SECOND
from connsim.core.exchange import Request
from connsim.prism.cloud_agent.agent import CloudAgent
from connsim.prism.cloud_agent.webhooks.deliveries import Delivery, Outcome, Watch
from connsim.prism.cloud_agent.webhooks.worker import QUEUED

KEY = {"apikey": "tenant"}
URL = "http://receiver.test/hook"
GLOBAL = "http://global.test/"
AGENT = ("user-agent", "Zio-Http-Client/3.0.1 (Scala 3.3.3)")
JSON = ("content-type", "application/json")
NO_ANSWER = "no answer within 5 seconds"


class Sent(NamedTuple):
    """What was handed to the sender, and when: nanoseconds since the world's start."""

    at: int
    delivery: Delivery
    watch: Watch

    @property
    def data(self) -> Any:
        """The connection that is told of."""
        return json.loads(self.delivery.body)["data"]

    @property
    def state(self) -> str:
        """The state that is told of."""
        return str(self.data["state"])


class Postman:
    """A sender that answers as planned, at once; without a plan the test answers, or nobody does."""

    def __init__(self, world: World, *outcomes: Outcome, then: Outcome | None = None) -> None:
        self.world = world
        self.sent: list[Sent] = []
        self.given_up: list[int] = []
        self.outcomes = list(outcomes)
        self.then = then

    def send(self, delivery: Delivery, watch: Watch) -> Callable[[], None]:
        """Note the delivery."""
        number = len(self.sent)
        self.sent.append(Sent(self.world.clock.elapsed(), delivery, watch))
        watch.sent()
        outcome = self.outcomes.pop(0) if self.outcomes else self.then
        if outcome is not None:
            watch.ended(outcome)
        return lambda: self.given_up.append(number)

    def moments(self) -> list[int]:
        """When something was sent, in seconds since the world's start."""
        return [sent.at // SECOND for sent in self.sent]

    def states(self) -> list[str]:
        """What was told."""
        return [sent.state for sent in self.sent]


class Slow(Postman):
    """A sender that does not get to work."""

    def send(self, delivery: Delivery, watch: Watch) -> Callable[[], None]:
        """Note the delivery, and leave it at that."""
        self.sent.append(Sent(self.world.clock.elapsed(), delivery, watch))
        return lambda: None


@pytest.fixture
def world() -> World:
    """A world of its own, with a webhook in the tenant's wallet and nobody who sends."""
    world = World("webhooks")
    world.prism.cloud_agent.webhooks.register(world.prism.cloud_agent.wallet("tenant").id, URL)
    return world


def agent(world: World) -> CloudAgent:
    """The agent that has webhooks."""
    return world.prism.cloud_agent


def create(world: World, key: str = "tenant") -> Any:
    """Make an invitation; gives the connection as the agent showed it."""
    return json.loads(world.prism.handle(Request("POST", "/connections", {"apikey": key}, b'{"label":"x"}')).body)


def accept(world: World, connection: Any, key: str = "invitee") -> Any:
    """Accept an invitation."""
    payload = connection["invitation"]["invitationUrl"].partition("_oob=")[2]
    body = json.dumps({"invitation": payload}).encode()
    return json.loads(world.prism.handle(Request("POST", "/connection-invitations", {"apikey": key}, body)).body)


def show(world: World, connection: Any, key: str = "tenant") -> bytes:
    """A connection as the agent shows it when asked."""
    return world.prism.handle(Request("GET", f"/connections/{connection['connectionId']}", {"apikey": key})).body


def employ(world: World, *outcomes: Outcome, then: Outcome | None = None) -> Postman:
    """Let a postman send."""
    postman = Postman(world, *outcomes, then=then)
    agent(world).webhooks.sender = postman
    return postman


# --- what is told -----------------------------------------------------------------------------------------------------


def test_an_event_is_printed_as_the_agent_prints_it(world: World) -> None:
    """Section 8: the members in their order, the connection as REST shows it, nothing between."""
    postman = employ(world, then=200)
    reply = world.prism.handle(Request("POST", "/connections", KEY, '{"label":"Zoë/"}'.encode()))

    (sent,) = postman.sent
    id_ = json.loads(sent.delivery.body)["id"]
    wallet = agent(world).wallet("tenant").id
    assert sent.delivery.body == (
        f'{{"type":"ConnectionUpdated","id":"{id_}","ts":"2026-01-05T09:00:00.123456789Z","data":'.encode()
        + reply.body
        + f',"walletId":"{wallet}"}}'.encode()
    )
    assert '"label":"Zoë/"'.encode() in sent.delivery.body


def test_a_change_is_told_as_read_back(world: World) -> None:
    """Section 3.4: only the event of the creation has nanoseconds; the others show what a GET shows."""
    postman = employ(world, then=200)
    connection = create(world)
    world.prism.holder_accepts(connection["connectionId"])
    shown = show(world, connection)

    created, received = postman.sent
    assert created.data == connection
    assert created.data["createdAt"] == "2026-01-05T09:00:00.123456789Z"
    assert b'"data":%b,' % shown in received.delivery.body
    assert received.data["createdAt"] == "2026-01-05T09:00:00.123457Z"


@pytest.mark.parametrize(
    ("fraction", "printed"),
    [
        pytest.param(0, "", id="3.4 none"),
        pytest.param(500_000_000, ".500", id="3.4 three digits"),
        pytest.param(412_700_000, ".412700", id="3.4 six digits"),
        pytest.param(1, ".000000001", id="3.4 nine digits"),
    ],
)
def test_the_moment_of_an_event_comes_in_groups_of_three(fraction: int, printed: str) -> None:
    """``ts`` has as many groups of digits as it needs."""
    world = World(clock=Clock(1_800_000_000 * SECOND + fraction))
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL))
    postman = employ(world, then=200)
    create(world)

    assert json.loads(postman.sent[0].delivery.body)["ts"] == f"2027-01-15T08:00:00{printed}Z"


def test_both_sides_are_told_of_every_transition(world: World) -> None:
    """Section 8: one event for each transition, at its own moment, with the wallet whose connection it is."""
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL, pickup=10 * MILLISECOND))
    postman = employ(world, then=200)
    accept(world, create(world))
    world.advance("1 minute")

    told = [(sent.at // MILLISECOND, sent.data["role"], sent.state) for sent in postman.sent]
    assert told == [
        (0, "Inviter", "InvitationGenerated"),
        (0, "Invitee", "InvitationReceived"),
        (0, "Invitee", "ConnectionRequestPending"),
        (10, "Inviter", "ConnectionRequestReceived"),
        (15, "Inviter", "ConnectionResponsePending"),
        (20, "Invitee", "ConnectionRequestSent"),
        (25, "Invitee", "ConnectionResponseReceived"),
        (30, "Inviter", "ConnectionResponseSent"),
    ]
    wallets = {sent.data["role"]: json.loads(sent.delivery.body)["walletId"] for sent in postman.sent}
    assert wallets == {
        role: agent(world).wallet(key).id for role, key in (("Inviter", "tenant"), ("Invitee", "invitee"))
    }
    assert len({json.loads(sent.delivery.body)["id"] for sent in postman.sent}) == len(postman.sent)


def test_failed_sends_are_told(world: World) -> None:
    """Section 8: an event for each failed send, in the same state, with one try less and the reason."""
    postman = employ(world, then=200)
    stranger = world.prism.foreign_invitation("stranger").payload()
    accept(world, {"invitation": {"invitationUrl": f"_oob={stranger}"}}, "tenant")
    world.advance("1 hour")

    told = [(sent.state, sent.data["metaRetries"], "metaLastFailure" in sent.data) for sent in postman.sent]
    pending = "ConnectionRequestPending"
    failed = [(pending, left, True) for left in (4, 3, 2, 1, 0)]
    assert told == [("InvitationReceived", 5, False), (pending, 5, False), *failed]


def test_nobody_is_told_of_an_expiry(world: World) -> None:
    """Section 8: there is no event for InvitationExpired."""
    postman = employ(world, then=200)
    connection = create(world)
    world.advance("1 hour")
    world.prism.holder_accepts(connection["connectionId"])

    assert json.loads(show(world, connection))["state"] == "InvitationExpired"
    assert postman.states() == ["InvitationGenerated"]


def test_what_can_not_be_shown_is_not_told(world: World) -> None:
    """Section 4.7: an invitation whose id is no UUID is stored, and the agent fails whenever it is to print it."""
    postman = employ(world, then=200)
    invitation = world.prism.foreign_invitation("stranger")
    payload = type(invitation)("no uuid", invitation.from_did).payload()
    body = json.dumps({"invitation": payload}).encode()

    assert world.prism.handle(Request("POST", "/connection-invitations", KEY, body)).status == 500
    assert [t.target for t in world.journal.transitions()] == ["InvitationReceived", "ConnectionRequestPending"]
    assert postman.sent == []
    assert world.complaints == []


def test_other_wallets_are_not_told(world: World) -> None:
    """A wallet's webhook is told of its own connections only."""
    postman = employ(world, then=200)
    create(world, "another")

    assert postman.sent == []


def test_the_same_seed_tells_the_same_bytes() -> None:
    """Ids of events and webhooks are drawn by name."""

    def told() -> list[Delivery]:
        world = World("again")
        world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL))
        postman = employ(world, then=200)
        accept(world, create(world))
        world.advance("1 minute")
        return [sent.delivery for sent in postman.sent]

    assert told() == told()


# --- who is told ------------------------------------------------------------------------------------------------------


def test_the_wallet_is_told_before_the_global_receiver(world: World) -> None:
    """Section 8: both get every event, the wallet's first; each with headers of its own."""
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL, global_webhook_api_key="secret"))
    agent(world).webhooks.register(agent(world).wallet("tenant").id, URL, {"x-api-key": "k"})
    postman = employ(world, then=200)
    create(world)

    assert [(sent.delivery.url, sent.delivery.headers) for sent in postman.sent] == [
        (URL, (AGENT, JSON, ("x-api-key", "k"))),
        (GLOBAL, (AGENT, JSON, ("authorization", "Bearer secret"))),
    ]
    assert postman.sent[0].delivery.body == postman.sent[1].delivery.body


@pytest.mark.parametrize(
    ("custom", "expected"),
    [
        pytest.param({}, (AGENT, JSON), id="8 none"),
        pytest.param(
            {"Content-Type": "text/plain"}, (AGENT, ("Content-Type", "text/plain")), id="8 instead of the agent's own"
        ),
        pytest.param({"A": "1", "b": "2", "a": "3"}, (AGENT, JSON, ("b", "2"), ("a", "3")), id="8 the last counts"),
    ],
)
def test_custom_headers(world: World, custom: dict[str, str], expected: tuple[tuple[str, str], ...]) -> None:
    """Custom headers follow the agent's own; one of the same name takes their place."""
    agent(world).webhooks.register(agent(world).wallet("tenant").id, URL, custom)
    postman = employ(world, then=200)
    create(world)

    assert postman.sent[0].delivery.headers == expected


def test_a_global_receiver_may_have_no_key(world: World) -> None:
    """Without GLOBAL_WEBHOOK_API_KEY there is no authorization."""
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL))
    postman = employ(world, then=200)
    create(world)

    assert [sent.delivery.headers for sent in postman.sent] == [(AGENT, JSON)]


def test_receivers_are_looked_up_when_their_turn_comes(world: World) -> None:
    """Section 8: an event that waits is told to whoever is registered when the worker takes it."""
    postman = employ(world)
    create(world)
    create(world)
    wallet = agent(world).wallet("tenant").id
    agent(world).webhooks.remove(wallet)
    agent(world).webhooks.register(wallet, "http://new.test/")
    postman.then = 200
    postman.sent[0].watch.ended(200)

    assert [sent.delivery.url for sent in postman.sent] == [URL, "http://new.test/"]


def test_an_event_whose_receiver_has_gone_is_dropped(world: World) -> None:
    """The worker goes on to the next event that somebody is to be told."""
    postman = employ(world)
    create(world)
    create(world)
    agent(world).webhooks.remove(agent(world).wallet("tenant").id)
    agent(world).webhooks.register(agent(world).wallet("late").id, "http://late.test/")
    create(world, "late")
    postman.sent[0].watch.ended(200)

    assert [sent.delivery.url for sent in postman.sent] == [URL, "http://late.test/"]


# --- tries ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcomes", "moments"),
    [
        pytest.param([200], [0], id="8 taken"),
        pytest.param([204], [0], id="8 any 2xx will do"),
        pytest.param([299], [0], id="8 up to 299"),
        pytest.param([300, 302, 199], [0, 5, 10], id="8 redirects are failures"),
        pytest.param([404, 500, 200], [0, 5, 10], id="8 taken at the third try"),
        pytest.param(["refused", 200], [0, 5], id="8 taken at the second try"),
        pytest.param(["refused"] * 3, [0, 5, 10], id="8 dropped after three tries"),
        pytest.param([], [0, 10, 20], id="8 never answered"),
        pytest.param([500], [0, 5, 15], id="8 refused, then never answered"),
    ],
)
def test_tries(world: World, outcomes: list[Outcome], moments: list[int]) -> None:
    """Three tries in all, each five seconds after the failure of the one before, which takes up to five seconds."""
    postman = employ(world, *outcomes)
    create(world)
    world.advance("1 hour")

    assert postman.moments() == moments
    assert len({sent.delivery for sent in postman.sent}) == 1


def test_every_try_is_in_the_journal(world: World) -> None:
    """What was tried, with its outcome, at the moment at which that was known."""
    employ(world, "Connection refused", then=None)
    connection = create(world)
    world.advance("1 hour")

    tried = world.journal.notifications(connection["connectionId"])
    assert [(n.at - world.clock.start, n.url, n.state, n.attempt, n.outcome) for n in tried] == [
        (0, URL, "InvitationGenerated", 1, "Connection refused"),
        (10 * SECOND, URL, "InvitationGenerated", 2, NO_ANSWER),
        (20 * SECOND, URL, "InvitationGenerated", 3, NO_ANSWER),
    ]
    assert world.timeline(connection["connectionId"]).splitlines() == [
        "+00:00:00.000  prism-inviter: InvitationGenerated (created)",
        f"+00:00:00.000  told {URL} of InvitationGenerated -> Connection refused",
        "+00:00:00.000  POST /connections -> 201",
        f"+00:00:10.000  told {URL} of InvitationGenerated -> {NO_ANSWER}, try 2",
        f"+00:00:20.000  told {URL} of InvitationGenerated -> {NO_ANSWER}, try 3",
    ]


def test_what_takes_too_long_is_given_up(world: World) -> None:
    """The sender is told to stop at the limit, and what it says later is not heard."""
    postman = employ(world)
    create(world)
    world.advance("5 seconds")
    assert postman.given_up == [0]
    postman.sent[0].watch.ended(200)
    world.advance("1 minute")

    assert postman.moments() == [0, 10, 20]
    assert [n.outcome for n in world.journal.notifications()] == [NO_ANSWER] * 3


def test_an_answer_at_the_last_moment_counts(world: World) -> None:
    """A nanosecond before the limit is in time."""
    postman = employ(world)
    create(world)
    world.clock.advance_ns(5 * SECOND - 1)
    postman.sent[0].watch.ended(200)
    world.advance("1 hour")

    assert postman.moments() == [0]
    assert [n.outcome for n in world.journal.notifications()] == [200]


def test_time_before_the_request_has_left_does_not_count(world: World) -> None:
    """Whoever pushes a clock by hours in one step does not use up the tries of a receiver that was never asked."""
    agent(world).webhooks.sender = postman = Slow(world)
    create(world)
    world.advance("24 hours")
    assert world.journal.notifications() == []
    postman.sent[0].watch.sent()
    world.advance("5 seconds")

    assert [(n.at - world.clock.start) // SECOND for n in world.journal.notifications()] == [24 * 3600 + 5]


def test_under_a_running_clock_a_try_is_limited_from_its_beginning() -> None:
    """What finds no way to its receiver is given up five seconds after it was begun."""
    world = World(clock=Clock(running=True))
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL))
    agent(world).webhooks.sender = postman = Slow(world)
    create(world)
    created = world.journal.transitions()[0].at

    assert world.clock.next_due() == created + 5 * SECOND
    postman.sent[0].watch.sent()
    postman.sent[0].watch.ended(200)
    assert world.clock.next_due() is None


# --- the worker -------------------------------------------------------------------------------------------------------


def test_a_slow_receiver_delays_what_comes_later(world: World) -> None:
    """Section 8: one worker, so that a second event waits for the end of the first, and order is kept."""
    postman = employ(world)
    first, second = create(world), create(world)
    world.advance("25 seconds")

    told = [(sent.at // SECOND, sent.data["connectionId"]) for sent in postman.sent]
    ids = first["connectionId"], second["connectionId"]
    assert told == [(0, ids[0]), (10, ids[0]), (20, ids[0]), (25, ids[1])]


def test_a_slow_wallet_delays_the_global_receiver(world: World) -> None:
    """Section 8: the global one is told after the wallet's."""
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL))
    agent(world).webhooks.register(agent(world).wallet("tenant").id, URL)
    postman = employ(world)
    create(world)
    world.advance("25 seconds")

    assert [(sent.at // SECOND, sent.delivery.url) for sent in postman.sent] == [
        *((at, URL) for at in (0, 10, 20)),
        (25, GLOBAL),
    ]


@pytest.mark.parametrize(
    ("parallelism", "together"),
    [
        pytest.param(-1, 1, id="8 at least one"),
        pytest.param(1, 1, id="8 the default"),
        pytest.param(3, 3, id="8 as many as said"),
        pytest.param(11, 10, id="8 at most ten"),
    ],
)
def test_deliveries_side_by_side(world: World, parallelism: int, together: int) -> None:
    """So many events are taken at once, and the next when all of those are told."""
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL, webhook_parallelism=parallelism))
    postman = Postman(world)
    agent(world).webhooks.sender = blocker = Postman(world)
    create(world)
    for _ in range(20):
        create(world)
    agent(world).webhooks.sender = postman
    blocker.sent[0].watch.ended(200)

    assert len(postman.sent) == together
    for sent in postman.sent[1:]:
        sent.watch.ended(200)
    assert len(postman.sent) == together
    postman.sent[0].watch.ended(200)
    assert len(postman.sent) == min(2 * together, 20)


def test_the_queue_drops_its_oldest(world: World) -> None:
    """Section 8: 500 events wait beside the one that is being told; one more drops the oldest that waits."""
    postman = employ(world)
    made = [create(world)["connectionId"] for _ in range(QUEUED + 2)]
    postman.then = 200
    postman.sent[0].watch.ended(200)

    assert [sent.data["connectionId"] for sent in postman.sent] == [made[0], *made[2:]]


def test_events_wait_for_somebody_who_sends(world: World) -> None:
    """Without a door nobody sends; what has happened is told when one opens."""
    create(world)
    world.advance("1 hour")
    postman = employ(world, then=200)

    assert postman.moments() == [3600]
    assert json.loads(postman.sent[0].delivery.body)["ts"] == "2026-01-05T09:00:00.123456789Z"


def test_reset_forgets_webhooks_and_what_was_to_be_told(world: World) -> None:
    """After a reset nobody is told anything, and what is on its way is given up."""
    postman = employ(world, 503)
    create(world)
    create(world)
    world.advance("5 seconds")
    world.reset()
    assert postman.given_up == [1]
    postman.sent[1].watch.ended(200)
    create(world)
    world.advance("1 hour")

    assert len(postman.sent) == 2
    assert world.journal.notifications() == []


def test_nobody_to_tell_costs_nothing() -> None:
    """Without a webhook no event is made, whether somebody sends or not."""
    world = World()
    create(world)
    postman = employ(world, then=200)
    create(world)
    agent(world).webhooks.register(agent(world).wallet("tenant").id, URL)

    assert postman.sent == []


def test_early_agents_tell_nobody(world: World) -> None:
    """Version 2023 has no webhooks."""
    postman = employ(world, then=200)
    reply = world.prism.handle(
        Request("POST", "/prism-agent/connections", {**KEY, "content-type": "application/json"}, b'{"label":"x"}')
    )

    assert reply.status == 201
    assert postman.sent == []
