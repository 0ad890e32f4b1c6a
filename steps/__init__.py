"""Gherkin sentences, one file per noun. In the wheel this package is ``connsim.steps``.

Every pytest run of an environment that has connsim imports these modules. So that it stays fast, they load only errors
and durations; a step function imports what else it needs when it runs.
"""

ROLE = "(?P<role>client|inviter|invitee|other invitee|issuer)"
"""The pattern of a role in a sentence; "client" is the actor that acted last."""

OTHER = ROLE.replace("role", "other")
"""The pattern of a second role in a sentence."""
