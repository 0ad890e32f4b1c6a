"""How the simulator performs with many records, and with many clients whose requests are held back.

``python benchmarks/scale.py [--quick]``. Three worlds of different size, each in its own process, are polled
alternately, and so are two servers: one that holds thousands of requests without end, one that holds none.
"""

import argparse
import gc
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from poll import KEY, Load, Table, connsim, create

RECORD, PARKED, FLAT, PROMPT = 1024, 14 * 1024, 1.2, 5
HANGS = ("--behaviour", "prism-inviter=agent-hangs")


def resident(pid: int | str = "self") -> int:
    """Return the bytes of memory that a process holds."""
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


# --- records ----------------------------------------------------------------------------------------------------------


def serve_records(count: int, behaviour: str) -> None:
    """Create records; then for each number on standard input, poll that often, and print the median in nanoseconds.

    Numbers above zero: the first polls of records that were never read, chosen at random. Below zero: polls of a
    thousand records that are read repeatedly.
    """
    from connsim import World
    from connsim.core.exchange import Request

    world = World()
    if behaviour:
        world.script("prism-inviter", behaviour)
    agent = world.prism.cloud_agent
    wallet = agent.wallet(KEY)
    agent.create(wallet, "the first")  # excludes from the measurement what is made once
    gc.collect()
    before, start = resident(), time.perf_counter()
    ids = [agent.create(wallet, label=f"holder {number}").id for number in range(count)]
    taken = time.perf_counter() - start
    gc.collect()
    held = resident() - before - sys.getsizeof(ids)
    print(json.dumps({"bytes": held / count, "create": taken / count}), flush=True)

    shuffled = random.Random(count).sample(ids, len(ids))
    fixed = shuffled[:1000]
    headers = {"apikey": KEY}
    for line in sys.stdin:
        number = int(line)
        chosen = [shuffled.pop() for _ in range(number)] if number > 0 else fixed[:-number]
        times = []
        for id_ in chosen:
            request = Request("GET", f"/connections/{id_}", headers)
            at = time.perf_counter_ns()
            reply = world.prism.handle(request)
            times.append(time.perf_counter_ns() - at)
            assert reply.status == 200
        print(median(times), flush=True)


class Records:
    """A process with a world of records."""

    def __init__(self, count: int, behaviour: str = "") -> None:
        command = [sys.executable, __file__, "--records", str(count), "--behaviour", behaviour]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> "Records":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def line(self) -> Any:
        """Return the next line of its output."""
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def poll(self, number: int) -> float:
        """Poll that many records; return the median in nanoseconds."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        return float(self.line())


def measure_records(sizes: tuple[int, ...], rounds: int) -> None:
    """Compare worlds of these sizes; the first is the reference for the others."""
    with ExitStack() as stack:
        worlds = [stack.enter_context(Records(size)) for size in sizes]
        table = Table("memory of a record", "bytes", "create")
        for size, world in zip(sizes, worlds, strict=True):
            line = world.line()
            cells = f"{line['bytes']:,.0f}", f"{line['create'] * 1e6:.1f} us"
            table.add(f"{size:,} records", *cells, ratio=line["bytes"] / RECORD, most=1)
        with Records(sizes[1], "accepts after 1 day") as scripted:
            line = scripted.line()
            cells = f"{line['bytes']:,.0f}", f"{line['create'] * 1e6:.1f} us"
            table.add(f"{sizes[1]:,} records with a script", *cells, ratio=line["bytes"] / RECORD, most=1)
        print()
        # A first poll derives the record's keys; with 1,000 records there are only 1,000 first polls.
        for name, number in (("first poll of a random record", sizes[0] // rounds), ("poll of 1,000 records", -1000)):
            table = Table(name, "median")
            if number < 0:  # the round in which the thousand are read for the first time does not count
                for world in worlds:
                    world.poll(number)
            turns = [[world.poll(number) for world in worlds] for _ in range(rounds)]
            for column, size in enumerate(sizes):
                ratio = median(turn[column] / turn[0] for turn in turns)
                shown = f"{median(turn[column] for turn in turns) / 1000:.1f} us"
                table.add(f"among {size:,}", shown, ratio=ratio, most=FLAT if column else None)
            print()


# --- held requests ----------------------------------------------------------------------------------------------------


@contextmanager
def hanging(url: str, path: str, count: int) -> Iterator[list[socket.socket]]:
    """Yield clients whose requests are held back."""
    parts = urlsplit(url)
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\napikey: {KEY}\r\n\r\n".encode()
    with ExitStack() as stack:
        clients = []
        for _ in range(count):
            clients.append(client := stack.enter_context(socket.create_connection((parts.hostname, parts.port))))
            client.sendall(request)
        yield clients


def settled(pid: int) -> int:
    """Return the memory of a process once it no longer grows."""
    before, now = -1, resident(pid)
    while now != before:
        time.sleep(0.5)
        before, now = now, resident(pid)
    return now


def measure_parked(count: int, rounds: int) -> None:
    """Compare a server that holds this many requests with one that holds none."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(count, hard - 100)
    with connsim(*HANGS) as (busy, busy_url), connsim(*HANGS) as (_, free_url):
        path = create(busy_url)
        create(free_url)
        loads = [Load(url, "/_system/health", 1) for url in (free_url, busy_url)]
        for load in loads:
            load.run(0.5)
        before = settled(busy.pid)
        with hanging(busy_url, path, count) as clients:
            held = settled(busy.pid) - before
            open_files = len(os.listdir(f"/proc/{busy.pid}/fd"))
            assert open_files > count, f"only {open_files} connections are open"
            table = Table("parked requests", "none", f"{count:,}")
            cells = "", f"{held / count:,.0f} B"
            table.add("memory of a parked request / 14 KiB", *cells, ratio=held / count / PARKED, most=1)
            turns = [[median(load.run(0.3)[1]) for load in loads] for _ in range(rounds)]
            p50 = [f"{median(column) / 1000:.0f} us" for column in zip(*turns, strict=True)]
            table.add("p50 of GET /_system/health", *p50, ratio=median(b / a for a, b in turns), most=FLAT)
            assert not any(is_readable(client) for client in clients), "a held request was answered"
            start = time.perf_counter()
            busy.send_signal(signal.SIGTERM)
            code = busy.wait(60)
            taken = time.perf_counter() - start
            table.add(f"SIGTERM until exit (code {code}) / 5 s", "", f"{taken:.2f} s", ratio=taken / PROMPT, most=1)
        for load in loads:
            load.close()


def is_readable(client: socket.socket) -> bool:
    """Return whether data has arrived."""
    client.setblocking(False)
    try:
        client.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller worlds, fewer rounds")
    parser.add_argument("--records", type=int, help="(for the processes that this one starts)")
    parser.add_argument("--behaviour", default="", help="(likewise)")
    arguments = parser.parse_args()
    if arguments.records:
        return serve_records(arguments.records, arguments.behaviour)
    sizes = (1_000, 10_000, 100_000) if arguments.quick else (1_000, 100_000, 1_000_000)
    measure_records(sizes, rounds=5 if arguments.quick else 9)
    measure_parked(2_000 if arguments.quick else 10_000, rounds=5 if arguments.quick else 9)


if __name__ == "__main__":
    main()
