"""Envelopes in envelopes.

Sections are those of docs/protocol/vcx-agency.md.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.core.seed import Seed
from connsim.wire.bundles import Integers, Spelling
from connsim.wire.codes import Version
from connsim.wire.crypt import anon_crypt, auth_crypt, drawing
from connsim.wire.envelope import close_envelope, open_envelope, version_of
from connsim.wire.errors import BadMessage, BadNotation, CannotOpen, NoKey, Unreadable
from connsim.wire.keys import Identity, KeyPair
from connsim.wire.layers import Layer, close_layer, open_layer, peel, wrap
from connsim.wire.messages import Message
from connsim.wire.pack import pack

AGENCY = KeyPair.from_seed("0000000000000000000000000Forward", "VsKV7grR1BUE29mG2Fm2kX")
OWNER, AGENT, PAIRWISE, CONNECTION, REMOTE = (KeyPair.from_seed(letter * 32) for letter in "oapcr")
HERE = {pair.did: pair for pair in (AGENCY, AGENT, CONNECTION)} | {CONNECTION.verkey: CONNECTION}
DRAW = drawing(Seed("layers"))
VERSIONS = pytest.mark.parametrize("version", list(Version))


@VERSIONS
@pytest.mark.parametrize(
    ("steps", "seen"),
    [
        pytest.param(
            [(OWNER, AGENCY), (None, AGENCY)],
            [(AGENCY, None), (AGENCY, OWNER)],
            id="7 CONNECT",
        ),
        pytest.param(
            [(OWNER, AGENT), (None, AGENCY)],
            [(AGENCY, None), (AGENT, OWNER)],
            id="7 agent level",
        ),
        pytest.param(
            [(PAIRWISE, CONNECTION), (OWNER, AGENT), (None, AGENCY)],
            [(AGENCY, None), (AGENT, OWNER), (CONNECTION, PAIRWISE)],
            id="7 connection level",
        ),
        pytest.param(
            [(OWNER, AGENT), (OWNER, AGENT), (None, AGENCY)],
            [(AGENCY, None), (AGENT, OWNER), (AGENT, OWNER)],
            id="8.2 messages of the agent itself",
        ),
        pytest.param(
            [(REMOTE, CONNECTION), (None, AGENCY)],
            [(AGENCY, None), (CONNECTION, REMOTE)],
            id="7 another agency's answer",
        ),
    ],
)
def test_requests(
    version: Version,
    steps: list[tuple[KeyPair | None, KeyPair]],
    seen: list[tuple[KeyPair, KeyPair | None]],
) -> None:
    """What is wrapped from the inside out opens from the outside in, and every layer proves its sender."""
    message = Message("GET_MSGS", {"uids": ["u"]}, version)
    layers = peel(wrap(message, version, [(who, whom.identity) for who, whom in steps], DRAW), AGENCY, HERE.get)

    assert [(layer.recipient, layer.sender) for layer in layers] == [
        (recipient.verkey, sender.verkey if sender else None) for recipient, sender in seen
    ]
    assert {layer.version for layer in layers} == {layer.message.style for layer in layers} == {version}
    assert [layer.message.name for layer in layers] == ["FWD"] * (len(seen) - 1) + ["GET_MSGS"]
    assert [layer.forwarded[0] for layer in layers if layer.forwarded] == [whom.did for whom, _ in seen[1:]]
    assert layers[-1].message == message


@VERSIONS
def test_a_forward_to_nobody_here_is_the_last_layer(version: Version) -> None:
    """6.3: what to say about an unknown ``@fwd`` is up to the agency; the layers say whom and what."""
    body = wrap(Message("SIGNUP", {}, version), version, [(OWNER, REMOTE), (None, AGENCY)], DRAW)

    (layer,) = peel(body, AGENCY, HERE.get)
    to, what = layer.forwarded or ("", b"")
    assert to == REMOTE.did
    assert open_layer(what, REMOTE).message == Message("SIGNUP", {}, version)


def test_aries_forwards() -> None:
    """7: forwards of Aries name verkeys; the last one is for somebody whose key is not here, and stays closed."""
    closed = pack([PAIRWISE.verkey], b"{}", REMOTE, DRAW)
    for target, key in ((PAIRWISE, CONNECTION), (CONNECTION, AGENCY)):
        message = Message("forward", {"to": target.verkey, "msg": closed}, Version.V2)
        closed = close_layer(message, Version.V2, None, key.verkey, DRAW)

    layers = peel(closed, AGENCY, HERE.get)
    assert [layer.recipient for layer in layers] == [AGENCY.verkey, CONNECTION.verkey]
    to, what = layers[-1].forwarded or ("", b"")
    assert (to, version_of(what)) == (PAIRWISE.verkey, Version.V2)
    with pytest.raises(NoKey):
        open_layer(what, CONNECTION)


@VERSIONS
def test_answers(version: Version) -> None:
    """7: an answer is one layer, without a Forward, for the owner even if its pairwise key asked."""
    answer = Message("MSGS", {"msgs": []}, version)
    body = close_layer(answer, version, CONNECTION, OWNER.verkey, DRAW)

    assert open_layer(body, OWNER) == Layer(version, OWNER.verkey, CONNECTION.verkey, answer)
    with pytest.raises(CannotOpen):
        open_layer(body, PAIRWISE)


def test_a_wallet_opens_2_0_with_any_key() -> None:
    """7: in version 2.0 an answer for the pairwise key happens to work; in 1.0 nothing but the expected key does."""
    wallet = {pair.verkey: pair for pair in (OWNER, PAIRWISE)}.get
    answers = {
        version: close_layer(Message("SIGNED_UP", {}, version), version, AGENT, PAIRWISE.verkey, DRAW)
        for version in Version
    }

    assert open_layer(answers[Version.V2], OWNER, wallet=wallet).recipient == PAIRWISE.verkey
    with pytest.raises(NoKey):
        open_layer(answers[Version.V2], OWNER)
    with pytest.raises(CannotOpen, match=f"anon_crypt for {OWNER.verkey}"):
        open_layer(answers[Version.V1], OWNER, wallet=wallet)


def test_styles_within_1_0() -> None:
    """5: the envelope has a version, the message a style; Forwards have the envelope's."""
    message = Message("GET_MSGS", {}, Version.V2)
    layers = peel(wrap(message, Version.V1, [(OWNER, AGENT), (None, AGENCY)], DRAW), AGENCY, HERE.get)

    assert [(layer.version, layer.message.style) for layer in layers] == [
        (Version.V1, Version.V1),
        (Version.V1, Version.V2),
    ]


def test_signed_bundles_are_read() -> None:
    """3.2: production writes signed bundles."""
    spelling = Spelling(bundles=Integers.SIGNED)
    body = wrap(Message("SIGNUP", {}), Version.V1, [(OWNER, AGENT), (None, AGENCY)], DRAW, spelling)

    assert peel(body, AGENCY, HERE.get)[-1].message == Message("SIGNUP", {})


@VERSIONS
def test_a_seed_repeats_a_request(version: Version) -> None:
    """The same names and seed give the same bytes."""
    steps = [(PAIRWISE, CONNECTION), (OWNER, AGENT), (None, AGENCY)]
    first, again, other = (
        wrap(Message("GET_MSGS", {}, version), version, steps, drawing(Seed("s"), name)) for name in (1, 1, 2)
    )

    assert first == again != other


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        pytest.param(b"", CannotOpen, "0 bytes do not open as anon_crypt", id="6.3 empty body"),
        pytest.param(b"{}", CannotOpen, "2 bytes do not open as anon_crypt", id="5 no protected: it is version 1.0"),
        pytest.param(b'{"protected":{}}', CannotOpen, "A packed message is malformed", id="5 protected"),
        pytest.param(
            anon_crypt(REMOTE.verkey, b"", DRAW), CannotOpen, f"anon_crypt for {AGENCY.verkey}", id="7 for another"
        ),
        pytest.param(
            auth_crypt(OWNER, AGENCY.verkey, b"", DRAW), BadNotation, "Expected a map with a list", id="7 auth outside"
        ),
        pytest.param(
            close_envelope(b"[]", Version.V2, None, AGENCY.verkey, DRAW), BadMessage, "There is list of 0", id="4 list"
        ),
        pytest.param(
            wrap(Message("SIGNUP", {}), Version.V1, [(None, AGENT), (None, AGENCY)], DRAW),
            CannotOpen,
            "opens, but contains no auth_crypt",
            id="7 anonymous inside",
        ),
        pytest.param(
            wrap(Message("SIGNUP", {}), Version.V1, [(OWNER, Identity(AGENT.did, OWNER.verkey)), (None, AGENCY)], DRAW),
            CannotOpen,
            f"anon_crypt for {AGENT.verkey}",
            id="7 forwarded to a did with the key of another",
        ),
    ],
)
def test_refused(body: bytes, error: type[Unreadable], message: str) -> None:
    """A request that does not open as it should is refused with the layer's fault."""
    with pytest.raises(error) as refused:
        peel(body, AGENCY, HERE.get)
    assert message in str(refused.value)


def test_a_body_that_begins_with_a_brace_by_chance() -> None:
    """5: the door does not trust the first byte."""
    draws = (drawing(Seed("brace"), number) for number in range(2_000))
    body = next(sealed for draw in draws if (sealed := anon_crypt(AGENCY.verkey, b"x", draw)).startswith(b"{"))

    assert version_of(body) is Version.V1
    assert open_envelope(body, AGENCY, anonymous=True).content == b"x"


JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=4) | st.sampled_from([AGENT.did, "FWD", "1.0"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["@type", "@fwd", "@msg", "name", "ver", "to"]), inner, max_size=4)
    ),
)


@given(st.binary(max_size=120))
def test_any_body_is_refused(body: bytes) -> None:
    """Hostile bytes raise the one error."""
    with pytest.raises(Unreadable):
        peel(body, AGENCY, HERE.get)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()), st.sampled_from(Version))
def test_any_content_is_refused(content: bytes, version: Version) -> None:
    """So do hostile contents of a good envelope."""
    body = close_envelope(content, version, None, AGENCY.verkey, DRAW) if valid(content, version) else b""
    with pytest.raises(Unreadable):
        peel(body, AGENCY, HERE.get)


def valid(content: bytes, version: Version) -> bool:
    """Whether an envelope of that version can hold it."""
    return version is Version.V1 or content.decode("utf-8", "ignore").encode() == content


@given(st.binary(max_size=60), st.sampled_from(Version))
def test_any_forwarded_bytes_are_refused(what: bytes, version: Version) -> None:
    """And so do hostile bytes in a good Forward."""
    message = Message("FWD", {"@fwd": AGENT.did, "@msg": what}, version)
    with pytest.raises(Unreadable):
        peel(close_layer(message, version, None, AGENCY.verkey, DRAW), AGENCY, HERE.get)
