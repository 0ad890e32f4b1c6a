"""An independent library reads the DIDs in the agents' invitations, and the agents read its DIDs."""

import json
import string
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from connsim import World
from connsim.core.base58 import encode
from connsim.core.exchange import Request
from connsim.prism.did import peer_did, service
from connsim.prism.invitation import Invitation, decode_payload
from connsim.prism.jvm.circe import CloudAgentDecoder

Ask = Callable[..., Any]

KEYS = st.binary(min_size=32, max_size=32)
# The agent's library replaces some words by abbreviations anywhere, and cannot read back what needs "-" or "_".
HOSTS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=40).filter(
    lambda host: not any(word in host for word in ("type", "accept"))
)
ENDPOINTS = HOSTS.map(lambda host: f"http://{host}.example:8085/didcomm")
TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
OFTEN = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def library(environment: Callable[[str], Path]) -> Iterator[Ask]:
    """A function that sends a question to the library, in its own environment."""
    command = [environment("peerdid") / "python", Path(__file__).with_name("peer_dids.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answers = process.stdout

        def ask(**question: str) -> Any:
            print(json.dumps(question), file=process.stdin, flush=True)
            return json.loads(answers.readline())

        yield ask
        process.stdin.close()


@OFTEN
@given(KEYS, KEYS, ENDPOINTS, st.booleans())
def test_our_dids_are_read_by_others(
    library: Ask, agreement: bytes, authentication: bytes, endpoint: str, nested: bool
) -> None:
    """A DID of either version has one key of each kind and one service, with the values from which it was made."""
    did = peer_did(agreement, authentication, service(endpoint, nested=nested))

    document = library(did=did)

    keys = {key["type"]: key["publicKeyBase58"] for key in document["verificationMethod"]}
    assert document["id"] == did
    assert keys == {
        "X25519KeyAgreementKey2019": encode(bytes(PrivateKey(agreement).public_key)),
        "Ed25519VerificationKey2018": encode(bytes(SigningKey(authentication).verify_key)),
    }
    [found] = document["service"]
    address = found["serviceEndpoint"]
    assert found["type"] == "DIDCommMessaging"
    assert (address["uri"] if nested else address) == endpoint


@OFTEN
@given(KEYS, KEYS, ENDPOINTS)
def test_our_dids_are_theirs(library: Ask, agreement: bytes, authentication: bytes, endpoint: str) -> None:
    """Up to the service, whose members the library orders differently, our DID is the text that it makes."""
    theirs = library(
        agreement=bytes(PrivateKey(agreement).public_key).hex(),
        authentication=bytes(SigningKey(authentication).verify_key).hex(),
        service={"type": "DIDCommMessaging", "serviceEndpoint": endpoint, "routingKeys": [], "accept": ["didcomm/v2"]},
    )

    ours = peer_did(agreement, authentication, service(endpoint, nested=False))

    assert theirs.partition(".S")[0] == ours.partition(".S")[0]


@OFTEN
@given(KEYS, KEYS, ENDPOINTS, st.uuids(), TEXTS, TEXTS)
def test_their_dids_go_through_our_invitations(
    library: Ask, agreement: bytes, authentication: bytes, endpoint: str, id_: Any, goal_code: str | None, goal: str
) -> None:
    """An invitation with a DID of the library is unchanged by the codec, and the agent accepts it."""
    did = library(
        agreement=bytes(PrivateKey(agreement).public_key).hex(),
        authentication=bytes(SigningKey(authentication).verify_key).hex(),
        service={"type": "DIDCommMessaging", "serviceEndpoint": endpoint, "routingKeys": [], "accept": ["didcomm/v2"]},
    )
    invitation = Invitation(str(id_), did, goal_code, goal)

    assert CloudAgentDecoder().parse(decode_payload(invitation.payload())) == invitation

    body = json.dumps({"invitation": invitation.payload()}).encode()
    if "\0" not in (goal_code or "") + (goal or ""):
        taken = json.loads(World().prism.handle(Request("POST", "/connection-invitations", {"apikey": "k"}, body)).body)
        assert (taken["theirDid"], taken["invitation"]["from"]) == (did, did)
        assert taken["invitation"]["invitationUrl"].partition("_oob=")[2] == invitation.payload()


def test_an_invitation_of_each_generation_is_read_by_others(library: Ask) -> None:
    """The invitation in the URL has a DID that the library reads, with the agent's own address in it."""
    world = World()
    for prefix in ("/cloud-agent", "/prism-agent"):
        request = Request("POST", f"{prefix}/connections", {"apikey": "k", "content-type": "application/json"}, b"{}")
        url = json.loads(world.prism.handle(request).body)["invitation"]["invitationUrl"]
        did = json.loads(decode_payload(url.partition("_oob=")[2]))["from"]
        assert "http://host.docker.internal:8085/didcomm" in json.dumps(library(did=did)["service"])
