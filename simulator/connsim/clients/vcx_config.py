"""A ready configuration for code on ``python3-wrapper-vcx``: what provisioning gives, made fit for init."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from vcx.api.utils import vcx_agent_provision

from connsim.wire.keys import Identity

LOGO = "https://connsim.example/logo.png"


def provision(url: str, agency: Identity, name: str = "connsim", **more: str) -> dict[str, Any]:
    """Become a customer of an agency; libvcx or its stand-in is there, and not initialized.

    Args:
        url: The agency's root.
        name: The institution's, as holders see it.
        more: Further members of the provisioning request, such as ``protocol_type``.

    Returns:
        What ``vcx_init_with_config`` takes. It names no ledger: none is needed for connections.

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
    # On another thread: to whoever comes next, it must look as if no event loop had ever run on this one.
    with ThreadPoolExecutor(1) as elsewhere:
        config: dict[str, Any] = json.loads(elsewhere.submit(lambda: asyncio.run(_provision(asked))).result())
    del config["genesis_path"]  # a text that says to change it, which init would refuse
    return config


async def _provision(asked: dict[str, str]) -> str:
    told: str = await vcx_agent_provision(json.dumps(asked))
    return told
