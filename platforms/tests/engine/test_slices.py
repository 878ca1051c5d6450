"""How a run is sliced, and which counter counts, is invisible: registers, RAM, counts, times and traces are the same.

The exception self-test of `firmware/exceptions` says the same here as on QEMU's Cortex-M4, whose log is committed.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mp1bench.engine.embedded import EmbeddedEngine

M4 = Callable[..., Any]
PREBUILT = Path(__file__).parents[3] / "firmware" / "prebuilt"
WAYS = [(counter, slices) for counter in ("fast", "public") for slices in (1, 7, 10, 1000, 10_000, None)]
IRQ0, SYSTICK = 16, 15


# -- the exception self-test ----------------------------------------------------------------------------------


def self_test(counter: str, slices: int | None) -> EmbeddedEngine:
    """`exceptions.elf`, run to its end."""
    engine = EmbeddedEngine(counter=counter, slice_instructions=slices)
    engine.add_memory("ram", 0x10000, [0])
    with (PREBUILT / "exceptions.elf").open("rb") as file:
        for segment in ELFFile(file).iter_segments("PT_LOAD"):
            engine.write_bytes(segment["p_paddr"], segment.data())
    engine.release()
    assert engine.run(1_000_000_000).detail == "the firmware ended the run (semihosting SYS_EXIT)"
    return engine


@pytest.fixture(scope="module")
def in_one_piece() -> EmbeddedEngine:
    return self_test("fast", None)


def test_exception_self_test_says_what_qemu_says(in_one_piece: EmbeddedEngine) -> None:
    assert in_one_piece.core.semihosting.text == (PREBUILT / "exceptions.qemu.log").read_text()


@pytest.mark.parametrize(("counter", "slices"), [way for way in WAYS if way[1] != 1])
def test_exception_self_test_is_the_same_in_any_slices(
    in_one_piece: EmbeddedEngine, counter: str, slices: int | None
) -> None:
    other = self_test(counter, slices)
    assert other.core.semihosting.text == in_one_piece.core.semihosting.text
    assert (other.instructions, other.now) == (in_one_piece.instructions, in_one_piece.now)
    assert other.core.registers.state() == in_one_piece.core.registers.state()
    assert other.memories[0].view == in_one_piece.memories[0].view


# -- devices, interrupts, sleep and time together ------------------------------------------------------------

#: Counts interrupts in R5, sleeps until one comes, has a critical section and a tick, and uses the FPU everywhere.
EVERYTHING = """
    ldr r0, =SCS
    movs r1, #3
    str r1, [r0, #ISER]
    movw r1, #0x4040        @ below SVCall
    str r1, [r0, #IPR]
    ldr r1, =640
    str r1, [r0, #RVR]
    str r1, [r0, #CVR]
    movs r1, #7
    str r1, [r0, #CSR]
    ldr r6, =RAM
    ldr r7, =DOOR
    fpu
    vmov.f32 s1, #1.5
    mov r8, #40
    1: cpsid i
    movs r2, #1
    str r2, [r7]
    ldr r3, [r7, #COUNT]
    vadd.f32 s0, s0, s1
    str r3, [r6], #4
    ldr r2, [r0, #CVR]
    str r2, [r6], #4
    cpsie i
    cmp r3, #20
    itte hi
    strhi r3, [r7, #NOTE]
    addhi r9, #1
    addls r10, #1
    wfi
    vmov r2, s0
    str r2, [r6], #4
    str r4, [r6], #4
    subs r8, #1
    bne 1b
    movs r1, #0
    str r1, [r0, #CSR]
    done
"""
TICK = "adds r4, #1\n vmov s2, r4\n bx lr"
LINE = "push {r4, lr}\n ldr r0, =DOOR\n movs r1, #0\n str r1, [r0]\n adds r5, #1\n svc #0\n pop {r4, pc}"
CALL = "ldr r0, =DOOR\n str lr, [r0, #NOTE]\n bx lr"


@pytest.mark.parametrize(("counter", "slices"), WAYS)
def test_devices_interrupts_sleep_and_systick_are_the_same_in_any_slices(
    m4: M4, counter: str, slices: int | None
) -> None:
    outcomes = []
    for way in ({"counter": counter, "slice_instructions": slices}, {}):
        m = m4(EVERYTHING, {SYSTICK: TICK, IRQ0: LINE, 11: CALL}, **way)
        for at in (1_003, 77_777, 200_000):  # ns
            m.engine.schedule(at, "test", "raise")
        m.actions["raise"] = lambda m=m: m.engine.write(0x40000000, 1)
        m.run(100_000)
        outcomes.append(m.outcome())
        assert m.r[8] == 0
        assert m.r[5] == 43
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("step", [5, 13, 35, 1_000, 12_345])
def test_how_often_run_is_called_does_not_matter(m4: M4, step: int) -> None:
    whole, parts = (m4(EVERYTHING, {SYSTICK: TICK, IRQ0: LINE, 11: CALL}) for _ in range(2))
    whole.engine.run(50_000)
    for until in (*range(0, 50_000, step), 50_000):
        parts.engine.run(until)
    assert parts.outcome() == whole.outcome()


# -- random programs -----------------------------------------------------------------------------------------

_RAM, _DOOR = 6, 7  # registers
_ALWAYS = 14


def _instruction(kind: int, a: int, b: int, imm: int) -> int:
    """One of the narrow instructions on R0–R5 that may also stand in an IT block."""
    return [
        0x2000 | a << 8 | imm,  # MOV(S) a, #imm
        0x3000 | a << 8 | imm,  # ADD(S) a, #imm
        0x3800 | a << 8 | imm,  # SUB(S) a, #imm
        0x1800 | a | b << 3 | (imm % 6) << 6,  # ADD(S) a, b, r
        0x4040 | a | b << 3,  # EOR(S) a, b
        0x0800 | a | b << 3 | (imm & 31) << 6,  # LSR(S) a, b, #imm
        0x2800 | a << 8 | imm,  # CMP a, #imm
        0x4280 | a | b << 3,  # CMP a, b
        0x6000 | a | _RAM << 3 | (imm & 31) << 6,  # STR a, [ram, #]
        0x6800 | a | _RAM << 3 | (imm & 31) << 6,  # LDR a, [ram, #]
        0x6000 | a | _DOOR << 3 | (0, 2)[imm & 1] << 6,  # STR a, [door]: lines, or a note
        0x6800 | a | _DOOR << 3 | 1 << 6,  # LDR a, [door, #COUNT]
        0xBF00,  # NOP
        0xDF00,  # SVC
    ][kind]


def _it(condition: int, elses: list[bool]) -> int:
    """IT for a block of 1 to 4: the mask holds one bit per further instruction, then a one."""
    mask = 0
    for otherwise in elses:
        mask = mask << 1 | (condition & 1 ^ otherwise)
    return 0xBF00 | condition << 4 | (mask << 1 | 1) << 3 - len(elses)


def program(seed: int) -> bytes:
    """Straight code of 60 instructions or more, a third of them in IT blocks, that ends asleep."""
    choose = random.Random(seed)

    def instruction() -> int:
        return _instruction(choose.randrange(14), choose.randrange(6), choose.randrange(6), choose.randrange(256))

    code = []
    while len(code) < 60:
        if choose.random() < 0.2:
            block = choose.randint(1, 4)
            code.append(_it(choose.randrange(_ALWAYS), [choose.random() < 0.5 for _ in range(block - 1)]))
            code += [instruction() for _ in range(block)]
        else:
            code.append(instruction())
    return struct.pack(f"<{len(code) + 2}H", *code, 0xBF30, 0xE7FD)  # WFI; B back to it


SETUP = "ldr r6, =RAM\n ldr r7, =DOOR\n ldr r0, =SCS\n movs r1, #3\n str r1, [r0, #ISER]\n ldr r0, =0x8001\n bx r0"
SEEN = "movs r1, #0\n str r1, [r7]\n add r8, #1\n str r8, [r7, #NOTE]\n cmp r8, #4\n it hi\n bxhi lr\n nop\n bx lr"


@settings(derandomize=True, max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_random_programs_are_the_same_in_any_slices(m4: M4, seed: int) -> None:
    outcomes = []
    for counter, slices in (("fast", None), ("public", None), ("fast", 1), ("fast", 3), ("public", 2), ("fast", 7)):
        m = m4(SETUP, {IRQ0: SEEN, IRQ0 + 1: SEEN, 11: SEEN}, counter=counter, slice_instructions=slices)
        m.put(0x8000, program(seed))
        m.engine.schedule(60 + seed % 300, "test", "raise")
        m.actions["raise"] = lambda m=m: m.door.set_lines(3)
        assert m.run(2_000).reason == "idle"
        outcomes.append(m.outcome())
    assert outcomes == [outcomes[0]] * len(outcomes)
