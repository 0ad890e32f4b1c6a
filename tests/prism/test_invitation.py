"""The invitation, and the DID in it.

Sections are those of docs/protocol/prism-agent.md.
"""

import json
import re
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from connsim import World
from connsim.core.base58 import encode as base58
from connsim.core.exchange import Request
from connsim.prism.did import peer_did, service
from connsim.prism.invitation import TYPE, Invitation, NotBase64Url, decode_payload
from connsim.prism.jvm.circe import CloudAgentDecoder

KEY = {"apikey": "k"}
OTHER = {"apikey": "other"}
FOREIGN = "did:peer:2.Ez6LSfar.Vz6Mkfar.SeyJ0IjoiZG0ifQ"
UUID = "5b0c9d1e-7a44-4c0d-8f7e-0a1b2c3d4e5f"
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

# all that the agent can store, and UTF-8 can encode
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


def create(world: World, **members: str) -> Any:
    """Make an invitation."""
    return json.loads(world.prism.handle(Request("POST", "/connections", KEY, json.dumps(members).encode())).body)


def accept(world: World, payload: str, headers: dict[str, str] = OTHER) -> Any:
    """Accept an invitation."""
    sent = json.dumps({"invitation": payload}).encode()
    reply = world.prism.handle(Request("POST", "/connection-invitations", headers, sent))
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def payload_of(connection: Any) -> str:
    """Return what follows ``_oob=``."""
    url: str = connection["invitation"]["invitationUrl"]
    assert url.startswith("https://my.domain.com/path?_oob=")
    return url.partition("_oob=")[2]


def unbase58(text: str) -> bytes:
    """Decode base58 independently of the code under test."""
    number = 0
    for digit in text:
        number = number * 58 + ALPHABET.index(digit)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def keys(did: str) -> tuple[bytes, bytes]:
    """Return the X25519 and Ed25519 keys of a DID, checked for kind and length."""
    parts = re.fullmatch(r"did:peer:2\.Ez(6LS\w+)\.Vz(6Mk\w+)\.S\w+", did)
    assert parts, did
    agreement, authentication = unbase58(parts[1]), unbase58(parts[2])
    assert (agreement[:2], len(agreement)) == (b"\xec\x01", 34)
    assert (authentication[:2], len(authentication)) == (b"\xed\x01", 34)
    return agreement[2:], authentication[2:]


class TestPayload:
    """7.1: the bytes of the payload."""

    @pytest.mark.parametrize(
        ("members", "body"),
        [
            pytest.param({}, '{"accept":[]}', id="7.1-nothing"),
            pytest.param({"label": "hidden"}, '{"accept":[]}', id="2.1-label-stays-at-home"),
            pytest.param({"goalCode": "c"}, '{"goal_code":"c","accept":[]}', id="7.1-goal-code"),
            pytest.param({"goal": "g"}, '{"goal":"g","accept":[]}', id="7.1-goal"),
            pytest.param({"goal": "g", "goalCode": "c"}, '{"goal_code":"c","goal":"g","accept":[]}', id="7.1-both"),
            pytest.param({"goal": ""}, '{"goal":"","accept":[]}', id="2.1-empty"),
            pytest.param({"goal": 'ä/"\U0001f600'}, '{"goal":"ä/\\"\U0001f600","accept":[]}', id="7.1-unescaped"),
        ],
    )
    def test_bytes(self, members: dict[str, str], body: str) -> None:
        """The payload is compact JSON in a fixed order, without absent members and without the label."""
        made = create(World(), **members)
        invitation = made["invitation"]
        text = urlsafe_b64decode(payload_of(made)).decode()
        assert text == f'{{"id":"{made["thid"]}","type":"{TYPE}","from":"{invitation["from"]}","body":{body}}}'

    @pytest.mark.parametrize("extra", [0, 1, 2])
    def test_padding(self, extra: int) -> None:
        """The payload is padded to a multiple of four, so two of three lengths end with equals signs."""
        payload = payload_of(create(World(), goal="x" * extra))
        assert len(payload) % 4 == 0
        text = b64decode(payload, altchars=b"-_", validate=True)
        assert payload.count("=") == -len(text) % 3

    def test_alphabet_is_url_safe(self) -> None:
        """A dash and an underscore replace the plus and the slash of standard base64."""
        payload = payload_of(create(World(), goal="~~~???>>>" * 3, goalCode="\xff\xfe?"))
        assert re.fullmatch("[A-Za-z0-9_-]+={0,2}", payload)
        assert {"-", "_"} & set(payload)

    def test_equals_sign_splits_the_url(self) -> None:
        """Clients split the URL at its equals signs; element 1, the payload without padding, is accepted (7.1)."""
        for extra in range(3):
            world = World()
            made = create(world, goal="x" * extra)
            cut = made["invitation"]["invitationUrl"].split("=")[1]
            assert cut == payload_of(made).rstrip("=")
            assert accept(world, cut)["invitation"] == made["invitation"]

    def test_same_on_both_sides_at_all_times(self) -> None:
        """Both agents show the same URL, whatever happens to the connection (3.3)."""
        world = World()
        made = create(world, goal="g")
        accepted = accept(world, payload_of(made))
        assert accepted["invitation"] == made["invitation"]
        world.advance("1h")
        for id_, headers in ((made["connectionId"], KEY), (accepted["connectionId"], OTHER)):
            reply = world.prism.handle(Request("GET", f"/connections/{id_}", headers))
            assert json.loads(reply.body)["invitation"] == made["invitation"]


def test_foreign_invitation_is_normalised() -> None:
    """A foreign invitation is returned in the agent's own order, without unknown members (3.3)."""
    foreign = {
        "body": {"accept": ["b", "a"], "extra": 1, "goal": "g", "goal_code": "c"},
        "label": "unknown",
        "from": FOREIGN,
        "type": TYPE,
        "typ": "unknown",
        "id": UUID,
    }
    text = json.dumps(foreign, indent=2)
    shown = accept(World(), urlsafe_b64encode(text.encode()).decode())

    kept = f'{{"id":"{UUID}","type":"{TYPE}","from":"{FOREIGN}",'
    kept += '"body":{"goal_code":"c","goal":"g","accept":["b","a"]}}'
    assert urlsafe_b64decode(payload_of(shown)).decode() == kept
    assert (shown["goalCode"], shown["goal"], shown["theirDid"]) == ("c", "g", FOREIGN)
    assert shown["invitation"]["from"] == FOREIGN


class TestDid:
    """7.2: did:peer:2 as the agent makes it."""

    def test_keys_are_real(self) -> None:
        """The keys in both sides' DIDs are those that PyNaCl derives from what the seed draws for the record."""
        world = World()
        made = create(world)
        accepted = accept(world, payload_of(made))
        for shown, did in ((made, made["invitation"]["from"]), (accepted, accepted["myDid"])):
            id_ = shown["connectionId"]
            agreement, authentication = keys(did)
            assert agreement == bytes(PrivateKey(world.seed.draw("agreement", id_)).public_key)
            assert authentication == bytes(SigningKey(world.seed.draw("authentication", id_)).verify_key)

    def test_a_known_key(self) -> None:
        """Key agreement and signatures succeed with the keys in a DID, and fail with another's."""
        agreement, authentication = keys(peer_did(b"\x01" * 32, b"\x02" * 32, service("http://x")))
        assert agreement.hex() == "a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b4409f8a209"
        signed = SigningKey(b"\x02" * 32).sign(b"hello")
        assert SigningKey(b"\x02" * 32).verify_key.verify(signed) == b"hello"
        assert bytes(SigningKey(b"\x02" * 32).verify_key) == authentication

    def test_service(self) -> None:
        """The service is nested, compact, abbreviated, and unpadded; its URL is the world's public one."""
        segment = create(World())["invitation"]["from"].rpartition(".S")[2]
        assert "=" not in segment
        text = urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode()
        assert text == ('{"t":"dm","s":{"uri":"http://host.docker.internal:8085/didcomm","r":[],"a":["didcomm/v2"]}}')

    def test_public_url(self) -> None:
        """The public URL of the world is in its DIDs, without a doubled slash at its end."""
        did = create(World(public_url="http://far.example:1234/"))["invitation"]["from"]
        assert did.endswith(f".S{service('http://far.example:1234/didcomm')}")

    def test_words_are_abbreviated_even_in_the_url(self) -> None:
        """The library abbreviates by text: it abbreviates words inside the URL, too, and removes blanks."""
        text = urlsafe_b64decode(service("http://accept.type/ x") + "==").decode()
        assert '"uri":"http://a.t/x"' in text

    def test_length(self) -> None:
        """Keys of full length give a DID of the recorded length."""
        assert len(create(World())["invitation"]["from"]) == 234

    def test_by_the_seed(self) -> None:
        """The same seed gives the same ids and DIDs; another seed, record, wallet or side gives others."""

        def dids(seed: str) -> list[str]:
            world = World(seed)
            made = [create(world), create(world)]
            accepted = [accept(world, payload_of(m)) for m in made]
            return [m["invitation"]["from"] for m in made] + [a["myDid"] for a in accepted]

        one = dids("a")
        assert one == dids("a")
        assert len({*one, *dids("b")}) == 8
        assert len({key for did in one for key in keys(did)}) == 8

    @pytest.mark.parametrize("order", ["one-first", "other-first"])
    def test_wallets_are_independent(self, order: str) -> None:
        """A wallet's ids do not depend on other wallets."""
        world = World()
        if order == "other-first":
            world.prism.handle(Request("POST", "/connections", OTHER, b"{}"))
        assert create(world)["connectionId"] == create(World())["connectionId"]

    @given(st.binary(max_size=80))
    @example(b"")
    @example(b"\0\0\0")
    @example(b"\0\0\xff")
    def test_base58(self, data: bytes) -> None:
        """Base58 keeps every byte, leading zeros included, and uses bitcoin's letters only."""
        text = base58(data)
        assert set(text) <= set(ALPHABET)
        assert unbase58(text) == data


@given(st.binary(max_size=200), st.booleans())
def test_decoding_undoes_base64url(data: bytes, padded: bool) -> None:
    """Base64url of any UTF-8 text is decoded to that text, padded or not (2.4)."""
    text = urlsafe_b64encode(data).decode()
    decoded = decode_payload(text if padded else text.rstrip("="))
    assert decoded == data.decode("utf-8", "replace") or "\ufffd" in decoded


@given(st.text(), st.booleans())
def test_text_is_unchanged(text: str, padded: bool) -> None:
    """UTF-8 is decoded without any change."""
    data = text.encode("utf-8", "replace")
    payload = urlsafe_b64encode(data).decode()
    assert decode_payload(payload if padded else payload.rstrip("=")) == data.decode()


@given(st.text(max_size=20))
@example("YQ=")
@example("YQ===")
@example("A")
@example("YQ\n")
@example("YQ==\n")
def test_anything_else_is_refused(text: str) -> None:
    """What is not base64url by its letters, length and padding is refused, and never decoded in part (4.7)."""
    bare = text.rstrip("=")
    padding = len(text) - len(bare)
    fits = set(bare) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    fits = fits and len(bare) % 4 != 1 and padding in (0, -len(bare) % 4)
    if fits:
        decode_payload(text)
    else:
        with pytest.raises(NotBase64Url):
            decode_payload(text)


@given(
    goal_code=st.none() | TEXTS,
    goal=st.none() | TEXTS,
    accepted=st.lists(TEXTS, max_size=3).map(tuple),
    created=st.none() | st.integers(-(2**63), 2**63 - 1),
    expires=st.none() | st.integers(-(2**63), 2**63 - 1),
    padded=st.booleans(),
)
def test_an_invitation_is_read_as_it_was_written(
    goal_code: str | None,
    goal: str | None,
    accepted: tuple[str, ...],
    created: int | None,
    expires: int | None,
    padded: bool,
) -> None:
    """Reading what was written gives the same invitation, for any text in any member, padded or not (7.1)."""
    invitation = Invitation(UUID, FOREIGN, goal_code, goal, accepted, created_time=created, expires_time=expires)
    payload = invitation.payload()
    assert len(payload) % 4 == 0
    assert invitation.payload() == payload

    again = CloudAgentDecoder().parse(decode_payload(payload if padded else payload.rstrip("=")))

    assert again == invitation
    assert again.payload() == payload


@given(goal_code=TEXTS, goal=TEXTS)
@example(goal_code="\u2028\x85\x7f", goal="</script>")
@example(goal_code="\ufeff", goal='"\\')
@example(goal_code="\U0001f469\u200d\U0001f4bb", goal="e\u0301")
def test_goals_travel(goal_code: str, goal: str) -> None:
    """Goal and goal code reach the invitee unchanged, and a JSON parser finds them in the payload (7.1)."""
    world = World()
    made = create(world, goalCode=goal_code, goal=goal)
    body = json.loads(urlsafe_b64decode(payload_of(made)))["body"]
    assert body == {"goal_code": goal_code, "goal": goal, "accept": []}
    accepted = accept(world, payload_of(made))
    assert (accepted["goalCode"], accepted["goal"]) == (goal_code, goal)
    assert accepted["invitation"] == made["invitation"]


def test_lone_surrogates_do_not_break_anything() -> None:
    """A lone surrogate, which only an escape can cause, is a question mark everywhere, as on the JVM."""
    world = World()
    reply = world.prism.handle(Request("POST", "/connections", KEY, b'{"goal":"a\\ud83db","label":"\\ude00"}'))
    made = json.loads(reply.body)
    assert (made["goal"], made["label"]) == ("a?b", "?")
    assert accept(world, payload_of(made))["goal"] == "a?b"
