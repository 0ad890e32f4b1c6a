"""What the holder of an invitation is told to do now, whatever its protocol."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

from connsim.errors import Misuse

if TYPE_CHECKING:  # the arrow runs the other way: it is a verb of the world
    from connsim.world.world import World


def let_holder(world: "World", act: str, connection: str) -> None:
    """Let the holder of one invitation act; see `World.let_holder`.

    Raises:
        NotFound: There is no such invitation.
        Misuse: There is no such act, or the holder can not act so.
    """
    verbs = {
        "accept": world.agency.holder_accepts,
        "refuse": world.agency.holder_refuses,
        "redirect": world.agency.holder_redirects,
        "silence": world.agency.holder_stays_silent,
    }
    if act not in verbs:
        near = get_close_matches(act, verbs, n=1)
        raise Misuse(
            f"A holder can not {act!r}.{f' Did you mean {near[0]!r}?' if near else ''} "
            f"Expected one of: {', '.join(verbs)}."
        )
    if (holder := world.agency.aries.last(connection)) is not None:
        at = world.clock.settle()
        if act == "redirect":
            raise Misuse(
                f"{connection} is an Aries connection, and Aries has no message for a redirection. Expected accept, "
                f"refuse or silence."
            )
        holder.decide(act, at)
    elif world.prism.store.get(connection) is None:
        verbs[act](connection)
    elif act == "accept":
        world.prism.holder_accepts(connection)
    else:
        raise Misuse(
            f"{connection} is a PRISM connection, whose holder can only accept: PRISM agents have no message for more. "
            f"Script 'never-responds' for a holder who does not accept."
        )
