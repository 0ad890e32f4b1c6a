import pytest

from connsim.core.durations import MINUTE, SECOND
from connsim.core.ends import For
from connsim.errors import Misuse, UnknownBehaviour
from connsim.script import roles
from connsim.script.behaviours import Behaviour
from connsim.script.catalogue import BUILT_IN
from connsim.script.sequence import Sequence

PLAYED = [
    pytest.param(behaviour, role, id=f"{behaviour.name}-{role}") for behaviour in BUILT_IN for role in behaviour.roles
]


def played(said: str, role: str = "prism-inviter") -> Sequence:
    """What a role makes of a phrase."""
    return BUILT_IN.parse(said).for_role(role)


@pytest.mark.parametrize(("behaviour", "role"), PLAYED)
def test_every_behaviour_keeps_to_its_table(behaviour: Behaviour, role: str) -> None:
    """A built-in behaviour is a legal script for every role that it names."""
    fitted = played(behaviour.name, role).on(roles.find(role).table)

    assert fitted.steps


@pytest.mark.parametrize("said", ["accepts after 90 seconds", "accepts:90s", "accepts 1m30s", "  accepts   after 90s "])
def test_a_behaviour_is_said_in_many_ways(said: str) -> None:
    """Feature files, the command line and Python say the same thing in their own way."""
    assert played(said).steps[0].ends == For(90 * SECOND, 90 * SECOND)


def test_spaces_and_hyphens_are_one() -> None:
    """``never responds`` and ``never-responds`` are one behaviour."""
    assert played("never responds") == played("never-responds")


def test_the_name_is_kept_for_messages() -> None:
    """Messages call the sequence what the tester called it."""
    assert played("accepts:90s").name == "'accepts after 1 minute 30 seconds'"
    assert played("accepts", "prism-invitee").steps[1].ends == For(SECOND, SECOND)
    assert played("accepts after 2 minutes", "prism-invitee").steps[1].ends == For(2 * MINUTE, 2 * MINUTE)


@pytest.mark.parametrize(
    ("said", "role", "error", "told"),
    [
        ("acepts", "prism-inviter", UnknownBehaviour, "no behaviour 'acepts'. Did you mean 'accepts'"),
        ("acepts after 90 seconds", "prism-inviter", UnknownBehaviour, "Did you mean 'accepts'"),
        ("juggles", "prism-inviter", UnknownBehaviour, "no behaviour 'juggles'. Expected one of: accepts"),
        (
            "accepts sometimes",
            "prism-inviter",
            UnknownBehaviour,
            "'accepts sometimes' is not a behaviour: 'sometimes' is not a",
        ),
        ("never responds after 5s", "prism-inviter", Misuse, "'never-responds' takes no duration. Leave '5s' out"),
        (
            "unreachable-endpoint:5s",
            "prism-invitee",
            Misuse,
            "'unreachable-endpoint' of prism-invitee takes no duration",
        ),
        ("scans-twice", "prism-inviter", Misuse, "cannot be played as prism-inviter. Expected a behaviour of"),
        ("stuck-invitee", "prism-inviter", Misuse, "an inviter does not see it, and is connected. Script prism-inv"),
        ("refuses", "prism-invitee", Misuse, "no message for it, so .* silence. Play 'never-responds' instead"),
    ],
    ids=[
        "misspelt",
        "misspelt-with-duration",
        "unknown",
        "bad-duration",
        "too-much",
        "too-much-for-the-role",
        "wrong-role",
        "wrong-side",
        "not-on-this-wire",
    ],
)
def test_refuses_what_it_does_not_know(said: str, role: str, error: type[Exception], told: str) -> None:
    """The message names the nearest behaviour, or what would be right."""
    with pytest.raises(error, match=told):
        played(said, role)
