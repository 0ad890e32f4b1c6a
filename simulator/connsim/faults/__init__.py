"""Faults of the network, of gateways and of overloaded servers, as a client sees them. One fault per file."""
