"""The words in which a question about requests is put: routes, messages, states. A question of no sense is misuse."""

from collections.abc import Collection
from functools import cache

from connsim.agency.api import ROUTES
from connsim.errors import Misuse, did_you_mean
from connsim.journal.entries import Exchange, Transition
from connsim.prism.agent import PrismAgent
from connsim.script.machines.prism import State
from connsim.script.machines.vcx import ANSWER, Act, client_state, mailbox_after
from connsim.wire.codes import MessageStatus
from connsim.wire.message_table import MESSAGES
from connsim.wire.states import State as VcxState

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def route(asked: str) -> str:
    """A route's template, such as ``/connections/{connectionId}``."""
    return _known(asked, _routes(), "route of an agent or of the agency", _alike(asked))


def method(asked: str) -> str:
    """An HTTP method, in capitals."""
    return _known(asked.upper(), _METHODS, "HTTP method")


def message(asked: str) -> str:
    """The name of a message to the agency, such as ``GET_MSGS``."""
    return _known(asked, MESSAGES, "message to the agency")


def state(asked: str) -> str:
    """The name of a state of a connection, of PRISM or of libvcx."""
    return _known(asked, _states(), "state of a connection")


def shown(exchange: Exchange) -> str | None:
    """The state of the connection that a reply showed to its client, if it showed one.

    A client of a VCX agency keeps its own state. For the status of its request in the mailbox, this is the name of the
    state into which libvcx gets by it.
    """
    if exchange.state is None or exchange.status is None or exchange.status >= 300:
        return None
    return _SHOWN.get(exchange.state, exchange.state)


def entered(transition: Transition) -> str:
    """The state of the connection that a transition led to; for an act of a VCX holder, that of its inviter."""
    if transition.role != "vcx-holder":
        return transition.target
    act = Act(transition.target)
    # Whoever answers again says the same once more, so that the inviter stays where it is.
    return "" if act is Act.AGAIN else _after(act)


def _after(act: Act) -> str:
    return client_state(mailbox_after(act)).value


_SHOWN: dict[str, str] = {
    **dict.fromkeys((MessageStatus.CREATED, MessageStatus.SENT, MessageStatus.RECEIVED), VcxState.OFFER_SENT.value),
    **{answer.code: _after(act) for act, answer in ANSWER.items()},
}


@cache
def _routes() -> tuple[str, ...]:
    return tuple(dict.fromkeys((*PrismAgent.routes, *(one.template for one in ROUTES.routes))))


@cache
def _states() -> tuple[str, ...]:
    return tuple(dict.fromkeys([*map(str, State), *map(str, VcxState)]))


def _alike(path: str) -> str | None:
    """The route that a path is of, or a template whose parameters have other names."""
    parts = path.partition("?")[0].split("/")
    for template in _routes():
        pairs = list(zip(template.split("/"), parts, strict=False))
        if template.count("/") == len(parts) - 1 and all(one[:1] == "{" or one == other for one, other in pairs):
            return template
    return None


def _known(asked: str, words: Collection[str], what: str, near: str | None = None) -> str:
    if asked in words:
        return asked
    meant = f" Did you mean {near!r}?" if near else did_you_mean(asked, words, cutoff=0.4)
    raise Misuse(f"{asked!r} is no {what}.{meant} Expected one of: {', '.join(words)}.")
