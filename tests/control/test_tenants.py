import pytest

from connsim import World
from connsim.control.tenants import MOST, Tenants
from connsim.core.clock import Clock
from connsim.core.exchange import Request
from connsim.errors import Misuse
from connsim.prism.agent import PrismAgent


def make(name: str, seed: str, clock: str) -> World:
    """Make a tenant's world."""
    return World(seed, Clock(running=clock == "running"))


@pytest.fixture
def tenants() -> Tenants:
    """Two tenants beside the first world."""
    tenants = Tenants(World("first"), make)
    tenants.create("bank-1", keys=["k1", "k2"])
    tenants.create("bank-2", seed="other", keys=["k3"])
    return tenants


@pytest.mark.parametrize(
    ("target", "key", "whose", "seen"),
    [
        ("/connections", "", "first", "/connections"),
        ("/connections", "nobody's", "first", "/connections"),
        ("/connections?x=1", "k2", "bank-1", "/connections?x=1"),
        ("/t/bank-2/connections?x=1", "", "bank-2", "/connections?x=1"),
        ("/t/bank-2/connections", "k1", "bank-2", "/connections"),
        ("/t/bank-2//connections/", "", "bank-2", "//connections/"),
        ("/t/bank-2", "", "bank-2", "/"),
        ("/t/bank-2?x=1/y", "", "bank-2", "/?x=1/y"),
        ("/t/bank-2?x=1", "", "bank-2", "/?x=1"),
        ("/t/bank-3/connections", "", "first", "/t/bank-3/connections"),
        ("/t/bank-22/connections", "", "first", "/t/bank-22/connections"),
        ("//t/bank-2/connections", "", "first", "//t/bank-2/connections"),
    ],
)
def test_a_request_belongs_to_one_world(tenants: Tenants, target: str, key: str, whose: str, seen: str) -> None:
    """A path below /t/<name> comes first, then an API key of a tenant; all other requests are the first world's."""
    world, request = tenants.of(Request("GET", target, {"apikey": key} if key else {}))

    expected = tenants.first if whose == "first" else tenants.get(whose).world
    assert world is expected
    assert request.target == seen


def test_tenants_share_nothing(tenants: Tenants) -> None:
    """Each tenant has its own records, journal, scripts and clock; the same seed gives both the same ids."""
    twin = tenants.create("bank-3")
    for name in ("bank-1", "bank-3"):
        world, request = tenants.of(Request("POST", f"/t/{name}/connections", {"apikey": "k"}, b"{}"))
        assert world.fake(PrismAgent).handle(request).status == 201
    tenants.get("bank-1").world.advance("1h")

    first, third = tenants.get("bank-1").world, twin.world
    ids = [world.journal.transitions()[0].connection for world in (first, third)]
    assert ids[0] == ids[1]
    assert (first.clock.elapsed() > 0, third.clock.elapsed()) == (True, 0)
    assert tenants.first.journal.entries() == tenants.get("bank-2").world.journal.entries() == []
    assert [first.journal.tenant, third.journal.tenant] == ["bank-1", "bank-3"]


def test_a_tenant_that_is_gone_leaves_nothing(tenants: Tenants) -> None:
    """Name and keys of a deleted tenant are free again, and its requests go to the first world."""
    tenants.remove("bank-1")

    assert tenants.of(Request("GET", "/x", {"apikey": "k1"}))[0] is tenants.first
    assert [tenant.name for tenant in tenants] == ["bank-2"]
    assert tenants.create("bank-1", keys=["k1"]).path == "/t/bank-1"


@pytest.mark.parametrize(
    ("name", "keys", "message"),
    [
        ("", [], "'' cannot be the name of a tenant. Expected up to 64 letters"),
        ("a/b", [], "'a/b' cannot be the name of a tenant"),
        (".hidden", [], "'.hidden' cannot be the name of a tenant"),
        ("x" * 65, [], "cannot be the name of a tenant"),
        ("bank-1", [], "There is a tenant 'bank-1' already. Expected a new name"),
        ("new", ["k3"], "The API key 'k3' is the tenant 'bank-2''s. Expected keys that no other tenant has"),
        ("new", [""], "The API key '' is empty"),
    ],
)
def test_refuses_invalid_tenants(tenants: Tenants, name: str, keys: list[str], message: str) -> None:
    """A refused tenant leaves everything unchanged."""
    with pytest.raises(Misuse, match=message):
        tenants.create(name, keys=keys)

    assert [tenant.name for tenant in tenants] == ["bank-1", "bank-2"]


def test_names_the_nearest(tenants: Tenants) -> None:
    """The error for an unknown name suggests the nearest."""
    with pytest.raises(Misuse, match=r"no tenant 'bamk-2'. Did you mean 'bank-2'\? .* POST /tenants makes one"):
        tenants.remove("bamk-2")


def test_tenants_are_limited() -> None:
    """The number of tenants is limited, so that forgotten ones do not fill the memory."""
    tenants = Tenants(World(), lambda *_: World())
    for number in range(MOST):
        tenants.create(f"t{number}")

    with pytest.raises(Misuse, match="There are 1000 tenants already. Expected fewer. Delete those whose"):
        tenants.create("one-more")


def test_generates_names(tenants: Tenants) -> None:
    """A tenant without a name gets one that no tenant has had."""
    tenants.create("tenant-2")

    assert [tenants.create().name for _ in range(2)] == ["tenant-1", "tenant-3"]
    tenants.remove("tenant-3")
    assert tenants.create().name == "tenant-4"
