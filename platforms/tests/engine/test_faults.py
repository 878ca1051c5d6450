"""Faults of real code: which exception, what the status registers say, and where the stacked PC points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.cortexm import scs
from mp1bench.cortexm.faults import describe_fault
from mp1bench.trace import Core

M4 = Callable[..., Any]
HARDFAULT, BUSFAULT, USAGEFAULT = 3, 5, 6
FORCED = 1 << 30

#: Keeps the stacked PC in R9, the stacked xPSR in R10, EXC_RETURN in R11, and stays.
WITNESS = "ldr r9, [sp, #24]\n ldr r10, [sp, #28]\n mov r11, lr\n b ."
PRECISE = scs.PRECISERR | scs.BFARVALID


def faulting(m4: M4, source: str, handler: int = HARDFAULT, enable: str = "", **options: Any) -> Any:
    m = m4(f"{enable}\n nop\n{source}\n done", {handler: WITNESS}, **options)
    m.run(100)
    assert m.engine.core.exceptions.ipsr == handler
    return m


@pytest.mark.parametrize(
    ("source", "pc", "cfsr", "address"),
    [
        ("ldr r0, =NOWHERE\n ldr r1, [r0]", 0x406, PRECISE, 0x08000000),
        ("ldr r0, =NOWHERE\n strb r1, [r0, #3]", 0x406, PRECISE, 0x08000003),
        ("ldr r0, =NOWHERE\n ldmia r0!, {r1-r4}", 0x406, PRECISE, 0x08000000),
        ("ldr r0, =NOWHERE\n ldr r1, [r0], #4", 0x406, PRECISE, 0x08000000),
        ("fpu\n ldr r0, =NOWHERE\n vldr s0, [r0]", 0x412, PRECISE, 0x08000000),
        ("ldr r0, =0x2000FFFC\n ldrd r1, r2, [r0]", 0x404, PRECISE, 0x20010000),
        ("ldr r0, =0x60000000\n str r1, [r0]", 0x406, PRECISE, 0x60000000),
        ("ldr r0, =NOWHERE+1\n bx r0", 0x08000000, scs.IBUSERR, None),
        ("ldr r0, =DOOR+1\n bx r0", 0x40000000, scs.IACCVIOL, None),
        ("ldr r0, =ABSENT+1\n bx r0", 0x50000000, scs.IACCVIOL, None),
        ("ldr r0, =SCS+1\n bx r0", 0xE000E000, scs.IACCVIOL, None),
        ("ldr r0, =0xFFFFFFF9\n bx r0", 0xFFFFFFF8, scs.IACCVIOL, None),  # no EXC_RETURN in thread mode
        ("ldr r0, =0x1000\n bx r0", 0x1000, scs.INVSTATE, None),
        ("udf #7", 0x402, scs.UNDEFINSTR, None),
        ("udf.w #7", 0x402, scs.UNDEFINSTR, None),
        ("mcr p15, 0, r0, c1, c0, 0", 0x402, scs.NOCP, None),
    ],
)
@pytest.mark.parametrize("counter", ["fast", "public"])
def test_fault(m4: M4, source: str, pc: int, cfsr: int, address: int | None, counter: str) -> None:
    m = faulting(m4, source, counter=counter)
    assert m.scs(scs.CFSR) == cfsr
    assert m.scs(scs.HFSR) == FORCED
    assert m.r[9] == pc
    if address is not None:
        assert m.scs(scs.BFAR) == address
    assert m.engine.core.fault == ("HardFault", pc, cfsr, FORCED, address)


@pytest.mark.parametrize(("source", "handler"), [("ldr r0, =NOWHERE\n ldr r1, [r0]", BUSFAULT), ("udf #0", USAGEFAULT)])
def test_enabled_fault_has_its_own_handler(m4: M4, source: str, handler: int) -> None:
    enable = "ldr r2, =SCB\n ldr r3, =0x00070000\n str r3, [r2, #SHCSR]"
    assert faulting(m4, source, handler, enable).scs(scs.HFSR) == 0


def test_registers_are_those_before_the_faulting_instruction(m4: M4) -> None:
    m = faulting(m4, "ldr r0, =NOWHERE\n movs r1, #5\n ldr r1, [r0], #4\n movs r1, #6")
    assert m.r[:2] == [0x08000000, 5]


def test_conditions_at_a_fault_in_an_it_block_are_stacked(m4: M4) -> None:
    m = faulting(m4, "cmp r1, r1\n itttt eq\n addeq r4, #1\n addeq r4, #1\n udfeq #0\n addeq r4, #1")
    # ITSTATE begins as 0000_0001 and shifts left with each instruction; its bits 7–2 lie at 10, 1–0 at 25.
    assert (m.r[10] >> 10 & 0x3F, m.r[10] >> 25 & 3) == (0b000001, 0b00)
    assert m.r[4] == 2


def test_exception_in_an_it_block_returns_into_the_block(m4: M4) -> None:
    m = m4(
        "cmp r1, r1\n ittet eq\n addeq r4, #1\n svceq #0\n addne r5, #1\n addeq r6, #1\n done",
        {11: "cmp r1, #9\n bx lr"},
    )
    m.run()
    assert m.r[4:7] == [1, 0, 1]


def test_what_follows_an_undefined_instruction_is_not_executed(m4: M4) -> None:
    m = faulting(m4, "yield\n udf #0\n movs r1, #1")
    assert (m.r[9], m.r[1]) == (0x404, 0)
    assert m.engine.instructions == 100


def test_yield_is_no_operation(m4: M4) -> None:
    m = m4("1: yield\n adds r0, #1\n cmp r0, #5\n bne 1b\n done")
    m.run()
    assert (m.r[0], m.engine.instructions) == (5, 21)


def test_breakpoint_is_a_hardfault(m4: M4) -> None:
    m = faulting(m4, "bkpt #1")
    assert (m.r[9], m.scs(scs.HFSR)) == (0x402, 1 << 31)


@pytest.mark.parametrize("access", ["ldr r1, [r0]", "ldr.w r1, [r0, #0x100]", "str r1, [r0]"])
def test_bus_fault_under_faultmask_is_only_noted_if_ccr_ignores_it(m4: M4, access: str) -> None:
    ignore = "ldr r2, =SCB\n ldr r3, =0x300\n str r3, [r2, #0x14]\n cpsid f"
    m = m4(f"ldr r0, =NOWHERE\n movs r1, #5\n {ignore}\n {access}\n adds r1, #1\n done")
    m.run(100)
    assert (m.r[1], m.engine.core.exceptions.ipsr, m.engine.core.fault) == (6, 0, None)
    assert (m.scs(scs.CFSR), m.scs(scs.BFAR) & ~0x100) == (PRECISE, 0x08000000)


def test_bus_fault_of_thread_mode_is_taken_though_ccr_ignores_it_elsewhere(m4: M4) -> None:
    m = faulting(m4, "ldr r0, =NOWHERE\n ldr r2, =SCB\n ldr r3, =0x300\n str r3, [r2, #0x14]\n ldr r1, [r0]")
    assert m.scs(scs.HFSR) == FORCED


UNPRIVILEGED = "movs r7, #1\n msr control, r7\n isb"


@pytest.mark.parametrize(
    ("access", "address"),
    [
        ("ldr r1, [r0, #ISER]", 0xE000E100),
        ("str r1, [r0, #ISPR]", 0xE000E200),
        ("strb r1, [r0, #IPR]", 0xE000E400),
        ("ldr r1, [r0, #0xD00]", 0xE000ED00),
    ],
)
def test_unprivileged_code_does_not_reach_the_system_control_space(m4: M4, access: str, address: int) -> None:
    m = faulting(m4, f"ldr r0, =SCS\n movs r1, #1\n{UNPRIVILEGED}\n{access}\n movs r1, #9")
    assert (m.scs(scs.CFSR), m.scs(scs.BFAR)) == (PRECISE, address)
    assert m.r[1] == 1
    assert m.engine.core.nvic.pending == 0


def test_access_that_is_refused_in_an_it_block_comes_before_what_follows_it(m4: M4) -> None:
    refused = f"ldr r0, =SCS\n{UNPRIVILEGED}\n cmp r0, r0\n ittt eq\n ldreq r1, [r0, #ISER]\n addeq r4, #1\n svceq #0"
    m = faulting(m4, refused)
    assert (m.r[9], m.r[4]) == (0x414, 0)


def test_unprivileged_code_reaches_stir_if_ccr_says_so(m4: M4) -> None:
    m = m4(
        f"""
        ldr r0, =SCS
        movs r1, #1
        str r1, [r0, #ISER]
        ldr r2, =SCB
        movs r3, #2             @ USERSETMPEND
        str r3, [r2, #CCR]
        {UNPRIVILEGED}
        movs r1, #0
        ldr r0, =SCS+STIR
        str r1, [r0]
        done
        """,
        {16: "mrs r5, ipsr\n bx lr"},
    )
    m.run()
    assert m.r[5] == 16


@pytest.mark.parametrize("value", [0xFF000001, 0xF0000001, 0xFFFFFFF5])
def test_exc_return_that_makes_no_sense(m4: M4, value: int) -> None:
    m = m4("ldr r0, =RAM\n ldr r0, [r0]\n svc #0", {HARDFAULT: WITNESS, 11: "bx r0"})
    m.engine.write(0x20000000, value)
    m.run(100)
    assert m.scs(scs.CFSR) == scs.INVPC
    assert m.r[11] == value  # LR of the handler


@pytest.mark.parametrize(
    ("source", "handlers", "detail"),
    [
        ("udf #0", {HARDFAULT: "udf #1"}, "HardFault at pc 0x00000400 (UNDEFINSTR, FORCED)"),
        ("cpsid f\n udf #0", {}, "UsageFault at pc 0x00000402 (UNDEFINSTR)"),
        ("svc #0", {11: "cpsid f\n svc #0"}, "HardFault at pc 0x00001584 (FORCED)"),
        (
            "ldr r0, =RAM+4\n mov sp, r0\n push {r0-r3}",
            {HARDFAULT: "push {r0, r1}"},
            "HardFault at pc 0x00000404 (STKERR, FORCED)",
        ),
    ],
    ids=["fault in HardFault", "fault with FAULTMASK", "SVC with FAULTMASK", "stack overflow"],
)
def test_lockup_stops_the_run(m4: M4, source: str, handlers: dict[int, str], detail: str) -> None:
    m = m4(source, handlers)
    stop = m.run()
    assert stop == ("lockup", f"the M4 is locked up: {detail}")
    assert not m.engine.running
    assert [event.what for event in m.trace.events if isinstance(event, Core)][-1] == "lockup"
    assert m.run().reason == "time"


def test_vectors_that_are_not_there_lock_up(m4: M4) -> None:
    m = m4("done")
    m.vectors([0] * 16)
    assert m.run().reason == "lockup"


def test_release_forgets_the_fault_and_the_lockup(m4: M4) -> None:
    m = m4("udf #0", {HARDFAULT: "udf #0"})
    m.run()
    m.put(0x400, "movs r0, #3\n done")
    m.engine.release()
    assert m.run().reason == "idle"
    assert m.r[0] == 3
    assert m.engine.core_state().fault is None


def test_fault_is_described_for_people(m4: M4) -> None:
    m = faulting(m4, "ldr r0, =NOWHERE\n ldr r1, [r0]")
    said = "HardFault at pc 0x00000406 (PRECISERR, BFARVALID, FORCED) at address 0x08000000"
    assert describe_fault(m.engine.core.fault) == said
    assert Core(15, "fault", said) in m.trace.events
