"""The agency's routes.

Sections are those of docs/protocol/vcx-agency.md.
"""

import json

import pytest

from connsim import World
from connsim.agency.settings import AgencySettings
from connsim.core.exchange import Request
from connsim.wire.keys import Identity
from tests.agency.api.conftest import last_note
from tests.agency.conftest import Flavour, NewOwner


class TestRoutes:
    def test_6_2_shows_its_identity(self, world: World) -> None:
        """GET /agency names the agency, which is the same for the same seed."""
        reply = world.agency.handle(Request("GET", "/agency"))

        answer = json.loads(reply.body)
        assert (reply.status, reply.content_type) == (200, "application/json")
        assert answer == {"DID": world.agency.identity.did, "verKey": world.agency.identity.verkey}
        assert World().agency.identity == world.agency.identity != World("other").agency.identity

    def test_2_1_accepts_a_given_identity(self, world: World) -> None:
        """The dummy agency's own identity can be set, although its seed and DID do not belong together."""
        settings = AgencySettings(
            "dummy", agency_seed="0000000000000000000000000Forward", agency_did="VsKV7grR1BUE29mG2Fm2kX"
        )
        world.agency.configure(settings)

        assert world.agency.identity == Identity(
            "VsKV7grR1BUE29mG2Fm2kX", "Hezce2UWMZ3wUhVkh2LfKSs8nDzWwzs2Win7EzNN3YaR"
        )

    @pytest.mark.parametrize(
        ("method", "target"),
        [
            ("GET", "/"),
            ("POST", "//agency/msg"),
            ("POST", "/agency/msg/"),
            ("GET", "/agency/msg"),
            ("POST", "/agency"),
            ("GET", "/agency/invite/a/b"),
        ],
    )
    @pytest.mark.parametrize("flavour", ["evernym", "dummy"])
    def test_6_3_unknown_paths(self, world: World, flavour: Flavour, method: str, target: str) -> None:
        """An unknown path is a 404; so is the double slash that a configured trailing slash causes."""
        world.agency.configure(AgencySettings(flavour))

        assert world.agency.handle(Request(method, target)).status == 404

    def test_6_3_media_types(self, world: World, new_owner: NewOwner) -> None:
        """The production agency accepts its three media types, or none; the dummy accepts any."""
        owner = new_owner()
        body = owner.wrapped(owner.message("GET_MSGS_BY_CONNS"), (owner.key, owner.agent))
        posted = {
            given: world.agency.handle(Request("POST", "/agency/msg", {"content-type": given} if given else {}, body))
            for given in ("application/octet-stream; a=b", "application/didcomm-envelope-enc", "", "text/plain")
        }

        assert [reply.status for reply in posted.values()] == [200, 200, 200, 415]
        assert "Expected one of: application/didcomm-envelope-enc" in last_note(world)
        assert posted[""].content_type == "application/octet-stream"
