"""Faults: what a network or an overloaded server does to a reply. One fault per file."""
