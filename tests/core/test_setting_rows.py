import pytest

from connsim import AgencySettings, CloudAgentSettings, EarlySettings
from connsim.core.durations import MINUTE, SECOND
from connsim.core.setting_rows import changed, row_of
from connsim.errors import Misuse

SETTINGS = [
    CloudAgentSettings(),
    CloudAgentSettings(
        gateway_keys=frozenset(["b", "a"]), retry_delays=(), webhook_parallelism=3, invitation_expiry=90 * SECOND
    ),
    EarlySettings(scan=5 * SECOND, gateway_keys=frozenset()),
    AgencySettings(flavour="dummy", holder="refuses", invitation_expiry=5 * MINUTE, sms="off"),
]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: type(settings).__name__)
def test_rows_are_read_as_they_were_written(settings: CloudAgentSettings | EarlySettings | AgencySettings) -> None:
    """A row says everything; settings that it is read into become the same."""
    assert changed(type(settings)(), row_of(settings)) == settings


def test_writes_as_people_do() -> None:
    """Durations are spoken, and what is a set is a sorted list."""
    row = row_of(SETTINGS[1])

    assert (row["invitation_expiry"], row["gateway_keys"], row["retry_delays"]) == (
        "1 minute 30 seconds",
        ["a", "b"],
        [],
    )
    assert row_of(SETTINGS[0])["retry_delays"] == ["5 seconds", "10 seconds", "20 seconds", "40 seconds"]
    assert row["webhook_parallelism"] == 3
    assert row_of(SETTINGS[3])["least_poll_interval"] is None


def test_changes_only_what_is_said() -> None:
    """Everything else stays."""
    settings = AgencySettings(holder="refuses", invitation_expiry=MINUTE)

    assert changed(settings, {"invitation_expiry": None, "flavour": "dummy"}) == AgencySettings("dummy", "refuses")
    assert changed(settings, {}) == settings


@pytest.mark.parametrize(
    ("settings", "row", "told"),
    [
        (
            CloudAgentSettings(),
            {"invitation_expirey": "5m"},
            "no setting 'invitation_expirey'. Did you mean 'invitation_expiry'",
        ),
        (CloudAgentSettings(), {"zzz": 1}, "no setting 'zzz'. Expected one of: version, invitation_expiry"),
        (
            CloudAgentSettings(),
            {"invitation_expiry": "soon"},
            r"setting 'invitation_expiry' is 'soon'. Expected a duration \('5m'\)",
        ),
        (CloudAgentSettings(), {"invitation_expiry": None}, "'invitation_expiry' is null. Expected a duration"),
        (CloudAgentSettings(), {"pickup": -1}, "'pickup' is -1. Expected a duration"),
        (CloudAgentSettings(), {"pickup": True}, "'pickup' is true"),
        (CloudAgentSettings(), {"api_key_enabled": 1}, "is 1. Expected true or false"),
        (CloudAgentSettings(), {"webhook_parallelism": "3"}, "is '3'. Expected a whole number of at least 0"),
        (CloudAgentSettings(), {"retry_delays": ["5s", "x"]}, "'retry_delays', number 2, is 'x'. Expected a duration"),
        (CloudAgentSettings(), {"gateway_keys": "one"}, "is 'one'. Expected a list, each a text or null"),
        (AgencySettings(), {"flavour": "node"}, "is 'node'. Expected one of: evernym, dummy"),
        (AgencySettings(), {"invitation_expiry": []}, "Expected a duration .* or null"),
        (AgencySettings(), {"holder": None}, "'holder' is null. Expected a text"),
    ],
)
def test_says_what_is_wrong(settings: CloudAgentSettings | AgencySettings, row: dict[str, object], told: str) -> None:
    """A wrong name is told with the nearest, a wrong value with what it can be."""
    with pytest.raises(Misuse, match=told):
        changed(settings, row)
