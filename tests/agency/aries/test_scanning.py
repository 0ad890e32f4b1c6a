"""How a holder comes to an Aries invitation."""

from typing import Any

import pytest

from connsim import Sequence, World
from connsim.errors import Misuse, UnusedScript
from connsim.wire.aries.messages import Type
from connsim.wire.notation import base64url_text, dump_json
from tests.agency.aries.conftest import Inviter, acts, scan
from tests.agency.conftest import last_exchange


class TestScanning:
    def test_a_holder_wants_what_it_is_handed(self, world: World, inviter: Inviter) -> None:
        """Without any script it accepts, and at once: two polls are enough."""
        scan(inviter)

        assert (inviter.update(), inviter.update()) == (3, 4)
        assert world.clock.elapsed() == 0

    def test_nobody_has_an_invitation_before_it_is_handed_over(self, world: World, inviter: Inviter) -> None:
        """The agency cannot see one, whatever is scripted."""
        world.script("aries-holder", "accepts")

        world.advance("1 day")

        assert inviter.update() == 2
        with pytest.raises(UnusedScript):
            world.check()

    def test_an_address_will_do(self, world: World, inviter: Inviter) -> None:
        """What a QR code often holds: the invitation in base64url behind ``c_i=``."""
        link = f"https://show.example/?x=1&c_i={base64url_text(inviter.text.encode()).rstrip('=')}"

        assert world.agency.holder_scans(link) == inviter.first.pw.did
        assert inviter.update() == 3

    def test_two_holders_scan_one_invitation(self, world: World, inviter: Inviter) -> None:
        """Each has keys and an address of its own; the inviter answers one of them, and leaves the other unread."""
        scan(inviter)
        scan(inviter)
        dids = {message.members["connection"]["DID"] for _, message in inviter.mails(inviter.pair)}

        assert len(dids) == 2
        assert (inviter.update(), inviter.update()) == (3, 4)
        assert [m.type for _, m in inviter.mails(inviter.first)] == [Type.REQUEST]

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            pytest.param({"routingKeys": []}, "leads to no connection of this world's agency", id="no routing keys"),
            pytest.param({"routingKeys": ["AGENCY"]}, "leads to no connection", id="agency only"),
            pytest.param({"routingKeys": ["AC"]}, "leads to no connection", id="another agency"),
            pytest.param({"recipientKeys": []}, "no recipientKeys", id="no keys"),
            pytest.param({"recipientKeys": ["x"]}, "not a verkey", id="no verkey"),
            pytest.param({"serviceEndpoint": "agency"}, "Expected an absolute URL", id="no address"),
            pytest.param({"label": None}, "lacks label", id="no label"),
        ],
    )
    def test_what_can_not_be_scanned_is_misuse(
        self, world: World, inviter: Inviter, change: dict[str, Any], told: str
    ) -> None:
        """The message says what is wrong; nothing happens."""
        names = {"AGENCY": inviter.owner.agency.verkey, "AC": inviter.pair.ac.verkey}
        change = {k: [names.get(x, x) for x in v] if isinstance(v, list) else v for k, v in change.items()}
        before = len(world.journal.entries())

        with pytest.raises(Misuse, match=told):
            world.agency.holder_scans(dump_json({**inviter.invitation.members, **change}).decode())

        assert len(world.journal.entries()) == before

    @pytest.mark.parametrize(
        "text", ["", "[]", "{", "https://a.example", "https://a.example?c_i=!", "http://[?c_i=e30"]
    )
    def test_other_texts_are_misuse(self, world: World, text: str) -> None:
        """Neither JSON nor an address."""
        with pytest.raises(Misuse, match="The holder cannot scan this"):
            world.agency.holder_scans(text)

    @pytest.mark.parametrize(
        ("chosen", "fits"),
        [
            pytest.param({"label": "Ac*"}, True, id="label"),
            pytest.param({"label": "Other"}, False, id="other label"),
            pytest.param({"institution": "Faber"}, True, id="institution"),
            pytest.param({"owner": "nobody"}, False, id="other owner"),
        ],
    )
    def test_scripts_choose(self, world: World, inviter: Inviter, chosen: dict[str, str], fits: bool) -> None:
        """The invitation's label, the inviter's name and its owner choose what the holder plays."""
        inviter.owner.profile("Faber")
        world.script("aries-holder", "never responds", **chosen)

        scan(inviter)

        assert (inviter.update() == 2) is fits

    def test_a_deleted_connection_hears_nobody(self, world: World, inviter: Inviter) -> None:
        """The agency refuses the holder, who gives up; that is no mistake of anybody's."""
        world.script("aries-holder", Sequence.of(("ignore", "1 hour"), "accept"))
        id_ = scan(inviter)
        inviter.owner.ask_ac(inviter.pair, "UPDATE_CONN_STATUS", statusCode="CS-103")

        world.advance("2 hours")

        assert last_exchange(world).status == 400
        assert acts(world, id_) == ["ignore", "request"]
        world.check()
