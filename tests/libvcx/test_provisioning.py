"""Becoming a customer of the fake agency.

Sections are those of docs/protocol/libvcx.md, 6.4 of docs/protocol/vcx-agency.md.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connsim import World
from connsim.agency.agency import Agency
from connsim.core.exchange import Reply
from connsim.libvcx.calls import Result
from connsim.libvcx.library import Library
from connsim.libvcx.session import Session
from connsim.wire.keys import KeyPair
from tests.libvcx.conftest import Call, Provisioning

SEED = "0" * 31


@pytest.fixture
def fresh() -> Library:
    """A library that knows nothing."""
    return Library(Session("test"))


def provision(call: Call, library: Library, config: dict[str, Any]) -> Any:
    """Call it."""
    return call(library, "vcx_agent_provision_async", json.dumps(config).encode(), result=Result.TEXT)


@pytest.mark.parametrize("protocol", ["1.0", "2.0", "3.0", "4.0"])
def test_5_6_three_posts_and_a_configuration_for_init(
    fresh: Library, call: Call, agency: Agency, connsim_world: World, provisioning: Provisioning, protocol: str
) -> None:
    """The result leads init to the same wallet and agent, and says who is who."""
    given = provisioning(protocol_type=protocol, webhook_url="http://w.example", wallet_name="w", agent_seed=f"{SEED}1")

    result = json.loads(provision(call, fresh, given).result)

    journal = connsim_world.journal
    assert [e.message for e in journal.exchanges()] == ["CONNECT", "SIGNUP", "CREATE_AGENT"]
    owner = KeyPair.from_seed(f"{SEED}1")
    assert result == {
        "wallet_key": "k",
        "wallet_name": "w",
        "agency_endpoint": agency.url,
        "agency_did": agency.identity.did,
        "agency_verkey": agency.identity.verkey,
        "sdk_to_remote_did": owner.did,
        "sdk_to_remote_verkey": owner.verkey,
        "institution_did": result["institution_did"],
        "institution_verkey": result["institution_verkey"],
        "remote_to_sdk_did": result["remote_to_sdk_did"],
        "remote_to_sdk_verkey": result["remote_to_sdk_verkey"],
        "institution_name": "Faber",
        "institution_logo_url": "http://l.example/logo.png",
        "genesis_path": "<CHANGE_ME>",
        "protocol_type": protocol,
        "webhook_url": "http://w.example",
    }
    assert list(result) == sorted(result)
    assert result["institution_did"] != owner.did

    del result["genesis_path"]
    assert call(fresh, "vcx_init_with_config", json.dumps(result).encode()).code == 0
    assert journal.exchanges()[-1].message == "UPDATE_COM_METHOD"


@pytest.mark.parametrize(
    ("seeds", "same"),
    [
        pytest.param({}, True, id="5.6 both absent"),
        pytest.param({"agent_seed": f"{SEED}1", "enterprise_seed": f"{SEED}1"}, True, id="5.6 equal"),
        pytest.param({"agent_seed": f"{SEED}1", "enterprise_seed": f"{SEED}2"}, False, id="5.6 different"),
        pytest.param({"enterprise_seed": f"{SEED}2"}, False, id="5.6 one absent"),
    ],
)
@pytest.mark.usefixtures("agency")
def test_the_issuer_is_the_owner_if_their_seeds_are_equal(
    fresh: Library, call: Call, provisioning: Provisioning, seeds: dict[str, str], same: bool
) -> None:
    """Otherwise it has a pair of its own."""
    result = json.loads(provision(call, fresh, provisioning(**seeds)).result)

    assert (result["institution_did"] == result["sdk_to_remote_did"]) is same
    assert (result["institution_verkey"] == result["sdk_to_remote_verkey"]) is same


@pytest.mark.parametrize(
    ("config", "returned", "code"),
    [
        pytest.param(b"", 1007, 1007, id="5.6 empty"),
        pytest.param(b"{", 0, 1004, id="5.6 no JSON"),
        pytest.param(b"[]", 0, 1004, id="5.6 no object"),
        pytest.param(b"{}", 0, 1004, id="5.6 missing"),
    ],
)
def test_a_configuration_that_is_none(fresh: Library, call: Call, config: bytes, returned: int, code: int) -> None:
    """1004, later; only an empty text is refused at once."""
    called = call(fresh, "vcx_agent_provision_async", config, result=Result.TEXT)

    assert (called.returned, called.code) == (returned, code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"agency_did": None}, 1004, id="5.6 no did"),
        pytest.param({"agency_url": 1}, 1004, id="5.6 number"),
        pytest.param({"use_latest_protocols": True}, 1004, id="5.6 truth value"),
        pytest.param({"protocol_type": "5.0"}, 1004, id="5.4 unknown protocol"),
        pytest.param({"agent_seed": "short"}, 1080, id="6.3 seed"),
        pytest.param({"agency_verkey": "x"}, 1080, id="6.3 verkey"),
        pytest.param({"agency_url": "http://127.0.0.1:1"}, 1033, id="6.4 nobody there"),
        pytest.param({"agency_url": "nowhere"}, 1033, id="6.4 no URL"),
    ],
)
@pytest.mark.usefixtures("agency")
def test_what_is_wrong_with_it(
    fresh: Library, call: Call, provisioning: Provisioning, change: dict[str, Any], code: int
) -> None:
    """Each failure has its code, and comes late."""
    called = provision(call, fresh, provisioning(**change))

    assert (called.returned, called.code) == (0, code)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        pytest.param(Reply(500, b"no"), 1033, id="6.4 refused"),
        pytest.param(Reply(200, b""), 1080, id="6.4 empty"),
        pytest.param(Reply(200, b"garbage"), 1080, id="6.4 garbage"),
    ],
)
def test_an_agency_that_fails_leaves_the_wallet_open(
    fresh: Library,
    call: Call,
    provisioning: Provisioning,
    serve: Callable[[Reply], str],
    agency: Agency,
    reply: Reply,
    code: int,
) -> None:
    """The second try says so, and a shutdown helps."""
    assert provision(call, fresh, provisioning(agency_url=serve(reply))).code == code
    assert provision(call, fresh, provisioning()).code == 1052

    fresh.vcx_shutdown(False)
    assert provision(call, fresh, provisioning()).code == 0


@pytest.mark.usefixtures("agency")
def test_a_wallet_that_is_there_is_used(fresh: Library, call: Call, provisioning: Provisioning) -> None:
    """With its key; with another it does not open."""
    assert provision(call, fresh, provisioning()).code == 0
    assert provision(call, fresh, provisioning(wallet_key="other")).code == 1075
    assert provision(call, fresh, provisioning()).code == 0


@pytest.mark.usefixtures("agency")
def test_wallets_that_outlive_the_process(call: Call, provisioning: Provisioning, tmp_path: Path) -> None:
    """A path in the client's own configuration is one way to have them, a directory of the stand-in the other."""
    named = provisioning(storage_config=json.dumps({"path": str(tmp_path / "named")}))
    result = json.loads(provision(call, Library(Session("one")), named).result)
    del result["genesis_path"]
    assert call(Library(Session("two")), "vcx_init_with_config", json.dumps(result).encode()).code == 0

    result = json.loads(provision(call, Library(Session("three", tmp_path / "ours")), provisioning()).result)
    del result["genesis_path"]
    given = json.dumps(result).encode()
    assert call(Library(Session("four")), "vcx_init_with_config", given).code == 1079
    assert call(Library(Session("five", tmp_path / "ours")), "vcx_init_with_config", given).code == 0


@pytest.mark.parametrize("mode", ["true", "agency"])
def test_5_5_a_mocked_agency_is_not_asked(fresh: Library, call: Call, mode: str) -> None:
    """The result is the same every time, but for what a real wallet makes."""
    fresh.session.settings.merge(json.dumps({"enable_test_mode": mode}))
    given = {"agency_url": "http://127.0.0.1:1", "agency_did": "d", "agency_verkey": "v", "wallet_key": "k"}

    result = json.loads(provision(call, fresh, given).result)

    assert (result["remote_to_sdk_did"], result["institution_name"]) == ("A4a69qafqZHPLPPu5JFQrc", "<CHANGE_ME>")
    assert (result["sdk_to_remote_did"] == "FhrSrYtQcw3p9xwf7NYemf") is (mode == "true")
