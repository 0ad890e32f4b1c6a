"""Aries connections of the stand-in."""
