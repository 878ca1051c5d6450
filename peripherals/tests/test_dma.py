"""The DMA controller: what it moves and when, its flags and interrupts. Places as in ST's CMSIS header."""

from __future__ import annotations

import pytest
from virtual_time import Clockwork

from stm32mp1.dma import BLOCK, ITEM_CYCLES, Dma

HZ = 100_000_000
ITEM = ITEM_CYCLES * 10  # ns at 100 MHz
LISR, HISR, LIFCR, HIFCR = 0x00, 0x04, 0x08, 0x0C
CR, NDTR, PAR, M0AR, M1AR, FCR = (0x10 + 4 * n for n in range(6))
STREAM = 0x18
EN, TEIE, HTIE, TCIE, M2P, M2M, CIRC, PINC, MINC = (
    1 << 0, 1 << 2, 1 << 3, 1 << 4, 1 << 6, 2 << 6, 1 << 8, 1 << 9, 1 << 10,
)  # fmt: skip
PINCOS = 1 << 15
PSIZE16, PSIZE32, MSIZE16, MSIZE32, DBM, CT = 1 << 11, 2 << 11, 1 << 13, 2 << 13, 1 << 18, 1 << 19
TEIF, HTIF, TCIF = 1 << 3, 1 << 4, 1 << 5
DMDIS = 1 << 2
SOURCE, TARGET, PORT = 0x1000, 0x2000, 0x4000


class Bench(Clockwork):
    """A controller on a bus with memory everywhere below 0x4000 and one data register at PORT."""

    def __init__(self) -> None:
        super().__init__(Dma(), HZ)
        self.dma = self.device
        self.memory = bytearray(0x4000)
        self.port_in = iter(range(1, 1000))
        self.port_out: list[tuple[int, int]] = []
        self.dma.bus_read, self.dma.bus_write = self._bus_read, self._bus_write

    def _bus_read(self, address: int, width: int) -> int | None:
        if address == PORT:
            return next(self.port_in)
        return int.from_bytes(self.memory[address : address + width], "little") if address < PORT else None

    def _bus_write(self, address: int, value: int, width: int) -> bool:
        if address == PORT:
            self.port_out.append((value, width))
        elif address < PORT:
            self.memory[address : address + width] = value.to_bytes(width, "little")
        return address <= PORT

    def start(self, control: int, items: int, *, par: int = PORT, m0: int = TARGET, fcr: int = 0, n: int = 0) -> None:
        for register, value in ((PAR, par), (M0AR, m0), (NDTR, items), (FCR, fcr), (CR, control | EN)):
            self.write(register + STREAM * n, value)

    def copy(self, data: bytes, control: int = 0, **more: int) -> None:
        self.memory[SOURCE : SOURCE + len(data)] = data
        width = 1 << (control >> 11 & 3)
        self.start(M2M | PINC | MINC | control, len(data) // width, par=SOURCE, **more)

    def target(self, size: int) -> bytes:
        return bytes(self.memory[TARGET : TARGET + size])


# -- memory to memory -----------------------------------------------------------------------------------------


def test_copy_is_complete_after_the_time_of_its_items() -> None:
    bench = Bench()
    bench.copy(bytes(range(40)))
    bench.run(40 * ITEM - 1)
    assert bench.read(LISR) & TCIF == 0
    assert bench.read(CR) & EN
    bench.run(1)
    assert bench.target(41) == bytes(range(40)) + b"\0"
    assert (bench.read(LISR), bench.read(NDTR), bench.read(CR) & EN) == (HTIF | TCIF, 0, 0)


def test_items_left_count_down_block_by_block() -> None:
    bench = Bench()
    bench.copy(bytes(40))
    bench.run(BLOCK * ITEM)
    assert bench.read(NDTR) == 40 - BLOCK


def test_half_comes_before_the_end() -> None:
    bench = Bench()
    bench.copy(bytes(40), HTIE | TCIE)
    bench.run(32 * ITEM)
    assert bench.read(LISR) == HTIF
    assert bench.rises("S0") == [2 * BLOCK * ITEM]


@pytest.mark.parametrize("size", [0, PSIZE16 | MSIZE16, PSIZE32 | MSIZE32], ids=["bytes", "half-words", "words"])
def test_item_of_any_size_is_moved_whole(size: int) -> None:
    bench = Bench()
    bench.copy(bytes(range(1, 17)), size)
    bench.run(16 * ITEM)
    assert bench.target(17) == bytes(range(1, 17)) + b"\0"


@pytest.mark.parametrize("size", [MSIZE32, PSIZE32, PSIZE16 | MSIZE32])
def test_fifo_packs_items_of_different_sizes(size: int) -> None:
    bench = Bench()
    bench.copy(bytes(range(1, 17)), size, fcr=DMDIS)
    bench.run(16 * ITEM)
    assert bench.target(17) == bytes(range(1, 17)) + b"\0"


def test_rest_that_fills_no_memory_item_is_written_too() -> None:
    bench = Bench()
    bench.copy(b"abcde", MSIZE32, fcr=DMDIS)
    bench.run(5 * ITEM)
    assert bench.target(6) == b"abcde\0"


# -- peripherals ----------------------------------------------------------------------------------------------


def test_peripheral_is_served_only_while_it_asks() -> None:
    bench = Bench()
    bench.start(MINC, 3)
    bench.run(100 * ITEM)
    assert bench.read(NDTR) == 3
    bench.dma.input(0, True)
    bench.run(2 * ITEM)
    bench.dma.input(0, False)
    assert bench.read(NDTR) == 1
    bench.run(100 * ITEM)
    assert bench.target(4)[:2] == bytes([1, 2])


def test_pulse_counts_as_one_request() -> None:
    bench = Bench()
    bench.start(MINC, 3)
    for _ in range(2):
        bench.dma.input(0, True)
        bench.dma.input(0, False)
        bench.run(ITEM)
    bench.run(100 * ITEM)
    assert bench.read(NDTR) == 1


def test_peripheral_that_asked_before_is_served_once_the_stream_runs() -> None:
    bench = Bench()
    bench.dma.input(5, True)
    bench.memory[TARGET : TARGET + 3] = b"xyz"
    bench.start(M2P | MINC, 3, n=5)
    bench.run(3 * ITEM)
    assert bench.port_out == [(ord("x"), 1), (ord("y"), 1), (ord("z"), 1)]
    assert bench.read(HISR) == (HTIF | TCIF) << 6


def test_without_fifo_the_memory_item_is_the_peripherals() -> None:
    bench = Bench()
    bench.dma.input(0, True)
    bench.start(MINC | MSIZE32, 2)
    bench.run(2 * ITEM)
    assert bench.target(3) == bytes([1, 2, 0])


def test_circular_stream_begins_again() -> None:
    bench = Bench()
    bench.dma.input(0, True)
    bench.start(MINC | CIRC | TCIE, 2)
    bench.run(3 * ITEM)
    assert bench.target(3) == bytes([3, 2, 0])
    assert (bench.read(NDTR), bench.read(CR) & EN) == (1, EN)
    assert bench.rises("S0") == [2 * ITEM]


def test_double_buffer_changes_sides() -> None:
    bench = Bench()
    bench.write(M1AR, TARGET + 0x100)
    bench.dma.input(0, True)
    bench.start(MINC | DBM, 2)
    bench.run(2 * ITEM)
    assert bench.read(CR) & CT
    bench.run(2 * ITEM)
    assert bench.read(CR) & CT == 0
    assert bench.target(2) == bytes([1, 2])
    assert bytes(bench.memory[TARGET + 0x100 : TARGET + 0x102]) == bytes([3, 4])


# -- flags, errors, the end -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stream", "status", "clear", "shift"),
    [
        (0, LISR, LIFCR, 0), (1, LISR, LIFCR, 6), (2, LISR, LIFCR, 16), (3, LISR, LIFCR, 22),
        (4, HISR, HIFCR, 0), (5, HISR, HIFCR, 6), (6, HISR, HIFCR, 16), (7, HISR, HIFCR, 22),
    ],
)  # fmt: skip
def test_each_stream_has_its_flags_and_its_line(stream: int, status: int, clear: int, shift: int) -> None:
    bench = Bench()
    bench.copy(b"ab", TCIE, n=stream)
    bench.run(2 * ITEM)
    assert bench.read(status) == (HTIF | TCIF) << shift
    assert bench.read(HISR if status == LISR else LISR) == 0
    assert bench.rises(f"S{stream}") == [2 * ITEM]
    bench.write(clear, TCIF << shift)
    assert bench.read(status) == HTIF << shift
    assert not bench.dma.level(f"S{stream}")


def test_address_where_nothing_answers_is_a_transfer_error() -> None:
    bench = Bench()
    bench.start(M2M | PINC | MINC | TEIE, 4, par=0x8000)
    bench.run(4 * ITEM)
    assert (bench.read(LISR), bench.read(CR) & EN, bench.read(NDTR)) == (TEIF, 0, 4)
    assert bench.dma.level("S0")


def test_switching_off_early_completes_the_transfer_as_aborts_by_interrupt_need() -> None:
    bench = Bench()
    bench.start(MINC | TCIE, 3)
    bench.write(CR, MINC | TCIE)
    assert (bench.read(LISR), bench.read(NDTR)) == (TCIF, 3)
    bench.dma.input(0, True)
    bench.run(100 * ITEM)
    assert bench.read(NDTR) == 3


def test_configuration_is_locked_while_enabled() -> None:
    bench = Bench()
    bench.start(MINC, 3)
    bench.write(CR, EN | TCIE | PSIZE32)
    bench.write(NDTR, 9)
    bench.write(PAR, 9)
    assert (bench.read(CR), bench.read(NDTR), bench.read(PAR)) == (EN | TCIE | MINC, 3, PORT)


def test_stream_enabled_again_moves_as_many_items_again() -> None:
    bench = Bench()
    bench.copy(b"ab")
    bench.run(2 * ITEM)
    bench.memory[TARGET : TARGET + 2] = b"--"
    bench.write(CR, bench.read(CR) | EN)
    bench.run(2 * ITEM)
    assert bench.target(2) == b"ab"


def test_fifo_control_after_reset() -> None:
    assert [Bench().read(FCR + STREAM * n) for n in range(8)] == [0x21] * 8


# -- state ----------------------------------------------------------------------------------------------------


def test_transfer_goes_on_from_its_state() -> None:
    bench, other = Bench(), Bench()
    bench.copy(bytes(range(40)), MSIZE32, fcr=DMDIS)
    bench.run(BLOCK * ITEM)
    other.memory[:] = bench.memory
    other.now = bench.now
    other.dma.from_state(bench.dma.state())
    other._wake = bench._wake  # the engine's queue is its own
    other.run(40 * ITEM)
    assert other.target(40) == bytes(range(40))


def test_reset_stops_all_but_forgets_no_request() -> None:
    bench = Bench()
    bench.dma.input(0, True)
    bench.start(MINC, 9)
    bench.dma.reset()
    bench.run(100 * ITEM)
    assert bench.target(1) == b"\0"
    bench.start(MINC, 1)
    bench.run(ITEM)
    assert bench.target(1) == b"\x01"


@pytest.mark.parametrize("queue", [{"stream0": [0, 0, 0]}, {"fifo0": [256]}, {"requests": [8]}])
def test_what_is_no_state_is_refused(queue: dict[str, list[int]]) -> None:
    dma = Dma()
    with pytest.raises(ValueError, match=r"^DMA\.\w+ cannot hold \[.*\]\.$"):
        dma.from_state({**dma.state(), **queue})


def test_peripheral_address_counts_by_words_if_it_is_told_to() -> None:
    bench = Bench()
    bench.memory[SOURCE : SOURCE + 12] = b"a...b...c..."
    bench.start(M2M | PINC | PINCOS | MINC, 3, par=SOURCE)
    bench.run(3 * ITEM)
    assert bench.target(3) == b"abc"


def test_half_of_the_items_is_half_of_the_items() -> None:
    bench = Bench()
    bench.dma.input(0, True)
    bench.start(MINC, 8)
    bench.run(3 * ITEM)
    assert bench.read(LISR) == 0
    bench.run(ITEM)
    assert bench.read(LISR) == HTIF


def test_stream_that_begins_has_an_empty_fifo() -> None:
    bench = Bench()
    bench.dma.input(0, True)
    bench.start(MINC | MSIZE32, 8, fcr=DMDIS)
    bench.run(3 * ITEM)  # three bytes wait for the fourth
    bench.write(CR, 0)
    bench.start(MINC | MSIZE32, 4, fcr=DMDIS)
    bench.run(4 * ITEM)
    assert bench.target(4) == bytes([4, 5, 6, 7])


def test_without_fifo_an_item_is_in_memory_at_once() -> None:
    bench = Bench()
    bench.dma.input(0, True)
    bench.start(MINC | MSIZE32, 8)
    bench.run(ITEM)
    assert bench.target(2) == bytes([1, 0])
