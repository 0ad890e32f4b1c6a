"""connsim: the other side of an SSI connection, played from a script, in virtual time."""

__version__ = "0.1.0"
