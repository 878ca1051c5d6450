"""DWT's cycle counter and ITM's stimulus port, as firmware uses them without a debugger (ARMv7-M manual, C1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.cortexm.dwt import CTRL, CYCCNT, LAR, Dwt

M4 = Callable[..., Any]
HARDFAULT, DEBUGMON = 3, 12
START = """
    ldr r0, =0xE000EDFC
    mov r1, #0x01000000
    str r1, [r0]
    ldr r0, =0xE0001000
    movs r1, #0
    str r1, [r0, #4]
    movs r1, #1
    str r1, [r0]
"""


class Bench:
    """A DWT on clocks that the test turns."""

    def __init__(self) -> None:
        self.now, self.hz, self.on = 0, 200_000_000, True
        self.dwt = Dwt(lambda: self.now, lambda: self.hz, lambda: self.on)


def test_cycles_are_those_of_the_core_clock() -> None:
    b = Bench()
    b.dwt.write(CTRL, 1)
    b.now = 1_000
    assert b.dwt.read(CYCCNT) == 200
    b.hz = 64_000_000
    b.dwt.catch_up()
    b.now = 2_000
    assert b.dwt.read(CYCCNT) == 200 + 64


def test_counter_can_be_written_and_wraps() -> None:
    b = Bench()
    b.dwt.write(CTRL, 1)
    b.dwt.write(CYCCNT, 0xFFFFFFF0)
    b.now = 100
    assert b.dwt.read(CYCCNT) == 4


def test_counter_stands_still_unless_both_enables_are_set() -> None:
    b = Bench()
    b.now = 1_000
    assert b.dwt.read(CYCCNT) == 0
    b.on = False
    b.dwt.write(CTRL, 1)
    b.now = 2_000
    assert b.dwt.read(CYCCNT) == 0
    b.on = True
    b.dwt.catch_up()
    b.now = 2_500
    b.dwt.write(CTRL, 0)
    b.now = 9_000
    assert b.dwt.read(CYCCNT) == 100


def test_control_says_four_comparators_and_the_lock_key_changes_nothing() -> None:
    b = Bench()
    b.dwt.write(LAR, 0xC5ACCE55)
    b.dwt.write(CTRL, 0xFFFFFFFF)
    assert b.dwt.read(CTRL) == 0x407F1FFF
    assert b.dwt.read(LAR) == 0


@pytest.mark.parametrize("way", [{}, {"counter": "public"}, {"slice_instructions": 3}], ids=str)
def test_delay_loop_lasts_as_many_cycles_as_it_says(m4: M4, way: Any) -> None:
    m = m4(
        START + "ldr r2, [r0, #4]\n movw r3, #2000\n 1: ldr r1, [r0, #4]\n subs r1, r2\n cmp r1, r3\n blo 1b\n done",
        clock_hz=lambda: 200_000_000,
        **way,
    )
    m.run()
    assert 2_000 <= m.r[1] < 2_010
    assert 2_000 <= m.engine.instructions - 10 < 2_016


def test_counter_stands_still_in_deep_sleep(m4: M4) -> None:
    m = m4(
        START + "ldr r2, =SCS\n movs r3, #1\n str r3, [r2, #ISER]\n ldr r2, =SCB\n movs r3, #4\n str r3, [r2, #SCR]\n"
        "ldr r6, [r0, #4]\n wfi\n ldr r0, =0xE0001000\n ldr r7, [r0, #4]\n done",
        {16: "ldr r0, =DOOR\n movs r1, #0\n str r1, [r0]\n bx lr"},
        clock_hz=lambda: 200_000_000,
    )
    m.actions["raise"] = lambda: m.door.set_lines(1)
    m.engine.schedule(100_000, "test", "raise")
    m.engine.run(101_000)
    assert m.r[7] - m.r[6] == 7  # WFI, the handler's four, and the two loads


def test_cycle_counter_goes_into_snapshots(m4: M4) -> None:
    first, second = m4(START + "1: ldr r2, [r0, #4]\n b 1b"), m4("b .", held=True)
    first.run(50)
    second.engine.restore(first.engine.snapshot())
    for m in (first, second):
        m.run(50)
    assert second.outcome(events=False) == first.outcome(events=False)
    assert second.r[2] > 20


# -- ITM ------------------------------------------------------------------------------------------------------

UNLOCK = "ldr r0, =0xE0000000\n ldr r1, =0xC5ACCE55\n str r1, [r0, #0xFB0]\n"
ENABLE = (
    "ldr r2, =0xE000EDFC\n mov r1, #0x01000000\n str r1, [r2]\n movs r1, #1\n"
    " str r1, [r0, #0xE80]\n str r1, [r0, #0xE00]\n"
)
PRINT = (
    "1: ldr r1, [r0]\n cmp r1, #0\n beq 1b\n movs r1, #'H'\n strb r1, [r0]\n"
    " movw r1, #0x2169\n strh r1, [r0]\n strb r1, [r0, #4]\n done"
)


def printed(m4: M4, source: str) -> str:
    m = m4(source)
    text = bytearray()
    m.engine.core.itm.on_byte = text.append
    m.run(100)
    assert m.engine.core_state().asleep
    return text.decode()


def test_stimulus_port_0_prints(m4: M4) -> None:
    assert printed(m4, UNLOCK + ENABLE + PRINT) == "Hi!"


def test_locked_itm_cannot_be_enabled(m4: M4) -> None:
    assert printed(m4, UNLOCK.replace("C5ACCE55", "12345678") + ENABLE + PRINT) == ""


@pytest.mark.parametrize("missing", ["0xE80", "0xE00", "[r2]"])
def test_port_prints_only_while_all_three_enables_are_set(m4: M4, missing: str) -> None:
    lines = [line for line in ENABLE.split("\n") if not (line.strip().startswith("str") and missing in line)]
    assert printed(m4, UNLOCK + "\n".join(lines) + "\n" + PRINT) == ""


# -- DebugMonitor ---------------------------------------------------------------------------------------------


def test_breakpoint_is_debugmonitor_if_that_is_enabled(m4: M4) -> None:
    m = m4(
        "ldr r0, =0xE000EDFC\n mov r1, #0x00010000\n str r1, [r0]\n bkpt #1\n b .",
        {DEBUGMON: "ldr r9, [sp, #24]\n ldr r0, =SCB\n ldr r8, [r0, #0x30]\n b .", HARDFAULT: "movs r7, #1\n b ."},
    )
    m.run(100)
    assert (m.r[8], m.r[7]) == (2, 0)
    assert m.r[9] == 0x408
