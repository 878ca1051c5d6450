"""What the driver finds around it in a recording: the IPCC on its bus, a clock, interrupts, a platform device.

Each is the host model's own class, which in addition tells the recording of what happens, or fails as `config` says.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mp1bench.engine.machine import Machine
from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.clk import Clock
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.irq import Handler, Interrupt
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.of import Node
from mp1bench.linux.platform_bus import PlatformDevice
from replay.cursor import Line, Mismatch
from stm32mp1.ipcc import Ipcc, ipcc_class
from stm32mp1.ipcc_table import STM32MP15

if TYPE_CHECKING:
    from replay.schedule import Schedule

BASE = 0x4C001000
_CR, _MR, _SCR, _PROC_SIZE = 0x00, 0x04, 0x08, 0x10
_HWCFGR, _VERR = 0x3F0, 0x3F4
_LINES = ("RX0", "TX0", "RX1", "TX1")


@lru_cache
def _class_of(channels: int) -> type[Ipcc]:
    return ipcc_class(STM32MP15._replace(name=f"N{channels}", channels=channels))


class RecordedBus(Machine):
    """The machine: an IPCC, and the driver's accesses to it."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        self.instruction_ns = 1
        channels = config.get("channels", 6)
        self.ipcc = _class_of(channels)()
        self.schedule: Schedule
        self.clock: RecordedClock
        self._silent = False
        self._identity = {_HWCFGR: config.get("hwcfgr", channels), _VERR: config.get("verr", 0x10)}
        self._identify()
        self.add_device("ipcc", self.ipcc, BASE, 0x400)
        for line in _LINES:
            self.watch("ipcc", line, lambda level, line=line: self._edge(line, level))  # type: ignore[misc]

    def _identify(self) -> None:
        self.ipcc._words.update(self._identity)  # type: ignore[attr-defined]

    def _edge(self, line: str, level: bool) -> None:
        if not self._silent:
            self.schedule.note("line", line=line.lower(), level=int(level))

    # -- the driver's accesses --------------------------------------------------------------------------------

    def read(self, address: int, width: int = 4, function: str = "") -> int:
        self.schedule.peers()
        value = super().read(address, width, function)
        self._note("R", address, value)
        return value

    def write(self, address: int, value: int, width: int = 4, function: str = "") -> None:
        self.schedule.peers()
        self._note("W", address, value)
        super().write(address, value, width, function)

    def _note(self, op: str, address: int, value: int) -> None:
        clock = {} if self.clock.users else {"clock": "off"}
        self.schedule.note("reg", op=op, off=address - BASE, val=value, **clock)

    # -- state that changes from outside ------------------------------------------------------------------------

    def preset(self, line: Line) -> None:
        """Change registers and flags, after a reset if there is one; of interrupt lines, no word."""
        self._silent = True
        try:
            for key, value in sorted(line.items(), key=lambda entry: entry[0] != "reset"):
                self._preset(key, value)
        finally:
            self._silent = False

    def _preset(self, key: str, value: Any) -> None:
        if key == "reset" and value:
            self.ipcc.reset()
            self._identify()
        elif key == "hwcfgr":
            self._identity[_HWCFGR] = value
            self._identify()
        elif key in ("cr", "mr"):
            for processor, word in _pair(value):
                self.ipcc.write((_CR if key == "cr" else _MR) + _PROC_SIZE * processor, word, 4)
        elif key == "posted":
            for processor, flags in _pair(value):
                own, other = _SCR + _PROC_SIZE * processor, _SCR + _PROC_SIZE * (1 - processor)
                self.ipcc.write(own, (flags & 0xFFFF) << 16, 4)
                self.ipcc.write(other, ~flags & 0xFFFF, 4)


def _pair(value: Any) -> list[tuple[int, int]]:
    """The values of a preset for processor 0 and processor 1; null leaves one as it is."""
    values = value if isinstance(value, list) else [value]
    if len(values) > 2 or not all(entry is None or (type(entry) is int and entry >= 0) for entry in values):
        raise Mismatch(f"a preset of registers is a list of two numbers, not {value!r}.")
    return [(processor, entry) for processor, entry in enumerate(values) if entry is not None]


class RecordedClock(Clock):
    """The gate without an RCC behind it."""

    def __init__(self, kernel: Kernel, schedule: Schedule, engine: Machine, error: int) -> None:
        super().__init__(kernel, engine, "ck_ipcc", 0, 0)
        self.error = error
        self._schedule = schedule

    def prepare_enable(self) -> int:
        error = super().prepare_enable()
        if not error:
            self._schedule.see("clk", on=1, users=self.users)
        return error

    def disable_unprepare(self) -> None:
        if self.users == 0:
            self._schedule.see("clk", on=0, users=0, unbalanced=True)
            return
        super().disable_unprepare()
        self._schedule.see("clk", on=0, users=self.users)

    def _gate(self, *, on: bool) -> None:
        """No register stands behind it."""


class RecordedInterrupt(Interrupt):
    """An interrupt that the schedule enters. `error`: installing it fails."""

    def __init__(self, kernel: Kernel, schedule: Schedule, short: str, processor: int, config: dict[str, Any]) -> None:
        self.short = short
        self._schedule = schedule
        self._error: int = config.get("irq_req_err", 0)
        self._limit: int = config.get("storm_limit", 16)
        self._in_vain = 0
        super().__init__(kernel, "ipcc", f"{short.upper()}{processor}", 0)

    def request(self, handler: Handler) -> int:
        if self._error:
            return self._error
        self._in_vain = 0
        error = super().request(handler)
        self._schedule.peers()
        entered_first = self._schedule.cursor.line["e"] == "irq"  # the recordings' description leaves it open
        if not entered_first:
            self._schedule.see("pm", what=f"irq_installed_{self.short}", val=1)
        if self.pending and not self._schedule.held:
            self._kernel.call(self.thread())
        if entered_first:
            self._schedule.see("pm", what=f"irq_installed_{self.short}", val=1)
        return error

    def thread(self) -> Sleeping[None]:
        self._schedule.handlers += 1
        self._schedule.see("irq", line=self.short)
        yield from super().thread()
        self._schedule.handlers -= 1

    def _look(self) -> None:
        """The schedule does the rest."""
        if not self._high:
            self._in_vain = 0

    def _note(self, handled: bool) -> None:
        self._schedule.see("irq_end", line=self.short, ret="handled" if handled else "none")
        self._in_vain = self._in_vain + 1 if self._high and not handled else 0
        if self.enabled and self._in_vain >= self._limit > 0:
            self.enabled = False
            self._schedule.see("irq_storm", line=self.short, unhandled=self._in_vain)


class RecordedDevice(PlatformDevice):
    """The platform device, with what `config` has fail."""

    def __init__(
        self, schedule: Schedule, config: dict[str, Any], node: Node | None, clock: Clock, interrupts: list[Interrupt]
    ) -> None:
        super().__init__(f"{BASE:x}.mailbox", node, None)  # type: ignore[arg-type]
        self._schedule = schedule
        self._config = config
        self._clock = clock
        self._interrupts = dict(zip(("rx", "tx"), interrupts, strict=True))

    def ioremap(self, index: int = 0) -> int:
        return self._config.get("ioremap_err", 0) or BASE

    def clk_get(self) -> Clock | int:
        return self._config.get("clk_get_err", 0) or self._clock

    def irq_byname(self, name: str) -> Interrupt | int:
        return self._config.get(f"irq_{name}_err", 0) or self._interrupts.get(name, -Errno.ENXIO)

    def set_wakeup_capable(self, capable: bool) -> None:
        super().set_wakeup_capable(capable)
        self._schedule.see("pm", what="wakeup_capable", val=int(capable))

    def set_wake_irq(self, interrupt: Interrupt) -> int:
        error: int = self._config.get("wake_err", 0)
        if error:
            return error
        self._schedule.see("pm", what="wake_irq", val=list(self._interrupts.values()).index(interrupt))
        return super().set_wake_irq(interrupt)

    def clear_wake_irq(self) -> None:
        super().clear_wake_irq()
        self._schedule.see("pm", what="wake_irq_cleared", val=1)
