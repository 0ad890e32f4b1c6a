"""Invitation payloads, read the way release 1.40.0 reads them: circe 0.14.7 on the jawn 1.5.1 parser.

Reading takes two steps, whose errors have different forms: jawn parses the whole text into a tree, then circe decodes
the tree into an invitation.
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
        Unparsable: The agent would refuse the text.
    """
    return _Decoder().invitation(parse(text))


class _Decoder(InvitationDecoder):
    requires_goal = False
    times = ("created_time", "expires_time")
    attachment = ("id", "media_type", "data", "format", "filename", "lastmod_time", "byte_count", "description")

    def refuse(self, message: str, steps: Steps) -> NoReturn:
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
        raise Unparsable(f"DecodingFailure at {place}: {message}")

    def refuse_missing(self, steps: Steps) -> NoReturn:
        *around, name = steps
        if around and isinstance(around[-1], int):
            around.pop()  # circe loses the index of an array's element when one of the element's members is missing
        super().refuse_missing((*around, name))

    def refuse_non_object(self, value: Json, steps: Steps, made: str) -> NoReturn:
        self.refuse_type(value, steps, "object")
