"""Faults: what a network, or a server with too much to do, does to a client. One fault per file."""
