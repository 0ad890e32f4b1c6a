"""Magic values: what a client sends by itself, through the front door, and what it gets for that."""

import asyncio
import json
from typing import Any

import pytest

from connsim import World
from connsim.agency.settings import AgencySettings
from connsim.clients.prism_flow import Pace
from connsim.core.exchange import Request
from connsim.errors import ConnsimError, Misuse, UnknownBehaviour
from connsim.script import magic
from connsim.script.catalogue import BUILT_IN
from connsim.script.machines.vcx import Seen, client_state
from connsim.script.selection import Match, Rank
from connsim.wire.aries import messages
from connsim.wire.codes import Version
from connsim.wire.keys import KeyPair, seed_bytes
from tests.agency.aries.conftest import Inviter
from tests.agency.conftest import Owner, Pair
from tests.script.conftest import begin_aries, begin_vcx, watched
from tests.script.table import TABLE

BEGIN = {"vcx-holder": begin_vcx, "aries-holder": begin_aries}

GENERATED = "InvitationGenerated"
REQUEST_SENT = "ConnectionRequestSent"
RESPONSE_SENT = "ConnectionResponseSent"
RESPONSE_RECEIVED = "ConnectionResponseReceived"


class Client:
    """A client of the PRISM agent, known by its key."""

    def __init__(self, world: World, key: str = "one", prefix: str = "") -> None:
        self.world = world
        self.key = key
        self.prefix = prefix

    def send(self, method: str, path: str, members: object = None) -> Any:
        """Send a request that succeeds."""
        body = b"" if members is None else json.dumps(members).encode()
        headers = {"apikey": self.key, "content-type": "application/json"}
        reply = self.world.prism.handle(Request(method, self.prefix + path, headers, body))
        assert reply.status in (200, 201), reply.body
        return json.loads(reply.body)

    def invite(self, **members: str) -> Any:
        """Make an invitation."""
        return self.send("POST", "/connections", members)

    def accept(self, made: Any) -> Any:
        """Accept somebody's invitation."""
        payload = made["invitation"]["invitationUrl"].partition("_oob=")[2]
        return self.send("POST", "/connection-invitations", {"invitation": payload})

    def states(self) -> list[str]:
        """Those of all its connections, the oldest first."""
        return [connection["state"] for connection in self.send("GET", "/connections")["contents"]]


@pytest.fixture
def world() -> World:
    """A world in which nobody is told anything."""
    return World()


@pytest.fixture
def client(world: World) -> Client:
    """A client of its agent."""
    return Client(world)


def issuer(world: World, key: KeyPair | None = None, institution: str = "Acme") -> Owner:
    """An owner of the world's agency."""
    owner = Owner(world, "owner")
    owner.key = key or owner.key
    return owner.provision().profile(institution)


def state(owner: Owner, pair: Pair) -> int:
    """What libvcx would make of the mailbox."""
    return client_state(Seen(one["type"], one["statusCode"]) for one in owner.messages(pair)).number


class TestTexts:
    @pytest.mark.parametrize("trait", ["goalCode", "label"])
    @pytest.mark.parametrize(
        "said", ["accepts after 90 seconds", "accepts:90s", "accepts:90s, never-responds", " accepts after 1m30s "]
    )
    def test_say_what_the_holder_does(self, world: World, client: Client, trait: str, said: str) -> None:
        """In the goal code or the label, as behaviours are said everywhere."""
        client.invite(**{trait: f"connsim:{said}"})

        world.advance("89s")
        assert client.states() == [GENERATED]
        world.advance("2s")
        assert client.states() == [RESPONSE_SENT]
        world.check()

    def test_say_it_to_agents_of_early_2023(self, world: World) -> None:
        """Who know labels only."""
        client = Client(world, prefix="/prism-agent")
        client.invite(label="connsim:accepts")

        world.advance("10s")

        assert client.states() == [RESPONSE_SENT]

    @pytest.mark.parametrize("label", ["Connsim:accepts", "connsim", "connsim accepts", " connsim:accepts", "accepts"])
    def test_other_texts_say_nothing(self, world: World, client: Client, label: str) -> None:
        """The prefix stands at the beginning, in small letters."""
        client.invite(label=label)

        world.advance("1m")

        assert client.states() == [GENERATED]
        world.check()

    def test_the_goal_code_comes_before_the_label(self, world: World, client: Client) -> None:
        """If both are magic; one that is not does not count."""
        client.invite(goalCode="connsim:never-responds", label="connsim:accepts")
        client.invite(goalCode="connect", label="connsim:accepts")

        world.advance("1m")

        assert client.states() == [GENERATED, RESPONSE_SENT]

    def test_reach_both_sides(self, world: World, client: Client) -> None:
        """Of the invitee as well: by the inviter's label, though it does not travel."""
        other = Client(world, "two")

        other.accept(client.invite(label="connsim:stuck-invitee"))
        world.advance("1m")

        assert (client.states(), other.states()) == ([RESPONSE_SENT], [REQUEST_SENT])
        world.check()

    def test_reach_the_invitee_of_an_inviter_whom_nobody_plays(self, world: World, client: Client) -> None:
        """Its goal code travels."""
        invitation = world.prism.foreign_invitation("somebody", goal_code="connsim:accepts after 10s")
        client.send("POST", "/connection-invitations", {"invitation": invitation.payload()})

        world.advance("9s")
        assert client.states() == [REQUEST_SENT]
        world.advance("2s")
        assert client.states() == [RESPONSE_RECEIVED]

    def test_say_it_by_the_institutions_name(self, world: World) -> None:
        """To all holders of an owner of the agency."""
        owner = issuer(world, institution="connsim:redirects, accepts after 10s")
        world.agency.holder_accepts(owner.invite("older", phoneNo="+15550100").uid)

        pair = owner.invite()
        world.advance("9s")
        assert state(owner, pair) == 2
        world.advance("1s")

        assert state(owner, pair) == 4
        world.check()

    @pytest.mark.parametrize(
        ("label", "institution", "ends"),
        [("connsim:refuses", "Acme", 1), ("Acme", "connsim:refuses", 1), ("connsim:accepts", "connsim:refuses", 4)],
    )
    def test_say_it_to_whoever_scans(self, world: World, label: str, institution: str, ends: int) -> None:
        """By the label of an Aries invitation, which comes before the institution's name."""
        owner = Owner(world, "owner", Version.V2, Version.V2).provision().profile(institution)
        inviter = Inviter(owner)
        inviter.invitation = messages.invitation("id", label, *relabelled(inviter))

        world.agency.holder_scans(inviter.text)
        world.advance("1s")

        assert [inviter.update() for _ in range(3)][-1] == ends
        world.check()


def relabelled(inviter: Inviter) -> tuple[list[str], list[str], str]:
    """What an invitation has beside its id and its label."""
    told = inviter.invitation.members
    return told["recipientKeys"], told["routingKeys"], told["serviceEndpoint"]


class TestTurns:
    def test_first_second_and_later(self, world: World, client: Client) -> None:
        """The last one is for all that follow."""
        for _ in range(4):
            client.invite(label="connsim:never-responds, accepts after 5s, accepts")

        world.advance("2s")
        assert client.states() == [GENERATED, GENERATED, RESPONSE_SENT, RESPONSE_SENT]
        world.advance("10s")

        assert client.states() == [GENERATED, RESPONSE_SENT, RESPONSE_SENT, RESPONSE_SENT]

    def test_are_those_of_one_client(self, world: World, client: Client) -> None:
        """Each key, and each text, is counted for itself."""
        other = Client(world, "two")
        for one in (client, other):
            one.invite(label="connsim:never-responds,accepts")
            one.invite(label="connsim:never-responds,accepts", goalCode="of no matter")
            one.invite(label="connsim:never-responds, accepts")

        world.advance("2s")

        assert client.states() == other.states() == [GENERATED, RESPONSE_SENT, GENERATED]

    def test_are_those_of_one_owner(self, world: World) -> None:
        """Whatever else differs from one invitation to the next."""
        owner = issuer(world, institution="connsim:refuses,accepts")
        first, second = owner.invite("a", phoneNo="+15550100"), owner.invite("b", phoneNo="+15550101")

        world.advance("2s")

        assert (state(owner, first), state(owner, second)) == (2, 4)

    def test_are_counted_for_each_side(self, world: World, client: Client) -> None:
        """A client's first connection as invitee is its first, though it was an inviter before."""
        said = "connsim:never-responds,accepts"
        invitation = world.prism.foreign_invitation("somebody", goal_code=said).payload()

        client.invite(goalCode=said)
        client.send("POST", "/connection-invitations", {"invitation": invitation})
        world.advance("10s")

        assert client.states() == [GENERATED, REQUEST_SENT]

    def test_begin_anew_with_a_reset(self, world: World, client: Client) -> None:
        """As if no client had ever come."""
        for _ in range(2):
            client.invite(label="connsim:accepts,never-responds")
            client.invite(label="connsim:accepts,never-responds")
            world.advance("2s")
            assert client.states() == [RESPONSE_SENT, GENERATED]
            world.reset()

    def test_may_be_meant_for_one_side_each(self, world: World, client: Client) -> None:
        """A side that cannot show its turn goes on as if nothing had been said."""
        client.invite(label="connsim:stuck-invitee,accepts")
        client.invite(label="connsim:stuck-invitee,accepts")

        world.advance("2s")

        assert client.states() == [GENERATED, RESPONSE_SENT]
        world.check()


class TestPrecedence:
    def test_of_scripts_rules_magic_and_defaults(self, world: World, client: Client) -> None:
        """In this order, through the door."""
        world.scripts.defaults["prism-inviter"] = world.scripts.parse("accepts", "prism-inviter")
        client.invite()
        client.invite(label="connsim:never-responds")
        world.scripts.add("prism-inviter", "accepts:3s", Match(), Rank.FILE)
        client.invite(label="connsim:never-responds")
        world.script("prism-inviter", "never responds")
        client.invite(label="connsim:accepts")

        world.advance("10s")

        assert client.states() == [RESPONSE_SENT, GENERATED, RESPONSE_SENT, GENERATED]

    def test_a_text_comes_before_a_number_and_that_before_an_owner(self, world: World) -> None:
        """Of the values of one invitation, one counts."""
        key = KeyPair.from_seed(magic.seed_of("never-responds"))
        owner = issuer(world, key)
        phone = owner.invite("phone", phoneNo="+19995550100")
        nothing = owner.invite("nothing")
        owner.profile("connsim:redirects")
        with_text = owner.invite("text", phoneNo="+19995550105")

        world.advance("5s")

        assert [state(owner, pair) for pair in (phone, nothing, with_text)] == [4, 2, 8]
        world.check()


class TestPhones:
    @pytest.mark.parametrize(("phone", "said"), magic.PHONES.items())
    def test_have_holders_of_their_kind(self, world: World, phone: str, said: str) -> None:
        """Their inviter sees what it would see of a script of that name."""
        world.agency.configure(AgencySettings(sms="off"))  # a text message would show in the mailbox
        expected = TABLE[said, "vcx-holder"]

        assert watched(world, begin_vcx(world, said, scripted=False, phoneNo=phone), expected) == expected
        world.check()

    @pytest.mark.parametrize(
        ("phone", "refused"),
        [
            ("+1 999 555 0105", True),
            ("+1 (999) 555-0105", True),
            ("19995550105", True),
            ("9995550105", False),
            ("+19995550110", False),
            ("+119995550105", False),
        ],
    )
    def test_are_read_as_people_write_them(self, world: World, phone: str, refused: bool) -> None:
        """Blanks, hyphens and brackets do not matter."""
        owner = issuer(world)
        pair = owner.invite(phoneNo=phone)

        world.advance("1m")

        assert [one["statusCode"] for one in owner.messages(pair)] == (["MS-105"] * 2 if refused else ["MS-102"])

    def test_count_without_a_text_message(self, world: World) -> None:
        """An agency that sends none still knows whom the invitation is for."""
        world.agency.configure(AgencySettings(sms="off"))
        owner = issuer(world)
        pair = owner.invite(phoneNo="+19995550100")

        world.advance("1s")

        assert (state(owner, pair), world.agency.outbox) == (4, [])

    def test_are_nobodys(self, world: World) -> None:
        """No area code 999 exists, and no person for tests has one."""
        people = [world.people.person(str(number)).phone for number in range(300)]

        assert all(phone.startswith("+1999555010") and len(phone) == 12 for phone in magic.PHONES)
        assert not set(people) & set(magic.PHONES)
        assert not any(phone.startswith("+1999") for phone in people)


class TestOwners:
    @pytest.mark.parametrize(("did", "said"), magic.OWNERS.items())
    def test_come_from_their_seeds(self, did: str, said: str) -> None:
        """A legal seed of 32 characters that names the behaviour, and the DID that every wallet makes of it."""
        seed = magic.seed_of(said)

        assert len(seed_bytes(seed)) == len(seed) == 32
        assert seed.startswith(f"connsim:{said}")
        assert KeyPair.from_seed(seed).did == did

    @pytest.mark.parametrize(
        ("said", "role"),
        [(said, role) for said in magic.OWNERS.values() for role in BEGIN if BUILT_IN.parse(said).suits(role)],
    )
    def test_have_holders_of_their_kind(self, world: World, said: str, role: str) -> None:
        """Over whichever protocol can show it."""
        key, expected = KeyPair.from_seed(magic.seed_of(said)), TABLE[said, role]

        assert watched(world, BEGIN[role](world, said, key, scripted=False), expected) == expected
        world.check()

    def test_are_made_by_the_configuration_of_libvcx(self, connsim: World, connsim_libvcx: object) -> None:
        """The seed is the ``agent_seed``: the enterprise's is for the ledger, and no agency sees what comes of it."""
        from connsim.clients.libvcx_client import LibvcxClient
        from connsim.clients.vcx_config import provision

        config = provision(connsim.agency.url, connsim.agency.identity, agent_seed="connsim:accepts00000000000000000")
        client = LibvcxClient(config, Pace.evenly(1))

        invited = asyncio.run(client.connect("Acme"))
        outcome = asyncio.run(client.wait(invited, 60))

        assert config["sdk_to_remote_did"] == "55s2jDhJaugTc3Uq848aMm"
        assert (outcome.state, connsim.clock.elapsed()) == ("Accepted", 10**9)


class TestComplaints:
    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ("acepts", "There is no behaviour 'acepts'. Did you mean 'accepts'"),
            ("accepts sometimes", "'accepts sometimes' is not a behaviour: 'sometimes' is not a duration"),
            ("never responds after 5s", "'never-responds' takes no duration"),
            ("refuses", "'refuses' cannot be played as prism-inviter: a PRISM agent has no message for it"),
            ("", "There is no behaviour ''"),
            ("accepts,", "There is no behaviour ''"),
            ("accepts,acepts", "Did you mean 'accepts'"),
        ],
    )
    def test_nobody_answers_who_asks_for_what_there_is_not(
        self, world: World, client: Client, said: str, told: str
    ) -> None:
        """From the first connection on, whatever is played by default; the test is told the nearest name."""
        world.scripts.defaults["prism-inviter"] = world.scripts.parse("accepts", "prism-inviter")
        client.invite(label=f"connsim:{said}")

        world.advance("1m")

        assert client.states() == [GENERATED]
        with pytest.raises(ConnsimError, match=f"The label 'connsim:{said}' cannot be played, so the other side") as no:
            world.check()
        assert told in str(no.value)
        assert isinstance(no.value, UnknownBehaviour | Misuse)

    def test_nor_does_the_agencys_own_holder(self, world: World) -> None:
        """Which is another kind of default."""
        world.agency.configure(AgencySettings(holder="accepts"))
        owner = issuer(world, institution="connsim:stuck-invitee")
        pair = owner.invite()

        world.advance("1m")

        assert state(owner, pair) == 2
        with pytest.raises(
            Misuse, match="The institution|The label 'connsim:stuck-invitee' asks.*a vcx-holder can show"
        ):
            world.check()

    def test_nor_whoever_scans(self, world: World) -> None:
        """Who accepts if nobody says otherwise."""
        owner = Owner(world, "owner", Version.V2, Version.V2).provision().profile("connsim:answers-twice")
        inviter = Inviter(owner)

        world.agency.holder_scans(inviter.text)
        world.advance("1m")

        assert inviter.update() == 2
        with pytest.raises(
            Misuse, match="The institution 'connsim:answers-twice' cannot be played, .*Play 'scans-twice' instead"
        ):
            world.check()

    def test_an_owner_can_ask_for_what_its_protocol_has_not(self, world: World) -> None:
        """A DID that is meant for Aries says so to who uses the other."""
        owner = issuer(world, KeyPair.from_seed(magic.seed_of("disappears-halfway")))
        pair = owner.invite()

        world.advance("1m")

        assert state(owner, pair) == 2
        with pytest.raises(
            Misuse, match="The owner 'JFZgJxN8S3rmQm88a2sPM3' cannot be played, .* Play 'never-responds' instead"
        ):
            world.check()


def test_every_value_of_the_tables_can_be_played() -> None:
    """Phones by the holders of proprietary invitations, owners by these or those who scan."""
    for said in magic.PHONES.values():
        assert BUILT_IN.parse(said).for_role("vcx-holder")
    for said in magic.OWNERS.values():
        assert any(BUILT_IN.parse(said).suits(role) for role in ("vcx-holder", "aries-holder"))
