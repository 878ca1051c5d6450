"""Amounts of data as people write them (`10MB`, `512kB`, `1MiB`, `4096`) to bytes. It is strict, as durations are."""

from __future__ import annotations

import re

from mp1bench.errors import UsageError

_UNITS = {"": 1, "B": 1, "kB": 1000, "MB": 1000**2, "KiB": 1 << 10, "MiB": 1 << 20}
_SIZE = re.compile(r"([0-9]+)\s*(|B|kB|MB|KiB|MiB)")


def parse_size(text: str) -> int:
    """Bytes of `text`. UsageError unless it is a whole number of them, and one at least."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is no amount of data. Write a number and a unit: 10MB, 512kB, 1MiB or 4096.")
    size = int(match[1]) * _UNITS[match[2]]
    if not size:
        raise UsageError(f"{text!r} is no data at all. An amount is one byte or more.")
    return size
