"""The versions of the agent that are played, as users name them."""

CLOUD_AGENT = "1.40.0"
EARLY = "2023"

VERSIONS = (CLOUD_AGENT, EARLY)

FORMER_NAMES = {"P5": CLOUD_AGENT, "P1": EARLY}
"""What versions were called before they went by their own names: still understood, and shown where programs look."""


def version_named(name: str) -> str:
    """The version that a user means; a name that is none stays what it is."""
    return FORMER_NAMES.get(name.upper(), name)
