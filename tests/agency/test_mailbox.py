"""Mailboxes: reading, marking and sending by owners.

Sections are those of docs/protocol/vcx-agency.md.
"""

import json
from typing import Any, Protocol

import pytest

from connsim import World
from connsim.agency.settings import AgencySettings
from connsim.core.durations import SECOND
from connsim.core.ends import Polls
from connsim.core.seed import Seed
from connsim.faults.delay import Delay
from connsim.script.sequence import Sequence, Step
from connsim.wire.codes import MessageStatus, Version
from connsim.wire.crypt import drawing
from connsim.wire.layers import open_layer
from connsim.wire.messages import Message
from connsim.wire.payloads import general_payload, open_payload
from tests.agency.conftest import NewOwner, Owner, Pair

V1, V2 = Version.V1, Version.V2
BOTH = pytest.mark.parametrize("version", [V1, V2])


class Connect(Protocol):
    """Connects two clients; returns each with its connection, the inviter first."""

    def __call__(self, version: Version = V1) -> tuple[Owner, Pair, Owner, Pair]: ...


@pytest.fixture
def connected(world: World, new_owner: NewOwner) -> Connect:
    """A function that connects two clients of a version."""

    def connect(version: Version = V1) -> tuple[Owner, Pair, Owner, Pair]:
        inviter, invitee = new_owner("inviter", version), new_owner("invitee", version)
        pair = inviter.invite()
        return inviter, pair, invitee, invitee.accept(inviter.detail)

    return connect


class TestFilters:
    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            pytest.param({}, ["connReq", "connReqAnswer"], id="none"),
            pytest.param({"statusCodes": ["MS-104"]}, ["connReq", "connReqAnswer"], id="status"),
            pytest.param({"statusCodes": ["MS-105", "MS-101"]}, [], id="other statuses"),
            pytest.param({"statusCodes": []}, [], id="no status"),
            pytest.param({"uids": ["theirs"]}, ["connReqAnswer"], id="uid"),
            pytest.param({"uids": ["theirs"], "statusCodes": ["MS-101"]}, [], id="both"),
        ],
    )
    @BOTH
    def test_8_3_filters(
        self, world: World, new_owner: NewOwner, version: Version, filters: dict[str, Any], found: list[str]
    ) -> None:
        """Messages have the order of their arrival, filtered by uid and status, in both messages that read."""
        inviter, invitee = new_owner("inviter", version), new_owner("invitee", version)
        pair = inviter.invite()
        invitee.accept(inviter.detail, **{"@id": "theirs"})

        assert [m["type"] for m in inviter.messages(pair, **filters)] == found
        [*downloaded] = inviter.ask_agent("GET_MSGS_BY_CONNS", **filters).members["msgsByConns"]
        assert [(d["pairwiseDID"], [m["type"] for m in d["msgs"]]) for d in downloaded] == (
            [(pair.pw.did, found)] if found else []
        )

    def test_8_3_exclude_payload(self, connected: Connect) -> None:
        """Payloads can be excluded."""
        inviter, pair, *_ = connected()

        assert [m.get("payload") for m in inviter.messages(pair, excludePayload="Y")] == [None, None]
        assert inviter.messages(pair, excludePayload="N")[1]["payload"]

    def test_8_2_downloads_by_connection(self, new_owner: NewOwner) -> None:
        """A download can name connections; unknown ones are not mentioned."""
        owner = new_owner()
        one, two = owner.invite("one"), owner.invite("two")

        answer = owner.ask_agent("GET_MSGS_BY_CONNS", pairwiseDIDs=[two.pw.did, "nobody"])
        every = owner.ask_agent("GET_MSGS_BY_CONNS")

        assert [d["pairwiseDID"] for d in answer.members["msgsByConns"]] == [two.pw.did]
        assert [d["pairwiseDID"] for d in every.members["msgsByConns"]] == [one.pw.did, two.pw.did]


class TestMarking:
    @pytest.mark.parametrize(
        ("settings", "old", "new", "done"),
        [
            pytest.param(AgencySettings(), "MS-104", "MS-106", True, id="lenient"),
            pytest.param(AgencySettings(), "MS-104", "MS-101", True, id="lenient, any status"),
            pytest.param(AgencySettings("dummy"), "MS-104", "MS-106", True, id="lenient dummy"),
            pytest.param(AgencySettings(strict_status=True), "MS-104", "MS-106", True, id="11.6 production"),
            pytest.param(AgencySettings(strict_status=True), "MS-107", "MS-106", False, id="11.6 production, old"),
            pytest.param(AgencySettings(strict_status=True), "MS-104", "MS-101", False, id="11.6 production, new"),
            pytest.param(AgencySettings("dummy", strict_status=True), "MS-104", "MS-106", None, id="11.6 dummy"),
            pytest.param(
                AgencySettings("dummy", strict_status=True), "MS-103", "MS-106", True, id="11.6 dummy, received"
            ),
        ],
    )
    def test_11_6(
        self, world: World, new_owner: NewOwner, settings: AgencySettings, old: str, new: str, done: bool | None
    ) -> None:
        """By default any status can become any other; with strict statuses each flavour has its own rules."""
        world.agency.configure(settings)
        owner = new_owner()
        pair = owner.invite()
        world.agency.invitations[pair.uid].mail.status = MessageStatus(old)
        entries = [{"pairwiseDID": pair.pw.did, "uids": [pair.uid, "unknown", pair.uid]}]

        reply = owner.tell_agent("UPDATE_MSG_STATUS_BY_CONNS", statusCode=new, uidsByConns=entries)

        if done is None:
            assert reply.status == 500
        else:
            updated = owner.opened(reply).message.members["updatedUidsByConns"]
            assert updated == ([{"pairwiseDID": pair.pw.did, "uids": [pair.uid]}] if done else [])
        assert owner.seen(pair)[0][2] == (new if done else old)


class TestGeneralMessages:
    def send(self, owner: Owner, pair: Pair, version: Version, *, to: str, **members: Any) -> Message:
        """Send an offer, and open the answer."""
        payload = general_payload(version, pair.pw, to, "credOffer", "text", drawing(Seed("m"), "draw"))
        given = {"mtype": "credOffer", "sendMsg": True, "@msg": payload, "title": "t"}
        if version is V2:
            given["@id"] = Seed("m").draw_uuid("offer", len(members))
        return owner.opened(owner.tell_ac(pair, owner.message("SEND_REMOTE_MSG", **(given | members)))).message

    @BOTH
    def test_14_go_from_end_to_end(self, connected: Connect, version: Version) -> None:
        """The agency stores a message at both ends; only the recipient can open it."""
        inviter, pair, invitee, theirs = connected(version)

        answer = self.send(inviter, pair, version, to=theirs.pw.verkey)

        uid = answer.members["@id"]
        assert answer.name == ("MSG_CREATED" if version is V1 else "REMOTE_MSG_SENT")
        assert answer.members["sent"] is True
        assert inviter.seen(pair)[2:] == [(uid, "credOffer", "MS-102", None, True)]
        assert invitee.seen(theirs)[2:] == [(uid, "credOffer", "MS-103", None, True)]
        entry = invitee.messages(theirs, uids=[uid])[0]
        assert open_payload(entry["payload"], theirs.pw).inner == "text"
        assert entry["senderDID"] == pair.pw.did

    def test_14_replies_mark_what_they_answer(self, connected: Connect) -> None:
        """A reply sets the older message to MS-104, with a reference, at both ends; never a connection request."""
        inviter, pair, invitee, theirs = connected()
        offer = self.send(inviter, pair, V1, to=theirs.pw.verkey).members["@id"]

        reply = self.send(invitee, theirs, V1, to=pair.pw.verkey, mtype="credReq", replyToMsgId=offer).members["@id"]
        other = self.send(invitee, theirs, V1, to=pair.pw.verkey, mtype="x", replyToMsgId=pair.uid).members["@id"]

        assert inviter.seen(pair)[2:4] == [
            (offer, "credOffer", "MS-104", reply, True),
            (reply, "credReq", "MS-103", None, True),
        ]
        assert invitee.seen(theirs)[2][2:4] == ("MS-104", reply)
        assert [entry[0] for entry in inviter.seen(pair)][-1] == other
        assert inviter.seen(pair)[0][3] != other

    def test_14_unsent_messages_stay(self, connected: Connect) -> None:
        """Without sendMsg a message is stored at MS-101, and not sent."""
        inviter, pair, invitee, theirs = connected()

        answer = self.send(inviter, pair, V1, to=theirs.pw.verkey, sendMsg=False)

        assert "sent" not in answer.members
        assert inviter.seen(pair)[2][1:3] == ("credOffer", "MS-101")
        assert len(invitee.seen(theirs)) == 2

    @pytest.mark.parametrize("answer", [None, "holder_refuses"])
    def test_sending_needs_an_acceptance(self, world: World, new_owner: NewOwner, answer: str | None) -> None:
        """A connection without the other side cannot send; a refusal gives it none."""
        owner = new_owner()
        pair = owner.invite()
        if answer:
            getattr(world.agency, answer)(pair.uid)
        message = owner.message("SEND_REMOTE_MSG", mtype="x", sendMsg=True, **{"@msg": b"x"})

        reply = owner.tell_ac(pair, message)

        assert (reply.status, json.loads(reply.body)["statusCode"]) == (400, "CS-102")

    def test_only_the_other_side_may_send(self, world: World, connected: Connect) -> None:
        """A message from the agent of another connection is refused."""
        _, pair, invitee, _ = connected()
        stranger = invitee.pair("stranger")
        other = invitee.message("SEND_REMOTE_MSG", mtype="x", sendMsg=False, **{"@msg": b"x"})

        reply = invitee.tell(other, (stranger.pw, pair.ac))

        assert (reply.status, json.loads(reply.body)["statusCode"]) == (401, "GNR-121")

    def test_messages_to_scripted_holders_count_as_sent(self, world: World, new_owner: NewOwner) -> None:
        """Messages to a scripted holder count as sent, and are not answered."""
        world.script("vcx-holder", "agent-offer")
        owner = new_owner()
        pair = owner.invite()
        remote = world.agency.invitations[pair.uid].connection.remote
        assert remote is not None

        assert self.send(owner, pair, V1, to=remote.pairwise.verkey).members["sent"] is True
        assert owner.seen(pair)[2][2] == "MS-102"


class TestPolls:
    def test_only_the_owners_reads_of_one_connection_count(self, world: World, connected: Connect) -> None:
        """Only GET_MSGS of a connection is a poll; downloads, links and refused reads are not."""
        inviter, pair, invitee, theirs = connected()
        inviter.ask_agent("GET_MSGS_BY_CONNS")
        inviter.tell(inviter.message("GET_MSGS"), (theirs.pw, pair.ac), (inviter.key, inviter.agent))

        inviter.messages(pair)
        inviter.messages(pair)
        invitee.messages(theirs)

        polls = world.journal.polls(pair.uid)
        assert [(e.message, e.method, e.client, e.state) for e in polls] == [
            ("GET_MSGS", "POST", inviter.key.did, "MS-104")
        ] * 2
        assert len(world.journal.polls(theirs.pw.did)) == 1
        assert "POST /agency/msg GET_MSGS -> 200 MS-104, 2 times until" in world.timeline(pair.uid)

    def test_polls_may_move_the_clock(self, world: World, connected: Connect) -> None:
        """For clients whose waits are not virtual, every poll advances the clock by a fixed duration."""
        inviter, pair, *_ = connected()
        world.per_poll = 60 * SECOND

        inviter.messages(pair)
        inviter.ask_agent("GET_MSGS_BY_CONNS")

        assert world.clock.elapsed() == 60 * SECOND

    @pytest.mark.parametrize(
        ("pause", "wait"),
        [(0, "2"), (1, "2"), (SECOND // 2, "1"), (3 * SECOND // 2 - 1, "1"), (3 * SECOND // 2, None)],
    )
    def test_eager_pollers_are_refused(self, world: World, new_owner: NewOwner, pause: int, wait: str | None) -> None:
        """Our own rule: a poll that comes too soon gets a 429 with the whole seconds to wait."""
        world.agency.configure(AgencySettings(least_poll_interval=3 * SECOND // 2))
        owner = new_owner()
        pair, other = owner.invite("one"), owner.invite("two")
        owner.messages(pair)
        owner.messages(other)
        world.clock.advance_ns(pause)

        reply = owner.tell_ac(pair, owner.message("GET_MSGS"))

        refused = wait is not None
        assert (reply.status, reply.headers) == ((429, (("Retry-After", wait),)) if refused else (200, ()))
        assert len(world.journal.polls(pair.uid)) == (1 if refused else 2)

    def test_faults_of_a_step_fall_on_polls(self, world: World, new_owner: NewOwner) -> None:
        """A poll whose reply a step's fault withholds does not count; other messages are answered."""
        script = Sequence((Step("ignore", Polls(2)), Step("ignore", Polls(1), Delay(None)), Step("accept")))
        world.script("vcx-holder", script)
        owner = new_owner()
        pair = owner.invite()

        waits = [owner.tell_ac(pair, owner.message("GET_MSGS")).wait for _ in range(4)]

        assert waits == [0, 0, None, None]
        player = world.agency.invitations[pair.uid].player
        assert player is not None
        assert player.step == script.steps[1]
        assert [e.status for e in world.journal.polls(pair.uid)] == [200, 200, None, None]
        assert owner.tell_ac(pair, owner.message("UPDATE_CONN_STATUS", statusCode="CS-102")).wait == 0


def test_5_answers_are_for_the_owner_key(connected: Connect) -> None:
    """Section 7: the agent connection closes for the owner's key, not for the pairwise one."""
    inviter, pair, *_ = connected()
    reply = inviter.tell_ac(pair, inviter.message("GET_MSGS"))

    assert open_layer(reply.body, inviter.key).sender == pair.ac.verkey
    with pytest.raises(ValueError, match="for another key"):
        open_layer(reply.body, pair.pw)
