"""Behaviours of the holder of an Aries invitation, as clients on libvcx see them."""

from collections.abc import Mapping

from connsim.core.durations import SECOND
from connsim.core.ends import Until
from connsim.script.behaviours import Behaviour
from connsim.script.catalogue.writing import EVER, PARAMETER, SCAN, after, holder, shown

_LEADS_TO_1 = "https://github.com/hyperledger-indy/indy-sdk/pull/2204"  # problem reports set libvcx's state back to 1


def _scanner(name: str, act: str, doc: str, *issues: str, absent: Mapping[str, str] | None = None) -> Behaviour:
    """A behaviour that only the holder of an Aries invitation can play."""
    return Behaviour(name, doc, {"aries-holder": holder(act)}, default=SCAN, absent=absent or {}, issues=issues)


ARIES = (
    _scanner(
        "disappears-halfway",
        "request",
        "The holder sends a connection request, receives the response, and never acknowledges it: an Aries inviter of "
        "libvcx stays in 3 forever. Reported for wallets that never acknowledge.",
        "https://github.com/hyperledger-aries/aries-framework-dotnet/issues/99",
        "https://github.com/openwallet-foundation/acapy/pull/422",
        absent={
            "prism-inviter": "a holder sends nothing after its request. Play 'unreachable-endpoint' for one who is "
            "gone before the response",
            "prism-invitee": "an inviter sends nothing after its response. Play 'unreachable-endpoint' or "
            "'stuck-invitee'",
            "vcx-holder": "its answer is one message. Play 'never-responds' instead",
        },
    ),
    Behaviour(
        "acknowledges-late",
        "The holder sends a connection request, and acknowledges the response 90 seconds later, or after the given "
        "time: an Aries inviter of libvcx is in 3 until then, and afterwards in 4. Reported for wallets whose first "
        "message comes when the connection is used.",
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
        "The holder's wallet sends its request twice, on two threads, and acknowledges the response to one of them: an "
        "Aries inviter of libvcx answers one request, and leaves the other unread. For a wallet that also makes new "
        "keys, hand over the invitation twice.",
        "https://github.com/bcgov/bc-wallet-mobile/pull/1843",
        "https://github.com/openwallet-foundation/acapy/pull/992",
        absent={"vcx-holder": "its answer is the acceptance. Play 'answers-twice' instead"},
    ),
    _scanner(
        "accepts-by-ping",
        "ping",
        "The holder accepts with a trust ping in place of the ack; an Aries inviter of libvcx treats it as an ack. The "
        "report is about its successor, which did not.",
        "https://github.com/openwallet-foundation/vcx/issues/1253",
    ),
    _scanner(
        "wrong-thread",
        "wrong-thread",
        "The holder's ack has the id of another thread; libvcx does not check it, and a stricter inviter ignores the "
        "ack. The reports are about its successor, which began to check, and then failed with agents that set thread "
        "ids differently.",
        "https://github.com/openwallet-foundation/vcx/pull/542",
        "https://github.com/openwallet-foundation/vcx/pull/413",
    ),
    _scanner(
        "refuses-late",
        "refuse-late",
        "The holder sends a connection request, and refuses the connection after the response: an Aries inviter of "
        "libvcx goes on to 3, and then back to 1.",
        _LEADS_TO_1,
        absent={"vcx-holder": "its answer is one message. Play 'refuses' instead"},
    ),
    _scanner(
        "doubts-the-signature",
        "doubt",
        "The holder reports that the signature of the response is invalid, although it is valid: an Aries inviter of "
        "libvcx goes back to 1.",
        _LEADS_TO_1,
    ),
    _scanner(
        "withdraws",
        "withdraw",
        "The holder withdraws its request before the response; an Aries inviter of libvcx ends in 1.",
    ),
    _scanner(
        "broken-endpoint",
        "broken-endpoint",
        "The endpoint that the holder gives for the response fails with a 500: an Aries inviter of libvcx goes back "
        "to 1, as after a refusal.",
        _LEADS_TO_1,
    ),
    _scanner(
        "newer-prefix",
        "newer-prefix",
        "The holder's request has the type prefix of newer agents, https://didcomm.org/, which libvcx leaves unread. "
        "The reports are about its successor, which wrote the old prefix for years, and about an agency.",
        "https://github.com/openwallet-foundation/vcx/issues/188",
        "https://github.com/AbsaOSS/vcxagencynode/pull/189",
    ),
    _scanner(
        "garbles",
        "garble",
        "The holder sends a message that the inviter cannot decrypt. While it is unread, every update_state of libvcx "
        "fails, and later messages are not processed.",
    ),
)
