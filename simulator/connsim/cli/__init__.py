"""The command ``connsim``."""

from connsim.cli.command import main

__all__ = ["main"]
