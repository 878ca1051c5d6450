"""Halting the M4 for a debugger: where it stands, what it has executed by then, that it goes on as if it had not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mp1bench.engine.embedded.debug_port import DebugPort, Halt, Watchpoint

M4 = Callable[..., Any]
MAIN, RAM, DOOR, CODE_ALIAS = 0x400, 0x20000000, 0x40000000, 0x30000000
COUNTERS = ["fast", "public"]

LOOP = "movs r0, #0\n 1: adds r0, #1\n adds r1, #2\n cmp r0, #3\n bne 1b\n done"
BLOCKS = """movs r0, #0
1: adds r0, #1
lsrs r2, r0, #1
itet cs
movcs r3, r0
movcc.w r4, r0
addcs r5, #1
cmp r0, #4
bne 1b
done"""
IT, THEN, ELSE, THEN_TOO, AFTER = MAIN + 6, MAIN + 8, MAIN + 10, MAIN + 14, MAIN + 16


class Debugger:
    """Notes each halt, and where the M4 stands then; calls `does` with the number of the halt."""

    def __init__(self, m: Any, does: Callable[[DebugPort, int], None] = lambda port, n: None) -> None:
        self.halts: list[Halt] = []
        self.places: list[tuple[int, int]] = []  # (pc, instructions executed)
        self.port = DebugPort(m.engine)
        self._does = does
        self._engine = m.engine
        self.port.on_halt = self._halted

    def _halted(self, halt: Halt) -> None:
        self.halts.append(halt)
        self.places.append((self.port.view.registers()["pc"], self._engine.instructions))
        self._does(self.port, len(self.halts) - 1)

    @property
    def reasons(self) -> list[str]:
        return [halt.reason for halt in self.halts]


def breaks_at(*addresses: int) -> Callable[[DebugPort, int], None]:
    def does(port: DebugPort, n: int) -> None:
        port.breakpoints = set(addresses)

    return does


def watches(*watchpoints: Watchpoint) -> Callable[[DebugPort, int], None]:
    def does(port: DebugPort, n: int) -> None:
        port.watchpoints = set(watchpoints)

    return does


def steps(port: DebugPort, n: int) -> None:
    port.step = True


@pytest.fixture(params=COUNTERS)
def counter(request: pytest.FixtureRequest) -> Iterator[str]:
    return request.param  # type: ignore[no-any-return]


# -- halting --------------------------------------------------------------------------------------------------


def test_m4_halts_first_in_front_of_its_first_instruction(m4: M4) -> None:
    m = m4(LOOP)
    debugger = Debugger(m)
    m.run()
    assert (debugger.reasons, debugger.places) == (["reset"], [(MAIN, 0)])


def test_m4_that_is_held_in_reset_does_not_halt(m4: M4) -> None:
    m = m4(LOOP, held=True)
    debugger = Debugger(m)
    m.run()
    assert debugger.halts == []


def test_breakpoint_halts_in_front_of_its_instruction_each_time(m4: M4, counter: str) -> None:
    m = m4(LOOP, counter=counter)
    debugger = Debugger(m, breaks_at(MAIN + 4))
    m.run()
    assert debugger.reasons == ["reset", "breakpoint", "breakpoint", "breakpoint"]
    assert debugger.halts[1].address == MAIN + 4
    assert debugger.places[1:] == [(MAIN + 4, 2), (MAIN + 4, 6), (MAIN + 4, 10)]


def test_breakpoint_on_a_loop_of_one_instruction_is_hit_each_time_round(m4: M4, counter: str) -> None:
    m = m4("b .", counter=counter)
    debugger = Debugger(m, breaks_at(MAIN))
    m.run(3)
    assert debugger.places == [(MAIN, 0), (MAIN, 1), (MAIN, 2)]


def test_breakpoint_is_hit_through_each_name_of_its_memory(m4: M4) -> None:
    m = m4("ldr r0, =0x30000801\n bx r0")
    m.put(0x800, "mov r4, pc\n done")
    debugger = Debugger(m, breaks_at(0x800))
    m.run()
    assert debugger.places[1:] == [(CODE_ALIAS + 0x800, 2)]


def test_breakpoint_stays_when_other_code_is_loaded(m4: M4) -> None:
    m = m4(LOOP)
    debugger = Debugger(m, breaks_at(MAIN + 2))
    m.engine.on_event("test", lambda tag: m.put(MAIN, "b .\n 1: movs r0, #9\n b 1b"))
    m.engine.schedule(5 * 5, "test", "")
    m.run(12)
    assert debugger.places[1:] == [(MAIN + 2, 1), (MAIN + 2, 5), (MAIN + 2, 7), (MAIN + 2, 9), (MAIN + 2, 11)]


@pytest.mark.parametrize("program", [LOOP, BLOCKS], ids=["loop", "blocks"])
def test_breakpoints_everywhere_change_nothing(m4: M4, counter: str, program: str) -> None:
    whole, broken = m4(program, counter=counter), m4(program, counter=counter)
    whole.run()
    debugger = Debugger(broken, breaks_at(*range(MAIN, MAIN + 40, 2)))
    broken.run()
    assert len(debugger.halts) > 10
    assert broken.outcome() == whole.outcome()


def test_breakpoints_that_are_never_reached_change_nothing(m4: M4, counter: str) -> None:
    whole, broken = m4(BLOCKS, counter=counter), m4(BLOCKS, counter=counter)
    whole.run()
    debugger = Debugger(broken, breaks_at(0x600, 0x700))
    broken.run()
    assert debugger.reasons == ["reset"]
    assert broken.outcome() == whole.outcome()


def test_breakpoint_inside_an_it_block_is_hit_where_its_instruction_is_executed(m4: M4, counter: str) -> None:
    m = m4(BLOCKS, counter=counter)
    r0: list[tuple[int, int]] = []

    def does(port: DebugPort, n: int) -> None:
        port.breakpoints = {THEN, ELSE, THEN_TOO}
        registers = port.view.registers()
        r0.append((registers["pc"], registers["r0"]))

    debugger = Debugger(m, does)
    m.run()
    odd = [[(THEN, n), (THEN_TOO, n)] for n in (1, 3)]
    assert r0[1:] == [*odd[0], (ELSE, 2), *odd[1], (ELSE, 4)]
    assert debugger.places[1:4] == [(THEN, 4), (THEN_TOO, 5), (ELSE, 11)]


def test_debugger_can_interrupt(m4: M4) -> None:
    m = m4("b .")
    debugger = Debugger(m)
    asked: list[int] = []
    debugger.port.wants_halt = lambda: asked.append(m.engine.now) or len(asked) == 2  # type: ignore[func-returns-value]
    m.engine.on_event("test", lambda tag: None)
    m.engine.schedule(100, "test", "")
    m.run(100)
    assert debugger.reasons == ["reset", "interrupt"]
    assert debugger.places[1] == (MAIN, 20)


def test_bkpt_of_the_firmware_halts_and_then_becomes_the_fault_that_it_is(m4: M4, counter: str) -> None:
    whole, halted = (m4("movs r0, #1\n bkpt #1\n done", counter=counter) for _ in range(2))
    whole.run()
    debugger = Debugger(halted)
    halted.run()
    assert debugger.places == [(MAIN, 0), (MAIN + 2, 1)]
    assert debugger.halts[1] == Halt("breakpoint", MAIN + 2)
    assert halted.outcome() == whole.outcome()


def test_bkpt_after_a_detach_is_a_fault(m4: M4) -> None:
    m = m4("movs r0, #1\n bkpt #1\n done")
    debugger = Debugger(m, lambda port, n: port.detach())
    m.run()
    assert debugger.reasons == ["reset"]
    assert m.engine.core.fault.exception == "HardFault"


def test_lockup_halts_before_the_run_ends(m4: M4) -> None:
    m = m4("cpsid f\n udf #0")
    debugger = Debugger(m)
    assert m.run().reason == "lockup"
    assert debugger.reasons == ["reset", "lockup"]
    assert "UsageFault" in debugger.halts[1].note


def test_reset_stands_at_the_reset_vector_again(m4: M4) -> None:
    m = m4(LOOP)
    registers: list[dict[str, int]] = []

    def does(port: DebugPort, n: int) -> None:
        port.breakpoints = {MAIN + 8}
        if n == 1:
            port.reset()
            registers.append(port.view.registers())

    debugger = Debugger(m, does)
    m.run()
    assert (registers[0]["pc"], registers[0]["r0"]) == (MAIN, 0)
    assert debugger.places[2] == (MAIN + 8, 8)


# -- single steps ---------------------------------------------------------------------------------------------


def test_step_executes_one_instruction(m4: M4, counter: str) -> None:
    whole, stepped = m4(LOOP, counter=counter), m4(LOOP, counter=counter)
    whole.run(13)
    debugger = Debugger(stepped, steps)
    stepped.run(13)
    assert [instructions for _, instructions in debugger.places] == list(range(14))
    assert stepped.outcome() == whole.outcome()


def test_step_takes_an_it_block_whole(m4: M4) -> None:
    m = m4(BLOCKS)
    debugger = Debugger(m, steps)
    m.run(6)
    assert [pc for pc, _ in debugger.places[3:5]] == [IT, AFTER]


def test_step_enters_an_interrupt_that_is_due(m4: M4) -> None:
    m = m4("ldr r0, =SCS+ISER\n movs r1, #1\n str r1, [r0]\n nop\n nop\n done", {16: "nop\n bx lr"})
    debugger = Debugger(m, steps)
    m.engine.on_event("test", lambda tag: m.door.set_lines(1))
    m.engine.schedule(4 * 5, "test", "")
    m.run(5)
    assert [pc for pc, _ in debugger.places] == [
        MAIN,
        MAIN + 2,
        MAIN + 4,
        MAIN + 6,
        m.address_of(16),
        m.address_of(16) + 2,
    ]


def test_step_over_wfi_passes_the_sleep(m4: M4) -> None:
    m = m4("ldr r0, =SCS+ISER\n movs r1, #1\n str r1, [r0]\n cpsid i\n wfi\n done")
    debugger = Debugger(m, lambda port, n: steps(port, n) if n < 5 else None)
    m.engine.on_event("test", lambda tag: m.door.set_lines(1))
    m.engine.schedule(10_000, "test", "")
    times: list[int] = []
    debugger.port.on_halt, halted = lambda halt: (times.append(m.engine.now), halted(halt))[1], debugger.port.on_halt
    m.run()
    assert debugger.places[5] == (MAIN + 10, 5)
    assert times[5] == 10_000


# -- watchpoints ----------------------------------------------------------------------------------------------

STORES = """ldr r0, =RAM
movs r1, #7
strb r1, [r0, #5]
str r1, [r0, #8]
ldr r2, [r0, #4]
ldr r3, [r0, #8]
stmia r0!, {r1, r2, r3}
done"""


@pytest.mark.parametrize(
    ("ops", "halts"),
    [
        ("W", [(MAIN + 8, 3), (MAIN + 16, 7)]),
        ("R", [(MAIN + 12, 5)]),
        ("RW", [(MAIN + 8, 3), (MAIN + 12, 5), (MAIN + 16, 7)]),
    ],
)
def test_watchpoint_halts_behind_the_access(m4: M4, counter: str, ops: str, halts: list[tuple[int, int]]) -> None:
    m = m4(STORES, counter=counter)
    debugger = Debugger(m, watches(Watchpoint(RAM + 4, 4, ops)))
    m.run()
    assert debugger.places[1:] == halts
    assert set(debugger.halts[1:]) == {Halt("watchpoint", RAM + 4, ops)}


def test_watchpoints_change_nothing(m4: M4, counter: str) -> None:
    whole, watched = m4(STORES, counter=counter), m4(STORES, counter=counter)
    whole.run()
    Debugger(watched, watches(Watchpoint(RAM, 64, "RW"), Watchpoint(RAM + 0x3FF0, 16, "RW")))
    watched.run()
    assert watched.outcome() == whole.outcome()


def test_watchpoint_sees_an_access_by_another_name_of_the_memory(m4: M4) -> None:
    m = m4("ldr r0, =0x30002000\n movs r1, #0x55\n str r1, [r0]\n ldr r2, =0x2000\n ldr r3, [r2]\n done")
    debugger = Debugger(m, watches(Watchpoint(0x2000, 4, "W")))
    m.run()
    assert debugger.places[1:] == [(MAIN + 6, 3)]
    assert m.r[3] == 0x55


def test_watchpoint_sees_stacking(m4: M4) -> None:
    m = m4("svc #0\n done", {11: "bx lr"})
    debugger = Debugger(m, watches(Watchpoint(RAM + 0x3FE0, 4, "W")))
    m.run()
    assert debugger.places[1:] == [(m.address_of(11), 1)]
    assert debugger.halts[1].note == "written by exception entry"


def test_watchpoint_sees_what_processor_1_writes(m4: M4) -> None:
    m = m4("b .")
    debugger = Debugger(m, watches(Watchpoint(RAM + 8, 4, "W")))
    m.engine.on_event("test", lambda tag: m.engine.write(RAM + 10, 1, 2))
    m.engine.schedule(100, "test", "")
    m.run(100)
    assert debugger.places[1:] == [(MAIN, 20)]
    assert debugger.halts[1].note == "written by processor 1 or a device"


def test_watchpoint_in_a_page_of_code_sees_changes(m4: M4, counter: str) -> None:
    program = "ldr r0, =0x600\n movs r1, #7\n str r1, [r0, #4]\n str r1, [r0]\n str r1, [r0]\n done"
    whole, watched = m4(program, counter=counter), m4(program, counter=counter)
    whole.run()
    debugger = Debugger(watched, watches(Watchpoint(0x600, 4, "W")))
    watched.run()
    assert debugger.places[1:] == [(MAIN + 10, 4)]
    assert watched.outcome() == whole.outcome()


def test_watchpoint_on_loads_in_a_page_of_code_says_that_it_cannot(m4: M4) -> None:
    m = m4("ldr r0, =0x600\n ldr r1, [r0]\n done")
    debugger = Debugger(m, watches(Watchpoint(0x600, 4, "R")))
    m.run()
    note = "0x00000400 is code in the page of a watchpoint: loads cannot be watched there, only changes"
    assert debugger.halts[1:] == [Halt("interrupt", note=note)]


def test_only_ram_can_be_watched(m4: M4) -> None:
    port = DebugPort(m4(LOOP).engine)
    assert port.watches(RAM + 0xFFFC, 4)
    assert not port.watches(RAM + 0xFFFD, 4)
    assert not port.watches(DOOR, 4)


def test_nothing_is_left_behind_by_a_detach(m4: M4) -> None:
    m = m4(STORES)

    def does(port: DebugPort, n: int) -> None:
        port.breakpoints, port.watchpoints = {MAIN + 4}, {Watchpoint(RAM, 16, "RW")}
        if n == 1:
            port.detach()

    debugger = Debugger(m, does)
    m.run()
    assert debugger.reasons == ["reset", "breakpoint"]
    assert m.word(0) == 7


def test_engines_own_step_passes_breakpoints(m4: M4) -> None:
    m = m4(LOOP)
    debugger = Debugger(m, breaks_at(MAIN))
    m.run(1)
    debugger.port.breakpoints = {MAIN + 2}
    m.engine.step(10**6)
    m.engine.step(10**6)
    assert m.engine.instructions == 3


@pytest.mark.parametrize("due", range(3, 9))
@pytest.mark.parametrize("block", ["itte", "ittee"])
def test_interrupt_inside_a_block_comes_when_it_would_come_without_a_breakpoint(m4: M4, due: int, block: str) -> None:
    program = f"""ldr r0, =SCS+ISER
    movs r1, #1
    str r1, [r0]
    adds r2, #0
    {block} cc
    movcc r3, r0
    movcc r4, r0
    movcs r5, r0
    {"movcs" if block == "ittee" else "mov"} r7, r0
    b ."""
    machines = [m4(program, {16: "mov r6, sp\n b ."}) for _ in range(2)]
    debugger = Debugger(machines[1], breaks_at(MAIN + 14))
    for m in machines:
        m.engine.on_event("test", lambda tag, door=m.door: door.set_lines(1))
        m.engine.schedule(due * 5, "test", "")
        m.run(20)
    assert debugger.reasons == ["reset"]
    assert machines[1].outcome() == machines[0].outcome()
