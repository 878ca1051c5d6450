"""Which exception is taken, and what entry leaves on the stack and in the registers (Armv7-M, B1.5.6)."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from mp1bench.cortexm import scs
from mp1bench.cortexm.borrowed import Masks
from mp1bench.cortexm.nvic import BUSFAULT, HARDFAULT, NMI

NPRIV, SPSEL, FPCA = 1, 2, 4  # CONTROL
IRQ0, IRQ1 = 16, 17


def test_basic_frame(core: Any) -> None:
    assert core.interrupt(IRQ0)
    assert core.ram.stores == [(0x7E0, 32)]
    assert core.ram.words(0x7E0, 8) == (1, 2, 3, 4, 12, 0x1235, 0x2000, core.THUMB | 0x60000000)
    assert core.cpu.sp == {False: 0x7E0, True: 0x600}
    assert (core.cpu.lr, core.exceptions.pc, core.exceptions.ipsr) == (0xFFFFFFF9, core.vector(IRQ0), IRQ0)
    assert (core.nvic.pending, core.nvic.active) == (0, 1 << IRQ0)


def test_frame_on_the_process_stack(core: Any) -> None:
    core.cpu.control = SPSEL | NPRIV
    core.interrupt(IRQ0)
    assert core.ram.stores == [(0x5E0, 32)]
    assert core.cpu.sp == {False: 0x800, True: 0x5E0}
    assert (core.cpu.lr, core.cpu.control) == (0xFFFFFFFD, NPRIV)


def test_frame_of_a_handler(core: Any) -> None:
    core.interrupt(IRQ0, 0x40)
    assert core.interrupt(IRQ1, 0x30)
    assert core.ram.stores == [(0x7E0, 32), (0x7C0, 32)]
    assert core.ram.words(0x7C0, 8)[6:] == (core.vector(IRQ0), core.THUMB | 0x60000000 | IRQ0)
    assert core.cpu.lr == 0xFFFFFFF1


def test_frame_is_aligned_to_eight_bytes(core: Any) -> None:
    core.cpu.sp[False] = 0x7FC
    core.interrupt(IRQ0)
    assert core.ram.stores == [(0x7D8, 32)]
    assert core.ram.words(0x7D8, 8)[7] & core.ALIGNED
    core.exceptions.leave(0xFFFFFFF9)
    assert core.cpu.sp[False] == 0x7FC


def test_frame_is_not_aligned_if_ccr_says_so(core: Any) -> None:
    core.space.write(scs.CCR, 0, 4)
    core.cpu.sp[False] = 0x7FC
    core.interrupt(IRQ0)
    assert core.ram.stores == [(0x7DC, 32)]
    assert not core.ram.words(0x7DC, 8)[7] & core.ALIGNED


def test_extended_frame(core: Any) -> None:
    core.cpu.control = FPCA
    core.interrupt(IRQ0)
    assert core.ram.stores == [(0x798, 104)]  # 0x800 - 26 words
    assert core.ram.words(0x798 + 32, 17) == core.FLOATS
    assert (core.cpu.lr, core.cpu.control) == (0xFFFFFFE9, 0)


def test_extended_frame_is_aligned_even_if_ccr_says_no(core: Any) -> None:
    core.space.write(scs.CCR, 0, 4)
    core.cpu.control, core.cpu.sp[False] = FPCA, 0x7FC
    core.interrupt(IRQ0)
    assert core.ram.stores == [(0x790, 104)]


def test_no_floats_are_stacked_without_aspen(core: Any) -> None:
    core.space.write(scs.FPCCR, 0, 4)
    core.cpu.control = FPCA
    core.interrupt(IRQ0)
    assert (core.ram.stores, core.cpu.lr) == ([(0x7E0, 32)], 0xFFFFFFF9)


def test_vectors_are_fetched_from_vtor(core: Any) -> None:
    core.space.write(scs.VTOR, 0x400, 4)
    struct.pack_into("<I", core.ram.bytes, 0x400 + 4 * IRQ0, 0x4321)
    core.interrupt(IRQ0)
    assert core.exceptions.pc == 0x4320


@pytest.mark.parametrize(
    ("masks", "number", "taken"),
    [
        (Masks(1, 0, 0), IRQ0, False),
        (Masks(1, 0, 0), NMI, True),
        (Masks(0, 0x40, 0), IRQ0, False),
        (Masks(0, 0x50, 0), IRQ0, True),
        (Masks(0, 0x40, 0), HARDFAULT, True),
        (Masks(0, 0, 1), HARDFAULT, False),
        (Masks(0, 0, 1), NMI, True),
    ],
)
def test_masks_hold_back(core: Any, masks: Masks, number: int, taken: bool) -> None:
    core.cpu.special = masks
    assert core.interrupt(number, 0x40) == taken
    assert core.exceptions.held_back() == (not taken)


def test_equal_priority_does_not_preempt(core: Any) -> None:
    core.interrupt(IRQ0, 0x40)
    assert not core.interrupt(IRQ1, 0x40)
    assert not core.exceptions.held_back()  # no mask: unmasking would change nothing


def test_subpriority_does_not_preempt(core: Any) -> None:
    core.nvic.prigroup = 5
    core.interrupt(IRQ0, 0x70)
    assert not core.interrupt(IRQ1, 0x40)
    core.nvic.prigroup = 3
    assert core.exceptions.take_next()


def test_lowering_the_active_priority_lets_others_in(core: Any) -> None:
    core.interrupt(IRQ0, 0x20)
    assert not core.interrupt(IRQ1, 0x40)
    core.nvic.set_priority(IRQ0, 0x60)
    assert core.exceptions.take_next()


def test_nmi_preempts_hardfault(core: Any) -> None:
    core.exceptions.fault(BUSFAULT, scs.PRECISERR)
    assert core.interrupt(NMI)
    assert core.cpu.lr == 0xFFFFFFF1


def test_interrupts_are_reported(core: Any) -> None:
    seen: list[int] = []
    core.exceptions.on_interrupt = seen.append
    core.interrupt(IRQ1)
    core.nvic.set_priority(IRQ1, 0x80)
    core.exceptions.svc()
    assert seen == [1]
