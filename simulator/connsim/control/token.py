"""Draws the token of a control API that others can reach."""

import secrets


def draw_token() -> str:
    """A new token. It is a secret, so it must not repeat: the one thing that no seed gives."""
    return secrets.token_urlsafe(32)
