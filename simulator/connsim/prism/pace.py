"""The pace of the agents' own work: one word, or a duration for each part of it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from connsim.core.durations import MILLISECOND, SECOND, duration
from connsim.errors import Misuse, did_you_mean
from connsim.prism.settings import CloudAgentSettings, EarlySettings


@dataclass(frozen=True, slots=True)
class Pace:
    """Durations of the parts of an agent's work, in nanoseconds.

    Attributes:
        pickup: From queueing a message to sending it; Cloud Agent only.
        handling: The time that a peer's endpoint needs for a message.
        acknowledged: From the peer's 2xx until the sender has recorded it.
        scan: The period of the background job that sends pending messages; version 2023 only.
    """

    pickup: int = CloudAgentSettings().pickup
    handling: int = CloudAgentSettings().handling
    acknowledged: int = CloudAgentSettings().acknowledged
    scan: int = EarlySettings().scan

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Pace":
        """Read durations by name; missing ones get the typical value.

        Raises:
            BadDuration: A text is not a duration.
        """
        return cls(**{name: duration(text) for name, text in given.items()})

    @classmethod
    def at(cls, cloud_agent: CloudAgentSettings, early: EarlySettings) -> "Pace":
        """Return the pace of agents with these settings."""
        return cls(cloud_agent.pickup, cloud_agent.handling, cloud_agent.acknowledged, early.scan)

    @classmethod
    def parse(cls, text: str) -> "Pace":
        """Read ``slow``, or ``pickup=10ms,scan=2s``.

        Raises:
            Misuse: The text is not the name of a pace, or names an unknown part.
        """
        if text in PACES:
            return PACES[text]
        given = dict(part.strip().partition("=")[::2] for part in text.split(","))
        wrong = [name for name in given if name not in PARTS]
        if wrong:
            raise Misuse(
                f"{text!r} is not a pace.{did_you_mean(wrong[0], [*PACES, *PARTS])} Expected {', '.join(PACES)}, or "
                f"durations for some of {', '.join(PARTS)}: 'pickup=10ms,scan=2s'."
            )
        return cls.of(given)

    def of_cloud_agent(self, settings: CloudAgentSettings) -> CloudAgentSettings:
        """Return the settings of a Cloud Agent with this pace."""
        return replace(settings, pickup=self.pickup, handling=self.handling, acknowledged=self.acknowledged)

    def of_early(self, settings: EarlySettings) -> EarlySettings:
        """Return the settings of an agent of version 2023 with this pace."""
        return replace(settings, scan=self.scan, handling=self.handling, acknowledged=self.acknowledged)


PARTS = tuple(field.name for field in fields(Pace))

PACES: Mapping[str, Pace] = {
    "instant": Pace(0, 0, 0, 0),
    "typical": Pace(),
    "slow": Pace(1 * SECOND, 500 * MILLISECOND, 500 * MILLISECOND, 10 * SECOND),
}
"""The paces that have a name; ``typical`` has the defaults of the agents' settings."""
