"""What the command line says of a world that is to be served, and a scenario file beside it."""

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
from connsim.script.roles import find
from connsim.script.sequence import Sequence
from connsim.story.local import LocalWorld
from connsim.world.world import PUBLIC_URL

PRISM_PORT = 8085
AGENCY_PORT = 8080
CONTROL_PORT = 9090

TOKEN = "CONNSIM_CONTROL_TOKEN"
"""The variable for the token of a control API: of the one that is served, and of the one that is asked."""
DEFAULTS = WorldSettings("connsim", "running", CLOUD_AGENT, PACES["typical"], "evernym", "accepts:5s")
"""What a served world is like where neither the command line nor a file says anything."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. What is ``None`` it does not say; see `WorldSettings`.

    Attributes:
        prism_port: 0 is any free port, ``None`` is off; likewise ``agency_port`` and ``control_port``.
        control_host: The address of the control API; ``None`` is that of all.
        control_token: What requests to it must bear; ``None`` is nothing on the loopback interface, else a new one.
        agency_public_url: The root of the agency's address in links and invitations; ``None`` is where it listens.
        pace: A name, or durations by name: ``pickup=10ms,scan=2s``.
        agency_expiry: How old a VCX invitation may be when it is answered; ``None`` is any age.
        poll_limit: Who asks the agency again sooner gets a 429; ``None`` is nobody.
        journal_limit: How many exchanges and how many transitions the journal holds.
        holder: What holders of VCX invitations do that no behaviour is for; ``none`` is nothing.
        behaviours: ``<role>=<behaviour>`` each.
        scenarios: A scenario file. What else is said here comes before what stands in it.
        gateway_keys: The keys of a gateway in front of the agent; ``None`` is no gateway.
        webhook_url: Who is told of all changes; ``None`` is nobody. ``webhook_key`` is what it is sent as bearer token.
        as_json: Print one line of JSON with the addresses instead of a text.
    """

    host: str = "127.0.0.1"
    prism_port: int | None = PRISM_PORT
    agency_port: int | None = AGENCY_PORT
    control_port: int | None = CONTROL_PORT
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
    behaviours: tuple[str, ...] = ()
    scenarios: Path | None = None
    gateway_keys: frozenset[str] | None = None
    webhook_url: str | None = None
    webhook_key: str | None = None
    as_json: bool = False

    def settings(self, scenarios: Scenarios) -> WorldSettings:
        """How the world is to be: the command line comes before the file, and the file before what is usual.

        Raises:
            Misuse: There is no such pace.
        """
        pace = None if self.pace is None else Pace.parse(self.pace)
        typed = WorldSettings(self.seed, self.clock, self.profile, pace, self.flavour, self.holder)
        return typed.over(scenarios.settings).over(DEFAULTS)


def build_world(options: Options, scenarios: Scenarios | None = None) -> LocalWorld:
    """Make the world that the command line and a scenario file describe.

    Raises:
        Misuse: An unknown clock, role or behaviour.
    """
    scenarios = scenarios or Scenarios()
    settings = options.settings(scenarios)
    mode = clock_mode(settings.clock or "")
    if mode is None:
        raise Misuse(f"--clock {settings.clock} is unknown. Expected running, standing, or per-poll:<duration>.")
    runs, per_poll = mode
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
    """Let new connections play what a scenario file and the command line say; what else there is goes on.

    Raises:
        Misuse: An unknown role or behaviour; then nothing has changed.
    """
    holder = options.settings(scenarios).holder or ""
    WorldSettings(holder=holder).check(world, scenarios.catalogue)
    defaults: dict[str, Sequence] = {}
    for said in options.behaviours:
        role, equals, behaviour = said.partition("=")
        if role in defaults:
            raise Misuse(f"--behaviour {said} is the second for {role}. Expected one for each role.")
        if not equals:
            raise Misuse(f"--behaviour {said} is incomplete. Expected <role>=<behaviour>: prism-inviter=accepts:5s.")
        table = find(role).table
        defaults[role] = scenarios.catalogue.parse(behaviour).for_role(role).on(table)
    world.use(scenarios.behaviours, scenarios.rules, scenarios.faults)
    world.cast.defaults = defaults
    world.agency.script_by_default(holder)


def _check(options: Options) -> None:
    for name, given in (("public-url", options.public_url), ("agency-public-url", options.agency_public_url)):
        if given is not None and not given.startswith(("http://", "https://")):
            raise Misuse(f"--{name} {given} is no address of a fake. Expected http://... or https://...")
    if options.gateway_keys is not None and "" in options.gateway_keys:
        raise Misuse("--gateway-keys has an empty key. Expected keys with commas between: --gateway-keys one,two.")
    url = options.webhook_url
    if url is not None and not url.startswith(("http://", "https://")):
        raise Misuse(f"--webhook-url {url} is no URL of a receiver. Expected http://... or https://...")
    if url is None and options.webhook_key is not None:
        raise Misuse("--webhook-key has nobody to be sent to. Expected --webhook-url as well.")


def _duration(text: str | None) -> int | None:
    return None if text is None else duration(text)
