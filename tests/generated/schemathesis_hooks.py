"""Gives Schemathesis valid invitations and webhooks: random text would be refused immediately.

Loaded by Schemathesis, in its own environment.
"""

import base64
import json
import re
from typing import Any

import schemathesis
from hypothesis import strategies as st

TYPE = "https://didcomm.org/out-of-band/2.0/invitation"
SENDER = "did:peer:2.nobody"
BASE64URL = re.compile("([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{2}(==)?|[A-Za-z0-9_-]{3}=?)?")
HOOK = "http://127.0.0.1:9/hook"  # no server listens there

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
# Invalid values of a member. An id that is text but not a UUID is excluded: it makes every later listing fail,
# which would explain all other failures.
_SPOILT: dict[str, st.SearchStrategy[Any]] = {
    "id": st.integers(),
    "type": _TEXT | st.integers(),
    "from": st.none() | st.booleans(),
    "body": st.lists(st.integers()) | st.just({}) | st.just({"accept": []}) | st.just({"accept": "x"}),
    "attachments": _TEXT,
    "expires_time": _TEXT,
}


def invitation(**members: Any) -> str:
    """Return an invitation in the form of both agents, with these members replaced."""
    whole = {
        "id": "0f0e0d0c-0b0a-4908-8706-050403020100",
        "type": TYPE,
        "from": SENDER,
        "body": {"goal_code": "x", "goal": "x", "accept": []},
        **members,
    }
    return base64.urlsafe_b64encode(json.dumps(whole).encode()).decode()


# Sent in any case, because random examples may not include it.
ALWAYS: dict[str, list[dict[str, Any]]] = {
    "POST /connection-invitations": [
        {"invitation": invitation()},
        {"invitation": invitation(type="x")},
        {"invitation": "bm90IEpTT04"},  # not JSON
        {"invitation": "not base64url"},
    ],
    "POST /events/webhooks": [{"url": HOOK}, {"url": "x"}],
}


@schemathesis.hook
def before_add_examples(context: Any, examples: list[Any]) -> None:
    """Add the examples that are sent in any case."""
    bodies = ALWAYS.get(context.operation.label, [])
    examples += [context.operation.Case(body=body, media_type="application/json") for body in bodies]


@schemathesis.hook
def flatmap_body(context: Any, body: Any) -> st.SearchStrategy[Any]:
    """Replace random base64url by readable invitations, and some texts by URLs."""
    if not isinstance(body, dict):
        return st.just(body)
    if isinstance(body.get("url"), str):
        return st.sampled_from([body, {**body, "url": HOOK}])
    if isinstance(given := body.get("invitation"), str) and given and BASE64URL.fullmatch(given):
        return _invitations().map(lambda readable: {**body, "invitation": readable})
    return st.just(body)  # other invitations are meant to be invalid


@st.composite
def _invitations(draw: st.DrawFn) -> str:
    """Draw an invitation, valid or with one defect."""
    members: dict[str, Any] = {}
    if draw(st.booleans()):  # otherwise one that may have been accepted
        members["id"] = str(draw(st.uuids()))
    if draw(st.booleans()):
        members["body"] = {"goal_code": draw(_TEXT), "goal": draw(_TEXT), "accept": []}
    if draw(st.booleans()):
        spoilt = draw(st.sampled_from(sorted(_SPOILT)))
        members[spoilt] = draw(_SPOILT[spoilt])
    return invitation(**members)
