"""connsim: the other side of an SSI connection, played from a script, in virtual time.

This is the public face: what is not named here is private and may change. Each name is loaded on first use, because
every pytest run of an environment that has connsim imports this package, by way of the plugin.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from connsim.core.version import VERSION as __version__

if TYPE_CHECKING:
    from connsim.agency.settings import AgencySettings
    from connsim.clients.plug import Connected, Outcome, PrismClient, VcxClient
    from connsim.control.client.client import ControlClient
    from connsim.core.durations import duration
    from connsim.errors import (
        BadDuration,
        BadFault,
        BadInvitation,
        BadScript,
        ConnsimError,
        Deadlock,
        GuardExpired,
        Misuse,
        NotFound,
        NotVirtual,
        StillPolling,
        UnknownBehaviour,
        Unmet,
        UnusedFault,
        UnusedScript,
        Violation,
        Waiting,
    )
    from connsim.journal.query import Query
    from connsim.prism.settings import CloudAgentSettings, EarlySettings
    from connsim.script.sequence import Sequence, Step
    from connsim.story.local import LocalWorld as World
    from connsim.story.people import People, Person
    from connsim.story.stage import Stage
    from connsim.story.story import Story
    from connsim.story.verification.conditions import asked
    from connsim.story.verification.requests import Requests
    from connsim.transports.httpx_router import mount
    from connsim.transports.webhook_receiver import WebhookReceiver

__all__ = [
    "AgencySettings",
    "BadDuration",
    "BadFault",
    "BadInvitation",
    "BadScript",
    "CloudAgentSettings",
    "Connected",
    "ConnsimError",
    "ControlClient",
    "Deadlock",
    "EarlySettings",
    "GuardExpired",
    "Misuse",
    "NotFound",
    "NotVirtual",
    "Outcome",
    "People",
    "Person",
    "PrismClient",
    "Query",
    "Requests",
    "Sequence",
    "Stage",
    "Step",
    "StillPolling",
    "Story",
    "UnknownBehaviour",
    "Unmet",
    "UnusedFault",
    "UnusedScript",
    "VcxClient",
    "Violation",
    "Waiting",
    "WebhookReceiver",
    "World",
    "__version__",
    "asked",
    "duration",
    "mount",
]

# Where each name is defined, and under which name if under another; all others are in `connsim.errors`. A test holds
# this against the imports above, which only type checkers read.
_HOMES = {
    "AgencySettings": "connsim.agency.settings",
    "CloudAgentSettings": "connsim.prism.settings",
    "Connected": "connsim.clients.plug",
    "ControlClient": "connsim.control.client.client",
    "EarlySettings": "connsim.prism.settings",
    "Outcome": "connsim.clients.plug",
    "People": "connsim.story.people",
    "Person": "connsim.story.people",
    "PrismClient": "connsim.clients.plug",
    "Query": "connsim.journal.query",
    "Requests": "connsim.story.verification.requests",
    "Sequence": "connsim.script.sequence",
    "Stage": "connsim.story.stage",
    "Step": "connsim.script.sequence",
    "Story": "connsim.story.story",
    "VcxClient": "connsim.clients.plug",
    "WebhookReceiver": "connsim.transports.webhook_receiver",
    "World": "connsim.story.local:LocalWorld",
    "asked": "connsim.story.verification.conditions",
    "duration": "connsim.core.durations",
    "mount": "connsim.transports.httpx_router",
}

# In the wheel, steps, fixtures and features are folders of this package. In a checkout they are top-level folders, two
# levels up; the two files tell a checkout from an installation whose site-packages happen to have a `steps`.
_CHECKOUT = Path(__file__).parent.parent.parent
if (_CHECKOUT / "steps" / "__init__.py").is_file() and (_CHECKOUT / "pyproject.toml").is_file():
    __path__.append(str(_CHECKOUT))


# There is no `__dir__` beside it: freezegun asks every module for all that its `dir` lists, and would load everything.
def __getattr__(name: str) -> object:
    """Load a public name on first use."""
    if name not in __all__:
        from connsim.errors import did_you_mean  # noqa: PLC0415 (loaded on first use, as all else here)

        near = did_you_mean(name, __all__)
        raise AttributeError(f"connsim has no public name {name!r}.{near} Expected one of: {', '.join(__all__)}.")
    module, _, own = _HOMES.get(name, "connsim.errors").partition(":")
    value: object = getattr(import_module(module), own or name)
    globals()[name] = value
    return value
