"""Invitation payloads, read the way the agent of 2023 reads them: circe 0.14.2 or 0.14.3 on the jawn parser.

It differs from release 1.40.0 in the members of an invitation, and in the form of its errors. Goal code and goal are
required, and the times are unknown. The messages are the same, but a place is printed as the list of steps to it, the
last step first; and where an object was expected, the message is the name of the class to which it would be decoded.
Read in the sources of circe, and compared with a run of circe 0.14.3 in another program. Deduced.
"""

from typing import NoReturn

from connsim.prism.invitation import Invitation
from connsim.prism.jvm.circe import InvitationDecoder, Steps
from connsim.prism.jvm.jawn import Unparsable, parse
from connsim.prism.jvm.json_parser import Json


def parse_invitation(text: str) -> Invitation:
    """Read an invitation.

    Lone surrogates become ``?``, in members and in messages, because the JVM writes them like that.

    Raises:
        Unparsable: The agent would refuse the text; the message is the text inside ``InvitationParsingError(...)``.
    """
    try:
        tree = parse(text)
    except Unparsable as bad:
        raise Unparsable(f"io.circe.ParsingFailure: {bad}") from None
    return _Decoder().invitation(tree)


class _Decoder(InvitationDecoder):
    requires_goal = True
    times = ()
    attachment = ("id", "media_type", "data", "filename", "lastmod_time", "byte_count", "description")

    def refuse(self, message: str, steps: Steps) -> NoReturn:
        printed: list[str] = []
        for step in reversed(steps):
            printed += ["MoveRight"] * step + ["DownArray"] if isinstance(step, int) else [f"DownField({step})"]
        raise Unparsable(f"DecodingFailure({message}, List({', '.join(printed)}))")

    def refuse_non_object(self, value: Json, steps: Steps, made: str) -> NoReturn:
        self.refuse(made, steps)
