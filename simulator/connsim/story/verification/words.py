"""Checks the names in conditions on requests: routes, methods, messages, states. An unknown name raises `Misuse`."""

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


def route(name: str) -> str:
    """Check the template of a route, such as ``/connections/{connectionId}``."""
    return _known(name, _routes(), "a route of an agent or of the agency", _template_like(name))


def method(name: str) -> str:
    """Check an HTTP method, and return it in capitals."""
    return _known(name.upper(), _METHODS, "an HTTP method")


def message(name: str) -> str:
    """Check the name of a message to the agency, such as ``GET_MSGS``."""
    return _known(name, MESSAGES, "a message to the agency")


def state(name: str) -> str:
    """Check the name of a state of a connection, of PRISM or of libvcx."""
    return _known(name, _states(), "a state of a connection")


def shown(exchange: Exchange) -> str | None:
    """Return the state of the connection that a reply showed to its client; ``None`` if it showed none.

    A client of a VCX agency keeps its own state. A reply of the agency shows the status of a request in the mailbox;
    the state is the one that libvcx enters on that status.
    """
    if exchange.state is None or exchange.status is None or exchange.status >= 300:
        return None
    return _SHOWN.get(exchange.state, exchange.state)


def entered(transition: Transition) -> str:
    """Return the state of the connection after a transition; for an act of a VCX holder, the state of its inviter."""
    if transition.role != "vcx-holder":
        return transition.target
    act = Act(transition.target)
    # A holder that answers again sends the same answer, so the inviter's state does not change.
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


def _template_like(path: str) -> str | None:
    """Return the template that matches a path, or one that differs in the names of its parameters only."""
    parts = path.partition("?")[0].split("/")
    for template in _routes():
        pairs = list(zip(template.split("/"), parts, strict=False))
        if template.count("/") == len(parts) - 1 and all(one[:1] == "{" or one == other for one, other in pairs):
            return template
    return None


def _known(name: str, known: Collection[str], what: str, near: str | None = None) -> str:
    if name in known:
        return name
    meant = f" Did you mean {near!r}?" if near else did_you_mean(name, known, cutoff=0.4)
    raise Misuse(f"{name!r} is not {what}.{meant} Expected one of: {', '.join(known)}.")
