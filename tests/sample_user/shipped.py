"""The scenarios that ship with connsim, but for those about faults: what a client makes of a 503 is its own affair."""

from importlib.resources import as_file, files

with as_file(files("connsim.features")) as folder:
    SHIPPED = sorted(str(path) for path in folder.rglob("*.feature") if path.parent.name != "faults")
