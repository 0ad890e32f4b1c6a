"""What the client under test sees of every built-in behaviour, for every role.

For each behaviour and role: what the client sees at these moments, counted from the creation of the connection. Each
moment is one poll; at all other times the client does not poll.
"""

from connsim.core.durations import duration

GENERATED = "InvitationGenerated"
EXPIRED = "InvitationExpired"
REQUEST_PENDING = "ConnectionRequestPending"
REQUEST_SENT = "ConnectionRequestSent"
REQUEST_RECEIVED = "ConnectionRequestReceived"
RESPONSE_PENDING = "ConnectionResponsePending"
RESPONSE_SENT = "ConnectionResponseSent"
RESPONSE_RECEIVED = "ConnectionResponseReceived"
NOTHING = "no answer"
FAILS = "a failure"


OPEN, ACCEPTED, REFUSED, REDIRECTED = "2 MS-101", "4 MS-104 MS-104", "2 MS-105 MS-105", "8 MS-107 MS-107"


Views = dict[str, str]


def left(state: str, retries: int) -> str:
    """Return the state of a PRISM record with fewer than all of its retries."""
    return f"{state}, {retries} left"


def connects(after: str, at: str, soon: str, later: str) -> Views:
    """Return the states of an accepted PRISM inviter: just before, in the polls on the way, and much later."""
    return {
        after: GENERATED,
        at: REQUEST_RECEIVED,
        soon: RESPONSE_PENDING,
        later: RESPONSE_SENT,
        "30 days": RESPONSE_SENT,
    }


def by_request(after: str, at: str, *states: str) -> Views:
    """Return the states of an Aries inviter: none until the request is there, then one a second, and one much later."""
    moments = (at, *(f"{duration(at) + n * 10**9}ns" for n in range(1, len(states))))
    return {after: "2", **dict(zip(moments, states, strict=True)), "30 days": states[-1]}


TABLE: dict[tuple[str, str], Views] = {
    # --- PRISM, the inviter's client --------------------------------------------------------------------------------
    ("accepts", "prism-inviter"): connects("999ms", "1s", "1010ms", "1020ms"),
    ("accepts after 90 seconds", "prism-inviter"): connects("89999ms", "90s", "90010ms", "90020ms"),
    ("accepts:5s..20s", "prism-inviter"): {"4999ms": GENERATED, "20021ms": RESPONSE_SENT},
    ("accepts after 3 polls", "prism-inviter"): {
        "1s": GENERATED,
        "1h": GENERATED,  # polls count, not time; but an invitation that is two hours old has expired
        "2h": GENERATED,
        "7201s": EXPIRED,
    },
    ("accepts after 2 polls", "prism-inviter"): {"1s": GENERATED, "2s": GENERATED, "3s": RESPONSE_SENT},
    ("accepts after 10 minutes", "prism-inviter"): {"599s": GENERATED, "10m": EXPIRED, "30 days": EXPIRED},
    ("accepts-too-late", "prism-inviter"): {"300999ms": GENERATED, "301s": EXPIRED, "30 days": EXPIRED},
    ("answers-late", "prism-inviter"): {
        "89999ms": GENERATED,
        "90s": REQUEST_RECEIVED,
        "91s": RESPONSE_PENDING,
        "1h": RESPONSE_PENDING,
        "2h": RESPONSE_PENDING,
        "7201s": RESPONSE_SENT,
    },
    ("never-responds", "prism-inviter"): {"10ms": GENERATED, "400s": GENERATED, "30 days": GENERATED},
    ("never-learns", "prism-inviter"): {"10ms": GENERATED, "400s": GENERATED, "30 days": GENERATED},
    ("agent-hangs", "prism-inviter"): {"10ms": NOTHING, "1h": NOTHING, "30 days": NOTHING},
    ("agent-restarts", "prism-inviter"): {
        "999ms": GENERATED,
        "1s": REQUEST_RECEIVED,
        "1010ms": RESPONSE_PENDING,
        "30 days": RESPONSE_PENDING,
    },
    ("unreachable-endpoint", "prism-inviter"): {
        "999ms": GENERATED,
        "1s": REQUEST_RECEIVED,
        "1019ms": RESPONSE_PENDING,
        "1020ms": left(RESPONSE_PENDING, 4),
        "6019ms": left(RESPONSE_PENDING, 4),
        "6020ms": left(RESPONSE_PENDING, 3),
        "16020ms": left(RESPONSE_PENDING, 2),
        "36020ms": left(RESPONSE_PENDING, 1),
        "76019ms": left(RESPONSE_PENDING, 1),
        "76020ms": left(RESPONSE_PENDING, 0),
        "30 days": left(RESPONSE_PENDING, 0),
    },
    ("unreachable-endpoint after 1 minute", "prism-inviter"): {
        "59s": GENERATED,
        "60019ms": RESPONSE_PENDING,
        "60020ms": left(RESPONSE_PENDING, 4),
        "30 days": left(RESPONSE_PENDING, 0),
    },
    # --- PRISM, the invitee's client --------------------------------------------------------------------------------
    ("accepts", "prism-invitee"): {
        "9ms": REQUEST_PENDING,
        "10ms": REQUEST_SENT,
        "1009ms": REQUEST_SENT,
        "1010ms": RESPONSE_RECEIVED,
        "30 days": RESPONSE_RECEIVED,
    },
    ("accepts after 24 hours", "prism-invitee"): {"86400s": REQUEST_SENT, "86401s": RESPONSE_RECEIVED},
    ("accepts after 2 polls", "prism-invitee"): {"1s": REQUEST_SENT, "1h": REQUEST_SENT, "2h": RESPONSE_RECEIVED},
    ("answers-late", "prism-invitee"): {
        "1s": REQUEST_PENDING,
        "2s": REQUEST_PENDING,
        "1h": REQUEST_PENDING,
        "3689s": REQUEST_SENT,
        "3690s": RESPONSE_RECEIVED,
    },
    ("never-responds", "prism-invitee"): {"9ms": REQUEST_PENDING, "10ms": REQUEST_SENT, "30 days": REQUEST_SENT},
    ("stuck-invitee", "prism-invitee"): {"1999ms": REQUEST_PENDING, "2s": REQUEST_SENT, "30 days": REQUEST_SENT},
    ("agent-hangs", "prism-invitee"): {"10ms": NOTHING, "30 days": NOTHING},
    ("agent-restarts", "prism-invitee"): {"10ms": REQUEST_PENDING, "30 days": REQUEST_PENDING},
    ("unreachable-endpoint", "prism-invitee"): {
        "9ms": REQUEST_PENDING,
        "10ms": left(REQUEST_PENDING, 4),
        "5010ms": left(REQUEST_PENDING, 3),
        "15010ms": left(REQUEST_PENDING, 2),
        "35010ms": left(REQUEST_PENDING, 1),
        "75009ms": left(REQUEST_PENDING, 1),
        "75010ms": left(REQUEST_PENDING, 0),
        "30 days": left(REQUEST_PENDING, 0),
    },
    # --- VCX, the inviter's mailbox and what libvcx makes of it -----------------------------------------------------
    ("accepts", "vcx-holder"): {"999ms": OPEN, "1s": ACCEPTED, "30 days": ACCEPTED},
    ("accepts after 60 seconds", "vcx-holder"): {"59s": OPEN, "1m": ACCEPTED},
    ("accepts after 10 minutes", "vcx-holder"): {"599s": OPEN, "10m": ACCEPTED},
    ("accepts after 24 hours", "vcx-holder"): {"86399s": OPEN, "86400s": ACCEPTED},
    ("accepts after 5 to 20 seconds", "vcx-holder"): {"4999ms": OPEN, "20s": ACCEPTED},
    ("accepts after 3 polls", "vcx-holder"): {"1s": OPEN, "1h": OPEN, "2h": OPEN, "3h": ACCEPTED},
    ("answers-late", "vcx-holder"): {"89999ms": OPEN, "90s": ACCEPTED},
    ("never-responds", "vcx-holder"): {"1s": OPEN, "30 days": OPEN},
    ("refuses", "vcx-holder"): {"999ms": OPEN, "1s": REFUSED, "30 days": REFUSED},
    ("refuses after 1 hour", "vcx-holder"): {"3599s": OPEN, "1h": REFUSED},
    ("redirects", "vcx-holder"): {"999ms": OPEN, "1s": REDIRECTED, "30 days": REDIRECTED},
    ("answers-twice", "vcx-holder"): {"999ms": OPEN, "1s": ACCEPTED, "30 days": ACCEPTED},
    ("agent-offer", "vcx-holder"): {"0s": ACCEPTED, "30 days": ACCEPTED},
    ("agency-hangs", "vcx-holder"): {"1s": NOTHING, "599s": NOTHING, "10m": ACCEPTED, "30 days": ACCEPTED},
    ("agency-hangs:50s", "vcx-holder"): {"49s": NOTHING, "50s": ACCEPTED},
    # --- Aries, the inviter's state -----------------------------------------------------------------------------------
    ("accepts", "aries-holder"): by_request("999ms", "1s", "3", "4"),
    ("accepts after 3 polls", "aries-holder"): {"1s": "2", "1h": "2", "2h": "2", "3h": "3", "4h": "4"},
    ("accepts after 60 seconds", "aries-holder"): by_request("59s", "1m", "3", "4"),
    ("accepts:5s..20s", "aries-holder"): by_request("4999ms", "20s", "3", "4"),
    ("answers-late", "aries-holder"): by_request("89999ms", "90s", "3", "4"),
    ("never-responds", "aries-holder"): {"1s": "2", "30 days": "2"},
    ("agent-offer", "aries-holder"): {"0s": "3", "1s": "4"},
    ("agency-hangs", "aries-holder"): {"1s": NOTHING, "599s": NOTHING, "10m": "3", "601s": "4"},
    ("refuses", "aries-holder"): by_request("999ms", "1s", "1"),
    ("unreachable-endpoint", "aries-holder"): by_request("999ms", "1s", "1"),
    ("broken-endpoint", "aries-holder"): by_request("999ms", "1s", "1"),
    ("disappears-halfway", "aries-holder"): by_request("999ms", "1s", "3"),
    ("acknowledges-late", "aries-holder"): {
        "999ms": "2",
        "100s": "3",  # this poll sends the response, and the holder's delay counts from then
        "189999ms": "3",
        "190s": "4",
        "30 days": "4",
    },
    ("acknowledges-late after 3 polls", "aries-holder"): {"1s": "3", "2s": "3", "3s": "3", "4s": "4"},
    ("scans-twice", "aries-holder"): by_request("999ms", "1s", "3", "4"),
    ("accepts-by-ping", "aries-holder"): by_request("999ms", "1s", "3", "4"),
    ("wrong-thread", "aries-holder"): by_request("999ms", "1s", "3", "4"),
    ("refuses-late", "aries-holder"): by_request("999ms", "1s", "3", "1"),
    ("doubts-the-signature", "aries-holder"): by_request("999ms", "1s", "3", "1"),
    ("withdraws", "aries-holder"): by_request("999ms", "1s", "3", "1"),
    ("newer-prefix", "aries-holder"): by_request("999ms", "1s", "2"),
    ("garbles", "aries-holder"): by_request("999ms", "1s", FAILS, FAILS),
}
"""By behaviour, as written in a script, and role: what the client sees, by moment."""
