"""The control API: the verbs of a world over HTTP, on a separate listener, never mixed with the protocol."""

from connsim.control.api import Control

__all__ = ["Control"]
