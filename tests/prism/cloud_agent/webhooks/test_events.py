"""The contents of events.

Sections are those of docs/protocol/prism-agent.md.
"""

import json

import pytest

from connsim import CloudAgentSettings, World
from connsim.core.clock import Clock
from connsim.core.durations import MILLISECOND, SECOND
from connsim.core.exchange import Request
from connsim.prism.cloud_agent.webhooks.deliveries import WebhookRequest
from tests.prism.cloud_agent.webhooks.conftest import GLOBAL, KEY, accept, agent, create, install_sender, show


def test_an_event_is_printed_as_the_agent_prints_it(world: World) -> None:
    """Section 8: the members in their order, the connection in the form of the REST API, without blanks."""
    sender = install_sender(world, then=200)
    reply = world.prism.handle(Request("POST", "/connections", KEY, '{"label":"Zoë/"}'.encode()))

    (sent,) = sender.sent
    id_ = json.loads(sent.request.body)["id"]
    wallet = agent(world).wallet("tenant").id
    assert sent.request.body == (
        f'{{"type":"ConnectionUpdated","id":"{id_}","ts":"2026-01-05T09:00:00.123456789Z","data":'.encode()
        + reply.body
        + f',"walletId":"{wallet}"}}'.encode()
    )
    assert '"label":"Zoë/"'.encode() in sent.request.body


def test_a_change_has_the_form_of_a_get(world: World) -> None:
    """Section 3.4: only the creation's event has nanoseconds; the others have the form of a GET."""
    sender = install_sender(world, then=200)
    connection = create(world)
    world.prism.holder_accepts(connection["connectionId"])
    shown = show(world, connection)

    created, received = sender.sent
    assert created.data == connection
    assert created.data["createdAt"] == "2026-01-05T09:00:00.123456789Z"
    assert b'"data":%b,' % shown in received.request.body
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
    """``ts`` has as many groups of three digits as it needs."""
    world = World(clock=Clock(1_800_000_000 * SECOND + fraction))
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL))
    sender = install_sender(world, then=200)
    create(world)

    assert json.loads(sender.sent[0].request.body)["ts"] == f"2027-01-15T08:00:00{printed}Z"


def test_both_sides_get_every_transition(world: World) -> None:
    """Section 8: one event for each transition, at its own moment, with the wallet of the connection."""
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL, pickup=10 * MILLISECOND))
    sender = install_sender(world, then=200)
    accept(world, create(world))
    world.advance("1 minute")

    sent_requests = [(sent.at // MILLISECOND, sent.data["role"], sent.state) for sent in sender.sent]
    assert sent_requests == [
        (0, "Inviter", "InvitationGenerated"),
        (0, "Invitee", "InvitationReceived"),
        (0, "Invitee", "ConnectionRequestPending"),
        (10, "Inviter", "ConnectionRequestReceived"),
        (15, "Inviter", "ConnectionResponsePending"),
        (20, "Invitee", "ConnectionRequestSent"),
        (25, "Invitee", "ConnectionResponseReceived"),
        (30, "Inviter", "ConnectionResponseSent"),
    ]
    wallets = {sent.data["role"]: json.loads(sent.request.body)["walletId"] for sent in sender.sent}
    assert wallets == {
        role: agent(world).wallet(key).id for role, key in (("Inviter", "tenant"), ("Invitee", "invitee"))
    }
    assert len({json.loads(sent.request.body)["id"] for sent in sender.sent}) == len(sender.sent)


def test_failed_sends_are_events(world: World) -> None:
    """Section 8: an event for each failed send, in the same state, with one retry less and the reason."""
    sender = install_sender(world, then=200)
    stranger = world.prism.foreign_invitation("stranger").payload()
    accept(world, {"invitation": {"invitationUrl": f"_oob={stranger}"}}, "tenant")
    world.advance("1 hour")

    sent_requests = [(sent.state, sent.data["metaRetries"], "metaLastFailure" in sent.data) for sent in sender.sent]
    pending = "ConnectionRequestPending"
    failed = [(pending, left, True) for left in (4, 3, 2, 1, 0)]
    assert sent_requests == [("InvitationReceived", 5, False), (pending, 5, False), *failed]


def test_an_expiry_is_no_event(world: World) -> None:
    """Section 8: there is no event for InvitationExpired."""
    sender = install_sender(world, then=200)
    connection = create(world)
    world.advance("1 hour")
    world.prism.holder_accepts(connection["connectionId"])

    assert json.loads(show(world, connection))["state"] == "InvitationExpired"
    assert sender.states() == ["InvitationGenerated"]


def test_what_cannot_be_shown_is_no_event(world: World) -> None:
    """Section 4.7: an invitation whose id is not a UUID is stored, and cannot be printed, so it has no event."""
    sender = install_sender(world, then=200)
    invitation = world.prism.foreign_invitation("stranger")
    payload = type(invitation)("no uuid", invitation.from_did).payload()
    body = json.dumps({"invitation": payload}).encode()

    assert world.prism.handle(Request("POST", "/connection-invitations", KEY, body)).status == 500
    assert [t.target for t in world.journal.transitions()] == ["InvitationReceived", "ConnectionRequestPending"]
    assert sender.sent == []
    assert world.complaints == []


def test_other_wallets_get_no_event(world: World) -> None:
    """A wallet's webhook gets events of the wallet's own connections only."""
    sender = install_sender(world, then=200)
    create(world, "another")

    assert sender.sent == []


def test_the_same_seed_sends_the_same_bytes() -> None:
    """Ids of events and webhooks are drawn by name."""

    def sent_requests() -> list[WebhookRequest]:
        world = World("again")
        world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL))
        sender = install_sender(world, then=200)
        accept(world, create(world))
        world.advance("1 minute")
        return [sent.request for sent in sender.sent]

    assert sent_requests() == sent_requests()
