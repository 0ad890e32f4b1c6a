"""What the command line says of a world that is to be served."""

from dataclasses import dataclass

from simulator.agency.settings import Settings as AgencySettings
from simulator.clock import Clock
from simulator.durations import duration
from simulator.errors import Misuse
from simulator.prism.settings import P1Settings, Settings
from simulator.world import PUBLIC_URL, World

PRISM_PORT = 8085
AGENCY_PORT = 8080
CONTROL_PORT = 9090

TOKEN = "CONNSIM_CONTROL_TOKEN"
"""The variable for the token of a control API: of the one that is served, and of the one that is asked."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says.

    Attributes:
        prism_port: 0 is any free port, ``None`` is off; likewise ``agency_port`` and ``control_port``.
        control_host: The address of the control API; ``None`` is that of all.
        control_token: What requests to it must bear; ``None`` is nothing on the loopback interface, else a new one.
        clock: ``running``, ``standing`` or ``per-poll:<duration>``.
        agency_public_url: The root of the agency's address in links and invitations; ``None`` is where it listens.
        holder: What holders of VCX invitations do that no behaviour is for; ``none`` is nothing.
        behaviours: ``<role>=<behaviour>`` each.
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
    clock: str = "running"
    seed: str = "connsim"
    public_url: str = PUBLIC_URL
    agency_public_url: str | None = None
    holder: str = "accepts:5s"
    behaviours: tuple[str, ...] = ()
    gateway_keys: frozenset[str] | None = None
    webhook_url: str | None = None
    webhook_key: str | None = None
    as_json: bool = False


def build_world(options: Options) -> World:
    """Make the world that the command line describes.

    Raises:
        Misuse: An unknown clock, role or behaviour.
    """
    mode, _, by = options.clock.partition(":")
    if (mode, bool(by)) not in (("running", False), ("standing", False), ("per-poll", True)):
        raise Misuse(f"--clock {options.clock} is unknown. Expected running, standing, or per-poll:<duration>.")
    world = World(
        options.seed,
        Clock(running=mode == "running"),
        per_poll=duration(by) if by else 0,
        public_url=options.public_url,
    )
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
    keys = options.gateway_keys
    world.prism.configure(
        Settings(gateway_keys=keys, global_webhook_url=url, global_webhook_api_key=options.webhook_key)
    )
    world.prism.configure(P1Settings(gateway_keys=keys))
    if options.agency_port is not None:
        world.agency.configure(AgencySettings(holder=options.holder))
    for said in options.behaviours:
        role, equals, behaviour = said.partition("=")
        if role in world.cast.defaults:
            raise Misuse(f"--behaviour {said} is the second for {role}. Expected one for each role.")
        if not equals:
            raise Misuse(f"--behaviour {said} is incomplete. Expected <role>=<behaviour>: prism-inviter=accepts:5s.")
        world.cast.defaults[role] = world.cast.parse(behaviour, role)
    return world
