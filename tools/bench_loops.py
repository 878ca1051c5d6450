"""Benchmarks of loops on the M4: accesses to the IPCC, and instructions, beside bare Unicorn in the same run.

`bench.py` and `bench_renode.py` print them. All is process time.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Callable
from typing import Any, Protocol

import unicorn
from unicorn import arm_const, unicorn_const

from mp1bench.engine import Engine
from mp1bench.engine.embedded import EmbeddedEngine
from mp1bench.engine.embedded.counter import make_counter
from mp1bench.engine.embedded.unicorn_library import Unicorn
from mp1bench.trace import Trace
from stm32mp1.ipcc import Ipcc

ROUNDS = 5
IPCC, RAM, CODE, STACK = 0x4C001000, 0x8000, 0x100, 0x8000
RAM_BYTES = 0x10000
ACCESS_LOOPS, MIXED_LOOPS = 100_000, 1_000_000
FOREVER = 1 << 60

# 1: ldr r0, [r2, #0x1c]; str r0, [r2, #0x18]; subs r3, #1; bne 1b; wfi
ACCESS = bytes.fromhex("d069 9061 013b fbd1 30bf")
# 1: ldr r0, [r2, #0x1c]; adds r0, r3; eor r1, r0, r3; lsls r1, #3; str r1, [r2, #0x18]; mov r4, r1; subs r3, #1;
# bne 1b; wfi
MIXED = bytes.fromhex("d069 c018 80ea0301 c900 9161 0c46 013b f6d1 30bf")
# ldr r2, [pc, #4]; ldr r3, [pc, #8]; b .+10; nop; then the two words
PROLOGUE = bytes.fromhex("014a 024b 05e0 00bf")


class Run(Protocol):
    """One way to execute a loop: the seconds that it took."""

    def __call__(self, loop: bytes, base: int, count: int) -> float: ...


def program(loop: bytes, base: int, count: int) -> bytes:
    """The loop with r2 = base and r3 = count, for address CODE."""
    words = base.to_bytes(4, "little") + count.to_bytes(4, "little")
    return PROLOGUE + words + b"\x00\xbf" * 2 + loop


def ram(loop: bytes, base: int, count: int) -> bytes:
    """The whole RAM for a core that starts by itself: initial SP and PC, and the program."""
    vectors = STACK.to_bytes(4, "little") + (CODE | 1).to_bytes(4, "little")
    return (vectors.ljust(CODE, b"\0") + program(loop, base, count)).ljust(RAM_BYTES, b"\0")


def bare(loop: bytes, base: int, count: int) -> float:
    """Unicorn with counted instructions and the least possible callbacks, through ctypes as the engine does it."""
    library = Unicorn()
    memory = mmap.mmap(-1, RAM_BYTES)
    memory[:] = ram(loop, base, count)
    library.map_memory(0, memory, 0, len(memory))
    library.map_mmio(IPCC, 0x1000, lambda uc, offset, width, user: 0, lambda uc, offset, width, value, user: None)
    counter = make_counter(library, "fast")
    start = time.process_time()
    counter.start(CODE, FOREVER)
    seconds = time.process_time() - start
    library.close()
    return seconds


def binding(loop: bytes, base: int, count: int) -> float:
    """Unicorn as its own Python binding offers it: `mmio_map` and a counted `emu_start`."""
    uc: Any = unicorn.Uc(unicorn_const.UC_ARCH_ARM, unicorn_const.UC_MODE_THUMB)
    uc.ctl_set_cpu_model(arm_const.UC_CPU_ARM_CORTEX_M4)
    uc.mem_map(0, RAM_BYTES)
    uc.mem_write(0, ram(loop, base, count))
    uc.mmio_map(IPCC, 0x1000, lambda *access: 0, None, lambda *access: None, None)
    start = time.process_time()
    uc.emu_start(CODE | 1, 0xFFFE, count=1 << 40)
    return time.process_time() - start


def ours(make_engine: Callable[[Trace | None], Engine], trace: bool) -> Run:
    """An engine of ours, with a real IPCC, NVIC and virtual time."""

    def run(loop: bytes, base: int, count: int) -> float:
        engine = make_engine(Trace() if trace else None)
        engine.add_memory("ram", RAM_BYTES, [0])
        engine.add_device("ipcc", Ipcc(), IPCC, Ipcc.SIZE)
        engine.connect("ipcc", "RX1", 103)
        engine.write_bytes(0, ram(loop, base, count))
        engine.release()
        start = time.process_time()
        engine.run(FOREVER)
        return time.process_time() - start

    return run


def side_by_side(ways: dict[str, Run], loop: bytes, base: int, count: int) -> dict[str, float]:
    """The least seconds of each way, the ways taking turns so that a busy machine hits all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, run in ways.items():
            seconds[name].append(run(loop, base, count))
    return {name: min(values) for name, values in seconds.items()}


def compare(title: str, unit: str, loop: bytes, base: int, count: int, amount: float) -> None:
    """Print the rates of all ways, and what part of the bare one each of ours reaches."""
    ways: dict[str, Run] = {
        "bare Unicorn, minimal callback": bare,
        "Unicorn's Python binding": binding,
        "ipcclab, trace off (target 0.50)": ours(EmbeddedEngine, trace=False),
        "ipcclab, trace on  (target 0.25)": ours(EmbeddedEngine, trace=True),
    }
    print(title)
    seconds = side_by_side(ways, loop, base, count)
    fastest = seconds["bare Unicorn, minimal callback"]
    for name, value in seconds.items():
        print(f"  {name:34} {amount / value / 1e6:8.2f} {unit}   {fastest / value:5.2f} of bare")


def accesses() -> None:
    """Print the rates of a loop of one load and one store at the IPCC."""
    compare("Register accesses of the M4", "M accesses/s", ACCESS, IPCC, ACCESS_LOOPS, 2 * ACCESS_LOOPS)


def instructions() -> None:
    """Print the rates of a loop of eight instructions, one load and one store among them."""
    compare("Instructions of the M4 (eight, one load, one store)", "MIPS", MIXED, RAM, MIXED_LOOPS, 8 * MIXED_LOOPS)
