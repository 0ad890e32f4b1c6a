"""Refusals: the error answers of an agent."""

from collections.abc import Callable

from connsim.core.exchange import Reply


class Refused(Exception):
    """A request is answered with an error. May be raised anywhere in an agent."""

    def reply(self, new_uuid: Callable[[], str]) -> Reply:
        """Return the answer.

        Args:
            new_uuid: Draws the UUID that some error bodies contain.
        """
        raise NotImplementedError


class FixedRefusal(Refused):
    """A refusal whose answer is the same every time."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self._reply = reply

    def reply(self, new_uuid: Callable[[], str]) -> Reply:
        """Return the answer."""
        return self._reply
