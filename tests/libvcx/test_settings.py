"""The values of a configuration, and their effect.

Sections are those of docs/protocol/libvcx.md.
"""

import json
from typing import Any

import pytest

from connsim.libvcx.errors import VcxError
from connsim.libvcx.settings import TEST_MODE, LibvcxSettings, is_did, is_url
from connsim.wire.codes import Version

DID = "2hoqvcwupRTUNkXn6ArYzs"
VERKEY = "FuN98eH2eZybECWkofW6A9BKJxxnTatBCopfUiNxo6ZB"
V1, V2 = Version.V1, Version.V2


def settings(**values: Any) -> LibvcxSettings:
    """Return settings with a wallet key and the given values."""
    made = LibvcxSettings()
    made.merge(json.dumps({"wallet_key": "k"} | values))
    return made


def refusal(made: LibvcxSettings, wallet_open: bool = False) -> int:
    """Return the code in which the check ends; 0 if it passes."""
    try:
        made.validate(wallet_open)
    except VcxError as error:
        return int(error.code)
    return 0


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param("text", "text", id="5.2 text"),
        pytest.param("", "", id="5.2 empty text"),
        pytest.param(["a", 1], '["a",1]', id="5.2 list"),
        pytest.param({"a": None}, '{"a":null}', id="5.2 object"),
        pytest.param(True, "true", id="5.2 true"),
        pytest.param(False, "false", id="5.2 false"),
    ],
)
def test_values_are_kept_as_text(value: Any, kept: str) -> None:
    """A value that is not text is stored as JSON."""
    assert settings(x=value).need("x") == kept


@pytest.mark.parametrize(
    "config",
    [
        pytest.param('{"a": "1", "m": 1, "z": "1"}', id="5.2 number"),
        pytest.param('{"a": "1", "m": 1.5, "z": "1"}', id="5.2 fraction"),
        pytest.param('{"z": "1", "m": null, "a": "1"}', id="5.2 null"),
    ],
)
def test_numbers_and_nulls_are_refused(config: str) -> None:
    """A number or null is 1016, and the settings before it in alphabetical order are stored."""
    made = LibvcxSettings()

    with pytest.raises(VcxError) as caught:
        made.merge(config)

    assert (caught.value.code, made.get("a"), made.get("z")) == (1016, "1", None)


@pytest.mark.parametrize("config", ["", "{", "nope", '{"a": NaN}', '{"a": "\\ud800"}', "[" * 100_000])
def test_5_1_other_texts_are_refused(config: str) -> None:
    """A text that is not JSON is 1016."""
    with pytest.raises(VcxError) as caught:
        LibvcxSettings().merge(config)

    assert caught.value.code == 1016


@pytest.mark.parametrize("config", ["[]", "1", "null", '"text"'])
def test_5_1_other_json_is_ignored(config: str) -> None:
    """JSON that is not an object is accepted, and changes nothing."""
    made = settings(a="1")

    made.merge(config)

    assert (made.get("a"), made.need("wallet_key")) == ("1", "k")


def test_5_1_settings_are_merged_until_they_are_emptied() -> None:
    """A later configuration adds to an earlier one."""
    made = settings(a="1", b="1")

    made.merge('{"b": "2"}')
    assert (made.get("a"), made.get("b")) == ("1", "2")

    made.clear()
    with pytest.raises(VcxError) as caught:
        made.need("a")
    assert (caught.value.code, caught.value.causes) == (1004, ('Cannot read "a" from settings',))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        pytest.param({}, 0, id="5.2 only the wallet key"),
        pytest.param({"whatever": "x"}, 0, id="5.2 unknown key"),
        pytest.param({"agency_did": DID, "agency_verkey": VERKEY}, 0, id="5.2 good did and key"),
        pytest.param({"agency_did": "did:sov:x"}, 0, id="5.2 qualified did"),
        pytest.param({"institution_did": "x"}, 1008, id="5.2 institution did"),
        pytest.param({"institution_verkey": DID}, 1009, id="5.2 institution key"),
        pytest.param({"agency_did": VERKEY}, 1008, id="5.2 agency did"),
        pytest.param({"agency_verkey": "0" * 44}, 1009, id="5.2 agency key"),
        pytest.param({"sdk_to_remote_did": ""}, 1008, id="5.2 owner did"),
        pytest.param({"sdk_to_remote_verkey": ""}, 1009, id="5.2 owner key"),
        pytest.param({"remote_to_sdk_did": "O"}, 1008, id="5.2 agent did"),
        pytest.param({"remote_to_sdk_verkey": "O"}, 1009, id="5.2 agent key"),
        pytest.param({"agency_endpoint": "nowhere"}, 1013, id="5.2 endpoint"),
        pytest.param({"institution_logo_url": "<CHANGE_ME>"}, 1013, id="5.6 logo as provisioning gives it"),
        pytest.param({"webhook_url": "x"}, 1013, id="5.2 webhook"),
        pytest.param({"actors": ["inviter", "verifier"]}, 0, id="5.2 actors"),
        pytest.param({"actors": ["nobody"]}, 1007, id="5.2 unknown actor"),
        pytest.param({"actors": "inviter"}, 1007, id="5.2 actors no list"),
        pytest.param({"actors": [["inviter"]]}, 1007, id="5.2 actors nested"),
        pytest.param({"enable_test_mode": "indy"}, 1103, id="5.5 plain frames"),
        pytest.param({"actors": "x", "agency_endpoint": "x", "remote_to_sdk_did": "x"}, 1008, id="5.3 order"),
        pytest.param({"webhook_url": "x", "institution_logo_url": "x", "agency_verkey": "x"}, 1009, id="5.3 key first"),
    ],
)
def test_validation(values: dict[str, Any], code: int) -> None:
    """The settings are checked in a fixed order, and the first failure counts."""
    assert refusal(settings(**values)) == code


def test_5_2_a_wallet_key_is_needed_unless_a_wallet_is_open() -> None:
    """A missing wallet key is 1069, before any other check, unless a wallet is open."""
    made = LibvcxSettings()
    made.merge('{"institution_did": "x"}')

    assert refusal(made) == 1069
    assert refusal(made, wallet_open=True) == 1008


@pytest.mark.parametrize(
    ("url", "holds"),
    [
        ("http://a.example", True),
        ("https://1.2.3.4:80/x?y", True),
        ("http://[::1]:80", True),
        ("localhost:8080", True),
        ("mailto:x", True),
        ("52.26.0.1:80", False),
        ("/path", False),
        ("http://", False),
        ("http://a:99999", False),
        ("http://a:b", False),
        ("", False),
    ],
)
def test_5_2_urls(url: str, holds: bool) -> None:
    """A URL is absolute and has a scheme, even if it cannot be reached."""
    assert is_url(url) is holds


def test_5_2_a_did_is_16_bytes_whatever_its_text_length() -> None:
    """A DID is 16 bytes, so it may have 21 characters."""
    assert is_did("1" * 16)
    assert not is_did("1" * 17)


@pytest.mark.parametrize(
    ("values", "protocol", "connections", "aries"),
    [
        pytest.param({}, V1, V1, False, id="5.4 default"),
        pytest.param({"protocol_type": "1.0", "communication_method": "aries"}, V1, V1, False, id="2.1 aries with 1.0"),
        pytest.param({"protocol_type": "2.0"}, V2, V1, False, id="5.4 2.0"),
        pytest.param({"protocol_type": "2.0", "communication_method": "aries"}, V2, V1, True, id="5.4 2.0 aries"),
        pytest.param({"protocol_type": "2.0", "communication_method": "Aries"}, V2, V1, False, id="5.2 exact text"),
        pytest.param({"protocol_type": "3.0"}, V2, V1, True, id="5.4 3.0"),
        pytest.param({"protocol_type": "4.0"}, V2, V1, True, id="5.4 4.0"),
        pytest.param({"protocol_type": "5.0"}, V1, V1, False, id="5.4 unknown"),
        pytest.param({"use_latest_protocols": True}, V1, V2, False, id="2.1 latest"),
        pytest.param({"use_latest_protocols": "TRUE"}, V1, V2, False, id="2.1 latest shouted"),
        pytest.param({"use_latest_protocols": "yes"}, V1, V1, False, id="2.1 latest misspelt"),
    ],
)
def test_protocols(values: dict[str, Any], protocol: Version, connections: Version, aries: bool) -> None:
    """The settings determine the protocols of agency and connections, and the kind of new connections."""
    made = settings(**values)

    assert (made.protocol, made.connections, made.aries) == (protocol, connections, aries)


@pytest.mark.parametrize(
    ("mode", "indy", "agency"), [("true", True, True), ("agency", False, True), ("false", False, False)]
)
def test_5_5_test_modes(mode: str, indy: bool, agency: bool) -> None:
    """The test mode determines what is mocked."""
    made = settings(enable_test_mode=mode)

    assert (made.mock_indy, made.mock_agency) == (indy, agency)


def test_5_5_the_word_for_the_test_mode_sets_everything() -> None:
    """The word for the test mode sets everything that is needed, until the shutdown."""
    made = LibvcxSettings()
    made.merge(TEST_MODE)

    assert (made.mock_indy, made.mock_agency, refusal(made)) == (True, True, 0)
    assert (made.need("agency_did"), made.need("sdk_to_remote_verkey")) == (DID, VERKEY)
    assert made.need("institution_name") == "default"

    made.clear()
    assert not made.mock_agency
