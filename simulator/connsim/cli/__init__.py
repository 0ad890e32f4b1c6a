"""The command ``connsim``, and the server that it runs."""

from connsim.cli.command import main

__all__ = ["main"]
