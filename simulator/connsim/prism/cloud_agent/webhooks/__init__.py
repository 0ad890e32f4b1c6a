"""Webhooks of profile P5: who is told of changes, and how."""
