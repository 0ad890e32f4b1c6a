"""The command line. Exit codes: 0 success, 1 failure, 2 wrong arguments."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from connsim.cli import listing
from connsim.cli.check import add_check
from connsim.cli.holder import add_holder
from connsim.cli.serve import add_serve
from connsim.core.version import VERSION as __version__
from connsim.errors import ConnsimError, Misuse


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``connsim``.

    Args:
        argv: The arguments; ``None`` takes those of the process.

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
    """Build the parser. The table of commands in the docs is generated from it."""
    parser = argparse.ArgumentParser(
        prog="connsim",
        description="Plays the other side of an SSI connection: a PRISM agent, a VCX agency, and their holders.",
    )
    parser.add_argument("--version", action="version", version=f"connsim {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    add_serve(commands)
    add_check(commands)
    add_holder(commands)
    _add_run_vcx(commands)
    demo = commands.add_parser("demo", help="play connections in frozen time, and print what happens")
    demo.set_defaults(run=_demo)
    for lists in listing.add_commands(commands):
        lists.set_defaults(run=_print_text)
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
        "--holder", metavar="BEHAVIOUR", help="what holders do at the agency that is started (default: accepts:5s)"
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
        help="the protocol_type of the configuration; from 3.0 on, connections are Aries connections (default: 1.0)",
    )
    parser.add_argument(
        "--wallets", type=Path, metavar="DIR", help="keep the wallet and its configuration here, for later scripts"
    )
    parser.add_argument("script", type=Path, metavar="SCRIPT", help="a Python file")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGS", help="the arguments of the script")
    parser.set_defaults(run=_run_vcx)


@contextmanager
def _extra(name: str, needs: str) -> Iterator[None]:
    """Name the extra to install if an import in a ``with`` block fails."""
    try:
        yield
    except ImportError as error:
        raise Misuse(f"{needs} {error.name}, which is not installed. Run: pip install 'connsim[{name}]'") from error


def _run_vcx(arguments: argparse.Namespace) -> int:
    with _extra("vcx", "run-vcx needs"):
        from connsim.cli.run_vcx import run_vcx  # noqa: PLC0415 (needs the extra vcx)
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


def _demo(_: argparse.Namespace) -> int:
    with _extra("test", "The demo needs"):
        from connsim.cli.demo import run_demo  # noqa: PLC0415 (needs the test extra)
    run_demo()
    return 0


def _print_text(arguments: argparse.Namespace) -> int:
    print(arguments.text_of(arguments))
    return 0


def _steps(_: argparse.Namespace) -> int:
    with _extra("test", "The sentences need"):
        from connsim.cli.sentences import all_sentences  # noqa: PLC0415 (needs the test extra)
    for sentence in all_sentences():
        print(f"{sentence.keyword} {sentence.text}\n    {sentence.doc}")
    return 0
