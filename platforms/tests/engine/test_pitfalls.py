"""One regression probe for each pitfall of the library that concerns us (embedded-engine.md §4, P1 to P15).

P8, the cost of the binding's wrappers, is about speed alone; here it is that a batch reads and writes what it says.
"""

from __future__ import annotations

import gc
import mmap
import re
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from unicorn import arm_const, unicorn_const

from mp1bench.engine.embedded import EmbeddedEngine, restore, take
from mp1bench.engine.embedded.counter import FastCounter, PublicCounter
from mp1bench.engine.embedded.unicorn_library import Registers, Unicorn
from mp1bench.errors import ModelError
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
def test_p1_write_that_raises_a_line_is_executed_once_and_the_interrupt_follows_at_once(m4: M4, counter: str) -> None:
    m = m4(
        """
        ldr r0, =SCS
        movs r1, #1
        str r1, [r0, #ISER]
        ldr r0, =DOOR
        str r1, [r0, #NOTE]
        str r1, [r0]
        movs r3, #1
        done
        """,
        {IRQ0: HANDLER},
        counter=counter,
    )
    m.run()
    assert m.door.notes == [1]
    assert m.writes() == [(8, 1), (0, 1), (0, 0)]
    assert m.r[7] == 0  # taken before the next instruction
    assert m.r[3] == 1


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
def test_p1_write_in_an_it_block_is_executed_once_and_the_interrupt_follows_the_block(m4: M4, counter: str) -> None:
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
        done
        """,
        {IRQ0: HANDLER},
        counter=counter,
    )
    m.run()
    assert m.writes() == [(0, 1), (0, 0)]
    assert m.r[7] == 1  # the block was finished, and nothing after it executed
    assert m.r[3] == 5


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


def test_p8_a_batch_of_registers_is_read_and_written_in_its_order() -> None:
    library = Unicorn()
    numbers = [arm_const.UC_ARM_REG_R0 + n for n in range(13)]
    Registers(library, numbers).write(*range(100, 113))
    assert Registers(library, numbers[::-1]).read() == list(range(112, 99, -1))
    library.close()


def test_p9_snapshot_goes_on_in_a_new_engine_while_the_first_one_lives(m4: M4) -> None:
    source = """
        vmov.f32 s0, #1.0
        vmov.f32 s31, #2.0
        ldr r0, =RAM
        1: vadd.f32 s0, s0, s31
        vmov r1, s0
        str r1, [r0], #4
        adds r2, #1
        cmp r2, #200
        bne 1b
        done
    """
    first = m4(source)
    first.run(333)
    snapshot = take(first.engine)
    second = m4("b .", held=True)
    restore(second.engine, snapshot)
    for machine in (first, second):
        machine.run(10_000)
    assert first.r[2] == 200
    assert second.outcome(events=False) == first.outcome(events=False)


def test_p10_error_in_a_device_surfaces_and_names_the_access(m4: M4) -> None:
    m = m4(
        """
        ldr r0, =DOOR
        adds r4, #1
        str r4, [r0, #FAILS]
        ldr r5, [r0, #FAILS]
        adds r4, #1
        done
        """
    )
    m.door.error = ValueError("the model is wrong")
    said = "the model of a device failed in a 4-byte {} door +0x00C at pc 0x{:08X}: ValueError('the model is wrong')."
    for access, pc in (("write to", 0x406), ("read of", 0x408)):
        with pytest.raises(ModelError) as caught:
            m.run()
        assert str(caught.value) == said.format(access, pc)
        assert caught.value.__cause__ is m.door.error
    assert m.door.failures == 2  # neither access is repeated
    m.run()
    assert (m.r[4], m.r[5]) == (2, 0)


def test_p10_error_in_an_it_block_does_not_swallow_what_follows(m4: M4) -> None:
    m = m4(
        """
        ldr r0, =DOOR
        cmp r0, r0
        itt eq
        streq r0, [r0, #FAILS]
        svceq #0
        done
        """,
        {11: "adds r5, #1\n bx lr"},
    )
    m.door.error = ValueError("once")
    with pytest.raises(ModelError):
        m.run()
    m.run()
    assert m.r[5] == 1
    assert m.door.failures == 1


def test_p10_keyboard_interrupt_passes_through(m4: M4) -> None:
    m = m4("ldr r0, =DOOR\n ldr r1, [r0, #FAILS]\n adds r4, #1\n done")
    m.door.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        m.run()
    m.door.error = None
    m.run()
    assert m.r[4] == 1


def test_p11_engines_come_and_go(m4: M4) -> None:
    gc.collect()
    before = _virtual_memory()
    machines = [m4("adds r0, #1\n done") for _ in range(12)]
    for machine in machines:
        machine.run(10)
        assert machine.r[0] == 1
    assert _virtual_memory() - before < len(machines) * (128 << 20)  # the library's own choice is more than 1 GiB each
    gone = [weakref.ref(machine.engine) for machine in machines]
    del machines, machine
    gc.collect()
    assert [reference() for reference in gone] == [None] * len(gone)
    assert _virtual_memory() - before < 128 << 20


def _virtual_memory() -> int:
    """Address space of this process in bytes."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the size of the address space is looked at on Linux only")
    return int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE


ONE, TWO, THREE = b"\x01\x20", b"\x02\x20", b"\x03\x20"  # movs r0, #n


def test_p12_code_loaded_while_the_core_is_held_is_executed_anew(m4: M4) -> None:
    m = m4("1: movs r0, #1\n b 1b")
    m.run(100)
    m.engine.hold()
    m.engine.write_bytes(0x400, TWO)
    m.engine.release()
    m.run(100)
    assert m.r[0] == 2


@pytest.mark.parametrize("address", [0x400, 0x30000400], ids=["name", "alias"])
def test_p12_code_written_while_the_core_runs_is_executed_anew(m4: M4, address: int) -> None:
    m = m4("1: movs r0, #1\n b 1b")
    m.run(100)
    m.engine.write_bytes(address, TWO)
    m.run(100)
    assert m.r[0] == 2
    m.engine.write(address, int.from_bytes(THREE, "little"), 2)
    m.run(100)
    assert m.r[0] == 3


def test_p12_code_written_after_a_restore_is_executed_anew(m4: M4) -> None:
    m = m4("1: movs r0, #1\n b 1b")
    m.run(100)
    other = EmbeddedEngine()
    for memory in m.engine.memories:
        other.add_memory(memory.name, memory.size, memory.addresses)
    other.add_device("door", type(m.door)(), 0x40000000, 0x400)
    restore(other, take(m.engine))
    other.run(other.now + 500)
    other.write_bytes(0x400, TWO)
    other.run(other.now + 500)
    assert other.core.registers.general()[0] == 2


def test_p13_no_start_has_a_timeout(m4: M4, monkeypatch: pytest.MonkeyPatch) -> None:
    from mp1bench.engine.embedded import unicorn_library

    library, starts = unicorn_library._lib, []

    class Spy:
        def __getattr__(self, name: str) -> Any:
            if name != "uc_emu_start":
                return getattr(library, name)

            def start(handle: int, begin: int, until: int, timeout: int, count: int) -> int:
                starts.append((timeout, count))
                return int(library.uc_emu_start(handle, begin, until, timeout, count))

            return start

    m = m4("done")
    monkeypatch.setattr(unicorn_library, "_lib", Spy())
    m.run()
    assert starts
    assert all(timeout == 0 and count > 0 for timeout, count in starts)


def test_p14_version_is_pinned() -> None:
    project = (Path(__file__).parents[3] / "pyproject.toml").read_text()
    assert re.findall(r'"(unicorn\b.*)"', project)[0] == "unicorn>=2.1.3,<2.2"


@pytest.mark.parametrize(
    ("address", "offset", "size"),
    [(0, 0, 0x3000), (0, 0x1000, 0x2000), (0x800, 0, 0x1000), (0, 0x800, 0x1000), (0, 0, 0x800), (0, 0, 0)],
)
def test_p15_mapping_beyond_the_buffer_or_off_the_page_is_refused(address: int, offset: int, size: int) -> None:
    library, buffer = Unicorn(), mmap.mmap(-1, 0x2000)
    with pytest.raises(ValueError, match="is not a whole number of 4 KiB pages"):
        library.map_memory(address, buffer, offset, size)
    library.map_memory(0, buffer, 0, 0x2000)
    library.close()


def test_p15_memory_outlives_its_name(m4: M4) -> None:
    m = m4("ldr r0, =RAM\n 1: ldr r1, [r0]\n adds r1, #1\n str r1, [r0]\n b 1b")
    m.run(10)
    m.engine.memories.clear()
    gc.collect()
    assert m.run(10_000).reason == "time"


def test_accesses_and_interrupts_are_traced_in_their_order(m4: M4) -> None:
    m = m4("ldr r0, =SCS\n movs r1, #1\n str r1, [r0, #ISER]\n ldr r0, =DOOR\n str r1, [r0]\n done", {IRQ0: HANDLER})
    m.run()
    kinds = [type(event) for event in m.trace.events if isinstance(event, (Access, Interrupt))]
    assert kinds == [Access, Interrupt, Access]
