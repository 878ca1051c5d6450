"""What the tests of the devices share: writing down what a device reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from stm32mp1.device import Device

#: ("line", "RX1", True), ("flag", "C1TOC2SR.CH1F", 0, 1) or ("illegal", "2-byte read of C1SCR", 0, 0)
Report: TypeAlias = tuple[object, ...]


def _listen(device: Device) -> list[Report]:
    heard: list[Report] = []
    device.on_line = lambda line, level: heard.append(("line", line, level))
    device.on_event = lambda *event: heard.append(event)
    return heard


@pytest.fixture
def listen() -> Callable[[Device], list[Report]]:
    """`listen(device)` is a list that grows by what the device reports."""
    return _listen
