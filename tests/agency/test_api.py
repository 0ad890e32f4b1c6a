"""Every message and every refusal of the agency, on the wire."""

import json
from typing import Any

import pytest

from connsim import World
from connsim.agency.settings import AgencySettings
from connsim.core.exchange import Request
from connsim.core.seed import Seed
from connsim.errors import Misuse
from connsim.wire.bundles import Integers, style_of
from connsim.wire.codes import Version
from connsim.wire.crypt import auth_open, drawing
from connsim.wire.keys import Identity, KeyPair
from connsim.wire.layers import close_layer
from connsim.wire.messages import Message
from connsim.wire.notation import load_msgpack
from connsim.wire.proofs import delegation_proof

STRANGER = KeyPair.from_seed(Seed("stranger").draw("key"))
DRAW = drawing(Seed("test"), "draw")
STYLES = [
    pytest.param(Version.V1, Version.V1, id="1.0"),
    pytest.param(Version.V2, Version.V2, id="2.0"),
    pytest.param(Version.V1, Version.V2, id="2.0 without use_latest_protocols"),
]


def code(reply) -> tuple[int, str]:
    """The status and the code of a refusal of the production agency."""
    return reply.status, json.loads(reply.body)["statusCode"]


def last_note(world) -> str:
    """Why the last request was refused."""
    return world.journal.last_exchange().note


class TestRoutes:
    def test_6_2_tells_who_it_is(self, world) -> None:
        """GET /agency names the agency, and the same agency for the same seed."""
        reply = world.agency.handle(Request("GET", "/agency"))

        told = json.loads(reply.body)
        assert (reply.status, reply.content_type) == (200, "application/json")
        assert told == {"DID": world.agency.identity.did, "verKey": world.agency.identity.verkey}
        assert World().agency.identity == world.agency.identity != World("other").agency.identity

    def test_2_1_takes_a_given_identity(self, world) -> None:
        """A seed and a DID that do not belong together make the dummy agency's own identity."""
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
    def test_6_3_unknown_paths(self, world, flavour, method, target) -> None:
        """A path that nobody serves is a 404; so is the doubled slash of a configured trailing one."""
        world.agency.configure(AgencySettings(flavour))

        assert world.agency.handle(Request(method, target)).status == 404

    def test_6_3_media_types(self, world, new_owner) -> None:
        """The production agency takes its three media types, or none at all; the dummy takes any."""
        owner = new_owner()
        body = owner.wrapped(owner.message("GET_MSGS_BY_CONNS"), (owner.key, owner.agent))
        posted = {
            given: world.agency.handle(Request("POST", "/agency/msg", {"content-type": given} if given else {}, body))
            for given in ("application/octet-stream; a=b", "application/didcomm-envelope-enc", "", "text/plain")
        }

        assert [reply.status for reply in posted.values()] == [200, 200, 200, 415]
        assert "Expected one of: application/didcomm-envelope-enc" in last_note(world)
        assert posted[""].content_type == "application/octet-stream"


@pytest.mark.parametrize(("version", "style"), STYLES)
class TestMessages:
    """Each request gets its answer, in the envelope it came in and in the style of its message."""

    def test_8_1_provisioning(self, world, new_owner, version, style) -> None:
        """CONNECT, SIGNUP and CREATE_AGENT answer from the forward agent; answers are for the owner's key."""
        owner = new_owner("owner", version, style)

        assert owner.forward != owner.agent
        assert [e.message for e in world.journal.exchanges()] == ["CONNECT", "SIGNUP", "CREATE_AGENT"]
        assert {e.client for e in world.journal.exchanges()} == {owner.key.did}

    @pytest.mark.parametrize(
        ("name", "members", "answer", "told"),
        [
            pytest.param(
                "UPDATE_CONFIGS", {"configs": [{"name": "any", "value": "v"}]}, "CONFIGS_UPDATED", {}, id="8.2 configs"
            ),
            pytest.param(
                "UPDATE_COM_METHOD",
                {"comMethod": {"id": "123", "type": "2", "value": "http://me"}},
                "COM_METHOD_UPDATED",
                {"id": "123"},
                id="8.2 com method",
            ),
            pytest.param("GET_MSGS_BY_CONNS", {}, "MSGS_BY_CONNS", {"msgsByConns": []}, id="8.2 download, empty"),
            pytest.param(
                "UPDATE_MSG_STATUS_BY_CONNS",
                {"statusCode": "MS-106", "uidsByConns": [{"pairwiseDID": "nobody", "uids": ["x"]}]},
                "MSG_STATUS_UPDATED_BY_CONNS",
                {"failed": [], "updatedUidsByConns": [], "statusCode": "MS-106"},
                id="8.2 marks nothing",
            ),
        ],
    )
    def test_8_2_agent_level(self, new_owner, version, style, name, members, answer, told) -> None:
        """What the cloud agent answers, in the style of the request."""
        owner = new_owner("owner", version, style)

        layer = owner.opened(owner.tell_agent(name, **members))

        assert (layer.version, layer.sender) == (version, owner.agent.verkey)
        assert (layer.message.name, layer.message.style, layer.message.members) == (answer, style, told)

    def test_8_2_key(self, new_owner, version, style) -> None:
        """CREATE_KEY makes an agent connection for the pairwise key, whose answers are for the owner's key."""
        owner = new_owner("owner", version, style)
        pair = owner.pair()

        layer = owner.opened(owner.tell_ac(pair, Message("GET_MSGS", {}, style)))

        assert (layer.sender, layer.message.name, layer.message.style) == (pair.ac.verkey, "MSGS", style)
        assert layer.message.members == {"msgs": []}

    def test_8_2_messages_at_the_agent(self, new_owner, version, style) -> None:
        """GET_MSGS of the agent itself comes in two layers for it, and finds nothing."""
        owner = new_owner("owner", version, style)

        reply = owner.tell(Message("GET_MSGS", {}, style), (owner.key, owner.agent), (owner.key, owner.agent))

        layer = owner.opened(reply)
        assert (layer.sender, layer.message.members) == (owner.agent.verkey, {"msgs": []})

    def test_8_3_request(self, world, new_owner, version, style) -> None:
        """A connection request gives an invite detail in full, and a link to it."""
        owner = new_owner("owner", version, style).profile("Acme")

        pair = owner.invite()

        detail = owner.detail
        assert detail == {
            "statusCode": "MS-101",
            "connReqId": pair.uid,
            "senderDetail": {
                "name": "Acme",
                "agentKeyDlgProof": delegation_proof(pair.pw, pair.ac),
                "DID": pair.pw.did,
                "logoUrl": "https://logo.example/a.png",
                "verKey": pair.pw.verkey,
            },
            "senderAgencyDetail": {
                "DID": world.agency.identity.did,
                "verKey": world.agency.identity.verkey,
                "endpoint": "host.docker.internal:8080/agency/msg",
            },
            "targetName": "there",
            "statusMsg": "message created",
            "version": version.value,
        } | ({"threadId": pair.uid} if version is Version.V2 else {})
        assert owner.invite_url == f"http://host.docker.internal:8080/agency/invite/{pair.ac.did}?uid={pair.uid}"
        assert owner.seen(pair) == [(pair.uid, "connReq", "MS-101", None, False)]

    def test_8_3_connection_status(self, new_owner, version, style) -> None:
        """UPDATE_CONN_STATUS deletes the connection; after that its agent is nobody."""
        owner = new_owner("owner", version, style)
        pair = owner.invite()

        reply = owner.tell_ac(pair, Message("UPDATE_CONN_STATUS", {"statusCode": "CS-103"}, style))

        answer = owner.opened(reply).message
        assert (answer.name, answer.style, answer.members) == ("CONN_STATUS_UPDATED", style, {"statusCode": "CS-103"})
        assert code(owner.tell_ac(pair, Message("GET_MSGS", {}, style))) == (400, "ACS-102")
        assert owner.ask_agent("GET_MSGS_BY_CONNS").members == {"msgsByConns": []}


class TestRequests:
    @pytest.mark.parametrize(
        ("flavour", "told"),
        [
            ("evernym", {"targetName": "there", "endpoint": "host.docker.internal:8080/agency/msg", "version": "1.0"}),
            ("dummy", {"targetName": "", "endpoint": "http://host.docker.internal:8080", "version": None}),
        ],
    )
    def test_15_flavours_of_the_detail(self, world, new_owner, flavour, told) -> None:
        """The servers differ in targetName, endpoint, version, publicDID, link and the ids they make."""
        world.agency.configure(AgencySettings(flavour))
        owner = new_owner()

        pair = owner.invite()

        detail = owner.detail
        assert detail["targetName"] == told["targetName"]
        assert detail["senderAgencyDetail"]["endpoint"] == told["endpoint"]
        assert detail.get("version") == told["version"]
        assert detail["senderDetail"].get("publicDID") == (owner.key.did if flavour == "dummy" else None)
        assert bool(owner.invite_url) == (flavour == "evernym")
        assert len(pair.uid) == (36 if flavour == "evernym" else 10)
        assert ("deliveryDetails" in owner.messages(pair)[0]) == (flavour == "evernym")

    @pytest.mark.parametrize(
        ("flavour", "shown"), [("evernym", "Renamed"), ("dummy", "Acme")], ids=["live", "as it was"]
    )
    def test_15_profile(self, world, new_owner, flavour, shown) -> None:
        """Production shows the name of the moment, the dummy the one that the key was created under."""
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
    def test_15_integers_of_bundles(self, world, new_owner, flavour, integers) -> None:
        """Production writes the bytes of bundles signed, the dummy unsigned."""
        world.agency.configure(AgencySettings(flavour))
        owner = new_owner()
        reply = owner.tell_agent("GET_MSGS_BY_CONNS")

        [member] = load_msgpack(auth_open(owner.key, reply.body).plaintext)["bundled"]

        assert style_of(member) is integers

    def test_10_1_public_did(self, new_owner) -> None:
        """Production shows the configured publicDid, and only when the request asks for it."""
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
    def test_10_3_sms(self, world, new_owner, settings, members, status) -> None:
        """A phone number makes a text message with a link, and the request rises to MS-102 once it is sent."""
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

    def test_10_3_links(self, world, new_owner) -> None:
        """The link shows the detail in full, for the DID of the agent connection and for the pairwise one."""
        owner = new_owner()
        pair = owner.invite()

        shown = [
            world.agency.handle(Request("GET", f"/agency/invite/{did}?uid={pair.uid}"))
            for did in (pair.ac.did, pair.pw.did)
        ]

        assert [(reply.status, json.loads(reply.body)) for reply in shown] == [(200, owner.detail)] * 2
        assert world.journal.last_exchange().connection == pair.uid
        assert world.journal.polls(pair.uid) == []

    def test_10_3_links_use_the_public_url(self, world, new_owner) -> None:
        """Whoever serves the agency can say where it really is."""
        world.agency.public_url = "https://agency.example"
        owner = new_owner()

        owner.invite()

        assert owner.invite_url.startswith("https://agency.example/agency/invite/")
        assert owner.detail["senderAgencyDetail"]["endpoint"] == "agency.example:443/agency/msg"

    def test_15_dummy_has_no_links(self, world, new_owner) -> None:
        """The dummy gives no link, and has no page."""
        world.agency.configure(AgencySettings("dummy"))
        owner = new_owner()
        pair = owner.invite()

        assert owner.invite_url == ""
        assert world.agency.handle(Request("GET", f"/agency/invite/{pair.ac.did}?uid={pair.uid}")).status == 404

    @pytest.mark.parametrize(
        "target",
        ["/agency/invite/{did}?uid=other", "/agency/invite/other?uid={uid}", "/agency/invite/{did}", "/agency/invite"],
    )
    def test_6_2_unknown_links(self, world, new_owner, target) -> None:
        """A link that the agency never gave out is a 404."""
        pair = new_owner().invite()

        reply = world.agency.handle(Request("GET", target.format(did=pair.ac.did, uid=pair.uid)))

        assert code(reply) == (404, "GNR-114")


def provisioning(owner, name: str) -> Any:
    """One of the posts of provisioning again."""
    told = {"fromDID": owner.key.did, "fromDIDVerKey": owner.key.verkey} if name == "CONNECT" else {}
    return owner.tell(owner.message(name, **told), (owner.key, owner.agency if told else owner.forward))


def repeat(owner) -> Any:
    """CREATE_KEY once more for the same pairwise key."""
    pw = KeyPair.from_seed(Seed("clients").draw(owner.name, "pw"))
    return owner.tell_agent("CREATE_KEY", forDID=pw.did, forDIDVerKey=pw.verkey)


REFUSALS = [
    pytest.param(lambda o: provisioning(o, "CONNECT"), 400, "CS-101", "has connected before", id="CONNECT"),
    pytest.param(lambda o: provisioning(o, "SIGNUP"), 400, "ARS-101", "signed up before", id="SIGNUP twice"),
    pytest.param(lambda o: provisioning(o, "CREATE_AGENT"), 400, "ACS-101", "has an agent already", id="CREATE_AGENT"),
    pytest.param(lambda o: (o.pair(), repeat(o))[1], 400, "VES-103", "a key for", id="CREATE_KEY twice"),
    pytest.param(
        lambda o: o.tell_agent("CREATE_KEY", forDID="x", forDIDVerKey="y"),
        400,
        "GNR-115",
        "no DID",
        id="bad DID",
    ),
    pytest.param(lambda o: o.tell_agent("SIGNUP"), 404, "GNR-120", "SIGNUP was sent to a party", id="misplaced"),
    pytest.param(
        lambda o: o.tell(o.message("GET_MSGS_BY_CONNS"), (STRANGER, o.agent)),
        401,
        "GNR-121",
        "does not own the agent",
        id="stranger at the agent",
    ),
    pytest.param(
        lambda o: o.tell(o.message("GET_MSGS"), (STRANGER, o.pair().ac), (o.key, o.agent)),
        401,
        "GNR-121",
        "no business",
        id="stranger at the connection",
    ),
    pytest.param(
        lambda o: o.tell(o.message("SIGNUP"), (o.key, STRANGER.identity)),
        400,
        "ACS-102",
        "nobody here",
        id="unknown @fwd",
    ),
    pytest.param(lambda o: o.post(b"garbage"), 400, "GNR-115", "do not open as anon_crypt", id="garbage"),
    pytest.param(lambda o: o.post(b""), 400, "GNR-115", "do not open", id="empty"),
    pytest.param(lambda o: o.post(b'{"protected":"e30"}'), 400, "GNR-115", "packed", id="half a JWE"),
    pytest.param(lambda o: o.tell(o.message("SIGNUP")), 404, "GNR-120", "came without a Forward", id="no Forward"),
    pytest.param(
        lambda o: o.tell_ac(p := o.pair(), o.request(p, keyDlgProof=delegation_proof(STRANGER, p.ac))),
        400,
        "GNR-107",
        "does not delegate",
        id="foreign proof",
    ),
    pytest.param(
        lambda o: o.tell_ac(p := o.pair(), o.request(p, keyDlgProof=delegation_proof(p.pw, STRANGER))),
        400,
        "GNR-107",
        "does not delegate",
        id="proof for another agent",
    ),
    pytest.param(
        lambda o: o.tell_agent("UPDATE_MSG_STATUS_BY_CONNS", statusCode="MS-199", uidsByConns=[]),
        400,
        "GNR-115",
        "MS-101 to MS-107",
        id="unknown message status",
    ),
    pytest.param(
        lambda o: o.tell_ac(o.pair(), o.message("UPDATE_CONN_STATUS", statusCode="CS-104")),
        400,
        "GNR-115",
        "CS-101 to CS-103",
        id="unknown connection status",
    ),
    pytest.param(
        lambda o: (o.invite("a", **{"@id": "same"}), o.tell_ac(p := o.pair(), o.request(p, **{"@id": "same"})))[1],
        400,
        "GNR-116",
        "'same' already",
        id="uid of another connection",
    ),
    pytest.param(
        lambda o: (p := o.invite("a", **{"@id": "same"}), o.tell_ac(p, o.request(p, **{"@id": "same"})))[1],
        400,
        "GNR-116",
        "'same' already",
        id="uid of the same connection",
    ),
]


class TestRefusals:
    """What the production agency refuses, and what the dummy makes of the same."""

    @pytest.mark.parametrize(("send", "status", "refusal", "note"), REFUSALS)
    def test_6_3_production(self, world, new_owner, send, status, refusal, note) -> None:
        """A status, a code and a text in JSON; the reason is in the journal, and nothing has happened."""
        reply = send(new_owner())

        told = json.loads(reply.body)
        assert (reply.status, told["statusCode"], reply.content_type) == (status, refusal, "application/json")
        assert set(told) == {"statusCode", "statusMsg"}
        assert note in last_note(world)
        world.check()

    @pytest.mark.parametrize(("send", "status", "refusal", "note"), REFUSALS)
    def test_6_3_dummy(self, world, new_owner, send, status, refusal, note) -> None:
        """The dummy answers whatever is wrong with a 500 and a text."""
        world.agency.configure(AgencySettings("dummy"))

        reply = send(new_owner())

        assert (reply.status, note in reply.body.decode(), note in last_note(world)) == (500, True, True)
        world.check()

    @pytest.mark.parametrize(
        ("phone", "refusal"), [("", "GNR-118"), ("call me", "GNR-115"), ("++1", "GNR-115"), ("1+1", "GNR-115")]
    )
    def test_10_3_bad_numbers(self, new_owner, phone, refusal) -> None:
        """Production looks at the phone number, and makes no invitation if it is none."""
        owner = new_owner()
        pair = owner.pair()

        assert code(owner.tell_ac(pair, owner.request(pair, phoneNo=phone))) == (400, refusal)
        assert owner.seen(pair) == []

    @pytest.mark.parametrize("profile", [{}, {"name": "Acme"}, {"logoUrl": "https://l"}])
    def test_10_3_profile_required(self, world, new_owner, profile) -> None:
        """Like production, the agency can insist on a name and a logo; by default it does not."""
        world.agency.configure(AgencySettings(profile_required=True))
        owner = new_owner()
        owner.ask_agent("UPDATE_CONFIGS", configs=[{"name": n, "value": v} for n, v in profile.items()])
        pair = owner.pair()

        assert code(owner.tell_ac(pair, owner.request(pair))) == (400, "GNR-117")
        owner.profile("Acme")
        assert owner.tell_ac(pair, owner.request(pair)).status == 200

    def test_2_1_connect_wants_a_did_of_the_key(self, world, new_owner) -> None:
        """Production demands it in CONNECT and nowhere else; the dummy not even there."""
        owner = new_owner()
        other = KeyPair.from_seed(Seed("x").draw("other"))
        told = owner.message("CONNECT", fromDID=STRANGER.did, fromDIDVerKey=other.verkey)

        reply = owner.tell(told, (other, owner.agency))

        assert code(reply) == (400, "GNR-115")
        assert STRANGER.did in json.loads(reply.body)["statusMsg"]
        assert owner.tell_agent("CREATE_KEY", forDID=STRANGER.did, forDIDVerKey=other.verkey).status == 200
        world.reset()
        world.agency.configure(AgencySettings("dummy"))
        assert owner.tell(told, (other, owner.agency)).status == 200

    def test_connect_must_be_closed_by_its_key(self, new_owner) -> None:
        """Nobody can connect in another owner's name."""
        owner = new_owner()
        told = owner.message("CONNECT", fromDID=STRANGER.did, fromDIDVerKey=STRANGER.verkey)

        assert code(owner.tell(told, (owner.key, owner.agency))) == (401, "GNR-121")

    def test_create_agent_needs_signup(self, world, new_owner) -> None:
        """CREATE_AGENT before SIGNUP is refused."""
        owner = new_owner()
        told = owner.message("CONNECT", fromDID=STRANGER.did, fromDIDVerKey=STRANGER.verkey)
        owner.tell(told, (STRANGER, owner.agency))
        forward = world.agency.owners[STRANGER.did].identity

        assert code(owner.tell(owner.message("CREATE_AGENT"), (STRANGER, forward))) == (400, "ARS-102")

    def test_layers_must_prove_their_sender(self, world, new_owner) -> None:
        """A layer of version 2.0 that does not tell its sender is nobody's."""
        owner = new_owner("owner", Version.V2)

        assert code(owner.tell(owner.message("GET_MSGS_BY_CONNS"), (None, owner.agent))) == (401, "GNR-121")

    def test_an_agent_leads_only_to_its_own_connections(self, new_owner) -> None:
        """The agent of one owner does not forward to the connection of another."""
        owner, other = new_owner("owner"), new_owner("other")
        pair = other.pair()

        reply = owner.tell(owner.message("GET_MSGS"), (pair.pw, pair.ac), (owner.key, owner.agent))

        assert code(reply) == (401, "GNR-121")

    def test_endless_forwards_end(self, world, new_owner) -> None:
        """Layers that go round and round are followed, and lead nowhere."""
        owner = new_owner("owner", Version.V2)
        round_trip = [(owner.key, owner.agent)] * 6

        assert code(owner.tell(owner.message("GET_MSGS"), *round_trip)) == (401, "GNR-121")

    def test_failures_inside_are_told(self, world, new_owner, monkeypatch) -> None:
        """An exception inside the fake is the flavour's 500, and fails the test at its end."""
        owner = new_owner()
        monkeypatch.setattr(type(world.agency), "add_route", None)
        pw = STRANGER

        assert code(owner.tell_agent("CREATE_KEY", forDID=pw.did, forDIDVerKey=pw.verkey)) == (500, "GNR-105")
        with pytest.raises(Exception, match="connsim itself failed while it answered POST /agency/msg CREATE_KEY"):
            world.check()


class TestSettings:
    def test_are_set_before_the_first_owner(self, world, new_owner) -> None:
        """An agency with owners is not set up anew."""
        new_owner()

        with pytest.raises(Misuse, match="while it has owners"):
            world.agency.configure(AgencySettings())
        world.reset()
        world.agency.configure(AgencySettings())

    @pytest.mark.parametrize(
        ("settings", "told"),
        [
            (AgencySettings(flavour="node"), "The flavour 'node' is unknown. Expected evernym or dummy"),
            (AgencySettings(holder="juggles"), "no behaviour 'juggles'"),
            (AgencySettings(agency_seed="short"), "A seed of 5 characters was given. Expected 32 bytes"),
        ],
    )
    def test_unknown_ones_are_refused(self, world, settings, told) -> None:
        """A setting that cannot be is named, and changes nothing."""
        before = (world.agency.settings, world.agency.identity)

        with pytest.raises(Misuse, match=told):
            world.agency.configure(settings)

        assert (world.agency.settings, world.agency.identity) == before

    def test_reset_keeps_the_identity(self, world, new_owner) -> None:
        """Owners, invitations and text messages are gone; the agency is the same."""
        before = world.agency.identity
        new_owner().invite(phoneNo="5550001")

        world.reset()

        assert (world.agency.owners, world.agency.invitations, world.agency.outbox) == ({}, {}, [])
        assert world.agency.identity == before
        assert world.journal.entries() == []

    def test_two_worlds_are_apart(self, new_owner) -> None:
        """An owner of one world is nobody in another."""
        owner = new_owner()
        owner.world = World()

        assert code(owner.tell_agent("GET_MSGS_BY_CONNS")) == (400, "ACS-102")

    def test_same_seed_same_bytes(self, new_owner) -> None:
        """The journals of two worlds with one seed are equal to the byte; those of another seed are not."""

        def journal(seed: str) -> list[Any]:
            world = World(seed)
            world.script("vcx-holder", "accepts after 90 seconds")
            owner = new_owner("owner", Version.V1, Version.V1, other_world=world)
            pair = owner.invite(phoneNo="5550001")
            world.advance("90 seconds")
            owner.messages(pair)
            owner.post(b"garbage")
            return world.journal.entries()

        assert journal("one") == journal("one") != journal("other")


class TestAries:
    def test_12_2_forwards_are_stored(self, world, new_owner) -> None:
        """An Aries message for a pairwise key is kept as it is, at MS-103, and the answer is empty."""
        owner = new_owner("owner", Version.V2)
        pair = owner.pair()
        packed = close_layer(owner.message("SIGNUP"), Version.V2, STRANGER, pair.pw.verkey, DRAW)
        inner = Message("forward", {"to": pair.pw.verkey, "msg": packed}, Version.V2)
        body = close_layer(inner, Version.V2, None, pair.ac.verkey, DRAW)
        outer = Message("forward", {"to": pair.ac.verkey, "msg": body}, Version.V2)

        reply = owner.post(close_layer(outer, Version.V2, None, owner.agency.verkey, DRAW))

        assert (reply.status, reply.body) == (200, b"")
        [entry] = owner.messages(pair, statusCodes=["MS-103"])
        assert (entry["type"], entry["statusCode"], entry["senderDID"]) == ("aries", "MS-103", "")
        assert json.loads(entry["payload"]) == json.loads(packed)
