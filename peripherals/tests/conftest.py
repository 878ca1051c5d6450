"""What the tests of the devices share: writing down what a device reports, and a device to try things on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from stm32mp1.device import Device
from stm32mp1.registers import CONST, RO, RW, RW1C, Field, Register, RegisterTable, set_clear_pair

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


class Sample(Device):
    """One register of each kind. The lines HIGH and LOW follow bits 0 and 1 of CR."""

    TABLE = RegisterTable(
        "SAMPLE",
        [
            Register(0x00, "CR", "Control", RW, 0x0, [Field("HIGH", 0, "high"), Field("LOW", 1, "low")], "A word."),
            Register(0x04, "SR", "Status", RO, 0x5, [], "A status."),
            Register(0x08, "FR", "Flag", RW1C, 0xFF, [], "Flags."),
            Register(0x0C, "ID", "Identification", CONST, 0x1234, [], "A constant."),
            *set_clear_pair(0x10, "EN", "Enable", "A pair."),
        ],
    )
    LINES = ("HIGH", "LOW")

    def _outputs(self) -> list[bool]:
        return [self._words[0x0] & 1 != 0, self._words[0x0] & 2 != 0]


@pytest.fixture(scope="session")
def sample() -> type[Device]:
    """A device with one register of each kind; its lines HIGH and LOW follow bits 0 and 1 of CR."""
    return Sample
