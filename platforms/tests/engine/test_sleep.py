"""WFI, WFE and SysTick in virtual time: who wakes the core, when exactly, and when there is nothing to wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.trace import Interrupt

M4 = Callable[..., Any]
SYSTICK, IRQ0 = 15, 16
ENABLE = "ldr r0, =SCS\n movs r1, #1\n str r1, [r0, #ISER]"
LOWER = "ldr r0, =DOOR\n movs r1, #0\n str r1, [r0]\n adds r5, #1\n bx lr"
_COUNTERS_AND_SLICES = [("fast", None), ("fast", 1), ("public", None), ("public", 3)]
WAYS = pytest.mark.parametrize(
    "way", [{"counter": counter, "slice_instructions": n} for counter, n in _COUNTERS_AND_SLICES], ids=str
)


def raise_line_at(m: Any, at: int) -> None:
    m.actions["raise"] = lambda: m.door.set_lines(1)
    m.engine.schedule(at, "test", "raise")


@WAYS
def test_wfi_sleeps_until_an_interrupt(m4: M4, way: Any) -> None:
    m = m4(f"{ENABLE}\n wfi\n adds r4, #1\n done", {IRQ0: LOWER}, **way)
    raise_line_at(m, 12_345)
    assert m.run().reason == "idle"
    assert (m.r[4], m.r[5]) == (1, 1)
    assert [event for event in m.trace.events if isinstance(event, Interrupt)] == [Interrupt(12_345, 0)]
    assert m.engine.instructions == 4 + 5 + 2  # none while it slept


@WAYS
def test_wfi_wakes_with_primask_set_and_takes_the_interrupt_when_unmasked(m4: M4, way: Any) -> None:
    m = m4(f"{ENABLE}\n cpsid i\n wfi\n mov r6, r5\n cpsie i\n mov r7, r5\n done", {IRQ0: LOWER}, **way)
    raise_line_at(m, 1_000)
    m.run()
    assert (m.r[6], m.r[7]) == (0, 1)


@WAYS
def test_wfi_does_not_wake_for_what_basepri_masks(m4: M4, way: Any) -> None:
    m = m4(f"{ENABLE}\n movs r2, #0x40\n msr basepri, r2\n strb r2, [r0, #0x400]\n wfi\n adds r4, #1\n done", **way)
    raise_line_at(m, 1_000)
    assert m.run().reason == "idle"
    assert m.r[4] == 0


def test_wfi_does_not_sleep_if_something_is_pending(m4: M4) -> None:
    m = m4(f"{ENABLE}\n cpsid i\n str r1, [r0, #ISPR]\n wfi\n adds r4, #1\n b .")
    m.run(100)
    assert (m.r[4], m.engine.instructions) == (1, 100)


def test_wfi_is_not_woken_by_sevonpend(m4: M4) -> None:
    m = m4("ldr r0, =SCB\n movs r1, #0x10\n str r1, [r0, #SCR]\n wfi\n adds r4, #1\n done")
    raise_line_at(m, 1_000)  # pends, but is not enabled
    m.run()
    assert m.r[4] == 0


def test_wfe_is_woken_by_sevonpend(m4: M4) -> None:
    m = m4("ldr r0, =SCB\n movs r1, #0x10\n str r1, [r0, #SCR]\n wfe\n ldr r0, =DOOR\n str r1, [r0, #NOTE]\n done")
    raise_line_at(m, 1_000)
    m.run()
    assert [event.t for event in m.trace.events if getattr(event, "op", "") == "W"] == [1_010]


def test_wfe_uses_an_event_up(m4: M4) -> None:
    m = m4(
        """
        ldr r0, =SCB
        movs r1, #0x10          @ SEVONPEND
        str r1, [r0, #SCR]
        ldr r0, =SCS
        str r1, [r0, #ISPR]     @ not enabled
        ldr r0, =DOOR
        wfe
        str r1, [r0, #NOTE]
        wfe
        str r1, [r0, #NOTE]
        done
        """
    )
    m.run()
    assert [event.t for event in m.trace.events if getattr(event, "op", "") == "W"] == [40, 45 + 5_000 + 5]


@WAYS
def test_wfe_naps_for_a_thousand_instructions_at_most(m4: M4, way: Any) -> None:
    m = m4("wfe\n ldr r0, =DOOR\n str r1, [r0, #NOTE]\n done", **way)
    m.run()
    assert m.trace.events[-1].t == 5 + 5_000 + 10
    assert m.engine.instructions == 4


def test_wfe_is_woken_by_an_interrupt(m4: M4) -> None:
    m = m4(f"{ENABLE}\n wfe\n mov r6, r5\n done", {IRQ0: LOWER})
    raise_line_at(m, 1_000)
    m.run(300)
    assert m.r[6] == 1


def test_svc_behind_wfe_in_an_it_block_ends_the_nap(m4: M4) -> None:
    m = m4("cmp r0, r0\n itt eq\n wfeeq\n svceq #0\n adds r4, #1\n wfi\n adds r4, #1\n done", {11: "bx lr"})
    assert m.run().reason == "idle"
    assert m.r[4] == 1


def test_core_that_is_held_while_it_naps_lets_time_go_on(m4: M4) -> None:
    m = m4("1: wfe\n b 1b")
    m.run(100)
    m.engine.hold()
    assert m.engine.run(100_000) == ("time", "reached 100000 ns of virtual time")
    m.engine.release()
    assert m.engine.run(200_000).reason == "time"


def test_idle_if_nothing_can_wake_the_core(m4: M4) -> None:
    m = m4("done")
    assert m.engine.run(777) == ("idle", "the M4 sleeps, and nothing is due that could wake it")
    assert m.engine.now == 777


def test_not_idle_while_an_event_is_due(m4: M4) -> None:
    m = m4("done")
    m.engine.schedule(5_000, "test", "x")
    assert m.engine.run(1_000).reason == "time"
    assert m.engine.run(10_000).reason == "idle"
    assert m.fired == [(5_000, "x")]


@pytest.mark.parametrize(("hz", "reload"), [(64_000_000, 639), (208_877_929, 208_876)])
@WAYS
def test_systick_interrupts_come_at_the_first_instruction_after_zero(m4: M4, hz: int, reload: int, way: Any) -> None:
    m = m4(
        """
        ldr r0, =SCS
        ldr r1, =RAM
        ldr r1, [r1]
        str r1, [r0, #RVR]
        str r1, [r0, #CVR]
        movs r1, #7
        str r1, [r0, #CSR]
        1: wfi
        b 1b
        """,
        {SYSTICK: "ldr r0, =DOOR\n str r0, [r0, #NOTE]\n bx lr"},
        clock_hz=lambda: hz,
        **way,
    )
    m.engine.write(0x20000000, reload)
    started = 7 * 5
    period = (reload + 1) * 1_000_000_000 / hz
    m.engine.run(started + round(20.5 * period))
    zeros = [started - (-(reload + 1) * n * 1_000_000_000 // hz) for n in range(1, 21)]
    taken = [-(-zero // 5) * 5 for zero in zeros]
    assert [event.t - 10 for event in m.trace.events if getattr(event, "op", "") == "W"] == taken


@WAYS
def test_counter_never_reads_more_than_the_reload_value(m4: M4, way: Any) -> None:
    m = m4(
        """
        ldr r0, =SCS
        movs r1, #20
        str r1, [r0, #RVR]
        str r1, [r0, #CVR]
        movs r1, #5
        str r1, [r0, #CSR]
        movs r4, #0
        1: ldr r2, [r0, #CVR]
        cmp r2, r4
        it hi
        movhi r4, r2
        b 1b
        """,
        clock_hz=lambda: 208_877_929,
        **way,
    )
    m.run(4_000)
    assert m.r[4] == 20


def test_sleep_on_exit_runs_handlers_only(m4: M4) -> None:
    m = m4(
        """
        ldr r0, =SCB
        movs r1, #2             @ SLEEPONEXIT
        str r1, [r0, #SCR]
        ldr r0, =SCS
        movs r1, #1
        str r1, [r0, #ISER]
        wfi
        adds r4, #1
        done
        """,
        {IRQ0: LOWER},
    )
    for at in (1_000, 2_000, 3_000):
        raise_line_at(m, at)
    assert m.run().reason == "idle"
    assert (m.r[4], m.r[5]) == (0, 3)


@pytest.mark.parametrize(("basepri", "taken"), [(0x40, 0), (0x50, 1)])
def test_masks_hold_in_unprivileged_code_too(m4: M4, basepri: int, taken: int) -> None:
    m = m4(
        f"""
        {ENABLE}
        movs r2, #0x40
        strb r2, [r0, #0x400]
        ldr r3, =RAM
        ldr r3, [r3]
        msr basepri, r3
        msr control, r1
        isb
        done
        """,
        {IRQ0: LOWER},
    )
    m.engine.write(0x20000000, basepri)
    raise_line_at(m, 1_000)
    m.run()
    assert m.r[5] == taken


def test_unmasking_is_noticed_at_once(m4: M4) -> None:
    m = m4(
        f"""
        {ENABLE}
        movs r2, #0x40
        strb r2, [r0, #0x400]
        cpsid i
        str r1, [r0, #ISPR]
        adds r4, #1
        cpsie i
        mov r6, r5
        msr basepri, r2
        str r1, [r0, #ISPR]
        movs r3, #0
        adds r4, #1
        msr basepri, r3
        mov r7, r5
        cpsid f
        str r1, [r0, #ISPR]
        adds r4, #1
        cpsie f
        mov r8, r5
        done
        """,
        {IRQ0: "adds r5, #1\n mov r9, r4\n bx lr"},
    )
    m.run()
    assert (m.r[6], m.r[7], m.r[8]) == (1, 2, 3)
    assert (m.r[4], m.r[9]) == (3, 3)
