"""Messages in the form of both protocols."""

from typing import Any

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
    """Return a message in the form of protocol 1.0."""
    return {"@type": {"name": name, "ver": "1.0"}, **members}


def v2(path: str, **members: Any) -> dict[str, Any]:
    """Return a message in the form of protocol 2.0."""
    family, _, name = path.partition("/")
    return {"@type": f"did:sov:123456789abcdefghi1234;spec/{family}/1.0/{name}", **members}


def created(*rest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a bundle that begins with the uid of a new message."""
    return [v1("MSG_CREATED", uid="u"), *rest]


SENT = v1("MSGS_SENT", uids=["u"])
