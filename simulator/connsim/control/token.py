"""Draws the token of a control API that other machines can reach."""

import secrets


def draw_token() -> str:
    """Return a new random token. It is a secret, so it must not be repeatable: it alone does not come from a seed."""
    return secrets.token_urlsafe(32)
