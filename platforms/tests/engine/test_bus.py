"""The bus as the M4 and processor 1 see it: gaps, aliases, neighbours, and who is accessing."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.cortexm.faults import describe_fault
from mp1bench.engine.absent import Counts
from mp1bench.engine.embedded import EmbeddedEngine
from mp1bench.errors import PlatformError
from mp1bench.trace import Trace, Unmodelled
from stm32mp1.device import CPU1, CPU2

M4 = Callable[..., Any]


def test_absent_peripherals_are_reported_once_and_counted(m4: M4) -> None:
    m = m4("ldr r0, =ABSENT\n movs r2, #5\n 1: ldr r1, [r0]\n strb r2, [r0, #9]\n subs r2, #1\n bne 1b\n done")
    m.run()
    assert m.engine.absent.counts == {0x50000000: Counts(5, 0), 0x50000009: Counts(0, 5)}
    assert [event for event in m.trace.events if isinstance(event, Unmodelled)] == [
        Unmodelled(15, "m4", 0x406, 0x50000000, "R"),
        Unmodelled(20, "m4", 0x408, 0x50000009, "W"),
    ]
    assert m.r[1] == 0
    assert m.engine.core.fault is None


def test_aliases_are_one_memory(m4: M4) -> None:
    m = m4("ldr r0, =0x30000800\n movs r1, #0x55\n str r1, [r0]\n ldr r2, =0x800\n ldr r3, [r2]\n done")
    m.run()
    assert m.r[3] == 0x55
    assert m.engine.read(0x800) == m.engine.read(0x30000800) == 0x55


def test_code_runs_from_an_alias(m4: M4) -> None:
    m = m4("ldr r0, =0x30000801\n bx r0")
    m.put(0x800, "mov r4, pc\n done")
    m.run()
    assert m.r[4] == 0x30000804


def test_device_sees_the_width_of_an_access(m4: M4) -> None:
    m = m4("ldr r0, =DOOR\n movs r1, #7\n strb r1, [r0, #NOTE]\n strh r1, [r0, #NOTE]\n str r1, [r0, #NOTE]\n done")
    m.run()
    assert [event.width for event in m.trace.events if getattr(event, "op", "") == "W"] == [1, 2, 4]


def test_debug_registers_are_storage(m4: M4) -> None:
    m = m4("ldr r0, =0xE0002000\n movs r1, #1\n str r1, [r0]\n ldr r2, [r0]\n ldr r3, [r0, #4]\n done")
    m.run()
    assert m.r[1:4] == [1, 1, 0]


def test_processor_is_told_to_a_device_and_nested_accesses_keep_it(m4: M4) -> None:
    m = m4("ldr r0, =DOOR\n ldr r1, [r0, #COUNT]\n done")
    seen: list[int] = []
    m.door.on_read = lambda: seen.append(m.door.processor)
    m.engine.watch("door", "A", lambda level: m.engine.read(0x40000004))
    write = m.door.write
    m.door.write = lambda *access: (write(*access), seen.append(m.door.processor))
    m.run()
    m.engine.write(0x40000000, 1)
    assert seen == [CPU2, CPU1, CPU1]
    assert m.door.processor == CPU2


# -- machines of other shapes ---------------------------------------------------------------------------------


def machine(m4: M4, source: str) -> tuple[Any, Any, EmbeddedEngine]:
    """A model of a machine for its parts: the class of its device, and an engine with code and nothing else."""
    model = m4(source)
    engine = EmbeddedEngine(Trace())
    engine.add_memory("code", 0x1000, [0])
    engine.write_bytes(0, struct.pack("<2I", 0x1000, 0x101))
    engine.write_bytes(0x100, model.code(source))
    engine.release()
    return model, type(model.door), engine


def test_memory_may_lie_among_the_peripherals(m4: M4) -> None:
    _, device, engine = machine(m4, "ldr r0, =0x54000000\n ldr r1, [r0]\n ldr r2, [r0, r1]\n done")
    engine.add_device("before", device(), 0x50000000, 0x400)
    engine.add_memory("backup", 0x1000, [0x54000000])
    engine.add_device("after", device(), 0x58000000, 0x400)
    engine.write(0x54000000, 0x1000)
    engine.run(1_000)
    assert engine.core.registers.general()[1] == 0x1000
    assert engine.absent.counts == {0x54001000: Counts(1, 0)}


@pytest.mark.parametrize("address", [0x20000000, 0xA0000000])
def test_device_outside_the_peripheral_region_leaves_its_neighbours_empty(m4: M4, address: int) -> None:
    _, device, engine = machine(m4, "ldr r0, =0x60000000\n ldr r1, [r0]\n done")
    engine.add_device("far", device(), address, 0x400)
    engine.run(1_000)
    assert "PRECISERR" in describe_fault(engine.core.fault)


def test_devices_may_share_a_page(m4: M4) -> None:
    source = (
        "ldr r0, =DOOR\n ldr r1, [r0, #0x404]\n ldr r2, [r0, #0x804]\n ldr r3, [r0, #0xC04]\n str r3, [r0, #8]\n done"
    )
    _, device, engine = machine(m4, source)
    first, second = device(), device()
    engine.add_device("first", first, 0x40000400, 0x400)
    engine.add_device("second", second, 0x40000800, 0x400)
    second.reads = 41
    engine.run(1_000)
    assert engine.core.registers.general()[1:4] == [1, 42, 0]
    assert engine.absent.counts == {0x40000C04: Counts(1, 0), 0x40000008: Counts(0, 1)}


def test_overlap_is_refused(m4: M4) -> None:
    _, device, engine = machine(m4, "done")
    engine.add_device("one", device(), 0x40000000, 0x400)
    with pytest.raises(PlatformError) as caught:
        engine.add_device("two", device(), 0x400003FC, 0x400)
    assert str(caught.value) == (
        "two at 0x400003FC (0x400 bytes) overlaps one at 0x40000000 (0x400 bytes). Move one of them."
    )
