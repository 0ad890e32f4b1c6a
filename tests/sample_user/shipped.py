"""The shipped scenarios, except those about faults: what a client does with a 503 is its own decision."""

from importlib.resources import as_file, files

with as_file(files("connsim.features")) as folder:
    SHIPPED = sorted(str(path) for path in folder.rglob("*.feature") if path.parent.name != "faults")
