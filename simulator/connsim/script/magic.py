"""Magic values: what a client itself sends, and gets a behaviour for, as with the card numbers of a payment sandbox.

They count where no script is for a connection, and come before the defaults. A text that begins with ``connsim:`` says
the behaviour; with commas, those of the first, the second and every later connection of that client: ``connsim:refuses,
accepts after 90s``. A phone number or an owner's DID can say nothing, so some stand for behaviours by a table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "connsim:"

TEXTS = ("goal_code", "label", "institution")
"""The traits that may be a text; the first that has the prefix counts, and it counts before a number or a DID."""

CLIENTS = ("api_key", "owner")
"""The traits that tell clients apart; a connection has one of them."""

PHONES: Mapping[str, str] = {
    "+19995550100": "accepts",
    "+19995550101": "accepts after 60 seconds",
    "+19995550102": "accepts after 10 minutes",
    "+19995550103": "accepts after 3 polls",
    "+19995550104": "never-responds",
    "+19995550105": "refuses",
    "+19995550106": "redirects",
    "+19995550107": "answers-twice",
    "+19995550108": "agent-offer",
    "+19995550109": "agency-hangs",
}
"""What the holders of these numbers do. No area code 999 exists, so they can be nobody's."""

OWNERS: Mapping[str, str] = {
    "55s2jDhJaugTc3Uq848aMm": "accepts",
    "TJrLVfX2JQ4NZ6KEbnVtAP": "accepts after 60 seconds",
    "2taGmC2xEnsJBpymEu5Yq3": "never-responds",
    "At5fa7SGySU7SQaPyaCz1r": "refuses",
    "Qgf8pzynswqNKf2rH8xv9s": "redirects",
    "Ak18bqoBXCeuwGoF5aiFAc": "answers-twice",
    "8sBm2zYy32UVBZV6RRFsm1": "agent-offer",
    "YRGWWaA1mKPcuUiSJBvwGx": "agency-hangs",
    "JFZgJxN8S3rmQm88a2sPM3": "disappears-halfway",
    "YMPRa3GVotvojw8J4Ra4As": "acknowledges-late",
    "XuViasM6Vti7A15mgfxyUb": "refuses-late",
    "NEZBPv4SbE9TEcX58877gq": "unreachable-endpoint",
}
"""What all holders do for these owners, by DID: those that a wallet makes from `seed_of` the behaviour."""

SEED_LENGTH = 32

_PUNCTUATION = str.maketrans("", "", " -()")


def seed_of(behaviour: str) -> str:
    """The ``agent_seed`` whose DID stands for a behaviour: its name, filled up with zeros to 32 characters."""
    return f"{PREFIX}{behaviour}".ljust(SEED_LENGTH, "0")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a connection's own traits ask for.

    Attributes:
        trait: The one that does.
        value: As the client sent it.
        said: The behaviours of its client's first, second, ... connection; the last one is that of all later ones.
        client: Who sent it.
    """

    trait: str
    value: str
    said: tuple[str, ...]
    client: str

    def turn(self, number: int) -> int:
        """Which of the behaviours, from 0 on, is that of the client's connection of this number, from 1 on."""
        return min(number, len(self.said)) - 1


def find(traits: Mapping[str, str]) -> Asked | None:
    """What the traits of a new connection ask for; ``None`` if they are not magic."""
    client = next((traits[name] for name in CLIENTS if name in traits), "")
    for name in TEXTS:
        if (value := traits.get(name, "")).startswith(PREFIX):
            said = tuple(part.strip() for part in value.removeprefix(PREFIX).split(","))
            trait = "institution" if value == traits.get("institution") else name  # whose name may be the label, too
            return Asked(trait, value, said, client)
    phone = traits.get("phone", "")
    if found := PHONES.get(f"+{phone.translate(_PUNCTUATION).removeprefix('+')}"):
        return Asked("phone", phone, (found,), client)
    if found := OWNERS.get(traits.get("owner", "")):
        return Asked("owner", traits["owner"], (found,), client)
    return None
