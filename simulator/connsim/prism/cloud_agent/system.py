"""Routes that need no key: health, metrics, the OpenAPI document.

The HTML pages of the document, ``/docs/`` and ``/redoc/``, are not played.

Source: docs/protocol/prism-agent.md, 2.5.
"""

from connsim.core.exchange import Reply, Request, Route
from connsim.prism import metrics
from connsim.prism.cloud_agent.agent import CloudAgent
from connsim.prism.cloud_agent.checks import check_accept
from connsim.prism.cloud_agent.document import document
from connsim.prism.openapi.parts import printed
from connsim.prism.problems import dumps


def health(agent: CloudAgent, request: Request) -> Reply:
    """``GET /_system/health``: the version."""
    check_accept(request)
    return Reply(200, dumps({"version": agent.settings.version}))


def show_metrics(agent: CloudAgent, request: Request) -> Reply:
    """``GET /_system/metrics``: the counters of connections."""
    check_accept(request, "text/plain")
    return Reply(200, metrics.exposition(agent.flow.counts), metrics.CONTENT_TYPE)


def show_document(agent: CloudAgent, request: Request) -> Reply:
    """``GET /docs/docs.yaml``: our own document, in JSON, which is valid YAML, too."""
    check_accept(request, "application/yaml")
    return Reply(200, printed(document, agent.settings.version), "application/yaml")


def show_document_for_redoc(agent: CloudAgent, request: Request) -> Reply:
    """``GET /redoc/docs.yaml``: the same document as ``text/yaml``; ``Accept`` is compared with ``text/plain``."""
    check_accept(request, "text/plain")
    return Reply(200, printed(document, agent.settings.version), "text/yaml")


SYSTEM = (
    Route("GET", "/_system/health", health),
    Route("GET", "/_system/metrics", show_metrics),
    Route("GET", "/docs/docs.yaml", show_document),
    Route("GET", "/docs/cloud-agent/api/docs.yaml", show_document),  # where the stock gateway has it
    Route("GET", "/redoc/docs.yaml", show_document_for_redoc),
)
