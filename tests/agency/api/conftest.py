"""Helpers for tests of the agency's messages and refusals."""

import json

from connsim import World
from connsim.core.exchange import Reply
from connsim.core.seed import Seed
from connsim.wire.keys import KeyPair
from tests.agency.conftest import last_exchange

STRANGER = KeyPair.from_seed(Seed("stranger").draw("key"))


def code(reply: Reply) -> tuple[int, str]:
    """Return the status and the code of a refusal of the production agency."""
    return reply.status, json.loads(reply.body)["statusCode"]


def last_note(world: World) -> str:
    """Return the journal's note on the last request, which says why it was refused."""
    return last_exchange(world).note
