"""What `check` finds: one rule, the verdict on it, and why. It judges nothing."""

from __future__ import annotations

from typing import NamedTuple

PASS, WARN, FAIL = "pass", "warn", "fail"

#: Where Linux on the DK boards keeps the rings and buffers that it fills (m4-platform.md §1).
FOR_LINUX = range(0x10040000, 0x10046000)


class Finding(NamedTuple):
    """One rule, the verdict on it ("pass", "warn" or "fail"), and why."""

    rule: str
    verdict: str
    text: str


def in_linux_window(first: int, size: int) -> bool:
    """Does [first, first + size) touch what Linux fills?"""
    return first < FOR_LINUX.stop and first + size > FOR_LINUX.start
