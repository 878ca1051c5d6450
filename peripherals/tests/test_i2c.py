"""The I2C as master: an empty bus does not acknowledge, a slave does; polling, interrupts, DMA. Places as in CMSIS."""

from __future__ import annotations

import pytest
from virtual_time import Clockwork

from stm32mp1.i2c import I2c, Slave

CR1, CR2, TIMINGR, ISR, ICR, RXDR, TXDR = 0x00, 0x04, 0x10, 0x18, 0x1C, 0x24, 0x28
PE, TXIE, RXIE, NACKIE, STOPIE, TCIE, TXDMAEN, RXDMAEN = (1 << n for n in (0, 1, 2, 4, 5, 6, 14, 15))
RD, START, STOP, RELOAD, AUTOEND = (1 << n for n in (10, 13, 14, 24, 25))
TXE, TXIS, RXNE, NACKF, STOPF, TC, TCR, BUSY = (1 << n for n in (0, 1, 2, 4, 5, 6, 7, 15))
HZ = 100_000_000
BYTE = 9 * 10 * 10  # nine periods of 5 + 5 cycles of 10 ns


class Memory(Slave):
    """A slave with one register after another, as an EEPROM: the first byte written is where it reads and writes."""

    def __init__(self) -> None:
        self.cells = bytearray(b"0123456789")
        self.at: int | None = 0
        self.stops = 0

    def start(self, reads: bool) -> bool:
        if not reads:
            self.at = None
        return True

    def write(self, byte: int) -> bool:
        if self.at is None:
            self.at = byte
            return byte < len(self.cells)
        self.cells[self.at] = byte
        self.at += 1
        return True

    def read(self) -> int:
        assert self.at is not None
        self.at += 1
        return self.cells[self.at - 1]

    def stop(self) -> None:
        self.stops += 1


def bus(control: int = 0) -> tuple[Clockwork, Memory]:
    """A master that is on, and a memory at 0x50."""
    clockwork, memory = Clockwork(I2c(), HZ), Memory()
    clockwork.device.attach(0x50, memory)
    clockwork.write(TIMINGR, 4 << 8 | 4)
    clockwork.write(CR1, PE | control)
    return clockwork, memory


def go(clockwork: Clockwork, address: int, size: int, mode: int = AUTOEND) -> None:
    clockwork.write(CR2, address << 1 | size << 16 | mode | START)


# -- nobody there ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [AUTOEND, 0, RELOAD, AUTOEND | RD], ids=["autoend", "software", "reload", "read"])
def test_address_where_nobody_is_ends_with_nack_and_stop(mode: int) -> None:
    clockwork, _ = bus()
    go(clockwork, 0x33, 2, mode)
    clockwork.run(BYTE - 1)
    assert clockwork.read(ISR) == TXE | BUSY
    clockwork.run(1)
    assert clockwork.read(ISR) == TXE | NACKF | STOPF
    assert clockwork.read(CR2) & START == 0
    clockwork.write(ICR, NACKF)
    clockwork.write(ICR, STOPF)
    assert clockwork.read(ISR) == TXE


@pytest.mark.parametrize("enable", [NACKIE, STOPIE], ids=["NACKIE", "STOPIE"])
def test_both_are_events_that_interrupt(enable: int) -> None:
    clockwork, _ = bus(enable)
    go(clockwork, 0x33, 1)
    clockwork.run(10 * BYTE)
    assert clockwork.rises("EV") == [BYTE]
    assert clockwork.rises("ER") == []
    clockwork.write(ICR, NACKF | STOPF)
    assert not clockwork.device.level("EV")


def test_stop_asked_for_on_an_idle_bus_is_done_at_once() -> None:
    clockwork, _ = bus()
    clockwork.write(CR2, STOP)
    assert clockwork.read(ISR) == TXE | STOPF
    assert clockwork.read(CR2) & STOP == 0


# -- a slave --------------------------------------------------------------------------------------------------


def test_bytes_are_written_one_by_one_and_the_stop_follows() -> None:
    clockwork, memory = bus()
    go(clockwork, 0x50, 3)
    for byte in b"\x02AB":
        clockwork.run(BYTE)
        assert clockwork.read(ISR) & (TXIS | STOPF) == TXIS
        clockwork.write(TXDR, byte)
        assert clockwork.read(ISR) & TXIS == 0
    clockwork.run(BYTE)
    assert clockwork.read(ISR) == TXE | STOPF
    assert (bytes(memory.cells), memory.stops) == (b"01AB456789", 1)


def test_repeated_start_reads_from_where_the_write_pointed() -> None:
    clockwork, memory = bus()
    go(clockwork, 0x50, 1, 0)
    clockwork.run(BYTE)
    clockwork.device.write(TXDR, 7, 1)
    clockwork.run(BYTE)
    assert clockwork.read(ISR) & (TC | BUSY) == TC | BUSY
    assert memory.stops == 0
    go(clockwork, 0x50, 2, AUTOEND | RD)
    got = []
    clockwork.run(BYTE)
    assert clockwork.read(ISR) & RXNE == 0
    for _ in range(2):
        clockwork.run(BYTE)
        assert clockwork.read(ISR) & RXNE
        got.append(clockwork.device.read(RXDR, 1))
    assert bytes(got) == b"78"
    assert clockwork.read(ISR) == TXE | STOPF
    assert memory.stops == 1


def test_reload_asks_for_more_bytes() -> None:
    clockwork, memory = bus()
    go(clockwork, 0x50, 1, RELOAD)
    clockwork.run(BYTE)
    clockwork.write(TXDR, 0)
    clockwork.run(BYTE)
    assert clockwork.read(ISR) & (TCR | TC | TXIS) == TCR
    clockwork.write(CR2, 0x50 << 1 | 1 << 16 | AUTOEND)
    assert clockwork.read(ISR) & (TCR | TXIS) == TXIS
    clockwork.write(TXDR, ord("x"))
    clockwork.run(BYTE)
    assert clockwork.read(ISR) & STOPF
    assert memory.cells[0] == ord("x")


def test_byte_that_the_slave_refuses_is_a_nack() -> None:
    clockwork, _ = bus()
    go(clockwork, 0x50, 2)
    clockwork.run(BYTE)
    clockwork.write(TXDR, 200)
    clockwork.run(BYTE)
    assert clockwork.read(ISR) == TXE | NACKF | STOPF


def test_nobody_is_asked_for_no_bytes_as_a_probe_does() -> None:
    clockwork, _ = bus()
    go(clockwork, 0x50, 0)
    clockwork.run(BYTE)
    assert clockwork.read(ISR) == TXE | STOPF


@pytest.mark.parametrize(
    ("enable", "line", "mode"),
    [(TXIE, "EV", 0), (TXDMAEN, "TXDMA", 0), (RXIE, "EV", RD), (RXDMAEN, "RXDMA", RD)],
    ids=["TXIE", "TXDMAEN", "RXIE", "RXDMAEN"],
)
def test_byte_wanted_or_there_is_an_interrupt_or_a_request(enable: int, line: str, mode: int) -> None:
    clockwork, _ = bus(enable)
    go(clockwork, 0x50, 1, AUTOEND | mode)
    clockwork.run(BYTE * (2 if mode else 1))
    assert clockwork.device.level(line)
    if mode:
        clockwork.device.read(RXDR, 1)
    else:
        clockwork.device.write(TXDR, 0, 1)
    assert not clockwork.device.level(line)


@pytest.mark.parametrize("mode", [0, RELOAD], ids=["TC", "TCR"])
def test_transfer_complete_interrupts(mode: int) -> None:
    clockwork, _ = bus(TCIE)
    go(clockwork, 0x50, 0, mode)
    clockwork.run(BYTE)
    assert clockwork.device.level("EV")


def test_ten_bit_address_reaches_its_slave() -> None:
    clockwork, _ = bus()
    slave = Memory()
    clockwork.device.attach(0x2A5, slave)
    clockwork.write(CR2, 0x2A5 | 1 << 11 | AUTOEND | START)
    clockwork.run(BYTE)
    assert clockwork.read(ISR) == TXE | STOPF


def test_switching_off_abandons_the_transfer() -> None:
    clockwork, _ = bus()
    go(clockwork, 0x50, 1)
    clockwork.write(CR1, 0)
    clockwork.run(10 * BYTE)
    assert (clockwork.read(ISR), clockwork.read(CR2) & START) == (TXE, 0)


def test_bytes_take_the_time_that_timingr_asks_for() -> None:
    clockwork, _ = bus()
    clockwork.write(TIMINGR, 1 << 28 | 4 << 8 | 4)
    go(clockwork, 0x33, 1)
    clockwork.run(2 * BYTE - 1)
    assert clockwork.read(ISR) & NACKF == 0
    clockwork.run(1)
    assert clockwork.read(ISR) & NACKF


@pytest.mark.parametrize("address", [-1, 0x400])
def test_address_that_is_none(address: int) -> None:
    with pytest.raises(ValueError, match=rf"^an I2C address has 7 or 10 bits; {address} has not\.$"):
        I2c().attach(address, Memory())


def test_plain_slave_acknowledges_everything_and_reads_as_ones() -> None:
    clockwork, _ = bus()
    clockwork.device.attach(0x10, Slave())
    go(clockwork, 0x10, 1, 0)
    clockwork.run(BYTE)
    clockwork.write(TXDR, 1)
    clockwork.run(BYTE)
    go(clockwork, 0x10, 1, AUTOEND | RD)
    clockwork.run(2 * BYTE)
    assert clockwork.read(RXDR) == 0xFF
    assert clockwork.read(ISR) == TXE | STOPF


def test_transfer_goes_on_from_its_state() -> None:
    clockwork, memory = bus()
    go(clockwork, 0x50, 2)
    clockwork.run(BYTE)
    clockwork.write(TXDR, 1)
    other = Clockwork(I2c(), HZ)
    other.now = clockwork.now
    other.device.attach(0x50, memory)
    other.device.from_state(clockwork.device.state())
    other._wake = clockwork._wake  # the engine's queue is its own
    other.run(BYTE)
    assert other.read(ISR) & TXIS


def test_without_a_clock_a_transfer_begins_and_never_ends() -> None:
    clockwork, _ = bus()
    clockwork.hz = 0
    go(clockwork, 0x50, 1)
    clockwork.run(10**9)
    assert clockwork.read(ISR) == TXE | BUSY
    clockwork.hz = HZ
    clockwork.write(CR1, 0)
    clockwork.write(CR1, PE)
    go(clockwork, 0x51, 0)
    clockwork.run(BYTE)
    assert clockwork.read(ISR) == TXE | NACKF | STOPF


def test_bus_is_held_until_the_reload_names_more_bytes() -> None:
    clockwork, _ = bus()
    go(clockwork, 0x50, 1, RELOAD)
    clockwork.run(BYTE)
    clockwork.write(TXDR, 0)
    clockwork.run(BYTE)
    clockwork.write(CR2, 0x50 << 1 | AUTOEND)
    assert clockwork.read(ISR) & (TCR | TXIS | STOPF) == TCR
