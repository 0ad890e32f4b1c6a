"""The reply comes late, or never."""

from dataclasses import dataclass

from simulator.exchange import Reply


@dataclass(frozen=True, slots=True)
class Delay:
    """Hold each reply back.

    Attributes:
        by: Nanoseconds of virtual time; ``None`` keeps the client waiting for ever.
    """

    by: int | None

    def apply(self, reply: Reply) -> Reply:
        """Add the delay to whatever the reply waits for already."""
        wait = None if self.by is None or reply.wait is None else reply.wait + self.by
        return reply._replace(wait=wait)
