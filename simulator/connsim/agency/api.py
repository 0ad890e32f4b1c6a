"""The routes of the agency, and the rules of who may send what to whom.

All messages go to one URL. The layers of a request lead to one actor, and the key that closed the innermost layer
decides which messages that actor accepts:

    actor              key that closed the innermost layer     accepted messages
    the agency         the owner's new key                     _AGENCY
    forward agent      its owner's                             _FORWARD_AGENT
    cloud agent        its owner's                             _AGENT
    agent connection   its user's pairwise key                 _OWNER
    agent connection   any other: the remote side              _REMOTE

Source: docs/protocol/vcx-agency.md, 7.
"""

from collections.abc import Callable, Mapping
from typing import Any

from connsim.agency import connecting, mailbox, provisioning, refusals
from connsim.agency.invites import show_linked, show_sent
from connsim.agency.records import AgentConnection, CloudAgent, ForwardAgent
from connsim.agency.refusals import Refused
from connsim.agency.visit import Visit
from connsim.core.exchange import Profile, Reply, Request, Route
from connsim.wire.crypt import drawing
from connsim.wire.layers import Layer, close_layer, peel
from connsim.wire.messages import Message
from connsim.wire.notation import dump_json, shown

Handler = Callable[[Visit, Any, Layer], Message]

_AGENCY: Mapping[str, Handler] = {"CONNECT": provisioning.connect}
_FORWARD_AGENT: Mapping[str, Handler] = {"SIGNUP": provisioning.sign_up, "CREATE_AGENT": provisioning.create_agent}
_AGENT: Mapping[str, Handler] = {
    "UPDATE_CONFIGS": provisioning.update_configs,
    "UPDATE_COM_METHOD": provisioning.update_com_method,
    "CREATE_KEY": provisioning.create_key,
    "GET_MSGS": mailbox.get_agent_messages,
    "GET_MSGS_BY_CONNS": mailbox.get_messages_by_connections,
    "UPDATE_MSG_STATUS_BY_CONNS": mailbox.update_status,
}
_OWNER: Mapping[str, Handler] = {
    "CONN_REQUEST": connecting.request,
    "ACCEPT_CONN_REQ": connecting.answer,
    "REDIRECT_CONN_REQ": connecting.answer,
    "GET_MSGS": mailbox.get_messages,
    "UPDATE_CONN_STATUS": mailbox.update_connection,
    "SEND_REMOTE_MSG": mailbox.send,
}
_REMOTE: Mapping[str, Handler] = {
    "ACCEPT_CONN_REQ": connecting.take_answer,
    "REDIRECT_CONN_REQ": connecting.take_answer,
    "SEND_REMOTE_MSG": mailbox.take,
}


def show_agency(visit: Visit, _: Request) -> Reply:
    """``GET /agency``: the agency's DID and verkey."""
    agency = visit.agency
    return Reply(200, dump_json({"DID": agency.parties.identity.did, "verKey": agency.parties.identity.verkey}))


def take_message(visit: Visit, request: Request) -> Reply:
    """``POST /agency/msg``: all messages."""
    agency = visit.agency
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type and agency.flavour.media_types and media_type not in agency.flavour.media_types:
        expected = ", ".join(sorted(agency.flavour.media_types))
        visit.note = f"The body is {media_type}. Expected one of: {expected}."
        # Deduced. The agency is known to refuse other types; the wording is that of its HTTP server, Akka HTTP.
        text = f"The request's Content-Type is not supported. Expected:\n{expected.replace(', ', ' or ')}"
        return Reply(415, text.encode(), "text/plain; charset=UTF-8")
    layers = peel(request.body, agency.parties.key, agency.parties.find_key)
    last = layers[-1]
    if (forwarded := last.forwarded) is not None:
        return _store_aries(visit, layers, *forwarded)
    handlers = _authorize(visit, layers)
    visit.message = last.message.name
    if last.message.name not in handlers:
        raise Refused(
            refusals.UNSUPPORTED,
            f"{last.message.name} was sent to a party that does not accept it. Expected {', '.join(handlers)}.",
        )
    visit.check_faults()
    answer = handlers[last.message.name](visit, visit.actor, last)
    return Reply(200, _closed(visit, answer, last), "application/octet-stream")


def take_for_holder(visit: Visit, request: Request) -> Reply:
    """``POST /holders/{id}``: an inviter's messages to a scripted holder of an Aries invitation."""
    visit.check_faults()
    return visit.agency.take_for_holder(visit, request.params["id"], request.body) or visit.agency.flavour.unknown


def _closed(visit: Visit, answer: Message, request: Layer) -> bytes:
    """Close an answer for the sender of the request; for an owner always with its own key, not its pairwise one."""
    agency, actor = visit.agency, visit.actor
    if actor is None or request.sender is None:  # `_authorize` refuses such senders, and every handler has an actor
        raise AssertionError("An answer needs an actor that sends it, and an authenticated sender to receive it.")
    actor.answers += 1
    draw = drawing(agency.world.seed, "agency", "answer", actor.identity.did, actor.answers)
    recipient = request.sender
    if isinstance(actor, AgentConnection) and recipient == actor.user.verkey:
        # With the pairwise key, libvcx could not open an answer of version 1.0 (docs/protocol/vcx-agency.md, 7).
        recipient = actor.agent.owner.verkey
    return close_layer(answer, request.version, agency.parties.key_of(actor), recipient, draw, agency.flavour.spelling)


def _authorize(visit: Visit, layers: tuple[Layer, ...]) -> Mapping[str, Handler]:
    """Find the actor that a request is for, and set it on the visit; returns what it accepts from this sender."""
    agency = visit.agency
    if len(layers) == 1:
        raise Refused(
            refusals.UNSUPPORTED, f"{layers[0].message.name} came without a Forward. Expected it inside a FWD."
        )
    for layer in layers[1:]:
        if layer.sender is None:
            raise Refused(
                refusals.WRONG_SENDER,
                "A layer is anonymous. Expected every layer but the outermost to be authenticated.",
            )
    actors = [agency.parties.find(layer.recipient) for layer in layers[1:]]
    last = layers[-1]
    match actors:
        case [None]:
            return _AGENCY
        case [ForwardAgent() as forward]:
            _owned(visit, forward, layers[1])
            return _FORWARD_AGENT
        case [CloudAgent() as agent]:
            _owned(visit, agent, layers[1])
            return _AGENT
        case [CloudAgent() as agent, CloudAgent() as same] if agent is same:
            _owned(visit, agent, layers[1])
            _owned(visit, agent, last)
            return {"GET_MSGS": mailbox.get_agent_messages}
        case [CloudAgent() as agent, AgentConnection() as connection] if connection.agent is agent:
            _owned(visit, agent, layers[1])
            if last.sender == connection.user.verkey:
                visit.actor = connection
                visit.about(connection)
                return _OWNER
        case [AgentConnection() as connection]:
            visit.actor = connection
            visit.about(connection)
            visit.client = _remote_agent(last)
            return _REMOTE if last.sender != connection.user.verkey else _OWNER
    raise Refused(refusals.WRONG_SENDER, f"{last.sender} may not send to the party that it names.")


def _owned(visit: Visit, actor: ForwardAgent | CloudAgent, layer: Layer) -> None:
    visit.actor = actor
    if layer.sender != actor.owner.verkey:
        raise Refused(refusals.WRONG_SENDER, f"{layer.sender} does not own the agent {actor.identity.did}.")
    visit.client = actor.owner.did


def _remote_agent(layer: Layer) -> str:
    """Return the DID of the sending agent if the message states it; otherwise its verkey, which is proven."""
    detail = layer.message.members.get("senderDetail")
    return str(detail["agentKeyDlgProof"]["agentDID"]) if detail else str(layer.sender)


def _store_aries(visit: Visit, layers: tuple[Layer, ...], to: str, what: bytes) -> Reply:
    """Handle a Forward to a key that is not held here: either an Aries message for a pairwise key, or a mistake."""
    actor = visit.agency.parties.find(layers[-1].recipient) if len(layers) > 1 else None
    if isinstance(actor, AgentConnection) and to in (actor.user.verkey, actor.user.did):
        visit.message = layers[-1].message.name
        visit.about(actor)
        visit.check_faults()
        mailbox.take_aries(visit, actor, what)
        return Reply(200, b"", "application/octet-stream")
    raise Refused(
        refusals.NO_AGENT,
        f"A Forward names {shown(to)}, which is not a party of this agency.",
        f"agent not created for route: {to[:80]}",
    )


ROUTES = Profile(
    "agency",
    "",
    (
        Route("GET", "/agency", show_agency),
        Route("POST", "/agency/msg", take_message),
        Route("POST", "/holders/{id}", take_for_holder),
        Route("GET", "/agency/invite", show_sent),
        Route("GET", "/agency/invite/{did}", show_linked),
    ),
    lambda path: path.split("/")[1:],
)
"""Matched literally. An agency URL with a trailing slash makes libvcx post to ``//agency/msg``, which is a 404."""
