"""Gherkin sentences, one file per noun. In the wheel this package is ``connsim.steps``."""
