import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import fields

import pytest

from connsim import World
from connsim.clients.agency_http import open_agency_client
from connsim.clients.vcx_flow import VcxFlow
from connsim.control import Control
from connsim.control.routes.journal import Filter
from connsim.core.durations import SECOND
from connsim.core.exchange import Request
from connsim.journal.entries import Exchange, from_json
from connsim.journal.query import Query
from tests.control.conftest import Ask, check


@pytest.fixture
def played(world: World, invite: Callable[..., str]) -> str:
    """Play some requests in the world; return the connection's id."""
    world.script("prism-inviter", "accepts after 90s")
    connection = invite(label="x")
    for _ in range(3):
        world.prism.handle(Request("GET", f"/connections/{connection}", {"apikey": "issuer", "x-trace": "7"}))
        world.advance("60s")
    world.prism.handle(Request("GET", "/nowhere", {"apikey": "other"}))
    return connection


def test_shows_the_journal(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """Exchanges and transitions are listed in order, each with its kind."""
    invite(label="x")

    status, page = ask("GET", "/journal")

    assert (status, page["seed"], page["dropped"], page["next"]) == (200, "control", 0, None)
    transition, exchange = page["entries"]
    assert (transition["kind"], transition["target"]) == ("transition", "InvitationGenerated")
    assert (exchange["kind"], exchange["status"], exchange["request"]) == ("exchange", 201, '{"label": "x"}')


def test_every_filter_of_a_journal_is_a_parameter() -> None:
    """Every filter of a query, and every kind of entry, is available over the wire under the same name."""
    assert {field.name for field in fields(Filter)} == {field.name for field in fields(Query)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", Query()),
        ("kind=transition", Query(kind="transition")),
        ("connection={played}", None),
        ("client=other", Query(client="other")),
        ("method=POST", Query(method="POST")),
        ("route=/connections/{{connectionId}}", Query(route="/connections/{connectionId}")),
        ("status=404", Query(status=404)),
        ("state=ConnectionResponseSent", Query(state="ConnectionResponseSent")),
        ("message=GET_MSGS", Query(message="GET_MSGS")),
        ("open=true", Query(open=True)),
        ("open=false", Query(open=False)),
        ("poll=true", Query(poll=True)),
        ("header=X-Trace:7", Query(header=("x-trace", "7"))),
        ("header=x-trace:%207", Query(header=("x-trace", "7"))),
        ("header=x-trace", Query(header=("x-trace", ""))),
        ("header=x-trace:8", Query(header=("x-trace", "8"))),
        ("after=4", Query(after=4)),
        ("kind=exchange&client=issuer&status=200", Query(kind="exchange", client="issuer", status=200)),
    ],
)
def test_can_be_filtered(ask: Ask, world: World, played: str, query: str, expected: Query | None) -> None:
    """Each parameter is a filter, and all must match; count and export take the same parameters."""
    found = world.journal.find(expected or Query(connection=played))
    target = query.format(played=played)

    entries = ask("GET", f"/journal?{target}")[1]["entries"]

    assert [from_json(entry) for entry in entries] == found
    assert ask("GET", f"/journal/count?{target}") == (200, {"count": len(found)})
    lines = ask("GET", f"/journal/lines?{target}")[1].splitlines()
    assert [json.loads(line) for line in lines] == entries


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("since=60s&until=90s", [4, 5]),
        ("since={start}&until={start}", [1, 2, 3]),
        ("until=1 ns", [1, 2, 3]),
        ("since=3 minutes", [9]),
    ],
)
def test_moments_have_two_forms(ask: Ask, world: World, played: str, query: str, numbers: list[int]) -> None:
    """A duration counts from the world's start; a bare number is nanoseconds since 1970."""
    target = query.format(start=world.clock.start).replace(" ", "%20")

    entries = ask("GET", f"/journal?{target}")[1]["entries"]

    assert [entry["number"] for entry in entries] == numbers
    assert {entry["at"] - world.clock.start for entry in entries} <= {n * SECOND for n in (0, 60, 90, 180)}


def test_comes_page_by_page(ask: Ask, world: World, played: str) -> None:
    """`next` is the value of `after` for the next page; while clients continue, no entry is repeated or left out."""
    seen: list[int] = []
    after: int | None = 0

    while after is not None:
        page = ask("GET", f"/journal?limit=2&after={after}")[1]
        assert len(page["entries"]) <= 2
        seen += [entry["number"] for entry in page["entries"]]
        after = page["next"]
        if len(seen) == 2:
            world.prism.handle(Request("GET", "/later"))

    assert seen == [entry.number for entry in world.journal.entries()]


def test_open_requests_are_shown_at_once(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """A request that is held back is in the journal while its client waits."""
    world.script("prism-inviter", "agent-hangs")
    connection = invite()
    world.prism.handle(Request("GET", f"/connections/{connection}", {"apikey": "issuer"}))

    [entry] = ask("GET", "/journal?open=true")[1]["entries"]

    assert (entry["connection"], entry["open"], entry["answered"]) == (connection, True, None)


def test_a_count_that_may_be_short_is_refused() -> None:
    """Once entries were dropped, a count is a conflict, and a page says how many are missing."""
    world = World("short", journal_limit=2)
    for _ in range(3):
        world.prism.handle(Request("GET", "/nowhere"))
    control = Control(world)

    refused = control.handle(Request("GET", "/journal/count"))
    page = json.loads(control.handle(Request("GET", "/journal")).body)

    assert refused.status == 409
    assert b"The journal has dropped its oldest 1 entries, so a count could be wrong" in refused.body
    assert (page["dropped"], len(page["entries"])) == (1, 2)


def test_exports_the_same_bytes_for_the_same_seed() -> None:
    """Without the machine's time, two worlds of one seed export the same bytes; with it, each entry has a date."""

    def play() -> list[str]:
        world = World("same")
        world.script("prism-inviter", "accepts")
        world.prism.handle(Request("POST", "/connections", {"apikey": "k"}, b"{}"))
        world.advance("1 minute")
        control = Control(world)
        replies = [control.handle(Request("GET", f"/journal/lines{query}")) for query in ("?real=false", "")]
        assert {reply.content_type for reply in replies} == {"application/x-ndjson"}
        return [reply.body.decode() for reply in replies]

    (bare, dated), (again, _) = play(), play()

    assert bare == again
    assert '"real": ' in dated
    assert "real" not in bare


def test_shows_a_timeline(ask: Ask, world: World, played: str) -> None:
    """The timeline of the world or of one connection is text."""
    assert ask("GET", "/timeline") == (200, f"{world.timeline()}\n")
    lines = ask("GET", f"/timeline?connection={played}")[1].splitlines()
    assert lines[1:3] == [
        "+00:00:00.000  POST /connections -> 201",
        f"+00:00:00.000  GET /connections/{played} -> 200 InvitationGenerated, 2 times until +00:01:00.000",
    ]
    assert ask("GET", "/timeline?connection=nobody") == (200, "")


def test_can_be_deleted(ask: Ask, world: World, played: str) -> None:
    """Deleting the journal keeps the records; numbers continue, so that `after` never leads back."""
    number = world.journal.entries()[-1].number

    assert ask("DELETE", "/journal") == (200, {"removed": number})
    world.prism.handle(Request("GET", "/nowhere"))
    assert [entry["number"] for entry in ask("GET", "/journal")[1]["entries"]] == [number + 1]
    assert ask("GET", f"/connections/{played}")[1]["connection"]["state"] == "ConnectionResponseSent"


def test_encrypted_bodies_come_in_base64(connsim_world: World) -> None:
    """A body that is not text is exported without loss."""
    with open_agency_client(connsim_world.agency.url, connsim_world.seed, "issuer") as client:
        VcxFlow(client).connect("Faber", phone="+15550100")
    reply = Control(connsim_world).handle(Request("GET", "/journal"))
    check("GET", "/journal", reply)

    entries = json.loads(reply.body)["entries"]
    bodies = [entry.request for entry in connsim_world.journal.exchanges()]
    shown = [entry["request"] for entry in entries if entry["kind"] == "exchange"]
    assert [b64decode(one["base64"]) if isinstance(one, dict) else one.encode() for one in shown] == bodies
    assert any(isinstance(one, dict) for one in shown)


@pytest.mark.parametrize("target", ["/journal", "/journal/lines"])
def test_headers_may_be_any_bytes(ask: Ask, world: World, target: str) -> None:
    """A byte of a header that is not UTF-8 is escaped, and read back as the same byte."""
    world.prism.handle(Request("GET", "/nowhere", {"apikey": "k", "x-odd": "a\udcffb"}))

    answered = ask("GET", target)[1]

    [entry] = answered["entries"] if target == "/journal" else [json.loads(answered)]
    found = from_json(entry)
    assert isinstance(found, Exchange)
    assert found.header("x-odd") == "a\udcffb"
