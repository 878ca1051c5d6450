"""Benchmarks: what the bench costs, as ratios to bare Unicorn and to empty calls, measured side by side in this run.

All is process time, which other programs do not lengthen much. Absolute figures depend on the machine; the ratios are
what to compare. Nothing here is a test.
"""

from __future__ import annotations

import sys
import timeit
from collections.abc import Callable

import bench_echo
import bench_images
import bench_loops
import bench_renode
import bench_trace
from bench_cost import median
from ipcclab.progress import progress
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import C1SCR, C1TOC2SR, C2CR, C2MR, C2SCR, HALF, RXOIE

ROUNDS = 5
CALLS, DEVICE_ROUNDS = 2_000, 400


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


def first_echo() -> float:
    """Process time of a whole `ipcclab run` that ends with the first answer, in seconds; the first fills the caches."""
    with bench_echo.fresh_caches() as environment:
        runs = [bench_echo.first_echo("embedded", environment) for _ in range(1 + ROUNDS)]
    return median(runs[1:]).process


def first_reply() -> None:
    """Print what a whole run costs from its start to the firmware's first answer."""
    print("Start-up to the first reply (target 0.30 s)")
    print(f"  {'process time of ipcclab run':34} {first_echo():8.2f} s")


def main() -> None:
    """Print all benchmarks; the arguments are images of the user's own, to be booted too."""
    images = sys.argv[1:]
    parts: dict[str, Callable[[], None]] = {
        "accesses to the device": device,
        "accesses of the M4": bench_loops.accesses,
        "instructions": bench_loops.instructions,
        "RPMsg round trips": bench_trace.cost,
        "the cost of the trace's forms": bench_trace.writers,
        "starts and stops": bench_echo.cycles,
        "boots": lambda: bench_images.boots(images),
        "a busy image": bench_images.rtos,
        "the first reply": first_reply,
        "Renode": bench_renode.main,
    }
    with progress("bench", len(parts)) as shown:
        for name, part in parts.items():
            shown.begin(name)
            part()


if __name__ == "__main__":
    main()
