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
MESSAGE = messages.ack("i", "t")


def draw() -> Draw:
    """Return the same random bytes for every envelope."""
    return drawing(Seed("forwarding"))


@given(
    order=st.permutations(KEYS),
    hops=st.integers(0, 4),
    sender=st.sampled_from([SENDER, None]),
    text=st.text(st.characters(exclude_categories=["Cs"])),
)
def test_each_hop_opens_one_layer(order: list[KeyPair], hops: int, sender: KeyPair | None, text: str) -> None:
    """The last routing key is outermost; each forward names the key before it, and the first the recipient."""
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


def test_other_keys_do_not_open_it() -> None:
    """A key that is not the recipient's does not open the message."""
    body = seal(MESSAGE, SENDER, Contact("", (KEYS[0].verkey,), (), ""), draw())

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
def test_contacts_without_a_key_are_refused(contact: Contact, error: type[Exception]) -> None:
    """A contact without a valid key is refused, and the error names the key."""
    with pytest.raises(error):
        seal(MESSAGE, SENDER, contact, draw())


@given(body=st.binary(max_size=60), packed=st.booleans())
def test_any_bytes_give_one_error(body: bytes, packed: bool) -> None:
    """Any bytes, as a body or in a proper envelope, give the one error."""
    if packed:
        body = pack([KEYS[0].verkey], body, SENDER, draw())

    with pytest.raises(Unreadable):
        unwrap(body, ALL.get)


@given(where=st.integers(0), bits=st.integers(1, 127))
def test_damage_gives_one_error(where: int, bits: int) -> None:
    """A damaged body does not open, or has the same content."""
    body = bytearray(seal(MESSAGE, SENDER, Contact("", (KEYS[0].verkey,), (), ""), draw()))
    body[where % len(body)] ^= bits

    with suppress(Unreadable):
        assert unwrap(bytes(body), ALL.get)[0] == MESSAGE
