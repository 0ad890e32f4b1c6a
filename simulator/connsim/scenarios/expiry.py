"""Warns of scripts that accept an invitation after it has expired."""

from typing import NamedTuple

from connsim.core.durations import spoken
from connsim.core.ends import For
from connsim.prism.settings import CloudAgentSettings
from connsim.prism.versions import CLOUD_AGENT
from connsim.script.machines.prism import State
from connsim.script.sequence import Sequence

EXPIRY = CloudAgentSettings().invitation_expiry


class Late(NamedTuple):
    """An acceptance that comes, or may come, after the invitation has expired.

    Attributes:
        step: The index of the step that is the acceptance.
        message: The text of the warning.
    """

    step: int
    message: str


def find_late(sequence: Sequence) -> Late | None:
    """Find an acceptance that is too late in an inviter's script.

    The length of a step that ends by polls or an event is unknown; it counts as zero, to avoid false warnings.

    Args:
        sequence: A sequence of a PRISM inviter, with its parameter filled in.

    Returns:
        The late acceptance, or ``None``.
    """
    if not sequence.strict:
        return None  # the agent's expiry applies to strict scripts only
    shortest = longest = 0
    for index, step in enumerate(sequence.steps):
        if step.state == State.INVITATION_EXPIRED:
            return None
        if step.state != State.INVITATION_GENERATED:
            return Late(index, _message(step.state, shortest, longest)) if longest > EXPIRY else None
        if isinstance(step.ends, For):
            shortest, longest = shortest + step.ends.shortest, longest + step.ends.longest
    return None


def _message(state: str, shortest: int, longest: int) -> str:
    if shortest > EXPIRY:
        comes, ends = f"comes at least {spoken(shortest)} after the invitation", "the connection ends"
    else:
        comes, ends = f"may come as late as {spoken(longest)} after the invitation", "some connections end"
    return (
        f"{state} {comes}, and a {CLOUD_AGENT} agent's invitation expires after {spoken(EXPIRY)}: {ends} in "
        f"{State.INVITATION_EXPIRED} there. Expected an earlier acceptance, unless that is what you test."
    )
