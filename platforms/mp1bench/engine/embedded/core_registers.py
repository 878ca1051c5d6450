"""The Cortex-M4's registers in Unicorn, lent to the exception model (`cortexm.borrowed.CpuState`).

The order of the writes is the substance here: it is what makes the library's banking and its cached flags follow
(embedded-engine.md §2, §3, §4 P3).
"""

from __future__ import annotations

from collections.abc import Mapping

from unicorn import arm_const as arm

from mp1bench.cortexm.borrowed import Context, Masks
from mp1bench.engine.embedded.unicorn_library import OneRegister, Registers, Unicorn

_R = [arm.UC_ARM_REG_R0 + n for n in range(13)]
_S = [arm.UC_ARM_REG_S0 + n for n in range(32)]
_SP, _LR, _IPSR, _CONTROL = arm.UC_ARM_REG_SP, arm.UC_ARM_REG_LR, arm.UC_ARM_REG_IPSR, arm.UC_ARM_REG_CONTROL
_MASKS = [arm.UC_ARM_REG_PRIMASK, arm.UC_ARM_REG_BASEPRI, arm.UC_ARM_REG_FAULTMASK]
_FLAGS, _EPSR, _NZCVQG = arm.UC_ARM_REG_APSR_NZCV, arm.UC_ARM_REG_EPSR, arm.UC_ARM_REG_XPSR_NZCVQG

_THUMB = 1 << 24
_EPSR_BITS = 0x0700FC00
_NZCV = 0xF0000000
_NZCVQG_BITS = 0xF80F0000
_SPSEL, _NPRIV = 1 << 1, 1 << 0
_SOME_HANDLER = 2  # any non-zero IPSR makes the banked registers accessible


class CoreRegisters:
    """Batches of registers for each thing that the exception model does."""

    def __init__(self, library: Unicorn) -> None:
        #: CONTROL alone: each access to the core's own registers asks for it.
        self.control = OneRegister(library.handle, _CONTROL).read
        self._context = Registers(library, [*_R[:4], _R[12], _LR, arm.UC_ARM_REG_XPSR, _SP, _CONTROL])
        self._masks = Registers(library, [*_MASKS, _IPSR, _CONTROL])
        self._ipsr = Registers(library, [_IPSR])
        self._faultmask = Registers(library, [arm.UC_ARM_REG_FAULTMASK])
        self._floats = Registers(library, [*_S[:16], arm.UC_ARM_REG_FPSCR])
        self._msp = Registers(library, [arm.UC_ARM_REG_MSP])
        self._psp = Registers(library, [arm.UC_ARM_REG_PSP])
        self._sp = Registers(library, [_SP])
        # Thread mode in between is the only way to clear SPSEL; the flags come last because they refresh the
        # library's idea of the mode (P3).
        self._enter = Registers(library, [_IPSR, _CONTROL, _IPSR, _CONTROL, _IPSR, _CONTROL, _LR, _EPSR, _FLAGS])
        # Q and GE can only be written together with T and the IT bits, so those come back behind them.
        self._leave = Registers(library, [_CONTROL, _NZCVQG, _EPSR, _IPSR, _CONTROL, _SP, *_R[:4], _R[12], _LR, _FLAGS])
        self._general = Registers(library, [*_R, _LR, arm.UC_ARM_REG_XPSR])
        self._all_floats = Registers(library, [*_S, arm.UC_ARM_REG_FPSCR])
        self._banked = Registers(library, [*_MASKS, arm.UC_ARM_REG_MSP, arm.UC_ARM_REG_PSP])
        self._set_banked = Registers(
            library, [_IPSR, *_MASKS, arm.UC_ARM_REG_MSP, arm.UC_ARM_REG_PSP, _CONTROL, _IPSR, _CONTROL]
        )
        self._one = [Registers(library, [register]) for register in [*_R, _LR]]
        self._set_general = Registers(library, [*_R, _LR, _NZCVQG, _IPSR, _EPSR, _FLAGS])

    # -- CpuState ---------------------------------------------------------------------------------------------

    def context(self) -> Context:
        return Context(*self._context.read())

    def masks(self) -> Masks:
        primask, basepri, faultmask, ipsr, control = self._masks.read()
        if control & _NPRIV and not ipsr:
            self._ipsr.write(_SOME_HANDLER)
            primask, basepri, faultmask, _, _ = self._masks.read()
            self._ipsr.write(0)
        return Masks(primask, basepri, faultmask)

    def clear_faultmask(self) -> None:
        self._faultmask.write(0)

    def floats(self) -> tuple[int, ...]:
        return tuple(self._floats.read())

    def set_floats(self, values: tuple[int, ...]) -> None:
        self._floats.write(*values)

    def stack_pointer(self, process: bool) -> int:
        return (self._psp if process else self._msp).read()[0]

    def enter(self, number: int, sp: int | None, lr: int) -> None:
        context = self.context()
        if sp is not None:
            self._sp.write(sp)
        privilege = context.control & _NPRIV
        self._enter.write(number, 0, 0, 0, number, privilege, lr, _THUMB, context.xpsr & _NZCV)

    def leave(self, context: Context) -> None:
        r0, r1, r2, r3, r12, lr, xpsr, sp, control = context
        epsr, flags, ipsr = xpsr & _EPSR_BITS, xpsr & _NZCVQG_BITS, xpsr & 0x1FF
        self._leave.write(0, flags, epsr, ipsr, control, sp, r0, r1, r2, r3, r12, lr, xpsr & _NZCV)

    def reset(self, sp: int) -> None:
        self._set_banked.write(_SOME_HANDLER, 0, 0, 0, 0, 0, 0, 0, 0)
        self._sp.write(sp)
        self._all_floats.write(*[0] * self._all_floats.size)
        self._set_general.write(*[0] * 13, 0xFFFFFFFF, 0, 0, _THUMB, 0)

    # -- beyond the exception model ---------------------------------------------------------------------------

    def general(self) -> list[int]:
        """R0–R12, LR, xPSR."""
        return self._general.read()

    def set_one(self, number: int, value: int) -> None:
        """One of R0–R12, LR."""
        self._one[number].write(value)

    def set_general(self, values: list[int]) -> None:
        """Undo what ran after a faulting instruction: R0–R12, LR, flags and IT bits."""
        xpsr = values[14]
        self._set_general.write(*values[:14], xpsr & _NZCVQG_BITS, xpsr & 0x1FF, xpsr & _EPSR_BITS, xpsr & _NZCV)

    def state(self) -> dict[str, object]:
        """Architectural registers as plain data (a library context cannot move between engines, P9)."""
        context = self.context()
        ipsr = context.xpsr & 0x1FF
        self._ipsr.write(_SOME_HANDLER)
        banked = self._banked.read()
        self._ipsr.write(ipsr)
        return {
            "general": self.general(), "floats": self._all_floats.read(), "control": context.control,
            "primask": banked[0], "basepri": banked[1], "faultmask": banked[2], "msp": banked[3], "psp": banked[4],
        }  # fmt: skip

    def from_state(self, state: Mapping[str, object]) -> None:
        """Restore what `state` gave, into this or another engine."""
        general, floats = state["general"], state["floats"]
        assert isinstance(general, list)
        assert isinstance(floats, list)
        banked = [_int(state[name]) for name in ("primask", "basepri", "faultmask", "msp", "psp")]
        control, ipsr = _int(state["control"]), general[14] & 0x1FF
        self._set_banked.write(_SOME_HANDLER, *banked, 0, ipsr, control)
        self._all_floats.write(*floats)
        self.set_general(general)


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
