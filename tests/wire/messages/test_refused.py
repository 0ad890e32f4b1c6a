"""Messages that are refused.

Sections are those of docs/protocol/vcx-agency.md.
"""

from typing import Any

import pytest

from connsim.wire.codes import Version
from connsim.wire.errors import BadMessage, BadNotation
from connsim.wire.messages import Message, read, read_content, write
from tests.wire.messages.conftest import ANSWER, INVITE, PROOF, SENDER, created, v1, v2


def test_unknown_members() -> None:
    """Members that nobody knows are left out at the top and kept inside; to write one is a mistake."""
    sent = v1("UPDATE_CONN_STATUS", statusCode="CS-103", more=1)
    detail = {**SENDER, "more": [1]}

    assert read([sent]) == Message("UPDATE_CONN_STATUS", {"statusCode": "CS-103"})
    answer = {"@id": "u", "sendMsg": True, **ANSWER, "senderDetail": detail}
    assert read(write(Message("ACCEPT_CONN_REQ", answer))).members["senderDetail"] == detail
    with pytest.raises(BadMessage, match=r"CREATE_KEY was given 'forDid'\. Did you mean 'forDID'\?"):
        write(Message("CREATE_KEY", {"forDid": "d", "forDIDVerKey": "k"}))
    with pytest.raises(BadMessage, match=r"SIGNUP was given 'x'\. Expected one of: no members"):
        write(Message("SIGNUP", {"x": 1}))


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        pytest.param([5], "There is 5 in place of a message", id="no object"),
        pytest.param([[v2("pairwise/GET_MSGS")]], "There is list of 1 in place of a message", id="4 a list"),
        pytest.param([{}], "A message has the @type None. Expected a map of name and ver", id="no type"),
        pytest.param([{"@type": {"name": "FWD"}}], "A message has the @type dict of 1", id="3.1 no ver"),
        pytest.param([{"@type": {"name": 1, "ver": "1.0"}}], "A message has the @type dict of 2", id="3.1 no text"),
        pytest.param(
            [{"@type": "https://didcomm.org/pairwise/1.0/GET_MSGS"}],
            "has the @type 'https://didcomm.org/pairwise/1.0/GET_MSGS'. Expected",
            id="4 no did",
        ),
        pytest.param([{"@type": "x;pairwise/1.0/GET_MSGS"}], "has the @type 'x;pairwise/1.0/GET_MSGS'", id="4 no spec"),
        pytest.param([v1("CONECT")], "A message is named 'CONECT'. Did you mean 'CONNECT'?", id="nearest"),
        pytest.param([v1("get_msgs")], "A message is named 'get_msgs'. Did you mean 'GET_MSGS'?", id="case"),
        pytest.param([v2("pairwise/Forward")], "named 'Forward'. Did you mean 'forward'?", id="nearest in small"),
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
        pytest.param([v1("FWD", **{"@fwd": "d", "@msg": [1, -1, 200]})], "are mixed", id="3.2 mixed"),
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
            [v1("CREATE_MSG", mtype="connReq", sendMsg=True)], "A bundle contains CREATE_MSG. Expected", id="one"
        ),
        pytest.param([v1("CREATE_MSG", sendMsg=True), v1("MSG_DETAIL")], "CREATE_MSG lacks mtype", id="no mtype"),
        pytest.param([v1("MSG_CREATED")], "MSG_CREATED lacks uid", id="no uid"),
        pytest.param([v1("MSG_CREATED", uid=None)], "MSG_CREATED lacks uid", id="null uid"),
        pytest.param(
            [v1("MSG_DETAIL"), v1("MSG_CREATED", uid="u")], "A bundle contains MSG_DETAIL, MSG_CREATED", id="8.3 order"
        ),
        pytest.param(
            [v1("CONN_REQUEST", sendMsg=True, keyDlgProof=PROOF)],
            "A bundle contains CONN_REQUEST. Expected one message, or CREATE_MSG with MSG_DETAIL",
            id="8.3 a name of 2.0 in style 1.0",
        ),
        pytest.param([v2("pairwise/MSG_DETAIL")], "MSG_DETAIL is a part of a message", id="4 a part alone"),
        pytest.param(
            [v2("pairwise/GET_MSGS"), v1("SIGNUP")],
            "begins with a message of style 2.0 contains GET_MSGS, SIGNUP",
            id="5 style 2.0 and another",
        ),
        pytest.param(
            [v1("SIGNUP"), v1("SIGNUP")], "A bundle contains SIGNUP, SIGNUP. Expected one message", id="twice"
        ),
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
        pytest.param(Message("CONNET", {}), "named 'CONNET'. Did you mean 'CONNECT'?", id="name"),
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


def test_deep_members_are_refused() -> None:
    """A client cannot fill the stack through a member that is handed on."""
    deep = b'{"@type":"x;s/f/1/FWD","@fwd":"d","@msg":' + b'{"a":' * 90_000 + b"1" + b"}" * 90_001
    with pytest.raises(BadNotation, match="bytes that should be JSON are not"):
        read_content(deep, Version.V2)


def test_half_a_pair() -> None:
    """The JSON readers of the real programs refuse half a pair, which could not be written again either."""
    with pytest.raises(BadNotation, match="surrogates not allowed"):
        read_content(b'{"@type":"x;s/f/1/COM_METHOD_UPDATED","id":"\\ud83d"}', Version.V2)
