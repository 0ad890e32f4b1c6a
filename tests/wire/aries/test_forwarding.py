from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.core.seed import Seed
from connsim.wire.aries import messages
from connsim.wire.aries.did_doc import Contact
from connsim.wire.aries.forwarding import seal, unwrap
from connsim.wire.aries.messages import Type
from connsim.wire.crypt import Draw, drawing
from connsim.wire.errors import BadKey, BadMessage, NoKey, Unreadable
from connsim.wire.keys import KeyPair
from connsim.wire.notation import dump_json
from connsim.wire.pack import pack

KEYS = [KeyPair.from_seed(bytes([n]) * 32) for n in range(1, 6)]
ALL = {key.verkey: key for key in KEYS}
SENDER = KeyPair.from_seed(b"s" * 32)
TOLD = messages.ack("i", "t")


def draw() -> Draw:
    """The same bytes for every envelope."""
    return drawing(Seed("forwarding"))


@given(
    order=st.permutations(KEYS),
    hops=st.integers(0, 4),
    sender=st.sampled_from([SENDER, None]),
    text=st.text(st.characters(exclude_categories=["Cs"])),
)
def test_each_hop_opens_one_layer(order: list[KeyPair], hops: int, sender: KeyPair | None, text: str) -> None:
    """The last routing key is outermost; each forward names the one before, and the first the recipient."""
    message = messages.ping("i", text)
    recipient, *routing = (key.verkey for key in order[: hops + 1])
    body = seal(message, sender, Contact("", (recipient, KEYS[0].verkey), tuple(routing), ""), draw())

    names = [recipient, *routing]
    for at in range(hops, 0, -1):
        forward, anonymous, opener = unwrap(body, {names[at]: ALL[names[at]]}.get)
        assert (forward.type, anonymous, opener) == (Type.FORWARD, None, names[at])
        assert forward.members["to"] == names[at - 1]
        body = dump_json(forward.members["msg"])

    assert unwrap(body, {recipient: ALL[recipient]}.get) == (message, sender and sender.verkey, recipient)


def test_nobody_else_opens_it() -> None:
    """A key that is not the recipient's."""
    body = seal(TOLD, SENDER, Contact("", (KEYS[0].verkey,), (), ""), draw())

    with pytest.raises(NoKey):
        unwrap(body, {KEYS[1].verkey: KEYS[1]}.get)


@pytest.mark.parametrize(
    ("contact", "error"),
    [
        pytest.param(Contact("", (), (), ""), BadMessage, id="no key"),
        pytest.param(Contact("", ("x",), (), ""), BadKey, id="no verkey"),
        pytest.param(Contact("", (KEYS[0].verkey,), ("x",), ""), BadKey, id="no routing key"),
    ],
)
def test_who_has_no_key_can_not_be_written_to(contact: Contact, error: type[Exception]) -> None:
    """The error says which key."""
    with pytest.raises(error):
        seal(TOLD, SENDER, contact, draw())


@given(body=st.binary(max_size=60), packed=st.booleans())
def test_any_bytes_give_one_error(body: bytes, packed: bool) -> None:
    """As a body, or well packed for us: nothing drawn is a message."""
    if packed:
        body = pack([KEYS[0].verkey], body, SENDER, draw())

    with pytest.raises(Unreadable):
        unwrap(body, ALL.get)


@given(where=st.integers(0), bits=st.integers(1, 127))
def test_damage_gives_one_error(where: int, bits: int) -> None:
    """A body that was changed on its way does not open, or says the same."""
    body = bytearray(seal(TOLD, SENDER, Contact("", (KEYS[0].verkey,), (), ""), draw()))
    body[where % len(body)] ^= bits

    with suppress(Unreadable):
        assert unwrap(bytes(body), ALL.get)[0] == TOLD
