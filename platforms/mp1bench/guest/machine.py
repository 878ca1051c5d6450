"""The machine that a guest runs on: Renode's, with both processors, loaded from `stm32mp157_linux.resc`.

It runs, hands over what was seen and types on the console; what the console says is for `mp1bench.guest.console`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from mp1bench.engine.renode.loading import load_renode
from mp1bench.errors import PlatformError, UsageError
from mp1bench.shipped import default_platform

CONSOLE = "uart4"
IPCC = "ipcc"
#: Devices of whose lines the trace tells.
_LINES = (IPCC, "rcc", "exti", "wwdg1")


class GuestMachine:
    """One emulated STM32MP157. There is one at a time in a process: making the next one ends it.

    `kernel`, `device_tree` and `initramfs` are the files that stm32mp157_linux.resc loads. Raises PlatformError with
    Renode's words if it does not take them, EngineMissingError without a Renode; to ask one that has ended is a
    UsageError.
    """

    _last: ClassVar[GuestMachine | None] = None

    def __init__(self, kernel: Path, kernel_address: int, device_tree: Path, initramfs: Path) -> None:
        renode = load_renode()
        self.version = renode.version
        self._interval = renode.TimeInterval
        self._monitor = import_module("pyrenode3.wrappers").Monitor()
        GuestMachine._last = self
        self._tell("Clear")
        self._tell(f"$kernel_address=0x{kernel_address:X}")
        for name, path in (("kernel", kernel), ("device_tree", device_tree), ("initramfs", initramfs)):
            self._tell(f'${name}="{path}"')
        script = str(default_platform().with_name("stm32mp157_linux.resc")).replace(" ", "\\ ")
        self._tell(f"include @{script}")
        self._emulation: Any = import_module("Antmicro.Renode.Core").EmulationManager.Instance.CurrentEmulation
        (machine,) = self._emulation.Machines
        device = {name: machine[f"sysbus.{name}"].__implementation__ for name in (CONSOLE, *_LINES)}
        self._uart: Any = device[CONSOLE]
        self._recorder: Any = import_module("Antmicro.Renode.Peripherals.STM32MP1").Recorder()
        device[IPCC].RecordTo(self._recorder, IPCC)
        for name in _LINES:
            device[name].RecordLinesTo(self._recorder, name)
        self._uart.RecordBytesTo(self._recorder, CONSOLE)
        self._recorder.Count(machine["sysbus.cpu"].__implementation__)

    @property
    def now(self) -> int:
        """Virtual time in nanoseconds since the kernel was entered."""
        if GuestMachine._last is not self:
            raise UsageError("this guest has ended: a process has one at a time, and another one was made after it.")
        return int(self._uart.Now())

    @property
    def exceptions(self) -> int:
        """Exceptions that the M4 has taken."""
        return int(self._recorder.Exceptions)

    def set_quantum(self, quantum: int) -> None:
        """From now on the processors take turns of so many nanoseconds: what the M4 does is stamped with one's end."""
        self._tell(f'emulation SetGlobalQuantum "{quantum / 1e9:.9f}"')

    def run(self, duration: int) -> Iterator[list[str]]:
        """Let `duration` nanoseconds pass, and give what was seen: time, kind and operands of each event."""
        self._emulation.RunFor(self._interval.FromTicks(duration))
        seen = str(self._recorder.Take())
        return (line.split("\t") for line in seen.split("\n") if line)

    def type(self, data: bytes) -> None:
        """Bytes arrive at the console."""
        for byte in data:
            self._uart.WriteChar(byte)

    def _tell(self, command: str) -> str:
        said, complaint = self._monitor.execute(command)
        if complaint.strip():
            raise PlatformError(f"Renode does not take `{command}`: {' '.join(complaint.split())}")
        return str(said)
