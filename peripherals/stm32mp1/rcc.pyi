from collections.abc import Callable

from stm32mp1.device import Device
from stm32mp1.rcc_clocks import CSI_HZ as CSI_HZ
from stm32mp1.rcc_clocks import HSI_HZ as HSI_HZ

class Rcc(Device):
    hse_hz: int
    #: A block is put into reset: offset of the set register and its bit, of those in `rcc_gates.reset_bits()`.
    on_block_reset: Callable[[int, int], None] | None
    #: Called before and after a write that may change frequencies.
    on_clocks: Callable[[], None] | None
    def __init__(self, hse_hz: int = 24000000) -> None: ...
    def clock_hz(self, name: str) -> int:
        """Frequency in Hz of a clock of `rcc_clocks.CLOCKS`, as the registers say; 0 if it does not run.

        Among them are MCU, PCLK1 to PCLK5, TIMG1, TIMG2, oscillators (HSI, HSE, CSI, LSI, LSE), outputs of PLLs
        (PLL3_P), and the kernel clocks of blocks under the names of their selectors (UART24). ValueError if unknown.
        """

    def mcu_hz(self) -> int:
        """Frequency of the Cortex-M4 and its SysTick in Hz: that of MCU.

        A source that does not run is not switched to: the M4 then stays on the HSI.
        """

    def mcu_was_reset(self) -> None:
        """Note that the Cortex-M4 has been reset (MC_RSTSCLRR.MCURSTF)."""

    def mcu_leaves_stop(self) -> None:
        """Note that the Cortex-M4 has left stop, which WAKEUP tells it if it has enabled that interrupt."""

    def a7_wants_stop(self) -> bool:
        """Whether both cores of the Cortex-A7 let the system stop."""

    def reset(self) -> None:
        """A reset of the system: the causes of resets and the backup domain's register survive it."""
