"""``connsim serve``: its options."""

import argparse
import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from connsim.agency.flavours import FLAVOURS
from connsim.cli.serving.options import DEFAULTS, PORTS, TOKEN, Options
from connsim.cli.serving.server import run
from connsim.journal.journal import LIMIT
from connsim.prism.pace import PACES, PARTS
from connsim.prism.versions import VERSIONS, version_named
from connsim.world.world import PUBLIC_URL


def add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``serve`` to the parser."""
    parser = commands.add_parser(
        "serve",
        help="serve the fakes until Ctrl-C",
        epilog="Example: connsim serve --behaviour prism-inviter=accepts:5s",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    for name, what in (("prism", "the PRISM agent"), ("agency", "the VCX agency"), ("control", "the control API")):
        default = PORTS[f"{name}_port"]
        help_text = f"{what} (default: {default}; 0: any free port)"
        parser.add_argument(f"--{name}-port", type=_number("port", 0, 65_535), metavar="PORT", help=help_text)
    parser.add_argument(
        "--control-host", metavar="HOST", help="the address that the control API listens on (default: that of --host)"
    )
    parser.add_argument(
        "--control-token",
        default=os.environ.get(TOKEN) or None,
        metavar="TOKEN",
        help=f"the bearer token of the control API (default: {TOKEN}; else none on the loopback interface, and a new "
        f"one on others)",
    )
    _add_world(parser)
    _add_agency(parser)
    parser.add_argument(
        "--public-url",
        default=PUBLIC_URL,
        metavar="URL",
        help="the root of the agent's own URL inside its DIDs (default: %(default)s)",
    )
    parser.add_argument(
        "--behaviour",
        action="append",
        default=[],
        dest="behaviours",
        metavar="ROLE=BEHAVIOUR",
        help="what one side of every connection does, such as prism-inviter=accepts:5s; may be repeated",
    )
    parser.add_argument(
        "--gateway-keys",
        type=_keys,
        metavar="KEY,...",
        help="answer other API keys with 401, as an APISIX gateway in front of the agent does",
    )
    parser.add_argument("--webhook-url", metavar="URL", help="send every event to this receiver (the global webhook)")
    parser.add_argument("--webhook-key", metavar="KEY", help="the bearer token for that receiver")
    parser.add_argument(
        "--json",
        action="store_true",
        dest="as_json",
        help="print one line of JSON with the addresses; ports not given are off",
    )
    parser.set_defaults(run=_serve)


def _add_world(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scenarios",
        type=Path,
        metavar="FILE",
        help="behaviours, rules and settings from a file, which is reloaded whenever it is saved",
    )
    parser.add_argument(
        "--clock",
        metavar="MODE",
        help="running, standing (the control API moves it) or per-poll:60s (every poll does) "
        f"(default: {DEFAULTS.clock})",
    )
    parser.add_argument("--seed", help=f"seed of all ids, keys and names (default: {DEFAULTS.seed})")
    parser.add_argument(
        "--profile",
        type=version_named,
        choices=VERSIONS,
        help=f"the PRISM agent at the root of the port; each is also at its prefix (default: {DEFAULTS.profile})",
    )
    parser.add_argument(
        "--pace",
        metavar="PACE",
        help=f"how quickly agents do their own work: {', '.join(PACES)}, or durations for some of {', '.join(PARTS)}: "
        "pickup=10ms,scan=2s (default: typical)",
    )
    parser.add_argument(
        "--journal-limit",
        type=_number("limit", 1, 999_999_999),
        default=LIMIT,
        metavar="N",
        help="the greatest number of exchanges, and of transitions, in the journal (default: %(default)s)",
    )


def _add_agency(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--flavour", choices=tuple(FLAVOURS), help=f"whose VCX agency is played (default: {DEFAULTS.flavour})"
    )
    parser.add_argument(
        "--agency-public-url",
        metavar="URL",
        help="the root of the agency's URLs in links and invitations (default: where it listens)",
    )
    parser.add_argument(
        "--agency-expiry",
        metavar="DURATION",
        help="refuse answers to a VCX invitation that is older (default: it never expires)",
    )
    parser.add_argument(
        "--poll-limit",
        metavar="DURATION",
        help="answer a client that polls the agency again before this time with 429 (default: no limit)",
    )
    parser.add_argument(
        "--holder",
        metavar="BEHAVIOUR",
        help=f"what holders of VCX invitations do; none: two clients connect with each other "
        f"(default: {DEFAULTS.holder})",
    )


def _keys(text: str) -> frozenset[str]:
    return frozenset(text.split(","))


def _number(noun: str, low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or len(text.lstrip("0")) > len(str(high)) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a {noun}; expected a number from {low} to {high}")
        return int(text)

    return read


def _serve(arguments: argparse.Namespace) -> int:
    given = {field.name: getattr(arguments, field.name) for field in fields(Options)}
    if not arguments.as_json:
        given |= {name: port for name, port in PORTS.items() if given[name] is None}
    run(Options(**given), lambda text: print(text, flush=True))
    return 0
