"""Sentences about the other side: what it does, by name or step by step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_bdd import given, parsers, when

from connsim import Misuse, duration

if TYPE_CHECKING:
    import pytest

    from connsim import Stage, Story


@given(parsers.re(r'the scenarios in "(?P<file>[^"]+)"'))
def scenarios_in(request: pytest.FixtureRequest, connsim_story: Story, file: str) -> None:
    """Load a scenario file, whose path is relative to the feature file or to pytest's rootdir."""
    feature = Path(request.node.connsim_feature)
    connsim_story.load(file, (feature.parent, request.config.rootpath))


@given(parsers.re(r"a holder who (?P<behaviour>.+)"))
def holder_who(connsim_story: Story, behaviour: str) -> None:
    """Script the holder behind every invitation of PRISM or VCX, such as ``accepts after 90 seconds``."""
    connsim_story.script_holder(behaviour)


@given(parsers.re(r"an inviter who (?P<behaviour>.+)"))
def inviter_who(connsim: Stage, behaviour: str) -> None:
    """Script the inviter behind every accepted invitation, such as ``never responds``."""
    connsim.script("prism-invitee", behaviour)


@given(parsers.re(r"an invitee who is a (?P<behaviour>stuck-invitee)"))
def stuck_invitee(connsim: Stage, behaviour: str) -> None:
    """Keep the invitee in ConnectionRequestSent while the inviter believes that it is connected."""
    connsim.script("prism-invitee", behaviour)


@given("an agent that hangs")
def agent_hangs(connsim: Stage) -> None:
    """Make the inviter's own agent accept every request about its connection, and never answer."""
    connsim.script("prism-inviter", "agent-hangs")


@given("an agent that restarts")
def agent_restarts(connsim: Stage) -> None:
    """Restart the inviter's own agent before it has sent its response, which is lost."""
    connsim.script("prism-inviter", "agent-restarts")


@given("an acceptance that the inviter never learns of")
def inviter_never_learns(connsim: Stage) -> None:
    """Keep the inviter's record in InvitationGenerated, while the invitee that accepts is connected."""
    connsim.script("prism-inviter", "never-learns")


@given("a holder whose endpoint is unreachable")
def endpoint_is_unreachable(connsim_story: Story) -> None:
    """Make the holder of an invitation, of PRISM or Aries, name an endpoint at which no server listens."""
    connsim_story.script_holder("unreachable-endpoint")


@given("an inviter whose endpoint is unreachable")
def inviter_is_unreachable(connsim: Stage) -> None:
    """Make the invitation name an endpoint at which no server listens: the invitee's own agent tries, and gives up."""
    connsim.script("prism-invitee", "unreachable-endpoint")


@given("a holder whose cloud agent accepts")
def cloud_agent_accepts(connsim: Stage) -> None:
    """Make a cloud agent accept every VCX invitation at once, without a scan by a person."""
    connsim.script("vcx-holder", "agent-offer")


@given(parsers.re(r"acknowledgements that take (?P<pause>.+)"))
def slow_acknowledgements(connsim: Stage, pause: str) -> None:
    """Delay the agents' acknowledgement of a delivery, so that the answer to the message may arrive first."""
    from connsim import CloudAgentSettings

    connsim.prism.configure(CloudAgentSettings(acknowledged=duration(pause)))


@given(parsers.re(r"the (?P<role>inviter|invitee)'s connection goes through"))
def connection_goes_through(connsim: Stage, role: str, datatable: list[list[str]] | None = None) -> None:
    """Script one side, step by step: a table with the columns ``state`` and ``lasts``."""
    from connsim import Sequence
    from connsim.story.actors import table_rows

    connsim.script(f"prism-{role}", Sequence.of_rows(table_rows(datatable)))


@given("the holder does in turn")
def holder_does(connsim: Stage, datatable: list[list[str]] | None = None) -> None:
    """Script the holder of a VCX invitation, act by act: a table with the columns ``act`` and ``lasts``."""
    from connsim import Sequence
    from connsim.story.actors import table_rows

    connsim.script("vcx-holder", Sequence.of_rows(table_rows(datatable)))


@given("the others do")
def others_do(connsim: Stage, datatable: list[list[str]] | None = None) -> None:
    """Script the other side by connection: a table with ``does``, and any of the columns below.

    The columns are label, goal code, API key, phone, institution, owner and nth. The first row that matches a
    connection applies, as in a scenario file; an empty cell matches all.
    """
    from connsim.core.nth import Nth
    from connsim.script.selection import Match
    from connsim.story.actors import table_rows

    for row in reversed(table_rows(datatable)):  # of several matching scripts, the one added last applies
        cells = {name.strip().lower().replace(" ", "_"): cell.strip() for name, cell in row.items() if cell.strip()}
        if "does" not in cells:
            raise Misuse(f"A row of the table has no cell 'does', only {cells}. Expected a behaviour in that cell.")
        play, nth = cells.pop("does"), cells.pop("nth", None)
        connsim.script_all(play, Match(cells, None if nth is None else Nth.parse(nth)))


@when("the holder accepts")
def holder_accepts(connsim_story: Story) -> None:
    """Make the simulated holder accept the invitation of the inviter or the issuer now."""
    connsim_story.holder_accepts()
