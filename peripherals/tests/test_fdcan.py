"""The CAN FD controller in loopback: buffers, filters, FIFOs and their flags. Places as in ST's CMSIS header."""

from __future__ import annotations

import pytest

from stm32mp1.fdcan import MESSAGE_RAM, Fdcan
from stm32mp1.message_ram import MessageRam

TEST, CCCR, IR, IE, ILS, ILE, GFC, SIDFC, XIDFC = 0x10, 0x18, 0x50, 0x54, 0x58, 0x5C, 0x80, 0x84, 0x88
RXF0C, RXF0S, RXF0A, RXF1C, RXF1S, TXBC, TXFQS = 0xA0, 0xA4, 0xA8, 0xB0, 0xB4, 0xC0, 0xC4
TXBRP, TXBAR, TXBCR, TXBTO, TXBCF, TXBTIE, TXEFC, TXEFS = 0xCC, 0xD0, 0xD4, 0xD8, 0xDC, 0xE0, 0xF0, 0xF4
INIT, CCE, CSA, CSR, MON, TEST_MODE = 1 << 0, 1 << 1, 1 << 3, 1 << 4, 1 << 5, 1 << 7
RF0N, RF0F, RF0L, RF1N, TC, TCF, TEFN = (1 << n for n in (0, 2, 3, 4, 9, 10, 12))
FILTERS, EXTENDED, FIFO0, FIFO1, BUFFERS, EVENTS = 0x000, 0x080, 0x100, 0x200, 0x400, 0x800
XTD, RTR, EFC = 1 << 30, 1 << 29, 1 << 23


class Bus:
    """A controller with three transmit buffers, and two FIFOs of two elements each of 8 bytes."""

    def __init__(self, mode: int = TEST_MODE) -> None:
        self.can, self.ram = Fdcan(), MessageRam()
        self.can.bus_read = lambda address, width: self.ram.read(address - MESSAGE_RAM, width)
        self.can.bus_write = lambda address, value, width: self.ram.write(address - MESSAGE_RAM, value, width)
        self.write(CCCR, INIT | CCE | mode)
        for offset, value in (
            (TEST, 1 << 4), (SIDFC, FILTERS), (XIDFC, EXTENDED), (RXF0C, FIFO0 | 2 << 16), (RXF1C, FIFO1 | 2 << 16),
            (TXBC, BUFFERS | 3 << 24), (TXEFC, EVENTS | 2 << 16),
        ):  # fmt: skip
            self.write(offset, value)
        self.write(CCCR, mode)

    def read(self, offset: int) -> int:
        return self.can.read(offset, 4)

    def write(self, offset: int, value: int) -> None:
        self.can.write(offset, value, 4)

    def send(self, first: int, *data: int, buffer: int = 0, second: int = 8 << 16) -> None:
        for n, word in enumerate((first, second, *data)):
            self.ram.write(BUFFERS + 16 * buffer + 4 * n, word, 4)
        self.write(TXBAR, 1 << buffer)

    def element(self, fifo: int, index: int = 0) -> list[int]:
        return [self.ram.read(fifo + 16 * index + 4 * n, 4) for n in range(4)]

    def level(self, status: int) -> int:
        return self.read(status) & 0x7F


# -- on and off the bus ---------------------------------------------------------------------------------------


def test_initialisation_is_left_and_entered_as_software_says() -> None:
    can = Fdcan()
    assert can.read(CCCR, 4) == INIT
    can.write(CCCR, INIT | CCE, 4)
    assert can.read(CCCR, 4) == INIT | CCE
    can.write(CCCR, CCE, 4)
    assert can.read(CCCR, 4) == 0


def test_clock_stop_is_acknowledged_both_ways() -> None:
    can = Fdcan()
    can.write(CCCR, CSR, 4)
    assert can.read(CCCR, 4) == CSR | CSA | INIT
    can.write(CCCR, INIT, 4)
    assert can.read(CCCR, 4) == INIT


def test_frame_that_nobody_acknowledges_stays_pending_until_it_is_cancelled() -> None:
    bus = Bus(mode=0)
    bus.send(0x123 << 18)
    assert (bus.read(TXBRP), bus.read(TXBTO), bus.level(RXF0S)) == (1, 0, 0)
    bus.write(TXBCR, 1)
    assert (bus.read(TXBRP), bus.read(TXBCF), bus.read(IR)) == (0, 1, TCF)


def test_pending_frame_is_sent_once_initialisation_is_over() -> None:
    bus = Bus()
    bus.write(CCCR, INIT | TEST_MODE)
    bus.send(0x123 << 18)
    assert bus.level(RXF0S) == 0
    bus.write(CCCR, TEST_MODE)
    assert bus.level(RXF0S) == 1


# -- loopback -------------------------------------------------------------------------------------------------


def test_frame_comes_back_into_the_fifo() -> None:
    bus = Bus()
    bus.write(TXBTIE, 1)
    bus.send(0x123 << 18, 0x03020100, 0x07060504)
    assert bus.element(FIFO0) == [0x123 << 18, 8 << 16 | 1 << 31, 0x03020100, 0x07060504]
    assert (bus.read(TXBRP), bus.read(TXBTO), bus.read(IR)) == (0, 1, RF0N | TC)
    bus.write(IR, RF0N)
    assert bus.read(IR) == TC


def test_fifo_counts_fills_and_loses() -> None:
    bus = Bus()
    for n, (level, flags) in enumerate([(1, RF0N), (2, RF0N | RF0F), (2, RF0L)]):
        bus.write(IR, 0xFFFFFFFF)
        bus.send(n << 18)
        assert (bus.level(RXF0S), bus.read(IR)) == (level, flags)
    bus.write(RXF0A, 0)
    assert bus.read(RXF0S) & 0x3FFF == 1 | 1 << 8
    bus.send(9 << 18)
    assert bus.element(FIFO0, 0)[0] == 9 << 18
    bus.write(RXF0A, 0)
    assert bus.level(RXF0S) == 0


@pytest.mark.parametrize(
    ("kind", "one", "two", "taken"),
    [
        (0, 0x100, 0x110, {0x100, 0x108, 0x110}),
        (1, 0x100, 0x110, {0x100, 0x110}),
        (2, 0x100, 0x7F7, {0x100, 0x108}),
        (3, 0x000, 0x7FF, set()),
    ],
    ids=["range", "two", "mask", "off"],
)
def test_standard_filter_takes_what_its_kind_says(kind: int, one: int, two: int, taken: set[int]) -> None:
    bus = Bus()
    bus.ram.write(FILTERS, kind << 30 | 2 << 27 | one << 16 | two, 4)
    bus.write(SIDFC, FILTERS | 1 << 16)
    bus.write(GFC, 3 << 4)
    found = set()
    for number in (0x0FF, 0x100, 0x108, 0x110, 0x111):
        bus.send(number << 18)
        if bus.level(RXF1S):
            found.add(number)
            bus.write(0xB8, bus.read(RXF1S) >> 8 & 0x3F)
    assert found == taken
    assert bus.level(RXF0S) == 0


def test_extended_range_names_its_filter_in_the_element() -> None:
    bus = Bus()
    bus.ram.write(EXTENDED + 8, 2 << 29 | 0x1111111, 4)
    bus.ram.write(EXTENDED + 12, 3 << 30 | 0x2222222, 4)
    bus.write(XIDFC, EXTENDED | 2 << 16)
    bus.write(GFC, 3 << 2)
    bus.send(XTD | 0x1111110)
    assert (bus.level(RXF0S), bus.level(RXF1S)) == (0, 0)
    bus.send(XTD | 0x1111112)
    assert bus.read(IR) & RF1N
    assert bus.element(FIFO1)[:2] == [XTD | 0x1111112, 8 << 16 | 1 << 24]


def test_frames_that_no_filter_names_go_where_the_global_filter_says() -> None:
    bus = Bus()
    bus.write(GFC, 1 << 4 | 3 << 2)
    bus.send(5 << 18)
    bus.send(XTD | 5)
    assert (bus.level(RXF0S), bus.level(RXF1S)) == (0, 1)


def test_remote_frames_can_be_refused() -> None:
    bus = Bus()
    bus.write(GFC, 1 << 1)
    bus.send(5 << 18 | RTR)
    assert bus.level(RXF0S) == 0


def test_transmit_fifo_goes_round() -> None:
    bus = Bus()
    seen = []
    for _ in range(4):
        status = bus.read(TXFQS)
        assert status & 0x3F == 3
        seen.append(status >> 16 & 0x1F)
        bus.send(1 << 18, buffer=seen[-1])
        bus.write(RXF0A, bus.read(RXF0S) >> 8 & 0x3F)
    assert seen == [0, 1, 2, 0]


def test_event_tells_which_frame_was_sent() -> None:
    bus = Bus()
    bus.send(0x123 << 18, second=8 << 16 | EFC | 0xAB << 24)
    assert bus.read(IR) & TEFN
    assert bus.level(TXEFS) == 1
    event = [bus.ram.read(EVENTS + 4 * n, 4) for n in range(2)]
    assert event == [0x123 << 18, 8 << 16 | 0xAB << 24 | 1 << 22]


@pytest.mark.parametrize(("select", "line"), [(0, "IT0"), (RF0N, "IT1")])
def test_each_flag_has_the_line_that_it_is_given(select: int, line: str) -> None:
    bus = Bus()
    bus.write(ILS, select)
    bus.write(ILE, 3)
    bus.send(1 << 18)
    assert not bus.can.level(line)
    bus.write(IE, RF0N)
    assert [bus.can.level(name) for name in ("IT0", "IT1")] == [line == "IT0", line == "IT1"]


def test_fifos_are_part_of_the_state() -> None:
    bus, other = Bus(), Fdcan()
    bus.send(1 << 18)
    other.from_state(bus.can.state())
    other.write(RXF0A, 0, 4)
    assert other.read(RXF0S, 4) & 0x7F == 0


# -- the message RAM ------------------------------------------------------------------------------------------


def test_message_ram_is_ten_kib_of_storage_for_accesses_of_any_width() -> None:
    ram = MessageRam()
    ram.write(0x27FC, 0x11223344, 4)
    ram.write(0x27FD, 0xAA, 1)
    ram.write(0x27FE, 0xBBCC, 2)
    assert [ram.read(0x27FC, 4), ram.read(0x27FD, 1), ram.read(0x27FE, 2)] == [0xBBCCAA44, 0xAA, 0xBBCC]
    assert ram.read(0x2800, 4) == 0


def test_message_ram_survives_a_reset_and_goes_on_in_the_state() -> None:
    ram, other = MessageRam(), MessageRam()
    ram.write(8, 7, 4)
    ram.reset()
    other.from_state(ram.state())
    assert other.read(8, 4) == 7
