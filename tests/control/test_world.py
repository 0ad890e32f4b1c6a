import json
from collections.abc import Callable

from connsim import World, __version__
from connsim.cli.serving.options import Options, build_world
from connsim.control import Control
from connsim.core.exchange import Request
from tests.control.conftest import Ask


def test_shows_the_world(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """One answer has the seed, the time, the agency's identity, and the number of records of every kind."""
    world.script("prism-inviter", "accepts")
    invite()

    status, answer = ask("GET", "/world")

    assert (status, answer["seed"], answer["version"]) == (200, "control", __version__)
    assert answer["clock"]["elapsed"] == "0 seconds"
    assert answer["prism"] == {"url": None, "urls": {}, "public_url": world.public_url, "p5": None, "p1": None}
    identity = world.agency.identity
    assert (answer["agency"]["did"], answer["agency"]["verkey"]) == (identity.did, identity.verkey)
    assert (answer["agency"]["flavour"], answer["agency"]["holder"]) == ("evernym", "none")
    assert answer["journal"] == {"entries": 2, "open": 0, "dropped": 0}
    assert (answer["connections"], answer["scripts"], answer["complaints"]) == (1, 1, 0)


def test_shows_how_it_is_served(connsim_world: World) -> None:
    """The addresses of the fakes are shown with the paths of all versions, and how polls move the clock."""
    connsim_world.per_poll = 60 * 10**9

    answer = json.loads(Control(connsim_world).handle(Request("GET", "/world")).body)

    url = connsim_world.prism.url
    assert answer["prism"]["url"] == url
    assert answer["prism"]["urls"] == {"1.40.0": f"{url}/cloud-agent", "2023": f"{url}/prism-agent"}
    assert (answer["prism"]["p5"], answer["prism"]["p1"]) == (f"{url}/cloud-agent", f"{url}/prism-agent")
    assert answer["agency"]["url"] == connsim_world.agency.url
    assert answer["per_poll"] == "1 minute"


def test_health(ask: Ask) -> None:
    """A health check answers for programs that wait for the server to start."""
    assert ask("GET", "/health") == (200, {"status": "ok", "version": __version__})


def test_resets(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """A reset drops records and journal; scripts, seed and time remain, and so do ids."""
    world.script("prism-inviter", "accepts")
    first = invite()
    world.advance("1h")

    status, answer = ask("POST", "/reset")

    assert (status, answer["clock"]["elapsed"], answer["seed"]) == (200, "1 hour", "control")
    assert (answer["connections"], answer["scripts"], answer["journal"]["entries"]) == (0, 1, 0)
    assert invite() == first


def test_a_new_seed_is_a_new_world(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """After a reset with a seed, ids, keys and the agency's identity are those of a world made with that seed."""
    old, before = invite(), world.agency.identity
    other = World("monday")

    status, answer = ask("POST", "/reset", {"seed": "monday"})

    assert (status, answer["seed"], world.seed.value) == (200, "monday", "monday")
    assert (answer["agency"]["did"], answer["agency"]["verkey"]) == (
        other.agency.identity.did,
        other.agency.identity.verkey,
    )
    assert world.agency.identity != before
    made = invite()
    assert made != old
    reply = other.prism.handle(Request("POST", "/connections", {"apikey": "issuer"}, b"{}"))
    assert json.loads(reply.body)["connectionId"] == made
    assert json.loads(reply.body)["invitation"] == _invitation(world, made)


def _invitation(world: World, connection: str) -> object:
    reply = world.prism.handle(Request("GET", f"/connections/{connection}", {"apikey": "issuer"}))
    return json.loads(reply.body)["invitation"]


def test_a_new_seed_keeps_the_addresses(connsim_world: World) -> None:
    """With a new seed, ports stay open, and addresses in links stay the same."""
    before = (connsim_world.agency.url, connsim_world.agency.public_url, connsim_world.prism.url)

    connsim_world.reset("monday")

    assert (connsim_world.agency.url, connsim_world.agency.public_url, connsim_world.prism.url) == before


def test_a_given_key_of_the_agency_outlives_the_seed() -> None:
    """A key of the agency that is set does not depend on the seed."""
    world = build_world(Options())
    world.agency.configure(type(world.agency.settings)(agency_seed="0" * 32))
    before = world.agency.identity

    world.reset("monday")

    assert world.agency.identity == before


def test_lists_complaints(ask: Ask, world: World) -> None:
    """What is not played is a complaint, which can be deleted."""
    world.prism.handle(Request("GET", "/dids", {"apikey": "k"}))

    status, answer = ask("GET", "/complaints")

    assert status == 200
    [complaint] = answer["complaints"]
    assert complaint["kind"] == "Violation"
    assert complaint["text"].startswith("The client asked for GET /dids, which the real agent has")
    assert ask("DELETE", "/complaints") == (200, {"removed": 1})
    assert ask("GET", "/complaints")[1]["complaints"] == []


def test_the_index_lists_every_route(ask: Ask) -> None:
    """The root of the control API lists its routes."""
    answer = ask("GET", "/")[1]

    assert answer["openapi"] == "/openapi.json"
    routes = {(route["method"], route["path"]): route["does"] for route in answer["routes"]}
    assert routes["POST", "/clock/advance"] == (
        "Advance the clock; everything that falls due on the way happens, each item at its moment."
    )
