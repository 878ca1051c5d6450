"""The types of keyword arguments beyond Robot's own, and how Robot makes them from what a test says.

Robot 7 refuses what a Literal does not list; for Robot 6.1, which does not know Literal, `one_of` does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, get_args

from ipcclab.durations import format_duration, parse_duration
from mp1bench.errors import UsageError, suggest

Kind: TypeAlias = Literal["rx", "tx"]
State: TypeAlias = Literal["occupied", "free"]
Level: TypeAlias = Literal["high", "low"]
Host: TypeAlias = Literal["auto", "linux", "none"]
BootMode: TypeAlias = Literal["production", "engineering"]
Times: TypeAlias = Literal["exact", "ignore"]
Report: TypeAlias = Literal["always", "failed", "never"]
DoorbellFault: TypeAlias = Literal["lost", "doubled", "late"]
Operator: TypeAlias = Literal["==", "!=", "<", ">", "<=", ">="]


class Duration(int):
    """A time of the bench: `50ms`, `1.5s`, `20us`, `100ns`. It is virtual time: nothing waits for it."""

    @classmethod
    def convert(cls, value: str) -> Duration:
        """A time of the bench: `50ms`, `1.5s`, `20us`, `100ns`. It is virtual time: nothing waits for it."""
        return cls(parse_duration(value))

    def __str__(self) -> str:
        """As a test writes it: libdoc shows defaults so."""
        return format_duration(int(self))


# Robot builds all converters anew for each keyword that it runs, so there is one only.
CONVERTERS: dict[type, Callable[[Any], Any] | Callable[[Any, Any], Any]] = {Duration: Duration.convert}


def one_of(literal: Any, value: str) -> str:
    """`value`, if the Literal lists it. UsageError otherwise."""
    known = get_args(literal)
    if value not in known:
        raise UsageError(f"`{value}` is not understood here.{suggest(value, known)}")
    return value
