"""The acts of a scripted Aries holder, and what they lead the inviter to."""

import pytest

from connsim import Sequence, World
from connsim.core.table import By, Edge
from connsim.errors import BadScript
from connsim.script.machines.aries import ANSWERED, ARIES_HOLDER, INVITER, Act
from connsim.wire.aries.messages import Type
from connsim.wire.errors import NoKey
from tests.agency.aries.conftest import Inviter, acts, scan


class TestTable:
    @pytest.mark.parametrize("act", Act)
    def test_every_act_leads_the_inviter_where_the_table_says(self, world: World, inviter: Inviter, act: Act) -> None:
        """An edge's act, done by a script that names it alone."""
        world.script("aries-holder", Sequence.of(act.value))

        id_ = scan(inviter)

        if act is Act.GARBLE:
            with pytest.raises(NoKey):
                inviter.update()
        else:
            assert [inviter.update() for _ in range(3)][-1] == INVITER[act].number
        assert inviter.state == INVITER[act].number
        assert acts(world, id_)[-1] == act
        assert id_ == inviter.first.pw.did
        world.check()

    @pytest.mark.parametrize(
        "edge", [pytest.param(e, id=f"{e.source}-{e.target}") for e in ARIES_HOLDER.edges if e.by is By.PEER]
    )
    def test_every_edge_is_written_down_as_the_table_has_it(self, world: World, inviter: Inviter, edge: Edge) -> None:
        """The journal shows source, event and target of what a holder does."""
        world.script("aries-holder", Sequence.of(edge.target))

        id_ = scan(inviter)

        last = world.journal.transitions(id_)[-1]
        assert (last.role, last.source, last.event, last.target) == (
            "aries-holder",
            edge.source,
            edge.event,
            edge.target,
        )

    def test_the_response_is_what_a_script_can_wait_for(self, world: World, inviter: Inviter) -> None:
        """The one edge of the client's: the response ends ``until answered``, and not a moment earlier."""
        world.script("aries-holder", Sequence.of(("request", f"until {ANSWERED}"), "accept"))
        id_ = scan(inviter)
        world.advance("3 days")
        assert acts(world, id_)[-1] == "request"

        inviter.update()

        assert acts(world, id_)[-1] == "accept"
        assert inviter.update() == 4

    @pytest.mark.parametrize(
        ("act", "posted"),
        [
            pytest.param(Act.ACCEPT, ["connections/1.0/request", "notification/1.0/ack"], id="accept"),
            pytest.param(Act.PING, ["connections/1.0/request", "trust_ping/1.0/ping"], id="ping"),
            pytest.param(Act.REFUSE, ["connections/1.0/problem_report"], id="refuse"),
            pytest.param(
                Act.REFUSE_LATE, ["connections/1.0/request", "connections/1.0/problem_report"], id="refuse late"
            ),
            pytest.param(Act.NEWER, ["https://didcomm.org/connections/1.0/request"], id="newer prefix"),
            pytest.param(Act.IGNORE, [], id="ignore"),
        ],
    )
    def test_the_journal_says_what_the_agency_can_not_see(
        self, world: World, inviter: Inviter, act: Act, posted: list[str]
    ) -> None:
        """Posts of the holder come through the agency's own door, with a note of what is inside."""
        world.script("aries-holder", Sequence.of(act.value))
        scan(inviter)
        for _ in range(2):
            inviter.update()

        notes = [one.note for one in world.journal.exchanges() if one.message == "forward"]

        assert notes == [f"the scripted holder sends {what}" for what in posted]

    @pytest.mark.parametrize(("act", "same"), [("accept", True), ("wrong-thread", False)])
    def test_an_ack_is_of_the_requests_thread(self, world: World, inviter: Inviter, act: str, same: bool) -> None:
        """Unless the holder gets that wrong."""
        world.script("aries-holder", Sequence.of(act))
        scan(inviter)
        inviter.update()

        [(_, ack)] = inviter.mails(inviter.pair)

        assert (ack.thread == inviter.request.id) is same
        assert ack.members["status"] == "OK"

    def test_refusals_have_their_codes(self, world: World, inviter: Inviter) -> None:
        """Each refusal says what it is about, and on which thread."""
        told = []
        for act in ("refuse", "withdraw", "refuse-late", "doubt"):
            world.script("aries-holder", Sequence.of(act))
            other = Inviter(inviter.owner, act)
            scan(other)
            found = dict(other.mails(other.pair))
            request = next((m for m in found.values() if m.type is Type.REQUEST), None)
            if act in ("refuse-late", "doubt"):
                assert request is not None
                other.respond(request)
                found = dict(other.mails(other.pair))
            report = next(m for m in found.values() if m.type is Type.PROBLEM)
            told.append((report.members["problem-code"], report.thread == (request or other.invitation).id))

        assert told == [
            ("request_not_accepted", True),
            ("request_not_accepted", True),
            ("response_not_accepted", True),
            ("response_processing_error", True),
        ]


class TestScripts:
    @pytest.mark.parametrize(
        ("steps", "told"),
        [
            pytest.param(["acept"], "'acept' is not an act of aries-holder. Did you mean 'accept'", id="misspelt"),
            pytest.param([("refuse", "1s"), "accept"], "cannot go from refuse to accept", id="illegal"),
            pytest.param([("request", "until met"), "accept"], "'met' is not an event of aries-holder", id="no event"),
        ],
    )
    def test_a_script_keeps_to_the_table(self, world: World, steps: list[str | tuple[str, str]], told: str) -> None:
        """Or it is refused, with what would be right."""
        with pytest.raises(BadScript, match=told):
            world.script("aries-holder", Sequence.of(*steps))

    def test_not_even_a_loose_script_can_play_an_unknown_act(self, world: World, inviter: Inviter) -> None:
        """The test fails at its end, as that happens while time passes; the holder does nothing more."""
        world.script("aries-holder", Sequence.of(("request", "1s"), ("dance", "1s"), "accept", strict=False))
        id_ = scan(inviter)

        world.advance("1 minute")

        assert acts(world, id_) == ["request"]
        with pytest.raises(BadScript, match="'dance' is not an act"):
            world.check()

    def test_a_loose_script_can_do_things_out_of_order(self, world: World, inviter: Inviter) -> None:
        """A refusal, and then a request all the same."""
        world.script("aries-holder", Sequence.of(("refuse", "0s"), "request", strict=False))
        scan(inviter)

        assert [m.type for _, m in inviter.mails(inviter.pair)] == [Type.PROBLEM, Type.REQUEST]
