"""The behaviours that are built in. Each is data: `connsim behaviours` and the reference print this list.

Where one imitates a defect that somebody met in the wild, it names the public report.
"""

from simulator.behaviours import Behaviour, Catalogue
from simulator.durations import MILLISECOND, MINUTE, SECOND
from simulator.ends import After, Ends, Ever, For
from simulator.faults.delay import Delay
from simulator.sequence import Sequence, Step

BEFORE_SCAN = 1 * SECOND
"""How long a holder who simply accepts takes to scan the invitation."""

ON_THE_WAY = 10 * MILLISECOND
"""How long a state lasts that an agent only passes through."""


_AFTER = After()
_AT_ONCE = For(0, 0)
_PASSING = For(ON_THE_WAY, ON_THE_WAY)
_SCAN = For(BEFORE_SCAN, BEFORE_SCAN)
_EVER = Ever()


def _shown(*steps: tuple[str, Ends], fault: Delay | None = None) -> Sequence:
    return Sequence(tuple(Step(state, ends, fault) for state, ends in steps))


def _holder(*acts: str) -> Sequence:
    """A holder who does nothing for a while, and then these things at once; the last is how it stays."""
    return _shown(("ignore", _AFTER), *((act, _AT_ONCE) for act in acts[:-1]), (acts[-1], _EVER))


def _scanner(name: str, act: str, doc: str) -> Behaviour:
    """What only the holder of an Aries invitation can do."""
    return Behaviour(name, doc, {"aries-holder": _holder(act)}, default=_SCAN)


_NO_REFUSAL = (
    "a PRISM agent has no message for it, so a refusal cannot be told from silence. Play 'never-responds' instead"
)


BUILT_IN = Catalogue(
    (
        Behaviour(
            "accepts",
            "The other side accepts: one second after the invitation was made, or after the time that is given. "
            "An agent's own expiry stays real: a PRISM invitation that is accepted after 300 seconds ends in "
            "InvitationExpired.",
            {
                "prism-inviter": _shown(
                    ("InvitationGenerated", _AFTER),
                    ("ConnectionRequestReceived", _PASSING),
                    ("ConnectionResponsePending", _PASSING),
                    ("ConnectionResponseSent", _EVER),
                ),
                "prism-invitee": _shown(
                    ("ConnectionRequestPending", _PASSING),
                    ("ConnectionRequestSent", _AFTER),
                    ("ConnectionResponseReceived", _EVER),
                ),
                "vcx-holder": _holder("accept"),
                "aries-holder": _holder("accept"),
            },
            default=_SCAN,
        ),
        Behaviour(
            "agent-offer",
            "A cloud agent takes the invitation and accepts it at once; nobody has to scan anything.",
            {role: _shown(("accept", _EVER)) for role in ("vcx-holder", "aries-holder")},
        ),
        _scanner(
            "refuses-late",
            "refuse-late",
            "The holder asks for a connection, and refuses it after the response: an Aries inviter of libvcx goes on "
            "to 3, and then back to 1.",
        ),
        Behaviour(
            "refuses",
            "The holder refuses. A libvcx inviter stays in OfferSent, as if the holder were silent; only a download of "
            "messages with the status MS-105 shows the refusal. An Aries inviter goes back to 1.",
            {"vcx-holder": _holder("refuse"), "aries-holder": _holder("refuse")},
            default=_SCAN,
            absent={"prism-inviter": _NO_REFUSAL, "prism-invitee": _NO_REFUSAL},
        ),
        Behaviour(
            "redirects",
            "The holder says that the two are connected already: the inviter ends in Redirected. It needs an older "
            "connection of the same inviter that a scripted holder accepted.",
            {"vcx-holder": _holder("redirect")},
            default=_SCAN,
        ),
        Behaviour(
            "answers-twice",
            "The holder accepts, and then accepts again with new keys. The agency refuses the second answer with "
            "CRS-102, and the first one stands.",
            {"vcx-holder": _holder("accept", "answer-again")},
            default=_SCAN,
        ),
        Behaviour(
            "never-responds",
            "The other side never answers: a PRISM inviter stays in InvitationGenerated, an invitee in "
            "ConnectionRequestSent, a libvcx inviter in OfferSent, for ever.",
            {
                "prism-inviter": _shown(("InvitationGenerated", _EVER)),
                "prism-invitee": _shown(("ConnectionRequestPending", _PASSING), ("ConnectionRequestSent", _EVER)),
                "vcx-holder": _shown(("ignore", _EVER)),
                "aries-holder": _shown(("ignore", _EVER)),
            },
        ),
        _scanner(
            "disappears-halfway",
            "request",
            "The holder asks for a connection, takes the response, and falls silent: an Aries inviter of libvcx stays "
            "in 3 for ever.",
        ),
        _scanner(
            "accepts-by-ping",
            "ping",
            "The holder accepts with a trust ping in place of the ack; an Aries inviter of libvcx takes it for one.",
        ),
        _scanner(
            "wrong-thread",
            "wrong-thread",
            "The holder's ack is of another thread; libvcx does not look, a stricter inviter leaves it.",
        ),
        _scanner(
            "doubts-the-signature",
            "doubt",
            "The holder says that the signature of the response is false, even though it is not: an Aries inviter of "
            "libvcx goes back to 1.",
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
        ),
        _scanner(
            "unreachable-endpoint",
            "unreachable",
            "Nobody listens where the holder asks to be answered: an Aries inviter of libvcx goes back to 1.",
        ),
        _scanner(
            "newer-prefix",
            "newer-prefix",
            "The holder's request has the type of newer agents, https://didcomm.org/, which libvcx leaves unread.",
        ),
        _scanner(
            "garbles",
            "garble",
            "The holder sends what the inviter cannot open. As long as that is unread, every update_state of libvcx "
            "fails, and hides what comes after.",
        ),
        Behaviour(
            "stuck-invitee",
            "The response is lost on its way: the inviter believes the connection established, the invitee stays in "
            "ConnectionRequestSent for ever. PRISM agents before 0.36 did this when the response overtook the "
            "invitee's own book-keeping.",
            {
                "prism-invitee": _shown(
                    ("ConnectionRequestPending", For(2 * SECOND, 2 * SECOND)), ("ConnectionRequestSent", _EVER)
                )
            },
        ),
        Behaviour(
            "agency-hangs",
            "The client's own agency takes every question about the connection and answers none, for ten minutes or "
            "the time that is given; then the holder accepts.",
            {"vcx-holder": Sequence((Step("ignore", _AFTER, Delay(None)), Step("accept", _EVER)))},
            default=For(10 * MINUTE, 10 * MINUTE),
        ),
        Behaviour(
            "agent-hangs",
            "The client's own agent takes every question about the connection and never answers it.",
            {
                "prism-inviter": _shown(("InvitationGenerated", _EVER), fault=Delay(None)),
                "prism-invitee": _shown(("ConnectionRequestPending", _EVER), fault=Delay(None)),
            },
        ),
    )
)
