"""The Cloud Agent of today."""
