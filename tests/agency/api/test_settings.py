"""The agency's settings, and what they leave as it is."""

import pytest

from connsim import World
from connsim.agency.settings import AgencySettings
from connsim.errors import Misuse
from connsim.journal.entries import Entry
from connsim.wire.codes import Version
from tests.agency.api.conftest import code
from tests.agency.conftest import NewOwner


class TestSettings:
    def test_are_set_before_the_first_owner(self, world: World, new_owner: NewOwner) -> None:
        """An agency with owners is not set up anew."""
        new_owner()

        with pytest.raises(Misuse, match="although it has owners"):
            world.agency.configure(AgencySettings())
        world.reset()
        world.agency.configure(AgencySettings())

    @pytest.mark.parametrize(
        ("settings", "told"),
        [
            (
                AgencySettings(flavour="node"),  # type: ignore[arg-type] # as a scenario file may have it
                "The flavour 'node' is unknown. Expected evernym or dummy",
            ),
            (AgencySettings(holder="juggles"), "no behaviour 'juggles'"),
            (AgencySettings(agency_seed="short"), "A seed of 5 characters was given. Expected 32 bytes"),
        ],
    )
    def test_unknown_ones_are_refused(self, world: World, settings: AgencySettings, told: str) -> None:
        """A setting that cannot be is named, and changes nothing."""
        before = (world.agency.settings, world.agency.identity)

        with pytest.raises(Misuse, match=told):
            world.agency.configure(settings)

        assert (world.agency.settings, world.agency.identity) == before

    def test_reset_keeps_the_identity(self, world: World, new_owner: NewOwner) -> None:
        """Owners, invitations and text messages are gone; the agency is the same."""
        before = world.agency.identity
        new_owner().invite(phoneNo="5550001")

        world.reset()

        assert (world.agency.owners, world.agency.invitations, world.agency.outbox) == ({}, {}, [])
        assert world.agency.identity == before
        assert world.journal.entries() == []

    def test_two_worlds_are_apart(self, new_owner: NewOwner) -> None:
        """An owner of one world is nobody in another."""
        owner = new_owner()
        owner.world = World()

        assert code(owner.tell_agent("GET_MSGS_BY_CONNS")) == (400, "ACS-102")

    def test_same_seed_same_bytes(self, new_owner: NewOwner) -> None:
        """The journals of two worlds with one seed are equal to the byte; those of another seed are not."""

        def journal(seed: str) -> list[Entry]:
            world = World(seed)
            world.script("vcx-holder", "accepts after 90 seconds")
            owner = new_owner("owner", Version.V1, Version.V1, other_world=world)
            pair = owner.invite(phoneNo="5550001")
            world.advance("90 seconds")
            owner.messages(pair)
            owner.post(b"garbage")
            return world.journal.entries()

        assert journal("one") == journal("one") != journal("other")
