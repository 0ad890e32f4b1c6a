"""``connsim holder``: makes the holder of an invitation act, in a running ``connsim serve``."""

import argparse
import os

from connsim.cli.serving.options import PORTS, TOKEN
from connsim.control.client.client import ControlClient


def add_holder(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``holder`` to the parser."""
    parser = commands.add_parser(
        "holder",
        help="make the holder of an invitation act now",
        epilog="Example: connsim holder refuse yta2odh",
    )
    parser.add_argument("act", choices=("accept", "refuse", "redirect", "silence", "scan"), help="what the holder does")
    parser.add_argument(
        "id",
        metavar="ID",
        help="the connReqId of a VCX invitation, a PRISM connectionId, or what `scan` printed; for scan: an Aries "
        "invitation, as JSON or URL",
    )
    parser.add_argument(
        "--control",
        default=os.environ.get("CONNSIM_CONTROL", f"http://127.0.0.1:{PORTS['control_port']}"),
        metavar="URL",
        help="the control API of a running `connsim serve` (default: CONNSIM_CONTROL, else the default of serve)",
    )
    parser.add_argument(
        "--token",
        default=os.environ.get(TOKEN) or None,
        help=f"the token of the control API, which `connsim serve` prints if it needs one (default: {TOKEN})",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    control = ControlClient(arguments.control, arguments.token)
    scans = arguments.act == "scan"
    connection = control.scan(arguments.id) if scans else control.let_holder(arguments.act, arguments.id)
    print(f"The holder of {connection.id}: {connection.holder}.")
    return 0
