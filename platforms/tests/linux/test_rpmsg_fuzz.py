"""Whatever a firmware writes into rings and buffers, Linux survives it: no exception, and the M4 can be stopped."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mp1bench.linux import KernelError

VRINGS = (0x10040000, 0x10041000)
USED, RING_SIZE = 0x130, 0x1B6
BUFFERS = 0x10042000

WORD = st.sampled_from([0, 1, 2, 15, 16, 17, 0x1F0, 0x1F1, 0x200, 0x201, 0x7FFF, 0xFFFF]) | st.integers(0, 0xFFFF)
ADDRESS = st.sampled_from([53, 0x400, 0x401, 0x999, 0xFFFFFFFF])
RING = st.sampled_from(VRINGS)

STEP = st.one_of(
    st.tuples(st.just("use"), RING, WORD, WORD),
    st.tuples(st.just("jump"), RING, st.integers(0, 40)),
    st.tuples(st.just("scribble"), RING, st.integers(0, RING_SIZE // 2 - 1), WORD),
    st.tuples(st.just("header"), st.integers(0, 31), ADDRESS, ADDRESS, WORD),
    st.tuples(st.just("signal"), st.integers(1, 6)),
    st.tuples(st.just("send"), st.integers(0, 600)),
)


class Vandal:
    """A firmware that has come up properly and then writes what it likes."""

    def __init__(self, bench: Any) -> None:
        self.bench = bench
        self.engine = bench.engine
        self.peer = bench.peer()
        self.peer.reads = False

    def use(self, ring: int, index: int, length: int) -> None:
        count = self.engine.read(ring + USED + 2, 2)
        self.engine.write_bytes(ring + USED + 4 + 8 * (count % 16), struct.pack("<II", index, length))
        self.jump(ring, 1)

    def jump(self, ring: int, by: int) -> None:
        self.engine.write(ring + USED + 2, self.engine.read(ring + USED + 2, 2) + by & 0xFFFF, 2)

    def scribble(self, ring: int, at: int, value: int) -> None:
        if at != (USED + 2) // 2:  # a jump through the whole ring is slow and a test of its own
            self.engine.write(ring + 2 * at, value, 2)

    def header(self, buffer: int, source: int, destination: int, size: int) -> None:
        header = struct.pack("<IIIHH32sII", source, destination, 0, size, 0, b"rpmsg-tty", source, size & 3)
        self.engine.write_bytes(BUFFERS + 512 * buffer, header)

    def signal(self, channel: int) -> None:
        self.peer.post(channel)
        self.bench.run(20)

    def send(self, size: int) -> None:
        for endpoint in self.bench.host.endpoints:
            with contextlib.suppress(KernelError):
                endpoint.send(b"x" * size)


@pytest.mark.parametrize("seed", range(4))
def test_no_writing_of_the_firmware_makes_linux_fail(
    new_bench: Callable[[], Any], image: Callable[..., Any], seed: int
) -> None:
    @settings(derandomize=True, max_examples=60, deadline=None, database=None)
    @given(st.lists(STEP, min_size=5 + 10 * seed, max_size=20 + 20 * seed))
    def run(steps: list[tuple[Any, ...]]) -> None:
        bench = new_bench()
        vandal = Vandal(bench)
        bench.host.start(image())
        bench.run(100)
        vandal.peer.announce("rpmsg-tty", 0x400)
        bench.run(100)
        for name, *arguments in steps:
            getattr(vandal, name)(*arguments)
        bench.run(100)
        assert bench.log("emerg") == []
        assert bench.host.stop() is True
        assert bench.host.rproc.state == "offline"

    run()
