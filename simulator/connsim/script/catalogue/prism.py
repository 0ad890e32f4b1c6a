"""Behaviours that only clients of a PRISM agent see."""

from connsim.core.durations import SECOND
from connsim.core.ends import Until
from connsim.faults.delay import Delay
from connsim.script.behaviours import Behaviour
from connsim.script.catalogue.common import ACCEPTED_BY_PRISM
from connsim.script.catalogue.writing import EVER, PARAMETER, PASSING, SCAN, after, shown

PRISM = (
    Behaviour(
        "accepts-too-late",
        "The holder accepts when the invitation has expired, after 301 seconds or the given time: the inviter ends in "
        "InvitationExpired. Agents of early 2023 have no expiry, and connect.",
        {"prism-inviter": ACCEPTED_BY_PRISM},
        default=after(301 * SECOND),  # the expiry is 300 s, checked at the request: docs/protocol/prism-agent.md, 4.7
        absent={
            "prism-invitee": "its agent accepts an invitation of any age, and does not learn that it expired. Make it "
            "accept one that an inviter of this world created more than 300 seconds before",
            "vcx-holder": "an agency's invitations expire only if its setting invitation_expiry says so. Set it, and "
            "play 'accepts' after a longer time",
            "aries-holder": "Aries invitations do not expire. Play 'accepts' after a longer time",
        },
        issues=("https://github.com/hyperledger-identus/cloud-agent/pull/687",),
    ),
    Behaviour(
        "never-learns",
        "The inviter never learns of the acceptance: its record stays in InvitationGenerated forever, while a client "
        "that accepted is connected. Reported for such an inviter (the report does not have the invitee's states), "
        "and for two wallets, one of them connected and the other waiting.",
        {"prism-inviter": shown(("InvitationGenerated", Until("accepted")), ("InvitationGenerated", EVER))},
        absent={
            "prism-invitee": "an invitee does not see it, and is connected. Script prism-inviter",
            "vcx-holder": "an answer that does not arrive looks the same as silence. Play 'never-responds' instead",
            "aries-holder": "a request that does not arrive looks the same as silence. Play 'never-responds' instead",
        },
        issues=(
            "https://github.com/hyperledger-identus/cloud-agent/issues/866",
            "https://github.com/bcgov/bc-wallet-mobile/issues/1417",
        ),
    ),
    Behaviour(
        "stuck-invitee",
        "The response is lost in transit: the inviter considers the connection established, and the invitee stays in "
        "ConnectionRequestSent forever. PRISM agents before 0.35 did this when the response arrived before the invitee "
        "had stored its own state.",
        {
            # 2 s is the period of those agents' background job: docs/protocol/prism-agent.md, 4.5 and 4.6.
            "prism-invitee": shown(("ConnectionRequestPending", after(2 * SECOND)), ("ConnectionRequestSent", EVER)),
        },
        absent={"prism-inviter": "an inviter does not see it, and is connected. Script prism-invitee"},
        issues=(
            "https://github.com/hyperledger-identus/cloud-agent/pull/359",
            "https://github.com/hyperledger-identus/cloud-agent/pull/349",
        ),
    ),
    Behaviour(
        "agent-hangs",
        "The client's own agent accepts every request about the connection and never replies. Reported for another "
        "agent, after too many bad requests.",
        {
            "prism-inviter": shown(("InvitationGenerated", EVER), fault=Delay(None)),
            "prism-invitee": shown(("ConnectionRequestPending", EVER), fault=Delay(None)),
        },
        absent=dict.fromkeys(
            ("vcx-holder", "aries-holder"), "a libvcx client has an agency. Play 'agency-hangs' instead"
        ),
        issues=("https://github.com/openwallet-foundation/acapy/issues/2772",),
    ),
    Behaviour(
        "agent-restarts",
        "The client's own agent is restarted before its message is sent, and loses it: an inviter stays in "
        "ConnectionResponsePending, an invitee in ConnectionRequestPending, forever, with all retries left. Deduced: "
        "Cloud Agent 1.40 keeps unsent messages in memory.",
        {
            "prism-inviter": shown(
                ("InvitationGenerated", PARAMETER),
                ("ConnectionRequestReceived", PASSING),
                ("ConnectionResponsePending", EVER),
            ),
            "prism-invitee": shown(("ConnectionRequestPending", EVER)),
        },
        default=SCAN,
    ),
)
