"""The APISIX gateway of the stock deployments: it looks at the API key before the agent does."""

from simulator.exchange import Reply, Request
from simulator.prism.problems import dumps


def refuse(keys: frozenset[str] | None, request: Request) -> Reply | None:
    """What its plugin ``key-auth`` answers in place of the agent.

    Args:
        keys: The keys that it lets through; ``None`` is no gateway.
    """
    key = request.headers.get("apikey")
    if keys is None or key in keys:
        return None
    said = "Missing API key found in request" if key is None else "Invalid API key in request"
    return Reply(401, dumps({"message": said}))
