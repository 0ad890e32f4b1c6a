import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.core.durations import MINUTE, SECOND
from connsim.core.ends import Ever, For, Polls, Until, parse_ends
from connsim.errors import BadScript
from connsim.script.machines.prism import INVITEE, INVITER
from connsim.script.sequence import Sequence, Step


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("90s", For(90 * SECOND, 90 * SECOND)),
        ("for 90 seconds", For(90 * SECOND, 90 * SECOND)),
        ("5s..20s", For(5 * SECOND, 20 * SECOND)),
        ("for 5 to 20 seconds", For(5 * SECOND, 20 * SECOND)),
        ("5 seconds to 2 minutes", For(5 * SECOND, 2 * MINUTE)),
        ("3 polls", Polls(3)),
        ("for 1 poll", Polls(1)),
        ("until accepted", Until("accepted")),
        ("until the holder accepts", Until("accepted")),
        ("ever", Ever()),
        ("for ever", Ever()),
    ],
)
def test_ends_are_read_in_both_forms(text: str, ends: object) -> None:
    """A step ends after a while, after polls, on an event, or never; in the words of files and of features."""
    assert parse_ends(text) == ends


@given(
    st.one_of(
        st.tuples(st.integers(0, 10**15), st.integers(0, 10**15)).map(lambda pair: For(min(pair), max(pair))),
        st.integers(1, 10**6).map(Polls),
        st.sampled_from(INVITER.events).map(Until),
        st.just(Ever()),
    )
)
def test_what_is_written_is_read_back(ends: For | Polls | Until | Ever) -> None:
    """The text of an end is an end again."""
    assert parse_ends(str(ends)) == ends


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a while", "does not say what ends a step. Expected a duration"),
        ("0 polls", "can never end a step. Expected at least 1 poll"),
        ("20s..5s", "runs backwards. Expected the shorter duration first"),
        ("", "does not say what ends a step"),
        ("for -3 polls", "does not say what ends a step"),
    ],
)
def test_refuses_what_can_not_end_a_step(text: str, told: str) -> None:
    """The message says what was expected instead."""
    with pytest.raises(BadScript, match=told):
        parse_ends(text)


def test_refuses_no_steps() -> None:
    """A sequence has at least one step."""
    with pytest.raises(BadScript, match="without steps"):
        Sequence.of()


def test_refuses_what_can_not_be_reached() -> None:
    """Only the last step may be for ever."""
    with pytest.raises(
        BadScript, match=r"Step 1 \(InvitationGenerated\) never ends, so 1 later step cannot be reached"
    ):
        Sequence.of("InvitationGenerated", "ConnectionResponseSent")


def test_passes_through_the_only_way() -> None:
    """States that are left out on the table's only way are put in, for no time."""
    fitted = Sequence.of(("InvitationGenerated", "90s"), "ConnectionResponseSent").on(INVITER)

    assert [str(step) for step in fitted.steps] == [
        "InvitationGenerated for 1 minute 30 seconds",
        "ConnectionRequestReceived for 0 seconds",
        "ConnectionResponsePending for 0 seconds",
        "ConnectionResponseSent for ever",
    ]


def test_may_stay_in_a_state_for_a_second_reason() -> None:
    """Two steps in one state are no transition."""
    sequence = Sequence.of(
        ("InvitationGenerated", "90s"), ("InvitationGenerated", "3 polls"), "ConnectionRequestReceived"
    )

    assert sequence.on(INVITER) == sequence


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (["InvitationGenerted"], "is not a state of prism-inviter. Did you mean 'InvitationGenerated'"),
        (["Paid"], "'Paid' is not a state of prism-inviter. Expected one of: InvitationGenerated"),
        (
            [("ConnectionResponseSent", "1s"), "InvitationGenerated"],
            "cannot go from ConnectionResponseSent to InvitationGenerated. Legal next: nothing, it is final",
        ),
        (
            [("InvitationExpired", "1s"), "ConnectionResponseSent"],
            "cannot go from InvitationExpired to ConnectionResponseSent",
        ),
        ([("InvitationGenerated", "until paid")], "'paid' is not an event of prism-inviter. Expected one of: accepted"),
    ],
    ids=["misspelt", "unknown", "backwards", "dead-end", "event"],
)
def test_refuses_what_leaves_the_table(steps: list[str | tuple[str, str]], told: str) -> None:
    """The message names the legal next states, or the nearest name."""
    with pytest.raises(BadScript, match=told):
        Sequence.of(*steps).on(INVITER)


def test_refuses_to_guess_between_ways() -> None:
    """Where two paths lead to a state, the script has to say which."""
    with pytest.raises(BadScript, match="2 paths lead prism-invitee from the start to ConnectionResponseReceived"):
        Sequence.of("ConnectionResponseReceived").on(INVITEE)


def test_an_impossible_agent_can_be_played_on_purpose() -> None:
    """With strict off, nothing is checked and nothing is added."""
    sequence = Sequence.of(("ConnectionResponseSent", "1s"), "Paid", strict=False)

    assert sequence.on(INVITER) is sequence


def test_rows_of_a_feature_file() -> None:
    """A table of states and durations is a sequence."""
    rows = [{"state": "InvitationGenerated", "lasts": "3 polls"}, {"state": "ConnectionRequestReceived", "lasts": ""}]

    assert Sequence.of_rows(rows).steps == (Step("InvitationGenerated", Polls(3)), Step("ConnectionRequestReceived"))


def test_rows_need_their_columns() -> None:
    """A table with other columns is told which are expected."""
    with pytest.raises(BadScript, match="has the columns state, time. Expected the columns 'state' and 'lasts'"):
        Sequence.of_rows([{"state": "InvitationGenerated", "time": "3 polls"}])


@pytest.mark.parametrize(
    ("steps", "same"),
    [
        ([{"act": "ignore", "for": "3m"}, {"act": "accept"}], [("ignore", "3m"), "accept"]),
        ([{"state": "Waiting", "until": "accepted"}, {"state": "Done"}], [("Waiting", "until accepted"), "Done"]),
        ([{"act": "ignore", "for": "3 polls"}, {"act": "refuse", "for": "ever"}], [("ignore", "3 polls"), "refuse"]),
    ],
)
def test_steps_as_scenario_files_write_them(steps: list[dict[str, str]], same: list[str | tuple[str, str]]) -> None:
    """A mapping is a step: what is shown is a state, what is done is an act."""
    assert Sequence.of(*steps) == Sequence.of(*same)


@pytest.mark.parametrize(
    "step",
    [{"act": "ignore", "state": "x"}, {"for": "3m"}, {"act": "ignore", "for": "1s", "until": "x"}, {"acts": "x"}],
)
def test_steps_need_their_keys(step: dict[str, str]) -> None:
    """A mapping with other keys is told which are expected."""
    with pytest.raises(BadScript, match="Expected 'state' or 'act'; 'for' or 'until' if it ends"):
        Sequence.of(step)


def test_rows_of_a_holder() -> None:
    """A holder's table has acts in the place of states."""
    rows = [{"act": "ignore", "lasts": "3 minutes"}, {"act": "accept", "lasts": ""}]

    assert Sequence.of_rows(rows) == Sequence.of(("ignore", "3m"), "accept")
