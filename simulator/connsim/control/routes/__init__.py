"""The routes of the control API, one module per noun."""

from connsim.control.routes import (  # noqa: F401 (for the table of routes, and for the client)
    behaviours,
    clock,
    connections,
    faults,
    holders,
    journal,
    scenarios,
    scripts,
    settings,
    tenants,
    world,
)
