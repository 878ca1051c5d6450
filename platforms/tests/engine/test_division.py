"""CCR.DIV_0_TRP: a divisor of zero is a UsageFault, and every other division gives what it gives without the trap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.cortexm import scs
from mp1bench.engine.embedded.division import Division, behind, decode_division

M4 = Callable[..., Any]
USAGEFAULT, SYSTICK = 6, 15
COUNTERS = pytest.mark.parametrize("counter", ["fast", "public"])
TRAP = "ldr r0, =SCB\n mov r1, #0x210\n str r1, [r0, #CCR]\n movs r1, #1\n lsls r1, #18\n str r1, [r0, #SHCSR]\n"
NOTE_FAULT = "ldr r9, [sp, #24]\n ldr r0, =SCB\n ldr r8, [r0, #CFSR]\n b ."


@COUNTERS
@pytest.mark.parametrize("operation", ["udiv", "sdiv"])
def test_divisor_of_zero_faults_if_the_trap_is_set(m4: M4, operation: str, counter: str) -> None:
    m = m4(
        f"{TRAP} movs r2, #0\n movs r3, #9\n {operation} r3, r1, r2\n b .", {USAGEFAULT: NOTE_FAULT}, counter=counter
    )
    m.run(100)
    assert (m.r[8], m.r[3]) == (scs.DIVBYZERO, 9)
    assert m.engine.core.fault.pc == m.r[9]


@pytest.mark.parametrize("operation", ["udiv", "sdiv"])
def test_divisor_of_zero_gives_zero_without_the_trap(m4: M4, operation: str) -> None:
    m = m4(f"movs r1, #5\n movs r2, #0\n movs r3, #9\n {operation} r3, r1, r2\n done")
    m.run(100)
    assert m.r[3] == 0


PAIRS = [(7, 2), (-7, 2), (7, -2), (-7, -2), (0x80000000, 0xFFFFFFFF), (1, 3), (0xFFFFFFFF, 1), (5, 0x80000000)]
DIVIDE = """
    ldr r6, =RAM
    movs r7, #8
    1: ldmia r6!, {r1, r2}
    udiv r3, r1, r2
    sdiv r4, r1, r2
    mov lr, r2
    udiv r2, r1, lr
    strd r3, r4, [r6, #0x100]
    subs r7, #1
    bne 1b
    done
"""


@COUNTERS
@pytest.mark.parametrize("slices", [None, 1])
def test_division_is_the_same_with_the_trap(m4: M4, counter: str, slices: int | None) -> None:
    results = []
    for setup in (TRAP, TRAP.replace("0x210", "0x200")):
        m = m4(setup + DIVIDE, counter=counter, slice_instructions=slices)
        for n, pair in enumerate(PAIRS):
            for k, value in enumerate(pair):
                m.engine.write(0x20000000 + 8 * n + 4 * k, value & 0xFFFFFFFF)
        m.run(1_000)
        results.append((m.words(20, 0x108), m.r[3:8], m.engine.instructions, m.engine.now))
    assert results[0] == results[1]
    assert results[0][0][:2] == [3, 3]


@COUNTERS
def test_division_in_an_it_block_leads_on_in_the_block(m4: M4, counter: str) -> None:
    m = m4(
        f"{TRAP} movs r2, #3\n movs r1, #10\n cmp r1, r1\n ittet eq\n udiveq r3, r1, r2\n addeq r4, #1\n"
        "addne r5, #1\n sdiveq r6, r1, r2\n adds r7, #1\n done",
        counter=counter,
    )
    m.run(100)
    assert m.r[3:8] == [3, 1, 0, 3, 1]


def test_tick_between_divisions_changes_nothing(m4: M4) -> None:
    m = m4(
        f"{TRAP} ldr r0, =SCS\n movs r1, #40\n str r1, [r0, #RVR]\n str r1, [r0, #CVR]\n"
        "movs r1, #7\n str r1, [r0, #CSR]\n movs r2, #3\n"
        "1: adds r7, #1\n mul r3, r7, r2\n udiv r3, r3, r2\n cmp r3, r7\n beq 1b\n movs r6, #1\n done",
        {SYSTICK: "movs r0, #9\n movs r1, #2\n udiv r0, r0, r1\n adds r5, #1\n bx lr"},
        clock_hz=lambda: 200_000_000,
    )
    m.run(5_000)
    assert m.r[6] == 0
    assert m.r[5] > 50


def test_what_is_no_division_is_not_taken_for_one() -> None:
    assert decode_division(bytes.fromhex("b2fbf3f1")) == Division(False, 1, 2, 3)
    assert decode_division(bytes.fromhex("92fbf3f1")) == Division(True, 1, 2, 3)
    assert decode_division(bytes.fromhex("b2fb03f1")) is None  # not the fixed ones
    assert decode_division(bytes.fromhex("bffbf3f1")) is None  # PC as an operand
    assert decode_division(bytes.fromhex("00de")) is None


def test_it_bits_behind_an_instruction_are_those_of_the_next() -> None:
    # ITSTATE 0100_0110 (ITT MI… its second to last) becomes 0100_1100, and the last one 0.
    def xpsr(it: int) -> int:
        return 1 << 24 | (it & 3) << 25 | (it >> 2) << 10

    assert behind(xpsr(0b01000110)) == xpsr(0b01001100)
    assert behind(xpsr(0b01001000)) == xpsr(0)
    assert behind(xpsr(0)) == xpsr(0)
