"""Bad requests by the million: the agency answers every one with one of its answers.

``python benchmarks/fuzz_agency.py [COUNT] [--seed TEXT] [--flavour dummy]``. A case is a good request with a defect: in
the bytes as they arrive; or inside an envelope, which is then closed properly, so that the defect reaches the party
that it is for. Cases are numbered; ``--only NUMBER`` shows one.
"""

import argparse
import ctypes
import gc
import json
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import msgpack  # type: ignore[import-untyped]
from fuzz_scene import Scene

from connsim.core.exchange import Reply, Request
from connsim.wire.bundles import Integers, byte_list
from connsim.wire.codes import Version
from connsim.wire.envelope import close_envelope
from connsim.wire.errors import Unreadable
from connsim.wire.keys import KeyPair
from connsim.wire.layers import open_layer
from connsim.wire.messages import Message, write
from connsim.wire.notation import dump_json

T = TypeVar("T")
LAP = 100_000
FRESH = 200  # cases until the world is reset: some succeed by chance, and would fill the agency or delete connections
STATUSES = {200, 400, 401, 404, 415, 500}
TYPES = ("application/ssi-agent-wire", "application/octet-stream", "application/json", "text/plain", "", "\xff")
DEEP = "nested so deep that no writer writes it"
DEPTHS = (100, 1000, 100_000)

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 255, 256, -129, 2**31, 2**63 - 1, -(2**63), 2**64 - 1, 0.5, 1e308, "", " ", "\0", "x",
    "😀", "\ud800", "x" * 5000, [], [0], [None], [-1, 200], [256], list(range(-128, 128)), {}, {"": ""}, {"@type": {}},
    [[]], "VsKV7grR1BUE29mG2Fm2kX", "MS-104", "MS-999", "CS-103", "connReq", "did:sov:x;spec/a/1.0/GET_MSGS",
)  # fmt: skip
ONLY_MSGPACK: tuple[Any, ...] = (b"", b"bytes", b"\xff" * 300, msgpack.ExtType(5, b"x"), msgpack.Timestamp(0), {1: 2})
ONLY_JSON: tuple[Any, ...] = (2**200, -(2**1000))


class Case:
    """One bad request: a good one, changed at random."""

    def __init__(self, scene: Scene, seed: str) -> None:
        self.chance = random.Random(seed)
        self.scene = scene
        self.good = self.chance.choice(scene.goods)
        self.wrongs: list[str] = []

    def request(self) -> Request:
        """Return the request."""
        method, target, headers = "POST", "/agency/msg", {"content-type": TYPES[0]}
        body = self._body()
        if self._now(0.02):
            method, target = self._choose("method", ("GET", "POST", "PUT", "HEAD", "", "😀")), self._target()
            headers = {"content-type": self._choose("type", TYPES)}
        return Request(method, target, headers, body)

    def _body(self) -> bytes:
        good, chance = self.good, self.chance
        if self._now(0.1):
            good = replace(good, steps=self._swapped(good.steps))
        # Mostly in the innermost; beyond the last means in the bytes as they arrive, and -1 nowhere.
        where = 0 if self._now(0.6) else chance.randrange(-1, len(good.steps) + 1)
        closed, to = b"", ""
        for number, (sender, recipient) in enumerate(good.steps):
            maps = deepcopy(good.maps) if not number else [self._forward(to, closed)]
            content = self._content(maps, number == where)
            version = self._other() if self._now(0.01) else good.version
            closed, to = close_envelope(content, version, sender, recipient.verkey, chance.randbytes), recipient.did
            if number == where and self._now(0.1):
                closed = self._spoiled(closed, f"envelope {number}")
        return self._spoiled(closed, "body") if where == len(good.steps) else closed

    def _forward(self, to: str, closed: bytes) -> dict[str, Any]:
        if self._now(0.03):
            to = self._choose("@fwd", [*self.scene.tos, "", "nobody", "x" * 999])
        message = write(Message("FWD", {"@fwd": to, "@msg": closed}, self.good.version))[0]
        if self._now(0.01):
            self.wrongs.append("signed @msg")
            message["@msg"] = byte_list(closed, Integers.SIGNED)
        return message

    def _content(self, maps: list[dict[str, Any]], here: bool) -> bytes:
        how = self.chance.random() if here else 1
        if how < 0.7:
            for _ in range(self.chance.choice((1, 1, 1, 2, 5))):
                maps = self._mutated(maps)
        content = self._written(maps)
        return self._spoiled(content, "content") if 0.7 <= how < 1 else content

    def _written(self, maps: list[Any]) -> bytes:
        depth = self.chance.choice(DEPTHS)
        if self.good.version is Version.V2:
            text = json.dumps(maps[0] if maps else None).encode("utf-8", "replace")
            return text.replace(dump_json(DEEP), b"[" * depth + b"]" * depth)
        packed = (msgpack.packb(one, unicode_errors="surrogatepass") for one in maps)
        deep = b"\x91" * depth + b"\0"
        members = [one.replace(msgpack.packb(DEEP), deep) for one in packed]
        signs = self.chance.choice(tuple(Integers))
        content: bytes = msgpack.packb({"bundled": [byte_list(one, signs) for one in members]})
        return content

    def _mutated(self, maps: list[Any]) -> list[Any]:
        chance = self.chance
        if self._now(0.1):
            return self._choose(
                "bundle", (maps * 2, maps[::-1], maps[:1], maps[1:], [], [*maps, {}], [*maps, 1], [maps])
            )
        holders = [one for message in maps for one in containers(message)]
        if not holders:
            return maps
        holder = chance.choice(holders)
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys or self._now(0.05):
            if isinstance(holder, dict):
                holder[self._choose("new member", ("", "@id", "uid", "x", "@msg", "~thread"))] = self._value()
            return maps
        key = chance.choice(keys)
        self.wrongs.append(f"member {key}")
        if self._now(0.25):
            del holder[key]
        elif self._now(0.2) and isinstance(holder[key], str):
            holder[key] = self._spoiled(holder[key].encode("utf-8", "replace"), "text").decode("utf-8", "replace")
        else:
            holder[key] = self._value()
        return maps

    def _value(self) -> Any:
        if self._now(0.03):
            return DEEP
        return self._choose("value", VALUES + (ONLY_JSON if self.good.version is Version.V2 else ONLY_MSGPACK))

    def _swapped(self, steps: Any) -> Any:
        number, changed = self.chance.randrange(len(steps)), list(steps)
        sender, recipient = changed[number]
        if self._now(0.5):
            sender = self._choose("sender", [*self.scene.keys, None])
        else:
            recipient = self._choose("recipient", self.scene.parties)
        changed[number] = sender, recipient
        if self._now(0.2):
            changed.insert(number, self.chance.choice(changed))
            self.wrongs.append("doubled envelope")
        return tuple(changed)

    def _spoiled(self, data: bytes, where: str) -> bytes:
        chance, kind = self.chance, self.chance.randrange(7)
        self.wrongs.append(f"{where} spoiled {kind}")
        at = chance.randrange(len(data) + 1)
        match kind:
            case 0:
                return data[:at]
            case 1:
                return data[at:]
            case 2:
                return data[:at] + chance.randbytes(chance.choice((1, 8, 300))) + data[at:]
            case 3:
                return chance.choice(
                    (b"", b"{", b"{}", b"[]", b"null", b"\x80", b"\xc1", b"{\xff", b"\xdf\xff\xff\xff\xff")
                )
            case 4:
                return b"[" * chance.choice((1, 1000, 100_000)) + data[:at]
            case _:
                changed = bytearray(data or b"\0")
                for _ in range(chance.choice((1, 1, 1, 3, 20))):
                    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
                return bytes(changed)

    def _target(self) -> str:
        did, uid = self._choose("did", self.scene.tos), self._choose("uid", ("c", "", "%ff", "x&uid=c", "a=b=c"))
        return self._choose("target", (
            "/agency", "/agency/", "//agency/msg", "/agency/msg?x", "/", "", "*", f"/agency/invite/{did}?uid={uid}",
            f"/agency/invite?t={uid}", "/agency/invite", "/agency/invite/%zz/..?uid", "/" + "a/" * 5000, "/\ud800",
        ))  # fmt: skip

    def _other(self) -> Version:
        self.wrongs.append("other envelope")
        return Version.V1 if self.good.version is Version.V2 else Version.V2

    def _now(self, probability: float) -> bool:
        return self.chance.random() < probability

    def _choose(self, what: str, of: Sequence[T]) -> T:
        self.wrongs.append(what)
        return deepcopy(self.chance.choice(of))  # the same case may change the value


def containers(value: Any) -> Iterator[Any]:
    """Yield every object and list in a value, except lists of bytes."""
    if isinstance(value, dict) or (isinstance(value, list) and len(value) < 10):
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from containers(part)


class Defects:
    """The wrong answers: the first case of each kind is printed."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def look(self, number: int, case: Case, request: Request) -> str:
        """Send the request, and name the answer."""
        world = case.scene.world
        reply: Reply
        try:
            reply = case.scene.agency.handle(request)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            self._report(number, case, "".join(traceback.format_exception(error)[-3:]))
            return f"raised {type(error).__name__}"
        for complaint in world.complaints:
            self._report(number, case, f"complaint: {str(complaint)[-1200:]}")
        world.complaints.clear()
        named = answer(reply, case.scene.keys)
        if reply.status not in STATUSES or named is None:
            self._report(number, case, f"undocumented: {reply.status} {reply.body[:200]!r}")
        return named or "undocumented"

    def _report(self, number: int, case: Case, text: str) -> None:
        kind = text.strip().splitlines()[-1][:200]
        self.seen[kind] += 1
        if self.seen[kind] == 1:
            print(f"\nDEFECT in case {number}: {case.good.name} {case.good.version}, {case.wrongs}\n{text}", flush=True)


def answer(reply: Reply, keys: list[KeyPair]) -> str | None:
    """Return a name for an answer: its status, and the message or the code in it; ``None`` if it has neither."""
    if reply.status == 200 and reply.content_type == "application/octet-stream":
        for key in keys if reply.body else ():
            try:
                return f"200 {open_layer(reply.body, key).message.name}"
            except Unreadable:
                continue
        return "200 for a key that is unknown here" if reply.body else "200 empty"
    if reply.content_type != "application/json":
        return f"{reply.status} {reply.content_type}" if reply.status != 200 else None
    said = json.loads(reply.body)
    code, text = said.get("statusCode"), said.get("statusMsg", "").partition(":")[0].partition(" (")[0]
    return f"{reply.status} {code} {text}" if code else "200 the agency" if "DID" in said else None


def resident() -> float:
    """Return the mebibytes of this process in memory, without those that only the allocator keeps."""
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--seed", default="connsim")
    parser.add_argument("--flavour", choices=("evernym", "dummy"), default="evernym")
    parser.add_argument(
        "--only", type=int, metavar="NUMBER", help="play up to this case from the last reset on, and show it"
    )
    arguments = parser.parse_args()
    scene, defects, answers = Scene(arguments.flavour), Defects(), Counter[str]()
    start, lap, settled = time.perf_counter(), time.perf_counter(), 0.0
    print(f"{'cases':>10}{'seconds':>10}{'resident':>12}{'defects':>9}", flush=True)
    first, last = 0, arguments.count
    if arguments.only is not None:  # earlier cases in the same world matter
        first, last = arguments.only // FRESH * FRESH, arguments.only + 1
    for number in range(first, last):
        if number % FRESH == 0:
            scene.build()
        case = Case(scene, f"{arguments.seed} {number}")
        request = case.request()
        answers[defects.look(number, case, request)] += 1
        if number == arguments.only:
            print(f"{case.good.name} {case.good.version}, {case.wrongs}\n{request}\n{scene.world.timeline()}")
        if (number + 1) % LAP == 0 or number + 1 == last:
            now = time.perf_counter()
            print(f"{number + 1:>10,}{now - lap:>10.1f}{resident():>8.1f} MiB{defects.seen.total():>9}", flush=True)
            lap, settled = now, settled or resident()
    print(f"\n{'answer':<78}{'cases':>10}")
    for name, times in sorted(answers.items()):
        print(f"{name[:76]:<78}{times:>10,}")
    grown = resident() - settled
    print(f"\n{time.perf_counter() - start:.0f} s; resident memory has grown by {grown:.1f} MiB since the first lap")
    for kind, times in defects.seen.most_common():
        print(f"{times:>10,} x {kind}")
    sys.exit(1 if defects.seen else 0)


if __name__ == "__main__":
    main()
