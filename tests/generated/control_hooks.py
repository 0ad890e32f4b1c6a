"""Gives Schemathesis valid values for the formats of the control API: random text would be refused immediately.

Loaded by Schemathesis, in its own environment.
"""

import base64
import json
from typing import Any

import schemathesis
from hypothesis import strategies as st

ROLES = ("prism-inviter", "prism-invitee", "vcx-holder", "aries-holder")
BEHAVIOURS = ("accepts", "never-responds", "refuses", "stuck-invitee", "redirects")
UNITS = ("ns", "us", "ms", "s", "m", "h", " seconds", " minutes")
STEPS: dict[str, list[dict[str, str]]] = {
    "prism-inviter": [{"state": "InvitationGenerated", "for": "5s..20s"}, {"state": "ConnectionResponseSent"}],
    "prism-invitee": [{"state": "ConnectionRequestPending", "for": "3 polls"}, {"state": "ConnectionRequestSent"}],
    "vcx-holder": [{"act": "ignore", "until": "accepted"}, {"act": "accept"}],
    "aries-holder": [{"act": "refuse", "for": "ever"}],
}
FAULTS: list[Any] = [{"status": 503, "times": 2}, "delay 30s, nth 2", {"reset": "before headers"}]
INVITATION = {
    "@type": "did:sov:BzCbsNYhMrjHiqZDTUASHg;spec/connections/1.0/invitation",
    "@id": "1",
    "label": "x",
    "recipientKeys": ["4zvwRjXUKGfvwnParsHAS3HuSVzV5cA4McphgmoCtajS"],
    "routingKeys": [],
    "serviceEndpoint": "http://agency.invalid/agency/msg",
}

_DURATION = st.builds(lambda number, unit: f"{number}{unit}", st.integers(0, 1_000), st.sampled_from(UNITS))
_TEXT = json.dumps(INVITATION)
_LINK = f"https://example.org?c_i={base64.urlsafe_b64encode(_TEXT.encode()).decode()}"

schemathesis.openapi.format("connsim-duration", _DURATION)
schemathesis.openapi.format("connsim-role", st.sampled_from(ROLES))
schemathesis.openapi.format(
    "connsim-behaviour",
    st.sampled_from(BEHAVIOURS) | _DURATION.map(lambda duration: f"accepts after {duration}"),
)
schemathesis.openapi.format("connsim-nth", st.sampled_from(["1", "2..4", "3.."]))
schemathesis.openapi.format("connsim-aries-invitation", st.sampled_from([_TEXT, _LINK]))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Replace random steps and faults that are meant to be valid by valid ones."""
    if case.meta is not None and not case.meta.generation.mode.is_positive:
        return
    if case.operation.label == "POST /faults":
        case.body = {"fault": FAULTS[len(str(case.body)) % len(FAULTS)]}
    elif case.operation.label == "POST /scripts" and isinstance(case.body.get("play"), list):
        role = ROLES[len(str(case.body)) % len(ROLES)]
        case.body = {**case.body, "role": role, "play": STEPS[role]}
