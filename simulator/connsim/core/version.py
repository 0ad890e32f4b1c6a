"""The version of connsim, in the lowest room so that all can read it; `connsim.__version__` re-exports it."""

VERSION = "0.1.0"
