"""Aries holders behind the agency."""
