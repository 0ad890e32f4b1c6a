"""Named behaviours: what a tester calls the ways in which the other side can act.

A behaviour is a name, a sentence, and for each role that can show it a function from its parameter to a sequence. It is
written as a tester would say it: ``accepts``, ``accepts after 90 seconds``, ``accepts:90s``, ``never responds``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from simulator.durations import MILLISECOND, MINUTE, SECOND, duration, spoken
from simulator.errors import BadDuration, Misuse, UnknownBehaviour
from simulator.faults.delay import Delay
from simulator.sequence import Ever, For, Sequence, Step

BEFORE_SCAN = 1 * SECOND
"""How long a holder who simply accepts takes to scan the invitation."""

ON_THE_WAY = 10 * MILLISECOND
"""How long a state lasts that an agent only passes through."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A named way to act.

    Attributes:
        name: In hyphenated words.
        doc: What the client under test will see.
        roles: For each role, the sequence for a parameter in nanoseconds.
        default: The parameter where none is given; ``None`` if the behaviour takes none.
        absent: Why a role cannot show it, where a tester may wonder.
    """

    name: str
    doc: str
    roles: Mapping[str, Callable[[int], Sequence]]
    default: int | None = None
    absent: Mapping[str, str] = field(default_factory=dict)


def _shown(*steps: tuple[str, int | None], fault: Delay | None = None) -> Sequence:
    return Sequence(tuple(Step(state, Ever() if ns is None else For(ns, ns), fault) for state, ns in steps))


def _inviter_accepted(after: int) -> Sequence:
    return _shown(
        ("InvitationGenerated", after),
        ("ConnectionRequestReceived", ON_THE_WAY),
        ("ConnectionResponsePending", ON_THE_WAY),
        ("ConnectionResponseSent", None),
    )


def _invitee_answered(after: int) -> Sequence:
    return _shown(
        ("ConnectionRequestPending", ON_THE_WAY),
        ("ConnectionRequestSent", after),
        ("ConnectionResponseReceived", None),
    )


def _holder(*acts: str) -> Callable[[int], Sequence]:
    """A holder who does nothing for a while, and then these things at once; the last is how it stays."""
    return lambda after: _shown(("ignore", after), *((act, 0) for act in acts[:-1]), (acts[-1], None))


def _scanner(name: str, act: str, doc: str) -> Behaviour:
    """What only the holder of an Aries invitation can do."""
    return Behaviour(name, doc, {"aries-holder": _holder(act)}, default=BEFORE_SCAN)


_NO_REFUSAL = (
    "a PRISM agent has no message for it, so a refusal cannot be told from silence. Play 'never-responds' instead"
)


CATALOGUE = {
    behaviour.name: behaviour
    for behaviour in (
        Behaviour(
            "accepts",
            "The other side accepts: one second after the invitation was made, or after the time that is given. "
            "An agent's own expiry stays real: a PRISM invitation that is accepted after 300 seconds ends in "
            "InvitationExpired.",
            {
                "prism-inviter": _inviter_accepted,
                "prism-invitee": _invitee_answered,
                "vcx-holder": _holder("accept"),
                "aries-holder": _holder("accept"),
            },
            default=BEFORE_SCAN,
        ),
        Behaviour(
            "agent-offer",
            "A cloud agent takes the invitation and accepts it at once; nobody has to scan anything.",
            {role: lambda _: _shown(("accept", None)) for role in ("vcx-holder", "aries-holder")},
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
            default=BEFORE_SCAN,
            absent={"prism-inviter": _NO_REFUSAL, "prism-invitee": _NO_REFUSAL},
        ),
        Behaviour(
            "redirects",
            "The holder says that the two are connected already: the inviter ends in Redirected. It needs an older "
            "connection of the same inviter that a scripted holder accepted.",
            {"vcx-holder": _holder("redirect")},
            default=BEFORE_SCAN,
        ),
        Behaviour(
            "answers-twice",
            "The holder accepts, and then accepts again with new keys. The agency refuses the second answer with "
            "CRS-102, and the first one stands.",
            {"vcx-holder": _holder("accept", "answer-again")},
            default=BEFORE_SCAN,
        ),
        Behaviour(
            "never-responds",
            "The other side never answers: a PRISM inviter stays in InvitationGenerated, an invitee in "
            "ConnectionRequestSent, a libvcx inviter in OfferSent, for ever.",
            {
                "prism-inviter": lambda _: _shown(("InvitationGenerated", None)),
                "prism-invitee": lambda _: _shown(
                    ("ConnectionRequestPending", ON_THE_WAY), ("ConnectionRequestSent", None)
                ),
                "vcx-holder": lambda _: _shown(("ignore", None)),
                "aries-holder": lambda _: _shown(("ignore", None)),
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
                "prism-invitee": lambda _: _shown(
                    ("ConnectionRequestPending", 2 * SECOND), ("ConnectionRequestSent", None)
                )
            },
        ),
        Behaviour(
            "agency-hangs",
            "The client's own agency takes every question about the connection and answers none, for ten minutes or "
            "the time that is given; then the holder accepts.",
            {
                "vcx-holder": lambda after: Sequence(
                    (Step("ignore", For(after, after), Delay(None)), Step("accept", Ever()))
                )
            },
            default=10 * MINUTE,
        ),
        Behaviour(
            "agent-hangs",
            "The client's own agent takes every question about the connection and never answers it.",
            {
                "prism-inviter": lambda _: _shown(("InvitationGenerated", None), fault=Delay(None)),
                "prism-invitee": lambda _: _shown(("ConnectionRequestPending", None), fault=Delay(None)),
            },
        ),
    )
}


def parse_behaviour(text: str, role: str) -> Sequence:
    """Turn a behaviour as it is said into the sequence that a role plays.

    Args:
        text: ``accepts``, ``accepts after 90 seconds``, ``accepts:90s``, ``never responds``; spaces or hyphens.
        role: The role that is to play it.

    Raises:
        UnknownBehaviour: There is no such behaviour; the message names the nearest.
        Misuse: The role cannot show it, or it takes no parameter.
        BadDuration: The parameter is no duration.
    """
    if (said := _said(text)) is not None:
        return _play(*said, text, role)
    words = " ".join(text.replace(":", " ").split())
    said_name = re.split(r" after\b| (?=[0-9])", words)[0].replace(" ", "-")
    near = get_close_matches(said_name, CATALOGUE, n=1)
    raise UnknownBehaviour(
        f"There is no behaviour {text!r}.{f' Did you mean {near[0]!r}?' if near else ''} "
        f"Expected one of: {', '.join(of_role(role) or CATALOGUE)}."
    )


def can_play(text: str, role: str) -> bool:
    """Tell whether this is said of a behaviour that a role can show; a wrong parameter is another matter."""
    said = _said(text)
    return said is not None and role in said[0].roles


def _said(text: str) -> tuple[Behaviour, str] | None:
    """The behaviour of which this is said, and its parameter as a text."""
    words = " ".join(text.replace(":", " ").split())
    for name in sorted(CATALOGUE, key=len, reverse=True):  # "refuses late" is no "refuses" with a parameter
        for form in (name, name.replace("-", " ")):
            if words == form or words.startswith(f"{form} "):
                return CATALOGUE[name], words[len(form) :].strip().removeprefix("after ").strip()
    return None


def _play(behaviour: Behaviour, parameter: str, text: str, role: str) -> Sequence:
    if role not in behaviour.roles:
        why = f": {behaviour.absent[role]}" if role in behaviour.absent else ""
        raise Misuse(
            f"{behaviour.name!r} is nothing that a {role} can show{why}. "
            f"Expected a behaviour of {role}, one of: {', '.join(of_role(role))}."
        )
    after = behaviour.default
    if parameter:
        if after is None:
            raise Misuse(f"{text!r} says too much: {behaviour.name!r} takes no duration. Leave {parameter!r} out.")
        try:
            after = duration(parameter)
        except BadDuration as bad:
            raise UnknownBehaviour(f"{text!r} is no behaviour: {bad}") from bad
    sequence = behaviour.roles[role](after or 0)
    said = behaviour.name if not parameter else f"{behaviour.name} after {spoken(after or 0)}"
    return replace(sequence, name=repr(said))


def of_role(role: str) -> tuple[str, ...]:
    """The names of the behaviours that a role can show."""
    return tuple(name for name, behaviour in CATALOGUE.items() if role in behaviour.roles)
