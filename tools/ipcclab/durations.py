"""Times as people write them (`50ms`, `1.5s`, `20us`, `100ns`) to integer nanoseconds of virtual time, and back.

It is strict: a number without a unit, a sign, zero or a fraction of a nanosecond is refused. It reads no clock.
"""

from __future__ import annotations

import re

from mp1bench.errors import UsageError

_UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
_DURATION = re.compile(r"([0-9]+)(?:\.([0-9]+))?\s*(ns|us|ms|s)")


def parse_duration(text: str) -> int:
    """Nanoseconds of `text`. UsageError unless it is a positive, whole number of them."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is not a duration. Write a number and a unit: 50ms, 1.5s, 20us or 100ns.")
    whole, fraction, unit = match[1], match[2] or "", match[3]
    shift: int = 10 ** len(fraction)
    nanoseconds, rest = divmod(int(whole + fraction) * _UNITS[unit], shift)
    if rest:
        raise UsageError(f"{text!r} is not a whole number of nanoseconds.")
    if nanoseconds == 0:
        raise UsageError(f"{text!r} is no time at all. A duration is longer than zero.")
    return nanoseconds


def format_duration(nanoseconds: int) -> str:
    """The shortest exact way to say it: `50ms`, `1.5s`, `12.003005ms`."""
    for unit in ("s", "ms", "us"):
        if nanoseconds >= _UNITS[unit]:
            whole, rest = divmod(nanoseconds, _UNITS[unit])
            digits = str(_UNITS[unit] + rest)[1:].rstrip("0")
            return f"{whole}.{digits}{unit}" if digits else f"{whole}{unit}"
    return f"{nanoseconds}ns"


def format_moment(nanoseconds: int) -> str:
    """A moment of a run, always in the same unit and with all digits: `12.003005 ms`."""
    return f"{nanoseconds // 1_000_000}.{nanoseconds % 1_000_000:06d} ms"
