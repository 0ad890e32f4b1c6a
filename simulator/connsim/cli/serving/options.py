"""The options of a served world, from the command line and from a scenario file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connsim.agency.settings import AgencySettings
from connsim.core.clock import Clock
from connsim.core.durations import duration
from connsim.errors import Misuse
from connsim.journal.journal import LIMIT
from connsim.prism.pace import PACES, Pace
from connsim.prism.settings import CloudAgentSettings, EarlySettings
from connsim.prism.versions import CLOUD_AGENT
from connsim.scenarios.reading import Scenarios
from connsim.scenarios.settings import Flavour, WorldSettings, clock_mode
from connsim.script import sequence
from connsim.script.roles import find
from connsim.story.local import LocalWorld
from connsim.world.world import PUBLIC_URL

PORTS = {"prism_port": 8085, "agency_port": 8080, "control_port": 9090}
"""The default ports, by the names of their options."""

TOKEN = "CONNSIM_CONTROL_TOKEN"
"""The environment variable for the token of the control API, for the server and for its clients."""

DEFAULTS = WorldSettings("connsim", "running", CLOUD_AGENT, PACES["typical"], "evernym", "accepts:5s")
"""The settings of a served world that neither the command line nor a file has set."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command line. An option that is ``None`` was not given; see `WorldSettings`.

    Attributes:
        host: The address that all listeners bind to.
        prism_port: 0 means any free port, ``None`` no listener; likewise ``agency_port`` and ``control_port``.
        control_host: The address of the control API; ``None`` means ``host``.
        control_token: The bearer token of the control API. ``None``: none on the loopback interface, else a new one.
        clock: ``running``, ``standing``, or ``per-poll:<duration>``.
        public_url: The root of the agent's own URL inside its DIDs.
        agency_public_url: The root of the agency's URLs in links and invitations; ``None`` means where it listens.
        pace: A name, or durations by name: ``pickup=10ms,scan=2s``.
        agency_expiry: The age from which a VCX invitation can no longer be answered; ``None`` means no limit.
        poll_limit: The interval before which a second poll of the agency gets a 429; ``None`` means no limit.
        journal_limit: The greatest number of exchanges, and of transitions, in the journal.
        holder: The behaviour of holders of VCX invitations without a script; ``none`` means that they do nothing.
        behaviours: Default behaviours, each as ``<role>=<behaviour>``.
        scenarios: A scenario file. Options of the command line take precedence over its settings.
        gateway_keys: The API keys that a gateway in front of the agent accepts; ``None`` means no gateway.
        webhook_url: The global webhook; ``None`` means no webhook.
        webhook_key: The bearer token for the global webhook.
        as_json: Print one line of JSON with the URLs instead of text.
    """

    host: str = "127.0.0.1"
    prism_port: int | None = PORTS["prism_port"]
    agency_port: int | None = PORTS["agency_port"]
    control_port: int | None = PORTS["control_port"]
    control_host: str | None = None
    control_token: str | None = None
    clock: str | None = None
    seed: str | None = None
    public_url: str = PUBLIC_URL
    agency_public_url: str | None = None
    profile: str | None = None
    pace: str | None = None
    flavour: Flavour | None = None
    agency_expiry: str | None = None
    poll_limit: str | None = None
    journal_limit: int = LIMIT
    holder: str | None = None
    behaviours: Sequence[str] = ()
    scenarios: Path | None = None
    gateway_keys: frozenset[str] | None = None
    webhook_url: str | None = None
    webhook_key: str | None = None
    as_json: bool = False

    def settings(self, scenarios: Scenarios) -> WorldSettings:
        """Merge the settings: the command line takes precedence over the file, and the file over `DEFAULTS`.

        Raises:
            Misuse: The pace is unknown.
        """
        pace = None if self.pace is None else Pace.parse(self.pace)
        typed = WorldSettings(self.seed, self.clock, self.profile, pace, self.flavour, self.holder)
        return typed.over(scenarios.settings).over(DEFAULTS)


def build_world(options: Options, scenarios: Scenarios | None = None) -> LocalWorld:
    """Make the world that the command line and a scenario file describe.

    Raises:
        Misuse: A clock, role or behaviour is unknown, or another option is invalid.
    """
    scenarios = scenarios or Scenarios()
    settings = options.settings(scenarios)
    runs, per_poll = clock_mode(settings.clock or "")
    _check(options)
    world = LocalWorld(
        settings.seed or "",
        Clock(running=runs),
        per_poll=per_poll,
        public_url=options.public_url,
        journal_limit=options.journal_limit,
    )
    keys = options.gateway_keys
    world.prism.configure(
        CloudAgentSettings(
            gateway_keys=keys,
            global_webhook_url=options.webhook_url,
            global_webhook_api_key=options.webhook_key,
        )
    )
    world.prism.configure(EarlySettings(gateway_keys=keys))
    if options.agency_port is not None:
        world.agency.configure(
            AgencySettings(
                invitation_expiry=_duration(options.agency_expiry), least_poll_interval=_duration(options.poll_limit)
            )
        )
    script(world, options, scenarios)
    settings.apply(world)
    return world


def script(world: LocalWorld, options: Options, scenarios: Scenarios) -> None:
    """Apply the behaviours of a scenario file and the command line to new connections; existing ones are unaffected.

    Raises:
        Misuse: A role or behaviour is unknown; then nothing has changed.
    """
    holder = options.settings(scenarios).holder or ""
    WorldSettings(holder=holder).check(world, scenarios.catalogue)
    defaults: dict[str, sequence.Sequence] = {}
    for option in options.behaviours:
        role, equals, behaviour = option.partition("=")
        if role in defaults:
            raise Misuse(f"--behaviour {option} is the second for {role}. Expected at most one for each role.")
        if not equals:
            raise Misuse(f"--behaviour {option} is incomplete. Expected <role>=<behaviour>: prism-inviter=accepts:5s.")
        table = find(role).table
        defaults[role] = scenarios.catalogue.parse(behaviour).for_role(role).on(table)
    world.use(scenarios.behaviours, scenarios.rules, scenarios.faults)
    world.scripts.defaults = defaults
    world.agency.script_by_default(holder)


def _check(options: Options) -> None:
    for name, given in (("public-url", options.public_url), ("agency-public-url", options.agency_public_url)):
        if given is not None and not given.startswith(("http://", "https://")):
            raise Misuse(f"--{name} {given} is not a URL. Expected http://... or https://...")
    if options.gateway_keys is not None and "" in options.gateway_keys:
        raise Misuse("--gateway-keys has an empty key. Expected keys separated by commas: --gateway-keys one,two.")
    url = options.webhook_url
    if url is not None and not url.startswith(("http://", "https://")):
        raise Misuse(f"--webhook-url {url} is not a URL. Expected http://... or https://...")
    if url is None and options.webhook_key is not None:
        raise Misuse(
            "--webhook-key was given without --webhook-url. Expected both: the key is the token for the receiver."
        )


def _duration(text: str | None) -> int | None:
    return None if text is None else duration(text)
