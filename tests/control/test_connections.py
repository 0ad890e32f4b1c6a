import json
from collections.abc import Callable
from typing import Any

import pytest

from connsim import World
from connsim.clients.agency_http import open_agency_client
from connsim.clients.vcx_flow import VcxFlow
from connsim.control import Control
from connsim.core.clock import Clock
from connsim.core.exchange import Request
from connsim.journal.query import Query
from tests.control.conftest import Ask, check


def test_shows_both_sides_of_prism(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """An inviter and an invitee of one world are two records of the same shape, whichever agent holds them."""
    world.script("prism-inviter", "never-responds", label="Bob")
    inviter = invite(label="Bob", goalCode="x", goal="y")
    record = world.prism.store.get(inviter)
    assert record is not None
    payload = world.prism.cloud_agent.flow.invitation(record).payload()
    body = json.dumps({"invitation": payload}).encode()
    world.advance("5s")
    headers = {"apikey": "wallet", "content-type": "application/json"}
    world.prism.handle(Request("POST", "/prism-agent/connection-invitations", headers, body))

    status, answer = ask("GET", "/connections")

    assert (status, answer["total"], answer["next"]) == (200, 2, None)
    first, second = answer["connections"]
    assert first == {
        "id": inviter,
        "role": "prism-inviter",
        "agent": "1.40.0",
        "state": "InvitationGenerated",
        "client": "issuer",
        "label": "Bob",
        "created": world.clock.start,
        "since": world.clock.start,
        "moment": "+00:00:00.000",
        "script": "never-responds",
        "step": "InvitationGenerated for ever",
        "due": None,
    }
    # The invitation does not carry the label; the world knows it nevertheless.
    shown = {name: second[name] for name in ("role", "agent", "state", "client", "label", "moment", "script")}
    assert shown == {
        "role": "prism-invitee",
        "agent": "2023",
        "state": "ConnectionRequestPending",
        "client": "wallet",
        "label": "Bob",
        "moment": "+00:00:05.000",
        "script": None,
    }


def test_shows_what_is_due(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """A step that ends with time shows its end, counted from its start."""
    world.script("prism-inviter", "accepts after 90s")
    invite()
    world.advance("30s")

    [answer] = ask("GET", "/connections")[1]["connections"]

    assert (answer["step"], answer["due"]) == (
        "InvitationGenerated for 1 minute 30 seconds",
        world.clock.start + 90 * 10**9,
    )


def test_shows_one_connection_in_detail(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """One connection is shown with its script, how it was selected, and its timeline."""
    world.script("prism-inviter", "accepts after 90s")
    connection = invite()
    invite()
    world.advance("90s")

    answer = ask("GET", f"/connections/{connection}")[1]

    assert answer["connection"]["state"] == "ConnectionRequestReceived"
    assert [step["state"] for step in answer["steps"]][-1] == "ConnectionResponseSent"
    assert [(t["kind"], t["target"]) for t in answer["transitions"]] == [
        ("transition", "InvitationGenerated"),
        ("transition", "ConnectionRequestReceived"),
    ]
    assert answer["timeline"] == [
        "+00:00:00.000  prism-inviter: InvitationGenerated (created)",
        "+00:00:00.000  POST /connections -> 201",
        "+00:01:30.000  prism-inviter: ConnectionRequestReceived (accepted)",
    ]


def test_looking_settles_the_clock() -> None:
    """With a running clock, too, a record is brought up to date before it is shown."""
    world = World("running", Clock(running=True))
    world.script("prism-inviter", "accepts after 1 ns")
    world.prism.handle(Request("POST", "/connections", {"apikey": "k"}, b"{}"))

    [answer] = asked(world, "/connections")["connections"]

    assert answer["state"] != "InvitationGenerated"


def test_looking_is_not_polling(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """Showing a connection does not count as a poll of its step, and does not change the journal."""
    world.script("prism-inviter", "accepts after 1 poll")
    connection = invite()
    before = len(world.journal.entries())

    for _ in range(3):
        ask("GET", "/connections")
        assert ask("GET", f"/connections/{connection}")[1]["connection"]["state"] == "InvitationGenerated"

    assert len(world.journal.entries()) == before
    world.prism.handle(Request("GET", f"/connections/{connection}", {"apikey": "issuer"}))
    assert ask("GET", f"/connections/{connection}")[1]["connection"]["state"] == "ConnectionRequestReceived"


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("", ["late-1", "late-2", "Bob", None]),
        ("label=late-*", ["late-1", "late-2"]),
        ("label=Bob", ["Bob"]),
        ("label=nobody", []),
        ("client=issuer", ["late-1", "late-2", "Bob", None]),
        ("client=other", []),
        ("role=prism-inviter&state=InvitationGenerated", ["late-1", "late-2", "Bob", None]),
        ("state=ConnectionResponseSent", []),
        ("role=prism-invitee", []),
        ("limit=2", ["late-1", "late-2"]),
        ("offset=3", [None]),
        ("offset=9", []),
    ],
)
def test_can_be_chosen(ask: Ask, invite: Callable[..., str], query: str, labels: list[str]) -> None:
    """Connections are selected by role, state, client and label; all filters must match."""
    for label in ("late-1", "late-2", "Bob"):
        invite(label=label)
    invite()

    answer = ask("GET", f"/connections?{query}")[1]

    assert [view["label"] for view in answer["connections"]] == labels


def test_comes_page_by_page(ask: Ask, invite: Callable[..., str]) -> None:
    """The offset of a page leads to the next, and the last page has none."""
    made = [invite() for _ in range(5)]
    seen: list[str] = []
    offset: int | None = 0
    pages = 0

    while offset is not None:
        answer = ask("GET", f"/connections?limit=2&offset={offset}")[1]
        assert answer["total"] == 5
        seen += [view["id"] for view in answer["connections"]]
        offset, pages = answer["next"], pages + 1

    assert (seen, pages) == (made, 3)


def test_shows_the_holders_of_an_agency(connsim_world: World) -> None:
    """An invitation of libvcx is a connection of its holder, with the connReqId as id and the last act as state."""
    connsim_world.script("vcx-holder", "accepts after 90s")
    with open_agency_client(connsim_world.agency.url, connsim_world.seed, "issuer") as client:
        offer = VcxFlow(client).connect("Faber", phone="+15550100")
    connsim_world.advance("2 minutes")

    answer = asked(connsim_world, f"/connections/{offer.id}")

    view, [owner] = answer["connection"], connsim_world.agency.owners
    assert (view["role"], view["agent"], view["state"]) == ("vcx-holder", "agency", "accept")
    assert (view["client"], view["label"]) == (owner, "Faber")
    assert (view["created"], view["moment"]) == (connsim_world.clock.start, "+00:01:30.000")
    assert [t["target"] for t in answer["transitions"]] == ["ignore", "accept"]
    assert connsim_world.journal.count(Query(connection=offer.id)) == len(answer["timeline"])


def asked(world: World, target: str) -> Any:
    """Return the answer of another world."""
    reply = Control(world).handle(Request("GET", target))
    check("GET", target, reply)
    return json.loads(reply.body)
