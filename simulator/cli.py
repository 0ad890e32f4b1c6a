"""The command line. Exit codes: 0 done, 1 it ran and failed, 2 it was called wrongly."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from simulator import __version__, roles
from simulator.asking import ask_control
from simulator.catalogue import BUILT_IN
from simulator.check_command import add_check
from simulator.errors import ConnsimError, Misuse
from simulator.options import CONTROL_PORT
from simulator.serve_command import add_serve


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``connsim``.

    Args:
        argv: The arguments; those of the process unless given.

    Returns:
        The exit code.
    """
    arguments = build_parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # as in `connsim steps | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Misuse as error:
        print(f"connsim: {error}", file=sys.stderr)
        return 2
    except ConnsimError as error:
        print(f"connsim: {error}", file=sys.stderr)
        return 1


def build_parser() -> argparse.ArgumentParser:
    """Build the parser; the table of commands in the docs is made from it."""
    parser = argparse.ArgumentParser(
        prog="connsim",
        description="Plays the other side of an SSI connection: a PRISM agent, a VCX agency, and their holders.",
    )
    parser.add_argument("--version", action="version", version=f"connsim {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    add_serve(commands)
    add_check(commands)
    _add_holder(commands)
    _add_run_vcx(commands)
    demo = commands.add_parser("demo", help="play connections in frozen time and tell what happens")
    demo.set_defaults(run=_demo)
    behaviours = commands.add_parser("behaviours", help="list what the other side can do, by name")
    behaviours.set_defaults(run=_behaviours)
    states = commands.add_parser(
        "states", help="print the state machine of each role", epilog="Example: connsim states prism-invitee --diagram"
    )
    states.add_argument("role", nargs="?", help="only this role, such as prism-inviter")
    states.add_argument("--diagram", action="store_true", help="as a Mermaid diagram")
    states.set_defaults(run=_states)
    steps = commands.add_parser("steps", help="list the sentences for feature files (needs pytest-bdd)")
    steps.set_defaults(run=_steps)
    return parser


def _add_run_vcx(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "run-vcx",
        help="run a script for python3-wrapper-vcx on the stand-in for libvcx, unmodified (needs the extra vcx)",
        epilog="Example: connsim run-vcx --config vcx-config.json connect.py QR alice",
    )
    parser.add_argument(
        "--agency", metavar="URL", help="the root of a running agency (default: one is started for the script)"
    )
    parser.add_argument(
        "--holder", metavar="BEHAVIOUR", help="what the holders of the one that is started do (default: accepts:5s)"
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="where the script looks for its configuration (default: a file that VCX_CONFIG names)",
    )
    parser.add_argument(
        "--protocol",
        choices=("1.0", "2.0", "3.0", "4.0"),
        default="1.0",
        help="the protocol_type of the configuration; from 3.0 on, connections are those of Aries (default: 1.0)",
    )
    parser.add_argument(
        "--wallets", type=Path, metavar="DIR", help="keep the wallet, and the configuration, for later scripts"
    )
    parser.add_argument("script", type=Path, metavar="SCRIPT", help="a Python file")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGS", help="what the script is called with")
    parser.set_defaults(run=_run_vcx)


def _run_vcx(arguments: argparse.Namespace) -> int:
    try:
        from simulator.run_vcx import run_vcx  # noqa: PLC0415 (needs the extra vcx)
    except ImportError as error:
        raise Misuse(f"run-vcx needs {error.name}, which is not installed. Run: pip install 'connsim[vcx]'") from error
    run_vcx(
        arguments.script,
        arguments.arguments,
        agency=arguments.agency,
        holder=arguments.holder,
        config=arguments.config,
        wallets=arguments.wallets,
        protocol=arguments.protocol,
        say=lambda text: print(text, file=sys.stderr, flush=True),
    )
    return 0


def _add_holder(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "holder",
        help="let the holder of an invitation act, now",
        epilog="Example: connsim holder refuse yta2odh",
    )
    parser.add_argument("act", choices=("accept", "refuse", "redirect", "silence", "scan"), help="what the holder does")
    parser.add_argument(
        "id",
        metavar="ID",
        help="the connReqId of a VCX invitation, or a PRISM connectionId; to scan: an Aries invitation, as JSON or URL",
    )
    parser.add_argument(
        "--control",
        default=os.environ.get("CONNSIM_CONTROL", f"http://127.0.0.1:{CONTROL_PORT}"),
        metavar="URL",
        help="the control API of a running `connsim serve` (default: CONNSIM_CONTROL, else its own default)",
    )
    parser.set_defaults(run=_holder)


def _holder(arguments: argparse.Namespace) -> int:
    word = "invitation" if arguments.act == "scan" else "id"
    told = ask_control(arguments.control, "POST", f"/holder/{arguments.act}", {word: arguments.id})
    print(f"The holder of {told['id']}: {told['holder']}.")
    return 0


def _demo(_: argparse.Namespace) -> int:
    try:
        from simulator.demo import run_demo  # noqa: PLC0415 (needs the test extra)
    except ImportError as error:
        raise Misuse(
            f"The demo needs {error.name}, which is not installed. Run: pip install 'connsim[test]'"
        ) from error
    run_demo()
    return 0


def _behaviours(_: argparse.Namespace) -> int:
    for behaviour in BUILT_IN:
        takes = (
            ""
            if behaviour.default is None
            else f" [after <duration>], else {str(behaviour.default).removeprefix('for ')}"
        )
        print(f"{behaviour.name}{takes}\n    roles: {', '.join(behaviour.roles)}\n    {behaviour.doc}\n")
    return 0


def _states(arguments: argparse.Namespace) -> int:
    for role in [roles.find(arguments.role)] if arguments.role else roles.all_roles():
        print(f"{role.name}: {role.doc}")
        if arguments.diagram:
            print(role.table.diagram())
        for edge in () if arguments.diagram else role.table.edges:
            print(f"    {edge.source or '(new)'} -> {edge.target}\n        {edge.event}, by the {edge.by}: {edge.why}")
        print()
    return 0


def _steps(_: argparse.Namespace) -> int:
    try:
        from simulator.sentences import all_sentences  # noqa: PLC0415 (needs the test extra)
    except ImportError as error:
        raise Misuse(
            f"The sentences need {error.name}, which is not installed. Run: pip install 'connsim[test]'"
        ) from error
    for sentence in all_sentences():
        print(f"{sentence.keyword} {sentence.text}\n    {sentence.doc}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
