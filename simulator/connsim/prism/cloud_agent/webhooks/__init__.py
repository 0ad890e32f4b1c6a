"""Webhooks: registration, queue and delivery."""
