import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from connsim import World
from connsim.cli.serving.options import Options, build_world
from connsim.control import Control
from connsim.control.routes.scripts import Which
from connsim.core.exchange import Request
from connsim.script import roles
from connsim.script.catalogue import BUILT_IN
from connsim.script.selection import Match, Rank
from connsim.script.sequence import Sequence
from connsim.world.world import World as BareWorld
from tests.control.conftest import Ask


def test_lists_behaviours(ask: Ask, world: World) -> None:
    """Each has its steps for each role, in the form in which a script takes them."""
    told = ask("GET", "/behaviours")[1]["behaviours"]

    assert [behaviour["name"] for behaviour in told] == [behaviour.name for behaviour in BUILT_IN]
    [late] = [behaviour for behaviour in told if behaviour["name"] == "accepts"]
    assert late["parameter"] == "1 second"
    assert late["roles"]["vcx-holder"] == [{"act": "ignore", "for": "$after"}, {"act": "accept", "for": "ever"}]
    [refuses] = [behaviour for behaviour in told if behaviour["name"] == "refuses"]
    assert "a PRISM agent has no message for it" in refuses["absent"]["prism-inviter"]


def test_lists_states(ask: Ask) -> None:
    """Each role has its table, its traits and its diagram."""
    told = {role["role"]: role for role in ask("GET", "/states")[1]["roles"]}

    assert list(told) == [role.name for role in roles.all_roles()]
    inviter = told["prism-inviter"]
    assert inviter["traits"] == ["label", "goal_code", "api_key"]
    assert inviter["edges"][0]["source"] is None
    assert inviter["edges"][1]["target"] == "ConnectionRequestReceived"
    assert inviter["diagram"].startswith("stateDiagram-v2")
    assert told["vcx-holder"]["word"] == "act"


def test_adds_a_script_for_a_role(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """It gets a number, and waits for connections that match."""
    status, told = ask(
        "POST",
        "/scripts",
        {"play": "accepts after 90s", "role": "prism-inviter", "match": {"label": "late-*", "nth": 2}},
    )

    assert status == 201
    [script] = told["scripts"]
    assert (script["number"], script["role"], script["name"]) == (
        1,
        "prism-inviter",
        "accepts after 1 minute 30 seconds",
    )
    assert (script["match"], script["source"], script["played"]) == ({"label": "late-*", "nth": "2"}, "script", 0)
    assert script["steps"][0] == {"state": "InvitationGenerated", "for": "1 minute 30 seconds"}
    invite(label="late-1")
    connection = invite(label="late-2")
    assert ask("GET", "/scripts/1")[1]["played"] == 1
    assert ask("GET", f"/connections/{connection}")[1]["connection"]["script"] == script["name"]


def test_steps_are_a_script_too(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """What a scenario file says of a role can be said here, and what is told can be said again."""
    steps = [{"state": "InvitationGenerated", "for": "5 seconds"}, {"state": "ConnectionResponseSent"}]

    _, told = ask("POST", "/scripts", {"play": steps, "role": "prism-inviter"})
    status, again = ask("POST", "/scripts", {"play": told["scripts"][0]["steps"], "role": "prism-inviter"})

    assert status == 201
    assert again["scripts"][0]["steps"] == told["scripts"][0]["steps"]
    assert told["scripts"][0]["name"] == "a sequence of its own"
    invite()
    world.advance("5s")
    assert [t.target for t in world.journal.transitions()][-1] == "ConnectionResponseSent"


def test_steps_may_have_faults(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """A fault in a step strikes its polls, and is told as it was said."""
    steps = [{"state": "InvitationGenerated", "fault": {"status": 503, "times": 1}}]
    status, told = ask("POST", "/scripts", {"play": steps, "role": "prism-inviter"})
    connection = invite()

    polls = [world.prism.handle(Request("GET", f"/connections/{connection}", {"apikey": "issuer"})) for _ in range(2)]

    assert (status, [poll.status for poll in polls]) == (201, [503, 200])
    assert told["scripts"][0]["steps"][0]["fault"] == {"status": 503, "times": 1}


def test_a_fault_that_never_struck_is_told(ask: Ask, world: World) -> None:
    """What a test would fail for at its end can be seen before."""
    world.fault(status=503)

    assert "status" in ask("GET", "/complaints")[1]["unused"]["text"]


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({}, ["prism-inviter", "vcx-holder", "aries-holder", "prism-invitee"]),
        ({"label": "x"}, ["prism-inviter", "vcx-holder", "aries-holder", "prism-invitee"]),
        ({"phone": "+1*"}, ["vcx-holder"]),
        ({"institution": "Faber"}, ["vcx-holder", "aries-holder"]),
        ({"api_key": "k"}, ["prism-inviter", "prism-invitee"]),
    ],
    ids=["all", "label", "phone", "institution", "key"],
)
def test_without_a_role_it_is_for_all_who_can(ask: Ask, match: dict[str, str], expected: list[str]) -> None:
    """A script for each role that can show the behaviour and has the traits; it is enough if one is played."""
    status, told = ask("POST", "/scripts", {"play": "accepts", "match": match})

    assert (status, [script["role"] for script in told["scripts"]]) == (201, expected)
    assert [script["number"] for script in told["scripts"]] == list(range(1, len(expected) + 1))


def test_one_of_all_is_enough(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """What was played by one of the roles that can does not count as never played."""
    ask("POST", "/scripts", {"play": "accepts"})
    unused = ask("GET", "/complaints")[1]["unused"]["text"]
    invite()

    assert "The script 'accepts' for prism-invitee was never played. Expected a connection" in unused
    assert ask("GET", "/complaints")[1] == {"complaints": [], "unused": None}


def test_the_newest_script_is_tried_first(ask: Ask, world: World) -> None:
    """The list is in the order in which scripts are tried; those of a file come last."""
    world.scripts.add("prism-inviter", Sequence.of("InvitationGenerated"), Match(), Rank.FILE)
    for play in ("accepts", "never-responds"):
        ask("POST", "/scripts", {"play": play, "role": "prism-inviter"})

    told = ask("GET", "/scripts")[1]["scripts"]

    assert [(script["name"], script["source"]) for script in told] == [
        ("never-responds", "script"),
        ("accepts", "script"),
        ("a sequence of its own", "file"),
    ]


def test_takes_scripts_away(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """One by its number, or all; connections that play one go on, and scripts of a file stay."""
    world.scripts.add("prism-invitee", "accepts", Match(), Rank.FILE)
    ask("POST", "/scripts", {"play": "accepts after 5s", "role": "prism-inviter"})
    connection = invite()

    assert ask("DELETE", "/scripts/2")[1]["number"] == 2
    assert ask("DELETE", "/scripts/2")[0] == 404
    ask("POST", "/scripts", {"play": "accepts", "role": "vcx-holder"})
    assert ask("DELETE", "/scripts") == (200, {"removed": 1})
    assert [script.rank for script in world.scripts.waiting] == [Rank.FILE]
    world.advance("1 minute")
    assert ask("GET", f"/connections/{connection}")[1]["connection"]["state"] == "ConnectionResponseSent"


def test_tells_what_is_played_otherwise(ask: Ask) -> None:
    """What no script is for has a default, unless nobody is there."""
    served = build_world(Options(behaviours=("prism-inviter=accepts:5s",), holder="accepts:7s"))

    assert ask("GET", "/scripts")[1]["defaults"] == {}
    assert defaults_of(served) == {"vcx-holder": "accepts:7s", "prism-inviter": "accepts after 5 seconds"}


def defaults_of(world: BareWorld) -> Any:
    """The defaults of another world."""
    return json.loads(Control(world).handle(Request("GET", "/scripts")).body)["defaults"]


def test_every_trait_can_be_matched() -> None:
    """What is known of a connection of any role is a member of `match`."""
    known = {trait for role in roles.all_roles() for trait in role.traits}

    assert {field.name for field in fields(Which)} == known | {"nth"}
