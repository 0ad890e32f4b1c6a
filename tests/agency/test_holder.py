"""Scripted holders: what they do, what their inviters find, and what a tester can tell them.

Sections are those of docs/protocol/vcx-agency.md.
"""

import pytest

from connsim import Sequence, Step, World
from connsim.agency.settings import AgencySettings
from connsim.core.durations import MINUTE, SECOND
from connsim.core.exchange import Request
from connsim.core.table import Edge
from connsim.errors import BadScript, Misuse, UnusedScript
from connsim.script.machines.vcx import ANSWER, HOLDER, Act, Seen, client_state, mailbox_after
from connsim.wire.codes import Version
from connsim.wire.payloads import answer_in, open_payload
from connsim.wire.proofs import delegation_holds, redirect_holds
from tests.agency.conftest import NewOwner, Owner, Pair, last_exchange

V1, V2 = Version.V1, Version.V2
BOTH = pytest.mark.parametrize("version", [V1, V2])


def acts(world: World, uid: str) -> list[tuple[str | None, str, str]]:
    """What the holder of an invitation did, with the event."""
    return [(t.source, t.target, t.event) for t in world.journal.transitions(uid)]


def seen(owner: Owner, pair: Pair) -> tuple[Seen, ...]:
    """The inviter's mailbox in short."""
    return tuple(Seen(m["type"], m["statusCode"]) for m in owner.messages(pair))


def accepted_before(world: World, owner: Owner) -> Pair:
    """An older connection that a scripted holder accepted."""
    pair = owner.invite("older")
    world.agency.holder_accepts(pair.uid)
    return pair


class TestFourHolders:
    """11.4: each holder leaves its own mailbox, and libvcx makes its own state of it."""

    @pytest.mark.parametrize(("act", "state"), [(Act.ACCEPT, 4), (Act.REFUSE, 2), (Act.REDIRECT, 8), (Act.IGNORE, 2)])
    @BOTH
    def test_11_4(self, world: World, new_owner: NewOwner, version: Version, act: Act, state: int) -> None:
        """The table's derived columns are what the wire shows."""
        owner = new_owner("owner", version)
        older = accepted_before(world, owner)
        world.script("vcx-holder", Sequence.of({"act": "ignore", "for": "3m"}, {"act": act}))
        pair = owner.invite()

        world.clock.advance_ns(3 * MINUTE - 1)
        assert seen(owner, pair) == mailbox_after(Act.IGNORE)
        world.clock.advance_ns(1)

        assert seen(owner, pair) == mailbox_after(act)
        assert client_state(seen(owner, pair)).number == state
        if act is Act.IGNORE:
            assert acts(world, pair.uid) == [(None, "ignore", "invited")]
            return
        request, answer = owner.messages(pair)
        assert (request["uid"], request["refMsgId"], answer["refMsgId"]) == (pair.uid, answer["uid"], None)
        inner = answer_in(open_payload(answer["payload"], owner.key))
        proof, verkey = inner["senderDetail"]["agentKeyDlgProof"], inner["senderDetail"]["verKey"]
        assert delegation_holds(proof, verkey)
        assert ("redirectDetail" in inner) == (act is Act.REDIRECT)
        if act is Act.REDIRECT:
            detail = inner["redirectDetail"]
            assert redirect_holds(detail)
            assert (detail["DID"], detail["verKey"]) == (older.pw.did, older.pw.verkey)
            before = answer_in(open_payload(owner.messages(older)[1]["payload"], owner.key))["senderDetail"]
            assert (detail["theirDID"], detail["theirVerKey"]) == (before["DID"], before["verKey"])
        world.check()

    def test_the_holders_post_is_in_the_journal(self, world: World, new_owner: NewOwner) -> None:
        """A holder comes in by the front door, as a foreign agency would, and is marked as ours."""
        owner = new_owner()
        pair = owner.invite()

        world.agency.holder_accepts(pair.uid)

        posted = last_exchange(world)
        assert (posted.route, posted.message, posted.note) == ("/agency/msg", "ACCEPT_CONN_REQ", "the scripted holder")
        assert (posted.connection, posted.state, posted.status) == (pair.uid, "MS-104", 200)
        remote = world.agency.invitations[pair.uid].connection.remote
        assert remote is not None
        assert posted.client == remote.agent.did
        assert world.agency.handle(Request("POST", "/agency/msg", {}, posted.request)).status == 400  # the same bytes

    def test_11_2_the_last_acceptance_wins(self) -> None:
        """The client walks all messages; a connReq at MS-104 alone does nothing."""
        accepted, redirected = Seen("connReqAnswer", "MS-104"), Seen("connReqRedirect", "MS-107")

        assert client_state([accepted, redirected]).number == 8
        assert client_state([redirected, accepted]).number == 4
        assert client_state([Seen("connReq", "MS-104"), Seen("connReqAnswer", "MS-103")]).number == 2
        assert client_state([]).number == 2


class TestTable:
    @pytest.mark.parametrize("edge", HOLDER.edges, ids=lambda edge: f"{edge.source}-{edge.event}")
    def test_every_edge_can_be_walked(self, world: World, new_owner: NewOwner, edge: Edge) -> None:
        """Each legal transition happens on the wire, and is written down with its event."""
        owner = new_owner()
        accepted_before(world, owner)
        way = [step for step in (edge.source, edge.target) if step is not None]
        world.script("vcx-holder", Sequence.of(*((step, "1s") for step in way), strict=edge.target != Act.AGAIN))

        pair = owner.invite()
        world.advance("10 seconds")

        assert (edge.source, edge.target, edge.event) in acts(world, pair.uid)
        world.check()

    def test_every_act_that_answers_sends_something(self) -> None:
        """Acts, answers and table know the same."""
        assert set(HOLDER.states) == set(Act) == {*ANSWER, Act.IGNORE, Act.AGAIN}

    @pytest.mark.parametrize(
        ("script", "told"),
        [
            (["acept"], "'acept' is not an act of vcx-holder. Did you mean 'accept'"),
            (["OfferSent"], "'OfferSent' is not an act of vcx-holder. Expected one of: ignore, accept, refuse"),
            ([("accept", "1s"), "refuse"], "cannot go from accept to refuse. Legal next: answer-again"),
            (["answer-again"], "3 paths lead vcx-holder from the start to answer-again.*Name the acts between"),
            (
                [("ignore", "until delivered"), "accept"],
                "'delivered' is not an event of vcx-holder. Expected one of: acc",
            ),
        ],
    )
    def test_scripts_keep_to_it(self, world: World, script: list[str | tuple[str, str]], told: str) -> None:
        """A script that the table does not allow is refused, with what it does allow."""
        with pytest.raises(BadScript, match=told):
            world.script("vcx-holder", Sequence.of(*script))

    def test_the_first_ignore_may_be_left_out(self, world: World, new_owner: NewOwner) -> None:
        """A holder who accepts at once has ignored the invitation for no time."""
        world.script("vcx-holder", Sequence.of_rows([{"act": "accept", "lasts": ""}]))
        owner = new_owner()

        pair = owner.invite()

        assert owner.detail["statusCode"] == "MS-101"  # the answer comes after the invitation
        assert acts(world, pair.uid) == [(None, "ignore", "invited"), ("ignore", "accept", "accepted")]


class TestScripts:
    def test_count_polls(self, world: World, new_owner: NewOwner) -> None:
        """``for 3 polls`` ends after the third answer; the fourth shows what came of it."""
        world.script("vcx-holder", Sequence.of(("ignore", "3 polls"), "accept"))
        owner = new_owner()
        pair = owner.invite()
        owner.ask_agent("GET_MSGS_BY_CONNS")

        assert [len(owner.messages(pair)) for _ in range(4)] == [1, 1, 1, 2]
        assert len(world.journal.polls(pair.uid)) == 4

    def test_wait_for_a_person(self, world: World, new_owner: NewOwner) -> None:
        """``until the holder accepts`` lets the script go on when that happens, and the script says what comes."""
        script = Sequence.of(("ignore", "until the holder accepts"), ("ignore", "5s"), "refuse")
        world.script("vcx-holder", script)
        owner = new_owner()
        pair = owner.invite()
        world.advance("1 hour")

        world.agency.holder_accepts(pair.uid)

        assert seen(owner, pair) == mailbox_after(Act.IGNORE)
        world.advance("5 seconds")
        assert seen(owner, pair) == mailbox_after(Act.REFUSE)

    def test_jitter_comes_from_the_seed(self, new_owner: NewOwner) -> None:
        """A span is drawn once for each invitation, and by the seed."""

        def moment(seed: str) -> int:
            world = World(seed)
            world.script("vcx-holder", Sequence.of(("ignore", "5s..20s"), "accept"))
            new_owner("owner", V1, V1, other_world=world).invite()
            due = world.clock.next_due()
            assert due is not None
            return due - world.clock.now()

        assert 5 * SECOND <= moment("one") == moment("one") <= 20 * SECOND
        assert moment("one") != moment("other")

    def test_end_when_somebody_else_answers(self, world: World, new_owner: NewOwner) -> None:
        """A client who accepts first leaves the scripted holder nothing to do."""
        world.script("vcx-holder", "accepts after 90 seconds")
        inviter, invitee = new_owner("inviter"), new_owner("invitee")
        pair = inviter.invite()

        invitee.accept(inviter.detail)

        assert world.clock.next_due() is None
        assert len(inviter.messages(pair)) == 2
        world.check()

    def test_end_with_the_connection(self, world: World, new_owner: NewOwner) -> None:
        """A holder who answers a deleted connection is refused, and that is all."""
        world.script("vcx-holder", "accepts after 90 seconds")
        owner = new_owner()
        pair = owner.invite()
        owner.ask_ac(pair, "UPDATE_CONN_STATUS", statusCode="CS-103")

        world.advance("90 seconds")

        assert last_exchange(world).status == 400
        assert acts(world, pair.uid) == [(None, "ignore", "invited")]
        world.check()

    def test_real_expiries_stay_real(self, world: World, new_owner: NewOwner) -> None:
        """A holder who accepts too late is refused; one who is not strict plays an agency that forgets."""
        world.agency.configure(AgencySettings(invitation_expiry=60 * SECOND))
        owner = new_owner()
        world.script("vcx-holder", "accepts after 90 seconds")
        late = owner.invite("late")
        world.script("vcx-holder", Sequence.of(("ignore", "90s"), "accept", strict=False))
        impossible = owner.invite("impossible")

        world.advance("90 seconds")

        assert [seen(owner, late), seen(owner, impossible)] == [mailbox_after(Act.IGNORE), mailbox_after(Act.ACCEPT)]
        refused = [e for e in world.journal.exchanges(connection=late.uid) if e.status == 400]
        assert [(b"VES-101" in e.reply, "the scripted holder: " in e.note) for e in refused] == [(True, True)]

    def test_end_when_the_agency_refuses(self, world: World, new_owner: NewOwner) -> None:
        """A holder who was refused does not go on, however often the client asks."""
        world.agency.configure(AgencySettings(invitation_expiry=SECOND))
        world.script("vcx-holder", Sequence.of(("ignore", "90s"), ("accept", "1 poll"), "answer-again"))
        owner = new_owner()
        pair = owner.invite()
        world.advance("90 seconds")

        owner.messages(pair)
        owner.messages(pair)

        assert [e.message for e in world.journal.exchanges(connection=pair.uid) if e.note] == ["ACCEPT_CONN_REQ"]

    def test_unknown_acts_fail_the_test(self, world: World, new_owner: NewOwner) -> None:
        """Nobody can play an act that does not exist, strict or not."""
        world.script("vcx-holder", Sequence.of(("ignore", "1s"), "Paid", strict=False))
        new_owner().invite()

        world.advance("1 second")

        with pytest.raises(BadScript, match="'Paid' is not an act of vcx-holder"):
            world.check()


class TestAnsweringAgain:
    def test_a_faithful_agency_refuses(self, world: World, new_owner: NewOwner) -> None:
        """The second answer is refused with CRS-102, and the first one stands."""
        world.script("vcx-holder", "answers twice after 10 seconds")
        owner = new_owner()
        pair = owner.invite()

        world.advance("10 seconds")

        assert seen(owner, pair) == mailbox_after(Act.ACCEPT)
        first, second = world.journal.exchanges(connection=pair.uid)[1:3]
        assert (first.status, second.status, b"CRS-102" in second.reply) == (200, 400, True)
        assert acts(world, pair.uid)[-1] == ("ignore", "accept", "accepted")

    @pytest.mark.parametrize("first", [Act.ACCEPT, Act.REFUSE])
    def test_a_script_that_is_not_strict_plays_another_agency(
        self, world: World, new_owner: NewOwner, first: Act
    ) -> None:
        """Both answers are in the mailbox, with different keys, and the client takes the last."""
        world.script("vcx-holder", Sequence.of((first, "5s"), "answer-again", strict=False))
        owner = new_owner()
        pair = owner.invite()
        world.advance("5 seconds")

        request, one, two = owner.messages(pair)

        assert seen(owner, pair)[2] == seen(owner, pair)[1]
        assert request["refMsgId"] == two["uid"]
        assert one["senderDID"] != two["senderDID"]
        assert acts(world, pair.uid)[-1] == (first, "answer-again", "answered again")


class TestRedirecting:
    def test_needs_an_older_connection(self, world: World, new_owner: NewOwner) -> None:
        """By hand it is misuse that names what is missing; the holder can still do something else."""
        owner = new_owner().profile("Acme")
        pair = owner.invite()

        with pytest.raises(
            Misuse, match="no older connection of the inviter 'Acme' was accepted.*Have a scripted holder accept"
        ):
            world.agency.holder_redirects(pair.uid)
        world.agency.holder_refuses(pair.uid)

        assert seen(owner, pair) == mailbox_after(Act.REFUSE)

    def test_by_script_it_fails_the_test(self, world: World, new_owner: NewOwner) -> None:
        """In a script it is told at the test's end, and the holder stays silent."""
        world.script("vcx-holder", "redirects after 1 second")
        owner = new_owner()
        pair = owner.invite()

        world.advance("1 minute")

        assert seen(owner, pair) == mailbox_after(Act.IGNORE)
        with pytest.raises(Misuse, match="no older connection"):
            world.check()

    def test_another_inviters_connection_will_not_do(self, world: World, new_owner: NewOwner) -> None:
        """The older connection must be the same inviter's, and a scripted holder's."""
        accepted_before(world, new_owner("another"))
        owner, client = new_owner("owner"), new_owner("client")
        owner.invite("with a client")
        client.accept(owner.detail)
        pair = owner.invite()

        with pytest.raises(Misuse, match="no older connection"):
            world.agency.holder_redirects(pair.uid)

    def test_takes_the_newest(self, world: World, new_owner: NewOwner) -> None:
        """Of several older connections the newest is meant."""
        owner = new_owner()
        accepted_before(world, owner)
        newer = owner.invite("newer")
        world.agency.holder_accepts(newer.uid)
        pair = owner.invite()

        world.agency.holder_redirects(pair.uid)

        inner = answer_in(open_payload(owner.messages(pair)[1]["payload"], owner.key))
        assert inner["redirectDetail"]["DID"] == newer.pw.did


class TestVerbs:
    @pytest.mark.parametrize(
        ("verb", "act"),
        [("holder_accepts", Act.ACCEPT), ("holder_refuses", Act.REFUSE), ("holder_redirects", Act.REDIRECT)],
    )
    def test_act_now(self, world: World, new_owner: NewOwner, verb: str, act: Act) -> None:
        """A verb overrides what the script would do, and ends it."""
        owner = new_owner()
        accepted_before(world, owner)
        world.script("vcx-holder", "accepts after 90 seconds")
        pair = owner.invite()

        getattr(world.agency, verb)(pair.uid)

        assert world.clock.next_due() is None
        assert seen(owner, pair) == mailbox_after(act)
        with pytest.raises(Misuse, match=f"cannot {act} the invitation .* answered with MS-10.. Expected an open one"):
            getattr(world.agency, verb)(pair.uid)

    @pytest.mark.parametrize("verb", ["holder_accepts", "holder_refuses", "holder_redirects", "holder_stays_silent"])
    def test_need_an_invitation(self, world: World, verb: str) -> None:
        """An id that nobody knows is misuse, with what would be right."""
        with pytest.raises(Misuse, match="No invitation 'nobody' is known, so no holder can .* Expected the connReqId"):
            getattr(world.agency, verb)("nobody")

    def test_silence_ends_the_script(self, world: World, new_owner: NewOwner) -> None:
        """Whoever falls silent answers no more, until a person says so."""
        world.script("vcx-holder", "accepts after 90 seconds")
        owner = new_owner()
        pair = owner.invite()

        world.agency.holder_stays_silent(pair.uid)
        world.advance("1 hour")

        assert seen(owner, pair) == mailbox_after(Act.IGNORE)
        world.agency.holder_accepts(pair.uid)
        assert seen(owner, pair) == mailbox_after(Act.ACCEPT)

    def test_late_is_no_misuse(self, world: World, new_owner: NewOwner) -> None:
        """The agency refuses an answer after the expiry, as it would any holder's."""
        world.agency.configure(AgencySettings(invitation_expiry=SECOND))
        owner = new_owner()
        pair = owner.invite()
        world.advance("2 seconds")

        world.agency.holder_accepts(pair.uid)

        assert b"VES-101" in last_exchange(world).reply
        assert seen(owner, pair) == mailbox_after(Act.IGNORE)


class TestWhoStandsBehind:
    def test_nobody_by_default(self, world: World, new_owner: NewOwner) -> None:
        """Without a script the holder never responds."""
        owner = new_owner()
        pair = owner.invite()

        world.advance("365 days")

        assert seen(owner, pair) == mailbox_after(Act.IGNORE)

    def test_settings_have_a_holder_for_everybody_else(self, world: World, new_owner: NewOwner) -> None:
        """The settings' behaviour is played where no script fits."""
        world.agency.configure(AgencySettings(holder="accepts:5s"))
        world.script("vcx-holder", "refuses after 1s", phone="+1555*")
        owner = new_owner()
        plain, texted = owner.invite("plain"), owner.invite("texted", phoneNo="+15550001")

        world.advance("5 seconds")

        assert [seen(owner, p)[-1].status for p in (plain, texted)] == ["MS-104", "MS-105"]

    def test_agent_offer(self, world: World, new_owner: NewOwner) -> None:
        """A cloud agent accepts at the very moment at which it is invited."""
        world.agency.configure(AgencySettings(holder="agent-offer"))
        owner = new_owner()

        pair = owner.invite()

        assert seen(owner, pair) == mailbox_after(Act.ACCEPT)
        assert world.clock.elapsed() == 0

    @pytest.mark.parametrize(
        ("chosen", "members", "fits"),
        [
            pytest.param({"phone": "+15550001*"}, {"phoneNo": "+155500012"}, True, id="phone"),
            pytest.param({"phone": "+15550001*"}, {}, False, id="no phone"),
            pytest.param({"institution": "Ac?e"}, {}, True, id="institution"),
            pytest.param({"institution": "Other"}, {}, False, id="other institution"),
            pytest.param({"label": "Acme"}, {"phoneNo": "1"}, True, id="label is the institution"),
            pytest.param({"owner": "OWNER"}, {}, True, id="owner"),
            pytest.param({"owner": "someone"}, {}, False, id="other owner"),
            pytest.param({"institution": "Acme", "phone": "2"}, {"phoneNo": "1"}, False, id="all must fit"),
        ],
    )
    def test_scripts_choose(
        self, world: World, new_owner: NewOwner, chosen: dict[str, str], members: dict[str, str], fits: bool
    ) -> None:
        """What reaches the agency chooses the holder: phone number, institution, owner."""
        owner = new_owner().profile("Acme")
        if chosen.get("owner") == "OWNER":
            chosen = {"owner": owner.key.did}
        world.script("vcx-holder", "agent-offer", **chosen)

        pair = owner.invite(**members)

        assert (len(owner.messages(pair)) == 2) is fits
        if not fits:
            with pytest.raises(UnusedScript, match=" and whose | whose .* matches"):
                world.check()

    def test_labels_fall_back_to_the_phone_number(self, world: World, new_owner: NewOwner) -> None:
        """Who has no name is known by the number that it writes to."""
        world.script("vcx-holder", "agent-offer", label="+1*")

        owner = new_owner()

        assert len(owner.messages(owner.invite(phoneNo="+15550001"))) == 2

    def test_prism_scripts_have_labels_only(self, world: World) -> None:
        """A PRISM agent knows no phone numbers."""
        with pytest.raises(Misuse, match="given phone. Expected label"):
            world.script("prism-inviter", "accepts", phone="+1*")

    def test_two_invitations_have_two_holders(self, world: World, new_owner: NewOwner) -> None:
        """Each holder has keys of its own, drawn from the seed."""
        world.script("vcx-holder", "agent-offer")
        owner = new_owner()

        pairs = [owner.invite("one"), owner.invite("two")]

        senders = {owner.messages(pair)[1]["senderDID"] for pair in pairs}
        assert len(senders) == 2

    def test_an_invitation_is_polled_with_all_of_its_connection(self, world: World, new_owner: NewOwner) -> None:
        """Two requests of one connection have two holders, and one poll is seen by both."""
        world.script("vcx-holder", Sequence.of(Step("ignore"), strict=False))
        world.script("vcx-holder", Sequence.of(("ignore", "2 polls"), "refuse"))
        owner = new_owner()
        pair = owner.invite()
        owner.tell_ac(pair, owner.request(pair))

        for _ in range(3):
            owner.messages(pair)

        assert [m["statusCode"] for m in owner.messages(pair) if m["type"] == "connReq"] == ["MS-105", "MS-105"]
