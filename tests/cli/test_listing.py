"""What the commands list: the same for people and for programs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from connsim import Sequence
from connsim.cli.command import main
from connsim.script import magic, roles
from connsim.script.catalogue import BUILT_IN

ROLES = [role.name for role in roles.all_roles()]


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command prints that succeeds."""
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def parsed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """The JSON that a command prints."""
    return json.loads(told(capsys, *arguments, "--json"))


class TestBehaviours:
    def test_all_of_them(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Name, parameter, roles, sentence, reports."""
        text = told(capsys, "behaviours")

        for behaviour in BUILT_IN:
            assert f"    {behaviour.doc}\n" in text
            assert all(f"    reported: {issue}\n" in text for issue in behaviour.issues)
        assert "\nnever-responds\n    roles: prism-inviter, prism-invitee, vcx-holder, aries-holder\n" in text
        assert text.startswith("accepts [after <duration>, else 1 second]\n")
        assert "    not for prism-invitee: a PRISM agent has no message for it" in text
        assert "state:" not in text

    @pytest.mark.parametrize("name", ["stuck-invitee", "stuck invitee", " stuck  invitee "])
    def test_one_of_them(self, capsys: pytest.CaptureFixture[str], name: str) -> None:
        """By its name, with hyphens or spaces."""
        assert [one["name"] for one in parsed(capsys, "behaviours", name)] == ["stuck-invitee"]

    def test_those_of_a_role(self, capsys: pytest.CaptureFixture[str]) -> None:
        """What it can show, and at the end what testers may look for in vain, with the reason."""
        listed = parsed(capsys, "behaviours", "prism-inviter")

        shown = [one["name"] for one in listed if "prism-inviter" in one["roles"]]
        absent = [one["name"] for one in listed if "prism-inviter" in one["absent"]]
        assert shown == list(BUILT_IN.of_role("prism-inviter"))
        assert [one["name"] for one in listed] == shown + absent
        assert "refuses" in absent
        text = told(capsys, "behaviours", "prism-inviter")
        assert "\nrefuses\n    not for prism-inviter: a PRISM agent has no message for it" in text
        assert "prism-invitee" not in re.sub("prism-invitee$|Script prism-invitee", "", text, flags=re.MULTILINE)

    def test_a_parameter_is_that_of_the_roles_that_are_asked_for(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A behaviour that takes a duration as one role may take none as another."""
        assert "unreachable-endpoint [after" in told(capsys, "behaviours", "prism-inviter")
        assert "unreachable-endpoint [after" not in told(capsys, "behaviours", "prism-invitee")

    def test_steps_are_lines_of_a_scenario_file(self, capsys: pytest.CaptureFixture[str]) -> None:
        """They can be copied: with ``$after`` where the parameter stands."""
        text = told(capsys, "behaviours", "answers-late", "--steps")

        assert "    prism-inviter:\n      - {state: InvitationGenerated, for: $after}\n" in text
        assert "      - {state: ConnectionResponsePending, for: 3 polls}\n" in text
        assert "    vcx-holder:\n      - {act: ignore, for: $after}\n      - {act: accept, for: ever}\n" in text

    def test_steps_are_those_of_the_role(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Whoever asks for a role gets its part of each."""
        text = told(capsys, "behaviours", "vcx-holder", "--steps")

        assert set(re.findall(r"^    (\S+):$", text, re.MULTILINE)) == {"vcx-holder"}

    def test_steps_can_be_read_again(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The rows of the JSON make the same sequences."""
        for one in parsed(capsys, "behaviours"):
            for role, rows in one["roles"].items():
                again = Sequence.of(*rows)
                built_in = next(behaviour for behaviour in BUILT_IN if behaviour.name == one["name"]).roles[role]
                assert [str(step) for step in again.steps] == [str(step) for step in built_in.steps]

    def test_json_says_everything(self, capsys: pytest.CaptureFixture[str]) -> None:
        """With the parameter, or null."""
        [refuses] = parsed(capsys, "behaviours", "refuses")
        [stuck] = parsed(capsys, "behaviours", "stuck-invitee")

        assert set(refuses) == {"name", "doc", "parameter", "roles", "absent", "issues"}
        assert refuses["roles"]["vcx-holder"] == [{"act": "ignore", "for": "$after"}, {"act": "refuse", "for": "ever"}]
        assert set(refuses["absent"]) == {"prism-inviter", "prism-invitee"}
        assert (refuses["parameter"], stuck["parameter"]) == ("1 second", None)
        assert stuck["issues"][0] == "https://github.com/hyperledger-identus/cloud-agent/pull/359"

    @pytest.mark.parametrize(
        ("name", "near"),
        [("acepts", "accepts"), ("prism-invitor", "prism-inviter"), ("scan twice", "scans-twice"), ("juggles", None)],
    )
    def test_others_are_not_known(self, capsys: pytest.CaptureFixture[str], name: str, near: str | None) -> None:
        """The nearest is named, be it a behaviour or a role."""
        assert main(["behaviours", name]) == 2

        error = capsys.readouterr().err
        assert f"There is no behaviour and no role {name!r}." in error
        assert (f"Did you mean {near!r}?" in error) == (near is not None)
        assert "Expected a role (prism-inviter, prism-invitee, vcx-holder, aries-holder) or a behaviour" in error


class TestStates:
    def test_rows_and_diagrams(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Of one role, or of all."""
        rows = told(capsys, "states", "vcx-holder")
        diagrams = told(capsys, "states", "--diagram")

        assert "    (new) -> ignore\n        invited, by the client: a connection request" in rows
        assert "prism" not in rows
        assert diagrams.count("stateDiagram-v2") == len(ROLES)

    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Each edge with its cause; the diagram on demand."""
        [role] = parsed(capsys, "states", "prism-invitee")
        [drawn] = parsed(capsys, "states", "prism-invitee", "--diagram")

        assert (role["role"], role["word"], role["traits"]) == (
            "prism-invitee",
            "state",
            ["label", "goal_code", "api_key"],
        )
        assert role["edges"][0] == {
            "source": None,
            "event": "created",
            "target": "InvitationReceived",
            "by": "client",
            "why": "POST /connection-invitations, first half",
        }
        assert drawn.pop("diagram").startswith("stateDiagram-v2")
        assert drawn == role
        assert [one["role"] for one in parsed(capsys, "states")] == ROLES


class TestMagic:
    def test_all_values(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The prefix, and both tables with the seeds."""
        text = told(capsys, "magic")

        assert "    connsim:refuses, accepts after 90s\n" in text
        assert "    +19995550105  refuses\n" in text
        assert "    connsim:refuses00000000000000000  At5fa7SGySU7SQaPyaCz1r  refuses\n" in text

    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The same for programs."""
        values = parsed(capsys, "magic")

        assert (values["prefix"], values["phones"]) == (magic.PREFIX, dict(magic.PHONES))
        assert {one["did"]: one["behaviour"] for one in values["owners"]} == dict(magic.OWNERS)
        assert values["owners"][0]["agent_seed"] == "connsim:accepts00000000000000000"


def test_behaviours_of_a_file_are_listed_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a scenario file names stands beside what is built in; a broken file is told with what is wrong."""
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("behaviours: {mine: {doc: My own., vcx-holder: [{act: accept}]}}")
    bad.write_text("behaviours: {mine: {vcx-holder: [{act: acept}]}}")

    assert main(["behaviours", "mine", "--scenarios", str(good)]) == 0
    assert capsys.readouterr().out.startswith("mine\n    roles: vcx-holder\n    My own.\n")
    assert main(["behaviours", "--scenarios", str(bad)]) == 2
    assert "error: 'acept' is not an act of vcx-holder. Did you mean 'accept'?" in capsys.readouterr().err
