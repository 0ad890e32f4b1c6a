"""The scenarios that ship with connsim, but for those about faults: what a client makes of a 503 is its own affair."""

from importlib.resources import files

_ALL = sorted(str(file) for file in files("connsim.features").iterdir() if file.name.endswith(".feature"))

SHIPPED = [path for path in _ALL if "faults" not in path.rpartition("features")[2]]
