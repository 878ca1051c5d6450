"""Sleep with SCR.SLEEPDEEP: the core's clock stands still, and the platform's wake-up logic is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.engine.embedded import EmbeddedEngine

M4 = Callable[..., Any]
SYSTICK, IRQ0 = 15, 16
ENABLE = "ldr r0, =SCS\n movs r1, #1\n str r1, [r0, #ISER]\n ldr r2, =SCB\n movs r3, #4\n str r3, [r2, #SCR]"
START_SYSTICK = "movw r1, #999\n str r1, [r0, #RVR]\n str r1, [r0, #CVR]\n movs r1, #7\n str r1, [r0, #CSR]"
LOWER = "ldr r0, =DOOR\n movs r1, #0\n str r1, [r0]\n adds r5, #1\n bx lr"


def raise_line_at(m: Any, at: int) -> None:
    m.actions["raise"] = lambda: m.door.set_lines(1)
    m.engine.schedule(at, "test", "raise")


def test_systick_stands_still_in_deep_sleep(m4: M4) -> None:
    m = m4(
        f"{ENABLE}\n {START_SYSTICK}\n ldr r6, [r0, #CVR]\n wfi\n ldr r0, =SCS\n ldr r7, [r0, #CVR]\n done",
        {IRQ0: LOWER, SYSTICK: "adds r4, #1\n bx lr"},
        clock_hz=lambda: 200_000_000,
    )
    raise_line_at(m, 1_000_000)
    m.engine.run(1_000_100)
    assert m.r[4] == 0  # 200 periods passed on the wall
    # One tick is one instruction here: WFI, five of the handler, one load of an address, and the load of CVR itself.
    assert m.r[6] - m.r[7] == 8


def test_systick_does_not_wake_from_deep_sleep(m4: M4) -> None:
    m = m4(f"{ENABLE}\n {START_SYSTICK}\n wfi\n adds r4, #1\n done", {SYSTICK: "bx lr"})
    assert m.run().reason == "idle"
    assert m.r[4] == 0


def test_interrupt_wakes_from_deep_sleep_only_if_the_platform_lets_it(m4: M4) -> None:
    m = m4(f"{ENABLE}\n wfi\n adds r4, #1\n done", {IRQ0: LOWER})
    door = []
    m.engine.stop_wakes = lambda: bool(door)
    raise_line_at(m, 1_000)
    m.engine.run(5_000)
    assert (m.r[4], m.engine.core_state().asleep, m.engine.core_state().deep) == (0, True, True)
    m.actions["open"] = lambda: door.append(True)
    m.engine.schedule(10_000, "test", "open")
    m.engine.run(20_000)
    assert (m.r[4], m.r[5]) == (1, 1)


def test_deep_sleep_does_not_begin_while_an_interrupt_is_pending(m4: M4) -> None:
    m = m4(f"{ENABLE}\n cpsid i\n str r1, [r0, #ISPR]\n wfi\n adds r4, #1\n b .", {IRQ0: LOWER})
    m.engine.stop_wakes = lambda: False
    m.run(100)
    assert m.r[4] == 1


def test_shallow_sleep_does_not_ask_the_platform(m4: M4) -> None:
    m = m4("ldr r0, =SCS\n movs r1, #1\n str r1, [r0, #ISER]\n wfi\n adds r4, #1\n done", {IRQ0: LOWER})
    m.engine.stop_wakes = lambda: False
    raise_line_at(m, 1_000)
    m.run()
    assert m.r[4] == 1
    assert not m.engine.core_state().deep


def test_core_reset_ends_deep_sleep(m4: M4) -> None:
    m = m4(f"{ENABLE}\n wfi\n done")
    m.run(100)
    m.engine.hold()
    m.engine.release()
    m.run(1)
    assert not m.engine.core_state().deep


def test_deep_sleep_goes_into_snapshots(m4: M4) -> None:
    program = f"{ENABLE}\n {START_SYSTICK}\n wfi\n ldr r7, [r0, #CVR]\n done"
    m, other = m4(program, {IRQ0: LOWER}), m4(program, {IRQ0: LOWER})
    m.engine.run(1_000)
    other.engine.restore(m.engine.snapshot())
    for one in (m, other):
        raise_line_at(one, 100_000)
        one.engine.run(101_000)
    assert other.outcome(events=False) == m.outcome(events=False)


@pytest.mark.parametrize("counter", ["fast", "public"])
def test_step_is_one_instruction(m4: M4, counter: str) -> None:
    m = m4("movs r4, #1\n movs r4, #2\n movs r4, #3\n done", counter=counter)
    seen = []
    for _ in range(4):
        assert m.engine.step(1_000) is None
        seen.append((m.engine.core_state().pc, m.r[4], m.engine.instructions))
    assert seen == [(0x400, 0, 0), (0x402, 1, 1), (0x404, 2, 2), (0x406, 3, 3)]  # reset comes first


def test_step_into_a_handler_executes_nothing_of_it(m4: M4) -> None:
    m = m4(f"{ENABLE}\n str r1, [r0, #ISPR]\n adds r4, #1\n done", {IRQ0: "adds r5, #1\n bx lr"})
    for _ in range(8):
        m.engine.step(10_000)
    before = m.engine.instructions
    assert m.engine.step(10_000) is None
    assert (m.engine.core_state().pc, m.engine.core_state().active_exception) == (m.address_of(IRQ0), IRQ0)
    assert m.engine.instructions == before
    m.engine.step(10_000)
    assert m.r[5] == 1


def test_step_passes_a_sleep(m4: M4) -> None:
    m = m4(f"{ENABLE}\n cpsid i\n wfi\n adds r4, #1\n done")
    raise_line_at(m, 5_000)
    for _ in range(9):
        m.engine.step(100_000)
    assert m.engine.core_state().asleep
    assert m.engine.step(100_000) is None
    assert (m.engine.now, m.r[4], m.engine.core_state().asleep) == (5_000, 0, False)


def test_step_says_why_it_did_not_step(m4: M4) -> None:
    m = m4("done")
    m.engine.step(1_000)
    m.engine.step(1_000)
    stop = m.engine.step(1_000)
    assert stop is not None
    assert stop.reason == "idle"


def test_run_of_steps_is_a_run(m4: M4) -> None:
    program = f"{ENABLE}\n {START_SYSTICK}\n 1: ldr r4, [r0, #CVR]\n add r6, r4\n svc #1\n b 1b"
    handlers = {SYSTICK: "adds r5, #1\n bx lr", 11: "adds r7, #1\n bx lr"}
    whole, stepped = m4(program, handlers), m4(program, handlers)
    whole.engine.run(20_000)
    while (stop := stepped.engine.step(20_000)) is None:
        pass
    assert stop.reason == "time"
    assert stepped.outcome() == whole.outcome()


def test_machine_without_a_processor_has_no_steps_but_time(m4: M4) -> None:
    engine = EmbeddedEngine()
    engine.add_memory("code", 0x1000, [0])
    stop = engine.step(1_000)
    assert stop is not None
    assert (stop.reason, engine.now) == ("time", 1_000)
