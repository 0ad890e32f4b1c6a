"""One request to an agency and its answer: closed, posted, opened, and held to be an answer to what was asked.

It demands of an answer what libvcx demands: the envelope of the request, and mostly its style too. Who sent the answer
it does not look at, as libvcx does not.
"""

import itertools
import time
from collections.abc import Callable

from connsim.clients.patience import pause_before_retry
from connsim.wire.codes import Version
from connsim.wire.crypt import Draw
from connsim.wire.errors import BadMessage, CannotOpen
from connsim.wire.keys import Identity, KeyPair
from connsim.wire.layers import open_layer, wrap
from connsim.wire.messages import Message, is_answer

Post = Callable[[bytes], bytes]
"""Posts a body to the agency and gives the body of its answer; raises `AgencyError` unless the status is 2xx."""

# To these libvcx takes an answer of either style; to all others it must have the style of the request.
_LENIENT = {"UPDATE_CONFIGS", "CREATE_KEY", "GET_MSGS", "GET_MSGS_BY_CONNS", "UPDATE_CONN_STATUS"}


_PAUSE = 1.0
"""Seconds before a request is posted again, if the agency does not say for how long it is busy."""


class AgencyError(Exception):
    """The agency refused, or nothing answered at all.

    Attributes:
        status: The HTTP status; ``None`` if there was no answer.
        body: What was said with it.
        retry_after: For how many seconds it wants to be left alone, if it said so.
    """

    def __init__(self, status: int | None, body: bytes, retry_after: float | None = None) -> None:
        what = "did not answer" if status is None else f"answered with status {status}"
        super().__init__(f"The agency {what}: {body[:500].decode(errors='replace')}. Expected a status of 200 to 299.")
        self.status = status
        self.body = body
        self.retry_after = retry_after

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status is None or self.status == 429 or self.status >= 500


class UnexpectedAnswer(Exception):
    """The answer is a message that everybody knows, but not one that answers what was asked."""


class Channel:
    """Asks one agency on behalf of one owner; for the arguments see `AgencyClient`."""

    def __init__(self, post: Post, agency: Identity, owner: KeyPair, draw: Draw, *, patient: bool = False) -> None:
        self._post = post
        self._patient = patient
        self._agency = agency
        self._owner = owner
        self._draw = draw

    def ask(self, message: Message, version: Version, *steps: tuple[KeyPair, Identity]) -> Message:
        """Send a message and return its answer.

        Args:
            version: That of the envelopes.
            steps: Sender and recipient of each envelope but the outermost, the innermost first.

        Raises:
            AgencyError: The agency refuses, or cannot be reached.
            Unreadable: The answer does not open, or is malformed.
            UnexpectedAnswer: It answers something else.
        """
        request = wrap(message, version, [*steps, (None, self._agency)], self._draw)
        # Version 2.0 says for whom it is closed, and any key of the client will do; version 1.0 must be for the owner.
        held = {keys.verkey: keys for keys in (self._owner, steps[0][0])}
        layer = open_layer(self._send(message, request), self._owner, wallet=held.get)
        answer = layer.message
        if layer.version is not version:
            raise CannotOpen(f"The answer came in an envelope of version {layer.version}. Expected {version}.")
        if not is_answer(answer, message.name):
            raise UnexpectedAnswer(f"The agency answered {message.name} with {answer.name}.")
        if answer.style is not message.style and message.name not in _LENIENT:
            raise BadMessage(f"{answer.name} is of style {answer.style}. Expected {message.style}, as the request was.")
        return answer

    def _send(self, message: Message, request: bytes) -> bytes:
        """Post, and again if the agency is too busy; a poll is for its caller to repeat."""
        for tries in itertools.count(1):
            try:
                return self._post(request)
            except AgencyError as failed:
                pause = pause_before_retry(failed.status, failed.retry_after, tries, _PAUSE)
                if pause is None or not self._patient or message.name == "GET_MSGS":
                    raise
                time.sleep(pause)
        raise AssertionError("unreachable")
