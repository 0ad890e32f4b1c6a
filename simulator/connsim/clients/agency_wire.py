"""One request to an agency and its answer: encryption, POST, decryption, and checks of the answer.

The checks are those of libvcx: the answer must have the version of the request's envelope and, for most messages, its
style. The sender of the answer is not checked, because libvcx does not check it.
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
"""Posts a body to the agency, and returns the body of its answer; raises `AgencyError` unless the status is 2xx."""

# For these requests libvcx accepts an answer of either style; for all others it must have the request's style
# (docs/protocol/vcx-agency.md, 5).
_LENIENT = {"UPDATE_CONFIGS", "CREATE_KEY", "GET_MSGS", "GET_MSGS_BY_CONNS", "UPDATE_CONN_STATUS"}

_PAUSE = 1.0
"""Seconds before a request is posted again, if a busy agency does not say how long to wait."""


class AgencyError(Exception):
    """The agency refused, or did not answer.

    Attributes:
        status: The HTTP status; ``None`` if there was no answer.
        body: The body of the answer, or the reason why no answer came.
        retry_after: The seconds in ``Retry-After``, if any.
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
    """The answer is a known message, but does not answer the request."""


class Channel:
    """Sends one owner's requests to one agency; for the arguments see `AgencyClient`."""

    def __init__(self, post: Post, agency: Identity, owner: KeyPair, draw: Draw, *, patient: bool = False) -> None:
        self._post = post
        self._patient = patient
        self._agency = agency
        self._owner = owner
        self._draw = draw

    def ask(self, message: Message, version: Version, *steps: tuple[KeyPair, Identity]) -> Message:
        """Send a message and return its answer.

        Args:
            version: The version of the envelopes.
            steps: Sender and recipient of each envelope except the outermost, the innermost first.

        Raises:
            AgencyError: The agency refuses, or cannot be reached.
            Unreadable: The answer does not open, or is malformed.
            UnexpectedAnswer: The answer does not belong to this request.
        """
        request = wrap(message, version, [*steps, (None, self._agency)], self._draw)
        # An envelope of version 2.0 names its recipient, any key of the client; one of 1.0 must be for the owner's key.
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
        """Post, with retries if the agency is too busy. Polls are repeated by their caller instead, at its pace."""
        for tries in itertools.count(1):
            try:
                return self._post(request)
            except AgencyError as failed:
                pause = pause_before_retry(failed.status, failed.retry_after, tries, _PAUSE)
                if pause is None or not self._patient or message.name == "GET_MSGS":
                    raise
                time.sleep(pause)
        raise AssertionError("unreachable")
