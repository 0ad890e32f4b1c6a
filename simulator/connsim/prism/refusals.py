"""What an agent says instead of what was asked for."""

from collections.abc import Callable

from connsim.core.exchange import Reply


class Refused(Exception):
    """A request that is answered with an error; raised anywhere on its way through the agent."""

    def reply(self, new_uuid: Callable[[], str]) -> Reply:
        """The answer.

        Args:
            new_uuid: Draws the UUID that error bodies of some kinds hold.
        """
        raise NotImplementedError


class Plain(Refused):
    """An answer that is the same every time."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self._reply = reply

    def reply(self, new_uuid: Callable[[], str]) -> Reply:
        """The answer."""
        return self._reply
