"""People for tests: labels, names and phone numbers by Faker, from the world's seed."""

from dataclasses import dataclass
from functools import cache

from faker import Faker

from connsim.core.seed import Seed


@dataclass(frozen=True, slots=True)
class Person:
    """A person to connect with.

    Attributes:
        role: Their role in the test, such as ``holder``.
        name: Their full name.
        label: The label that an inviter gives the connection.
        phone: In E.164 form, with the digits 555 01xx, which are reserved for fiction; never a magic value.
    """

    role: str
    name: str
    label: str
    phone: str


class People:
    """The people of one world; the same seed and role always give the same person."""

    def __init__(self, seed: Seed) -> None:
        self._seed = seed

    def person(self, role: str) -> Person:
        """Return the person in a role."""
        fake = _faker()
        fake.seed_instance(self._seed.draw_between(0, 2**63, "person", role))
        name = fake.name()
        return Person(role, name, f"Connect with {name}", fake.numerify("+12##55501##"))


@cache
def _faker() -> Faker:
    # Made once: loading Faker's word lists takes tens of milliseconds. Each use sets its seed again.
    return Faker("en_US")
