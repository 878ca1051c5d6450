"""The serial port: bytes out as they are written, bytes in as they are read, and one interrupt line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stm32mp1.device import Device
from stm32mp1.usart import Usart

Listen = Callable[[Device], list[tuple[object, ...]]]

CR1, CR2, CR3, RQR, ISR, ICR, RDR, TDR = 0x00, 0x04, 0x08, 0x18, 0x1C, 0x20, 0x24, 0x28
UE, RE, TE = 1 << 0, 1 << 2, 1 << 3
RXNE, TC, TXE = 1 << 5, 1 << 6, 1 << 7  # in ISR; their interrupt enables have the same places in CR1
IDLE = 0x006000C0
IDLE_FLAG, FIFOEN = 1 << 4, 1 << 29


def on(interrupts: int = 0) -> Usart:
    """A port that is switched on."""
    usart = Usart()
    usart.write(CR1, UE | RE | TE | interrupts, 4)
    return usart


def test_idle_port_is_ready_in_both_directions() -> None:
    assert on().read(ISR, 4) == IDLE


def test_transmitter_and_receiver_are_ready_only_while_on() -> None:
    usart = Usart()
    assert usart.read(ISR, 4) == 0x000000C0
    usart.write(CR1, UE | TE, 4)
    assert usart.read(ISR, 4) == 0x002000C0
    usart.write(CR1, UE | RE, 4)
    assert usart.read(ISR, 4) == 0x004000C0
    usart.write(CR1, RE | TE, 4)
    assert usart.read(ISR, 4) == 0x000000C0


# -- sending --------------------------------------------------------------------------------------------------


def test_each_byte_written_is_sent() -> None:
    sent: list[int] = []
    usart = on()
    usart.on_tx = sent.append
    for byte in b"ok\n":
        usart.write(TDR, byte, 4)
    assert bytes(sent) == b"ok\n"
    assert usart.read(ISR, 4) == IDLE


def test_ninth_bit_is_not_sent() -> None:
    sent: list[int] = []
    usart = on()
    usart.on_tx = sent.append
    usart.write(TDR, 0x141, 4)
    assert sent == [0x41]


@pytest.mark.parametrize("control", [0, UE, TE, UE | RE])
def test_port_that_is_off_sends_nothing(control: int) -> None:
    sent: list[int] = []
    usart = Usart()
    usart.on_tx = sent.append
    usart.write(CR1, control, 4)
    usart.write(TDR, 0x41, 4)
    assert sent == []


def test_byte_to_nobody_is_sent_all_the_same() -> None:
    usart = on()
    usart.write(TDR, 0x41, 4)
    assert usart.read(ISR, 4) == IDLE


def test_tdr_reads_zero() -> None:
    usart = on()
    usart.write(TDR, 0x41, 4)
    assert usart.read(TDR, 4) == 0


def test_transmission_complete_is_cleared_by_software_and_set_by_the_next_byte() -> None:
    usart = on()
    usart.write(ICR, TC, 4)
    assert usart.read(ISR, 4) == IDLE & ~TC
    usart.write(TDR, 0x41, 4)
    assert usart.read(ISR, 4) == IDLE


# -- receiving ------------------------------------------------------------------------------------------------


def test_received_bytes_are_read_in_order_and_none_is_lost() -> None:
    usart = on()
    usart.receive(b"abc")
    read = b""
    while usart.read(ISR, 4) & RXNE:
        read += bytes([usart.read(RDR, 4)])
    assert read == b"abc"


def test_reading_with_nothing_received_repeats_the_last_byte() -> None:
    usart = on()
    usart.receive(b"a")
    assert [usart.read(RDR, 4), usart.read(RDR, 4)] == [0x61, 0x61]


def test_bytes_wait_for_the_receiver() -> None:
    usart = Usart()
    usart.receive(b"a")
    assert usart.read(ISR, 4) & RXNE == 0
    usart.write(CR1, UE | RE, 4)
    assert usart.read(ISR, 4) & RXNE
    assert usart.read(RDR, 4) == 0x61


@pytest.mark.parametrize(("register", "enable"), [(CR1, 5), (CR1, 31), (CR3, 6), (CR3, 28)])
def test_software_asks_for_bytes_by_interrupt_or_dma_once_the_receiver_is_on(register: int, enable: int) -> None:
    usart = Usart()
    usart.write(register, 1 << enable, 4)
    assert not usart.asking
    usart.write(CR1, UE | RE, 4)
    assert usart.asking == (register == CR3)
    usart.write(CR1, UE | RE | (1 << enable if register == CR1 else 0), 4)
    assert usart.asking


def test_flush_request_drops_the_received_byte() -> None:
    usart = on()
    usart.receive(b"a")
    usart.write(RQR, 1 << 3, 4)
    assert usart.read(ISR, 4) & RXNE == 0


def test_refused_read_takes_no_byte() -> None:
    usart = on()
    usart.receive(b"ab")
    usart.read(RDR + 1, 1)
    assert usart.read(RDR, 4) == 0x61


@pytest.mark.parametrize("width", [1, 2, 4])
def test_data_moves_in_accesses_of_any_width_as_dma_uses_them(width: int) -> None:
    sent: list[int] = []
    usart = on()
    usart.on_tx = sent.append
    usart.receive(b"a")
    usart.write(TDR, usart.read(RDR, width), width)
    assert bytes(sent) == b"a"


def test_line_is_idle_once_the_last_byte_has_been_read() -> None:
    usart = on(IDLE_FLAG)
    usart.receive(b"ab")
    usart.read(RDR, 4)
    assert not usart.level("IRQ")
    usart.read(RDR, 4)
    assert usart.level("IRQ")
    usart.write(ICR, IDLE_FLAG, 4)
    assert usart.read(ISR, 4) == IDLE
    assert not usart.level("IRQ")


def test_receiver_timeout_comes_only_where_it_is_on() -> None:
    usart = on(1 << 26)
    usart.receive(b"a")
    usart.read(RDR, 4)
    assert not usart.level("IRQ")
    usart.write(CR2, 1 << 23, 4)
    usart.receive(b"b")
    usart.read(RDR, 4)
    assert usart.level("IRQ")
    assert usart.read(ISR, 4) & 1 << 11
    usart.write(ICR, 1 << 11, 4)
    assert not usart.level("IRQ")


def test_bytes_below_the_threshold_are_told_of_by_the_receiver_timeout() -> None:
    """Linux's stm32-usart.c waits for the eighth byte or for the timeout: one key at a console is the latter."""
    usart = on(FIFOEN | 1 << 26)
    usart.write(CR3, 2 << 25 | 1 << 28, 4)
    usart.receive(b"a")
    assert not usart.level("IRQ"), "no timeout is on"
    usart.write(CR2, 1 << 23, 4)
    assert usart.level("IRQ")
    assert usart.read(ISR, 4) & 1 << 11
    usart.write(ICR, 1 << 11, 4)
    usart.read(RDR, 4)
    usart.write(ICR, 1 << 11, 4)
    assert not usart.level("IRQ")


def test_receiver_timeout_tells_once_of_bytes_below_the_threshold() -> None:
    """Firmware that clears the flag and reads later, in a task, is not interrupted again until more comes."""
    usart = on(FIFOEN | 1 << 26)
    usart.write(CR2, 1 << 23, 4)
    usart.write(CR3, 2 << 25 | 1 << 28, 4)
    usart.receive(b"abc")
    assert usart.level("IRQ")
    usart.write(ICR, 1 << 11, 4)
    usart.read(RDR, 4)
    assert not usart.level("IRQ")
    usart.receive(b"d")
    assert usart.level("IRQ")
    usart.write(ICR, 1 << 11, 4)
    other = Usart()
    other.from_state(usart.state())
    assert not other.level("IRQ")
    usart.receive(b"efghij")
    assert usart.level("IRQ"), "the threshold is reached"
    usart.read(RDR, 4)
    usart.read(RDR, 4)
    assert usart.read(ISR, 4) & 1 << 11, "seven are left"


def test_chosen_character_interrupts_when_it_is_read() -> None:
    usart = on(1 << 14)
    usart.write(CR2, ord("\n") << 24, 4)
    usart.receive(b"a\n")
    usart.read(RDR, 4)
    assert not usart.level("IRQ")
    usart.read(RDR, 4)
    assert usart.read(ISR, 4) & 1 << 17
    assert usart.level("IRQ")


# -- FIFO and DMA ---------------------------------------------------------------------------------------------


def test_fifo_flags_show_only_in_fifo_mode() -> None:
    usart = on()
    usart.receive(bytes(16))
    assert usart.read(ISR, 4) >> 23 == 0
    usart.write(CR1, UE | RE | TE | FIFOEN, 4)
    assert usart.read(ISR, 4) >> 23 == 0b11011  # TXFT, RXFT, RXFF, TXFE


@pytest.mark.parametrize(("selection", "count"), [(0, 2), (1, 4), (2, 8), (3, 12), (4, 14), (5, 16)])
def test_receive_threshold_is_a_share_of_sixteen(selection: int, count: int) -> None:
    usart = on(FIFOEN)
    usart.write(CR3, selection << 25 | 1 << 28, 4)
    usart.receive(bytes(count - 1))
    assert not usart.level("IRQ")
    usart.receive(b"x")
    assert usart.level("IRQ")


@pytest.mark.parametrize(("register", "enable"), [(CR1, 1 << 30), (CR3, 1 << 23)], ids=["TXFEIE", "TXFTIE"])
def test_empty_transmit_fifo_interrupts_if_asked_to(register: int, enable: int) -> None:
    usart = on(FIFOEN)
    usart.write(register, enable | (UE | TE | FIFOEN if register == CR1 else 0), 4)
    assert usart.level("IRQ")


def test_dma_is_asked_for_while_a_byte_waits_and_while_one_may_be_sent(listen: Listen) -> None:
    usart = on()
    heard = listen(usart)
    usart.write(CR3, 1 << 7, 4)
    usart.write(CR3, 1 << 6, 4)
    usart.receive(b"a")
    usart.read(RDR, 1)
    assert heard == [
        ("line", "TXDMA", True),
        ("line", "TXDMA", False),
        ("line", "RXDMA", True),
        ("line", "RXDMA", False),
    ]


# -- the interrupt line ---------------------------------------------------------------------------------------


def test_line_is_high_while_a_received_byte_waits(listen: Listen) -> None:
    usart = on(RXNE)
    heard = listen(usart)
    usart.receive(b"ab")
    assert heard == [("line", "IRQ", True)]
    usart.read(RDR, 4)
    assert usart.level("IRQ")
    usart.read(RDR, 4)
    assert heard == [("line", "IRQ", True), ("line", "IRQ", False)]


@pytest.mark.parametrize("enable", [TC, TXE], ids=["TCIE", "TXEIE"])
def test_line_is_high_while_the_port_could_send(enable: int, listen: Listen) -> None:
    usart = on()
    heard = listen(usart)
    usart.write(CR1, UE | TE | enable, 4)
    usart.write(CR1, UE | TE, 4)
    assert heard == [("line", "IRQ", True), ("line", "IRQ", False)]


def test_clearing_transmission_complete_lowers_the_line(listen: Listen) -> None:
    usart = on(TC)
    heard = listen(usart)
    usart.write(ICR, TC, 4)
    assert heard == [("line", "IRQ", False)]


@pytest.mark.parametrize("control", [UE | RE, RE | TE | RXNE | TC | TXE], ids=["not_enabled", "port_off"])
def test_no_interrupt_without_its_enable(control: int, listen: Listen) -> None:
    usart = Usart()
    heard = listen(usart)
    usart.write(CR1, control, 4)
    usart.receive(b"a")
    assert heard == []


# -- state ----------------------------------------------------------------------------------------------------


def test_bytes_not_yet_read_are_part_of_the_state() -> None:
    usart, other = on(RXNE), Usart()
    usart.receive(b"ab")
    usart.read(RDR, 4)
    other.from_state(usart.state())
    assert other.level("IRQ")
    assert other.read(RDR, 4) == 0x62
    assert not other.level("IRQ")


def test_stopped_receiver_keeps_the_byte_that_nobody_could_read() -> None:
    usart = on()
    usart.receive(b"a")
    usart.stopped = "with the clock off"
    assert usart.read(RDR, 4) == 0
    usart.stopped = ""
    assert usart.read(RDR, 4) == ord("a")


def test_reset_forgets_bytes_not_yet_read() -> None:
    usart = on()
    usart.receive(b"ab")
    usart.reset()
    usart.write(CR1, UE | RE | TE, 4)
    assert usart.read(ISR, 4) == IDLE


@pytest.mark.parametrize("received", [None, "ab", [256], [-1], ["a"], [True], [1.0]])
def test_wrong_state_of_received_bytes(received: object) -> None:
    usart = on()
    usart.receive(b"a")
    before = usart.state()
    with pytest.raises(ValueError, match=r"^USART\.received cannot hold "):
        usart.from_state({**before, "received": received})
    assert usart.state() == before


def test_wrong_state_of_a_register_leaves_the_received_bytes() -> None:
    usart = on()
    usart.receive(b"a")
    before = usart.state()
    with pytest.raises(ValueError, match=r"^USART\.RDR cannot hold 512\.$"):
        usart.from_state({**before, "received": [], "RDR": 0x200})
    assert usart.state() == before


def test_flush_request_empties_the_whole_fifo() -> None:
    usart = on(FIFOEN)
    usart.receive(b"0123456789abcdefg")
    usart.write(RQR, 1 << 3, 4)
    assert usart.read(RDR, 4) == ord("g"), "the seventeenth was still outside"


def test_transmitter_that_is_off_asks_for_no_dma() -> None:
    usart = Usart()
    usart.write(CR1, UE | RE, 4)
    usart.write(CR3, 1 << 7, 4)
    assert not usart.level("TXDMA")
