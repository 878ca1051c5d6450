"""The MPU: what its registers read, and what it refuses (Arm's ARMv7-M manual, B3.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.cortexm import scs
from mp1bench.cortexm.mpu import CTRL, RASR, RBAR, RNR, TYPE, Mpu

M4 = Callable[..., Any]
HARDFAULT, MEMMANAGE, SVCALL = 3, 4, 11
FULL, READ_ONLY, NONE, PRIVILEGED, USER_READS = 3, 6, 0, 1, 2  # AP
XN = 1 << 28
DATA = 0x20001000


def rasr(size: int, access: int, subregions_off: int = 0) -> int:
    """An enabled region of 2**size bytes."""
    return access << 24 | subregions_off << 8 | (size - 1) << 1 | 1


# -- registers ------------------------------------------------------------------------------------------------


def test_there_are_eight_regions() -> None:
    assert Mpu().read(TYPE) == 0x800


def test_regions_read_back_as_written() -> None:
    mpu = Mpu()
    for n in range(8):
        mpu.write(RNR, n)
        mpu.write(RBAR, 0x20000000 + 0x100 * n)
        mpu.write(RASR, rasr(8, FULL, n))
    for n in range(8):
        mpu.write(RNR, n)
        assert (mpu.read(RBAR), mpu.read(RASR)) == (0x20000000 + 0x100 * n | n, rasr(8, FULL, n))


@pytest.mark.parametrize("alias", range(4))
def test_aliases_and_valid_select_the_region(alias: int) -> None:
    mpu = Mpu()
    mpu.write(RBAR + 8 * alias, 0x08000000 | 0x10 | 5)
    mpu.write(RASR + 8 * alias, 0xFFFFFFFF)
    assert (mpu.read(RNR), mpu.read(RBAR), mpu.read(RASR)) == (5, 0x08000005, 0x173FFF3F)


def test_control_has_three_bits() -> None:
    mpu = Mpu()
    mpu.write(CTRL, 0xFFFFFFFF)
    assert mpu.read(CTRL) == 7


def test_highest_region_wins_and_its_subregions_can_be_switched_off() -> None:
    mpu = Mpu()
    for n, value in ((0, rasr(12, FULL)), (1, rasr(11, NONE, 0b0000_0010))):
        mpu.write(RBAR, 0x20000000 | 0x10 | n)
        mpu.write(RASR, value)
    assert not mpu.allows(0x20000000, 4, True, True)
    assert mpu.allows(0x20000100, 0x100, True, False)  # the second eighth of region 1
    assert not mpu.allows(0x20000100, 0x104, True, True)
    assert mpu.allows(0x20000800, 0x800, True, False)
    assert not mpu.allows(0x20000FFC, 8, True, True)


def test_bits_of_the_base_below_the_size_do_not_count() -> None:
    mpu = Mpu()
    mpu.write(RBAR, 0x20000810)
    mpu.write(RASR, rasr(12, FULL))
    assert mpu.regions()[0] == (0x20000000, rasr(12, FULL))
    assert mpu.allows(0x20000000, 0x1000, True, False)


@pytest.mark.parametrize(
    ("access", "may"),
    [(0, ""), (1, "RW"), (2, "RWr"), (3, "RWrw"), (5, "R"), (6, "Rr"), (7, "Rr")],
)
def test_region_allows_what_its_permissions_say(access: int, may: str) -> None:
    mpu = Mpu()
    mpu.write(RBAR, 0x20000010)
    mpu.write(RASR, rasr(12, access))
    ways = {"R": (False, True), "W": (True, True), "r": (False, False), "w": (True, False)}
    assert {way for way, mode in ways.items() if mpu.allows(0x20000000, 4, *mode)} == set(may)


# -- what instructions meet -----------------------------------------------------------------------------------

#: Region 0 is the code, 1 the RAM's first 4 KiB; region 2 is the test's, at DATA; R5 is the MPU, R6 points to DATA.
SETUP = """
    ldr r5, =0xE000ED90
    ldr r0, =0x10
    ldr r1, =0x0600001F
    strd r0, r1, [r5, #12]
    ldr r0, =RAM+0x11
    ldr r1, =0x03000017
    strd r0, r1, [r5, #12]
    ldr r0, =RAM+0x1012
    ldr r1, =RAM
    ldr r1, [r1]
    strd r0, r1, [r5, #12]
    ldr r6, =RAM+0x1000
    ldr r0, =SCB
    movs r1, #1
    lsls r1, #16
    str r1, [r0, #SHCSR]
    mov sp, r6
    sub sp, #0x100
"""
ON = "movs r0, #{control}\n str r0, [r5, #4]\n dsb\n isb\n"
HANDLER = {
    MEMMANAGE: """
    ldr r9, [sp, #24]
    ldr r0, =SCB
    ldr r8, [r0, #CFSR]
    ldr r10, [r0, #0x34]
    b .
    """
}
LOCKED = {HARDFAULT: "movs r11, #1\n b ."} | HANDLER
#: Unprivileged, on a process stack whose frame lies at DATA.
ON_PROCESS_STACK = "ldr r0, =RAM+0x1040\n msr psp, r0\n movs r0, #3\n msr control, r0\n isb\n svc #0"
COUNTERS = pytest.mark.parametrize("counter", ["fast", "public"])


def protected(m4: M4, region: int, code: str, control: int = 1, counter: str = "auto") -> Any:
    """Run `code` with a region at DATA and the MPU on."""
    m = m4(SETUP + ON.format(control=control) + code + "\n movs r7, #0x77\n b .", LOCKED, counter=counter)
    m.engine.write(0x20000000, region)
    m.run(200)
    return m


@COUNTERS
@pytest.mark.parametrize("access", ["ldr r1, [r6]", "str r1, [r6]", "ldrb r1, [r6, #31]", "strh r1, [r6, #30]"])
def test_denied_access_is_a_memmanage_fault_with_its_address(m4: M4, access: str, counter: str) -> None:
    m = protected(m4, rasr(5, NONE), access, counter=counter)
    offset = {"ldrb": 31, "strh": 30}.get(access.split()[0], 0)
    assert m.r[8] == scs.DACCVIOL | scs.MMARVALID
    assert m.r[10] == DATA + offset
    assert m.r[7] == 0


def test_stacked_pc_is_the_refused_instruction(m4: M4) -> None:
    m = protected(m4, rasr(5, NONE), "mov r4, pc\n str r1, [r6]")
    assert m.r[9] == m.r[4] - 2


def test_refused_store_changes_nothing(m4: M4) -> None:
    m = protected(m4, rasr(5, READ_ONLY), "movs r1, #9\n ldr r2, [r6]\n str r1, [r6]")
    assert m.word(0x1000) == 0
    assert m.r[8] & scs.DACCVIOL


def test_neighbour_of_a_small_region_has_the_rules_of_its_own(m4: M4) -> None:
    m = protected(m4, rasr(5, NONE), "movs r1, #9\n str r1, [r6, #32]\n ldr r2, [r6, #32]", control=5)
    assert (m.r[2], m.r[7]) == (9, 0x77)


def test_nothing_but_the_regions_without_privdefena(m4: M4) -> None:
    m = protected(m4, 0, "ldr r1, [r6]")
    assert m.r[8] == scs.DACCVIOL | scs.MMARVALID


def test_privileged_code_has_the_default_map_with_privdefena(m4: M4) -> None:
    assert protected(m4, 0, "ldr r1, [r6]", control=5).r[7] == 0x77


def test_access_that_is_allowed_goes_through(m4: M4) -> None:
    m = protected(m4, rasr(5, FULL), "movs r1, #7\n str r1, [r6]\n ldr r2, [r6]")
    assert (m.r[2], m.r[7]) == (7, 0x77)


@COUNTERS
def test_unprivileged_code_has_rights_of_its_own(m4: M4, counter: str) -> None:
    code = "movs r1, #9\n str r1, [r6]\n movs r0, #1\n msr control, r0\n isb\n ldr r2, [r6]\n str r2, [r6, #4]"
    m = protected(m4, rasr(5, USER_READS), code, counter=counter)
    assert (m.r[2], m.r[10]) == (9, DATA + 4)
    assert m.r[7] == 0


def test_code_in_a_region_that_must_not_execute_is_a_fetch_fault(m4: M4) -> None:
    m = protected(m4, rasr(5, FULL) | XN, "ldr r0, =0x4770BF00\n str r0, [r6]\n orr r0, r6, #1\n bx r0")
    assert (m.r[8], m.r[9]) == (scs.IACCVIOL, DATA)


def test_code_in_ram_executes_where_it_may(m4: M4) -> None:
    m = protected(m4, rasr(5, FULL), "ldr r0, =0x4770BF00\n str r0, [r6]\n orr r0, r6, #1\n blx r0")
    assert m.r[7] == 0x77


def test_it_block_ends_at_the_refused_access(m4: M4) -> None:
    m = protected(m4, rasr(5, NONE), "cmp r0, r0\n ittt eq\n addeq r4, #1\n streq r1, [r6]\n addeq r4, #1")
    assert (m.r[4], m.r[10], m.r[7]) == (1, DATA, 0)


def test_stacking_into_a_protected_stack_is_mstkerr(m4: M4) -> None:
    m = protected(
        m4, rasr(6, NONE), "ldr r0, =RAM+0x1050\n msr psp, r0\n movs r0, #2\n msr control, r0\n isb\n svc #0", 5
    )
    assert m.r[8] == scs.MSTKERR


def test_frame_is_pushed_with_the_rights_of_the_thread(m4: M4) -> None:
    m = m4(SETUP + ON.format(control=5) + ON_PROCESS_STACK, {SVCALL: "movs r4, #1\n bx lr"} | HANDLER)
    m.engine.write(0x20000000, rasr(6, PRIVILEGED))
    m.run(200)
    assert (m.r[4], m.r[8]) == (0, scs.MSTKERR)


def test_unstacking_from_a_protected_stack_is_munstkerr(m4: M4) -> None:
    deny = "ldr r0, =RAM\n ldr r1, [r0, #4]\n str r1, [r5, #16]\n movs r4, #1\n bx lr"
    m = m4(SETUP + ON.format(control=5) + ON_PROCESS_STACK, {SVCALL: deny} | HANDLER)
    m.engine.write(0x20000000, rasr(6, FULL))
    m.engine.write(0x20000004, rasr(6, PRIVILEGED))
    m.run(200)
    assert (m.r[4], m.r[8]) == (1, scs.MUNSTKERR)


@pytest.mark.parametrize(("control", "refused"), [(5, False), (7, True)])
def test_hfnmiena_decides_in_hardfault(m4: M4, control: int, refused: bool) -> None:
    m = m4(
        SETUP + ON.format(control=control) + "udf #0",
        {HARDFAULT: "ldr r1, [r6]\n movs r11, #1\n b ."},
    )
    m.engine.write(0x20000000, rasr(5, NONE))
    stop = m.run(200)
    assert (stop.reason == "lockup", m.r[11]) == (refused, 0 if refused else 1)


def test_mpu_that_is_off_refuses_nothing(m4: M4) -> None:
    assert protected(m4, rasr(5, NONE), "str r1, [r6]", control=4).r[7] == 0x77


def test_core_reset_switches_it_off(m4: M4) -> None:
    m = protected(m4, rasr(5, NONE), "str r1, [r6]")
    m.put(0x400, SETUP + "str r1, [r6]\n movs r7, #0x66\n b .")
    m.engine.hold()
    m.engine.release()
    m.run(200)
    assert m.r[7] == 0x66


def test_regions_go_into_snapshots(m4: M4) -> None:
    first = protected(m4, rasr(5, NONE), "1: nop\n b 1b\n str r1, [r6]")
    second = m4("b .", held=True)
    second.engine.restore(first.engine.snapshot())
    loop = second.engine.core.exceptions.pc & ~3
    for at in (loop - 4, loop, loop + 4):
        second.put(at, "str r1, [r6]\n str r1, [r6]")
    second.run(20)
    assert second.scs(scs.CFSR) == scs.DACCVIOL | scs.MMARVALID
