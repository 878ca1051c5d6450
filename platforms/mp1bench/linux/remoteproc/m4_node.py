"""What the device tree says of the M4 (stm32_rproc_parse_dt and others), refused in the kernel's words and order.

It touches no register but asks for each at the place where the driver does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.irq import Handler, Interrupt
from mp1bench.linux.kernel.reset import ResetControl
from mp1bench.linux.kernel.vsprintf import error_name
from mp1bench.linux.of import Node
from mp1bench.linux.platform_bus import PlatformDevice
from mp1bench.linux.remoteproc.memory import DmaRange


class Field(NamedTuple):
    """A syscon property: bits of a register."""

    address: int
    mask: int


class M4Node:
    """The node of the M4, once `read`. What is optional and missing is None."""

    def __init__(self, kernel: Kernel, device: PlatformDevice, dev: str) -> None:
        self.reset: ResetControl | None = None
        self.hold_boot_reset: ResetControl | None = None
        self.hold_boot: Field | None = None
        self.pdds: Field | None = None
        self.state: Field | None = None
        self.table: Field | None = None
        self.auto_boot = False
        self.dma_ranges: tuple[DmaRange, ...] = ()
        self._kernel = kernel
        self._log = kernel.logger("stm32_rproc.c")
        self._device = device
        self._dev = dev
        self._node = device.node or Node("m4")
        self._irq: Interrupt | None = None

    def read(self, on_watchdog: Handler, on_tz: Callable[[Field], None]) -> int:
        """Read all of it: 0, or a negative error number. `on_tz` is to read whether TrustZone is on."""
        return (
            self._request_irq(on_watchdog) or self._find_resets() or self._find_syscons(on_tz) or self._translations()
        )

    def release(self) -> None:
        """Give back what `read` has taken."""
        if self._irq is not None:
            self._irq.free()
        self._irq = None
        if self._device.wakeup_capable:
            self._device.clear_wake_irq()
            self._device.set_wakeup_capable(False)

    def regions(self) -> list[Node | None]:
        """The reserved memories of `memory-region`, in order; None for one that is none, or is switched off."""
        nodes = [reference.node for reference in self._node.references("memory-region")]
        return [node if node is not None and node.reserved_memory else None for node in nodes]

    def _request_irq(self, on_watchdog: Handler) -> int:
        irq = self._device.irq(0)
        if isinstance(irq, int):
            if not self._kernel.flavour.named_resets:  # where it may be missing, without a word
                self._log.err(self._dev, f"error {error_name(irq)}: IRQ index 0 not found")
            return 0
        error = irq.request(on_watchdog)
        if error:
            return self._device.err_probe(self._log, self._dev, error, "failed to request wdg irq")
        self._irq = irq
        if self._node.has("wakeup-source"):
            self._device.set_wakeup_capable(True)
            self._device.set_wake_irq(irq)
        self._log.info(self._dev, "wdg irq registered")
        return 0

    def _find_resets(self) -> int:
        names = self._node.strings("reset-names") if self._kernel.flavour.named_resets else []
        index = names.index("mcu_rst") if "mcu_rst" in names else 0
        reset = self._device.reset_control_get(index)
        if isinstance(reset, int):
            return self._device.err_probe(self._log, self._dev, reset, "failed to get mcu_reset")
        self.reset = reset
        if "hold_boot" in names:
            reset = self._device.reset_control_get(names.index("hold_boot"))
            if isinstance(reset, int):
                return self._device.err_probe(self._log, self._dev, reset, "failed to get hold_boot reset")
            self.hold_boot_reset = reset
        return 0

    def _find_syscons(self, on_tz: Callable[[Field], None]) -> int:
        optional = self._kernel.flavour.named_resets
        tz = None if self.hold_boot_reset is not None else self._syscon("st,syscfg-tz")
        if isinstance(tz, Field):
            on_tz(tz)
        elif isinstance(tz, int) and not optional:
            self._log.err(self._dev, "failed to get tz syscfg")
            return tz
        if self.hold_boot_reset is None:
            hold_boot = self._syscon("st,syscfg-holdboot")
            if isinstance(hold_boot, int):
                self._log.err(self._dev, "failed to get hold boot")
                return hold_boot
            self.hold_boot = hold_boot
        self.pdds = self._optional("st,syscfg-pdds", lambda: self._log.info(self._dev, "failed to get pdds"))
        self.auto_boot = self._node.has("st,auto-boot")
        self.state = self._optional("st,syscfg-m4-state", lambda: self._log.warn(self._dev, "m4 state not supported"))
        if self.state is not None:
            self.table = self._optional(
                "st,syscfg-rsc-tbl", lambda: self._log.warn(self._dev, "rsc tbl syscon not supported")
            )
        return 0

    def _optional(self, name: str, complain: Callable[[], None]) -> Field | None:
        place = self._syscon(name)
        if isinstance(place, Field):
            return place
        complain()
        return None

    def _syscon(self, name: str) -> Field | int:
        """stm32_rproc_get_syscon: a register of another device, or a negative error number."""
        references = self._node.references(name)
        if not references or references[0].node is None:
            return -Errno.ENODEV
        node, cells = references[0].node, references[0].cells
        base = node.address()
        if "syscon" not in node.compatible or base is None:
            return -Errno.EINVAL
        return Field(base + cells[0], cells[1]) if len(cells) > 1 else -Errno.EOVERFLOW

    def _translations(self) -> int:
        """stm32_rproc_of_memory_translations: three cells to a line, whatever the bus says."""
        bus = self._node.parent
        data = b"" if bus is None else bus.properties.get("dma-ranges", b"")
        if not data or len(data) % 12:
            text = "stm32_rproc_of_memory_translations: dma-ranges property not defined"
            self._log.err(self._dev, text)
            return -Errno.EINVAL
        cells = [int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data), 4)]
        lines = zip(cells[::3], cells[1::3], cells[2::3], strict=True)
        self.dma_ranges = tuple(DmaRange(da, pa, size) for da, pa, size in lines)
        for n, (da, pa, size) in enumerate((line.da, line.pa, line.size) for line in self.dma_ranges):
            text = f"memory range[{n}]: da {_hex(da)}, pa 0x{pa:08x}, size {_hex(size)}:"
            self._log.debug(self._dev, text)
        return 0


def _hex(value: int) -> str:
    """%#x"""
    return f"0x{value:x}" if value else "0"
