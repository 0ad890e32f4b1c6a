"""``/_system/metrics`` of the Cloud Agent: the counters of its connections, as Prometheus text.

Read in the code of Cloud Agent 1.40.0, micrometer 1.13.6 and the Prometheus client 1.2.1; no recording is known. A
counter is shown from its first count on. The agent's names already end in ``_counter``; the Prometheus client appends
``_total``. Left out are figures that a fake cannot have: gauges of durations, metrics of the JVM and of the HTTP
server, and the counters of parts that connsim does not play.

Source: docs/protocol/prism-agent.md, 2.5.
"""

from collections.abc import Mapping

from connsim.core.table import Table
from connsim.script.machines.prism import INVITER

CONTENT_TYPE = "text/plain; charset=UTF-8"
"""The agent does not name the version of the format."""

_SCIENTIFIC = 10_000_000  # from here on Java prints a double with an exponent


def delivered(side: Table) -> tuple[str, ...]:
    """Return the counters that increase by one when a delivered message has moved the connection on.

    The counter of all attempts is among them, but not among those of `failed`: a defect of the agent.
    """
    message = "connection_response" if side is INVITER else "connection_request"
    sender = _sender(side)
    return (
        f"connection_flow_{sender}_{message}_msg_success_counter",
        f"connection_flow_{sender}_process_connection_record_all_counter",
        f"connection_flow_{sender}_process_connection_record_success_counter",
    )


def failed(side: Table) -> tuple[str, ...]:
    """Return the counters that increase by one with every attempt that leaves a failure on the connection.

    The agent's code has a counter of failed messages, too, which can never increase.
    """
    return (f"connection_flow_{_sender(side)}_process_connection_record_failed_counter",)


def exposition(counts: Mapping[str, int]) -> bytes:
    """Print counters, sorted by name as the agent does.

    Args:
        counts: Counters by name, without ``_total``; those at zero are not printed.
    """
    return b"".join(_family(name, counts[name]) for name in sorted(counts) if counts[name])


def _sender(side: Table) -> str:
    return "inviter" if side is INVITER else "invitee"


def _family(name: str, count: int) -> bytes:
    # The space at the end of the first line is the help text: micrometer writes one space for a missing text.
    return f"# HELP {name}_total  \n# TYPE {name}_total counter\n{name}_total {_double(count)}\n".encode()


def _double(count: int) -> str:
    if count < _SCIENTIFIC:
        return f"{count}.0"
    digits = str(count)
    return f"{digits[0]}.{digits[1:].rstrip('0') or '0'}E{len(digits) - 1}"
