"""A second machine that goes on from where the board's is: what happens in it has no effect on the board.

Linux is not in it. What it would do is tried by hand (`outside.py`); events that are due for it are left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from mp1bench.cortexm import scs
from mp1bench.cortexm.nvic import FIRST_IRQ, PENDSV, SVCALL
from mp1bench.diagnosis.thumb_loads import Load, find_load
from mp1bench.engine.embedded import EmbeddedEngine
from mp1bench.engine.snapshot import put_back
from mp1bench.errors import ModelError, SnapshotError

if TYPE_CHECKING:
    from mp1bench.board import Board

#: Far more instructions than an interrupt handler takes.
_HANDLER_INSTRUCTIONS = 4_000
_HANDLER_SLICES = 10
_SPSEL = 1 << 1  # in CONTROL


class State(NamedTuple):
    """What the next instruction depends on, memory and devices left out. `registers` are R0 to R12, SP and LR."""

    pc: int
    registers: tuple[int, ...]
    xpsr: int


class Step(NamedTuple):
    """One instruction: the state before it, and its load with the value that it gave."""

    state: State
    load: Load | None
    value: int


def _is_mine(engine: EmbeddedEngine, due: tuple[int, int, str, str]) -> bool:
    """Is an event of the board due for somebody who is in the twin?"""
    try:
        engine.refuse_unknown_receivers([due])
    except SnapshotError:
        return False
    return True


def look_inside(board: Board) -> EmbeddedEngine | None:
    """The board's engine, or a twin's if that shows less; None inside a register access of such an engine."""
    if isinstance(board.engine, EmbeddedEngine):
        return board.engine
    try:
        return Twin(board).engine
    except ModelError:
        return None


class Twin:
    """Built from `board`, whose engine has a core. `effects` counts what devices have reported."""

    def __init__(self, board: Board) -> None:
        snapshot = board.engine.snapshot()
        self.board = board.twin()
        self.image = board.image
        engine = self.board.engine
        assert isinstance(engine, EmbeddedEngine)
        self.engine = engine
        self.core = engine.core
        self._start = replace(snapshot, queue=tuple(due for due in snapshot.queue if _is_mine(engine, due)))
        put_back(engine, self._start)
        self.effects = 0
        engine.observers.append(self._note)

    def _note(self) -> None:
        self.effects += 1

    def rewind(self) -> None:
        """Go back to where the board is."""
        put_back(self.engine, self._start)
        self.effects = 0

    def keep(self) -> None:
        """Let `rewind` come back to here from now on."""
        self._start = self.engine.snapshot()

    # -- going on ---------------------------------------------------------------------------------------------

    @property
    def halted(self) -> bool:
        """No instruction comes next: held in reset or locked up."""
        return not self.engine.running or self.core.exceptions.locked_up

    @property
    def asleep(self) -> bool:
        """WFI or WFE."""
        return self.core.exceptions.asleep

    @property
    def in_task(self) -> bool:
        """It runs on the process stack, or in the switch between two that do: an operating system is at work."""
        in_switch = self.core.exceptions.ipsr in (SVCALL, PENDSV)
        return in_switch or bool(self.core.registers.context().control & _SPSEL)

    def state(self) -> State:
        """Where it is."""
        general, context = self.core.registers.general(), self.core.registers.context()
        return State(self.core.exceptions.pc, (*general[:13], context.sp, general[13]), general[14])

    def step(self) -> Step:
        """Execute one instruction, or take an exception."""
        state = self.state()
        load = find_load(self.engine.load(state.pc, 4) or b"", state.registers)
        self.engine.step(self.engine.now + 1_000_000)
        value = self.state().registers[load.target] if load is not None else 0
        return Step(state, load, value & ((1 << 8 * load.width) - 1) if load is not None else 0)

    def run(self, instructions: int) -> None:
        """Go on for as long as that many instructions take."""
        self.engine.run(self.engine.now + instructions * self.engine.instruction_ns)

    def next_due(self) -> int | None:
        """When the next thing comes by itself: an alarm of a device, or SysTick."""
        expiry = self.core.clock.machine_time(self.core.systick.expiry())
        due = [at for at in (expiry, *(event[0] for event in self.engine.pending_events())) if at is not None]
        return min(due, default=None)

    def jump(self, at: int) -> None:
        """Let time pass without an instruction, as if asleep."""
        grid = self.engine.instruction_ns
        self.engine.time = max(self.engine.time, -(-at // grid) * grid)

    def memory(self) -> list[bytes]:
        """All RAM."""
        return [bytes(memory.view) for memory in self.engine.memories]

    def peek(self, address: int, width: int) -> int | None:
        """What RAM holds there; None where there is none."""
        data = self.engine.load(address, width)
        return int.from_bytes(data, "little") if data is not None and len(data) == width else None

    def look(self, address: int, width: int) -> int | None:
        """What the M4 would read there, of RAM or a device; None of the core's own registers and where nothing is."""
        for place in self.engine.places.values():
            if place.address <= address < place.address + place.size:
                return place.device.read(address - place.address, width)
        return self.peek(address, width)

    def address(self, device: str) -> int:
        """Where a device stands."""
        return self.engine.places[device].address

    def poke(self, device: str, offset: int, value: int) -> None:
        """Write a device's register as Linux would."""
        self.engine.write(self.address(device) + offset, value)

    # -- exceptions -------------------------------------------------------------------------------------------

    def vector(self, number: int) -> int:
        """The handler's first address, Thumb bit cleared; 0 if there is none."""
        return (self.peek(self.core.space.register(scs.VTOR) + 4 * number, 4) or 0) & ~1

    def force(self, number: int) -> bool:
        """Have exception `number` taken now, whatever holds it back; False if its handler has not come to its end."""
        nvic, registers = self.core.nvic, self.core.registers
        nvic.prigroup = 0
        for other in range(FIRST_IRQ + nvic.irqs):
            if nvic.priority[other] >= 0:
                nvic.priority[other] = nvic.priority_mask
        nvic.priority[number] = 0
        nvic.pending, nvic.active = 0, nvic.active & ~(1 << number)
        nvic.enabled |= 1 << number
        registers.from_state({**registers.state(), "primask": 0, "basepri": 0, "faultmask": 0})
        nvic.pend(number)
        for _ in range(_HANDLER_SLICES):
            self.run(_HANDLER_INSTRUCTIONS // _HANDLER_SLICES)
            if self.halted:
                return False
            if not (nvic.active | nvic.pending) >> number & 1:
                return True
        return False

    def priority(self, number: int) -> int:
        """Of an exception, as a level: 0 is the highest that can be set, 15 the lowest."""
        priority = self.core.nvic.priority[number]
        return priority if priority < 0 else priority >> 4

    def preempts(self, number: int) -> bool:
        """Would it be taken now, were it pending and enabled?"""
        nvic = self.core.nvic
        return nvic.group(nvic.priority[number]) < nvic.execution_priority(*self.core.registers.masks())
