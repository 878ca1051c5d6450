"""What the RCC knows of resets: their causes, the watchdogs' lines, blocks put into reset, and what outlives them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stm32mp1.device import Device
from stm32mp1.rcc import Rcc

Listen = Callable[[Device], list[tuple[object, ...]]]

BDCR, MP_GRSTCSETR, MP_RSTSCLRR, MP_SREQSETR = 0x140, 0x404, 0x408, 0x104
MC_RSTSCLRR, MC_CIER, MC_CIFR = 0xC00, 0xC14, 0xC18
MCURSTF, MPSYSRSTF, IWDG1RSTF, IWDG2RSTF, WWDG1RSTF = 1 << 5, 1 << 6, 1 << 8, 1 << 9, 1 << 10
WKUP = 1 << 20


def with_no_cause() -> Rcc:
    rcc = Rcc()
    rcc.write(MC_RSTSCLRR, 0x7FF, 4)
    assert rcc.read(MC_RSTSCLRR, 4) == 0
    return rcc


def test_reset_of_the_m4_is_noted_for_the_m4_only() -> None:
    rcc = with_no_cause()
    rcc.write(MP_GRSTCSETR, 0x2, 4)
    assert (rcc.read(MC_RSTSCLRR, 4), rcc.read(MP_RSTSCLRR, 4)) == (MCURSTF, 0)


def test_reset_of_the_system_is_noted_for_both() -> None:
    rcc = with_no_cause()
    rcc.write(MP_GRSTCSETR, 0x1, 4)
    assert (rcc.read(MC_RSTSCLRR, 4), rcc.read(MP_RSTSCLRR, 4)) == (MPSYSRSTF, MPSYSRSTF)


def test_window_watchdog_resets_the_m4_and_is_noted(listen: Listen) -> None:
    rcc = with_no_cause()
    heard = listen(rcc)
    rcc.input(0, True)
    rcc.input(0, False)
    assert heard == [("line", "MCURST", True), ("line", "MCURST", False)]
    assert (rcc.read(MC_RSTSCLRR, 4), rcc.read(MP_RSTSCLRR, 4)) == (WWDG1RSTF, 0)


@pytest.mark.parametrize(("number", "cause"), [(1, IWDG1RSTF), (2, IWDG2RSTF)], ids=["IWDG1", "IWDG2"])
def test_independent_watchdog_resets_the_system_and_is_noted(number: int, cause: int, listen: Listen) -> None:
    rcc = with_no_cause()
    heard = listen(rcc)
    rcc.input(number, True)
    rcc.input(number, False)
    assert heard == [("line", "SYSRST", True), ("line", "SYSRST", False)]
    assert (rcc.read(MC_RSTSCLRR, 4), rcc.read(MP_RSTSCLRR, 4)) == (cause, cause)


def test_causes_add_up_until_they_are_cleared() -> None:
    rcc = with_no_cause()
    rcc.input(0, True)
    rcc.write(MP_GRSTCSETR, 0x2, 4)
    assert rcc.read(MC_RSTSCLRR, 4) == WWDG1RSTF | MCURSTF
    rcc.write(MC_RSTSCLRR, WWDG1RSTF, 4)
    assert rcc.read(MC_RSTSCLRR, 4) == MCURSTF


def test_causes_and_the_backup_domain_outlive_a_reset_of_the_system() -> None:
    rcc = with_no_cause()
    rcc.write(BDCR, 1, 4)
    rcc.write(0x00C, 1 << 8, 4)
    rcc.input(1, True)
    rcc.reset()
    assert rcc.read(MC_RSTSCLRR, 4) == IWDG1RSTF
    assert rcc.read(BDCR, 4) == 1 | 1 << 2
    assert rcc.read(0x808, 4) >> 8 & 1 == 0  # the HSE is off again


def test_reset_of_the_backup_domain_switches_the_lse_off() -> None:
    rcc = Rcc()
    rcc.write(BDCR, 1 << 16 | 1, 4)
    rcc.write(BDCR, 1 << 31 | 1 << 16 | 1, 4)
    assert rcc.read(BDCR, 4) == 1 << 31 | 0x20
    rcc.write(BDCR, 0, 4)
    assert rcc.read(BDCR, 4) == 0


def test_block_is_reset_when_its_bit_is_set_and_not_again_while_it_stays() -> None:
    rcc = Rcc()
    heard: list[tuple[int, int]] = []
    rcc.on_block_reset = lambda offset, bit: heard.append((offset, bit))
    rcc.write(0x980, 1 << 15 | 1 << 0, 4)
    rcc.write(0x980, 1 << 15, 4)
    rcc.write(0x984, 1 << 15, 4)
    assert heard == [(0x980, 0), (0x980, 15)]
    rcc.write(0x980, 1 << 15, 4)
    assert heard[2:] == [(0x980, 15)]


def test_wake_up_from_stop_interrupts_an_m4_that_has_enabled_it(listen: Listen) -> None:
    rcc = Rcc()
    heard = listen(rcc)
    rcc.mcu_leaves_stop()
    assert heard == []
    assert rcc.read(MC_CIFR, 4) == WKUP
    rcc.write(MC_CIER, WKUP, 4)
    rcc.write(MC_CIFR, WKUP, 4)
    assert heard == [("line", "WAKEUP", True), ("line", "WAKEUP", False)]
    assert rcc.read(MC_CIFR, 4) == 0


@pytest.mark.parametrize(("cores", "wants"), [(0, False), (1, False), (2, False), (3, True)])
def test_a7_stops_when_both_its_cores_do(cores: int, wants: bool) -> None:
    rcc = Rcc()
    rcc.write(MP_SREQSETR, cores, 4)
    assert rcc.a7_wants_stop() == wants


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        # The vendor's header: the M4's own reset and its watchdog are the M4's affair, those of A7 cores are not.
        ("BR_RSTSCLRR", 0x63DF),
        ("MP_RSTSCLRR", 0x7BDF),
        ("MC_RSTSCLRR", 0x07FF),
    ],
)
def test_each_processor_has_its_causes(name: str, bits: int) -> None:
    register = Rcc.TABLE.named(name)
    assert register is not None
    assert register.readable == bits
