"""Magic values: what a client itself sends, and gets a behaviour for, as with the card numbers of a payment sandbox.

They count where no script is for a connection, and come before the defaults. A text that begins with ``connsim:`` says
the behaviour; with commas, those of the first, the second and every later connection of that client: ``connsim:refuses,
accepts after 90s``. A phone number or an owner's DID can say nothing, so some stand for behaviours by a table.
"""

from collections.abc import Mapping

PREFIX = "connsim:"

TEXTS = ("goal_code", "label", "institution")
"""The traits that may be a text; the first that has the prefix counts."""

PHONES: Mapping[str, str] = {
    "+19995550100": "accepts",
    "+19995550101": "accepts after 60 seconds",
    "+19995550102": "accepts after 10 minutes",
    "+19995550103": "refuses",
    "+19995550104": "never-responds",
    "+19995550105": "answers-twice",
    "+19995550106": "redirects",
    "+19995550107": "agent-offer",
    "+19995550108": "agency-hangs",
}
"""What the holders of these numbers do. No area code 999 exists, so they can be nobody's."""

SEED_LENGTH = 32

OWNERS: Mapping[str, str] = {}
"""What all holders do for these owners, by DID: those that a wallet makes from `seed_of` the behaviour."""


def seed_of(behaviour: str) -> str:
    """The enterprise seed whose DID stands for a behaviour: its name, filled up with zeros to 32 characters."""
    return f"{PREFIX}{behaviour}".ljust(SEED_LENGTH, "0")


def said_by(traits: Mapping[str, str]) -> list[str]:
    """The behaviours that a connection's traits ask for, one for each connection of its client; empty if none."""
    for name in TEXTS:
        if traits.get(name, "").startswith(PREFIX):
            return [part.strip() for part in traits[name].removeprefix(PREFIX).split(",")]
    found = PHONES.get(traits.get("phone", "")) or OWNERS.get(traits.get("owner", ""))
    return [found] if found else []
