"""The SPI as master: transfers end, for software that polls, takes interrupts or uses DMA. Places as in CMSIS."""

from __future__ import annotations

import pytest

from stm32mp1.spi import Spi

CR1, CR2, CFG1, CFG2, IER, SR, IFCR, TXDR, RXDR = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18, 0x20, 0x30
SPE, CSTART, CSUSP = 1 << 0, 1 << 9, 1 << 10
RXP, TXP, DXP, EOT, TXTF, SUSP, TXC, RXWNE = (1 << n for n in (0, 1, 2, 3, 4, 11, 12, 15))
MASTER, SEND_ONLY, RECEIVE_ONLY = 1 << 22, 1 << 17, 2 << 17
RXDMAEN, TXDMAEN = 1 << 14, 1 << 15


def master(size: int, bits: int = 8, mode: int = 0, cfg1: int = 0, started: bool = True) -> Spi:
    """A master in front of a transfer of `size` frames; what it sends comes back inverted."""
    spi = Spi()
    spi.on_exchange = lambda frame, bits: ~frame
    spi.write(CFG1, bits - 1 | cfg1, 4)
    spi.write(CFG2, MASTER | mode, 4)
    spi.write(CR2, size, 4)
    spi.write(CR1, SPE, 4)
    if started:
        spi.write(CR1, SPE | CSTART, 4)
    return spi


def test_status_after_reset() -> None:
    assert Spi().read(SR, 4) & (TXP | TXC) == TXP | TXC


def test_polling_master_sends_receives_and_ends() -> None:
    spi, got, sent = master(3), [], [0x11, 0x22, 0x33]
    for byte in sent:
        assert spi.read(SR, 4) & (TXP | EOT) == TXP
        spi.write(TXDR, byte, 1)
        assert spi.read(SR, 4) & RXP
        got.append(spi.read(RXDR, 1))
    assert got == [0xEE, 0xDD, 0xCC]
    assert spi.read(SR, 4) & (RXP | TXP | EOT | TXTF | TXC) == EOT | TXTF | TXC
    assert spi.read(CR1, 4) == SPE
    spi.write(IFCR, EOT | TXTF, 4)
    assert spi.read(SR, 4) & (EOT | TXTF) == 0


def test_nothing_moves_before_the_start() -> None:
    spi = master(2, started=False)
    spi.write(TXDR, 0x11, 1)
    spi.write(TXDR, 0x22, 1)
    assert spi.read(SR, 4) & (RXP | TXP | EOT | TXC) == 0
    spi.write(CR1, SPE | CSTART, 4)
    assert spi.read(SR, 4) & (RXP | EOT | TXC) == RXP | EOT | TXC


def test_nobody_at_the_other_end_reads_as_ones() -> None:
    spi = master(1, bits=16)
    spi.on_exchange = None
    spi.write(TXDR, 0, 2)
    assert spi.read(RXDR, 2) == 0xFFFF


def test_access_may_hold_several_frames() -> None:
    spi = master(4)
    spi.write(TXDR, 0x44332211, 4)
    assert spi.read(SR, 4) & (RXWNE | EOT) == RXWNE | EOT
    assert spi.read(RXDR, 4) == 0xBBCCDDEE


@pytest.mark.parametrize("bits", [4, 8, 13, 16, 24, 32])
def test_frame_has_its_bits(bits: int) -> None:
    spi = master(1, bits=bits)
    width = 1 if bits <= 8 else 2 if bits <= 16 else 4
    spi.write(TXDR, 0, width)
    assert spi.read(RXDR, width) == (1 << bits) - 1


def test_receive_only_master_clocks_by_itself_and_stops_when_the_fifo_is_full() -> None:
    spi = master(20, mode=RECEIVE_ONLY)
    got = [spi.read(RXDR, 1) for _ in range(4)]
    assert spi.read(SR, 4) & (RXP | EOT) == RXP | EOT
    got += [spi.read(RXDR, 1) for _ in range(16)]
    assert got == [0xFF] * 20
    assert spi.read(SR, 4) & RXP == 0


def test_send_only_master_receives_nothing() -> None:
    spi = master(2, mode=SEND_ONLY)
    spi.write(TXDR, 1, 1)
    spi.write(TXDR, 2, 1)
    assert spi.read(SR, 4) & (RXP | EOT) == EOT


def test_transfer_without_size_has_no_end() -> None:
    spi = master(0)
    for _ in range(40):
        spi.write(TXDR, 1, 1)
        spi.read(RXDR, 1)
    assert spi.read(SR, 4) & (TXP | EOT) == TXP


def test_suspending_ends_the_transfer_as_aborts_need() -> None:
    spi = master(0)
    spi.write(CR1, SPE | CSTART | CSUSP, 4)
    assert (spi.read(CR1, 4), spi.read(SR, 4) & SUSP) == (SPE, SUSP)
    spi.write(IFCR, SUSP, 4)
    assert spi.read(SR, 4) & SUSP == 0


def test_switching_off_empties_the_fifos() -> None:
    spi = master(2)
    spi.write(TXDR, 1, 1)
    spi.write(CR1, 0, 4)
    assert spi.read(SR, 4) & (RXP | EOT) == 0


def test_packet_is_flagged_once_it_is_complete() -> None:
    spi = master(4, cfg1=1 << 5)
    spi.write(TXDR, 1, 1)
    assert spi.read(SR, 4) & RXP == 0
    spi.write(TXDR, 2, 1)
    assert spi.read(SR, 4) & RXP


@pytest.mark.parametrize("flag", [RXP, TXP, DXP, EOT], ids=["RXPIE", "TXPIE", "DXPIE", "EOTIE"])
def test_interrupt_of_each_flag(flag: int) -> None:
    spi = master(2)
    spi.write(IER, flag, 4)
    assert spi.level("IRQ") == (flag == TXP)
    spi.write(TXDR, 1, 1)
    assert spi.level("IRQ") == (flag != EOT)
    spi.write(TXDR, 1, 1)
    assert spi.level("IRQ") == (flag in (RXP, EOT))


def test_dma_is_asked_for_while_there_is_room_and_data() -> None:
    spi = master(1, cfg1=RXDMAEN | TXDMAEN)
    assert (spi.level("TXDMA"), spi.level("RXDMA")) == (True, False)
    spi.write(TXDR, 1, 1)
    assert (spi.level("TXDMA"), spi.level("RXDMA")) == (False, True)
    spi.read(RXDR, 1)
    assert not spi.level("RXDMA")


def test_slave_waits_for_a_master() -> None:
    spi = master(1)
    spi.write(CR1, 0, 4)
    spi.write(CFG2, 0, 4)
    spi.write(CR1, SPE, 4)
    spi.write(TXDR, 1, 1)
    assert spi.read(SR, 4) & (RXP | EOT) == 0


def test_frames_are_part_of_the_state() -> None:
    spi, other = master(2), Spi()
    spi.write(TXDR, 1, 1)
    other.from_state(spi.state())
    assert other.read(RXDR, 1) == 0xFE
    other.write(TXDR, 1, 1)
    assert other.read(SR, 4) & EOT


def test_switching_off_forgets_the_end_of_the_transfer() -> None:
    spi = master(1)
    spi.write(TXDR, 0x11, 1)
    assert spi.read(SR, 4) & (EOT | TXTF) == EOT | TXTF
    spi.write(CR1, 0, 4)
    assert spi.read(SR, 4) & (EOT | TXTF) == 0


def test_other_end_sees_no_bits_beyond_the_frame() -> None:
    spi, seen = master(1, bits=5), []
    spi.on_exchange = lambda frame, bits: seen.append((frame, bits)) or 0  # type: ignore[func-returns-value]
    spi.write(TXDR, 0xFF, 1)
    assert seen == [(0x1F, 5)]
