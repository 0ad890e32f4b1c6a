"""Sentences about time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import parsers, when

if TYPE_CHECKING:
    from connsim import Stage


@when(parsers.re(r"(?P<by>[0-9].*) pass(es)?"))
def time_passes(connsim: Stage, by: str) -> None:
    """Advance virtual time, such as by ``24 hours``; everything that falls due on the way happens."""
    connsim.clock.advance(by)
