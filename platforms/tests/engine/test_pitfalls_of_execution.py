"""A regression probe for each pitfall of the library in execution itself: P1 to P7 (embedded-engine.md §4).

What the library does with them is not pinned here, only that the engine's results are right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from unicorn import unicorn_const

from mp1bench.engine.embedded.counter import FastCounter, PublicCounter
from mp1bench.engine.embedded.unicorn_library import Unicorn
from mp1bench.trace import Access, Interrupt

M4 = Callable[..., Any]
COUNTERS = pytest.mark.parametrize("counter", ["fast", "public"])

#: Interrupt 0, the Door's line A: lower the line, note that it was here, keep what R3 was.
IRQ0 = 16
HANDLER = """
    ldr r0, =DOOR
    movs r1, #0
    str r1, [r0]
    mov r7, r3
    bx lr
"""


@COUNTERS
def test_p1_write_that_raises_a_line_is_executed_once_and_the_interrupt_comes_four_later(m4: M4, counter: str) -> None:
    m = m4(
        """
        ldr r0, =SCS
        movs r1, #1
        str r1, [r0, #ISER]
        ldr r0, =DOOR
        str r1, [r0, #NOTE]
        str r1, [r0]
        adds r3, #1
        adds r3, #1
        adds r3, #1
        adds r3, #1
        adds r3, #1
        done
        """,
        {IRQ0: HANDLER},
        counter=counter,
    )
    m.run()
    assert m.door.notes == [1]
    assert m.writes() == [(8, 1), (0, 1), (0, 0)]
    assert m.r[7] == 4
    assert m.r[3] == 5


@COUNTERS
@pytest.mark.parametrize("slice_instructions", [1, 3, None])
def test_line_that_the_next_store_takes_down_again_still_interrupts_but_after_that_store(
    m4: M4, counter: str, slice_instructions: int | None
) -> None:
    m = m4(
        """
        ldr r0, =SCS
        movs r1, #1
        str r1, [r0, #ISER]
        ldr r0, =DOOR
        movs r2, #0
        str r1, [r0]
        str r2, [r0]
        movs r3, #9
        nop
        nop
        nop
        done
        """,
        {IRQ0: HANDLER},
        counter=counter,
        slice_instructions=slice_instructions,
    )
    m.run()
    assert m.writes() == [(0, 1), (0, 0), (0, 0)]  # the third is the handler's
    assert m.r[7] == 9


def test_what_the_core_waits_for_wakes_it_at_once(m4: M4) -> None:
    m = m4(
        """
        ldr r0, =SCS
        movs r1, #1
        str r1, [r0, #ISER]
        ldr r0, =DOOR
        str r1, [r0]
        wfi
        adds r3, #1
        adds r3, #1
        done
        """,
        {IRQ0: HANDLER},
    )
    m.run()
    assert m.r[7] == 0
    assert m.r[3] == 2


@COUNTERS
def test_p1_read_that_ends_the_slice_is_executed_once_and_its_register_written(m4: M4, counter: str) -> None:
    m = m4(
        """
        ldr r0, =DOOR
        ldr r2, [r0, #COUNT]
        ldr r3, [r0, #COUNT]
        done
        """,
        counter=counter,
    )
    m.door.on_read = m.engine.core.cut
    m.run()
    assert (m.r[2], m.r[3], m.door.reads) == (1, 2, 2)


@COUNTERS
def test_p1_write_in_an_it_block_is_executed_once_and_the_interrupt_comes_four_later(m4: M4, counter: str) -> None:
    m = m4(
        """
        ldr r0, =SCS
        movs r1, #1
        str r1, [r0, #ISER]
        ldr r0, =DOOR
        cmp r1, #1
        itte eq
        streq r1, [r0]
        addeq r3, #1
        addne r3, #1
        adds r3, #4
        adds r3, #4
        adds r3, #4
        adds r3, #4
        done
        """,
        {IRQ0: HANDLER},
        counter=counter,
    )
    m.run()
    assert m.writes() == [(0, 1), (0, 0)]
    assert m.r[7] == 13  # four instructions later: one in the block, where a skipped one does not count
    assert m.r[3] == 17


def test_p2_core_is_a_cortex_m4(m4: M4) -> None:
    # What a Cortex-M33 would have: MSPLIM, which reads zero here, and BXNS, which is undefined here.
    m = m4(
        """
        ldr r0, =SCB
        ldr r4, [r0]
        movs r1, #0x40
        .inst.w 0xF381880A      @ msr msplim, r1
        .inst.w 0xF3EF850A      @ mrs r5, msplim
        .inst.n 0x4704          @ bxns r0
        done
        """,
        {3: "movs r6, #1\n done"},
    )
    m.run()
    assert m.r[4] == 0x410FC241
    assert m.r[5] == 0
    assert m.r[6] == 1
    assert m.engine.core.fault is not None


@COUNTERS
def test_p3_exception_returns_work_when_nested(m4: M4, counter: str) -> None:
    m = m4(
        """
        ldr r0, =SCB
        ldr r1, =0x00F00000     @ PendSV and SysTick below SVCall
        str r1, [r0, #0x20]
        ldr r1, =0x10000000     @ PENDSVSET
        str r1, [r0, #ICSR]
        adds r4, #1
        svc #0
        adds r4, #2
        done
        """,
        {
            14: "push {r4, lr}\n adds r5, #1\n svc #0\n adds r5, #2\n pop {r4, pc}",
            11: "adds r6, #1\n bx lr",
        },
        counter=counter,
    )
    m.run()
    assert m.r[4:7] == [3, 3, 2]
    assert m.engine.core.exceptions.ipsr == 0
    assert m.engine.core.nvic.active == 0


@COUNTERS
@pytest.mark.parametrize("slice_instructions", [1, 2, None])
def test_p4_device_access_in_it_blocks_leaves_conditions_right(
    m4: M4, counter: str, slice_instructions: int | None
) -> None:
    m = m4(
        """
        ldr r0, =DOOR
        movs r1, #7
        movs r6, #5
        1: cmp r6, #3
        itete hi
        ldrhi r2, [r0, #COUNT]
        ldrls r3, [r0, #COUNT]
        strhi r1, [r0, #NOTE]
        addls r4, #1
        ite eq
        streq r6, [r0, #NOTE]
        addne r5, #1
        subs r6, #1
        bne 1b
        done
        """,
        counter=counter,
        slice_instructions=slice_instructions,
    )
    m.run()
    assert m.door.reads == 5
    assert (m.r[2], m.r[3]) == (2, 5)
    assert m.door.notes == [7, 7, 3]
    assert (m.r[4], m.r[5]) == (3, 4)


@COUNTERS
@pytest.mark.parametrize("count", [1, 2, 3, 10, 8000, 8001])
def test_p5_limits_are_kept_from_the_first_start_on(m4: M4, counter: str, count: int) -> None:
    m = m4("b .", counter=counter)
    for n in range(1, 4):
        assert m.run(count).reason == "time"
        assert m.engine.instructions == n * count


@COUNTERS
@pytest.mark.parametrize(
    ("ending", "handlers"),
    [
        ("addeq r4, #1", {}),
        ("svceq #0", {11: "cmp r0, r0\n itt eq\n addeq r5, #1\n bxeq lr"}),
        ("beq 2f", {}),
        ("streq r6, [r3, #NOTE]", {}),
        ("wfeeq", {}),
        ("ldreq r2, [r2]", {3: "ldr r0, [sp, #24]\n adds r0, #2\n str r0, [sp, #24]\n bx lr"}),
        ("udfeq #0", {3: "ldr r0, [sp, #24]\n adds r0, #2\n str r0, [sp, #24]\n bx lr"}),
    ],
)
def test_p6_counts_stay_exact_when_a_limit_falls_into_an_it_block(
    m4: M4, counter: str, ending: str, handlers: dict[int, str]
) -> None:
    source = (
        "ldr r2, =NOWHERE\n ldr r3, =DOOR\n cmp r6, #0\n ittt eq\n moveq r5, #1\n moveq r6, #2\n"
        f"{ending}\n adds r6, #1\n 2: adds r6, #4\n done"
    )
    outcomes = []
    for limit in (None, 1, 2, 3, 4, 5, 6, 7):
        m = m4(source, handlers, counter=counter, slice_instructions=limit)
        m.run()
        outcomes.append((m.engine.instructions, m.r, m.door.notes))
    assert outcomes == [outcomes[0]] * len(outcomes)


@COUNTERS
def test_p6_count_in_an_it_block_is_the_number_of_what_was_executed(m4: M4, counter: str) -> None:
    m = m4("cmp r6, #0\n ittee eq\n moveq r5, #1\n svceq #0\n movne r5, #2\n movne r5, #3\n done", counter=counter)
    m.handler(11, "cmp r0, r0\n it eq\n bxeq lr")
    m.run()
    assert m.engine.instructions == 8  # 4 with SVC, 3 in the handler, WFI; the two that are skipped take no time


def test_p7_no_code_hook_in_a_normal_run(m4: M4, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks: list[int] = []
    add = Unicorn.hook

    def watch(library: Unicorn, kind: int, callback: object) -> None:
        hooks.append(kind)
        add(library, kind, callback)

    monkeypatch.setattr(Unicorn, "hook", watch)
    per_instruction = {unicorn_const.UC_HOOK_CODE, unicorn_const.UC_HOOK_BLOCK}
    per_access = unicorn_const.UC_HOOK_MEM_VALID
    fast = m4("done", counter="fast").engine.core.counter
    assert (type(fast), fast.name) == (FastCounter, "fast")
    assert hooks
    assert not per_instruction & set(hooks)
    assert not any(kind & per_access for kind in hooks)
    public = m4("done", counter="public").engine.core.counter
    assert (type(public), public.name) == (PublicCounter, "public")
    assert hooks.count(unicorn_const.UC_HOOK_CODE) == 1


def test_accesses_and_interrupts_are_traced_in_their_order(m4: M4) -> None:
    m = m4("ldr r0, =SCS\n movs r1, #1\n str r1, [r0, #ISER]\n ldr r0, =DOOR\n str r1, [r0]\n done", {IRQ0: HANDLER})
    m.run()
    kinds = [type(event) for event in m.trace.events if isinstance(event, (Access, Interrupt))]
    assert kinds == [Access, Interrupt, Access]
