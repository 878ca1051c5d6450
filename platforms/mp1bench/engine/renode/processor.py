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
#: What `exception` is told besides the number of the exception that was taken: the core is locked up, Renode has given
#: it up, it asks for a reset; and from RAISED downwards: an instruction has raised what Renode calls RAISED - number.
#: `bridge.cs` has them, too.
LOCKUP, ABORTED, RESET_REQUESTED, RAISED = -2, -3, -4, -256
#: Two of those kinds; `core_view.py` has the rest, as causes of faults.
SVC, BKPT = 2, 7

_READ = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_uint32, ctypes.c_int64)
_WRITE = ctypes.CFUNCTYPE(
    None, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_uint32, ctypes.c_int64, ctypes.c_uint32
)
_DUE = ctypes.CFUNCTYPE(None, ctypes.c_int64)
_REPORT = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_int64)
_PIN = ctypes.CFUNCTYPE(None)
_SET_IRQ = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_int)

#: One core runs, so nothing meets at the end of a quantum: a long one costs least.
_QUANTUM_US = 10_000
_NVIC_ADDRESS = 0xE000E000


def _pin() -> None:
    """Keep this thread's state of Python for good: a thread of Renode's would get a new one for each call."""
    ctypes.pythonapi.PyGILState_Ensure()


class Processor:
    """`read`, `write`, `exception` and `sleep` are called in Renode's turn and must not raise.

    As long as it has begun and is not ended, a thread of Renode's keeps it alive, with all that it refers to.
    """

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
        self.turns = turns = Turns(self._start)
        self.emulation = renode.Emulation()
        time = self.emulation.MasterTimeSource
        time.AdvanceImmediately = time.ExecuteInSerial = True
        time.Quantum = renode.TimeInterval.FromMicroseconds(_QUANTUM_US)
        self.machine: Any = renode.Machine()
        self.emulation.AddMachine(self.machine, "board")
        self.nvic: Any = renode.NVIC(self.machine, hertz, renode.system.Byte(0xF0), False)
        self.cpu: Any = renode.CortexM("cortex-m4f", self.machine, self.nvic, 0)
        self.cpu.PerformanceInMips = mips
        self.cpu.WfeAndSevAsNop = True  # Renode does not see the events that would end a WFE
        self._bus: Any = self.machine.SystemBus
        self._bus.UnhandledAccessBehaviour = renode.UnhandledAccessBehaviour.ThrowException  # a bus fault
        self._bus.Register(self.nvic, renode.BusPointRegistration(_NVIC_ADDRESS))
        self._bus.Register(self.cpu, renode.CPURegistrationPoint())
        self.nvic.IRQ.Connect(self.cpu, 0)
        self._name(self.cpu, "cpu")
        self._name(self.nvic, "nvic")
        self.wanted = wanted = ctypes.c_int64(NEVER)
        now = self._now = ctypes.c_int64(0)
        self.given_up = False
        self._memories: list[Memory] = []
        #: What Renode's side does first in each of its turns.
        self.before_core: Callable[[], None] = lambda: None

        def due(at: int) -> None:
            now.value = at
            turns.give()
            self.before_core()

        self._callbacks = (_READ(read), _WRITE(write), _DUE(due), _REPORT(exception), _REPORT(sleep), _PIN(_pin))
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
        self._memories.append(memory)
        pointer = ctypes.addressof(ctypes.c_char.from_buffer(memory.buffer))
        ram = self._renode.bridge.BenchMemory(pointer, memory.size)
        for address in memory.addresses:
            self._bus.Register(ram, self._renode.BusPointRegistration(address))
        self._name(ram, memory.name)

    def add_window(self, number: int, name: str, address: int, size: int) -> None:
        """Have accesses to [address, address + size) come to `read` and `write` as those of window `number`."""
        window = self._renode.bridge.BenchWindow(self._bridge, number, address, size)
        self._bus.Register(window, self._renode.BusRangeRegistration(address, size))
        self._name(window, name)

    def add_gap(self, address: int, size: int) -> None:
        """Have instructions from [address, address + size), where nothing is, be bus faults, too."""
        self.cpu.RegisterAccessFlags(address, size, True)

    # -- running ----------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """When Renode's side gave its turn away, in ns of Renode's virtual time."""
        return self._now.value

    @property
    def started(self) -> bool:
        """The core has executed something."""
        return self.turns.begun

    def _start(self) -> None:
        self._bridge.Begin()
        self.emulation.StartAll()

    def run(self, until: int) -> None:
        """Let Renode go on to `until`, or to when `wanted` says it is wanted before."""
        self.wanted.value = until
        self.turns.go_on()

    def restart(self, lines: Iterable[int]) -> None:
        """Reset the core, which then fetches SP and PC; these inputs of its NVIC are high."""

        def restart() -> None:
            if self.started:  # else it does that by itself
                self._bridge.Restart()
            for irq in lines:
                self.set_irq(irq, 1)

        self.turns.there(restart)

    def end(self) -> None:
        """Stop for good, and give back Renode's threads and memory."""
        if self.started:
            self.turns.end(self._halt)
        self.emulation.Dispose()

    def _halt(self) -> None:
        self.wanted.value = NEVER
        self.cpu.IsHalted = True

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
        return self.turns.there(lambda: bool(self._bridge.Ticks()))

    def systick(self) -> tuple[int, int]:
        """SYST_CSR, without clearing COUNTFLAG, and SYST_CVR."""
        return self.turns.there(lambda: (int(self._bridge.SysTickControl()), int(self._bridge.SysTickValue())))

    def register(self, number: int) -> int:
        """One of the core's registers, as Renode numbers them."""
        return int(self.cpu.GetRegister(number).RawValue)

    def set_register(self, number: int, value: int) -> None:
        """Give it another value, in the bench's turn."""
        self.cpu.SetRegister(number, self._renode.RegisterValue.Create(value, 32))

    def waits(self) -> bool:
        """At a turn: it is in WFI, of which Renode tells only with its next instruction."""
        return bool(self._bridge.Waits())

    @property
    def pc(self) -> int:
        """The instruction that comes next."""
        return int(self.cpu.PC.RawValue)

    def masks(self) -> tuple[int, int, int]:
        """PRIMASK, BASEPRI, FAULTMASK."""
        return int(self.cpu.GetPrimask(False)), int(self.nvic.BASEPRI_NS), int(self.cpu.GetFaultmask(False))
