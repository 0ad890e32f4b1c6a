"""Scenarios that run: examples of the sentences. In the wheel this package is ``connsim.features``."""
