"""The chip in one object: the devices of a platform, tied together by all that no line of its file says.

Each tie has a file of its own in this folder; a platform without a block goes without its ties.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from mp1bench.boot_modes import BOOT_PINS, PRODUCTION
from mp1bench.chip.core_reset import CoreReset
from mp1bench.chip.ipcc_supply import IpccSupply
from mp1bench.chip.pins import Pins, pull_up_buttons
from mp1bench.chip.pmic import attach_pmic
from mp1bench.chip.sleep import Sleep
from mp1bench.engine import Engine
from mp1bench.errors import PlatformError
from mp1bench.platform import Platform
from stm32mp1 import analogue
from stm32mp1.adc import Adc
from stm32mp1.boot_clocks import leave_clocks_of_boot_chain
from stm32mp1.dac import Dac
from stm32mp1.device import Device
from stm32mp1.device_clocks import feed_clocks
from stm32mp1.exti import Exti
from stm32mp1.ipcc import Ipcc
from stm32mp1.peripheral_resets import PeripheralResets
from stm32mp1.pwr import Pwr
from stm32mp1.rcc import HSI_HZ, Rcc
from stm32mp1.syscfg import Syscfg
from stm32mp1.wwdg import Wwdg

T = TypeVar("T")


class Chip:
    """Ties `devices`, which stand in `engine` where `platform` says. PlatformError if a block that it takes is missing.

    `boot_mode` and `clock_gating` are the board's. `ipcc` and `rcc` are None, and their names "", where there is none;
    so is `watchdog`, the name of the M4's window watchdog.
    """

    def __init__(
        self,
        engine: Engine,
        platform: Platform,
        devices: Mapping[str, Device],
        boot_mode: str,
        clock_gating: bool,
    ) -> None:
        self._platform = platform
        self._devices = devices
        by_address = {part.address: devices[part.name] for part in platform.devices}
        self.ipcc_name, self.ipcc = self._first(Ipcc)
        self.rcc_name, self.rcc = self._first(Rcc)
        self.watchdog, _ = self._first(Wwdg)
        self._strap(boot_mode)
        self.core_reset: CoreReset | None = None
        if self.rcc is not None:
            self.core_reset = CoreReset(engine, self.rcc_name, self.rcc, devices)
            PeripheralResets(self.rcc, by_address)
            if boot_mode == PRODUCTION:
                leave_clocks_of_boot_chain(self.rcc)
            feed_clocks(self.rcc, by_address)
        if self.rcc is not None and self.ipcc is not None:
            IpccSupply(engine, self.rcc_name, self.rcc, self.ipcc, clock_gating)
        elif clock_gating:
            raise PlatformError(
                f"the platform `{platform.name}` has no IPCC whose clock an RCC could gate."
                " Add both, or leave clock gating off."
            )
        exti = self._first(Exti)[1]
        if exti is not None:
            Sleep(engine, exti, self._first(Pwr)[1], self.rcc)
        analogue.wire(self._first(Dac)[1], self._first(Adc)[1])
        attach_pmic(by_address)
        self.pins = Pins(by_address)
        pull_up_buttons(engine, self.pins)

    def mcu_hz(self) -> int:
        """The frequency of the Cortex-M4 in Hz, as the RCC has it now."""
        return HSI_HZ if self.rcc is None else self.rcc.mcu_hz()

    def _strap(self, boot_mode: str) -> None:
        """Set the boot pins."""
        _, syscfg = self._first(Syscfg)
        if syscfg is not None:
            syscfg.boot_pins = BOOT_PINS[boot_mode]
        elif boot_mode != PRODUCTION:
            raise PlatformError(
                f"the platform `{self._platform.name}` has no STM32MP1.SYSCFG, whose boot pins would say {boot_mode}."
                " Add one, or boot in production mode."
            )

    def _first(self, model: type[T]) -> tuple[str, T | None]:
        """Name and object of the first device of a kind."""
        return next(((name, d) for name, d in self._devices.items() if isinstance(d, model)), ("", None))
