"""Exception return: unstacking, tail-chaining, and returns that make no sense (Armv7-M, B1.5.8)."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from mp1bench.cortexm import scs
from mp1bench.cortexm.borrowed import Masks
from mp1bench.cortexm.nvic import HARDFAULT, NMI, USAGEFAULT

NPRIV, SPSEL, FPCA = 1, 2, 4  # CONTROL
IRQ0, IRQ1 = 16, 17


@pytest.mark.parametrize("control", [0, SPSEL, FPCA, SPSEL | FPCA, NPRIV | SPSEL])
def test_return_restores_everything(core: Any, control: int) -> None:
    core.cpu.control = control
    before = core.cpu.context()
    core.interrupt(IRQ0)
    core.cpu.low, core.cpu.r12, core.cpu.s = (0, 0, 0, 0), 0, (0,) * 17
    core.exceptions.leave(core.cpu.lr)
    assert core.cpu.context() == before
    assert core.cpu.s == (core.FLOATS if control & FPCA else (0,) * 17)
    assert (core.exceptions.pc, core.exceptions.ipsr, core.nvic.active) == (0x2000, 0, 0)


def test_return_to_a_handler(core: Any) -> None:
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x30)
    core.exceptions.leave(0xFFFFFFF1)
    assert (core.exceptions.pc, core.exceptions.ipsr) == (core.vector(IRQ0), IRQ0)
    assert core.nvic.active == 1 << IRQ0


def test_tail_chaining_does_not_touch_the_stack(core: Any) -> None:
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x40)
    core.ram.stores.clear()
    core.exceptions.leave(0xFFFFFFF9)
    assert (core.exceptions.ipsr, core.exceptions.pc, core.cpu.lr) == (IRQ1, core.vector(IRQ1), 0xFFFFFFF9)
    assert (core.ram.stores, core.cpu.sp[False]) == ([], 0x7E0)
    core.exceptions.leave(0xFFFFFFF9)
    assert (core.exceptions.pc, core.cpu.sp[False]) == (0x2000, 0x800)


def test_tail_chaining_keeps_the_frame_that_is_there(core: Any) -> None:
    core.cpu.control = SPSEL | FPCA
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x40)
    core.exceptions.leave(0xFFFFFFED)
    assert core.cpu.lr == 0xFFFFFFED


@pytest.mark.parametrize(("number", "left"), [(IRQ0, 0), (NMI, 1)])
def test_return_clears_faultmask_except_from_nmi(core: Any, number: int, left: int) -> None:
    core.interrupt(number)
    core.cpu.special = Masks(1, 0x40, 1)
    core.exceptions.leave(0xFFFFFFF9)
    assert core.cpu.special == Masks(1, 0x40, left)


@pytest.mark.parametrize("exc_return", [0xFFFFFFF5, 0xFFFFFFE5, 0xFFFFFF01, 0xF0000001, 0xFFFFFFF1, 0xFFFFFFFF])
def test_return_that_makes_no_sense_is_invpc(core: Any, exc_return: int) -> None:
    core.nvic.enabled |= 1 << USAGEFAULT
    core.interrupt(IRQ0)
    core.ram.stores.clear()
    core.exceptions.leave(exc_return)
    assert core.register(scs.CFSR) == scs.INVPC
    assert (core.exceptions.ipsr, core.nvic.active) == (USAGEFAULT, 1 << USAGEFAULT)
    assert (core.cpu.lr, core.ram.stores) == (exc_return, [])


def test_return_to_thread_while_another_is_active_is_invpc(core: Any) -> None:
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x30)
    core.exceptions.leave(0xFFFFFFF9)
    assert core.register(scs.CFSR) == scs.INVPC
    assert core.exceptions.ipsr == HARDFAULT


def test_return_to_thread_while_another_is_active_if_ccr_allows_it(core: Any) -> None:
    core.space.write(scs.CCR, 0x201, 4)  # NONBASETHRDENA
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x30)
    struct.pack_into("<2I", core.ram.bytes, 0x7C0 + 24, 0x3000, core.THUMB)
    core.exceptions.leave(0xFFFFFFF9)
    assert (core.exceptions.pc, core.exceptions.ipsr, core.nvic.active) == (0x3000, 0, 1 << IRQ0)


def test_return_with_faultmask_and_no_sense_does_not_lock_up(core: Any) -> None:
    core.interrupt(IRQ0)
    core.cpu.special = Masks(0, 0, 1)  # returning clears it, whatever comes of the return
    core.exceptions.leave(0xFFFFFFF5)
    assert not core.exceptions.locked_up
    assert core.exceptions.ipsr == HARDFAULT


def test_frame_of_the_other_mode_is_invpc(core: Any) -> None:
    core.interrupt(IRQ0)
    struct.pack_into("<I", core.ram.bytes, 0x7E0 + 28, core.THUMB | IRQ1)
    core.exceptions.leave(0xFFFFFFF9)
    assert core.register(scs.CFSR) == scs.INVPC


def test_frame_without_thumb_bit_is_invstate(core: Any) -> None:
    core.interrupt(IRQ0)
    struct.pack_into("<I", core.ram.bytes, 0x7E0 + 28, 0)
    core.exceptions.leave(0xFFFFFFF9)
    assert core.register(scs.CFSR) == scs.INVSTATE
    assert core.ram.words(0x7E0, 8)[6] == 0x2000  # the fault is the interrupted code's
