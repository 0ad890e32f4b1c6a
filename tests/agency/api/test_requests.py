"""Connection requests, and the invitations that they create.

Sections are those of docs/protocol/vcx-agency.md.
"""

import json

import pytest

from connsim import World
from connsim.agency.settings import AgencySettings
from connsim.core.exchange import Request
from connsim.wire.bundles import Integers, style_of
from connsim.wire.crypt import auth_open
from connsim.wire.notation import load_msgpack
from tests.agency.api.conftest import code
from tests.agency.conftest import Flavour, NewOwner, last_exchange


class TestRequests:
    @pytest.mark.parametrize(
        ("flavour", "expected"),
        [
            ("evernym", {"targetName": "there", "endpoint": "host.docker.internal:8080/agency/msg", "version": "1.0"}),
            ("dummy", {"targetName": "", "endpoint": "http://host.docker.internal:8080", "version": None}),
        ],
    )
    def test_15_flavours_of_the_detail(
        self, world: World, new_owner: NewOwner, flavour: Flavour, expected: dict[str, str | None]
    ) -> None:
        """The flavours differ in targetName, endpoint, version, publicDID, link and the form of their ids."""
        world.agency.configure(AgencySettings(flavour))
        owner = new_owner()

        pair = owner.invite()

        detail = owner.detail
        assert detail["targetName"] == expected["targetName"]
        assert detail["senderAgencyDetail"]["endpoint"] == expected["endpoint"]
        assert detail.get("version") == expected["version"]
        assert detail["senderDetail"].get("publicDID") == (owner.key.did if flavour == "dummy" else None)
        assert bool(owner.invite_url) == (flavour == "evernym")
        assert len(pair.uid) == (36 if flavour == "evernym" else 10)
        assert ("deliveryDetails" in owner.messages(pair)[0]) == (flavour == "evernym")

    @pytest.mark.parametrize(
        ("flavour", "shown"), [("evernym", "Renamed"), ("dummy", "Acme")], ids=["live", "as it was"]
    )
    def test_15_profile(self, world: World, new_owner: NewOwner, flavour: Flavour, shown: str) -> None:
        """Production shows the current name, the dummy the one from the time of CREATE_KEY."""
        world.agency.configure(AgencySettings(flavour))
        owner = new_owner().profile("Acme")
        pair = owner.pair()
        owner.profile("Renamed")

        answer = owner.opened(owner.tell_ac(pair, owner.request(pair))).message

        assert answer.members["inviteDetail"]["senderDetail"]["name"] == shown

    @pytest.mark.parametrize(
        ("flavour", "integers"),
        [("evernym", Integers.SIGNED), ("dummy", Integers.UNSIGNED)],
        ids=["signed", "unsigned"],
    )
    def test_15_integers_of_bundles(
        self, world: World, new_owner: NewOwner, flavour: Flavour, integers: Integers
    ) -> None:
        """Production writes the bytes of bundles as signed integers, the dummy as unsigned ones."""
        world.agency.configure(AgencySettings(flavour))
        owner = new_owner()
        reply = owner.tell_agent("GET_MSGS_BY_CONNS")

        [member] = load_msgpack(auth_open(owner.key, reply.body)[1])["bundled"]

        assert style_of(member) is integers

    def test_10_1_public_did(self, new_owner: NewOwner) -> None:
        """Production shows the configured publicDid, and only if the request asks for it."""
        owner = new_owner()
        owner.ask_agent("UPDATE_CONFIGS", configs=[{"name": "publicDid", "value": "V5ipGZhPeQ5B86nQUMWiUV"}])

        owner.invite("one", includePublicDID=True)
        asked = owner.detail["senderDetail"]
        owner.invite("two", includePublicDID=False)

        assert asked["publicDID"] == "V5ipGZhPeQ5B86nQUMWiUV"
        assert "publicDID" not in owner.detail["senderDetail"]

    @pytest.mark.parametrize(
        ("settings", "members", "status"),
        [
            pytest.param(AgencySettings(), {}, None, id="no number"),
            pytest.param(AgencySettings(), {"phoneNo": "+1 (555) 000-1111"}, ("MS-102", "MDS-102"), id="sent"),
            pytest.param(AgencySettings(sms="failing"), {"phoneNo": "5550001"}, ("MS-101", "MDS-103"), id="failed"),
            pytest.param(AgencySettings(sms="off"), {"phoneNo": "5550001"}, None, id="off"),
            pytest.param(AgencySettings("dummy"), {"phoneNo": "any text"}, None, id="dummy"),
        ],
    )
    def test_10_3_sms(
        self,
        world: World,
        new_owner: NewOwner,
        settings: AgencySettings,
        members: dict[str, str],
        status: tuple[str, str] | None,
    ) -> None:
        """A phone number causes a text message with a link; the request becomes MS-102 once it is sent."""
        world.agency.configure(settings)
        owner = new_owner().profile("Acme")

        pair = owner.invite(**members)

        [entry] = owner.messages(pair)
        assert entry["statusCode"] == (status[0] if status else "MS-101")
        sent = [(sms.phone, sms.uid, str(sms.status)) for sms in world.agency.outbox]
        assert sent == ([(members["phoneNo"], pair.uid, status[1])] if status else [])
        if status:
            [sms] = world.agency.outbox
            assert [(d["to"], d["statusCode"]) for d in entry["deliveryDetails"]] == [(sms.phone, status[1])]
            assert sms.text == f"Acme would like you to install Connect-Me: {sms.link}"
            shown = world.agency.handle(Request("GET", sms.link.removeprefix(world.agency.public_url)))
            assert (shown.status, json.loads(shown.body)) == (200, owner.detail | {
                "statusCode": status[0], "statusMsg": "message sent" if status[0] == "MS-102" else "message created"
            })  # fmt: skip

    def test_10_3_links(self, world: World, new_owner: NewOwner) -> None:
        """The link gives the complete detail, for the DID of the agent connection and for the pairwise DID."""
        owner = new_owner()
        pair = owner.invite()

        shown = [
            world.agency.handle(Request("GET", f"/agency/invite/{did}?uid={pair.uid}"))
            for did in (pair.ac.did, pair.pw.did)
        ]

        assert [(reply.status, json.loads(reply.body)) for reply in shown] == [(200, owner.detail)] * 2
        assert last_exchange(world).connection == pair.uid
        assert world.journal.polls(pair.uid) == []

    def test_10_3_links_use_the_public_url(self, world: World, new_owner: NewOwner) -> None:
        """Links use the public URL of the agency if one is set."""
        world.agency.public_url = "https://agency.example"
        owner = new_owner()

        owner.invite()

        assert owner.invite_url.startswith("https://agency.example/agency/invite/")
        assert owner.detail["senderAgencyDetail"]["endpoint"] == "agency.example:443/agency/msg"

    def test_15_dummy_has_no_links(self, world: World, new_owner: NewOwner) -> None:
        """The dummy has no links, and serves no page for them."""
        world.agency.configure(AgencySettings("dummy"))
        owner = new_owner()
        pair = owner.invite()

        assert owner.invite_url == ""
        assert world.agency.handle(Request("GET", f"/agency/invite/{pair.ac.did}?uid={pair.uid}")).status == 404

    @pytest.mark.parametrize(
        "target",
        ["/agency/invite/{did}?uid=other", "/agency/invite/other?uid={uid}", "/agency/invite/{did}", "/agency/invite"],
    )
    def test_6_2_unknown_links(self, world: World, new_owner: NewOwner, target: str) -> None:
        """An unknown link is a 404."""
        pair = new_owner().invite()

        reply = world.agency.handle(Request("GET", target.format(did=pair.ac.did, uid=pair.uid)))

        assert code(reply) == (404, "GNR-114")
