"""Connections through python3-wrapper-vcx and the stand-in for libvcx, compared with PyNaCl alone.

``python benchmarks/libvcx.py [--quick]``. One agency, in its own process, has two clients here, which alternate: the
wrapper on the stand-in, and a function that closes and opens the same envelopes with PyNaCl and msgpack, without
checks, and posts them over the same HTTP. Protocol 1.0.
"""

import argparse
import asyncio
import http.client
import json
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import msgpack
from nacl.public import Box, PrivateKey, PublicKey, SealedBox
from nacl.signing import SigningKey, VerifyKey
from nacl.utils import random
from poll import STEADY, Table, process

from connsim.clients.agency_client import AgencyClient
from connsim.core import base58
from connsim.core.seed import Seed
from connsim.libvcx import install
from connsim.libvcx.transport import post
from connsim.wire.crypt import drawing
from connsim.wire.keys import Identity, KeyPair

COST = 3.0
ACCEPTED, SILENT = "Accepted", "Silent"  # names of institutions, which select the behaviour of the holders
LOGO = "https://logo.example/a.png"
TYPE = {"ver": "1.0"}

Message = dict[str, Any]


class Bare:
    """The client with which the stand-in is compared."""

    def __init__(self, url: str, agency: Identity, owner: KeyPair, agent: Identity, name: str) -> None:
        parts = urlsplit(url)
        self._address = parts.hostname or "", parts.port
        self._agency, self._agent = agency, agent
        self._owner = owner.verkey, owner.signing_key.to_curve25519_private_key()
        self._configs = [{"name": "name", "value": name}, {"name": "logoUrl", "value": LOGO}]
        self._to: dict[str, PublicKey] = {}

    def connect(self) -> tuple[tuple[str, PrivateKey], Identity]:
        """Make an invitation: three posts, and three boxes opened."""
        own = (Identity(self._agent.did, self._agent.verkey), self._owner)
        self._ask([message("UPDATE_CONFIGS", configs=self._configs)], own)
        key = SigningKey.generate()
        public = bytes(key.verify_key)
        did, verkey = base58.encode(public[:16]), base58.encode(public)
        pairwise = verkey, key.to_curve25519_private_key()
        (made,) = self._ask([message("CREATE_KEY", forDID=did, forDIDVerKey=verkey)], own)
        agent = Identity(made["withPairwiseDID"], made["withPairwiseDIDVerKey"])
        signature = b64encode(key.sign(f"{agent.did}{agent.verkey}".encode()).signature).decode()
        proof = {"agentDID": agent.did, "agentDelegatedKey": agent.verkey, "signature": signature}
        detail = message("MSG_DETAIL", keyDlgProof=proof, includePublicDID=False)
        self._ask([message("CREATE_MSG", mtype="connReq", sendMsg=True), detail], (agent, pairwise), own)
        return pairwise, agent

    def poll(self, pairwise: tuple[str, PrivateKey], agent: Identity) -> str | None:
        """Read the messages; return the DID of the holder who accepted."""
        own = (Identity(self._agent.did, self._agent.verkey), self._owner)
        (answer,) = self._ask([message("GET_MSGS")], (agent, pairwise), own)
        for entry in answer["msgs"]:
            if (entry["statusCode"], entry["type"]) == ("MS-104", "connReqAnswer"):
                payload = msgpack.unpackb(self._open(octets(entry["payload"])))
                return str(msgpack.unpackb(octets(payload["@msg"]))["senderDetail"]["DID"])
        return None

    def _ask(self, messages: list[Message], *steps: tuple[Identity, tuple[str, PrivateKey]]) -> list[Message]:
        content = bundled(messages)
        for to, (verkey, key) in steps:
            nonce = random(24)
            msg = Box(key, self._public(to.verkey)).encrypt(content, nonce).ciphertext
            parts = {"msg": b64encode(msg).decode(), "sender": verkey, "nonce": b64encode(nonce).decode()}
            sealed = SealedBox(self._public(to.verkey)).encrypt(msgpack.packb(parts))
            content = bundled([message("FWD", **{"@fwd": to.did, "@msg": list(sealed)})])
        answer = self._post(SealedBox(self._public(self._agency.verkey)).encrypt(content))
        return [msgpack.unpackb(octets(one)) for one in msgpack.unpackb(self._open(answer))["bundled"]]

    def _open(self, sealed: bytes) -> bytes:
        parts = msgpack.unpackb(SealedBox(self._owner[1]).decrypt(sealed))
        box = Box(self._owner[1], self._public(parts["sender"]))
        return box.decrypt(b64decode(parts["msg"]), b64decode(parts["nonce"]))

    def _post(self, body: bytes) -> bytes:
        connection = http.client.HTTPConnection(*self._address, timeout=50)
        connection.request("POST", "/agency/msg", body, {"Content-Type": "application/ssi-agent-wire"})
        response = connection.getresponse()
        assert response.status == 200
        answer = response.read()
        connection.close()
        return answer

    def _public(self, verkey: str) -> PublicKey:
        if verkey not in self._to:
            self._to[verkey] = VerifyKey(base58.decode(verkey, 32)).to_curve25519_public_key()
        return self._to[verkey]


def message(name: str, **members: Any) -> Message:
    return {"@type": {"name": name, **TYPE}, **members}


def bundled(messages: list[Message]) -> bytes:
    return bytes(msgpack.packb({"bundled": [list(msgpack.packb(one)) for one in messages]}))


def octets(numbers: list[int]) -> bytes:
    return bytes(number & 255 for number in numbers)


def bare(url: str, agency: Identity, name: str) -> Bare:
    """Return the bare client of an owner, who is provisioned by another client."""
    draw = drawing(Seed(name), random(8).hex())
    owner = KeyPair.from_seed(draw(32))
    agent = AgencyClient(lambda body: post(f"{url}/agency/msg", body), agency, owner, draw).provision()
    return Bare(url, agency, owner, agent, name)


async def begin(url: str, agency: Identity, name: str) -> None:
    """Initialize the stand-in for a new owner."""
    from vcx.api.utils import vcx_agent_provision
    from vcx.api.vcx_init import vcx_init_with_config

    install()
    given = {"agency_url": url, "agency_did": agency.did, "agency_verkey": agency.verkey, "wallet_key": "key"}
    config = json.loads(await vcx_agent_provision(json.dumps(given | {"name": name, "logo": LOGO})))
    del config["genesis_path"]
    await vcx_init_with_config(json.dumps(config))


async def side_by_side(
    rounds: int, ours: Callable[[], Awaitable[Any]], theirs: Callable[[], Any]
) -> tuple[float, float]:
    """Run two functions alternately; return the median seconds of each."""
    taken: tuple[list[float], list[float]] = [], []
    for number in range(-3, rounds):
        start = time.perf_counter()
        await ours()
        between = time.perf_counter()
        theirs()
        if number >= 0:  # the first rounds are a warm-up
            taken[0].append(between - start)
            taken[1].append(time.perf_counter() - between)
    return median(taken[0]), median(taken[1])


async def measure(url: str, agency: Identity, rounds: int) -> None:
    from vcx.api.connection import Connection

    table = Table("", "PyNaCl", "stand-in")

    def add(what: str, ours: float, theirs: float) -> None:
        table.add(what, *(f"{seconds * 1e3:.2f} ms" for seconds in (theirs, ours)), ratio=ours / theirs, most=COST)

    async def connect_and_accept() -> None:
        connection = await Connection.create("alice")
        await connection.connect('{"connection_type": "QR"}')
        assert await connection.update_state() == 4
        connection.release()

    await begin(url, agency, ACCEPTED)
    client = bare(url, agency, ACCEPTED)
    add("connect and accept", *await side_by_side(rounds, connect_and_accept, lambda: client.poll(*client.connect())))

    await begin(url, agency, SILENT)
    client = bare(url, agency, SILENT)
    connection = await Connection.create("alice")
    await connection.connect('{"connection_type": "QR"}')
    pairwise = client.connect()
    add("one poll", *await side_by_side(rounds * 4, connection.update_state, lambda: client.poll(*pairwise)))


def serve() -> None:
    """Run the agency."""
    from connsim import World
    from connsim.core.clock import Clock
    from connsim.script.sequence import Sequence
    from connsim.transports.aiohttp_server import Listener

    world = World(clock=Clock(running=True))
    world.script("vcx-holder", Sequence.of("accept"), institution=ACCEPTED)

    async def run() -> None:
        identity_members = {"did": world.agency.identity.did, "verkey": world.agency.identity.verkey}
        print(json.dumps({"url": await Listener(world, world.agency).start(), **identity_members}), flush=True)
        await asyncio.Event().wait()

    asyncio.run(run())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--serve", action="store_true", help="(for the process that this one starts)")
    arguments = parser.parse_args()
    if arguments.serve:
        return serve()
    os.environ.update(STEADY)
    with process(__file__, "--serve") as (_, announced):
        identity = Identity(announced["did"], announced["verkey"])
        asyncio.run(measure(announced["url"], identity, 50 if arguments.quick else 250))


if __name__ == "__main__":
    main()
