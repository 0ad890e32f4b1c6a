"""Messages in both protocols. The numbers in ids are sections of the protocol reference."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.wire.bundles import Integers, Spelling, bundle
from connsim.wire.catalogue import CATALOGUE
from connsim.wire.codes import ANSWERS, ConnectionStatus, DeliveryStatus, MessageStatus, Version
from connsim.wire.errors import BadMessage, BadNotation, Unreadable
from connsim.wire.kinds import Blob, Kind, Many, Object, Plain
from connsim.wire.messages import Message, is_answer, read, read_content, write, write_content

PROOF = {"agentDID": "d", "agentDelegatedKey": "k", "signature": "s"}
SENDER = {"name": "holder", "agentKeyDlgProof": PROOF, "DID": "h", "logoUrl": None, "verKey": "v"}
AGENCY = {"DID": "a", "verKey": "w", "endpoint": "http://host"}
REDIRECT = {"DID": "i", "verKey": "j", "theirDID": "h", "theirVerKey": "v", "signature": "s"}
INVITE = {
    "statusCode": "MS-101",
    "connReqId": "u",
    "senderDetail": SENDER,
    "senderAgencyDetail": AGENCY,
    "targetName": "there",
    "statusMsg": "message created",
}
ANSWER = {
    "replyToMsgId": "c",
    "keyDlgProof": PROOF,
    "senderDetail": SENDER,
    "senderAgencyDetail": AGENCY,
    "answerStatusCode": "MS-104",
}
THREAD = {"sender_order": 0, "received_orders": {}}
PACKED = b'{"protected":"x"}'
SEALED = b"\x01\xff{"


def v1(name: str, **members: Any) -> dict[str, Any]:
    """A message as protocol 1.0 sends it."""
    return {"@type": {"name": name, "ver": "1.0"}, **members}


def v2(path: str, **members: Any) -> dict[str, Any]:
    """A message as protocol 2.0 sends it."""
    family, _, name = path.partition("/")
    return {"@type": f"did:sov:123456789abcdefghi1234;spec/{family}/1.0/{name}", **members}


def created(*rest: dict[str, Any]) -> list[dict[str, Any]]:
    """A bundle that begins with the uid of what was made."""
    return [v1("MSG_CREATED", uid="u"), *rest]


SENT = v1("MSGS_SENT", uids=["u"])

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
    with pytest.raises(BadMessage, match=r"CONN_REQUEST_RESP lacks @id\. Expected the uid that MSG_CREATED tells"):
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


def test_unknown_members() -> None:
    """Members that nobody knows are left out at the top and kept inside; to write one is a mistake."""
    sent = v1("UPDATE_CONN_STATUS", statusCode="CS-103", more=1)
    detail = {**SENDER, "more": [1]}

    assert read([sent]) == Message("UPDATE_CONN_STATUS", {"statusCode": "CS-103"})
    answer = {"@id": "u", "sendMsg": True, **ANSWER, "senderDetail": detail}
    assert read(write(Message("ACCEPT_CONN_REQ", answer))).members["senderDetail"] == detail
    with pytest.raises(BadMessage, match=r"CREATE_KEY was given 'forDid'\. Did you mean forDID\?"):
        write(Message("CREATE_KEY", {"forDid": "d", "forDIDVerKey": "k"}))
    with pytest.raises(BadMessage, match=r"SIGNUP was given 'x'\. Expected one of: no members"):
        write(Message("SIGNUP", {"x": 1}))


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        pytest.param([5], "There is 5 where a message should be", id="no object"),
        pytest.param([[v2("pairwise/GET_MSGS")]], "There is list of 1 where a message should be", id="4 a list"),
        pytest.param([{}], "A message has the @type None. Expected a map of name and ver", id="no type"),
        pytest.param([{"@type": {"name": "FWD"}}], "A message has the @type dict of 1", id="3.1 no ver"),
        pytest.param([{"@type": {"name": 1, "ver": "1.0"}}], "A message has the @type dict of 2", id="3.1 no text"),
        pytest.param(
            [{"@type": "https://didcomm.org/pairwise/1.0/GET_MSGS"}],
            "has the @type 'https://didcomm.org/pairwise/1.0/GET_MSGS'. Expected",
            id="4 no did",
        ),
        pytest.param([{"@type": "x;pairwise/1.0/GET_MSGS"}], "has the @type 'x;pairwise/1.0/GET_MSGS'", id="4 no spec"),
        pytest.param([v1("CONECT")], "A message is named 'CONECT'. Did you mean CONNECT?", id="nearest"),
        pytest.param([v1("get_msgs")], "A message is named 'get_msgs'. Did you mean GET_MSGS?", id="case"),
        pytest.param([v2("pairwise/Forward")], "named 'Forward'. Did you mean forward?", id="nearest in small letters"),
        pytest.param([v1("x" * 999)], "Expected one of: ACCEPT_CONN_REQ, ", id="nothing near"),
        pytest.param([v1("CONNECT")], "CONNECT lacks fromDID. Expected fromDID, fromDIDVerKey.", id="8.1 missing"),
        pytest.param(
            [v1("CONNECT", fromDID=None, fromDIDVerKey="k")], "CONNECT lacks fromDID", id="3.2 null is missing"
        ),
        pytest.param(
            [v2("onboarding/CONNECT", fromDID=5, fromDIDVerKey="k")],
            "CONNECT.fromDID is 5. Expected text.",
            id="no text",
        ),
        pytest.param([v1("GET_MSGS", uids="u")], "GET_MSGS.uids is 'u'. Expected a list.", id="no list"),
        pytest.param([v1("GET_MSGS", uids=["u", 1])], "GET_MSGS.uids[1] is 1. Expected text.", id="entry"),
        pytest.param([v1("FWD", **{"@fwd": "d", "@msg": b"x"})], "FWD.@msg is bytes of 1. Expected bytes or", id="bin"),
        pytest.param([v1("FWD", **{"@fwd": "d", "@msg": [1, -1, 200]})], "stand together", id="3.2 mixed"),
        pytest.param(
            [v1("MSGS", msgs=[{"uid": "u", "statusCode": "MS-101", "type": "t"}])],
            "MSGS.msgs[0] lacks senderDID. Expected uid, statusCode, senderDID, type.",
            id="8.3 entry without sender",
        ),
        pytest.param([v1("UPDATE_CONFIGS", configs=[5])], "UPDATE_CONFIGS.configs[0] is 5. Expected an object", id="5"),
        pytest.param(
            [v1("CREATE_MSG", mtype="connReq", sendMsg="yes"), v1("MSG_DETAIL", keyDlgProof=PROOF)],
            "CONN_REQUEST.sendMsg is 'yes'. Expected true or false.",
            id="8.3 no flag",
        ),
        pytest.param(
            [v1("CREATE_MSG", mtype="connReq", sendMsg=True), v1("MSG_DETAIL", keyDlgProof={"agentDID": "d"})],
            "CONN_REQUEST.keyDlgProof lacks agentDelegatedKey",
            id="8.4 proof",
        ),
        pytest.param(
            [v1("CREATE_MSG", mtype="connReqAnswer", sendMsg=True), v1("MSG_DETAIL", keyDlgProof=PROOF)],
            "ACCEPT_CONN_REQ lacks replyToMsgId",
            id="8.3 no answer",
        ),
        pytest.param(
            created(v1("MSG_DETAIL", inviteDetail={**INVITE, "targetName": None}, urlToInviteDetail="")),
            "CONN_REQUEST_RESP.inviteDetail lacks targetName",
            id="10.1 target name is null",
        ),
        pytest.param(
            [v1("CREATE_MSG", mtype="connReq", sendMsg=True)], "A bundle holds CREATE_MSG. Expected", id="one"
        ),
        pytest.param([v1("CREATE_MSG", sendMsg=True), v1("MSG_DETAIL")], "CREATE_MSG lacks mtype", id="no mtype"),
        pytest.param([v1("MSG_CREATED")], "MSG_CREATED lacks uid", id="no uid"),
        pytest.param([v1("MSG_CREATED", uid=None)], "MSG_CREATED lacks uid", id="null uid"),
        pytest.param(
            [v1("MSG_DETAIL"), v1("MSG_CREATED", uid="u")], "A bundle holds MSG_DETAIL, MSG_CREATED", id="8.3 order"
        ),
        pytest.param(
            [v1("CONN_REQUEST", sendMsg=True, keyDlgProof=PROOF)],
            "A bundle holds CONN_REQUEST. Expected one message, or CREATE_MSG with MSG_DETAIL",
            id="8.3 a name of 2.0 in style 1.0",
        ),
        pytest.param([v2("pairwise/MSG_DETAIL")], "MSG_DETAIL is a part of a message", id="4 a part alone"),
        pytest.param(
            [v2("pairwise/GET_MSGS"), v1("SIGNUP")],
            "begins with a message of style 2.0 and holds GET_MSGS, SIGNUP",
            id="5 style 2.0 and another",
        ),
        pytest.param([v1("SIGNUP"), v1("SIGNUP")], "A bundle holds SIGNUP, SIGNUP. Expected one message", id="twice"),
    ],
)
def test_refused(maps: list[Any], message: str) -> None:
    """A message that nobody knows, or with wrong members, is refused with what is wrong."""
    with pytest.raises(BadMessage) as refused:
        read(maps)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        pytest.param(Message("CONNET", {}), "named 'CONNET'. Did you mean CONNECT?", id="name"),
        pytest.param(Message("CREATE_MSG", {}), "CREATE_MSG is a part of a message. Expected the whole", id="a part"),
        pytest.param(Message("CREATE_KEY", {"forDID": "d"}), "CREATE_KEY lacks forDIDVerKey", id="member"),
        pytest.param(Message("UPDATE_CONN_STATUS", {"statusCode": 103}), "is 103. Expected text", id="kind"),
    ],
)
def test_not_written(message: Message, text: str) -> None:
    """What could not be read is not written; who wants to send it changes the written map."""
    with pytest.raises(BadMessage) as refused:
        write(message)
    assert text in str(refused.value)


def test_unsigned_payloads_can_be_asked_for() -> None:
    """3.3: it is a fault that clients cannot read, and so it has to be possible."""
    entry = {"uid": "a", "statusCode": "MS-104", "senderDID": "", "type": "connReqAnswer", "payload": SEALED}
    (written,) = write(Message("MSGS", {"msgs": [entry]}), Spelling(payloads=Integers.UNSIGNED))

    assert written["msgs"][0]["payload"] == [1, 255, 123]


def test_bytes_that_look_like_an_object_stay_bytes() -> None:
    """5: a sealed box begins with a brace once in 256 times."""
    (written,) = write(Message("FWD", {"@fwd": "d", "@msg": b"{\xff"}))

    assert written["@msg"] == [123, 255]


def value_of(kind: Kind) -> st.SearchStrategy[Any]:
    """Neutral values of a kind."""
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


@given(st.data(), st.sampled_from(sorted(CATALOGUE)), st.sampled_from([("1.0", "1.0"), ("2.0", "1.0"), ("2.0", "2.0")]))
def test_every_message_both_ways(data: st.DataObject, name: str, versions: tuple[str, str]) -> None:
    """Every row of the catalogue is read as it was written, whatever its members, style and envelope."""
    style, envelope = map(Version, versions)
    members = data.draw(value_of(CATALOGUE[name].body))
    message = Message(name, members, style)
    again = read_content(write_content(message, envelope), envelope)

    if style is Version.V2:
        assert again == Message(name, {**CATALOGUE[name].filled, **members}, style)
        return
    lost = {"~thread"} | ({"sent"} if members.get("sent") is False else set())
    answers = write_names(message)[0] == "MSG_CREATED" and name != "CONN_REQUEST_RESP"
    assert again == Message(
        "MSG_CREATED" if answers else name, {part: value for part, value in members.items() if part not in lost}
    )


def write_names(message: Message) -> list[str]:
    """The names of the messages of a bundle."""
    return [one["@type"]["name"] for one in write(message)]


@pytest.mark.parametrize("name", CATALOGUE)
def test_answers_exist(name: str) -> None:
    """Whatever the catalogue says answers a message is in it, and every request of a client has an answer."""
    assert set(CATALOGUE[name].answers) <= set(CATALOGUE)
    asks = name.startswith(("CONNECT", "SIGNUP", "CREATE_", "UPDATE_", "GET_", "REMOVE_", "SEND_")) or name in (
        "CONN_REQUEST",
        "ACCEPT_CONN_REQ",
        "REDIRECT_CONN_REQ",
    )
    assert bool(CATALOGUE[name].answers) is (asks and name != "CONNECTED")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-200, 300) | st.text(max_size=4) | st.sampled_from(["connReq", "u"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)
TYPES = st.sampled_from(sorted({*CATALOGUE, "CREATE_MSG", "MSG_DETAIL", "MSGS_SENT"})).flatmap(
    lambda name: st.sampled_from([{"name": name, "ver": "1.0"}, f"x;s/f/1.0/{name}"])
)
MEMBERS = st.sampled_from(sorted({name for row in CATALOGUE.values() for name in row.body.members} | {"uid", "mtype"}))


@given(st.lists(st.builds(lambda kind, rest: {"@type": kind, **rest}, TYPES, st.dictionaries(MEMBERS, JSON)) | JSON))
def test_hostile_members(maps: list[Any]) -> None:
    """Whatever stands in a known message, it is read or refused with the one error."""
    try:
        message = read_content(bundle(maps), Version.V1) if maps else None
    except Unreadable:
        return
    assert message is None or read(write(message)).members is not None


@given(st.binary(max_size=60), st.sampled_from(Version))
def test_any_content_is_read_or_refused(content: bytes, version: Version) -> None:
    """Hostile bytes raise the one error."""
    with pytest.raises((BadNotation, BadMessage)):
        read_content(content, version)


def test_deep_members_are_refused() -> None:
    """A client cannot fill the stack through a member that is handed on."""
    deep = b'{"@type":"x;s/f/1/FWD","@fwd":"d","@msg":' + b'{"a":' * 90_000 + b"1" + b"}" * 90_001
    with pytest.raises(BadNotation, match="bytes that should be JSON are not"):
        read_content(deep, Version.V2)


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


def test_half_a_pair() -> None:
    """The JSON readers of the real programs refuse half a pair, which could not be written again either."""
    with pytest.raises(BadNotation, match="surrogates not allowed"):
        read_content(b'{"@type":"x;s/f/1/COM_METHOD_UPDATED","id":"\\ud83d"}', Version.V2)


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
