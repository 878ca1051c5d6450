"""The System Control Space at 0xE000E000: registers of the SCB, the NVIC and the FPU, and the door to SysTick.

It stores and answers; what a write makes the core do next is decided by `exceptions.py` after the access.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mp1bench.cortexm import mpu
from mp1bench.cortexm.nvic import (
    BUSFAULT,
    FIRST_IRQ,
    MEMMANAGE,
    NAMES,
    NMI,
    PENDSV,
    SVCALL,
    SYSTICK,
    USAGEFAULT,
    Nvic,
    bits,
)
from mp1bench.cortexm.systick import CALIB, CSR, SysTick

BASE, SIZE = 0xE000E000, 0x1000
CPUID_CORTEX_M4_R0P1 = 0x410FC241

ICTR, ICSR, VTOR, AIRCR, SCR, CCR = 0x004, 0xD04, 0xD08, 0xD0C, 0xD10, 0xD14
SHPR1, SHCSR, CFSR, HFSR, DFSR, MMFAR, BFAR = 0xD18, 0xD24, 0xD28, 0xD2C, 0xD30, 0xD34, 0xD38
CPACR, STIR, FPCCR, FPCAR, FPDSCR = 0xD88, 0xF00, 0xF34, 0xF38, 0xF3C
DHCSR, DEMCR = 0xDF0, 0xDFC
_ISER, _ICER, _ISPR, _ICPR, _IABR, _IABR_END = 0x100, 0x180, 0x200, 0x280, 0x300, 0x380
_IPR, _IPR_END = 0x400, 0x5F0
_SHPR_END = SHPR1 + 12

SCR_SLEEPONEXIT, SCR_SLEEPDEEP, SCR_SEVONPEND = 1 << 1, 1 << 2, 1 << 4
CCR_NONBASETHRDENA, CCR_USERSETMPEND, CCR_DIV_0_TRP, CCR_STKALIGN = 1 << 0, 1 << 1, 1 << 4, 1 << 9
CCR_BFHFNMIGN = 1 << 8
CPACR_DENIED, CPACR_PRIVILEGED = 0, 1  # of each coprocessor's field; 3 is full access
FPCCR_ASPEN = 1 << 31
HFSR_VECTTBL, HFSR_FORCED, HFSR_DEBUGEVT = 1 << 1, 1 << 30, 1 << 31
DEMCR_MON_EN, DEMCR_MON_PEND, DEMCR_TRCENA = 1 << 16, 1 << 17, 1 << 24
DFSR_BKPT = 1 << 1
_VECTKEY, _VECTKEYSTAT = 0x05FA, 0xFA05
_SYSRESETREQ, _VECTCLRACTIVE = 1 << 2, 1 << 1

#: Configurable fault -> its enable bit in SHCSR.
FAULT_ENABLE = {MEMMANAGE: 1 << 16, BUSFAULT: 1 << 17, USAGEFAULT: 1 << 18}
_SHCSR_ACTIVE = {MEMMANAGE: 0, BUSFAULT: 1, USAGEFAULT: 3, SVCALL: 7, 12: 8, PENDSV: 10, SYSTICK: 11}
_SHCSR_PENDED = {USAGEFAULT: 12, MEMMANAGE: 13, BUSFAULT: 14, SVCALL: 15}
_SHCSR_WRITABLE = sum(FAULT_ENABLE.values())

#: Read-only identification: CPUID and the feature registers of a Cortex-M4 with FPU (Arm's reference manual).
_IDENTITY = {
    0xD00: CPUID_CORTEX_M4_R0P1, 0xD40: 0x30, 0xD44: 0x200, 0xD48: 0x100000, 0xD50: 0x30, 0xD58: 0x01000000,
    0xD60: 0x01141110, 0xD64: 0x02112000, 0xD68: 0x21232231, 0xD6C: 0x01111131, 0xD70: 0x01310102,
    0xF40: 0x10110021, 0xF44: 0x11000011,
}  # fmt: skip
_RESET = {CCR: CCR_STKALIGN, FPCCR: 0xC0000000}
_WRITABLE = {
    VTOR: 0xFFFFFF80, SCR: 0b10110, CCR: 0b11_0001_1011, CPACR: 0x00F00000, DHCSR: 0,
    FPCCR: 0xC0000000, FPCAR: 0xFFFFFFF8, FPDSCR: 0x07C00000,
}  # fmt: skip
_WRITE_ONE_CLEARS = (CFSR, HFSR, DFSR)

#: What a set bit of CFSR says, for people.
CFSR_BITS = {
    0: "IACCVIOL", 1: "DACCVIOL", 3: "MUNSTKERR", 4: "MSTKERR", 5: "MLSPERR", 7: "MMARVALID", 8: "IBUSERR",
    9: "PRECISERR", 10: "IMPRECISERR", 11: "UNSTKERR", 12: "STKERR", 13: "LSPERR", 15: "BFARVALID",
    16: "UNDEFINSTR", 17: "INVSTATE", 18: "INVPC", 19: "NOCP", 24: "UNALIGNED", 25: "DIVBYZERO",
}  # fmt: skip
HFSR_BITS = {1: "VECTTBL", 30: "FORCED", 31: "DEBUGEVT"}
IACCVIOL, DACCVIOL, MUNSTKERR, MSTKERR, MMARVALID = 1 << 0, 1 << 1, 1 << 3, 1 << 4, 1 << 7
IBUSERR, PRECISERR, UNSTKERR, STKERR, BFARVALID = 1 << 8, 1 << 9, 1 << 11, 1 << 12, 1 << 15
UNDEFINSTR, INVSTATE, INVPC, NOCP, DIVBYZERO = 1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 25


class SystemControlSpace:
    """Word, halfword and byte access to the core's own registers.

    `active()` tells the exception number in IPSR; `on_sysresetreq()` is called for AIRCR.SYSRESETREQ.
    """

    def __init__(self, nvic: Nvic, systick: SysTick, active: Callable[[], int]) -> None:
        self.nvic = nvic
        self.systick = systick
        self.mpu = mpu.Mpu()
        self._active = active
        self.on_sysresetreq: Callable[[], None] = lambda: None
        #: PRIMASK, BASEPRI, FAULTMASK.
        self.masks: Callable[[], tuple[int, int, int]] = lambda: (0, 0, 0)
        self.reset()

    def reset(self) -> None:
        """Core reset, NVIC and SysTick included."""
        self.registers: dict[int, int] = dict(_RESET)
        self.nvic.reset()
        self.systick.reset()
        self.mpu.reset()

    def register(self, offset: int) -> int:
        """A stored register, without side effects."""
        return self.registers.get(offset, 0)

    def floats_allowed(self, privileged: bool) -> bool:
        """CPACR: whether coprocessors 10 and 11, the FPU, may be used. Both fields must agree; CP10's counts."""
        access = self.register(CPACR) >> 20 & 3
        return access != CPACR_DENIED and (privileged or access != CPACR_PRIVILEGED)

    def traces(self) -> bool:
        """DEMCR.TRCENA: DWT and ITM work."""
        return bool(self.register(DEMCR) & DEMCR_TRCENA)

    def open_to_unprivileged(self, offset: int) -> bool:
        """Whether unprivileged code may write here: only STIR, and only if CCR allows it."""
        return offset == STIR and bool(self.register(CCR) & CCR_USERSETMPEND)

    # -- access of any width ----------------------------------------------------------------------------------

    def read(self, offset: int, width: int) -> int:
        """Read; narrow reads see the right lanes of the word."""
        lane = 8 * (offset & 3)
        return self._read_word(offset & ~3) >> lane & ((1 << 8 * width) - 1)

    def write(self, offset: int, value: int, width: int) -> None:
        """Write; priorities are bytes, the rest are words of which a narrow write touches its lanes only."""
        if _IPR <= offset < _IPR_END or SHPR1 <= offset < _SHPR_END:
            for byte in range(width):
                self._write_priority(offset + byte, value >> 8 * byte & 0xFF)
            return
        word, lane = offset & ~3, 8 * (offset & 3)
        value <<= lane
        stored = (word in self.registers and word not in _WRITE_ONE_CLEARS) or mpu.TYPE <= word < mpu.END
        if width < 4 and stored:
            lanes = ((1 << 8 * width) - 1) << lane
            value |= self._read_word(word) & ~lanes
        self._write_word(word, value & 0xFFFFFFFF)

    # -- reading ----------------------------------------------------------------------------------------------

    def _read_word(self, offset: int) -> int:
        if offset in _IDENTITY:
            return _IDENTITY[offset]
        if CSR <= offset <= CALIB:
            return self.systick.read(offset)
        if mpu.TYPE <= offset < mpu.END:
            return self.mpu.read(offset)
        if offset == ICTR:
            return (self.nvic.irqs + 31) // 32 - 1
        if _ISER <= offset < _IABR_END:
            sets = {2: self.nvic.enabled, 3: self.nvic.enabled, 4: self.nvic.pending, 5: self.nvic.pending}
            return sets.get(offset >> 7, self.nvic.active) >> FIRST_IRQ + 8 * (offset & 0x7F) & 0xFFFFFFFF
        if _IPR <= offset < _IPR_END or SHPR1 <= offset < _SHPR_END:
            return sum(self._priority_at(offset + byte) << 8 * byte for byte in range(4))
        if offset == ICSR:
            return self._icsr()
        if offset == AIRCR:
            return _VECTKEYSTAT << 16 | self.nvic.prigroup << 8
        if offset == SHCSR:
            return self._shcsr()
        return self.registers.get(offset, 0)

    def _exception_of(self, offset: int) -> int | None:
        """Which exception's priority lies at a byte offset; None where it is reserved."""
        if offset >= SHPR1:
            number = 4 + offset - SHPR1
            return number if number in NAMES else None
        number = FIRST_IRQ + offset - _IPR
        return number if number < FIRST_IRQ + self.nvic.irqs else None

    def _priority_at(self, offset: int) -> int:
        number = self._exception_of(offset)
        return 0 if number is None else self.nvic.priority[number]

    def _icsr(self) -> int:
        nvic, active = self.nvic, self._active()
        pending = nvic.next_pending() or 0
        _, basepri, faultmask = self.masks()
        if nvic.group(nvic.priority[pending]) >= nvic.mask_priority(basepri, faultmask):
            pending = 0  # VECTPENDING leaves out what BASEPRI and FAULTMASK hold back, and not what PRIMASK does
        others = nvic.active & ~(1 << active) if active else 0
        return (
            active
            | (not others) << 11
            | pending << 12
            | (nvic.pending >> FIRST_IRQ != 0) << 22
            | (nvic.pending >> SYSTICK & 1) << 26
            | (nvic.pending >> PENDSV & 1) << 28
            | (nvic.pending >> NMI & 1) << 31
        )

    def _shcsr(self) -> int:
        value = self.registers.get(SHCSR, 0)
        value |= sum((self.nvic.active >> n & 1) << bit for n, bit in _SHCSR_ACTIVE.items())
        return value | sum((self.nvic.pending >> n & 1) << bit for n, bit in _SHCSR_PENDED.items())

    # -- writing ----------------------------------------------------------------------------------------------

    def _write_word(self, offset: int, value: int) -> None:
        if offset in _IDENTITY or offset == ICTR:
            return
        if CSR <= offset <= CALIB:
            self.systick.write(offset, value)
        elif mpu.TYPE <= offset < mpu.END:
            self.mpu.write(offset, value)
        elif _ISER <= offset < _IABR:
            self._write_set(offset, value)
        elif offset == ICSR:
            self._write_icsr(value)
        elif offset == AIRCR:
            self._write_aircr(value)
        elif offset == SHCSR:
            self._write_shcsr(value)
        elif offset == STIR:
            self._pend_irq(value & 0x1FF)
        elif offset in _WRITE_ONE_CLEARS:
            self.registers[offset] = self.register(offset) & ~value
        elif offset not in (_IABR, 0xD3C):
            self.registers[offset] = value & _WRITABLE.get(offset, 0xFFFFFFFF)

    def _pend_irq(self, irq: int) -> None:
        if irq < self.nvic.irqs:
            self.nvic.pend(FIRST_IRQ + irq)

    def _write_set(self, offset: int, value: int) -> None:
        nvic, bank = self.nvic, offset & ~0x7F
        irqs = value << 8 * (offset & 0x7F) & ((1 << nvic.irqs) - 1)
        mask = irqs << FIRST_IRQ
        if bank == _ISER:
            nvic.enabled |= mask
        elif bank == _ICER:
            nvic.enabled &= ~mask
        elif bank == _ISPR:
            nvic.pend_all(mask)
        else:
            for number in bits(mask):
                nvic.unpend(number)

    def _write_priority(self, offset: int, value: int) -> None:
        number = self._exception_of(offset)
        if number is not None:
            self.nvic.set_priority(number, value)

    def _write_icsr(self, value: int) -> None:
        if value >> 31:
            self.nvic.pend(NMI)
        for number, set_bit, clear_bit in ((PENDSV, 28, 27), (SYSTICK, 26, 25)):
            if value >> set_bit & 1:
                self.nvic.pend(number)
            elif value >> clear_bit & 1:
                self.nvic.unpend(number)

    def _write_aircr(self, value: int) -> None:
        if value >> 16 != _VECTKEY:
            return
        self.nvic.prigroup = value >> 8 & 7
        if value & _VECTCLRACTIVE:
            self.nvic.active = 0
        if value & _SYSRESETREQ:
            self.on_sysresetreq()

    def _write_shcsr(self, value: int) -> None:
        self.registers[SHCSR] = value & _SHCSR_WRITABLE
        self.nvic.enabled &= ~sum(1 << number for number in FAULT_ENABLE)
        self.nvic.enabled |= sum(1 << number for number, bit in FAULT_ENABLE.items() if value & bit)
        for number, bit in _SHCSR_PENDED.items():
            if value >> bit & 1:
                self.nvic.pend(number)
            else:
                self.nvic.unpend(number)
        self.nvic.active &= ~sum(1 << number for number in _SHCSR_ACTIVE)
        self.nvic.active |= sum(1 << number for number, bit in _SHCSR_ACTIVE.items() if value >> bit & 1)

    # -- snapshot ---------------------------------------------------------------------------------------------

    def state(self) -> dict[str, object]:
        """Plain data; `from_state` is its inverse."""
        registers = sorted(self.registers.items())
        return {
            "registers": registers,
            "nvic": self.nvic.state(),
            "systick": self.systick.state(),
            "mpu": self.mpu.state(),
        }

    def from_state(self, state: Mapping[str, object]) -> None:
        """Restore what `state` gave."""
        registers, nvic, systick, regions = (state[name] for name in ("registers", "nvic", "systick", "mpu"))
        assert isinstance(registers, list)
        assert isinstance(nvic, Mapping)
        assert isinstance(systick, Mapping)
        assert isinstance(regions, Mapping)
        self.registers = dict(registers)
        self.nvic.from_state(nvic)
        self.systick.from_state(systick)
        self.mpu.from_state(regions)
