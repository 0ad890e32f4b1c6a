"""The shop's production code; it has never heard of connsim."""
