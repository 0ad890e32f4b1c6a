"""Behaviours of the holders of proprietary invitations, as clients of a VCX agency see them."""

from connsim.core.durations import MINUTE
from connsim.faults.delay import Delay
from connsim.script.behaviours import Behaviour
from connsim.script.catalogue.writing import EVER, PARAMETER, SCAN, after, holder, shown
from connsim.script.sequence import Sequence, Step

_NO_REDIRECT = "its protocol has no redirection: every invitation makes a new connection. Play 'accepts' instead"

VCX = (
    Behaviour(
        "redirects",
        "The holder answers that they are already connected: the inviter ends in Redirected. This needs an older "
        "connection of the same inviter that a scripted holder accepted.",
        {"vcx-holder": holder("redirect")},
        default=SCAN,
        absent=dict.fromkeys(("prism-inviter", "prism-invitee", "aries-holder"), _NO_REDIRECT),
    ),
    Behaviour(
        "answers-twice",
        "The holder accepts, and then accepts again with new keys. The agency refuses the second answer with "
        "CRS-102, and the first one counts. Reported for another agent, when a connection request was sent twice.",
        {"vcx-holder": holder("accept", "answer-again")},
        default=SCAN,
        absent={
            "aries-holder": "its answer is a connection request. Play 'scans-twice' instead",
            "prism-inviter": "the agent refuses the second request, and the inviter's record does not show it. Have "
            "two invitees accept the invitation, and look at the second",
            "prism-invitee": "a second response changes nothing that a client can see. Play 'accepts' instead",
        },
        issues=("https://github.com/openwallet-foundation/acapy/pull/992",),
    ),
    Behaviour(
        "agent-offer",
        "A cloud agent accepts the invitation at once; nobody has to scan it.",
        {role: shown(("accept", EVER)) for role in ("vcx-holder", "aries-holder")},
    ),
    Behaviour(
        "agency-hangs",
        "The client's own agency accepts every request about the connection and replies to none, for ten minutes or "
        "the given time; then the holder accepts. Reported for a mediator.",
        dict.fromkeys(
            ("vcx-holder", "aries-holder"),
            Sequence((Step("ignore", PARAMETER, Delay(None)), Step("accept", EVER))),
        ),
        default=after(10 * MINUTE),
        absent=dict.fromkeys(
            ("prism-inviter", "prism-invitee"), "a PRISM client has an agent. Play 'agent-hangs' instead"
        ),
        issues=("https://github.com/openwallet-foundation/didcomm-mediator-service/issues/72",),
    ),
)
