"""Every built-in behaviour, for every role, as the client under test sees it through the front door.

The table below says it all: what a role is told to play, and what its client sees at these moments, counted from when
the connection was made. Each moment is one poll, and a moment that is missing is a moment without one.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from connsim import World
from connsim.core.durations import duration
from connsim.core.exchange import Request
from connsim.script import roles
from connsim.script.behaviours import Behaviour
from connsim.script.catalogue import BUILT_IN
from connsim.script.machines.vcx import Seen, client_state
from connsim.wire.codes import Version
from connsim.wire.errors import NoKey
from connsim.wire.keys import KeyPair
from connsim.wire.messages import Message
from tests.agency.aries.test_holder import Inviter
from tests.agency.conftest import Owner

GENERATED = "InvitationGenerated"
EXPIRED = "InvitationExpired"
REQUEST_PENDING = "ConnectionRequestPending"
REQUEST_SENT = "ConnectionRequestSent"
REQUEST_RECEIVED = "ConnectionRequestReceived"
RESPONSE_PENDING = "ConnectionResponsePending"
RESPONSE_SENT = "ConnectionResponseSent"
RESPONSE_RECEIVED = "ConnectionResponseReceived"
NOTHING = "no answer"
FAILS = "a failure"
OPEN, ACCEPTED, REFUSED, REDIRECTED = "2 MS-101", "4 MS-104 MS-104", "2 MS-105 MS-105", "8 MS-107 MS-107"

Seeing = dict[str, str]


def left(state: str, retries: int) -> str:
    """A state of a PRISM record with fewer than all of its retries."""
    return f"{state}, {retries} left"


def connects(after: str, at: str, soon: str, later: str) -> Seeing:
    """A PRISM inviter whose invitation is accepted: the poll before that, those on the way, and one much later."""
    return {
        after: GENERATED,
        at: REQUEST_RECEIVED,
        soon: RESPONSE_PENDING,
        later: RESPONSE_SENT,
        "30 days": RESPONSE_SENT,
    }


def by_request(after: str, at: str, *states: str) -> Seeing:
    """An Aries inviter with nothing to read until the request is there; then a poll a second, and one much later."""
    moments = (at, *(f"{duration(at) + n * 10**9}ns" for n in range(1, len(states))))
    return {after: "2", **dict(zip(moments, states, strict=True)), "30 days": states[-1]}


TABLE: dict[tuple[str, str], Seeing] = {
    # --- PRISM, the inviter's client --------------------------------------------------------------------------------
    ("accepts", "prism-inviter"): connects("999ms", "1s", "1010ms", "1020ms"),
    ("accepts after 90 seconds", "prism-inviter"): connects("89999ms", "90s", "90010ms", "90020ms"),
    ("accepts:5s..20s", "prism-inviter"): {"4999ms": GENERATED, "20021ms": RESPONSE_SENT},
    ("accepts after 3 polls", "prism-inviter"): {
        "1s": GENERATED,
        "1h": GENERATED,  # what is polled counts, not how long it takes; but an invitation that old has expired
        "2h": GENERATED,
        "7201s": EXPIRED,
    },
    ("accepts after 2 polls", "prism-inviter"): {"1s": GENERATED, "2s": GENERATED, "3s": RESPONSE_SENT},
    ("accepts after 10 minutes", "prism-inviter"): {"599s": GENERATED, "10m": EXPIRED, "30 days": EXPIRED},
    ("accepts-too-late", "prism-inviter"): {"300999ms": GENERATED, "301s": EXPIRED, "30 days": EXPIRED},
    ("answers-late", "prism-inviter"): {
        "89999ms": GENERATED,
        "90s": REQUEST_RECEIVED,
        "91s": RESPONSE_PENDING,
        "1h": RESPONSE_PENDING,
        "2h": RESPONSE_PENDING,
        "7201s": RESPONSE_SENT,
    },
    ("never-responds", "prism-inviter"): {"10ms": GENERATED, "400s": GENERATED, "30 days": GENERATED},
    ("never-learns", "prism-inviter"): {"10ms": GENERATED, "400s": GENERATED, "30 days": GENERATED},
    ("agent-hangs", "prism-inviter"): {"10ms": NOTHING, "1h": NOTHING, "30 days": NOTHING},
    ("agent-restarts", "prism-inviter"): {
        "999ms": GENERATED,
        "1s": REQUEST_RECEIVED,
        "1010ms": RESPONSE_PENDING,
        "30 days": RESPONSE_PENDING,
    },
    ("unreachable-endpoint", "prism-inviter"): {
        "999ms": GENERATED,
        "1s": REQUEST_RECEIVED,
        "1019ms": RESPONSE_PENDING,
        "1020ms": left(RESPONSE_PENDING, 4),
        "6019ms": left(RESPONSE_PENDING, 4),
        "6020ms": left(RESPONSE_PENDING, 3),
        "16020ms": left(RESPONSE_PENDING, 2),
        "36020ms": left(RESPONSE_PENDING, 1),
        "76019ms": left(RESPONSE_PENDING, 1),
        "76020ms": left(RESPONSE_PENDING, 0),
        "30 days": left(RESPONSE_PENDING, 0),
    },
    ("unreachable-endpoint after 1 minute", "prism-inviter"): {
        "59s": GENERATED,
        "60019ms": RESPONSE_PENDING,
        "60020ms": left(RESPONSE_PENDING, 4),
        "30 days": left(RESPONSE_PENDING, 0),
    },
    # --- PRISM, the invitee's client --------------------------------------------------------------------------------
    ("accepts", "prism-invitee"): {
        "9ms": REQUEST_PENDING,
        "10ms": REQUEST_SENT,
        "1009ms": REQUEST_SENT,
        "1010ms": RESPONSE_RECEIVED,
        "30 days": RESPONSE_RECEIVED,
    },
    ("accepts after 24 hours", "prism-invitee"): {"86400s": REQUEST_SENT, "86401s": RESPONSE_RECEIVED},
    ("accepts after 2 polls", "prism-invitee"): {"1s": REQUEST_SENT, "1h": REQUEST_SENT, "2h": RESPONSE_RECEIVED},
    ("answers-late", "prism-invitee"): {
        "1s": REQUEST_PENDING,
        "2s": REQUEST_PENDING,
        "1h": REQUEST_PENDING,
        "3689s": REQUEST_SENT,
        "3690s": RESPONSE_RECEIVED,
    },
    ("never-responds", "prism-invitee"): {"9ms": REQUEST_PENDING, "10ms": REQUEST_SENT, "30 days": REQUEST_SENT},
    ("stuck-invitee", "prism-invitee"): {"1999ms": REQUEST_PENDING, "2s": REQUEST_SENT, "30 days": REQUEST_SENT},
    ("agent-hangs", "prism-invitee"): {"10ms": NOTHING, "30 days": NOTHING},
    ("agent-restarts", "prism-invitee"): {"10ms": REQUEST_PENDING, "30 days": REQUEST_PENDING},
    ("unreachable-endpoint", "prism-invitee"): {
        "9ms": REQUEST_PENDING,
        "10ms": left(REQUEST_PENDING, 4),
        "5010ms": left(REQUEST_PENDING, 3),
        "15010ms": left(REQUEST_PENDING, 2),
        "35010ms": left(REQUEST_PENDING, 1),
        "75009ms": left(REQUEST_PENDING, 1),
        "75010ms": left(REQUEST_PENDING, 0),
        "30 days": left(REQUEST_PENDING, 0),
    },
    # --- VCX, the inviter's mailbox and what libvcx makes of it -----------------------------------------------------
    ("accepts", "vcx-holder"): {"999ms": OPEN, "1s": ACCEPTED, "30 days": ACCEPTED},
    ("accepts after 60 seconds", "vcx-holder"): {"59s": OPEN, "1m": ACCEPTED},
    ("accepts after 10 minutes", "vcx-holder"): {"599s": OPEN, "10m": ACCEPTED},
    ("accepts after 24 hours", "vcx-holder"): {"86399s": OPEN, "86400s": ACCEPTED},
    ("accepts after 5 to 20 seconds", "vcx-holder"): {"4999ms": OPEN, "20s": ACCEPTED},
    ("accepts after 3 polls", "vcx-holder"): {"1s": OPEN, "1h": OPEN, "2h": OPEN, "3h": ACCEPTED},
    ("answers-late", "vcx-holder"): {"89999ms": OPEN, "90s": ACCEPTED},
    ("never-responds", "vcx-holder"): {"1s": OPEN, "30 days": OPEN},
    ("refuses", "vcx-holder"): {"999ms": OPEN, "1s": REFUSED, "30 days": REFUSED},
    ("refuses after 1 hour", "vcx-holder"): {"3599s": OPEN, "1h": REFUSED},
    ("redirects", "vcx-holder"): {"999ms": OPEN, "1s": REDIRECTED, "30 days": REDIRECTED},
    ("answers-twice", "vcx-holder"): {"999ms": OPEN, "1s": ACCEPTED, "30 days": ACCEPTED},
    ("agent-offer", "vcx-holder"): {"0s": ACCEPTED, "30 days": ACCEPTED},
    ("agency-hangs", "vcx-holder"): {"1s": NOTHING, "599s": NOTHING, "10m": ACCEPTED, "30 days": ACCEPTED},
    ("agency-hangs:50s", "vcx-holder"): {"49s": NOTHING, "50s": ACCEPTED},
    # --- Aries, the inviter's state -----------------------------------------------------------------------------------
    ("accepts", "aries-holder"): by_request("999ms", "1s", "3", "4"),
    ("accepts after 3 polls", "aries-holder"): {"1s": "2", "1h": "2", "2h": "2", "3h": "3", "4h": "4"},
    ("accepts after 60 seconds", "aries-holder"): by_request("59s", "1m", "3", "4"),
    ("accepts:5s..20s", "aries-holder"): by_request("4999ms", "20s", "3", "4"),
    ("answers-late", "aries-holder"): by_request("89999ms", "90s", "3", "4"),
    ("never-responds", "aries-holder"): {"1s": "2", "30 days": "2"},
    ("agent-offer", "aries-holder"): {"0s": "3", "1s": "4"},
    ("agency-hangs", "aries-holder"): {"1s": NOTHING, "599s": NOTHING, "10m": "3", "601s": "4"},
    ("refuses", "aries-holder"): by_request("999ms", "1s", "1"),
    ("unreachable-endpoint", "aries-holder"): by_request("999ms", "1s", "1"),
    ("broken-endpoint", "aries-holder"): by_request("999ms", "1s", "1"),
    ("disappears-halfway", "aries-holder"): by_request("999ms", "1s", "3"),
    ("acknowledges-late", "aries-holder"): {
        "999ms": "2",
        "100s": "3",  # the response goes out with this poll, and the holder counts from there
        "189999ms": "3",
        "190s": "4",
        "30 days": "4",
    },
    ("acknowledges-late after 3 polls", "aries-holder"): {"1s": "3", "2s": "3", "3s": "3", "4s": "4"},
    ("scans-twice", "aries-holder"): by_request("999ms", "1s", "3", "4"),
    ("accepts-by-ping", "aries-holder"): by_request("999ms", "1s", "3", "4"),
    ("wrong-thread", "aries-holder"): by_request("999ms", "1s", "3", "4"),
    ("refuses-late", "aries-holder"): by_request("999ms", "1s", "3", "1"),
    ("doubts-the-signature", "aries-holder"): by_request("999ms", "1s", "3", "1"),
    ("withdraws", "aries-holder"): by_request("999ms", "1s", "3", "1"),
    ("newer-prefix", "aries-holder"): by_request("999ms", "1s", "2"),
    ("garbles", "aries-holder"): by_request("999ms", "1s", FAILS, FAILS),
}
"""By behaviour, as it is said, and role: what the client sees, by the moment."""

BOTH: dict[tuple[str, str], tuple[str, str]] = {
    ("accepts", "prism-inviter"): (RESPONSE_SENT, RESPONSE_RECEIVED),
    ("answers-late", "prism-inviter"): (RESPONSE_PENDING, REQUEST_SENT),  # until somebody has looked three times
    ("accepts-too-late", "prism-inviter"): (EXPIRED, REQUEST_SENT),
    ("never-responds", "prism-inviter"): (GENERATED, REQUEST_SENT),
    ("never-learns", "prism-inviter"): (GENERATED, RESPONSE_RECEIVED),
    ("agent-hangs", "prism-inviter"): (GENERATED, REQUEST_SENT),
    ("agent-restarts", "prism-inviter"): (RESPONSE_PENDING, REQUEST_SENT),
    ("unreachable-endpoint", "prism-inviter"): (left(RESPONSE_PENDING, 0), REQUEST_SENT),
    ("accepts", "prism-invitee"): (RESPONSE_SENT, RESPONSE_RECEIVED),
    ("answers-late", "prism-invitee"): (GENERATED, REQUEST_PENDING),  # likewise
    ("never-responds", "prism-invitee"): (RESPONSE_SENT, REQUEST_SENT),
    ("stuck-invitee", "prism-invitee"): (RESPONSE_SENT, REQUEST_SENT),
    ("agent-hangs", "prism-invitee"): (GENERATED, REQUEST_PENDING),
    ("agent-restarts", "prism-invitee"): (GENERATED, REQUEST_PENDING),
    ("unreachable-endpoint", "prism-invitee"): (GENERATED, left(REQUEST_PENDING, 0)),
}
"""What two PRISM clients are left with, inviter first, when only one side is scripted."""

Poll = Callable[[], str]


def test_the_table_is_complete() -> None:
    """Every behaviour stands in it for every role that can show it."""
    said = {(behaviour.name, role) for behaviour in BUILT_IN for role in behaviour.roles}

    assert said <= TABLE.keys()


@pytest.mark.parametrize(("said", "role"), TABLE, ids=lambda text: text.replace(" ", "-"))
def test_what_the_client_sees(said: str, role: str) -> None:
    """At each moment of the table, and no complaint at the end."""
    world = World()

    assert watched(world, BEGIN[role](world, said), TABLE[said, role]) == TABLE[said, role]

    world.check()


@pytest.mark.parametrize(("said", "role"), BOTH, ids=lambda text: text.replace(" ", "-"))
def test_what_two_clients_see(said: str, role: str) -> None:
    """The side that is not scripted goes by its own table on what results."""
    world = World()
    world.script(role, said)

    made = sent(world, "inviter", "/connections", {})
    invitation = made["invitation"]["invitationUrl"].partition("_oob=")[2]
    accepted = sent(world, "invitee", "/connection-invitations", {"invitation": invitation})
    world.advance("1 day")

    found = [listed(world, client)[one["connectionId"]] for client, one in (("inviter", made), ("invitee", accepted))]
    assert tuple(found) == BOTH[said, role]
    world.check()


def test_the_table_of_two_is_complete() -> None:
    """Every behaviour of a PRISM role stands in it."""
    assert BOTH.keys() == {(b.name, role) for b in BUILT_IN for role in b.roles if role.startswith("prism-")}


def test_a_second_answer_is_refused_by_the_agency() -> None:
    """That is all by which a holder who answers twice differs from one who accepts."""
    world = World()
    watched(world, begin_vcx(world, "answers-twice"), {"1s": ACCEPTED})

    refused = [one.note for one in world.journal.exchanges() if one.status == 400]

    assert len(refused) == 1
    assert "was accepted before" in refused[0]


def test_a_request_that_came_twice_stays_unread() -> None:
    """An inviter of libvcx answers one, and the other is left in the invitation's mailbox, with an id of its own."""
    world = World()
    inviter = Inviter(Owner(world, "owner", Version.V2, Version.V2).provision())
    world.script("aries-holder", "scans-twice")
    world.agency.holder_scans(inviter.text)
    world.advance("1s")
    first, second = (message for _, message in inviter.mails(inviter.first))

    assert [inviter.update(), inviter.update()] == [3, 4]

    assert [message.id for _, message in inviter.mails(inviter.first)] == [second.id]
    assert first.id != second.id
    assert first.type == second.type


@pytest.mark.parametrize("which", [0, 1], ids=["first", "second"])
def test_whichever_request_is_answered_is_acknowledged(which: int) -> None:
    """The native library may take either of two requests; the ack is of its thread then."""
    world = World()
    inviter = Inviter(Owner(world, "owner", Version.V2, Version.V2).provision())
    world.script("aries-holder", "scans-twice")
    world.agency.holder_scans(inviter.text)
    world.advance("1s")
    requests = [message for _, message in inviter.mails(inviter.first)]

    inviter.respond(requests[which])

    [(_, ack)] = inviter.mails(inviter.pair)
    assert ack.thread == requests[which].id


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        ("accepts-too-late", RESPONSE_SENT),  # nothing expires
        ("answers-late", RESPONSE_PENDING),
        ("unreachable-endpoint", RESPONSE_PENDING),
        ("agent-restarts", RESPONSE_PENDING),
    ],
)
def test_agents_of_early_2023(said: str, ended: str) -> None:
    """They play the same, by their own rules: they know no expiry, and show no retries."""
    world = World()
    world.script("prism-inviter", said)
    made = sent(world, "inviter", "/prism-agent/connections", {}, "application/json")

    world.advance("1 day")

    reply = world.prism.handle(
        Request("GET", f"/prism-agent/connections/{made['connectionId']}", {"apikey": "inviter"})
    )
    told = json.loads(reply.body)
    assert (told["state"], "metaRetries" in told) == (ended, False)
    world.check()


@pytest.mark.parametrize("behaviour", list(BUILT_IN), ids=lambda behaviour: behaviour.name)
def test_every_behaviour_is_documented(behaviour: Behaviour) -> None:
    """A sentence says what the client sees; what a role cannot show has a reason and a way out; reports are public."""
    assert behaviour.doc.endswith(".")
    assert not set(behaviour.absent) & set(behaviour.roles)
    assert {*behaviour.absent, *behaviour.roles} <= {role.name for role in roles.all_roles()}
    for why in behaviour.absent.values():
        assert re.search(r"([Pp]lay|Script|Let) \S", why), why
    for issue in behaviour.issues:
        assert re.fullmatch(r"https://github\.com/[\w-]+/[\w-]+/(issues|pull)/[0-9]+", issue), issue


@pytest.mark.parametrize(
    "name", ["stuck-invitee", "never-learns", "answers-twice", "unreachable-endpoint", "scans-twice"]
)
def test_defects_that_were_met_name_their_reports(name: str) -> None:
    """Whoever imitates a known defect says where it was seen."""
    assert next(behaviour for behaviour in BUILT_IN if behaviour.name == name).issues


def watched(world: World, poll: Poll, moments: Seeing) -> Seeing:
    """Poll a connection that has just been made at these moments."""
    made = world.clock.now()
    seen = {}
    for moment in moments:
        world.clock.advance_ns(made + duration(moment) - world.clock.now())
        seen[moment] = poll()
    return seen


def begin_inviter(world: World, said: str) -> Poll:
    """A PRISM client invites."""
    world.script("prism-inviter", said)
    return prism_poll(world, sent(world, "inviter", "/connections", {}), "inviter")


def begin_invitee(world: World, said: str) -> Poll:
    """A PRISM client accepts an invitation whose inviter nobody plays."""
    world.script("prism-invitee", said)
    invitation = world.prism.foreign_invitation("inviter").payload()
    return prism_poll(world, sent(world, "invitee", "/connection-invitations", {"invitation": invitation}), "invitee")


def begin_vcx(world: World, said: str, key: KeyPair | None = None, *, scripted: bool = True, **members: str) -> Poll:
    """An owner of the agency invites; one whose holder redirects has an older connection."""
    owner = Owner(world, "owner", Version.V1)
    owner.key = key or owner.key
    owner.provision()
    if said.startswith("redirects"):
        world.agency.holder_accepts(owner.invite("older").uid)
    if scripted:
        world.script("vcx-holder", said)
    pair = owner.invite("this", **members)

    def poll() -> str:
        reply = owner.tell_ac(pair, Message("GET_MSGS", {}, owner.style))
        if reply.wait is None:
            return NOTHING
        seen = [Seen(m["type"], m["statusCode"]) for m in owner.opened(reply).message.members["msgs"]]
        return " ".join([str(client_state(seen)), *(one.status for one in seen)])

    return poll


def begin_aries(world: World, said: str, key: KeyPair | None = None, *, scripted: bool = True) -> Poll:
    """An owner of the agency shows an Aries invitation, and a holder scans it at once."""
    owner = Owner(world, "owner", Version.V2, Version.V2)
    owner.key = key or owner.key
    inviter = Inviter(owner.provision())
    if scripted:
        world.script("aries-holder", said)
    world.agency.holder_scans(inviter.text)

    def poll() -> str:
        before = len(world.journal.exchanges())
        try:
            state = str(inviter.update())
        except NoKey:
            return FAILS
        polls = [one for one in world.journal.exchanges()[before:] if one.poll]
        return NOTHING if polls[0].status is None else state

    return poll


BEGIN: dict[str, Callable[[World, str], Poll]] = {
    "prism-inviter": begin_inviter,
    "prism-invitee": begin_invitee,
    "vcx-holder": begin_vcx,
    "aries-holder": begin_aries,
}


def prism_poll(world: World, made: dict[str, Any], client: str) -> Poll:
    """Ask for a connection, as its client does."""

    def poll() -> str:
        reply = world.prism.handle(Request("GET", f"/connections/{made['connectionId']}", {"apikey": client}))
        if reply.wait is None:
            return NOTHING
        told = json.loads(reply.body)
        assert ("metaLastFailure" in told) == (told["metaRetries"] < 5)
        return told["state"] if told["metaRetries"] == 5 else left(told["state"], told["metaRetries"])

    return poll


def listed(world: World, client: str) -> dict[str, str]:
    """The states of a client's connections, by id; a list is no poll."""
    reply = world.prism.handle(Request("GET", "/connections", {"apikey": client}))
    return {
        told["connectionId"]: told["state"] if told["metaRetries"] == 5 else left(told["state"], told["metaRetries"])
        for told in json.loads(reply.body)["contents"]
    }


def sent(world: World, client: str, path: str, members: dict[str, str], media: str = "") -> dict[str, Any]:
    """Post to the agent, which takes it."""
    headers = {"apikey": client, "content-type": media}
    reply = world.prism.handle(Request("POST", path, headers, json.dumps(members).encode()))
    assert reply.status in (200, 201), reply.body
    made: dict[str, Any] = json.loads(reply.body)
    return made
