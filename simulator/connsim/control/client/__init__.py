"""A client of the control API, as typed Python."""
