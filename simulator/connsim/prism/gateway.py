"""The APISIX 2.15 gateway of the stock deployments, which checks the API key before the agent does.

Read in the source of APISIX; no recording is known. Not imitated: it sends its own replies in chunks.

Source: docs/protocol/prism-agent.md, 1, 6.1.
"""

from connsim.core.exchange import Reply, Request
from connsim.prism.jvm import reading
from connsim.prism.problems import dumps

_SERVER = ("Server", "APISIX/2.15.0")
_CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "*"),
    ("Access-Control-Max-Age", "5"),
    ("Access-Control-Expose-Headers", "*"),
    ("Access-Control-Allow-Headers", "*"),
)


class Gateway:
    """A gateway in front of an agent.

    Args:
        keys: The API keys that its plugin ``key-auth`` accepts.
        cors: Whether its plugin ``cors`` is enabled, for any origin; the gateway then answers every ``OPTIONS`` itself.
    """

    def __init__(self, keys: frozenset[str], *, cors: bool) -> None:
        self._keys = keys
        self._cors = cors

    def refuse(self, request: Request) -> Reply | None:
        """Return the gateway's own answer; ``None`` if the agent is to answer."""
        if self._cors and request.method == "OPTIONS":
            return _gateway_reply(200, b"")
        key = request.headers.get("apikey")
        if key is None:
            key = next(iter(reading.query(request.target).get("apikey", [])), None)
        if key in self._keys:
            return None
        message = "Missing API key found in request" if key is None else "Invalid API key in request"
        return _gateway_reply(401, dumps({"message": message}) + b"\n")

    def pass_on(self, reply: Reply) -> Reply:
        """Replace the agent's ``Server`` header with the gateway's, and add the headers of ``cors``."""
        kept = [header for header in reply.headers if header[0] != "Server"]
        return reply._replace(headers=(*kept, _SERVER, *(_CORS if self._cors else ())))


def _gateway_reply(status: int, body: bytes) -> Reply:
    return Reply(status, body, "text/plain; charset=utf-8")
