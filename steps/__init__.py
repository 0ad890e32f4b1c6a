"""Gherkin sentences, one file per noun. In the wheel this package is ``connsim.steps``.

Every pytest run of an environment that has connsim imports these modules, so they load nothing of it but errors and
durations; what else a sentence needs, it imports when it is played.
"""

ROLE = "(?P<role>client|inviter|invitee|other invitee|issuer)"
"""Who may stand in a sentence, for its pattern; the client is the one that acted last."""

OTHER = ROLE.replace("role", "other")
"""Likewise the second one in a sentence."""
