"""How JSON of the control API is read, and how what is wrong with it is worded."""

from connsim.core.rows import Reader
from connsim.errors import Misuse


class Unfit(Misuse):
    """A value does not have the shape that it should have."""


BODY = Reader(Unfit, row_name="The body")
REQUEST = Reader(
    Unfit,
    unknown="{row} has the parameter {name}.{near} Expected {only}.",
    row_name="The request",
    member="The parameter {!r}",
    texts=True,
)
"""Reads the parameters in path and query."""

ANSWER = Reader(Unfit, row_name="The answer", strict=False)
"""Reads what a server answers: a client accepts members that a newer server has."""
