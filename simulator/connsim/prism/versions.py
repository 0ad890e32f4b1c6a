"""The versions of the agent that connsim plays, by the names that users give them."""

CLOUD_AGENT = "1.40.0"
EARLY = "2023"

VERSIONS = (CLOUD_AGENT, EARLY)

FORMER_NAMES = {"P5": CLOUD_AGENT, "P1": EARLY}
"""The versions by their names in the first releases: still accepted, and part of machine-readable output."""


def version_named(name: str) -> str:
    """Return the version of a current or former name; an unknown name is returned as it is."""
    return FORMER_NAMES.get(name.upper(), name)
