"""Messages of all connections, and the agent's ways to tell of news.

Sections are those of docs/protocol/libvcx.md.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from connsim import World
from connsim.agency.agency import Agency
from connsim.clients.agency_results import Pairwise
from connsim.core.exchange import Reply
from connsim.core.seed import Seed
from connsim.libvcx.calls import Result
from connsim.libvcx.library import Library
from connsim.libvcx.session import Session
from connsim.wire.codes import MessageStatus, Version
from connsim.wire.crypt import drawing
from connsim.wire.keys import KeyPair
from connsim.wire.layers import close_layer
from connsim.wire.messages import Message
from connsim.wire.pack import pack
from tests.libvcx.conftest import Call, Provisioning

DRAW = drawing(Seed("mailboxes"), "draw")
AGENCY = KeyPair.from_seed("a" * 32)


@pytest.fixture(params=["1.0", "2.0"])
def ready(request: pytest.FixtureRequest, agency: Agency, call: Call, provisioning: Provisioning) -> Library:
    """A library that is initialized for the fake agency."""
    library = Library(Session("test"))
    given = json.dumps(provisioning(protocol_type=request.param)).encode()
    config = json.loads(call(library, "vcx_agent_provision_async", given, result=Result.TEXT).result)
    del config["genesis_path"]
    config["use_latest_protocols"] = str(request.param == "2.0")
    assert call(library, "vcx_init_with_config", json.dumps(config).encode()).code == 0
    return library


def invite(library: Library) -> tuple[Pairwise, str]:
    """A connection with an invitation in its mailbox, and the invitation's uid."""
    client = library.session.agency()
    client.update_configs({"name": "Faber", "logoUrl": "http://l.example"})
    pairwise = client.create_key(library.session.wallet.new_pair())
    return pairwise, client.invite(pairwise).uid


def download(call: Call, library: Library, *filters: bytes | None) -> Any:
    """Call it with its three filters."""
    return call(library, "vcx_messages_download", *(*filters, None, None, None)[:3], result=Result.TEXT)


def test_2_18_messages_of_all_connections(ready: Library, call: Call, agency: Agency) -> None:
    """Each connection's messages in the form of libvcx, which shows no payload but what is in it."""
    (first, invited), (second, _) = invite(ready), invite(ready)
    agency.holder_accepts(invited)

    told = {entry["pairwiseDID"]: entry["msgs"] for entry in json.loads(download(call, ready).result)}

    assert set(told) == {first.keys.did, second.keys.did}
    request, answer = told[first.keys.did]
    assert request == {
        "statusCode": "MS-104",
        "payload": None,
        "senderDID": first.keys.did,
        "uid": invited,
        "type": "connReq",
        "refMsgId": answer["uid"],
        "deliveryDetails": [],
    }
    assert list(request) == ["statusCode", "payload", "senderDID", "uid", "type", "refMsgId", "deliveryDetails"]
    assert (answer["type"], answer["payload"]) == ("connReqAnswer", None)
    # In 1.0 an answer is closed for the owner and does not open for the connection; in 2.0 any key will do.
    opened = json.loads(answer["decryptedPayload"])
    if ready.session.settings.protocol is Version.V1:
        assert opened is None
    else:
        assert "senderDetail" in json.loads(opened["@msg"])


def test_2_18_a_general_message_is_opened(ready: Library, call: Call, agency: Agency, connsim_world: World) -> None:
    """Its text stands in the payload, with its kind."""
    client, wallet = ready.session.agency(), ready.session.wallet
    client.update_configs({"name": "Faber", "logoUrl": "http://l.example"})
    ours, theirs = client.create_key(wallet.new_pair()), client.create_key(wallet.new_pair())
    invited = client.invite(ours)
    client.accept(theirs, invited.detail)
    client.send(theirs, ours.keys.verkey, "question", "how are you?", title="t")

    told = {entry["pairwiseDID"]: entry["msgs"] for entry in json.loads(download(call, ready).result)}

    opened = json.loads(told[ours.keys.did][-1]["decryptedPayload"])
    assert opened["@msg"] == "how are you?"
    if ready.session.settings.protocol is Version.V1:
        assert opened["@type"] == {"name": "question", "ver": "1.0", "fmt": "json"}


def test_2_18_filters(ready: Library, call: Call) -> None:
    """Words between commas, untrimmed; each filter leaves out what does not fit."""
    (first, one), (_, two) = invite(ready), invite(ready)

    def uids(*filters: bytes | None) -> list[str]:
        return [m["uid"] for entry in json.loads(download(call, ready, *filters).result) for m in entry["msgs"]]

    assert uids() == uids(b"MS-101,MS-102") == [one, two]
    assert uids(b"MS-104") == []
    assert uids(None, two.encode()) == [two]
    assert uids(None, f"{one},{two}".encode()) == [one, two]
    assert uids(None, f"{one}, {two}".encode()) == [one]
    assert uids(None, None, first.keys.did.encode()) == [one]


@pytest.mark.parametrize("statuses", [b"MS-999", b"MS-101, MS-102", b"", b"ms-101"])
def test_2_18_an_unknown_status(ready: Library, call: Call, statuses: bytes) -> None:
    """1016, late."""
    called = download(call, ready, statuses)

    assert (called.returned, called.code) == (0, 1016)


def test_2_18_a_connection_that_the_wallet_does_not_know(ready: Library, call: Call) -> None:
    """1073: the whole call fails."""
    client = ready.session.agency()
    client.update_configs({"name": "Faber", "logoUrl": "http://l.example"})
    client.invite(client.create_key())

    assert download(call, ready).code == 1073


def test_2_18_the_status_of_messages_is_set(ready: Library, call: Call, connsim_world: World) -> None:
    """One post, for all connections at once."""
    (first, one), (second, two) = invite(ready), invite(ready)
    before = len(list(connsim_world.journal.exchanges()))
    wanted = [{"pairwiseDID": first.keys.did, "uids": [one]}, {"pairwiseDID": second.keys.did, "uids": [two]}]

    called = call(ready, "vcx_messages_update_status", b"MS-106", json.dumps(wanted).encode())

    assert called.code == 0
    assert len(list(connsim_world.journal.exchanges())) == before + 1
    client = ready.session.agency()
    for pairwise in (first, second):
        assert [m.status for m in client.messages(pairwise)] == [MessageStatus.REVIEWED]


@pytest.mark.parametrize(
    ("status", "text", "returned", "code"),
    [
        pytest.param(b"MS-106", b"", 1007, 1007, id="2.18 empty"),
        pytest.param(b"", b"[]", 1007, 1007, id="no status"),
        pytest.param(b"MS-999", b"[]", 0, 1016, id="unknown status"),
        pytest.param(b"MS-106", b"{", 0, 1016, id="2.18 no JSON"),
        pytest.param(b"MS-106", b"1", 0, 1016, id="2.18 no list"),
        pytest.param(b"MS-106", b"{}", 0, 1016, id="2.18 object"),
        pytest.param(b"MS-106", b"[{}]", 0, 1016, id="2.18 lacks both"),
        pytest.param(b"MS-106", b'[{"pairwiseDID": "x"}]', 0, 1016, id="2.18 lacks uids"),
        pytest.param(b"MS-106", b'[{"pairwiseDID": 1, "uids": []}]', 0, 1016, id="2.18 did no text"),
        pytest.param(b"MS-106", b'[{"pairwiseDID": "x", "uids": "ab"}]', 0, 1016, id="2.18 uids no list"),
        pytest.param(b"MS-106", b'[{"pairwiseDID": "x", "uids": [1]}]', 0, 1016, id="2.18 uid no text"),
    ],
)
def test_a_list_of_messages_that_is_none(
    bare: Library, call: Call, status: bytes, text: bytes, returned: int, code: int
) -> None:
    """It is refused before anybody is asked."""
    called = call(bare, "vcx_messages_update_status", status, text)

    assert (called.returned, called.code) == (returned, code)


def test_2_18_the_agent_is_told_a_push_address(ready: Library, call: Call, connsim_world: World) -> None:
    """With the id and the value that were given, as kind 1."""
    assert call(ready, "vcx_agent_update_info", b'{"id": "7", "value": "FCM:x"}').code == 0

    assert connsim_world.journal.exchanges()[-1].message == "UPDATE_COM_METHOD"
    (owner,) = connsim_world.agency.owners.values()
    assert owner.agent is not None
    assert owner.agent.com_methods == {"1": "FCM:x"}


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"{}", b'{"id": "1"}', b'{"id": 1, "value": "x"}', b'{"id": "1", "value": null}']
)
def test_2_18_an_agent_info_that_is_none(bare: Library, call: Call, text: bytes) -> None:
    """1007, at once."""
    assert call(bare, "vcx_agent_update_info", text).returned == 1007


def test_2_20_without_settings_or_agency(bare: Library, call: Call, agency: Agency) -> None:
    """1004 without a configuration; 1010 or 1033 if nobody is there."""
    asked = {
        "vcx_messages_download": (None, None, None),
        "vcx_messages_update_status": (b"MS-106", b"[]"),
        "vcx_agent_update_info": (b'{"id": "1", "value": "x"}',),
    }
    results = {"vcx_messages_download": Result.TEXT}

    def codes() -> list[int]:
        return [
            call(bare, name, *given, result=results.get(name, Result.NOTHING)).code for name, given in asked.items()
        ]

    assert codes() == [1004] * 3
    owner = bare.session.wallet.new_pair()
    bare.session.settings.update(
        {
            "agency_endpoint": "http://127.0.0.1:1",
            "agency_did": agency.identity.did,
            "agency_verkey": agency.identity.verkey,
            "remote_to_sdk_did": owner.did,
            "remote_to_sdk_verkey": owner.verkey,
            "sdk_to_remote_verkey": owner.verkey,
        }
    )
    assert codes() == [1010, 1010, 1033]


def answer_with(library: Library, serve: Callable[[Reply], str], message: Message) -> None:
    """Configure an agency that answers everything with one message."""
    owner = library.session.wallet.new_pair()
    body = close_layer(message, message.style, AGENCY, owner.verkey, DRAW)
    library.session.settings.update(
        {
            "protocol_type": message.style.value,
            "agency_endpoint": serve(Reply(200, body)),
            "agency_did": AGENCY.did,
            "agency_verkey": AGENCY.verkey,
            "remote_to_sdk_did": AGENCY.did,
            "remote_to_sdk_verkey": AGENCY.verkey,
            "sdk_to_remote_verkey": owner.verkey,
        }
    )


@pytest.mark.parametrize("version", list(Version))
def test_2_3_any_answer_to_update_com_method_will_do(
    bare: Library, call: Call, serve: Callable[[Reply], str], version: Version
) -> None:
    """If only it can be read."""
    answer_with(bare, serve, Message("SIGNED_UP", {}, version))

    assert call(bare, "vcx_agent_update_info", b'{"id": "7", "value": "x"}').code == 0


@pytest.mark.parametrize(
    ("payload", "opened"),
    [
        pytest.param(b'{"@id":"1"}', {"@msg": '{"@id":"1"}', "@type": {"fmt": "json", "name": "aries", "ver": "1.0"}}),
        pytest.param(b"[]", {"@msg": "[]", "@type": {"fmt": "json", "name": "aries", "ver": "1.0"}}, id="a list"),
        pytest.param(b"no JSON", None, id="no JSON"),
    ],
)
def test_2_18_an_aries_message_is_opened(
    bare: Library, call: Call, serve: Callable[[Reply], str], payload: bytes, opened: object
) -> None:
    """It stands as a text in a payload of its own kind."""
    keys = bare.session.wallet.new_pair()
    entry = {"uid": "u", "statusCode": "MS-103", "senderDID": "", "type": "aries"}
    listed = {"pairwiseDID": keys.did, "msgs": [entry | {"payload": pack([keys.verkey], payload, AGENCY, DRAW)}]}
    answer_with(bare, serve, Message("MSGS_BY_CONNS", {"msgsByConns": [listed]}, Version.V2))

    (told,) = json.loads(download(call, bare).result)

    assert json.loads(told["msgs"][0]["decryptedPayload"]) == opened


def test_5_5_a_mocked_agency_has_nothing(bare: Library, call: Call) -> None:
    """No message, and nobody to tell."""
    bare.session.settings.update({"enable_test_mode": "agency"})

    assert download(call, bare).result == b"[]"
    assert call(bare, "vcx_messages_update_status", b"MS-106", b"[]").code == 0
    assert call(bare, "vcx_agent_update_info", b'{"id": "1", "value": "x"}').code == 0
