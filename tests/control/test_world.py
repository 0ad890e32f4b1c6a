import json
from collections.abc import Callable

from connsim import World, __version__
from connsim.cli.serving.options import Options, build_world
from connsim.control import Control
from connsim.core.exchange import Request
from tests.control.conftest import Ask


def test_shows_the_world(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """One look tells the seed, the moment, who the agency is, and how much there is of everything."""
    world.script("prism-inviter", "accepts")
    invite()

    status, told = ask("GET", "/world")

    assert (status, told["seed"], told["version"]) == (200, "control", __version__)
    assert told["clock"]["elapsed"] == "0 seconds"
    assert told["prism"] == {"url": None, "urls": {}, "public_url": world.public_url, "p5": None, "p1": None}
    identity = world.agency.identity
    assert (told["agency"]["did"], told["agency"]["verkey"]) == (identity.did, identity.verkey)
    assert (told["agency"]["flavour"], told["agency"]["holder"]) == ("evernym", "none")
    assert told["journal"] == {"entries": 2, "open": 0, "dropped": 0}
    assert (told["connections"], told["scripts"], told["complaints"]) == (1, 1, 0)


def test_tells_how_it_is_served(connsim_world: World) -> None:
    """Where the fakes listen is told with the paths of all versions; and how polls move the clock."""
    connsim_world.per_poll = 60 * 10**9

    told = json.loads(Control(connsim_world).handle(Request("GET", "/world")).body)

    url = connsim_world.prism.url
    assert told["prism"]["url"] == url
    assert told["prism"]["urls"] == {"1.40.0": f"{url}/cloud-agent", "2023": f"{url}/prism-agent"}
    assert (told["prism"]["p5"], told["prism"]["p1"]) == (f"{url}/cloud-agent", f"{url}/prism-agent")
    assert told["agency"]["url"] == connsim_world.agency.url
    assert told["per_poll"] == "1 minute"


def test_says_that_it_serves(ask: Ask) -> None:
    """Whoever waits for it to come up has something to ask for."""
    assert ask("GET", "/health") == (200, {"status": "ok", "version": __version__})


def test_resets(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """Records and journal are dropped; scripts, seed and the moment stay, and so do ids."""
    world.script("prism-inviter", "accepts")
    first = invite()
    world.advance("1h")

    status, told = ask("POST", "/reset")

    assert (status, told["clock"]["elapsed"], told["seed"]) == (200, "1 hour", "control")
    assert (told["connections"], told["scripts"], told["journal"]["entries"]) == (0, 1, 0)
    assert invite() == first


def test_a_new_seed_is_a_new_world(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """Ids, keys and the agency's identity are those of a world that was made with the seed."""
    old, before = invite(), world.agency.identity
    other = World("monday")

    status, told = ask("POST", "/reset", {"seed": "monday"})

    assert (status, told["seed"], world.seed.value) == (200, "monday", "monday")
    assert (told["agency"]["did"], told["agency"]["verkey"]) == (
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
    """Ports stay open, and so do the addresses in links."""
    before = (connsim_world.agency.url, connsim_world.agency.public_url, connsim_world.prism.url)

    connsim_world.reset("monday")

    assert (connsim_world.agency.url, connsim_world.agency.public_url, connsim_world.prism.url) == before


def test_a_given_key_of_the_agency_outlives_the_seed() -> None:
    """What a setting says does not come from the seed."""
    world = build_world(Options())
    world.agency.configure(type(world.agency.settings)(agency_seed="0" * 32))
    before = world.agency.identity

    world.reset("monday")

    assert world.agency.identity == before


def test_tells_what_a_test_would_fail_for(ask: Ask, world: World) -> None:
    """What is not played is a complaint; it can be forgotten."""
    world.prism.handle(Request("GET", "/dids", {"apikey": "k"}))

    status, told = ask("GET", "/complaints")

    assert status == 200
    [complaint] = told["complaints"]
    assert complaint["kind"] == "Violation"
    assert complaint["text"].startswith("The client asked for GET /dids, which the real agent has")
    assert ask("DELETE", "/complaints") == (200, {"removed": 1})
    assert ask("GET", "/complaints")[1]["complaints"] == []


def test_the_index_lists_every_route(ask: Ask) -> None:
    """Whoever opens the address sees what there is."""
    told = ask("GET", "/")[1]

    assert told["openapi"] == "/openapi.json"
    routes = {(route["method"], route["path"]): route["does"] for route in told["routes"]}
    assert routes["POST", "/clock/advance"] == (
        "Advance the clock; everything that falls due on the way happens, each item at its moment."
    )
