"""``connsim serve``: serves each fake on its own port, for clients in other processes."""

import asyncio
import errno
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator

from connsim.cli.serving.options import Options, build_world
from connsim.cli.serving.reloading import Reloading, read_first
from connsim.cli.serving.watching import Watch
from connsim.control import Control
from connsim.control.guard import Guard, is_loopback
from connsim.control.tenants import PREFIX, Tenants, new_world
from connsim.control.token import draw_token
from connsim.core.durations import spoken
from connsim.core.exchange import Request, Service
from connsim.errors import Misuse
from connsim.prism.versions import EARLY, FORMER_NAMES
from connsim.scenarios.fakes import FAKES
from connsim.scenarios.reading import Scenarios
from connsim.story.local import LocalWorld
from connsim.transports.aiohttp_server import Find, Listener
from connsim.transports.idle import new_loop
from connsim.world import World


def run(options: Options, say: Callable[[str], None] = print) -> None:
    """Serve until SIGTERM or Ctrl-C, on an event loop that can detect that it is idle; see `serve`."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(serve(options, say))


async def serve(options: Options, say: Callable[[str], None] = print) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        Misuse: The options contradict each other, the scenario file is wrong, or a port is taken.
    """
    content, scenarios = read_first(options.scenarios, _warn)
    world = build_world(options, scenarios)
    world.on_complaint = lambda error: _warn(f"connsim: {error}")
    watch = Watch(options.scenarios, content, Reloading(world, options, scenarios, say, _warn).take)
    stop = asyncio.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(ending, stop.set)
    _allow_many_files()
    guard = _guard(options)
    urls: dict[str, str] = {}
    tenants = Tenants(world, lambda name, seed, clock: _new_tenant(options, urls, name, seed, clock))
    doors: list[tuple[str, int | None, Service]] = [
        ("prism", options.prism_port, world.prism),
        ("control", options.control_port, Control(world, guard, tenants)),
    ]
    if options.agency_port is not None:
        doors.insert(1, ("agency", options.agency_port, world.agency))
    _check_ports([(name, port) for name, port, _ in doors if port is not None])
    listeners: list[Listener] = []
    try:
        for name, port, service in doors:
            if port is not None:
                listeners.append(listener := Listener(world, service, _finder(tenants, name)))
                tenants.on_removal.append(listener.forget)
                host = (options.control_host or options.host) if name == "control" else options.host
                urls[name] = await _start(listener, host, port, name)
        world.prism.url = urls.get("prism", "")
        if url := urls.get("agency"):
            world.agency.url, world.agency.public_url = url, (options.agency_public_url or url).rstrip("/")
        say(_announce(world, urls, guard.token, options, scenarios))
        watch.start()
        await stop.wait()
    finally:
        watch.stop()
        await asyncio.gather(*(listener.stop() for listener in listeners))


def _finder(tenants: Tenants, name: str) -> Find | None:
    """Return the function that finds the world of a request; ``None`` for the control API, which does so itself."""
    if name == "control":
        return None

    kind = next(kind for kind in FAKES if kind.name == name)

    def find(request: Request) -> tuple[World, Service, Request]:
        world, request = tenants.of(request)
        return world, world.fake(kind), request

    return find


def _new_tenant(options: Options, urls: dict[str, str], name: str, seed: str, clock: str) -> LocalWorld:
    """Make the world of a tenant, with its URLs below the tenant's path."""
    world = new_world(LocalWorld, seed, clock)
    path = f"{PREFIX}{name}"
    if url := urls.get("prism"):
        world.prism.url = url + path
    if url := urls.get("agency"):
        world.agency.url = url + path
        world.agency.public_url = (options.agency_public_url or url).rstrip("/") + path
    return world


def _guard(options: Options) -> Guard:
    """Make the guard of the control API: no token on the loopback interface, otherwise the given or a new one."""
    elsewhere = not is_loopback(options.control_host or options.host)
    drawn = draw_token() if elsewhere and options.control_token is None else options.control_token
    return Guard(drawn, elsewhere)


async def _start(listener: Listener, host: str, port: int, name: str) -> str:
    try:
        return await listener.start(host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise Misuse(
                f"The server cannot listen on {host} ({error}). Expected an address of this machine."
            ) from error
        raise Misuse(
            f"Port {port} of {host} cannot be opened: it is in use. Expected a free one. "
            f"--{name}-port 0 takes any free port."
        ) from error


def _check_ports(ports: list[tuple[str, int]]) -> None:
    if not ports:
        raise Misuse("Every port is off, so there is nothing to serve. With --json, name the ports: --prism-port 0.")
    taken: dict[int, str] = {}
    for name, port in ports:
        if port and port in taken:
            raise Misuse(
                f"--{taken[port]}-port and --{name}-port are both {port}. Expected two ports: "
                f"--{name}-port 0 takes any free port."
            )
        taken[port] = name


def _announce(
    world: LocalWorld, urls: dict[str, str], token: str | None, options: Options, scenarios: Scenarios
) -> str:
    file = options.scenarios
    if options.as_json:
        loaded = {} if file is None else {"scenarios": {"file": str(file), "loaded": str(scenarios)}}
        return json.dumps({**_addresses(world, urls, token), **loaded, "seed": world.seed.value, "pid": os.getpid()})
    lines = [*_lines(world, urls, token), f"The clock {_mode(world)}; seed {world.seed.value!r}. Ctrl-C stops."]
    if file is not None:
        lines.insert(-1, f"Scenarios                          {file}: {scenarios}; reloaded when it is saved")
    return "\n".join(lines)


def _addresses(world: LocalWorld, urls: dict[str, str], token: str | None) -> dict[str, object]:
    addresses: dict[str, object] = {}
    if url := urls.get("prism"):
        urls_by_version = world.prism.urls()
        former = {name: urls_by_version[version] for name, version in FORMER_NAMES.items()}
        addresses["prism"] = {"url": url, "urls": {**urls_by_version, **former}}
    if url := urls.get("agency"):
        identity = world.agency.identity
        addresses["agency"] = {"url": url, "did": identity.did, "verkey": identity.verkey}
    if url := urls.get("control"):
        addresses["control"] = {"url": url} if token is None else {"url": url, "token": token}
    return addresses


def _lines(world: LocalWorld, urls: dict[str, str], token: str | None) -> Iterator[str]:
    if url := urls.get("prism"):
        settings = world.prism.cloud_agent.settings
        root = world.prism.root
        for agent in sorted(world.prism.agents(), key=lambda agent: agent is not root):
            at = f"{url}{agent.profile.prefix}"
            yield f"{_agent_name(agent.profile.name):<35}{f'{url}   also {at}' if agent is root else at}"
        keys = settings.gateway_keys
        if keys is None:
            yield "    every apikey header opens its own wallet"
        else:
            yield f"    only these apikeys open a wallet: {', '.join(sorted(keys))}"
        if settings.global_webhook_url:
            yield f"    events are sent to {settings.global_webhook_url}"
    if url := urls.get("agency"):
        identity, holder = world.agency.identity, world.agency.settings.holder
        yield f"VCX agency                         {url}"
        yield f"    DID {identity.did}, verkey {identity.verkey}"
        if "vcx-holder" not in world.scripts.defaults:  # a default behaviour takes precedence, and is listed below
            yield f"    its holders: {'none, two clients connect with each other' if holder == 'none' else holder}"
    for role, sequence in world.scripts.defaults.items():
        yield f"    {role}: {sequence.name}"
    if url := urls.get("control"):
        bearing = "" if token is None else f" -H 'Authorization: Bearer {token}'"
        yield f"Control                            {url}   try: curl {url}/clock{bearing}"


def _agent_name(version: str) -> str:
    return "PRISM agent of early 2023" if version == EARLY else f"PRISM agent (Cloud Agent {version})"


def _mode(world: World) -> str:
    if world.per_poll:
        return f"moves by {spoken(world.per_poll)} with every poll"
    return "runs" if world.clock.running else "stands still"


def _warn(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _allow_many_files() -> None:
    # A client whose reply is held back keeps a socket open, and many shells allow 1,024 open files.
    try:
        import resource  # noqa: PLC0415 (absent on Windows)
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
