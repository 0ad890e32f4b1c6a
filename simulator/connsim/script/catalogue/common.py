"""Behaviours of the other side in more than one protocol."""

from connsim.core.durations import SECOND
from connsim.core.ends import Polls, Until
from connsim.script.behaviours import Behaviour
from connsim.script.catalogue.writing import EVER, PARAMETER, PASSING, SCAN, after, holder, shown

_THREE_POLLS = Polls(3)
_NO_REFUSAL = (
    "a PRISM agent has no message for it, so a refusal looks the same as silence. Play 'never-responds' instead"
)
_FAILS = Until("failed")  # five times, at 0, 5, 15, 35 and 75 s: docs/protocol/prism-agent.md, 4.5


ACCEPTED_BY_PRISM = shown(
    ("InvitationGenerated", PARAMETER),
    ("ConnectionRequestReceived", PASSING),
    ("ConnectionResponsePending", PASSING),
    ("ConnectionResponseSent", EVER),
)
"""An inviter whose invitation is accepted."""

COMMON = (
    Behaviour(
        "accepts",
        "The other side accepts one second after the invitation was created, or after the given time. An agent's own "
        "expiry still applies: a PRISM invitation that is accepted after more than 300 seconds ends in "
        "InvitationExpired.",
        {
            "prism-inviter": ACCEPTED_BY_PRISM,
            "prism-invitee": shown(
                ("ConnectionRequestPending", PASSING),
                ("ConnectionRequestSent", PARAMETER),
                ("ConnectionResponseReceived", EVER),
            ),
            "vcx-holder": holder("accept"),
            "aries-holder": holder("accept"),
        },
        default=SCAN,
    ),
    Behaviour(
        "answers-late",
        "The other side accepts after 90 seconds, or the given time. A PRISM client's own agent is slow too: it shows "
        "ConnectionResponsePending, or ConnectionRequestPending, for three polls.",
        {
            "prism-inviter": shown(
                ("InvitationGenerated", PARAMETER),
                ("ConnectionRequestReceived", PASSING),
                ("ConnectionResponsePending", _THREE_POLLS),
                ("ConnectionResponseSent", EVER),
            ),
            "prism-invitee": shown(
                ("ConnectionRequestPending", _THREE_POLLS),
                ("ConnectionRequestSent", PARAMETER),
                ("ConnectionResponseReceived", EVER),
            ),
            "vcx-holder": holder("accept"),
            "aries-holder": holder("accept"),
        },
        default=after(90 * SECOND),
    ),
    Behaviour(
        "never-responds",
        "The other side never answers: a PRISM inviter stays in InvitationGenerated, an invitee in "
        "ConnectionRequestSent, a libvcx inviter in OfferSent, forever.",
        {
            "prism-inviter": shown(("InvitationGenerated", EVER)),
            "prism-invitee": shown(("ConnectionRequestPending", PASSING), ("ConnectionRequestSent", EVER)),
            "vcx-holder": shown(("ignore", EVER)),
            "aries-holder": shown(("ignore", EVER)),
        },
    ),
    Behaviour(
        "refuses",
        "The holder refuses. A libvcx inviter stays in OfferSent, as if the holder had not answered; only a download "
        "of messages with the status MS-105 shows the refusal. An Aries inviter goes back to 1 without a reason, which "
        "is the subject of the report.",
        {"vcx-holder": holder("refuse"), "aries-holder": holder("refuse")},
        default=SCAN,
        absent={"prism-inviter": _NO_REFUSAL, "prism-invitee": _NO_REFUSAL},
        issues=("https://github.com/hyperledger-indy/indy-sdk/pull/2204",),
    ),
    Behaviour(
        "unreachable-endpoint",
        "The other side's endpoint refuses connections. A PRISM agent makes five attempts within 75 seconds and then "
        "gives up: an inviter stays in ConnectionResponsePending, an invitee in ConnectionRequestPending, and "
        "metaRetries falls to 0. An Aries inviter of libvcx goes back to 1. Reported for an invitation with an address "
        "that only its own agent could reach (the report does not have the invitee's states), and for a wallet that a "
        "response did not reach.",
        {
            "prism-inviter": shown(
                ("InvitationGenerated", PARAMETER),
                ("ConnectionRequestReceived", PASSING),
                *[("ConnectionResponsePending", _FAILS)] * 5,
                ("ConnectionResponsePending", EVER),
            ),
            "prism-invitee": shown(*[("ConnectionRequestPending", _FAILS)] * 5, ("ConnectionRequestPending", EVER)),
            "aries-holder": holder("unreachable"),
        },
        default=SCAN,
        absent={
            "vcx-holder": "the holder's agency posts the holder's answer, and nothing is ever posted to a holder. Play "
            "'never-responds' instead"
        },
        issues=(
            "https://github.com/hyperledger-identus/cloud-agent/issues/866",
            "https://github.com/hyperledger-identus/cloud-agent/issues/1179",
        ),
    ),
)
