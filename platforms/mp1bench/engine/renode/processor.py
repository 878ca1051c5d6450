"""The Cortex-M4 in Renode, with the RAM and the windows around it: what of Renode's objects the engine uses.

It knows how to ask Renode for something, and in whose turn; when, and why, is the engine's business.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from typing import Any

from mp1bench.engine.machine import Memory
from mp1bench.engine.renode.loading import load_renode
from mp1bench.engine.renode.turns import Turns

NEVER = (1 << 63) - 1
#: What `exception` is told besides the number of the exception that was taken: a fault is being entered, the core is
#: locked up, Renode has given it up, it asks for a reset. `bridge.cs` has them, too.
FAULT, LOCKUP, ABORTED, RESET_REQUESTED = -1, -2, -3, -4

_READ = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_uint32, ctypes.c_int64)
_WRITE = ctypes.CFUNCTYPE(
    None, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_uint32, ctypes.c_int64, ctypes.c_uint32
)
_DUE = ctypes.CFUNCTYPE(None, ctypes.c_int64)
_REPORT = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_int64)
_SET_IRQ = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_int)

#: One core runs, so nothing meets at the end of a quantum: a long one costs least.
_QUANTUM_US = 10_000
_NVIC_ADDRESS = 0xE000E000


class Processor:
    """`read`, `write`, `exception` and `sleep` are called in Renode's turn and must not raise."""

    def __init__(
        self,
        mips: int,
        hertz: int,
        read: Callable[[int, int, int, int, int], int],
        write: Callable[[int, int, int, int, int, int], None],
        exception: Callable[[int, int], None],
        sleep: Callable[[int, int], None],
    ) -> None:
        renode = load_renode()
        self.version = renode.version
        self._renode = renode
        self.turns = turns = Turns()
        self.emulation = renode.Emulation()
        time = self.emulation.MasterTimeSource
        time.AdvanceImmediately = time.ExecuteInSerial = True
        time.Quantum = renode.TimeInterval.FromMicroseconds(_QUANTUM_US)
        self.machine: Any = renode.Machine()
        self.emulation.AddMachine(self.machine, "board")
        self.nvic: Any = renode.NVIC(self.machine, hertz, renode.system.Byte(0xF0), True)
        self.cpu: Any = renode.CortexM("cortex-m4f", self.machine, self.nvic, 0)
        self.cpu.PerformanceInMips = mips
        self._bus: Any = self.machine.SystemBus
        self._bus.Register(self.nvic, renode.BusPointRegistration(_NVIC_ADDRESS))
        self._bus.Register(self.cpu, renode.CPURegistrationPoint())
        self.nvic.IRQ.Connect(self.cpu, 0)
        self._name(self.cpu, "cpu")
        self._name(self.nvic, "nvic")
        self.wanted = wanted = ctypes.c_int64(NEVER)
        now = self._now = ctypes.c_int64(0)
        #: What Renode's side does first in each of its turns.
        self.before_core: Callable[[], None] = lambda: None

        def due(at: int) -> None:
            now.value = at
            turns.give()
            self.before_core()

        self._callbacks = (_READ(read), _WRITE(write), _DUE(due), _REPORT(exception), _REPORT(sleep))
        pointers = [ctypes.cast(callback, ctypes.c_void_p).value for callback in self._callbacks]
        self._bridge: Any = renode.bridge.Bridge(
            self.machine,
            self.cpu,
            self.nvic,
            renode.system.Array[renode.system.Int64](pointers),
            ctypes.addressof(wanted),
        )
        self.set_irq: Callable[[int, int], None] = _SET_IRQ(int(self._bridge.SetIrqPointer))

    def _name(self, peripheral: object, name: str) -> None:
        self.machine.SetLocalName(peripheral, name)

    # -- building ---------------------------------------------------------------------------------------------

    def add_memory(self, memory: Memory) -> None:
        """Map RAM at all its addresses."""
        pointer = ctypes.addressof(ctypes.c_char.from_buffer(memory.buffer))
        ram = self._renode.bridge.BenchMemory(pointer, memory.size)
        for address in memory.addresses:
            self._bus.Register(ram, self._renode.BusPointRegistration(address))
        self._name(ram, memory.name)

    def add_window(self, number: int, name: str, address: int, size: int) -> None:
        """Have accesses to [address, address + size) come to `read` and `write` as those of window `number`."""
        window = self._renode.bridge.BenchWindow(self._bridge, number, size)
        self._bus.Register(window, self._renode.BusRangeRegistration(address, size))
        self._name(window, name)

    # -- running ----------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """When Renode's side gave its turn away, in ns of Renode's virtual time."""
        return self._now.value

    def start(self) -> None:
        """Begin to emulate; the core has not done anything yet."""
        self.wanted.value = 0
        self._bridge.Begin()
        self.turns.begin(self.emulation.StartAll)

    def run(self, until: int) -> None:
        """Let Renode go on to `until`, or to when `wanted` says it is wanted before."""
        self.wanted.value = until
        self.turns.go_on()

    def restart(self, lines: Iterable[int]) -> None:
        """Reset the core, which then fetches SP and PC; these inputs of its NVIC are high."""

        def restart() -> None:
            self._bridge.Restart()
            for irq in lines:
                self.set_irq(irq, 1)

        self.turns.there(restart)

    def set_frequency(self, hertz: int) -> None:
        """Let SysTick count at that frequency."""
        self.turns.there(lambda: self._bridge.SetFrequency(hertz))

    def forget_code(self) -> None:
        """RAM that may hold code was written: drop what Renode has translated."""
        self.cpu.RequestTranslationCacheClearing()

    # -- looking ----------------------------------------------------------------------------------------------

    @property
    def instructions(self) -> int:
        """Instructions since the core was last reset."""
        return int(self.cpu.ExecutedInstructions)

    def private(self, offset: int) -> int:
        """The core's own register at an offset from 0xE000E000, read as the firmware would."""
        return int(self.nvic.ReadDoubleWord(offset))

    def ticks(self) -> bool:
        """SysTick counts."""
        counting = False

        def look() -> None:
            nonlocal counting
            counting = bool(self._bridge.Ticks())

        self.turns.there(look)
        return counting

    @property
    def pc(self) -> int:
        """The instruction that comes next."""
        return int(self.cpu.PC.RawValue)

    def masks(self) -> tuple[int, int, int]:
        """PRIMASK, BASEPRI, FAULTMASK."""
        return int(self.cpu.GetPrimask(False)), int(self.nvic.BASEPRI_NS), int(self.cpu.GetFaultmask(False))
