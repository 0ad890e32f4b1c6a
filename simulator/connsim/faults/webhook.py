"""Webhook events that are lost, doubled or out of order."""

from dataclasses import dataclass
from typing import ClassVar

from connsim.core.durations import MINUTE
from connsim.errors import BadFault
from connsim.faults.fault import Fault, Stage
from connsim.faults.parameters import LONG, one_of, parameter

LOST, TWICE, OUT_OF_ORDER = "lost", "twice", "out of order"


@dataclass(frozen=True, slots=True)
class Webhook(Fault):
    """An event never reaches its receivers, reaches them twice, or only after the next event of its connection.

    The agent takes each delivery for a success and does not retry. An event that is delivered twice has the same id.

    Attributes:
        within: Nanoseconds after which an event that waits for the next one is sent without it.
    """

    word: ClassVar[str] = "webhook"
    webhook: str = parameter(one_of(LOST, TWICE, OUT_OF_ORDER), f"`{LOST}`, `{TWICE}` or `{OUT_OF_ORDER}`")
    within: int = parameter(LONG, "the longest wait for the next event", default=MINUTE)

    def __post_init__(self) -> None:
        when = self.when
        if when.agent == "agency" or when.message is not None:
            raise BadFault("The fault is for a webhook of the agency, which sends none. Expected agent: prism.")
        if when.method is not None or when.route is not None or when.poll is not None:
            raise BadFault(
                "The fault is for a webhook, which has no method, route or poll of a request. Leave them out."
            )

    @property
    def stage(self) -> Stage:
        """Between the agent and its queue of webhooks."""
        return Stage.DELIVERS
