"""Messages in both protocols.

Sections are those of docs/protocol/vcx-agency.md.
"""

import json
from typing import Any

import pytest

from connsim.wire.bundles import Integers, Spelling, bundle
from connsim.wire.codes import ANSWERS, ConnectionStatus, DeliveryStatus, MessageStatus, Version
from connsim.wire.errors import BadMessage
from connsim.wire.messages import Message, is_answer, read, read_content, write, write_content
from tests.wire.messages.conftest import (
    AGENCY,
    ANSWER,
    INVITE,
    PACKED,
    PROOF,
    REDIRECT,
    SEALED,
    SENDER,
    SENT,
    THREAD,
    created,
    v1,
    v2,
)

# What it is here; the bundle of 1.0; the message of 2.0.
BOTH = [
    pytest.param(
        "CONNECT",
        {"fromDID": "d", "fromDIDVerKey": "k"},
        [v1("CONNECT", fromDID="d", fromDIDVerKey="k")],
        v2("onboarding/CONNECT", fromDID="d", fromDIDVerKey="k"),
        id="8.1 CONNECT",
    ),
    pytest.param("SIGNUP", {}, [v1("SIGNUP")], v2("onboarding/SIGNUP"), id="8.1 SIGNUP"),
    pytest.param(
        "AGENT_CREATED",
        {"withPairwiseDID": "d", "withPairwiseDIDVerKey": "k"},
        [v1("AGENT_CREATED", withPairwiseDID="d", withPairwiseDIDVerKey="k")],
        v2("onboarding/AGENT_CREATED", withPairwiseDID="d", withPairwiseDIDVerKey="k"),
        id="8.1 AGENT_CREATED",
    ),
    pytest.param(
        "UPDATE_CONFIGS",
        {"configs": [{"name": "name", "value": "faber"}]},
        [v1("UPDATE_CONFIGS", configs=[{"name": "name", "value": "faber"}])],
        v2("configs/UPDATE_CONFIGS", configs=[{"name": "name", "value": "faber"}]),
        id="8.2 UPDATE_CONFIGS",
    ),
    pytest.param(
        "UPDATE_COM_METHOD",
        {"comMethod": {"id": "123", "type": "2", "value": "http://hook"}},
        [v1("UPDATE_COM_METHOD", comMethod={"id": "123", "type": "2", "value": "http://hook"})],
        v2("configs/UPDATE_COM_METHOD", comMethod={"id": "123", "type": "2", "value": "http://hook"}),
        id="8.2 UPDATE_COM_METHOD",
    ),
    pytest.param(
        "GET_MSGS_BY_CONNS",
        {"excludePayload": "Y", "statusCodes": ["MS-105"], "pairwiseDIDs": ["p"]},
        [v1("GET_MSGS_BY_CONNS", excludePayload="Y", statusCodes=["MS-105"], pairwiseDIDs=["p"])],
        v2("pairwise/GET_MSGS_BY_CONNS", excludePayload="Y", statusCodes=["MS-105"], pairwiseDIDs=["p"]),
        id="8.2 GET_MSGS_BY_CONNS",
    ),
    pytest.param(
        "MSG_STATUS_UPDATED_BY_CONNS",
        {"failed": [], "updatedUidsByConns": [{"pairwiseDID": "p", "uids": ["u"]}]},
        [v1("MSG_STATUS_UPDATED_BY_CONNS", failed=[], updatedUidsByConns=[{"pairwiseDID": "p", "uids": ["u"]}])],
        v2("pairwise/MSG_STATUS_UPDATED_BY_CONNS", failed=[], updatedUidsByConns=[{"pairwiseDID": "p", "uids": ["u"]}]),
        id="8.2 MSG_STATUS_UPDATED_BY_CONNS",
    ),
    pytest.param(
        "CONN_REQUEST",
        {"sendMsg": True, "@id": "u", "replyToMsgId": None, "keyDlgProof": PROOF, "targetName": None, "phoneNo": "5"}
        | {"includePublicDID": False},
        [
            v1("CREATE_MSG", mtype="connReq", sendMsg=True, uid="u", replyToMsgId=None),
            v1("MSG_DETAIL", keyDlgProof=PROOF, targetName=None, phoneNo="5", includePublicDID=False),
        ],
        v2("pairwise/CONN_REQUEST", sendMsg=True, replyToMsgId=None, keyDlgProof=PROOF, targetName=None, phoneNo="5")
        | {"@id": "u", "includePublicDID": False, "~thread": THREAD},
        id="8.3 connReq",
    ),
    pytest.param(
        "CONN_REQUEST_RESP",
        {"@id": "u", "inviteDetail": INVITE, "urlToInviteDetail": "http://x", "sent": True},
        created(v1("MSG_DETAIL", inviteDetail=INVITE, urlToInviteDetail="http://x"), SENT),
        v2("pairwise/CONN_REQUEST_RESP", inviteDetail=INVITE, urlToInviteDetail="http://x", sent=True) | {"@id": "u"},
        id="8.3 answer to connReq, in this order",
    ),
    pytest.param(
        "ACCEPT_CONN_REQ",
        {"@id": "u", "sendMsg": True, **ANSWER},
        [
            v1("CREATE_MSG", mtype="connReqAnswer", sendMsg=True, uid="u", replyToMsgId="c"),
            v1("MSG_DETAIL", **{name: value for name, value in ANSWER.items() if name != "replyToMsgId"}),
        ],
        v2("pairwise/ACCEPT_CONN_REQ", sendMsg=True, **ANSWER) | {"@id": "u", "~thread": THREAD},
        id="8.3 accept",
    ),
    pytest.param(
        "REDIRECT_CONN_REQ",
        {"@id": "u", "sendMsg": False, **ANSWER, "answerStatusCode": "MS-107", "redirectDetail": REDIRECT},
        [
            v1("CREATE_MSG", mtype="connReqRedirect", sendMsg=False, uid="u", replyToMsgId="c"),
            v1(
                "MSG_DETAIL",
                keyDlgProof=PROOF,
                senderDetail=SENDER,
                senderAgencyDetail=AGENCY,
                answerStatusCode="MS-107",
                redirectDetail=REDIRECT,
            ),
        ],
        v2("pairwise/REDIRECT_CONN_REQ", sendMsg=False, **{**ANSWER, "answerStatusCode": "MS-107"})
        | {"@id": "u", "redirectDetail": REDIRECT, "~thread": THREAD},
        id="8.3 redirect",
    ),
    pytest.param(
        "SEND_REMOTE_MSG",
        {"@id": "u", "mtype": "credOffer", "sendMsg": True, "@msg": SEALED, "title": "t"},
        [
            v1("CREATE_MSG", mtype="credOffer", sendMsg=True, uid="u"),
            v1("MSG_DETAIL", **{"@msg": [1, 255, 123]}, title="t"),
        ],
        v2("routing/SEND_REMOTE_MSG", mtype="credOffer", sendMsg=True, title="t") | {"@id": "u", "@msg": [1, 255, 123]},
        id="8.3 general message, unsigned bytes",
    ),
    pytest.param(
        "FWD",
        {"@fwd": "d", "@msg": SEALED},
        [v1("FWD", **{"@fwd": "d", "@msg": [1, 255, 123]})],
        v2("routing/FWD", **{"@fwd": "d", "@msg": [1, 255, 123]}),
        id="7 FWD of bytes",
    ),
    pytest.param(
        "FWD",
        {"@fwd": "d", "@msg": PACKED},
        [v1("FWD", **{"@fwd": "d", "@msg": {"protected": "x"}})],
        v2("routing/FWD", **{"@fwd": "d", "@msg": {"protected": "x"}}),
        id="7 FWD of a packed message is an object",
    ),
    pytest.param(
        "MSGS",
        {
            "msgs": [
                {"uid": "a", "statusCode": "MS-104", "senderDID": "", "type": "connReqAnswer", "payload": SEALED},
                {"uid": "b", "statusCode": "MS-103", "senderDID": "", "type": "aries", "refMsgId": None}
                | {"payload": PACKED},
                {"uid": "c", "statusCode": "MS-101", "senderDID": "", "type": "connReq", "payload": None},
            ]
        },
        [
            v1(
                "MSGS",
                msgs=[
                    {"uid": "a", "statusCode": "MS-104", "senderDID": "", "type": "connReqAnswer"}
                    | {"payload": [1, -1, 123]},
                    {"uid": "b", "statusCode": "MS-103", "senderDID": "", "type": "aries", "refMsgId": None}
                    | {"payload": {"protected": "x"}},
                    {"uid": "c", "statusCode": "MS-101", "senderDID": "", "type": "connReq", "payload": None},
                ],
            )
        ],
        v2(
            "pairwise/MSGS",
            msgs=[
                {"uid": "a", "statusCode": "MS-104", "senderDID": "", "type": "connReqAnswer", "payload": [1, -1, 123]},
                {"uid": "b", "statusCode": "MS-103", "senderDID": "", "type": "aries", "refMsgId": None}
                | {"payload": {"protected": "x"}},
                {"uid": "c", "statusCode": "MS-101", "senderDID": "", "type": "connReq", "payload": None},
            ],
        ),
        id="3.3 payloads are signed bytes or an object",
    ),
    pytest.param(
        "MSGS_BY_CONNS",
        {"msgsByConns": [{"pairwiseDID": "p", "msgs": []}]},
        [v1("MSGS_BY_CONNS", msgsByConns=[{"pairwiseDID": "p", "msgs": []}])],
        v2("pairwise/MSGS_BY_CONNS", msgsByConns=[{"pairwiseDID": "p", "msgs": []}]),
        id="8.2 MSGS_BY_CONNS",
    ),
]


@pytest.mark.parametrize(("name", "members", "bundled", "_single"), BOTH)
def test_style_1_0(name: str, members: dict[str, Any], bundled: list[Any], _single: Any) -> None:
    """A message is written as its bundle, members in order, and read from it."""
    message = Message(name, members)

    assert json.dumps(write(message)) == json.dumps(bundled)
    assert read(bundled) == message
    assert read_content(write_content(message, Version.V1), Version.V1) == message
    assert read_content(write_content(message, Version.V1, SIGNED), Version.V1) == message


SIGNED = Spelling(bundles=Integers.SIGNED)


@pytest.mark.parametrize(("name", "members", "_bundled", "single"), BOTH)
def test_style_2_0(name: str, members: dict[str, Any], _bundled: Any, single: dict[str, Any]) -> None:
    """A message is written as one object, and read from it."""
    message = Message(name, members, Version.V2)
    filled = {"~thread": single["~thread"]} if "~thread" in single else {}

    assert write(message) == [single]
    assert read([single]) == Message(name, {**members, **filled}, Version.V2)
    assert read_content(write_content(message, Version.V2), Version.V2).members == {**members, **filled}


@pytest.mark.parametrize(
    ("name", "members", "bundled"),
    [
        pytest.param("MSG_CREATED", {}, created(), id="8.5 answer to another agency"),
        pytest.param("MSG_CREATED", {"sent": True}, created(SENT), id="8.3 answer to an accept"),
        pytest.param("ACCEPT_CONN_REQ_RESP", {"sent": True}, created(SENT), id="8.3 accept"),
        pytest.param("CONN_REQUEST_ANSWER_RESP", {"sent": False}, created(), id="8.5 not sent on"),
        pytest.param("CONN_REQ_REDIRECTED", {}, created(), id="8.3 redirect"),
        pytest.param("REMOTE_MSG_SENT", {"sent": True}, created(SENT), id="8.3 general message"),
    ],
)
def test_answers_that_1_0_does_not_tell_apart(name: str, members: dict[str, Any], bundled: list[Any]) -> None:
    """Style 1.0 has one answer for whatever makes a message; it is read by its own name, and answers them all."""
    assert write(Message(name, {"@id": "u", **members})) == bundled

    answer = read(bundled)
    assert answer == Message("MSG_CREATED", {"@id": "u"} | ({"sent": True} if SENT in bundled else {}))
    for request in ("ACCEPT_CONN_REQ", "REDIRECT_CONN_REQ", "SEND_REMOTE_MSG"):
        assert is_answer(answer, request)
    assert not is_answer(answer, "CREATE_KEY")


@pytest.mark.parametrize(
    "bundled",
    [
        pytest.param(created(v1("MSG_SENT", uid="u")), id="8.3 older name with uid"),
        pytest.param(created(v1("MSG_SENT", uids=["u"])), id="8.3 older name"),
    ],
)
def test_older_names_are_read(bundled: list[dict[str, Any]]) -> None:
    """8.3: MSG_SENT is what MSGS_SENT was called once."""
    assert read(bundled) == Message("MSG_CREATED", {"@id": "u", "sent": True})


def test_ids_are_optional_in_1_0_only() -> None:
    """8.3: a client of protocol 1.0 leaves the uid to the agency; in 2.0 the request brings it."""
    request = Message("CONN_REQUEST", {"sendMsg": True, "keyDlgProof": PROOF})

    assert write(request)[0] == v1("CREATE_MSG", mtype="connReq", sendMsg=True)
    assert read(write(request)) == request
    with pytest.raises(BadMessage, match=r"CONN_REQUEST lacks @id\. Expected sendMsg, @id, keyDlgProof"):
        write(Message("CONN_REQUEST", request.members, Version.V2))
    with pytest.raises(BadMessage, match=r"CONN_REQUEST_RESP lacks @id\. Expected the uid of the MSG_CREATED"):
        write(Message("CONN_REQUEST_RESP", {"inviteDetail": INVITE, "urlToInviteDetail": ""}))


def test_2_0_writes_what_the_client_writes_unasked() -> None:
    """8.3: nulls and an empty thread stand in a CONN_REQUEST that nobody gave them; what was given stays."""
    given = {"sendMsg": True, "@id": "u", "keyDlgProof": PROOF, "phoneNo": "5", "~thread": {"thid": "t"}}
    (written,) = write(Message("CONN_REQUEST", given, Version.V2))

    assert {name: value for name, value in written.items() if name != "@type"} == {
        **given,
        "replyToMsgId": None,
        "targetName": None,
    }
    assert "~thread" not in write(Message("CONN_REQUEST", given))[1]


@pytest.mark.parametrize(
    "text",
    [
        "x;y/z/9.9/KEY_CREATED",
        "did:sov:123456789abcdefghi1234;spec/connecting/0.6/KEY_CREATED",
        ";a/b/c/d/KEY_CREATED",
    ],
)
def test_only_the_last_segment_of_a_type_counts(text: str) -> None:
    """4: the client looks at nothing else, and its own fixtures need that."""
    message = read([{"@type": text, "withPairwiseDID": "d", "withPairwiseDIDVerKey": "k"}])

    assert (message.name, message.style) == ("KEY_CREATED", Version.V2)


def test_styles_may_differ_from_the_envelope() -> None:
    """5: a bundle may carry a message of style 2.0, and its answer has the same style."""
    content = bundle([v2("pairwise/GET_MSGS", statusCodes=["MS-104"])])
    request = read_content(content, Version.V1)
    answer = request.answered("MSGS", msgs=[])

    assert request == Message("GET_MSGS", {"statusCodes": ["MS-104"]}, Version.V2)
    assert is_answer(answer, request.name)
    assert write_content(answer, Version.V1) == bundle([v2("pairwise/MSGS", msgs=[])])


def test_one_message_only_in_2_0() -> None:
    """4: what style 1.0 says in two messages does not fit into an envelope of 2.0."""
    with pytest.raises(BadMessage, match=r"CONN_REQUEST of style 1\.0 is 2 messages\. Expected style 2\.0"):
        write_content(Message("CONN_REQUEST", {"sendMsg": True, "keyDlgProof": PROOF}), Version.V2)


def test_unsigned_payloads_can_be_asked_for() -> None:
    """3.3: it is a fault that clients cannot read, and so it has to be possible."""
    entry = {"uid": "a", "statusCode": "MS-104", "senderDID": "", "type": "connReqAnswer", "payload": SEALED}
    (written,) = write(Message("MSGS", {"msgs": [entry]}), Spelling(payloads=Integers.UNSIGNED))

    assert written["msgs"][0]["payload"] == [1, 255, 123]


def test_bytes_that_look_like_an_object_stay_bytes() -> None:
    """5: a sealed box begins with a brace once in 256 times."""
    (written,) = write(Message("FWD", {"@fwd": "d", "@msg": b"{\xff"}))

    assert written["@msg"] == [123, 255]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param('"\\ud83d\\ude00"', "😀", id="a pair"),
        pytest.param('"\\\\ud83d"', "\\ud83d", id="no escape"),
    ],
)
def test_surrogates(text: str, value: str) -> None:
    """A pair of surrogates is a character."""
    content = b'{"@type":"x;s/f/1/COM_METHOD_UPDATED","id":%s}' % text.encode()

    assert read_content(content, Version.V2).members == {"id": value}


def test_codes() -> None:
    """9: codes are their text on the wire, and have words."""
    assert [f"{status} {status.text}" for status in MessageStatus] == [
        "MS-101 message created",
        "MS-102 message sent",
        "MS-103 message received",
        "MS-104 message accepted",
        "MS-105 message rejected",
        "MS-106 message reviewed",
        "MS-107 message redirected",
    ]
    assert json.dumps([*ConnectionStatus, *DeliveryStatus]) == json.dumps(
        ["CS-101", "CS-102", "CS-103", "MDS-101", "MDS-102", "MDS-103"]
    )
    assert sorted(ANSWERS) == ["MS-104", "MS-105", "MS-107"]
    assert MessageStatus("MS-104") is MessageStatus.ACCEPTED
    assert write(Message("UPDATE_CONN_STATUS", {"statusCode": ConnectionStatus.DELETED})) == [
        v1("UPDATE_CONN_STATUS", statusCode="CS-103")
    ]
