"""Benchmarks: what the bench costs, as ratios to bare Unicorn and to empty calls, measured side by side in this run.

All is process time, which other programs do not lengthen much. Absolute figures depend on the machine; the ratios are
what to compare. Nothing here is a test.
"""

from __future__ import annotations

import gc
import itertools
import mmap
import os
import statistics
import sys
import tempfile
import time
import timeit
from collections.abc import Callable
from typing import Any, Protocol

import unicorn
from unicorn import arm_const, unicorn_const

import bench_images
from mp1bench.board import Board
from mp1bench.engine.embedded import EmbeddedEngine
from mp1bench.engine.embedded.counter import make_counter
from mp1bench.engine.embedded.unicorn_library import Unicorn
from mp1bench.shipped import prebuilt_image
from mp1bench.trace import Trace
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import C1SCR, C1TOC2SR, C2CR, C2MR, C2SCR, HALF, RXOIE

IPCC, RAM, CODE, STACK = 0x4C001000, 0x8000, 0x100, 0x8000
ROUNDS = 5
ACCESS_LOOPS, MIXED_LOOPS, ECHOES = 100_000, 1_000_000, 400
CALLS, DEVICE_ROUNDS = 2_000, 400
CYCLES, SAMPLE = 1_000, 100
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


def bare(loop: bytes, base: int, count: int) -> float:
    """Unicorn with counted instructions and the least possible callbacks, through ctypes as the engine does it."""
    library = Unicorn()
    memory = mmap.mmap(-1, 0x10000)
    memory[CODE : CODE + 64] = program(loop, base, count).ljust(64, b"\0")
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
    uc.mem_map(0, 0x10000)
    uc.mem_write(CODE, program(loop, base, count))
    uc.mmio_map(IPCC, 0x1000, lambda *access: 0, None, lambda *access: None, None)
    start = time.process_time()
    uc.emu_start(CODE | 1, 0xFFFE, count=1 << 40)
    return time.process_time() - start


def ours(trace: bool) -> Run:
    """The embedded engine with a real IPCC, NVIC and virtual time."""

    def run(loop: bytes, base: int, count: int) -> float:
        engine = EmbeddedEngine(trace=Trace() if trace else None)
        engine.add_memory("ram", 0x10000, [0])
        engine.add_device("ipcc", Ipcc(), IPCC, Ipcc.SIZE)
        engine.connect("ipcc", "RX1", 103)
        engine.write_bytes(0, STACK.to_bytes(4, "little") + (CODE | 1).to_bytes(4, "little"))
        engine.write_bytes(CODE, program(loop, base, count))
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
        "ipcclab, trace off (target 0.50)": ours(trace=False),
        "ipcclab, trace on  (target 0.25)": ours(trace=True),
    }
    print(title)
    seconds = side_by_side(ways, loop, base, count)
    fastest = seconds["bare Unicorn, minimal callback"]
    for name, value in seconds.items():
        print(f"  {name:34} {amount / value / 1e6:8.2f} {unit}   {fastest / value:5.2f} of bare")


def echo_rate(trace: bool) -> float:
    """Round trips per second: a message to `rpmsg_echo` and its answer, one after the other."""
    board = Board(trace=trace)
    board.load(prebuilt_image("rpmsg_echo.elf"))
    board.boot()
    linux = board.linux
    assert linux is not None
    board.run_until(lambda: len(linux.endpoints) == 3, 10_000_000)
    start = time.process_time()
    for number in range(ECHOES):
        linux.endpoints[0].send(b"round trip")
        if not board.run_until(lambda: len(linux.received) > number, 10_000_000):  # noqa: B023  # run at once
            sys.exit(f"message {number} was not answered: {board.diagnose()}")
    return ECHOES / (time.process_time() - start)


def first_reply() -> float:
    """Process time, in seconds, of a whole `ipcclab run` that ends with the first answer: the median of some.

    Python's compiled files have a folder of their own, whatever the environment says of them; the first run fills it.
    """
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        return statistics.median([_run_to_first_reply(environment) for _ in range(1 + ROUNDS)][1:])


def _run_to_first_reply(environment: dict[str, str]) -> float:
    arguments = ["run", prebuilt_image("rpmsg_echo.elf"), "--send", "hello", "--expect", "hello", "--quiet"]
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execve(sys.executable, [sys.executable, "-m", "ipcclab", *map(str, arguments)], environment)
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit("ipcclab run failed; run it by hand to see why.")
    return usage.ru_utime + usage.ru_stime


def cycles() -> None:
    """Print what the first and the last hundred of many starts and stops of `rpmsg_echo` cost, with an echo in each."""
    board = Board(trace=False)
    board.load(prebuilt_image("rpmsg_echo.elf"))
    linux = board.linux
    assert linux is not None
    samples: list[tuple[float, int]] = []  # process time and memory blocks of Python's, every SAMPLE cycles
    for number in range(CYCLES):
        if number % SAMPLE == 0:
            gc.collect()
            samples.append((time.process_time(), sys.getallocatedblocks()))
        board.boot()
        ready = board.run_until(lambda: len(linux.endpoints) == 3, 50_000_000)
        linux.endpoints[0].send(b"cycle %d" % number)
        answered = board.run_until(lambda: bool(linux.received), 10_000_000)
        if not (ready and answered and linux.received[0].data == b"cycle %d" % number and board.shutdown()):
            sys.exit(f"cycle {number} lost something: {board.diagnose()}")
        for grows in (linux.sent, linux.received, linux.announced, linux.kernel.log.lines):
            grows.clear()
    gc.collect()
    samples.append((time.process_time(), sys.getallocatedblocks()))
    hundreds = [(late[0] - early[0], late[1] - early[1]) for early, late in itertools.pairwise(samples)]
    print(f"Start, echo and stop of rpmsg_echo, {CYCLES} times (target: none lost, no growth)")
    for name, (seconds, blocks) in (("the first hundred", hundreds[0]), ("the last hundred", hundreds[-1])):
        print(f"  {name:34} {1e3 * seconds / SAMPLE:8.2f} ms  {blocks / SAMPLE:+8.2f} memory blocks per cycle")


class Empty:
    """What a device costs that does nothing: one method call with the same arguments."""

    def read(self, offset: int, width: int) -> int:
        """Nothing."""
        return 0

    def write(self, offset: int, value: int, width: int) -> None:
        """Nothing."""


def device() -> None:
    """Print what one access costs the device alone, as a ratio to an empty method call of the same arguments."""
    quiet, heard = Ipcc(), Ipcc()
    heard.on_line = lambda line, level: None
    for ipcc in (quiet, heard):
        ipcc.write(C2CR, RXOIE, 4)
        ipcc.write(C2MR, 0xFFFFFFFE, 4)
    ring, answer = (C1SCR, 1 << HALF, 4), (C2SCR, 1, 4)
    rows: dict[str, tuple[Callable[..., object], list[tuple[int, ...]]]] = {
        "read of a status register": (quiet.read, [(C1TOC2SR, 4)]),
        "read of a mask register": (quiet.read, [(C2MR, 4)]),
        "write of a mask register": (quiet.write, [(C2MR, 0xFFFFFFFE, 4)]),
        "write that occupies or frees a channel": (quiet.write, [ring, answer]),
        "the same, to someone who hears RX1 move": (heard.write, [ring, answer]),
    }
    print("One access to the IPCC alone (target: under 6 empty method calls, tracing off)")
    for name, (method, accesses) in rows.items():
        calls = "; ".join(f"method{arguments}" for arguments in accesses)
        empty = getattr(Empty(), method.__name__)
        timers = [timeit.Timer(calls, globals={"method": one}) for one in (method, empty)] + [timeit.Timer("pass")]
        # The least of many short rounds, taken in turns: what is more than that, other programs took.
        rounds = [[timer.timeit(CALLS) / CALLS for timer in timers] for _ in range(DEVICE_ROUNDS)]
        ours, bare, loop = (min(column) for column in zip(*rounds, strict=True))
        nanoseconds = 1e9 * (ours - loop) / len(accesses)
        print(f"  {name:40} {nanoseconds:6.0f} ns   {(ours - loop) / (bare - loop):5.1f} empty calls")


def main() -> None:
    """Print all benchmarks; the arguments are images of the user's own, to be booted too."""
    device()
    compare("Register accesses of the M4", "M accesses/s", ACCESS, IPCC, ACCESS_LOOPS, 2 * ACCESS_LOOPS)
    compare("Instructions of the M4 (eight, one load, one store)", "MIPS", MIXED, RAM, MIXED_LOOPS, 8 * MIXED_LOOPS)
    print("RPMsg round trips with rpmsg_echo (target 2000/s)")
    for name, trace in (("trace off", False), ("trace on", True)):
        print(f"  {name:34} {statistics.median(echo_rate(trace) for _ in range(ROUNDS)):8.0f} /s")
    cycles()
    bench_images.boots(sys.argv[1:])
    bench_images.rtos()
    print("Start-up to the first reply (target 0.30 s)")
    print(f"  {'process time of ipcclab run':34} {first_reply():8.2f} s")


if __name__ == "__main__":
    main()
