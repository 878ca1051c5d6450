"""Snapshots: taken between any two instructions, restored into another engine, and going on as if nothing was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.engine.embedded import EmbeddedEngine
from mp1bench.errors import ModelError, SnapshotError

M4 = Callable[..., Any]
SYSTICK, IRQ0, IRQ1 = 15, 16, 17

#: Interrupts, floats, a tick, sleep, a nap, and a task on the process stack: all that a snapshot has to hold.
BUSY = """
    ldr r0, =SCS
    movs r1, #3
    str r1, [r0, #ISER]
    movw r1, #0x4080        @ interrupt 1 preempts interrupt 0
    str r1, [r0, #IPR]
    ldr r1, =160
    str r1, [r0, #RVR]
    str r1, [r0, #CVR]
    movs r1, #7
    str r1, [r0, #CSR]
    fpu
    ldr r0, =RAM+0x2000
    msr psp, r0
    movs r0, #3
    msr control, r0
    isb
    ldr r6, =DOOR
    vmov s20, r6
    1: movs r1, #1
    str r1, [r6]
    vmov s0, r4
    vadd.f32 s1, s1, s20
    adds r4, #1
    ldrex r2, [sp]
    strex r3, r2, [sp]
    wfi
    wfe
    b 1b
"""
HANDLERS = {
    SYSTICK: "ldr r0, =DOOR\n adds r5, #1\n str r5, [r0, #NOTE]\n vmov s16, r5\n bx lr",
    IRQ0: "push {r4, lr}\n ldr r0, =DOOR\n movs r1, #2\n str r1, [r0]\n vmov s2, r1\n adds r4, #1\n pop {r4, pc}",
    IRQ1: "ldr r0, =DOOR\n movs r1, #0\n str r1, [r0]\n add r8, #1\n bx lr",
}


def machines(m4: M4, main: str = BUSY, handlers: dict[int, str] | None = None) -> tuple[Any, Any]:
    """The same machine twice: one that runs, one that is held and has not been loaded with the program."""
    return m4(main, HANDLERS if handlers is None else handlers), m4("b .", held=True)


def busy(m: Any) -> None:
    m.actions["raise"] = lambda: m.door.set_lines(3)
    for at in (777, 1_234, 5_005, 20_000):
        m.engine.schedule(at, "test", "raise")


def test_any_moment_will_do(m4: M4) -> None:
    first, _ = machines(m4)
    busy(first)
    modes = set()
    for step in range(150):
        first.run(1 + step * 7 % 23)
        second = m4("b .", held=True)
        second.actions = {"raise": lambda m=second: m.door.set_lines(3)}
        second.engine.restore(first.engine.snapshot())
        assert second.outcome(events=False) == first.outcome(events=False)
        core = first.engine.core.exceptions
        modes.add((core.ipsr, core.asleep))
    assert {(0, False), (0, True), (SYSTICK, False), (IRQ0, False)} <= modes


@pytest.mark.parametrize("after", [0, 30, 157, 163, 172, 400, 1_111])
def test_both_go_on_alike(m4: M4, after: int) -> None:
    first, second = machines(m4)
    busy(first)
    second.actions = {"raise": lambda: second.door.set_lines(3)}
    first.run(after)
    second.engine.restore(first.engine.snapshot())
    for machine in (first, second):
        machine.run(5_000)
    assert second.outcome(events=False) == first.outcome(events=False)
    assert first.r[5] > 5


def test_before_the_first_instruction(m4: M4) -> None:
    first, second = machines(m4, "movs r0, #7\n done", {})
    second.engine.restore(first.engine.snapshot())
    second.run()
    assert second.r[0] == 7


def test_held_core_stays_held(m4: M4) -> None:
    first, second = m4("done", held=True), m4("done")
    second.engine.restore(first.engine.snapshot())
    assert not second.engine.running


def test_rewinding_repeats_what_happened(m4: M4) -> None:
    m, _ = machines(m4)
    busy(m)
    m.run(150)
    snapshot = m.engine.snapshot()
    m.run(3_000)
    once = m.outcome(events=False)
    m.engine.restore(snapshot)
    m.run(3_000)
    assert m.outcome(events=False) == once


def test_events_keep_their_tickets(m4: M4) -> None:
    first, second = machines(m4, "done", {})
    ticket = first.engine.schedule(1_000, "test", "a")
    first.engine.schedule(2_000, "test", "b")
    first.engine.cancel(first.engine.schedule(3_000, "test", "c"))
    second.engine.restore(first.engine.snapshot())
    second.engine.cancel(ticket)
    assert second.engine.schedule(2_000, "test", "d") > ticket
    second.run()
    assert second.fired == [(2_000, "b"), (2_000, "d")]


def test_nap_is_as_long_as_it_was(m4: M4) -> None:
    first, second = machines(m4, "wfe\n ldr r0, =DOOR\n str r0, [r0, #NOTE]\n done", {})
    first.run(100)
    second.engine.restore(first.engine.snapshot())
    second.run()
    assert second.trace.events[-1].t == 5 + 5_000 + 10


def test_debug_registers_are_kept(m4: M4) -> None:
    source = "ldr r0, =0xE0002000\n movs r1, #9\n str r1, [r0]\n nop\n nop\n ldr r2, [r0]\n done"
    first, second = machines(m4, source, {})
    first.run(4)
    second.engine.restore(first.engine.snapshot())
    second.run()
    assert second.r[2] == 9


# -- machines that do not fit ---------------------------------------------------------------------------------


def test_other_memory_is_refused(m4: M4) -> None:
    engine = EmbeddedEngine()
    engine.add_memory("code", 0x8000, [0])
    with pytest.raises(SnapshotError) as caught:
        engine.restore(m4("done").engine.snapshot())
    assert str(caught.value) == (
        "the snapshot was taken from another machine: its memories are code (0x10000), ram (0x10000),"
        " here they are code (0x8000). Build the machine from the same platform file."
    )


def alike(m: Any) -> EmbeddedEngine:
    """An engine with the same memories, and nothing else."""
    engine = EmbeddedEngine()
    for memory in m.engine.memories:
        engine.add_memory(memory.name, memory.size, memory.addresses)
    return engine


def test_other_devices_are_refused(m4: M4) -> None:
    m = m4("done")
    with pytest.raises(SnapshotError, match=r"its devices are door, here they are none\."):
        alike(m).restore(m.engine.snapshot())


def test_unknown_receivers_are_refused(m4: M4) -> None:
    m = m4("done")
    m.engine.schedule(1_000, "test", "")
    engine = alike(m)
    engine.add_device("door", type(m.door)(), 0x40000000, 0x400)
    with pytest.raises(SnapshotError, match=r"events are due for test, which this machine does not have\."):
        engine.restore(m.engine.snapshot())


def test_snapshot_inside_an_access_is_refused(m4: M4) -> None:
    m = m4("ldr r0, =DOOR\n ldr r1, [r0]\n done")
    m.door.on_read = lambda: m.engine.snapshot()
    with pytest.raises(ModelError, match="inside a register access; take it between runs"):
        m.run()
