"""Proprietary connections (protocol 1.0 and 2.0) of the stand-in."""
