"""A complete configuration for code on ``python3-wrapper-vcx``: the result of provisioning, ready for init."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from vcx.api.utils import vcx_agent_provision

from connsim.wire.keys import Identity

LOGO = "https://connsim.example/logo.png"


def provision(url: str, agency: Identity, name: str = "connsim", **more: str) -> dict[str, Any]:
    """Provision at an agency. libvcx or its stand-in must be loadable, and not initialized.

    Args:
        url: The agency's root URL.
        name: The institution's name, which holders see.
        more: Further members of the provisioning request, such as ``protocol_type``.

    Returns:
        The configuration for ``vcx_init_with_config``, without a ledger, because connections need none.

    Raises:
        VcxError: The agency cannot be reached, or the request is wrong.
    """
    asked = {
        "agency_url": url,
        "agency_did": agency.did,
        "agency_verkey": agency.verkey,
        "wallet_name": "connsim",
        "wallet_key": "connsim",
        "name": name,
        "logo": LOGO,
    } | more
    # On another thread: asyncio.run() leaves its thread without a current event loop, and the client under test may
    # rely on the one of this thread.
    with ThreadPoolExecutor(1) as elsewhere:
        config: dict[str, Any] = json.loads(elsewhere.submit(lambda: asyncio.run(_provision(asked))).result())
    del config["genesis_path"]  # the placeholder "<CHANGE_ME>", which init would refuse
    return config


async def _provision(asked: dict[str, str]) -> str:
    config: str = await vcx_agent_provision(json.dumps(asked))
    return config
