"""Every built-in behaviour, for every role, as the client under test sees it through the agents."""

import json
import re
from collections.abc import Callable

import pytest

from connsim import World
from connsim.core.exchange import Request
from connsim.script import roles
from connsim.script.behaviours import Behaviour
from connsim.script.catalogue import BUILT_IN
from connsim.wire.codes import Version
from tests.agency.aries.conftest import Inviter
from tests.agency.conftest import Owner
from tests.script.conftest import Poll, begin_aries, begin_invitee, begin_inviter, begin_vcx, listed, sent, watched
from tests.script.table import (
    ACCEPTED,
    EXPIRED,
    GENERATED,
    REQUEST_PENDING,
    REQUEST_SENT,
    RESPONSE_PENDING,
    RESPONSE_RECEIVED,
    RESPONSE_SENT,
    TABLE,
    left,
)

BOTH: dict[tuple[str, str], tuple[str, str]] = {
    ("accepts", "prism-inviter"): (RESPONSE_SENT, RESPONSE_RECEIVED),
    ("answers-late", "prism-inviter"): (RESPONSE_PENDING, REQUEST_SENT),  # until the third poll
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
"""The last states of two PRISM clients, inviter first, when only one side is scripted."""


def test_the_table_is_complete() -> None:
    """The table has every behaviour, for every role that can show it."""
    said = {(behaviour.name, role) for behaviour in BUILT_IN for role in behaviour.roles}

    assert said <= TABLE.keys()


@pytest.mark.parametrize(("said", "role"), TABLE, ids=lambda text: text.replace(" ", "-"))
def test_what_the_client_sees(said: str, role: str) -> None:
    """The client sees the table's states at its moments, and the world has no complaint."""
    world = World()

    assert watched(world, BEGIN[role](world, said), TABLE[said, role]) == TABLE[said, role]

    world.check()


@pytest.mark.parametrize(("said", "role"), BOTH, ids=lambda text: text.replace(" ", "-"))
def test_what_two_clients_see(said: str, role: str) -> None:
    """The side without a script follows its own table in reaction to the scripted one."""
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
    """The table for two clients has every behaviour of a PRISM role."""
    assert BOTH.keys() == {(b.name, role) for b in BUILT_IN for role in b.roles if role.startswith("prism-")}


def test_a_second_answer_is_refused_by_the_agency() -> None:
    """A holder who answers twice differs from one who accepts only in the second answer, which the agency refuses."""
    world = World()
    watched(world, begin_vcx(world, "answers-twice"), {"1s": ACCEPTED})

    refused = [one.note for one in world.journal.exchanges() if one.status == 400]

    assert len(refused) == 1
    assert "was accepted before" in refused[0]


def test_a_request_that_came_twice_stays_unread() -> None:
    """An inviter on libvcx answers one request; the other stays in the invitation's mailbox, with its own id."""
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
    """The native library may answer either of two requests; the acknowledgement is of that request's thread."""
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
    """Agents of early 2023 play the behaviours by their own rules: without expiry, and without retries."""
    world = World()
    world.script("prism-inviter", said)
    made = sent(world, "inviter", "/prism-agent/connections", {}, "application/json")

    world.advance("1 day")

    reply = world.prism.handle(
        Request("GET", f"/prism-agent/connections/{made['connectionId']}", {"apikey": "inviter"})
    )
    answer = json.loads(reply.body)
    assert (answer["state"], "metaRetries" in answer) == (ended, False)
    world.check()


@pytest.mark.parametrize("behaviour", list(BUILT_IN), ids=lambda behaviour: behaviour.name)
def test_every_behaviour_is_documented(behaviour: Behaviour) -> None:
    """A sentence says what the client sees; a role that cannot show it has a reason and an alternative."""
    assert behaviour.doc.endswith(".")
    assert not set(behaviour.absent) & set(behaviour.roles)
    assert {*behaviour.absent, *behaviour.roles} <= {role.name for role in roles.all_roles()}
    for why in behaviour.absent.values():
        assert re.search(r"([Pp]lay|Script|Make|Have) \S", why), why
    for issue in behaviour.issues:
        assert re.fullmatch(r"https://github\.com/[\w-]+/[\w-]+/(issues|pull)/[0-9]+", issue), issue


@pytest.mark.parametrize(
    "name", ["stuck-invitee", "never-learns", "answers-twice", "unreachable-endpoint", "scans-twice"]
)
def test_known_defects_name_their_reports(name: str) -> None:
    """A behaviour that imitates a known defect names the report of it."""
    assert next(behaviour for behaviour in BUILT_IN if behaviour.name == name).issues


BEGIN: dict[str, Callable[[World, str], Poll]] = {
    "prism-inviter": begin_inviter,
    "prism-invitee": begin_invitee,
    "vcx-holder": begin_vcx,
    "aries-holder": begin_aries,
}
