"""The server behind ``connsim serve``: its options, its ports, and the reloading of its scenario file."""
