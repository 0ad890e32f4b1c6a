"""Magic values: values sent by a client that select a behaviour, like the test card numbers of a payment sandbox.

They are for clients that are tested by hand, or against a shared simulator, where no test can write a script. Scripts
and rules take precedence over magic values, and magic values over defaults. A text that begins with ``connsim:`` names
the behaviour; a list with commas names those of the first, the second and every later connection of that client:
``connsim:refuses, accepts after 90s``. A phone number or a DID has no room for words, so the tables below map some of
them to behaviours.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "connsim:"

TEXTS = ("goal_code", "label", "institution")
"""The traits whose text can be a magic value. The first with the prefix is used; it precedes a phone number or DID."""

CLIENTS = ("api_key", "owner")
"""The traits that identify the client; a connection has one of them."""

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
"""The behaviour of the holders with these numbers. Area code 999 is not assigned, so no person has one."""

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
"""The behaviour of all holders whom these owners invite. Each key is the DID that a wallet derives from
`seed_of(behaviour)`."""

SEED_LENGTH = 32

_PUNCTUATION = str.maketrans("", "", " -()")


def seed_of(behaviour: str) -> str:
    """The ``agent_seed`` whose DID selects a behaviour: its name, padded with zeros to the 32 characters of a seed."""
    return f"{PREFIX}{behaviour}".ljust(SEED_LENGTH, "0")


@dataclass(frozen=True, slots=True)
class MagicValue:
    """The behaviours that a magic value selects.

    Attributes:
        trait: The name of the trait that has the value.
        value: The value as the client sent it.
        phrases: The behaviours of the client's first, second, ... connection; the last is that of all later ones.
        client: The API key or owner DID of the client; empty if unknown.
    """

    trait: str
    value: str
    phrases: tuple[str, ...]
    client: str

    def index_for(self, number: int) -> int:
        """The index in `phrases` for the client's connection of this ordinal, from 1."""
        return min(number, len(self.phrases)) - 1


def find(traits: Mapping[str, str]) -> MagicValue | None:
    """Find the magic value among the traits of a new connection; ``None`` if there is no such value."""
    client = next((traits[name] for name in CLIENTS if name in traits), "")
    for name in TEXTS:
        if (value := traits.get(name, "")).startswith(PREFIX):
            phrases = tuple(part.strip() for part in value.removeprefix(PREFIX).split(","))
            # The label of a VCX connection is the institution's name, and testers set the institution.
            trait = "institution" if value == traits.get("institution") else name
            return MagicValue(trait, value, phrases, client)
    phone = traits.get("phone", "")
    if found := PHONES.get(f"+{phone.translate(_PUNCTUATION).removeprefix('+')}"):
        return MagicValue("phone", phone, (found,), client)
    if found := OWNERS.get(traits.get("owner", "")):
        return MagicValue("owner", traits["owner"], (found,), client)
    return None
