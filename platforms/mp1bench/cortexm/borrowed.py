"""What an engine lends the exception model: the registers, as `CpuState`, and the memory, as `Stack`.

It holds nothing; who lends is `engine/embedded/core_registers.py` and the engine.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

NPRIV = 1 << 0  # in CONTROL: thread mode has no privilege


class Context(NamedTuple):
    """The registers that exception entry looks at. `sp` is the current stack pointer."""

    r0: int
    r1: int
    r2: int
    r3: int
    r12: int
    lr: int
    xpsr: int
    sp: int
    control: int


class Masks(NamedTuple):
    """The three special registers that hold exceptions back."""

    primask: int
    basepri: int
    faultmask: int

    def __bool__(self) -> bool:
        return any(self[:])


class CpuState(Protocol):
    """Registers that an engine lends."""

    def context(self) -> Context:
        """The registers of the interrupted code."""

    def masks(self) -> Masks:
        """PRIMASK, BASEPRI, FAULTMASK; true values also while thread mode is unprivileged."""

    def clear_faultmask(self) -> None:
        """FAULTMASK := 0."""

    def floats(self) -> tuple[int, ...]:
        """S0–S15 and FPSCR."""

    def set_floats(self, values: tuple[int, ...]) -> None:
        """The inverse of `floats`."""

    def stack_pointer(self, process: bool) -> int:
        """MSP or PSP, read in Handler mode."""

    def enter(self, number: int, sp: int | None, lr: int) -> None:
        """Handler mode for `number` on MSP; the interrupted code's stack pointer becomes `sp` (None: unchanged)."""

    def leave(self, context: Context) -> None:
        """Back to the mode of `context.xpsr`'s exception number, with `context.control` as CONTROL."""

    def reset(self, sp: int) -> None:
        """Thread mode, privileged, on MSP = `sp`; masks and flags clear."""


class Stack(Protocol):
    """RAM as exception entry and return use it."""

    def load(self, address: int, size: int) -> bytes | None:
        """Up to `size` bytes, None where there is no memory; fewer than asked is a bus fault to stacking."""

    def store(self, address: int, data: bytes) -> bool:
        """False: a bus fault."""
