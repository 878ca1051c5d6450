"""Faults, SVC and breakpoints: their own handler, HardFault, or lock-up (Armv7-M, B1.5.9 to B1.5.15)."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from mp1bench.cortexm import scs
from mp1bench.cortexm.borrowed import Masks
from mp1bench.cortexm.faults import Fault
from mp1bench.cortexm.nvic import BUSFAULT, HARDFAULT, NMI, SVCALL, USAGEFAULT

IRQ0 = 16


def test_fault_enters_its_own_handler_if_enabled(core: Any) -> None:
    core.nvic.enabled |= 1 << BUSFAULT
    core.exceptions.fault(BUSFAULT, scs.PRECISERR | scs.BFARVALID, 0x40001234)
    assert core.exceptions.ipsr == BUSFAULT
    assert (core.register(scs.CFSR), core.register(scs.BFAR)) == (0x8200, 0x40001234)
    assert core.register(scs.HFSR) == 0
    assert core.faults == [Fault("BusFault", 0x2000, 0x8200, 0, 0x40001234)]


def test_fault_escalates_if_not_enabled(core: Any) -> None:
    core.exceptions.fault(USAGEFAULT, scs.UNDEFINSTR)
    assert (core.exceptions.ipsr, core.register(scs.HFSR)) == (HARDFAULT, scs.HFSR_FORCED)


def test_fault_escalates_if_its_handler_is_not_urgent_enough(core: Any) -> None:
    core.nvic.enabled |= 1 << USAGEFAULT
    core.nvic.set_priority(USAGEFAULT, 0x40)
    core.interrupt(IRQ0, 0x40)
    core.exceptions.fault(USAGEFAULT, scs.UNDEFINSTR)
    assert core.exceptions.ipsr == HARDFAULT


@pytest.mark.parametrize(
    ("masks", "number"), [(Masks(1, 0, 0), HARDFAULT), (Masks(0, 0x10, 0), HARDFAULT), (Masks(0, 0x20, 0), USAGEFAULT)]
)
def test_fault_escalates_if_masked(core: Any, masks: Masks, number: int) -> None:
    core.nvic.enabled |= 1 << USAGEFAULT
    core.nvic.set_priority(USAGEFAULT, 0x10)
    core.cpu.special = masks
    core.exceptions.fault(USAGEFAULT, scs.UNDEFINSTR)
    assert core.exceptions.ipsr == number


@pytest.mark.parametrize("first", ["hardfault", "nmi", "faultmask"])
def test_fault_at_the_highest_priority_locks_up(core: Any, first: str) -> None:
    if first == "faultmask":
        core.cpu.special = Masks(0, 0, 1)
    elif first == "nmi":
        core.interrupt(NMI)
    else:
        core.exceptions.fault(USAGEFAULT, scs.UNDEFINSTR)
    assert not core.exceptions.locked_up
    core.exceptions.fault(USAGEFAULT, scs.UNDEFINSTR)
    assert core.exceptions.locked_up


def test_svc_is_taken_at_once(core: Any) -> None:
    core.exceptions.svc()
    assert (core.exceptions.ipsr, core.ram.words(0x7E0, 8)[6]) == (SVCALL, 0x2000)


@pytest.mark.parametrize("masks", [Masks(1, 0, 0), Masks(0, 0x10, 0)])
def test_svc_that_is_masked_is_a_hardfault(core: Any, masks: Masks) -> None:
    core.nvic.set_priority(SVCALL, 0x10)
    core.cpu.special = masks
    core.exceptions.svc()
    assert (core.exceptions.ipsr, core.register(scs.HFSR)) == (HARDFAULT, scs.HFSR_FORCED)


def test_svc_in_hardfault_locks_up(core: Any) -> None:
    core.interrupt(HARDFAULT)
    core.exceptions.svc()
    assert core.exceptions.locked_up


def test_breakpoint_without_debugger_is_a_hardfault(core: Any) -> None:
    core.exceptions.breakpoint()
    assert (core.exceptions.ipsr, core.register(scs.HFSR)) == (HARDFAULT, scs.HFSR_DEBUGEVT)


def test_stacking_fault(core: Any) -> None:
    core.cpu.sp[False] = 0x10
    core.nvic.enabled |= 1 << BUSFAULT
    core.nvic.set_priority(BUSFAULT, 0x00)
    core.interrupt(IRQ0, 0x40)
    assert (core.exceptions.ipsr, core.register(scs.CFSR)) == (BUSFAULT, scs.STKERR)
    assert core.nvic.pending == 1 << IRQ0  # it comes later


def test_stacking_fault_escalates(core: Any) -> None:
    core.cpu.sp[False] = 0x10
    core.interrupt(IRQ0)
    assert (core.exceptions.ipsr, core.register(scs.HFSR)) == (HARDFAULT, scs.HFSR_FORCED)


def test_unstacking_fault(core: Any) -> None:
    core.interrupt(IRQ0)
    core.cpu.sp[False] = core.RAM_SIZE - 8
    core.ram.stores.clear()
    core.exceptions.leave(0xFFFFFFF9)
    assert core.register(scs.CFSR) == scs.UNSTKERR
    assert (core.exceptions.ipsr, core.cpu.lr, core.ram.stores) == (HARDFAULT, 0xFFFFFFF9, [])


def test_vector_fetch_fault(core: Any) -> None:
    core.space.write(scs.VTOR, core.RAM_SIZE - 0x80, 4)  # 32 vectors, HardFault's among them
    core.ram.bytes[core.RAM_SIZE - 0x80 + 12 : core.RAM_SIZE - 0x80 + 16] = struct.pack("<I", 0x5001)
    core.nvic.enabled |= 1 << 40
    core.interrupt(40)
    assert (core.exceptions.ipsr, core.exceptions.pc) == (HARDFAULT, 0x5000)
    assert core.register(scs.HFSR) == scs.HFSR_VECTTBL


def test_no_vectors_at_all_lock_up(core: Any) -> None:
    core.space.write(scs.VTOR, 0x2000, 4)
    core.interrupt(IRQ0)
    assert core.exceptions.locked_up


def test_even_vector_is_invstate(core: Any) -> None:
    struct.pack_into("<I", core.ram.bytes, 4 * IRQ0, 0x3000)
    core.interrupt(IRQ0)
    assert (core.exceptions.ipsr, core.register(scs.CFSR)) == (HARDFAULT, scs.INVSTATE)
    assert core.ram.words(0x7C0, 8)[6] == 0x3000
