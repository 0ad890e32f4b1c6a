"""The shop's production code; it does not know connsim."""
