import re

import pytest

from connsim import __version__
from connsim.cli.command import build_parser, main
from connsim.cli.serving.options import Options, build_world
from connsim.script.catalogue import BUILT_IN


def test_shows_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The printed version is the package's."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert (ended.value.code, capsys.readouterr().out) == (0, f"connsim {__version__}\n")


def test_lists_behaviours(capsys: pytest.CaptureFixture[str]) -> None:
    """Every behaviour is listed with its roles and what the client sees."""
    assert main(["behaviours"]) == 0

    output = capsys.readouterr().out
    for behaviour in BUILT_IN:
        assert f"{behaviour.name}" in output
        assert behaviour.doc in output


def test_prints_states(capsys: pytest.CaptureFixture[str]) -> None:
    """The state machine of a role is printed as rows, or as a diagram."""
    assert main(["states", "prism-inviter"]) == 0
    rows = capsys.readouterr().out
    assert main(["states", "prism-invitee", "--diagram"]) == 0
    diagram = capsys.readouterr().out

    assert "InvitationGenerated -> ConnectionRequestReceived\n        accepted, by the peer" in rows
    assert "prism-invitee" not in rows
    assert "[*] --> InvitationReceived" in diagram


def test_lists_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    """Every sentence is listed in the form in which a person writes it."""
    assert main(["steps"]) == 0

    output = capsys.readouterr().out
    assert "Given a holder who <behaviour>\n" in output
    assert "When <by> pass\n" in output
    assert "Then the <client|inviter|invitee|other invitee|issuer> polled <count> times\n" in output
    assert "(?P" not in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["states", "prism-invitor"], "no role 'prism-invitor'. Did you mean 'prism-inviter'"),
        (
            ["serve", "--clock", "backwards"],
            "The clock 'backwards' is unknown. Expected running, standing, or per-poll",
        ),
        (["serve", "--clock", "per-poll"], "The clock 'per-poll' is unknown"),
        (["serve", "--clock", "per-poll:soon"], "'soon' is not a duration"),
        (["serve", "--behaviour", "accepts"], "--behaviour accepts is incomplete. Expected <role>=<behaviour>"),
        (["serve", "--behaviour", "prism-inviter=dances"], "no behaviour 'dances'"),
        (["serve", "--behaviour", "nobody=accepts"], "no role 'nobody'"),
        (["serve", "--public-url", "banana"], "--public-url banana is not a URL. Expected http://... or https://..."),
        (["serve", "--holder", "dances"], "no behaviour 'dances'"),
        (["holder", "accept", "x", "--control", "http://127.0.0.1:1"], "No control API answers at http://127.0.0.1:1"),
        (["serve", "--gateway-keys", ""], "--gateway-keys has an empty key"),
        (["serve", *["--behaviour", "prism-inviter=accepts"] * 2], "is the second for prism-inviter"),
        (["serve", "--prism-port", "9000", "--control-port", "9000"], "--prism-port and --control-port are both 9000"),
        (["serve", "--host", "192.0.2.1", "--prism-port", "0"], "The server cannot listen on 192.0.2.1"),
        (["serve", "--json"], "Every port is off, so there is nothing to serve. With --json, name the ports"),
    ],
    ids=[
        "role",
        "clock",
        "per-poll",
        "duration",
        "incomplete",
        "behaviour",
        "unknown-role",
        "url",
        "holder",
        "nobody-there",
        "keys",
        "twice",
        "same-port",
        "host",
        "no-ports",
    ],
)
def test_wrong_calls_say_what_would_be_right(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong call ends with exit code 2 and one sentence, without a traceback."""
    assert main(arguments) == 2

    assert re.search(f"^connsim: .*{re.escape(message)}", capsys.readouterr().err)


@pytest.mark.parametrize("port", ["x", "-1", "65536", "1.5"])
def test_bad_ports_are_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A port outside the valid range is refused."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--prism-port", port])

    assert ended.value.code == 2
    assert "is not a port; expected a number from 0 to 65535" in capsys.readouterr().err


def test_commands_have_help_and_examples() -> None:
    """The help describes each command in one line, and shows an example."""
    text = build_parser().format_help()

    for command in ("serve", "holder", "demo", "behaviours", "states", "magic", "steps"):
        assert re.search(rf"^    {command}\s+\w+", text, re.MULTILINE), command


def test_the_command_line_describes_a_world() -> None:
    """The options for seed, clock, scripts and keys take effect in the world."""
    options = Options(
        clock="per-poll:60s",
        seed="here",
        public_url="http://agent.example/",
        behaviours=("prism-inviter=accepts:5s",),
        gateway_keys=frozenset({"a"}),
    )
    world = build_world(options)

    assert (world.seed.value, world.clock.running, world.per_poll) == ("here", False, 60 * 10**9)
    assert world.public_url == "http://agent.example"
    assert world.scripts.defaults["prism-inviter"].name == "'accepts after 5 seconds'"
    assert world.prism.cloud_agent.settings.gateway_keys == frozenset({"a"})
