"""What wakes a sleeping core, sleep on exit, and the start after reset."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from mp1bench.cortexm import scs
from mp1bench.cortexm.borrowed import Masks
from mp1bench.cortexm.nvic import HARDFAULT, PENDSV

IRQ0, IRQ1 = 16, 17


@pytest.mark.parametrize(
    ("masks", "wakes"),
    [
        (Masks(0, 0, 0), True),
        (Masks(1, 0, 0), True),  # PRIMASK does not keep it asleep
        (Masks(0, 0x40, 0), False),
        (Masks(1, 0x40, 0), False),
        (Masks(0, 0x50, 0), True),
        (Masks(0, 0, 1), False),
    ],
)
def test_what_wakes_from_wfi(core: Any, masks: Masks, wakes: bool) -> None:
    core.cpu.special = masks
    core.nvic.set_priority(IRQ0, 0x40)
    assert not core.exceptions.wakes()
    core.nvic.pend(IRQ0)
    assert core.exceptions.wakes() == wakes


def test_sevonpend_wakes_from_wfe_alone(core: Any) -> None:
    core.space.write(scs.SCR, scs.SCR_SEVONPEND, 4)
    assert not core.exceptions.wakes(from_wfe=True)
    core.nvic.pend(60)  # not enabled
    assert core.exceptions.wakes(from_wfe=True)
    assert not core.exceptions.wakes()


def test_sleeponexit_sleeps_on_the_last_return(core: Any) -> None:
    core.space.write(scs.SCR, scs.SCR_SLEEPONEXIT, 4)
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x30)
    core.exceptions.leave(0xFFFFFFF1)
    assert not core.exceptions.asleep
    core.exceptions.leave(0xFFFFFFF9)
    assert core.exceptions.asleep


def test_sleeponexit_does_not_sleep_while_another_is_active(core: Any) -> None:
    core.space.write(scs.SCR, scs.SCR_SLEEPONEXIT, 4)
    core.space.write(scs.CCR, 0x201, 4)  # NONBASETHRDENA
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x30)
    struct.pack_into("<2I", core.ram.bytes, 0x7C0 + 24, 0x3000, core.THUMB)
    core.exceptions.leave(0xFFFFFFF9)
    assert not core.exceptions.asleep


def test_start_fetches_sp_and_pc(core: Any) -> None:
    struct.pack_into("<2I", core.ram.bytes, 0, 0x803, 0x3001)
    core.space.write(scs.VTOR, 0x400, 4)
    core.exceptions.start()
    assert (core.cpu.sp[False], core.exceptions.pc) == (0x800, 0x3000)
    assert core.register(scs.VTOR) == 0


def test_start_at_an_even_address_is_invstate(core: Any) -> None:
    struct.pack_into("<2I", core.ram.bytes, 0, 0x800, 0x3000)
    core.exceptions.start()
    assert (core.exceptions.ipsr, core.register(scs.CFSR)) == (HARDFAULT, scs.INVSTATE)


def test_state_goes_on_in_another_one(core: Any) -> None:
    core.interrupt(PENDSV)
    other = type(core)()
    other.exceptions.from_state(core.exceptions.state())
    assert (other.exceptions.pc, other.exceptions.ipsr) == (core.vector(PENDSV), PENDSV)
