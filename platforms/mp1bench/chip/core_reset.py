"""Who starts and stops the Cortex-M4: the RCC's hold-boot and reset lines, wired to an engine.

Two levels, as on silicon (m4-platform.md §4.2): the M4 runs if it is not in reset and BOOT_MCU was 1 at, or after, the
release of its reset. BOOT_MCU = 0 does not stop a running M4; only a reset does. Neither touches memory or the IPCC,
whose own reset is for `ipcc_supply.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from mp1bench.engine import Engine
from stm32mp1.device import Device
from stm32mp1.rcc import Rcc


class CoreReset:
    """Listens to the lines of `rcc`, which is called `name` among `devices`, and resets what they reset."""

    def __init__(self, engine: Engine, name: str, rcc: Rcc, devices: Mapping[str, Device]) -> None:
        self._engine = engine
        self._rcc = rcc
        self._devices = devices
        #: A reset has stopped a running M4, and BOOT_MCU = 0 keeps it from starting again.
        self.stranded = False
        for line, listener in (
            ("BOOT_MCU", self._boot_mcu),
            ("MCURST", self._mcu_reset),
            ("SYSRST", self._system_reset),
        ):
            engine.watch(name, line, listener)
        engine.on_reset_request = self._core_reset

    def _boot_mcu(self, level: bool) -> None:
        if level:
            self.stranded = False
            self._engine.release()  # nothing new to an M4 that runs

    def _mcu_reset(self, level: bool) -> None:
        if level:
            self.stranded = self._engine.running and not self._rcc.level("BOOT_MCU")
            self._engine.hold()
        elif self._rcc.level("BOOT_MCU"):
            self._engine.release()

    def _core_reset(self) -> None:
        self._rcc.mcu_was_reset()
        self._mcu_reset(True)
        self._mcu_reset(False)

    def _system_reset(self, level: bool) -> None:
        if level:
            self.stranded = self._engine.running
            self._engine.hold()
            for device in self._devices.values():
                device.reset()
