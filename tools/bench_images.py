"""Benchmarks of whole images: how many boot per second, and what an emulated second of a busy one costs.

`bench.py` prints them with the others. Bare Unicorn is measured in the same run, on as many instructions of the code
in which the image spends nearly all its time; messages, interrupts, clocks and Linux come on top in the bench alone.
"""

from __future__ import annotations

import mmap
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from unicorn import arm_const

from mp1bench.board import Board
from mp1bench.engine.embedded.counter import make_counter
from mp1bench.engine.embedded.unicorn_library import Registers, Unicorn
from mp1bench.errors import IpccLabError
from mp1bench.image import read_image
from mp1bench.regions import MP1_REGIONS
from mp1bench.shipped import prebuilt_image, prebuilt_images

ROUNDS, BOOTS = 3, 10
SECOND_NS, MS_NS = 1_000_000_000, 1_000_000
#: One message every millisecond beside a tick every millisecond.
MESSAGES = 1_000
RTOS, SUMS = "rpmsg_echo_rtos", "add_up"
SRAM, SRAM_BYTES = 0x10000000, 0x60000
WFI = b"\x30\xbf\x30\xbf"
FOREVER = 1 << 60


def boots_per_second(path: Path) -> float:
    """Boards that are built, loaded and booted with an image, and run for a virtual millisecond."""
    start = time.process_time()
    for _ in range(BOOTS):
        board = Board(trace=False, host="linux" if _has_table(path) else "none")
        board.load(path)
        board.boot()
        board.run_for(MS_NS)
    return BOOTS / (time.process_time() - start)


def _has_table(path: Path) -> bool:
    board = Board(trace=False, host="none")
    return board.load(path).resource_table is not None


def boots(named: Sequence[str]) -> None:
    """Print the rate for each image that comes with the bench, and for those that were named."""
    print("Images booted, each for a virtual millisecond")
    for path in [*prebuilt_images(), *map(Path, named)]:
        try:
            rate = statistics.median(boots_per_second(path) for _ in range(ROUNDS))
        except IpccLabError as error:
            print(f"  {path.stem:34}          {error}")
        else:
            print(f"  {path.stem:34} {rate:8.1f} /s")


def rtos_second() -> tuple[float, int]:
    """Seconds that an emulated second of `rpmsg_echo_rtos` takes, and the instructions in it."""
    board = Board(trace=False)
    board.load(prebuilt_image(RTOS))
    board.boot()
    linux, engine = board.linux, board.engine
    assert linux is not None
    assert engine.instructions is not None
    board.run_until(lambda: len(linux.endpoints) == 3, 50 * MS_NS)
    before = engine.instructions
    start = time.process_time()
    for _ in range(MESSAGES):
        linux.endpoints[0].send(b"load")
        board.run_for(SECOND_NS // MESSAGES)
    seconds = time.process_time() - start
    if len(linux.received) != MESSAGES:
        sys.exit(f"{MESSAGES - len(linux.received)} messages were not answered: {board.diagnose()}")
    return seconds, engine.instructions - before


def bare_sums(instructions: int) -> float:
    """Seconds that bare Unicorn takes for as many instructions of the sums that the image's tasks add up all the time.

    The function is called over and over, in the image's own code; no interrupt comes, and there are no devices.
    """
    image = read_image(prebuilt_image(RTOS), MP1_REGIONS)
    memory = mmap.mmap(-1, SRAM_BYTES)
    for segment in image.segments:
        at = segment.physical - SRAM
        if 0 <= at < SRAM_BYTES:
            memory[at : at + len(segment.data)] = segment.data
    stack = SRAM + SRAM_BYTES - 4
    memory[-4:] = WFI  # what the function returns to ends the call
    library = Unicorn()
    library.map_memory(SRAM, memory, 0, SRAM_BYTES)
    Registers(library, [arm_const.UC_ARM_REG_SP, arm_const.UC_ARM_REG_LR]).write(stack, stack | 1)
    counter = make_counter(library, "fast")
    (sums,) = [function.address for function in image.symbols.functions if function.name == SUMS]
    done = 0
    start = time.process_time()
    while done < instructions:
        counter.start(sums, FOREVER)
        done += counter.executed()
    seconds = time.process_time() - start
    library.close()
    return seconds * instructions / done


def rtos() -> None:
    """Print what an emulated second costs, the two ways taking turns."""
    seconds, bare = [], []
    for _ in range(ROUNDS):
        second, instructions = rtos_second()
        seconds.append(second)
        bare.append(bare_sums(instructions))
    ours, alone = statistics.median(seconds), statistics.median(bare)
    print(f"An emulated second of rpmsg_echo_rtos: {instructions:,} instructions, {MESSAGES} messages and ticks")
    print(f"  {'its sums alone in bare Unicorn':34} {alone:8.2f} s   {instructions / alone / 1e6:5.0f} MIPS")
    rate = f"{instructions / ours / 1e6:5.0f} MIPS"
    print(f"  {'ipcclab, trace off':34} {ours:8.2f} s   {rate}   {alone / ours:5.2f} of bare")
