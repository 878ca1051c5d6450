"""The core's life: release, hold, reset by itself, and what survives; and semihosting, which can end it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.trace import Core

M4 = Callable[..., Any]
IRQ0 = 16


def life(m: Any) -> list[tuple[int, str]]:
    return [(event.t, event.what) for event in m.trace.events if isinstance(event, Core)]


def test_registers_after_reset(m4: M4) -> None:
    m = m4("mrs r0, control\n mrs r1, primask\n mov r2, lr\n mov r3, sp\n mrs r4, xpsr\n done")
    for _ in range(2):
        m.run()
        assert m.r[:5] == [0, 0, 0xFFFFFFFF, 0x20004000, 0]
        m.engine.hold()
        m.engine.release()


def test_reset_forgets_floats_masks_and_unprivileged_mode(m4: M4) -> None:
    m = m4(
        """
        mrs r0, control
        mrs r1, basepri
        fpu
        vmov r2, s0
        movs r3, #0x40
        msr basepri, r3
        vmov s0, r3
        movs r3, #3
        msr control, r3
        done
        """
    )
    for _ in range(2):
        m.run()
        assert m.r[:3] == [0, 0, 0]
        m.engine.hold()
        m.engine.release()


def test_hold_keeps_ram_and_devices_and_resets_the_core(m4: M4) -> None:
    m = m4(
        """
        ldr r0, =SCS
        ldr r6, [r0, #ISER]
        ldr r7, [r0, #RVR]
        movs r1, #1
        str r1, [r0, #ISER]
        str r1, [r0, #RVR]
        ldr r0, =RAM
        ldr r2, [r0]
        adds r2, #1
        str r2, [r0]
        ldr r0, =DOOR
        ldr r3, [r0, #COUNT]
        done
        """
    )
    for count in (1, 2, 3):
        m.run()
        assert (m.word(0), m.door.reads) == (count, count)
        assert m.r[6:8] == [0, 0]
        m.engine.hold()
        assert not m.engine.running
        m.engine.release()


def test_line_that_is_high_over_a_reset_pends_again(m4: M4) -> None:
    m = m4("ldr r0, =SCS\n movs r1, #1\n str r1, [r0, #ISER]\n done", {IRQ0: "adds r5, #1\n b ."}, held=True)
    m.door.set_lines(1)
    for _ in range(2):
        m.engine.release()
        m.run(100)
        assert m.r[5] == 1
        m.engine.hold()


def test_held_core_executes_nothing(m4: M4) -> None:
    m = m4("done", held=True)
    assert m.run(1_000).reason == "time"
    assert (m.engine.now, m.engine.instructions) == (5_000, 0)


def test_release_and_hold_are_recorded_once(m4: M4) -> None:
    m = m4("b .", held=True)
    m.engine.hold()
    m.engine.release()
    m.engine.release()
    m.run(10)
    m.engine.hold()
    m.engine.hold()
    assert life(m) == [(0, "released"), (50, "held")]


@pytest.mark.parametrize("slice_instructions", [None, 1])
def test_sysresetreq_restarts_the_core_at_once(m4: M4, slice_instructions: int | None) -> None:
    m = m4(
        """
        ldr r0, =RAM
        ldr r2, [r0]
        adds r2, #1
        str r2, [r0]
        cmp r2, #3
        beq 1f
        ldr r0, =SCB
        ldr r1, =0x05FA0004
        str r1, [r0, #AIRCR]
        ldr r0, =DOOR
        str r1, [r0, #NOTE]
        1: done
        """,
        slice_instructions=slice_instructions,
    )
    m.run()
    assert m.word(0) == 3
    assert m.door.notes == []
    assert life(m) == [(0, "released"), (45, "held"), (45, "released"), (90, "held"), (90, "released")]


def test_platform_decides_what_sysresetreq_does(m4: M4) -> None:
    m = m4("ldr r0, =SCB\n ldr r1, =0x05FA0004\n str r1, [r0, #AIRCR]\n adds r4, #1\n done")
    m.engine.on_reset_request = m.engine.hold
    m.run()
    assert (m.engine.running, m.engine.instructions) == (False, 3)


def test_hold_in_an_access_takes_effect_after_the_instruction(m4: M4) -> None:
    m = m4("ldr r0, =DOOR\n ldr r1, [r0, #COUNT]\n adds r4, #1\n done")
    m.door.on_read = m.engine.hold
    m.run()
    assert (m.engine.running, m.engine.instructions, m.r[1], m.r[4]) == (False, 2, 1, 0)


def test_moved_vectors(m4: M4) -> None:
    m = m4(
        """
        ldr r0, =SCB
        ldr r1, =RAM+0x80
        str r1, [r0, #VTOR]
        svc #0
        done
        """,
        {12: "adds r5, #1\n bx lr"},
    )
    m.vectors([m.address_of(12) | 1], 0x20000080 + 4 * 11)
    m.run()
    assert m.r[5] == 1


def test_priority_bytes_read_back_as_freertos_expects(m4: M4) -> None:
    m = m4("ldr r0, =SCS+IPR\n movs r1, #0xFF\n strb r1, [r0]\n ldrb r2, [r0]\n ldr r3, [r0]\n done")
    m.run()
    assert m.r[2:4] == [0xF0, 0xF0]


# -- semihosting ----------------------------------------------------------------------------------------------


def test_text_by_semihosting(m4: M4) -> None:
    m = m4(
        """
        movs r0, #4             @ SYS_WRITE0
        ldr r1, =RAM
        bkpt #0xAB
        movs r0, #3             @ SYS_WRITEC
        adds r1, #1
        bkpt #0xAB
        movs r0, #6             @ SYS_READ: no
        bkpt #0xAB
        mov r4, r0
        done
        """
    )
    m.engine.write_bytes(0x20000000, b"Hi!\n\0")
    m.run()
    assert m.engine.core.semihosting.text == "Hi!\ni"
    assert m.r[4] == 0xFFFFFFFF


def test_text_without_memory_is_empty(m4: M4) -> None:
    m = m4("movs r0, #4\n ldr r1, =NOWHERE\n bkpt #0xAB\n movs r0, #3\n bkpt #0xAB\n done")
    assert m.run().reason == "idle"
    assert m.engine.core.semihosting.text == ""


def test_exit_by_semihosting_ends_the_run_each_time(m4: M4) -> None:
    m = m4("adds r4, #1\n movs r0, #0x18\n ldr r1, =0x20026\n bkpt #0xAB\n adds r4, #1\n done")
    for _ in range(2):
        assert m.run() == ("requested", "the firmware ended the run (semihosting SYS_EXIT)")
        assert (m.engine.running, m.r[4]) == (False, 1)
        m.engine.release()
    m.put(0x400, "adds r5, #1\n done")
    assert m.run().reason == "idle"
    assert m.r[5] == 1
