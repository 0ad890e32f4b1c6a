"""Provisioning: an owner gets a cloud agent (CONNECT, SIGNUP, CREATE_AGENT), configures it, creates pairwise keys."""

from connsim.agency import refusals
from connsim.agency.records import AgentConnection, CloudAgent, ForwardAgent
from connsim.agency.refusals import Refused
from connsim.agency.visit import Visit
from connsim.wire.errors import BadKey
from connsim.wire.keys import Identity, did_bytes, verkey_bytes
from connsim.wire.layers import Layer
from connsim.wire.messages import Message
from connsim.wire.notation import shown


def connect(visit: Visit, _: None, layer: Layer) -> Message:
    """``CONNECT``: makes a forward agent for a new owner, which takes the owner's next messages."""
    agency = visit.agency
    owner = _identity(layer, "fromDID", "fromDIDVerKey")
    visit.client = owner.did
    if layer.sender != owner.verkey:
        raise Refused(refusals.WRONG_SENDER, f"CONNECT for {owner.verkey} was closed by {layer.sender}.")
    if agency.flavour.checks_did and did_bytes(owner.did) != verkey_bytes(owner.verkey)[:16]:
        text = f"DID and verKey not belonging to each other (DID: {owner.did}, verKey: {owner.verkey})"
        raise Refused(refusals.BAD_VALUE, "fromDID does not belong to fromDIDVerKey.", text)
    if owner.did in agency.owners:
        raise Refused(refusals.CONNECTED, f"The owner {owner.did} has connected before. Expected a new owner.")
    forward = ForwardAgent(owner, agency.parties.keyring)
    agency.owners[owner.did] = forward
    agency.parties.add(forward)
    visit.actor = forward
    return _paired(layer, "CONNECTED", forward.identity)


def sign_up(visit: Visit, forward: ForwardAgent, layer: Layer) -> Message:
    """``SIGNUP``."""
    if forward.signed_up:
        raise Refused(refusals.SIGNED_UP, f"The owner {forward.owner.did} has signed up before.")
    forward.signed_up = True
    return layer.message.answered("SIGNED_UP")


def create_agent(visit: Visit, forward: ForwardAgent, layer: Layer) -> Message:
    """``CREATE_AGENT``."""
    if not forward.signed_up:
        raise Refused(refusals.NOT_SIGNED_UP, f"The owner {forward.owner.did} has not signed up. Send SIGNUP first.")
    if forward.agent is not None:
        raise Refused(refusals.AGENT_EXISTS, f"The owner {forward.owner.did} has an agent already.")
    forward.agent = CloudAgent(forward.owner, visit.agency.parties.keyring)
    visit.agency.parties.add(forward.agent)
    return _paired(layer, "AGENT_CREATED", forward.agent.identity)


def update_configs(visit: Visit, agent: CloudAgent, layer: Layer) -> Message:
    """``UPDATE_CONFIGS``: stores settings, of any name."""
    agent.configs = {**agent.configs, **{pair["name"]: pair["value"] for pair in layer.message.members["configs"]}}
    return layer.message.answered("CONFIGS_UPDATED")


def update_com_method(visit: Visit, agent: CloudAgent, layer: Layer) -> Message:
    """``UPDATE_COM_METHOD``: stores where the owner wants notifications."""
    method = layer.message.members["comMethod"]
    agent.com_methods[method["type"]] = method["value"]
    return layer.message.answered("COM_METHOD_UPDATED", id=method["id"])


def create_key(visit: Visit, agent: CloudAgent, layer: Layer) -> Message:
    """``CREATE_KEY``: makes an agent connection for a pairwise identity of the owner; once for each."""
    user = _identity(layer, "forDID", "forDIDVerKey")
    if user.did in agent.connections:
        raise Refused(
            refusals.KEY_EXISTS, f"There is a key for {user.did} already. Connecting twice with one object does this."
        )
    connection = AgentConnection(agent, user, visit.agency.parties.keyring)
    agent.connections[user.did] = connection
    visit.agency.parties.add(connection)
    visit.about(connection)
    return _paired(layer, "KEY_CREATED", connection.identity)


def _identity(layer: Layer, did: str, verkey: str) -> Identity:
    """Read an identity in a message.

    Raises:
        Refused: The DID or the verkey is malformed.
    """
    found = Identity(layer.message.members[did], layer.message.members[verkey])
    try:
        did_bytes(found.did)
        verkey_bytes(found.verkey)
    except BadKey as wrong:
        raise Refused(refusals.BAD_VALUE, f"{layer.message.name} names {shown(found.did)}. {wrong}") from None
    return found


def _paired(layer: Layer, name: str, identity: Identity) -> Message:
    return layer.message.answered(name, withPairwiseDID=identity.did, withPairwiseDIDVerKey=identity.verkey)
