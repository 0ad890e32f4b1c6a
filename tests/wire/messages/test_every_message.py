"""Every message of the catalogue, and hostile ones, drawn by Hypothesis."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.wire.bundles import bundle
from connsim.wire.codes import Version
from connsim.wire.errors import BadMessage, BadNotation, Unreadable
from connsim.wire.kinds import Blob, Kind, Many, Object, Plain
from connsim.wire.message_table import MESSAGES
from connsim.wire.messages import Message, read, read_content, write, write_content
from tests.wire.messages.conftest import PACKED


def value_of(kind: Kind) -> st.SearchStrategy[Any]:
    """Return valid values of a kind."""
    match kind:
        case Plain():
            return {str: st.text(max_size=9), bool: st.booleans()}.get(kind.type, st.integers(0, 9))
        case Blob():
            return st.binary(max_size=9) | st.just(PACKED)
        case Many():
            return st.lists(value_of(kind.kind), max_size=2)
        case Object():
            required = {name: value_of(member.kind) for name, member in kind.members.items() if member.required}
            optional = {name: value_of(member.kind) for name, member in kind.members.items() if not member.required}
            return st.fixed_dictionaries(required, optional=optional)
    raise AssertionError(kind)


@given(st.data(), st.sampled_from(sorted(MESSAGES)), st.sampled_from([("1.0", "1.0"), ("2.0", "1.0"), ("2.0", "2.0")]))
def test_every_message_both_ways(data: st.DataObject, name: str, versions: tuple[str, str]) -> None:
    """Every row of the catalogue is read as it was written, with any members, style and envelope."""
    style, envelope = map(Version, versions)
    members = data.draw(value_of(MESSAGES[name].body))
    message = Message(name, members, style)
    again = read_content(write_content(message, envelope), envelope)

    if style is Version.V2:
        assert again == Message(name, {**MESSAGES[name].filled, **members}, style)
        return
    lost = {"~thread"} | ({"sent"} if members.get("sent") is False else set())
    answers = write_names(message)[0] == "MSG_CREATED" and name != "CONN_REQUEST_RESP"
    assert again == Message(
        "MSG_CREATED" if answers else name, {part: value for part, value in members.items() if part not in lost}
    )


def write_names(message: Message) -> list[str]:
    """Return the names of the messages of a bundle."""
    return [one["@type"]["name"] for one in write(message)]


@pytest.mark.parametrize("name", MESSAGES)
def test_answers_exist(name: str) -> None:
    """Every answer in the catalogue is one of its rows, and every request of a client has an answer."""
    assert set(MESSAGES[name].answers) <= set(MESSAGES)
    asks = name.startswith(("CONNECT", "SIGNUP", "CREATE_", "UPDATE_", "GET_", "REMOVE_", "SEND_")) or name in (
        "CONN_REQUEST",
        "ACCEPT_CONN_REQ",
        "REDIRECT_CONN_REQ",
    )
    assert bool(MESSAGES[name].answers) is (asks and name != "CONNECTED")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-200, 300) | st.text(max_size=4) | st.sampled_from(["connReq", "u"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


TYPES = st.sampled_from(sorted({*MESSAGES, "CREATE_MSG", "MSG_DETAIL", "MSGS_SENT"})).flatmap(
    lambda name: st.sampled_from([{"name": name, "ver": "1.0"}, f"x;s/f/1.0/{name}"])
)


MEMBERS = st.sampled_from(sorted({name for row in MESSAGES.values() for name in row.body.members} | {"uid", "mtype"}))


@given(st.lists(st.builds(lambda kind, rest: {"@type": kind, **rest}, TYPES, st.dictionaries(MEMBERS, JSON)) | JSON))
def test_hostile_members(maps: list[Any]) -> None:
    """Known messages with any members are read or refused with the one error."""
    try:
        message = read_content(bundle(maps), Version.V1) if maps else None
    except Unreadable:
        return
    assert message is None or read(write(message)).members is not None


@given(st.binary(max_size=60), st.sampled_from(Version))
def test_any_content_is_read_or_refused(content: bytes, version: Version) -> None:
    """Any bytes are read or refused with the one error."""
    with pytest.raises((BadNotation, BadMessage)):
        read_content(content, version)
