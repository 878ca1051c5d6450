"""CPACR decides who may use the FPU, and FPCCR, FPCAR and FPDSCR read sanely (ARMv7-M manual, B3.2.20 and B3.2.21)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.cortexm import scs

M4 = Callable[..., Any]
USAGEFAULT, SVCALL = 6, 11
COUNTERS = pytest.mark.parametrize("counter", ["fast", "public"])
NOTE_FAULT = "ldr r9, [sp, #24]\n ldr r0, =SCB\n ldr r8, [r0, #CFSR]\n b ."
ENABLE_USAGEFAULT = "ldr r0, =SCB\n movs r1, #1\n lsls r1, #18\n str r1, [r0, #SHCSR]\n"
PRIVILEGED_ONLY = "ldr r12, =0xE000ED88\n mov r11, #0x00500000\n str r11, [r12]\n"
FLOATS = ["vmov s0, r1", "vadd.f32 s0, s1, s2", "vldr s0, [sp]", "vmrs r1, fpscr", "vpush {s0}", "vcvt.f32.s32 s0, s0"]


@COUNTERS
@pytest.mark.parametrize("source", FLOATS)
def test_fpu_that_is_not_enabled_is_nocp(m4: M4, source: str, counter: str) -> None:
    m = m4(f"{ENABLE_USAGEFAULT} {source}\n b .", {USAGEFAULT: NOTE_FAULT}, counter=counter)
    m.run(100)
    assert (m.r[8], m.r[9]) == (scs.NOCP, 0x408)


@COUNTERS
def test_fpu_can_be_enabled_and_disabled_again(m4: M4, counter: str) -> None:
    m = m4(
        f"{ENABLE_USAGEFAULT} fpu\n bl 1f\n movs r7, #1\n mov r11, #0\n str r11, [r12]\n bl 1f\n b .\n"
        "1: vmov s3, r1\n vmov r5, s3\n bx lr",
        {USAGEFAULT: NOTE_FAULT},
        counter=counter,
    )
    m.run(100)
    assert (m.r[7], m.r[5], m.r[8]) == (1, 0x40000, scs.NOCP)


def test_handler_that_enables_the_fpu_lets_the_instruction_run_again(m4: M4) -> None:
    m = m4(f"{ENABLE_USAGEFAULT} vmov s3, r1\n vmov r5, s3\n done", {USAGEFAULT: "fpu\n bx lr"})
    m.run(100)
    assert m.r[5] == 0x40000


def test_access_can_be_for_privileged_code_only(m4: M4) -> None:
    m = m4(
        f"{ENABLE_USAGEFAULT} {PRIVILEGED_ONLY} vmov s0, r1\n movs r7, #1\n movs r0, #1\n msr control, r0\n isb\n"
        "svc #0\n vmov s0, r1\n movs r7, #2\n b .",
        {USAGEFAULT: NOTE_FAULT, SVCALL: "vmov s0, r1\n movs r6, #1\n bx lr"},
    )
    m.run(100)
    assert (m.r[6], m.r[7], m.r[8]) == (1, 1, scs.NOCP)


def test_instruction_whose_condition_fails_needs_no_fpu(m4: M4) -> None:
    m = m4("cmp r0, r0\n it ne\n vmovne s0, r1\n movs r7, #1\n done")
    m.run(100)
    assert m.r[7] == 1


def test_permission_goes_into_snapshots(m4: M4) -> None:
    first = m4("fpu\n 1: vmov s0, r1\n adds r4, #1\n b 1b")
    first.run(50)
    second = m4("b .", held=True)
    second.engine.restore(first.engine.snapshot())
    for m in (first, second):
        m.run(50)
    assert second.outcome(events=False) == first.outcome(events=False)
    assert second.r[4] > 20


def test_fpccr_keeps_only_the_two_choices_of_software(m4: M4) -> None:
    m = m4(
        "ldr r0, =0xE000EF34\n mov r1, #-1\n str r1, [r0]\n ldr r2, [r0]\n str r1, [r0, #8]\n ldr r3, [r0, #8]\n done"
    )
    m.run()
    assert m.r[2:4] == [0xC0000000, 0x07C00000]


def test_fpcar_is_where_the_floats_of_the_last_frame_lie(m4: M4) -> None:
    m = m4("fpu\n vmov s0, r1\n svc #0\n done", {SVCALL: "mov r4, sp\n bx lr"})
    m.run()
    assert m.scs(scs.FPCAR) == m.r[4] + 0x20
