"""A regression probe for each pitfall of the library around execution: P8 to P15 (embedded-engine.md §4).

P8 is about the speed of the binding's wrappers; here it is that a batch of registers reads and writes what it says.
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
from unicorn import arm_const

from mp1bench.engine.embedded import EmbeddedEngine
from mp1bench.engine.embedded.unicorn_library import Registers, Unicorn
from mp1bench.errors import ModelError

M4 = Callable[..., Any]


def test_p8_a_batch_of_registers_is_read_and_written_in_its_order() -> None:
    library = Unicorn()
    numbers = [arm_const.UC_ARM_REG_R0 + n for n in range(13)]
    Registers(library, numbers).write(*range(100, 113))
    assert Registers(library, numbers[::-1]).read() == list(range(112, 99, -1))
    library.close()


def test_p9_snapshot_goes_on_in_a_new_engine_while_the_first_one_lives(m4: M4) -> None:
    source = """
        fpu
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
    snapshot = first.engine.snapshot()
    second = m4("b .", held=True)
    second.engine.restore(snapshot)
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
    other.restore(m.engine.snapshot())
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
