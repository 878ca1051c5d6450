"""A processor made of plain numbers, with RAM and exceptions around it: the fixture of this folder."""

from __future__ import annotations

import struct

import pytest

from mp1bench.cortexm import scs
from mp1bench.cortexm.borrowed import Context, Masks
from mp1bench.cortexm.exceptions import Exceptions
from mp1bench.cortexm.faults import Fault
from mp1bench.cortexm.nvic import Nvic
from mp1bench.cortexm.systick import SysTick

THUMB, ALIGNED = 1 << 24, 1 << 9
NPRIV, SPSEL = 1, 2
FLOATS = tuple(range(100, 117))  # S0–S15, FPSCR
SIZE = 0x1000


def vector(number: int) -> int:
    """Where the handler of an exception begins."""
    return 0x10000 + 0x100 * number


class Cpu:
    """Registers, banked stack pointers, masks."""

    def __init__(self) -> None:
        self.low, self.r12, self.lr = (1, 2, 3, 4), 12, 0x1235
        self.xpsr, self.control = THUMB | 0x60000000, 0
        self.sp = {False: 0x800, True: 0x600}  # MSP, PSP
        self.special = Masks(0, 0, 0)
        self.s = FLOATS

    @property
    def _process(self) -> bool:
        return bool(self.control & SPSEL and not self.xpsr & 0x1FF)

    def context(self) -> Context:
        return Context(*self.low, self.r12, self.lr, self.xpsr, self.sp[self._process], self.control)

    def masks(self) -> Masks:
        return self.special

    def clear_faultmask(self) -> None:
        self.special = self.special._replace(faultmask=0)

    def floats(self) -> tuple[int, ...]:
        return self.s

    def set_floats(self, values: tuple[int, ...]) -> None:
        self.s = values

    def stack_pointer(self, process: bool) -> int:
        return self.sp[process]

    def enter(self, number: int, sp: int | None, lr: int) -> None:
        if sp is not None:
            self.sp[self._process] = sp
        self.xpsr = self.xpsr & 0xF80F0000 | THUMB | number
        self.control &= NPRIV
        self.lr = lr

    def leave(self, context: Context) -> None:
        self.low, self.r12, self.lr = context[:4], context.r12, context.lr
        self.xpsr, self.control = context.xpsr & ~ALIGNED, context.control
        self.sp[self._process] = context.sp

    def reset(self, sp: int) -> None:
        self.__init__()  # type: ignore[misc]
        self.sp[False] = sp


class Ram:
    """4 KiB at 0: vectors first."""

    def __init__(self) -> None:
        self.bytes = bytearray(SIZE)
        for number in range(64):
            struct.pack_into("<I", self.bytes, 4 * number, vector(number) | 1)
        self.stores: list[tuple[int, int]] = []

    def load(self, address: int, size: int) -> bytes | None:
        return bytes(self.bytes[address : address + size]) if address < SIZE else None

    def store(self, address: int, data: bytes) -> bool:
        self.stores.append((address, len(data)))
        if not 0 <= address <= SIZE - len(data):
            return False
        self.bytes[address : address + len(data)] = data
        return True

    def words(self, address: int, count: int) -> tuple[int, ...]:
        return struct.unpack_from(f"<{count}I", self.bytes, address)


class Core:
    """A core that executes at 0x2000, with MSP = 0x800 and PSP = 0x600."""

    vector = staticmethod(vector)
    THUMB, ALIGNED, FLOATS, RAM_SIZE = THUMB, ALIGNED, FLOATS, SIZE

    def __init__(self) -> None:
        self.cpu, self.ram, self.nvic = Cpu(), Ram(), Nvic()
        systick = SysTick(lambda: 0, lambda: 1, lambda: None)
        self.space = scs.SystemControlSpace(self.nvic, systick, lambda: self.exceptions.ipsr)
        self.exceptions = Exceptions(self.cpu, self.ram, self.space)
        self.exceptions.pc = 0x2000
        self.nvic.enabled |= 0xFFFF << 16
        self.faults: list[Fault] = []
        self.exceptions.on_fault = self.faults.append

    def interrupt(self, number: int, priority: int = 0) -> bool:
        if number >= 16:
            self.nvic.set_priority(number, priority)
        self.nvic.pend(number)
        return self.exceptions.take_next()

    def register(self, offset: int) -> int:
        return self.space.register(offset)


@pytest.fixture
def core() -> Core:
    return Core()
