"""The versions of the agent that are played, as users name them."""

CLOUD_AGENT = "P5"
EARLY = "P1"

VERSIONS = (CLOUD_AGENT, EARLY)
