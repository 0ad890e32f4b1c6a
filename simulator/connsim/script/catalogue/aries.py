"""What clients on libvcx can see of whoever was handed their Aries invitation."""

from collections.abc import Mapping

from connsim.core.durations import SECOND
from connsim.core.ends import Until
from connsim.script.behaviours import Behaviour
from connsim.script.catalogue.writing import EVER, PARAMETER, SCAN, after, holder, shown

_LEADS_TO_1 = "https://github.com/hyperledger-indy/indy-sdk/pull/2204"


def _scanner(name: str, act: str, doc: str, *issues: str, absent: Mapping[str, str] | None = None) -> Behaviour:
    """What only the holder of an Aries invitation can do."""
    return Behaviour(name, doc, {"aries-holder": holder(act)}, default=SCAN, absent=absent or {}, issues=issues)


ARIES = (
    _scanner(
        "disappears-halfway",
        "request",
        "The holder asks for a connection, takes the response, and falls silent: an Aries inviter of libvcx stays "
        "in 3 for ever. Reported of wallets that never acknowledge.",
        "https://github.com/hyperledger-aries/aries-framework-dotnet/issues/99",
        "https://github.com/openwallet-foundation/acapy/pull/422",
        absent={
            "prism-inviter": "after its request a holder has nothing to add. Play 'unreachable-endpoint' for one who "
            "is gone before the response",
            "prism-invitee": "after its response an inviter has nothing to add. Play 'unreachable-endpoint' or "
            "'stuck-invitee'",
            "vcx-holder": "its answer is one message. Play 'never-responds' instead",
        },
    ),
    Behaviour(
        "acknowledges-late",
        "The holder asks for a connection, and acknowledges the response 90 seconds later, or after the time that is "
        "given: an Aries inviter of libvcx is in 3 for so long, and then in 4. Reported of wallets whose first message "
        "comes when the connection is used.",
        {
            "aries-holder": shown(
                ("ignore", SCAN), ("request", Until("answered")), ("request", PARAMETER), ("accept", EVER)
            )
        },
        default=after(90 * SECOND),
        issues=("https://github.com/openwallet-foundation/acapy/issues/1343",),
    ),
    _scanner(
        "scans-twice",
        "request-twice",
        "The holder's wallet sends its request twice, on two threads, and acknowledges the response that comes: an "
        "Aries inviter of libvcx answers one, and leaves the other unread. For a wallet that takes new keys as well, "
        "hand over the invitation twice.",
        "https://github.com/bcgov/bc-wallet-mobile/pull/1843",
        "https://github.com/openwallet-foundation/acapy/pull/992",
        absent={"vcx-holder": "its answer is the acceptance. Play 'answers-twice' instead"},
    ),
    _scanner(
        "accepts-by-ping",
        "ping",
        "The holder accepts with a trust ping in place of the ack; an Aries inviter of libvcx takes it for one. The "
        "report is of its successor, which did not.",
        "https://github.com/openwallet-foundation/vcx/issues/1253",
    ),
    _scanner(
        "wrong-thread",
        "wrong-thread",
        "The holder's ack is of another thread; libvcx does not look, a stricter inviter leaves it. The reports are of "
        "its successor, which began to look, and met agents that name their threads otherwise.",
        "https://github.com/openwallet-foundation/vcx/pull/542",
        "https://github.com/openwallet-foundation/vcx/pull/413",
    ),
    _scanner(
        "refuses-late",
        "refuse-late",
        "The holder asks for a connection, and refuses it after the response: an Aries inviter of libvcx goes on "
        "to 3, and then back to 1.",
        _LEADS_TO_1,
        absent={"vcx-holder": "its answer is one message. Play 'refuses' instead"},
    ),
    _scanner(
        "doubts-the-signature",
        "doubt",
        "The holder says that the signature of the response is false, even though it is not: an Aries inviter of "
        "libvcx goes back to 1.",
        _LEADS_TO_1,
    ),
    _scanner(
        "withdraws",
        "withdraw",
        "The holder takes its request back before there is a response; an Aries inviter of libvcx ends in 1.",
    ),
    _scanner(
        "broken-endpoint",
        "broken-endpoint",
        "The address that the holder asks to be answered at fails with a 500: an Aries inviter of libvcx goes back "
        "to 1, as if it were refused.",
        _LEADS_TO_1,
    ),
    _scanner(
        "newer-prefix",
        "newer-prefix",
        "The holder's request has the type of newer agents, https://didcomm.org/, which libvcx leaves unread. The "
        "reports are of its successor, which wrote the old prefix for long, and of an agency.",
        "https://github.com/openwallet-foundation/vcx/issues/188",
        "https://github.com/AbsaOSS/vcxagencynode/pull/189",
    ),
    _scanner(
        "garbles",
        "garble",
        "The holder sends what the inviter cannot open. As long as that is unread, every update_state of libvcx "
        "fails, and hides what comes after.",
    ),
)
