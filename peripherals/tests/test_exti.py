"""The EXTI: edges stay pending until software clears them, and each processor hears of the lines it has unmasked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stm32mp1.device import Device
from stm32mp1.exti import Exti

Listen = Callable[[Device], list[tuple[object, ...]]]

RTSR1, FTSR1, SWIER1, RPR1, FPR1, EXTICR1 = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x60
RTSR3, RPR3, SWIER3 = 0x40, 0x4C, 0x48
C1IMR3, C2IMR1, C2IMR2, C2IMR3 = 0xA0, 0xC0, 0xD0, 0xE0
A14, G14, Z3 = 96 + 14, 96 + 16 * 6 + 14, 96 + 16 * 11 + 3
LINE14 = 1 << 14


def exti(**words: int) -> Exti:
    """One on which all is masked but what `words` says."""
    device = Exti()
    for offset in (C2IMR1, C2IMR2, C2IMR3, 0x80, 0x90, 0xA0):
        device.write(offset, 0, 4)
    for name, word in words.items():
        register = Exti.TABLE.named(name)
        assert register is not None
        device.write(register.offset, word, 4)
    return device


@pytest.mark.parametrize(
    ("rising", "falling", "pending"),
    [(0, 0, (0, 0)), (1, 0, (LINE14, 0)), (0, 1, (0, LINE14)), (1, 1, (LINE14, LINE14))],
)
def test_edge_pends_if_its_trigger_is_on(rising: int, falling: int, pending: tuple[int, int]) -> None:
    device = exti(RTSR1=rising * LINE14, FTSR1=falling * LINE14)
    device.input(A14, True)
    device.input(A14, False)
    assert (device.read(RPR1, 4), device.read(FPR1, 4)) == pending


def test_level_without_an_edge_pends_nothing() -> None:
    device = exti(RTSR1=LINE14)
    device.input(A14, True)
    device.write(RPR1, LINE14, 4)
    device.input(A14, True)
    assert device.read(RPR1, 4) == 0


def test_pending_edge_interrupts_until_it_is_cleared(listen: Listen) -> None:
    device = exti(FTSR1=LINE14, C2IMR1=LINE14)
    heard = listen(device)
    device.input(A14, True)
    device.input(A14, False)
    device.input(A14, True)
    assert heard == [("line", "C2_14", True)]
    device.write(RPR1, LINE14, 4)
    assert device.level("C2_14")
    device.write(FPR1, LINE14, 4)
    assert heard == [("line", "C2_14", True), ("line", "C2_14", False)]


def test_masked_edge_pends_and_interrupts_once_it_is_unmasked(listen: Listen) -> None:
    device = exti(RTSR1=LINE14)
    heard = listen(device)
    device.input(A14, True)
    assert heard == []
    device.write(C2IMR1, LINE14, 4)
    assert heard == [("line", "C2_14", True)]


def test_mask_of_processor_1_is_nothing_to_processor_2(listen: Listen) -> None:
    device = exti(RTSR1=LINE14, C1IMR1=LINE14)
    heard = listen(device)
    device.input(A14, True)
    assert heard == []


def test_bank_is_the_one_that_exticr_selects() -> None:
    device = exti(RTSR1=LINE14, EXTICR4=0x00060000)
    device.input(A14, True)
    assert device.read(RPR1, 4) == 0
    device.input(G14, True)
    assert device.read(RPR1, 4) == LINE14


def test_pin_of_another_bank_is_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    device = exti(RTSR1=LINE14)
    looks: list[int] = []
    monkeypatch.setattr(device, "_settle", lambda: looks.append(1))
    device.input(G14, True)
    assert looks == []
    device.input(A14, True)
    assert looks == [1]


def test_last_bank_is_z() -> None:
    device = exti(RTSR1=1 << 3, EXTICR1=0x0B000000)
    device.input(Z3, True)
    assert device.read(RPR1, 4) == 1 << 3


def test_bank_that_there_is_not_is_low() -> None:
    device = exti(RTSR1=LINE14, FTSR1=LINE14)
    device.input(A14, True)
    device.write(EXTICR1 + 12, 0x000C0000, 4)
    assert device.read(FPR1, 4) == LINE14
    device.write(EXTICR1 + 12, 0x00FF0000, 4)
    device.input(A14, False)
    assert (device.read(RPR1, 4), device.read(FPR1, 4)) == (LINE14, LINE14)


def test_line_follows_when_another_bank_is_selected() -> None:
    device = exti(RTSR1=LINE14, FTSR1=LINE14)
    device.input(G14, True)
    device.write(EXTICR1 + 12, 0x00060000, 4)
    assert (device.read(RPR1, 4), device.read(FPR1, 4)) == (LINE14, 0)
    device.write(EXTICR1 + 12, 0x00050000, 4)
    assert device.read(FPR1, 4) == LINE14


def test_software_pends_a_line_without_a_trigger(listen: Listen) -> None:
    device = exti(C2IMR1=1)
    heard = listen(device)
    device.write(SWIER1, 1, 4)
    assert (device.read(SWIER1, 4), device.read(RPR1, 4)) == (0, 1)
    assert heard == [("line", "C2_0", True)]


def test_direct_line_has_no_trigger_and_no_pending_bit() -> None:
    device = exti()
    for offset in (0x20, 0x24, 0x28, 0x2C, 0x30, RTSR3):
        device.write(offset, 0xFFFFFFFF, 4)
    device.input(62, True)
    device.input(62, False)
    assert [device.read(offset, 4) for offset in (0x20, 0x24, 0x2C, 0x30, RPR3)] == [0] * 5
    assert device.read(RTSR3, 4) == 1 << 1 | 1 << 2 | 1 << 4 | 1 << 9  # SEV of both, WWDG1, SYSRESETREQ


@pytest.mark.parametrize("mask", [C2IMR2, 0x90], ids=["unmasked_for_2", "unmasked_for_1"])
def test_direct_line_wakes_by_its_level(mask: int) -> None:
    device = exti()
    device.input(62, True)
    assert not device.wakes_c2()
    device.write(mask, 1 << 30, 4)
    assert device.wakes_c2() == (mask == C2IMR2)
    device.input(62, False)
    assert not device.wakes_c2()


def test_pending_edge_wakes_and_the_level_of_its_pin_does_not() -> None:
    device = exti(RTSR1=LINE14, C2IMR1=LINE14)
    device.input(A14, True)
    assert device.wakes_c2()
    device.write(RPR1, LINE14, 4)
    assert not device.wakes_c2()


def test_reset_of_the_m4_by_its_watchdog_is_an_interrupt_of_processor_1(listen: Listen) -> None:
    device = exti(RTSR3=1 << 4, C1IMR3=1 << 4)
    heard = listen(device)
    device.input(68, True)
    device.input(68, False)
    assert heard == [("line", "C1_68", True)]


def test_state_holds_what_is_driven_into_the_device() -> None:
    device = exti(EXTICR4=0x00060000)
    device.input(G14, True)
    other = Exti()
    other.from_state(device.state())
    other.write(FTSR1, LINE14, 4)
    other.input(G14, False)
    assert other.read(FPR1, 4) == LINE14
