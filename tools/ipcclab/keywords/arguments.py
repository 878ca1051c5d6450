"""The types of keyword arguments beyond Robot's own, and how Robot makes them from what a test says.

A value that makes no sense is refused here, with a sentence, before any keyword runs.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from ipcclab.durations import parse_duration


class Duration(int):
    """A time of the bench: `50ms`, `1.5s`, `20us`, `100ns`. It is virtual time: nothing waits for it."""

    @classmethod
    def convert(cls, value: str) -> Duration:
        """A time of the bench: `50ms`, `1.5s`, `20us`, `100ns`. It is virtual time: nothing waits for it."""
        return cls(parse_duration(value))


class Kind(Enum):
    """`rx`: the channels a processor receives on are occupied. `tx`: the channels it sends on are free."""

    rx = "rx"
    tx = "tx"


class Flag(Enum):
    """The state of a channel in one direction."""

    occupied = True
    free = False


class Host(Enum):
    """Who plays the Cortex-A7: the model of Linux, or nobody but the test."""

    linux = "linux"
    none = "none"


class Times(Enum):
    """Are the times of a trace compared (`exact`), or only what happened and in which order (`ignore`)?"""

    exact = "exact"
    ignore = "ignore"


CONVERTERS: dict[type, Callable[[str], Any]] = {Duration: Duration.convert}
