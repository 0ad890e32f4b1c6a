"""``connsim serve``: its options."""

import argparse
import os
from pathlib import Path

from connsim.agency.flavours import FLAVOURS
from connsim.cli.serving.options import AGENCY_PORT, CONTROL_PORT, DEFAULTS, PRISM_PORT, TOKEN, Options
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
    parser.add_argument(
        "--prism-port", type=_port, metavar="PORT", help=f"the PRISM agent (default: {PRISM_PORT}; 0: any free port)"
    )
    parser.add_argument(
        "--agency-port", type=_port, metavar="PORT", help=f"the VCX agency (default: {AGENCY_PORT}; 0: any free port)"
    )
    parser.add_argument(
        "--control-port",
        type=_port,
        metavar="PORT",
        help=f"the control API (default: {CONTROL_PORT}; 0: any free port)",
    )
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
        metavar="ROLE=BEHAVIOUR",
        help="what one side of every connection does, such as prism-inviter=accepts:5s; may be repeated",
    )
    parser.add_argument(
        "--gateway-keys",
        metavar="KEY,...",
        help="answer other API keys with 401, as an APISIX gateway in front of the agent does",
    )
    parser.add_argument("--webhook-url", metavar="URL", help="send every event to this receiver (the global webhook)")
    parser.add_argument("--webhook-key", metavar="KEY", help="the bearer token for that receiver")
    parser.add_argument(
        "--json", action="store_true", help="print one line of JSON with the addresses; ports not given are off"
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
        type=_limit,
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


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; expected a number from 0 to 65535")
    return int(text)


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= len(text.lstrip("0")) <= 9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a limit; expected a number from 1 to 999999999")
    return int(text)


def _serve(arguments: argparse.Namespace) -> int:
    def default(port: int | None, otherwise: int) -> int | None:
        return otherwise if port is None and not arguments.json else port

    keys = arguments.gateway_keys
    options = Options(
        host=arguments.host,
        prism_port=default(arguments.prism_port, PRISM_PORT),
        agency_port=default(arguments.agency_port, AGENCY_PORT),
        control_port=default(arguments.control_port, CONTROL_PORT),
        control_host=arguments.control_host,
        control_token=arguments.control_token,
        clock=arguments.clock,
        seed=arguments.seed,
        public_url=arguments.public_url,
        agency_public_url=arguments.agency_public_url,
        profile=arguments.profile,
        pace=arguments.pace,
        flavour=arguments.flavour,
        agency_expiry=arguments.agency_expiry,
        poll_limit=arguments.poll_limit,
        journal_limit=arguments.journal_limit,
        holder=arguments.holder,
        behaviours=tuple(arguments.behaviour),
        scenarios=arguments.scenarios,
        gateway_keys=None if keys is None else frozenset(keys.split(",")),
        webhook_url=arguments.webhook_url,
        webhook_key=arguments.webhook_key,
        as_json=arguments.json,
    )
    run(options, lambda text: print(text, flush=True))
    return 0
