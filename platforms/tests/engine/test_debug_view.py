"""Registers and memory of a halted M4 as a debugger reads and writes them, and that looking changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.engine.embedded.debug_view import DOUBLES, REGISTERS, DebugView
from mp1bench.errors import BusError
from stm32mp1.hsem import Hsem

M4 = Callable[..., Any]
MAIN, RAM, DOOR, CODE_ALIAS, STACK = 0x400, 0x20000000, 0x40000000, 0x30000000, 0x20004000
CSR, CPUID, STIR = 0xE000E010, 0xE000ED00, 0xE000EF00
COUNTFLAG = 1 << 16

ON_PSP = "ldr r0, =RAM+0x1000\n msr psp, r0\n movs r0, #2\n msr control, r0\n isb\n svc #0\n done"


def test_registers_are_the_cores(m4: M4) -> None:
    m = m4("movs r3, #9\n cpsid i\n bl 1f\n done\n 1: b .")
    m.run(10)
    found = DebugView(m.engine).registers()
    assert set(found) == set(REGISTERS)
    assert (found["r3"], found["pc"], found["lr"], found["sp"], found["msp"]) == (
        9, MAIN + 12, (MAIN + 8) | 1, STACK, STACK,
    )  # fmt: skip
    assert (found["primask"], found["control"], found["xpsr"]) == (1, 0, 1 << 24)


@pytest.mark.parametrize("instructions", [5, 7], ids=["thread", "handler"])
def test_sp_is_the_stack_pointer_in_use(m4: M4, instructions: int) -> None:
    m = m4(ON_PSP, {11: "b ."})
    m.run(instructions)
    found = DebugView(m.engine).registers()
    handler = instructions == 7
    assert found["sp"] == (STACK if handler else RAM + 0x1000)
    assert (found["msp"], found["psp"]) == (STACK, RAM + 0x1000 - 32 * handler)
    assert found["xpsr"] & 0x1FF == 11 * handler


@pytest.mark.parametrize("name", [name for name in REGISTERS if name not in ("pc", "sp", "xpsr", "control", "fpscr")])
def test_what_is_written_to_a_register_is_read_back(m4: M4, name: str) -> None:
    m = m4("b .")
    m.run(3)
    view = DebugView(m.engine)
    before = view.registers()
    value = {"primask": 1, "faultmask": 1, "basepri": 0x40}.get(name, 0x2000_1230)
    value |= value << 32 if name in DOUBLES else 0
    view.set_register(name, value)
    expected = before | {name: value} | ({"sp": value} if name == "msp" else {})
    assert view.registers() == expected


def test_m4_goes_on_with_what_was_written(m4: M4) -> None:
    m = m4("b .\n 1: adds r1, #1\n str r1, [r2]\n b .")
    m.run(3)
    view = DebugView(m.engine)
    for name, value in (("r1", 41), ("r2", RAM), ("pc", MAIN + 3)):
        view.set_register(name, value)
    m.run(3)
    assert m.word(0) == 42


def test_sleeping_m4_that_is_sent_elsewhere_wakes(m4: M4) -> None:
    m = m4("done\n adds r1, #1\n b .")
    m.run()
    DebugView(m.engine).set_register("pc", MAIN + 4)
    m.run(3)
    assert m.r[1] == 1


def test_exception_number_cannot_be_written(m4: M4) -> None:
    m = m4("svc #0\n done", {11: "b ."})
    m.run(4)
    view = DebugView(m.engine)
    view.set_register("xpsr", 0x8100_0000)
    assert view.registers()["xpsr"] == 0x8100_000B


def test_memory_is_read_up_to_its_end_by_each_name(m4: M4) -> None:
    m = m4("b .")
    m.put(0x800, b"abcdef")
    view = DebugView(m.engine)
    assert view.read(0x802, 3) == view.read(CODE_ALIAS + 0x802, 3) == b"cde"
    assert len(view.read(RAM + 0xFFFC, 100)) == 4


def test_written_code_is_executed(m4: M4) -> None:
    m = m4("1: adds r1, #1\n b 1b")
    m.run(10)
    DebugView(m.engine).write(CODE_ALIAS + MAIN, b"\x07\x22")  # movs r2, #7
    m.run(10)
    assert m.r[1:3] == [5, 7]


@pytest.mark.parametrize("address", [0x0800_0000, 0x5000_0000])
def test_nothing_is_where_nothing_is(m4: M4, address: int) -> None:
    view = DebugView(m4("b .").engine)
    for attempt in (lambda: view.read(address, 4), lambda: view.write(address, bytes(4))):
        with pytest.raises(BusError, match=rf"^nothing is at 0x{address:08X}\.$"):
            attempt()


def test_device_is_read_without_a_trace_and_written_with_its_effect(m4: M4) -> None:
    m = m4("b .")
    m.run(3)
    view = DebugView(m.engine)
    before = list(m.trace.events)
    assert view.read(DOOR, 5) == bytes(4) + b"\x01"
    assert m.trace.events == before
    view.write(DOOR + 8, b"\x07\0\0\0\x09\0")
    assert m.door.notes == [7]


def test_read_that_would_change_a_device_is_refused(m4: M4) -> None:
    m = m4("b .")
    m.engine.add_device("hsem", Hsem(), 0x4C000000, 0x400)
    before = m.engine.places["hsem"].device.state()
    with pytest.raises(BusError, match=r"^reading hsem RLR0 would change it, so a debugger cannot look at it\.$"):
        DebugView(m.engine).read(0x4C000080, 4)
    assert m.engine.places["hsem"].device.state() == before


def test_core_registers_are_read_and_written(m4: M4) -> None:
    m = m4("b .")
    m.run(3)
    view = DebugView(m.engine)
    assert view.read(CPUID, 4) == (0x410FC241).to_bytes(4, "little")
    view.write(0xE000E100, b"\x01\0\0\0")  # NVIC_ISER0
    assert m.scs(0x100) == 1


def test_looking_at_systick_leaves_countflag(m4: M4) -> None:
    m = m4(
        "ldr r0, =SCS\n movs r1, #3\n str r1, [r0, #RVR]\n str r1, [r0, #CVR]\n movs r1, #5\n str r1, [r0, #CSR]\n b ."
    )
    m.run(100)
    view = DebugView(m.engine)
    assert int.from_bytes(view.read(CSR, 4), "little") == int.from_bytes(view.read(CSR, 4), "little") == COUNTFLAG | 5
    assert m.scs(0x10) == COUNTFLAG | 5
    assert m.scs(0x10) == 5
