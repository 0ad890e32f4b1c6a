"""A connection as clients see it.

Sections are those of docs/protocol/prism-agent.md.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connsim import CloudAgentSettings, Sequence, World
from connsim.core.clock import Clock
from connsim.core.durations import MICROSECOND, MILLISECOND, SECOND
from connsim.core.exchange import Reply, Request
from connsim.prism.jvm.timestamps import microseconds, nanoseconds

INVITER = {"apikey": "inviter"}
INVITEE = {"apikey": "invitee"}

# 3.1: all members, in the agent's order.
ORDER = [
    "connectionId",
    "thid",
    "label",
    "goalCode",
    "goal",
    "myDid",
    "theirDid",
    "role",
    "state",
    "invitation",
    "createdAt",
    "updatedAt",
    "metaRetries",
    "metaLastFailure",
    "self",
    "kind",
]
ALWAYS = {
    "connectionId",
    "thid",
    "role",
    "state",
    "invitation",
    "createdAt",
    "metaRetries",
    "self",
    "kind",
}
STATES = {
    "InvitationGenerated",
    "InvitationReceived",
    "InvitationExpired",
    "ConnectionRequestPending",
    "ConnectionRequestSent",
    "ConnectionRequestReceived",
    "ConnectionResponsePending",
    "ConnectionResponseSent",
    "ConnectionResponseReceived",
}
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z")
DID = re.compile(r"did:peer:2\.Ez6LS[1-9A-HJ-NP-Za-km-z]+\.Vz6Mk[1-9A-HJ-NP-Za-km-z]+\.S[0-9A-Za-z]+")


def ask(world: World, method: str, target: str, headers: dict[str, str], members: object = None) -> Reply:
    """Send one request."""
    body = b"" if members is None else json.dumps(members).encode()
    return world.prism.handle(Request(method, target, headers, body))


def create(world: World, headers: dict[str, str] = INVITER, **members: str) -> Any:
    """Make an invitation."""
    return json.loads(ask(world, "POST", "/connections", headers, members).body)


def accept(world: World, connection: Any, headers: dict[str, str] = INVITEE) -> Any:
    """Accept a connection's invitation."""
    payload = connection["invitation"]["invitationUrl"].partition("=")[2]
    return json.loads(ask(world, "POST", "/connection-invitations", headers, {"invitation": payload}).body)


def read(world: World, connection: Any, headers: dict[str, str] = INVITER) -> Any:
    """Read one connection."""
    return json.loads(ask(world, "GET", f"/connections/{connection['connectionId']}", headers).body)


def page(world: World, headers: dict[str, str] = INVITER, query: str = "") -> Any:
    """Read the list."""
    return json.loads(ask(world, "GET", f"/connections{query}", headers).body)


def check_error(error: Any) -> None:
    """Check an ErrorResponse against the rules of 5.1."""
    assert list(error) == ["status", "type", "title", "detail", "instance"]
    assert isinstance(error["status"], int)
    assert all(isinstance(error[name], str) for name in ("type", "title", "detail", "instance"))


def check(connection: Any) -> None:
    """Check one connection against the 1.40 rules: members, order, types, formats, and equal values (3.1 to 3.4)."""
    assert list(connection) == [name for name in ORDER if name in connection]
    assert set(connection) >= ALWAYS
    assert None not in connection.values()
    assert UUID.fullmatch(connection["connectionId"])
    assert connection["self"] == connection["connectionId"]
    assert connection["kind"] == "Connection"
    assert connection["role"] in ("Inviter", "Invitee")
    assert connection["state"] in STATES
    assert type(connection["metaRetries"]) is int
    assert 0 <= connection["metaRetries"] <= 5
    for name in ("thid", "label", "goalCode", "goal", "myDid", "theirDid"):
        assert isinstance(connection.get(name, ""), str)
    for name in ("createdAt", "updatedAt"):
        assert name not in connection or MOMENT.fullmatch(connection[name])
    invitation = connection["invitation"]
    assert list(invitation) == ["id", "type", "from", "invitationUrl"]
    assert invitation["id"] == connection["thid"]
    assert invitation["type"] == "https://didcomm.org/out-of-band/2.0/invitation"
    assert DID.fullmatch(invitation["from"])
    assert re.fullmatch(r"https://my\.domain\.com/path\?_oob=[A-Za-z0-9_-]+={0,2}", invitation["invitationUrl"])
    assert ("myDid" in connection) == ("theirDid" in connection)
    if connection["role"] == "Inviter":
        assert connection["connectionId"] == connection["thid"]
        assert connection.get("myDid", invitation["from"]) == invitation["from"]
    else:
        assert connection["connectionId"] != connection["thid"]
        assert connection.get("theirDid", invitation["from"]) == invitation["from"]
        assert "label" not in connection
    if "metaLastFailure" in connection:
        check_error(connection["metaLastFailure"])


def script(world: World, role: str, state: str) -> None:
    """Make one side stay in a state without end."""
    world.script(role, Sequence.of(state, strict=False))


# 3.2: role, state, and whether DIDs, `updatedAt` and label are shown.
PRESENCE = {
    "inviter-generated": ("prism-inviter", "InvitationGenerated", False, False, True),
    "inviter-request-received": ("prism-inviter", "ConnectionRequestReceived", True, True, True),
    "inviter-response-pending": ("prism-inviter", "ConnectionResponsePending", True, True, True),
    "inviter-response-sent": ("prism-inviter", "ConnectionResponseSent", True, True, True),
    "inviter-expired": ("prism-inviter", "InvitationExpired", False, True, True),
    "invitee-received": ("prism-invitee", "InvitationReceived", False, False, False),
    "invitee-request-pending": ("prism-invitee", "ConnectionRequestPending", True, True, False),
    "invitee-request-sent": ("prism-invitee", "ConnectionRequestSent", True, True, False),
    "invitee-response-received": ("prism-invitee", "ConnectionResponseReceived", True, True, False),
}


@pytest.mark.parametrize(("role", "state", "dids", "updated", "label"), PRESENCE.values(), ids=PRESENCE)
@pytest.mark.parametrize("filled", [True, False], ids=["with-options", "without"])
def test_presence(role: str, state: str, dids: bool, updated: bool, label: bool, filled: bool) -> None:
    """Each state shows its members in every answer, and omits the others (3.2)."""
    world = World()
    script(world, role, state)
    options = {"label": "to Bob", "goalCode": "meet", "goal": "To meet"} if filled else {}
    made = create(world, INVITER, **options)
    mine, headers = (made, INVITER) if role == "prism-inviter" else (accept(world, made), INVITEE)

    expected = ALWAYS | ({"myDid", "theirDid"} if dids else set()) | ({"updatedAt"} if updated else set())
    if filled:
        expected |= {"goalCode", "goal"} | ({"label"} if label else set())
    for shown in (mine, read(world, mine, headers), *page(world, headers)["contents"]):
        check(shown)
        assert (shown["state"], set(shown)) == (state, expected)
        assert {name: shown[name] for name in options if name in shown} == {
            n: options[n] for n in options if n in shown
        }


def test_whole_life() -> None:
    """At every moment of a connection's life both records follow the rules (3.1 to 3.4)."""
    world = World()
    made = create(world, label="to Bob", goalCode="c", goal="g")
    check(made)
    accepted = accept(world, made)
    check(accepted)
    for _ in range(20):
        mine, theirs = read(world, made), read(world, accepted, INVITEE)
        check(mine)
        check(theirs)
        assert mine["invitation"] == theirs["invitation"] == made["invitation"]
        assert mine["thid"] == theirs["thid"]
        assert (theirs["goalCode"], theirs["goal"]) == ("c", "g")
        world.clock.advance_ns(2 * MILLISECOND)
    assert (mine["state"], theirs["state"]) == ("ConnectionResponseSent", "ConnectionResponseReceived")
    assert (mine["myDid"], mine["theirDid"]) == (theirs["theirDid"], theirs["myDid"])
    assert mine["label"] == "to Bob"


def test_never_null_and_compact() -> None:
    """Bodies are compact JSON with no more escapes than necessary, and without nulls (1)."""
    world = World()
    label = 'Grüße / 日本 \U0001f600 "q" \\ \t \u2028 \x7f \x1f'
    sent = json.dumps({"label": label, "goal": "/"}).encode()
    made = world.prism.handle(Request("POST", "/connections", INVITER, sent))
    id_ = json.loads(made.body)["connectionId"]
    one, many = ask(world, "GET", f"/connections/{id_}", INVITER), ask(world, "GET", "/connections", INVITER)

    for reply in (made, one, many):
        assert reply.content_type == "application/json"
        text = reply.body.decode()
        assert 'Grüße / 日本 \U0001f600 \\"q\\" \\\\ \\t \u2028 \x7f \\u001f' in text
        assert '"goal":"/"' in text
        assert "null" not in text
        again = json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
        assert text == again


@given(label=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=127))
def test_labels_are_returned_unchanged(label: str) -> None:
    """Any text is returned as it was sent, in the answer, the record and the listing (2.1)."""
    world = World()
    made = create(world, label=label, goal=label, goalCode=label)
    for shown in (made, read(world, made), page(world)["contents"][0]):
        assert (shown["label"], shown["goalCode"], shown["goal"]) == (label, label, label)


def test_empty_strings_are_shown() -> None:
    """An empty string is shown like any other value; null is not (2.1)."""
    world = World()
    empty, none = create(world, label="", goalCode="", goal=""), create(world)
    assert (empty["label"], empty["goalCode"], empty["goal"]) == ("", "", "")
    assert not {"label", "goalCode", "goal"} & set(none)


def test_every_create_is_new() -> None:
    """Creating is not idempotent: each call makes another id and another DID (2.1)."""
    world = World()
    made = [create(world, label="same") for _ in range(20)]
    assert len({m["connectionId"] for m in made}) == 20
    assert len({m["invitation"]["from"] for m in made}) == 20


class TestList:
    """2.2 and 9: the page, which is never divided."""

    EMPTY = b'{"contents":[],"kind":"ConnectionsPage","self":"","pageOf":""}'

    def test_empty(self) -> None:
        """A new wallet's page is empty, and has all its members."""
        assert ask(World(), "GET", "/connections", INVITER).body == self.EMPTY

    def test_shape_and_order(self) -> None:
        """The page has all records, oldest first, each as in a single read; no links, no slices."""
        world = World()
        made = []
        for n in range(120):
            made.append(create(world, label=str(n)))
            world.clock.advance_ns(n % 3 * SECOND)  # some have the same moment
        accept(world, made[3])
        world.advance("1m")
        plain = page(world)
        assert list(plain) == ["contents", "kind", "self", "pageOf"]
        assert (plain["kind"], plain["self"], plain["pageOf"]) == ("ConnectionsPage", "", "")
        assert [c["label"] for c in plain["contents"]] == [str(n) for n in range(120)]
        assert plain["contents"] == [read(world, m) for m in made]
        for query in ("?offset=10&limit=5", "?limit=0", "?offset=-1", "?limit=1&x=y"):
            assert page(world, query=query) == plain

    def test_both_roles(self) -> None:
        """Inviters and invitees of one wallet are on the same page."""
        world = World()
        accept(world, create(world, INVITEE), INVITER)
        world.advance("1s")
        create(world)
        assert [c["role"] for c in page(world)["contents"]] == ["Invitee", "Inviter"]

    def test_thid(self) -> None:
        """The thread id finds the inviter's record in one wallet and the invitee's in the other, and no other."""
        world = World()
        made = create(world)
        create(world)
        accepted = accept(world, made)
        thid = made["thid"]
        assert [c["connectionId"] for c in page(world, query=f"?thid={thid}")["contents"]] == [made["connectionId"]]
        found = page(world, INVITEE, f"?thid={thid}")["contents"]
        assert [c["connectionId"] for c in found] == [accepted["connectionId"]]

    @pytest.mark.parametrize("form", ["", "x", "upper", "invitee-id", "foreign", "blank-after", "encoded"])
    def test_thid_is_exact(self, form: str) -> None:
        """The filter matches the whole thread id exactly, after percent-decoding."""
        world = World("a")  # its first id has a letter
        made = create(world)
        accepted = accept(world, made)
        thid = made["thid"]
        assert thid != thid.upper()
        asked = {
            "upper": thid.upper(),
            "invitee-id": accepted["connectionId"],
            "blank-after": f"{thid}%20",
            "foreign": thid,
            "encoded": thid.replace("-", "%2D"),
        }.get(form, form)
        headers = {"apikey": "third"} if form == "foreign" else INVITEE
        found = page(world, headers, f"?thid={asked}")
        assert len(found["contents"]) == (form == "encoded")
        assert (found["kind"], found["self"], found["pageOf"]) == ("ConnectionsPage", "", "")

    def test_wallets_are_isolated(self) -> None:
        """Each key sees its own records only, in listings and single reads (6.2)."""
        world = World()
        made = {key: create(world, {"apikey": key}) for key in ("a", "b", "default")}
        for key, mine in made.items():
            assert [c["connectionId"] for c in page(world, {"apikey": key})["contents"]] == [mine["connectionId"]]
            for other in made.values():
                reply = ask(world, "GET", f"/connections/{other['connectionId']}", {"apikey": key})
                assert reply.status == (200 if other is mine else 404)


# 3.4: the time of creation, in the creating answer, and read back.
MOMENTS = {
    "nine-digits": (123_456_789, ".123456789", ".123457"),
    "rounded-down": (123_456_499, ".123456499", ".123456"),
    "half-is-up": (123_456_500, ".1234565", ".123457"),
    "trimmed": (500_000_000, ".5", ".5"),
    "trimmed-four": (412_700_000, ".4127", ".4127"),
    "zero": (0, "", ""),
    "less-than-a-microsecond": (400, ".0000004", ""),
    "one-nanosecond": (1, ".000000001", ""),
    "rounded-to-trimmed": (99_999_600, ".0999996", ".1"),
    "leading-zeros": (1_000, ".000001", ".000001"),
}


@pytest.mark.parametrize(("fraction", "made", "read_back"), MOMENTS.values(), ids=MOMENTS)
def test_timestamps(fraction: int, made: str, read_back: str) -> None:
    """The creating answer has up to nine digits, later reads six, rounded; trailing zeros are removed (3.4)."""
    world = World(clock=Clock(1_769_000_005 * SECOND + fraction))
    answer = create(world)
    assert answer["createdAt"] == f"2026-01-21T12:53:25{made}Z"
    assert read(world, answer)["createdAt"] == f"2026-01-21T12:53:25{read_back}Z"
    assert page(world)["contents"][0]["createdAt"] == f"2026-01-21T12:53:25{read_back}Z"
    accepted = accept(world, answer)
    assert (accepted["createdAt"], accepted["updatedAt"]) == (f"2026-01-21T12:53:25{read_back}Z",) * 2


def test_rounding_carries() -> None:
    """Rounding may carry into the next second, and the next year (3.4)."""
    last = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()) * SECOND - 1
    world = World(clock=Clock(last))
    made = create(world)
    assert (made["createdAt"], read(world, made)["createdAt"]) == (
        "2026-12-31T23:59:59.999999999Z",
        "2027-01-01T00:00:00Z",
    )


@settings(deadline=None)
@given(st.integers(0, 4_000_000_000 * SECOND))
def test_timestamps_are_close(at: int) -> None:
    """Nine digits are exact; six differ by half a microsecond at most."""

    def parse(text: str) -> int:
        assert MOMENT.fullmatch(text)
        whole, _, fraction = text.removesuffix("Z").partition(".")
        return int(datetime.fromisoformat(f"{whole}+00:00").timestamp()) * SECOND + int(fraction.ljust(9, "0"))

    assert parse(nanoseconds(at)) == at
    assert parse(microseconds(at)) % MICROSECOND == 0
    assert abs(parse(microseconds(at)) - at) <= MICROSECOND // 2


def test_updated_moves_with_transitions_only() -> None:
    """A transition sets `updatedAt`; a failed send does not (3.1, 4.5)."""
    world = World()
    made = create(world)
    accept(world, made)
    world.advance("1s")
    late = accept(world, made, {"apikey": "third"})
    seen = {read(world, late, {"apikey": "third"})["updatedAt"]}
    for _ in range(80):
        world.advance("1s")
        last = read(world, late, {"apikey": "third"})
        seen.add(last["updatedAt"])
    assert (seen, last["metaRetries"]) == ({late["updatedAt"]}, 0)
    assert last["createdAt"] == late["createdAt"]


class TestFailure:
    """4.5 and 3.1: the effect of a failed send on the record."""

    @pytest.fixture
    def failed(self) -> tuple[World, Any]:
        """A world in which a second acceptance has been refused once."""
        world = World()
        made = create(world)
        accept(world, made)
        world.advance("1s")
        late = accept(world, made, {"apikey": "third"})
        world.advance("1s")
        return world, late

    def test_members(self, failed: tuple[World, Any]) -> None:
        """The failure is between the retries and the self link, without its class name."""
        world, late = failed
        shown = read(world, late, {"apikey": "third"})
        check(shown)
        assert list(shown)[-4:] == ["metaRetries", "metaLastFailure", "self", "kind"]
        failure = shown["metaLastFailure"]
        assert (failure["status"], failure["title"]) == (400, "Failure Info")
        assert failure["type"] == "error:BackgroundJobError:FailureInfo"

    def test_instance_is_new_on_every_read(self, failed: tuple[World, Any]) -> None:
        """The outer instance changes with every read, also in listings; the one inside the text remains."""
        world, late = failed
        third = {"apikey": "third"}
        shown = [read(world, late, third), read(world, late, third), page(world, third)["contents"][0]]
        assert len({s["metaLastFailure"]["instance"] for s in shown}) == 3
        assert len({s["metaLastFailure"]["detail"] for s in shown}) == 1


def test_answers_are_not_shared() -> None:
    """Cached parts never show an old state or another record (3.2)."""
    world = World()
    made = create(world)
    first = read(world, made)
    accept(world, made)
    states = [first["state"]]
    for _ in range(6):
        world.clock.advance_ns(5 * MILLISECOND)
        states.append(read(world, made)["state"])
    assert len(set(states)) == 4


def test_health() -> None:
    """Health has one member (2.5), the version of the settings."""
    world = World()
    assert ask(world, "GET", "/_system/health", {}).body == b'{"version":"1.40.0"}'
    world.prism.configure(CloudAgentSettings(version="1.40.1-SNAPSHOT"))
    assert ask(world, "GET", "/_system/health", {}).body == b'{"version":"1.40.1-SNAPSHOT"}'
