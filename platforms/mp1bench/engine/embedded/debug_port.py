"""What a debugger holds the M4 by: halting between two instructions, breakpoints, watchpoints and single steps.

While the M4 is halted the whole machine is, and virtual time stands still. A run in which nothing halts is the run that
there would be without a debugger, event for event.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from mp1bench.cortexm.semihosting import BKPT_SEMIHOSTING
from mp1bench.engine.embedded.breakpoints import Breakpoints
from mp1bench.engine.embedded.debug_view import DebugView
from mp1bench.engine.embedded.guarded_pages import GuardedPages
from mp1bench.engine.embedded.it_blocks import after_it, executes, in_block, starts_of_blocks, width_of

if TYPE_CHECKING:
    from mp1bench.engine.embedded.engine import EmbeddedEngine

READS, WRITES = "R", "W"
_BKPT = b"\x00\xbe"


class Halt(NamedTuple):
    """Why the M4 stands: `reset`, `step`, `breakpoint`, `watchpoint`, `interrupt` (the debugger's) or `lockup`.

    `address` is that of the breakpoint, or of a watchpoint, which watches for `ops`. `note` is for a person.
    """

    reason: str
    address: int = 0
    ops: str = ""
    note: str = ""


class Watchpoint(NamedTuple):
    """[address, address + size) is watched for `ops`: "R", "W" or "RW"."""

    address: int
    size: int
    ops: str


class DebugPort:
    """Attached to an engine by construction; `detach` takes it off again.

    `on_halt(halt)` is called with the M4 halted and returns when it is to go on. `wants_halt()` is asked between
    slices. Both stand outside virtual time. Breakpoints and watchpoints may be changed inside `on_halt` only.
    """

    def __init__(self, engine: EmbeddedEngine) -> None:
        self.on_halt: Callable[[Halt], None] = lambda halt: None
        self.wants_halt: Callable[[], bool] = lambda: False
        self.breakpoints: set[int] = set()
        self.watchpoints: set[Watchpoint] = set()
        #: Set inside `on_halt`: execute one instruction (an IT block whole) and halt again.
        self.step = False
        self.view = DebugView(engine)
        self._engine = engine
        self._core = engine.core
        self._hooks = Breakpoints(engine.core.library, engine.core.counter, engine.core.halt_before)
        self._pages = GuardedPages(engine.core.library, engine.memories, self._access)
        self._pending: Halt | None = None
        self._at_reset = True
        self._resumed_at = 0  # in instructions, as in the next line
        self._steps_from: int | None = None
        self._ahead: dict[int, set[int]] = {}  # breakpoints in the rest of an IT block, by where the M4 stands before
        self._patched: dict[int, bytes] = {}
        self._stops: set[int] = set()  # all the names of the breakpoints, and the firmware's BKPTs
        self._skips = False  # the M4 stands on a patched instruction that its IT block skips
        self._watched: dict[Watchpoint, bytes] | None = None  # values, if the pages cannot be guarded
        engine.debug = self
        engine.core.on_halt = self._arrived
        engine.core.on_bkpt = self._bkpt
        engine.core.on_guarded_fetch = self._fetched

    def detach(self) -> None:
        """Take everything back. Inside `on_halt` or between two runs."""
        self.breakpoints, self.watchpoints, self.step = set(), set(), False
        self._place()
        self._core.on_halt, self._core.on_bkpt = lambda: None, lambda address: False
        self._core.on_guarded_fetch = lambda address: False
        self._engine.debug = None

    def watches(self, address: int, size: int) -> bool:
        """Whether accesses to [address, address + size) can be watched: RAM's only."""
        return any(memory.offset_of(address, size) is not None for memory in self._engine.memories)

    def reset(self) -> None:
        """Reset the core, which stands at its reset vector then. Inside `on_halt`; memory and devices stay."""
        self._engine.hold()
        self._engine.release()
        self._engine.start_released()

    # -- the engine's side ------------------------------------------------------------------------------------

    def execute(self, count: int) -> None:
        """Run at most `count` instructions, as the engine would, up to a breakpoint inside an IT block too."""
        exceptions = self._core.exceptions
        ahead = self._ahead.get(exceptions.pc, set())
        if ahead or self._pending is not None:
            # Its hook has brought the M4 here; or a halt is due, but `EmbeddedEngine.step` knows none and goes on.
            self._hooks.passes = exceptions.pc
        self._execute_to(ahead, 1 if ahead or self._steps_from is not None or self._watched is not None else count)
        while self._skips:
            if self._skip():
                self._execute_to({address for address in ahead if address >= exceptions.pc}, 1)

    def _execute_to(self, addresses: set[int], count: int) -> None:
        """The library stops in front of an IT instruction, but not behind it: there, BKPTs stand in for a moment."""
        self._skips = False
        for address in addresses:
            self._patched[address] = self._engine.load(address, 2) or b""
            self.view.write(address, _BKPT)
        self._engine.execute(count)
        for address, code in self._patched.items():
            self.view.write(address, code)
        self._patched.clear()

    def _skip(self) -> bool:
        """Pass over an instruction that its IT block skips. True if the block goes on with one that it does not."""
        pc, xpsr = self._core.exceptions.pc, after_it(self._core.registers.general()[14])
        self.view.set_register("pc", pc + width_of(self._engine.load(pc, 2) or b""))
        self.view.set_register("xpsr", xpsr)
        self._skips = not executes(xpsr)
        return not self._skips and in_block(xpsr)

    def look(self) -> bool:
        """Between two instructions: halt if there is a reason to. True if it did: what is due may have changed."""
        if self._engine.instructions > self._resumed_at:
            self._hooks.passes = None
        if self._watched is not None:
            self._compare()
        halt = self._pending or self._first() or self._stepped()
        if halt is None and self.wants_halt():
            halt = Halt("interrupt")
        if halt is not None:
            self.halt(halt)
        return halt is not None

    def halt(self, halt: Halt) -> None:
        """Stand until the debugger lets go."""
        self._pending, self._steps_from, self.step = None, None, False
        self.on_halt(halt)
        if self._engine.debug is self:
            self._place()
            self._resumed_at = self._engine.instructions
            self._steps_from = self._resumed_at if self.step else None

    def memory_written(self, address: int, size: int, who: str) -> None:
        """Somebody other than the M4's own stores has written to RAM."""
        if self._see(address, size, WRITES, f"written by {who}"):
            self._core.cut()

    def _first(self) -> Halt | None:
        if not (self._at_reset and self._engine.running):
            return None
        self._at_reset = False
        return Halt("reset")

    def _stepped(self) -> Halt | None:
        gone = self._steps_from is not None and self._engine.instructions > self._steps_from
        return Halt("step") if gone and not self._core.exceptions.asleep else None

    def _arrived(self) -> None:
        pc = self._core.exceptions.pc
        if not self._skips and pc in self._stops:
            self._hit(Halt("breakpoint", pc))

    def _bkpt(self, address: int) -> bool:
        """A BKPT is next: one of ours, or the firmware's, where the M4 halts once before it is executed."""
        if address in self._patched:
            self._skips = not executes(self._core.registers.general()[14])
            return True
        passed = self._hooks.passes == address and self._core.counter.cell[0] == 1
        if passed or self._engine.load(address, 2) == BKPT_SEMIHOSTING:
            return False
        self._stops.add(address)
        return True

    def _hit(self, halt: Halt) -> None:
        self._pending = self._pending or halt

    def _place(self) -> None:
        self._stops = names = {name for address in self.breakpoints for name in self._names(address)}
        self._ahead = {}
        for name in names:
            for start in starts_of_blocks(self._engine.load, name):
                self._ahead.setdefault(start, set()).add(name)
        for block in list(self._ahead.values()):
            self._ahead |= {name: {other for other in block if other > name} for name in block}
        self._hooks.passes = self._core.exceptions.pc
        stale = self._hooks.place(names | self._ahead.keys())
        if self._watched is not None:
            self._watched = {watch: self._value(watch) for watch in self.watchpoints} or None
        guarded = [] if self._watched is not None else [(w.address, w.size) for w in self.watchpoints]
        if self._pages.guard(guarded) or stale:
            self._core.forget_code()

    def _names(self, address: int) -> list[int]:
        """All addresses of a byte of RAM."""
        for memory in self._engine.memories:
            offset = memory.offset_of(address)
            if offset is not None:
                return [base + offset for base in memory.addresses]
        return [address]

    # -- watchpoints ------------------------------------------------------------------------------------------

    def _access(self, address: int, width: int, op: str) -> None:
        if self._see(address, width, op, ""):
            self._core.cut()

    def _see(self, address: int, size: int, op: str, note: str) -> bool:
        """Whether a watchpoint looks at that, through whatever name of the memory."""
        names = self._names(address)
        for watch in self.watchpoints:
            if op in watch.ops and any(n < watch.address + watch.size and watch.address < n + size for n in names):
                self._hit(Halt("watchpoint", watch.address, watch.ops, note))
                return True
        return False

    def _fetched(self, address: int) -> bool:
        """The M4 cannot execute code in a guarded page. True if that is why it stopped; from now on it can.

        Watchpoints are compared after each instruction then, which is some two hundred times slower and sees no loads.
        """
        if not self._pages.guarded(address):
            return False
        self._pages.guard(())
        self._core.forget_code()
        self._watched = {watch: self._value(watch) for watch in self.watchpoints}
        if any(READS in watch.ops for watch in self.watchpoints):
            note = f"0x{address:08X} is code in the page of a watchpoint: loads cannot be watched there, only changes"
            self._hit(Halt("interrupt", note=note))
        return True

    def _compare(self) -> None:
        assert self._watched is not None
        for watch, before in self._watched.items():
            self._watched[watch] = value = self._value(watch)
            if value != before:
                self._hit(Halt("watchpoint", watch.address, watch.ops))

    def _value(self, watch: Watchpoint) -> bytes:
        return self._engine.load(watch.address, watch.size) or b""
