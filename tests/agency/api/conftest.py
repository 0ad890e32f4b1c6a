"""What tests of the agency's messages and refusals share."""

import json

from connsim.core.seed import Seed
from connsim.wire.keys import KeyPair

STRANGER = KeyPair.from_seed(Seed("stranger").draw("key"))


def code(reply) -> tuple[int, str]:
    """The status and the code of a refusal of the production agency."""
    return reply.status, json.loads(reply.body)["statusCode"]


def last_note(world) -> str:
    """Why the last request was refused."""
    return world.journal.last_exchange().note
