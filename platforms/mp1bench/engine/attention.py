"""Who heeds which line: a device is told when nobody does any more, and when somebody does again.

No level passes here. A timer that triggers nobody need not be woken for each trigger.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from stm32mp1.device import Device


class Attention:
    """That of one machine, whose devices are all added; whoever watches a line always heeds it."""

    def __init__(self) -> None:
        self._ears: dict[tuple[Device, str], list[Callable[[], bool]]] = {}
        self._drivers: dict[Device, list[tuple[Device, str]]] = {}  # of each receiver

    def add(self, device: Device) -> None:
        """Nobody heeds its lines yet."""
        for line in device.LINES:
            self._ears[device, line] = []
            device.heeded(line, False)

    def watch(self, device: Device, line: str) -> None:
        """From now on somebody heeds the line."""
        self._ears[device, line].append(lambda: True)
        device.heeded(line, True)

    def wire(self, device: Device, line: str, receiver: Device, number: int) -> None:
        """From now on input `number` of `receiver` heeds the line whenever `receiver.heeds` says so."""
        self._ears[device, line].append(partial(receiver.heeds, number))
        self._drivers.setdefault(receiver, []).append((device, line))
        receiver.on_heeding = lambda: self._look(receiver)
        self._tell(device, line)

    def _look(self, receiver: Device) -> None:
        for device, line in self._drivers[receiver]:
            self._tell(device, line)

    def _tell(self, device: Device, line: str) -> None:
        device.heeded(line, any(heeds() for heeds in self._ears[device, line]))
