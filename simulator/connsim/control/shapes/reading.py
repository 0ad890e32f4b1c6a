"""How JSON of the control API is read, and how what is wrong with it is worded."""

from connsim.core.rows import Reader
from connsim.errors import Misuse


class Unfit(Misuse):
    """A value does not have the shape that it should have."""


BODY = Reader(Unfit, whole="The body")
REQUEST = Reader(
    Unfit,
    unknown="{whole} has the parameter {name}.{near} Expected {only}.",
    whole="The request",
    member="The parameter {!r}",
    texts=True,
)
"""Reads the parameters in path and query."""

ANSWER = Reader(Unfit, whole="The answer", strict=False)
"""Reads what a server answers: a client accepts members that a newer server has."""
