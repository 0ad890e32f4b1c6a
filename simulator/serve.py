"""``connsim serve``: the fakes on ports of their own, for clients that run elsewhere, until it is told to stop."""

import asyncio
import errno
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

from simulator.clock import Clock
from simulator.control import Control
from simulator.durations import duration, spoken
from simulator.errors import Misuse
from simulator.exchange import Reply, Request
from simulator.prism.settings import P1Settings, Settings
from simulator.transports.aiohttp_server import Listener
from simulator.world import PUBLIC_URL, World

PRISM_PORT = 8085
CONTROL_PORT = 9090


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says.

    Attributes:
        prism_port: 0 is any free port, ``None`` is off; likewise ``control_port``.
        clock: ``running``, ``standing`` or ``per-poll:<duration>``.
        behaviours: ``<role>=<behaviour>`` each.
        gateway_keys: The keys of a gateway in front of the agent; ``None`` is no gateway.
        webhook_url: Who is told of all changes; ``None`` is nobody. ``webhook_key`` is what it is sent as bearer token.
        as_json: Print one line of JSON with the addresses instead of a text.
    """

    host: str = "127.0.0.1"
    prism_port: int | None = PRISM_PORT
    control_port: int | None = CONTROL_PORT
    clock: str = "running"
    seed: str = "connsim"
    public_url: str = PUBLIC_URL
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
    if not options.public_url.startswith(("http://", "https://")):
        raise Misuse(f"--public-url {options.public_url} is no URL of an agent. Expected http://... or https://...")
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
    for said in options.behaviours:
        role, equals, behaviour = said.partition("=")
        if role in {script.role for script in world.scripts}:
            raise Misuse(f"--behaviour {said} is the second for {role}. Expected one for each role.")
        if not equals:
            raise Misuse(f"--behaviour {said} is incomplete. Expected <role>=<behaviour>: prism-inviter=accepts:5s.")
        world.script(role, behaviour)
    return world


async def serve(options: Options, say: Callable[[str], None] = print) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        Misuse: The options contradict each other, or a port is taken.
    """
    world = build_world(options)
    world.on_complaint = lambda error: print(f"connsim: {error}", file=sys.stderr, flush=True)
    stop = asyncio.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(ending, stop.set)
    _allow_many_files()
    doors: list[tuple[str, int | None, Callable[[Request], Reply]]] = [
        ("prism", options.prism_port, world.prism.handle),
        ("control", options.control_port, Control(world).handle),
    ]
    if options.prism_port and options.prism_port == options.control_port:
        raise Misuse(f"Both ports are {options.prism_port}. Expected two: --control-port 0 takes any that is free.")
    if all(port is None for _, port, _ in doors):
        raise Misuse("Every port is off, so there is nothing to serve. With --json, name the ports: --prism-port 0.")
    urls: dict[str, str] = {}
    listeners: list[Listener] = []
    try:
        for name, port, handle in doors:
            if port is not None:
                listeners.append(listener := Listener(world, handle))
                urls[name] = await _start(listener, options.host, port, name)
        world.prism.url = urls.get("prism", "")
        say(_announce(world, urls, options.as_json))
        await stop.wait()
    finally:
        await asyncio.gather(*(listener.stop() for listener in listeners))


async def _start(listener: Listener, host: str, port: int, name: str) -> str:
    try:
        return await listener.start(host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise Misuse(f"{host} can not be listened on ({error}). Expected an address of this machine.") from error
        raise Misuse(
            f"Port {port} of {host} can not be opened: it is in use. Expected a free one. "
            f"--{name}-port 0 takes any that is."
        ) from error


def _announce(world: World, urls: dict[str, str], as_json: bool) -> str:
    if as_json:
        told: dict[str, object] = {}
        if url := urls.get("prism"):
            profiles = (world.prism.p5.profile, world.prism.p1.profile)
            told["prism"] = {"url": url, "urls": {profile.name: url + profile.prefix for profile in profiles}}
        if url := urls.get("control"):
            told["control"] = {"url": url}
        return json.dumps({**told, "seed": world.seed.value, "pid": os.getpid()})
    lines = []
    if url := urls.get("prism"):
        lines.append(f"PRISM agent (Cloud Agent 1.40.0)   {url}   also {url}{world.prism.p5.profile.prefix}")
        lines.append(f"PRISM agent of early 2023          {url}{world.prism.p1.profile.prefix}")
        keys = world.prism.p5.settings.gateway_keys
        who = "any apikey header opens" if keys is None else f"only the apikeys {', '.join(sorted(keys))} open"
        lines.append(f"    {who} a wallet of its own")
        if world.prism.p5.settings.global_webhook_url:
            lines.append(f"    changes are told to {world.prism.p5.settings.global_webhook_url}")
        for script in world.scripts:
            lines.append(f"    {script.role}: {script.sequence.name}")
    if url := urls.get("control"):
        lines.append(f"Control                            {url}   try: curl {url}/clock")
    mode = "runs" if world.clock.running else "stands still"
    if world.per_poll:
        mode = f"moves by {spoken(world.per_poll)} with every poll"
    lines.append(f"The clock {mode}; seed {world.seed.value!r}. Ctrl-C stops.")
    return "\n".join(lines)


def _allow_many_files() -> None:
    # Each hanging client is an open socket, and many shells allow 1,024.
    try:
        import resource  # noqa: PLC0415 (absent on Windows)
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
