"""An IPCC that is accessed or asked from inside its own reports, and what exactly its reports are.

Which flags and lines a write moves is for the other tests; here somebody acts while the write is still under way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from stm32mp1.device import Device
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import C1CR, C1MR, C1SCR, C1TOC2SR, C2CR, C2MR, C2SCR, C2TOC1SR

Listen: TypeAlias = Callable[[Device], list[tuple[object, ...]]]

BOTH = 0x00010001
RX_OF_CHANNEL_1, TX_OF_CHANNEL_1 = 0xFFFFFFFE, 0xFFFEFFFF


def test_access_from_inside_the_report_of_a_flag_is_not_lost() -> None:
    """The receiver frees the channel as soon as it hears of the signal, and masks it."""
    ipcc = Ipcc()
    ipcc.write(C2MR, RX_OF_CHANNEL_1, 4)
    ipcc.write(C2CR, BOTH, 4)
    heard: list[tuple[object, ...]] = []

    def answer(kind: str, subject: str, before: int, after: int) -> None:
        heard.append((subject, before, after))
        if after:
            ipcc.write(C2SCR, 0x00000001, 4)
            ipcc.write(C2MR, 0xFFFFFFFF, 4)

    ipcc.on_event = answer
    ipcc.on_line = lambda line, level: heard.append((line, level))
    ipcc.write(C1SCR, 0x00010000, 4)
    assert ipcc.read(C1TOC2SR, 4) == 0
    assert ipcc.read(C2MR, 4) == 0xFFFFFFFF
    assert heard == [("C1TOC2SR.CH1F", 0, 1), ("C1TOC2SR.CH1F", 1, 0)]


def test_every_level_is_the_present_one_inside_a_report() -> None:
    """One write raises RX0 and TX0: who hears of RX0 first can ask for TX0, and for the event behind RX0."""
    ipcc = Ipcc()
    ipcc.write(C1MR, RX_OF_CHANNEL_1 & TX_OF_CHANNEL_1, 4)
    ipcc.write(C2SCR, 0x00010000, 4)
    found: list[tuple[str, list[bool]]] = []
    asked = ("RX0", "TX0", "RX1", "TX1", "EXTI61")
    ipcc.on_line = lambda line, level: found.append((line, [ipcc.level(name) for name in asked]))
    ipcc.write(C1CR, BOTH, 4)
    high = [True, True, False, False, True]
    assert found == [("RX0", high), ("TX0", high)]


def test_every_level_is_the_present_one_inside_the_report_of_a_flag() -> None:
    ipcc = Ipcc()
    ipcc.write(C2MR, RX_OF_CHANNEL_1, 4)
    ipcc.write(C2CR, BOTH, 4)
    found: list[bool] = []
    ipcc.on_event = lambda *_: found.append(ipcc.level("RX1"))
    ipcc.on_line = lambda line, level: None
    ipcc.write(C1SCR, 0x00010000, 4)
    assert found == [True]


def test_levels_are_booleans_and_flags_are_numbers(listen: Listen) -> None:
    """A trace in JSON tells true from 1."""
    ipcc = Ipcc()
    heard = listen(ipcc)
    ipcc.write(C2MR, RX_OF_CHANNEL_1, 4)
    ipcc.write(C2CR, BOTH, 4)
    ipcc.write(C1SCR, 0x00010000, 4)
    ipcc.reset()
    assert [tuple(type(part) for part in event[2:]) for event in heard] == [(int, int), (bool,), (int, int), (bool,)]
    assert all(type(ipcc.level(line)) is bool for line in ipcc.LINES)


def test_word_that_is_read_is_a_number() -> None:
    ipcc = Ipcc()
    assert all(type(ipcc.read(offset, width)) is int for offset in range(0x404) for width in (1, 2, 4))


def test_earlier_state_does_not_follow_the_device() -> None:
    ipcc = Ipcc()
    earlier = ipcc.state()
    kept = dict(earlier)
    ipcc.write(C1SCR, 0x003F0000, 4)
    ipcc.write(C2CR, BOTH, 4)
    later = ipcc.state()
    assert earlier == kept
    ipcc.reset()
    assert ipcc.state() == earlier != later


def test_device_does_not_follow_the_state_that_it_went_on_from() -> None:
    ipcc = Ipcc()
    state = ipcc.state()
    ipcc.from_state(state)
    state["C1TOC2SR"] = 0x3F
    state["C1CR"] = BOTH
    assert ipcc.read(C1TOC2SR, 4) == 0
    assert ipcc.read(C1CR, 4) == 0
    ipcc.write(C2SCR, 0x003F0000, 4)
    assert state["C2TOC1SR"] == 0
    assert ipcc.read(C2TOC1SR, 4) == 0x3F


def test_two_devices_share_nothing(listen: Listen) -> None:
    first, second = Ipcc(), Ipcc()
    heard = listen(second)
    first.write(C1SCR, 0x003F0000, 4)
    first.write(C1CR, BOTH, 4)
    first.write(C1MR, 0xFFC0FFC0, 4)
    first.stopped = "with the clock off"
    assert second.state() == Ipcc().state()
    assert second.read(0x3F0, 4) == 6
    assert heard == []
