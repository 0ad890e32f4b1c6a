"""The control API: the verbs of a world over HTTP, on a listener of its own, never mixed with the protocol."""

from connsim.control.api import Control

__all__ = ["Control"]
