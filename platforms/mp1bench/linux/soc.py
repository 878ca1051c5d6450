"""The STM32MP15 as its device tree's cells name it: which clock, reset and interrupt stands behind a number.

It also knows what the boot loaders have set up. What a driver does with all that is the driver's business. Lines that
the bench does not model are there, and never rise.
"""

from __future__ import annotations

from mp1bench.engine import Engine
from mp1bench.linux.kernel.clk import Clock
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.irq import Interrupt
from mp1bench.linux.kernel.reset import ResetControl
from mp1bench.linux.of import Node

_RCC = 0x50000000

#: What the boot loaders of a DK board leave in the RCC: the M4 on PLL3 at 208.877 MHz (m4-platform.md §5.2).
_RCC_PRESETS = (
    (0x00C, 1 << 8 | 1 << 4 | 1 << 0),  # OCENSETR: HSE, CSI, HSI
    (0x820, 0x80000001),  # RCK3SELR
    (0x884, 0x01010021),  # PLL3CFGR1
    (0x888, 0x00241001),  # PLL3CFGR2
    (0x88C, 0x0001D020),  # PLL3FRACR
    (0x880, 0x00000073),  # PLL3CR
    (0x830, 0x80000000),  # MCUDIVR
    (0x048, 0x80000003),  # MSSCKSELR
)

#: By clock number: name, set register in the RCC, bit (linux-mailbox.md §7.1).
_CLOCKS = {83: ("ck_ipcc", 0xA20, 12)}  # RCC_MP_AHB3ENSETR.IPCCEN

#: Lines by their inputs, (EXTI line or None, GIC SPI) (linux-mailbox.md §2.3, §3.1).
_LINES = {"RX0": (61, 100), "TX0": (None, 101), "WWDG1": (68, 143)}
_BY_EXTI = {exti: line for line, (exti, _) in _LINES.items() if exti is not None}
_BY_SPI = {spi: line for line, (_, spi) in _LINES.items()}
_SPI = 0  # the first cell of an interrupt of the GIC


class Soc:
    """One STM32MP15: `ipcc` is the device whose RX0 and TX0 it knows, `irq_latency_ns` from an edge to the handler.

    `watchdog` is the M4's window watchdog: a pulse, so whoever hears it calls `watchdog.trigger()`.
    """

    def __init__(self, kernel: Kernel, engine: Engine, ipcc: str, irq_latency_ns: int) -> None:
        self.watchdog = Interrupt(kernel, "WWDG1", "", irq_latency_ns)
        self._kernel = kernel
        self._engine = engine
        self._latency_ns = irq_latency_ns
        self._clocks: dict[int, Clock] = {}
        self._lines = {
            "WWDG1": self.watchdog,
            "RX0": Interrupt(kernel, ipcc, "RX0", irq_latency_ns),
            "TX0": Interrupt(kernel, ipcc, "TX0", irq_latency_ns),
        }

    def preset_clocks(self) -> None:
        """Leave the clock tree as Linux finds it."""
        for offset, value in _RCC_PRESETS:
            self._engine.write(_RCC + offset, value, function="tf-a")

    def clock(self, provider: Node, cells: tuple[int, ...]) -> Clock | None:
        """The clock of that number, the same for everyone who asks; None if it is not one that the bench knows."""
        base = provider.address()
        if not _is(provider, "st,stm32mp1-rcc") or base is None or not cells or cells[0] not in _CLOCKS:
            return None
        if cells[0] not in self._clocks:
            name, offset, bit = _CLOCKS[cells[0]]
            self._clocks[cells[0]] = Clock(self._kernel, self._engine, name, base + offset, bit)
        return self._clocks[cells[0]]

    def reset(self, controller: Node, cells: tuple[int, ...]) -> ResetControl | None:
        """The reset line of that number: 32 of them in each register of the RCC."""
        base = controller.address()
        if not _is(controller, "st,stm32mp1-rcc") or base is None or not cells:
            return None
        return ResetControl(self._engine, base + cells[0] // 32 * 4, 1 << cells[0] % 32)

    def interrupt(self, controller: Node, cells: tuple[int, ...]) -> Interrupt | None:
        """The line at an input of the EXTI or the GIC; None if there is no such controller."""
        if _is(controller, "st,stm32mp1-exti") and cells:
            line = _BY_EXTI.get(cells[0])
        elif _is(controller, "arm,cortex-a7-gic") and len(cells) > 1:
            line = _BY_SPI.get(cells[1]) if cells[0] == _SPI else None
        else:
            return None
        return self._lines[line] if line is not None else Interrupt(self._kernel, controller.name, "", self._latency_ns)


def _is(node: Node, compatible: str) -> bool:
    return node.enabled and any(name.startswith(compatible) for name in node.compatible)
