"""The REST API for webhooks: ``/events/webhooks``.

The order of checks is that of `connsim.prism.cloud_agent.api`. Two of the three endpoints declare a 401, so they
answer a refused key with it.
"""

from collections.abc import Callable

from connsim.core.exchange import Reply, Request
from connsim.prism.cloud_agent import problems
from connsim.prism.cloud_agent.agent import CloudAgent
from connsim.prism.cloud_agent.checks import check_accept, invalid, shown_path
from connsim.prism.cloud_agent.webhooks.body import decode_webhook
from connsim.prism.jvm import reading
from connsim.prism.jvm.java_url import NotAUrl, to_url
from connsim.prism.jvm.zio_json import Malformed
from connsim.prism.problems import dumps
from connsim.prism.refusals import Refused

_PAGING = ("offset", "limit")


def add_webhook(agent: CloudAgent, request: Request) -> Reply:
    """``POST /events/webhooks``: register the wallet's webhook. A 200, not a 201."""
    wallet = agent.wallet_of(request)
    try:
        url, headers = decode_webhook(request.body)
    except Malformed as bad:
        raise invalid(request, f"body ({bad})") from None
    check_accept(request)
    try:
        url = to_url(url)
    except NotAUrl as bad:
        raise _BadUrl(str(bad)) from None
    if agent.webhooks.registered(wallet.id) is not None:
        raise problems.too_many_webhooks(wallet=wallet.id)
    return Reply(200, dumps(agent.webhooks.register(wallet.id, url, headers).members()))


def list_webhooks(agent: CloudAgent, request: Request) -> Reply:
    """``GET /events/webhooks``: a page with the wallet's webhook, if any. Query parameters are ignored."""
    wallet = agent.wallet_of(request, declares_401=True)
    check_accept(request)
    webhook = agent.webhooks.registered(wallet.id)
    page = {
        "self": request.target,
        "kind": "WebhookNotificationPage",
        "pageOf": _without_paging(request.target),
        "contents": [] if webhook is None else [webhook.members()],
    }
    return Reply(200, dumps(page))


def remove_webhook(agent: CloudAgent, request: Request) -> Reply:
    """``DELETE /events/webhooks/{id}``: remove the wallet's webhook. A 200 without a body; ``Accept`` is ignored.

    An unknown webhook is a 500, because the agent requires that the removal affects one row of its table.
    """
    try:
        webhook_id = reading.uuid(request.params["id"])
    except ValueError:
        raise invalid(request, "path parameter id") from None
    wallet = agent.wallet_of(request, declares_401=True)
    webhook = agent.webhooks.registered(wallet.id)
    if webhook is None or webhook.id != webhook_id:
        raise problems.internal(path=shown_path(request))
    agent.webhooks.remove(wallet.id)
    return Reply(200, content_type=None)


class _BadUrl(Refused):
    """A URL that Java refuses: the one error whose type has no namespace."""

    def reply(self, new_uuid: Callable[[], str]) -> Reply:
        """Return a 400 with the text of Java's exception."""
        body = {
            "status": 400,
            "type": "BadRequest",
            "title": "BadRequest",
            "detail": str(self),
            "instance": f"error:instance:{new_uuid()}",
        }
        return Reply(400, dumps(body))


def _without_paging(target: str) -> str:
    path, _, query = target.partition("?")
    kept = [pair for pair in query.split("&") if pair and pair.partition("=")[0] not in _PAGING]
    return f"{path}?{'&'.join(kept)}" if kept else path
