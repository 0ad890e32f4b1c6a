"""Scenarios in which something goes wrong. In the wheel this package is ``connsim.features.faults``."""
