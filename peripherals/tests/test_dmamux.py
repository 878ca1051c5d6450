"""The DMAMUX: a request reaches the stream whose channel names its number, and no other."""

from __future__ import annotations

from collections.abc import Callable

from stm32mp1.device import Device
from stm32mp1.dmamux import Dmamux

Listen = Callable[[Device], list[tuple[object, ...]]]

USART3_RX, USART3_TX = 45, 46  # as in ST's headers


def test_request_reaches_the_channel_that_names_it(listen: Listen) -> None:
    mux = Dmamux()
    mux.write(4 * 9, USART3_TX, 4)
    heard = listen(mux)
    mux.input(USART3_RX, True)
    mux.input(USART3_TX, True)
    mux.input(USART3_TX, False)
    assert heard == [("line", "REQ9", True), ("line", "REQ9", False)]


def test_channel_that_is_given_to_a_peripheral_that_asks_shows_it_at_once(listen: Listen) -> None:
    mux = Dmamux()
    mux.input(USART3_TX, True)
    heard = listen(mux)
    mux.write(0, USART3_TX, 4)
    mux.write(0, 0, 4)
    assert heard == [("line", "REQ0", True), ("line", "REQ0", False)]


def test_number_zero_is_no_request() -> None:
    mux = Dmamux()
    assert not any(mux.level(f"REQ{n}") for n in range(16))


def test_sixteen_channels_and_eight_generators_are_stored() -> None:
    mux = Dmamux()
    for offset in [*range(0, 0x40, 4), *range(0x100, 0x120, 4)]:
        mux.write(offset, 0x00010000, 4)
        assert mux.read(offset, 4) == 0x00010000


def test_requests_are_part_of_the_state() -> None:
    mux, other = Dmamux(), Dmamux()
    mux.input(USART3_TX, True)
    other.from_state(mux.state())
    other.write(0, USART3_TX, 4)
    assert other.level("REQ0")


def test_numbers_beyond_the_requests_name_none() -> None:
    mux = Dmamux()
    mux.write(0, 0x80 | USART3_TX, 4)
    mux.input(USART3_TX, True)
    assert not mux.level("REQ0")
