"""The RCC: set/clear pairs, ready bits that follow, and the lines that start and reset things."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stm32mp1.device import Device
from stm32mp1.rcc import Rcc

Listen = Callable[[Device], list[tuple[object, ...]]]

OCENSETR, OCENCLRR = 0x00C, 0x010
MP_GCR, BDCR, RDLSICR, MP_GRSTCSETR = 0x10C, 0x140, 0x144, 0x404
OCRDYR, PLL3CR = 0x808, 0x880
AHB3RSTSETR, AHB3RSTCLRR, MC_RSTSCLRR = 0x9A0, 0x9A4, 0xC00


# -- registers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "offset"),
    [
        # Named by m4-platform.md §5.1 and ipcc-hardware.md §7.
        ("TZCR", 0x000),
        ("AHB3RSTSETR", 0x9A0),
        ("AHB3RSTCLRR", 0x9A4),
        ("MP_AHB3ENSETR", 0xA20),
        ("MC_AHB3ENSETR", 0xAA0),
        ("MC_AHB4ENSETR", 0xAA8),
        ("MC_APB1ENSETR", 0xA80),
        ("MC_AHB2ENSETR", 0xA98),
        ("MC_APB3ENSETR", 0xA90),
        ("APB1RSTSETR", 0x980),
        ("AHB2RSTSETR", 0x998),
        ("MP_AHB3LPENSETR", 0xB20),
        ("MC_AHB3LPENSETR", 0xBA0),
        ("MC_CIER", 0xC14),
        ("UART24CKSELR", 0x8E8),
        ("UART35CKSELR", 0x8EC),
        ("TIMG1PRER", 0x828),
        ("APB1DIVR", 0x834),
        ("MP_GCR", 0x10C),
        ("MP_GRSTCSETR", 0x404),
    ],
)
def test_register_is_where_the_vendor_says(name: str, offset: int) -> None:
    register = Rcc.TABLE.named(name)
    assert register is not None
    assert register.offset == offset


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TZCR", 0x3),
        ("MPCKSELR", 0x80000000),
        ("ASSCKSELR", 0x80000000),
        ("RCK12SELR", 0x80000000),
        ("AXIDIVR", 0x80000000),
        ("MSSCKSELR", 0x80000000),
        ("RCK3SELR", 0x80000000),
        ("RCK4SELR", 0x80000000),
        ("MCUDIVR", 0x80000000),
        ("APB1DIVR", 0x80000000),
        ("APB2DIVR", 0x80000000),
        ("APB3DIVR", 0x80000000),
        ("BDCR", 0x20),
        ("MC_RSTSCLRR", 0x15),
        ("MP_APB1LPENSETR", 0xADEFDBFF),
        ("MC_APB1LPENSETR", 0xBDEFDBFF),
        ("MP_APB3LPENSETR", 0x0003290F),
        ("MC_AHB3LPENSETR", 0x000018F1),
    ],
)
def test_reset_value(name: str, value: int) -> None:
    register = Rcc.TABLE.named(name)
    assert register is not None
    assert Rcc().read(register.offset, 4) == value


PAIRS = [(r.offset, r.twin) for r in Rcc.TABLE if r.name.endswith("SETR") and r.twin is not None]


def test_enables_and_resets_of_every_bus_are_pairs() -> None:
    offsets = {setr for setr, _ in PAIRS}
    assert {
        *range(0x180, 0x1A0, 8),
        *range(0x980, 0x9B0, 8),
        *range(0xA00, 0xA30, 8),
        *range(0xA80, 0xAB0, 8),
    } <= offsets


@pytest.mark.parametrize(("setr", "clrr"), PAIRS, ids=[f"0x{setr:03X}" for setr, _ in PAIRS])
def test_pair_sets_and_clears_one_word_and_both_read_it(setr: int, clrr: int) -> None:
    rcc = Rcc()
    register = Rcc.TABLE.at(setr)
    assert register is not None
    assert clrr == setr + 4
    rcc.write(clrr, 0xFFFFFFFF, 4)
    assert (rcc.read(setr, 4), rcc.read(clrr, 4)) == (0, 0)
    rcc.write(setr, 0xFFFFFFFF, 4)
    rcc.write(setr, 0x00000000, 4)
    word = rcc.read(setr, 4)
    assert word == register.sets != 0
    lowest = word & -word
    rcc.write(clrr, lowest, 4)
    assert rcc.read(setr, 4) == rcc.read(clrr, 4) == word & ~lowest


@pytest.mark.parametrize(
    ("offset", "name", "bit"),
    [
        # The vendor's header.
        (0x980, "TIM2RST", 0),
        (0x980, "USART3RST", 15),
        (0x980, "I2C1RST", 21),
        (0x980, "MDIOSRST", 31),
        (0x988, "TIM1RST", 0),
        (0x998, "DMAMUXRST", 2),
        (0x9A8, "GPIOKRST", 10),
        (0x188, "USART1RST", 4),
        (0x190, "GPIOZRST", 0),
        (0xA80, "WWDG1EN", 28),
        (0xA90, "SYSCFGEN", 11),
        (0xA98, "ADC12EN", 5),
        (0xAA0, "HSEMEN", 11),
        (0x280, "STGENROEN", 20),
        (0x208, "IWDG1APBEN", 15),
        (0xB80, "WWDG1LPEN", 28),
        (0xBB8, "SRAM34LPEN", 2),
        (0x308, "STGENSTPEN", 21),
    ],
)
def test_gate_is_where_the_vendor_says(offset: int, name: str, bit: int) -> None:
    register = Rcc.TABLE.at(offset)
    assert register is not None
    field = register.field(name)
    assert field is not None
    assert (field.lsb, field.width) == (bit, 1)


def test_window_watchdog_is_the_m4s_only() -> None:
    rcc = Rcc()
    rcc.write(0xA00, 1 << 28, 4)
    rcc.write(0xA80, 1 << 28, 4)
    assert (rcc.read(0xA00, 4), rcc.read(0xA80, 4)) == (0, 1 << 28)


@pytest.mark.parametrize("setr", [0xA20, 0xAA0], ids=["for_the_a7", "for_the_m4"])
def test_ipcc_clock_enable_reads_back(setr: int) -> None:
    rcc = Rcc()
    rcc.write(setr, 1 << 12, 4)
    assert (rcc.read(setr, 4), rcc.read(setr + 4, 4)) == (1 << 12, 1 << 12)


def test_reset_causes_are_cleared_by_writing_one() -> None:
    rcc = Rcc()
    rcc.write(MC_RSTSCLRR, 0x7FF, 4)
    assert rcc.read(MC_RSTSCLRR, 4) == 0


# -- ready bits (m4-platform.md §5.3) -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switch", "on", "ready", "bits"),
    [
        (OCENSETR, 1 << 0, OCRDYR, 1 << 0 | 1 << 2),
        (OCENSETR, 1 << 4, OCRDYR, 1 << 4),
        (OCENSETR, 1 << 8, OCRDYR, 1 << 8),
        (BDCR, 1 << 0, BDCR, 1 << 2),
        (RDLSICR, 1 << 0, RDLSICR, 1 << 1),
        (0x080, 1 << 0, 0x080, 1 << 1),
        (0x094, 1 << 0, 0x094, 1 << 1),
        (0x880, 1 << 0, 0x880, 1 << 1),
        (0x894, 1 << 0, 0x894, 1 << 1),
    ],
    ids=["HSI", "CSI", "HSE", "LSE", "LSI", "PLL1", "PLL2", "PLL3", "PLL4"],
)
def test_ready_follows_its_switch_in_both_directions(switch: int, on: int, ready: int, bits: int) -> None:
    rcc = Rcc()
    off = OCENCLRR if switch == OCENSETR else switch
    rcc.write(switch, on, 4)
    assert rcc.read(ready, 4) & bits == bits
    rcc.write(off, on if off == OCENCLRR else 0, 4)
    assert rcc.read(ready, 4) & bits == 0


@pytest.mark.parametrize(("offset", "bit"), [(BDCR, 2), (RDLSICR, 1), (PLL3CR, 1)], ids=["LSE", "LSI", "PLL3"])
def test_written_ready_bit_is_ignored(offset: int, bit: int) -> None:
    """HAL writes back what it read; a stored ready bit would never let its wait for "off" end."""
    rcc = Rcc()
    rcc.write(offset, 1 << bit, 4)
    assert rcc.read(offset, 4) >> bit & 1 == 0


def test_mpu_and_axi_clocks_are_ready_always() -> None:
    rcc = Rcc()
    assert rcc.read(OCRDYR, 4) & 0x01800000 == 0x01800000
    rcc.write(OCENCLRR, 0xFFFFFFFF, 4)
    assert rcc.read(OCRDYR, 4) == 0x01800000


@pytest.mark.parametrize(
    "offset",
    [0x020, 0x024, 0x028, 0x02C, 0x030, 0x03C, 0x040, 0x048, 0x820, 0x824, 0x830, 0x834, 0x838, 0x83C],
)
def test_selectors_and_dividers_are_ready_always(offset: int) -> None:
    rcc = Rcc()
    rcc.write(offset, 0x00000001, 4)
    assert rcc.read(offset, 4) == 0x80000001


# -- lines ----------------------------------------------------------------------------------------------------


def test_boot_mcu_is_the_level_of_its_bit(listen: Listen) -> None:
    rcc = Rcc()
    heard = listen(rcc)
    rcc.write(MP_GCR, 1, 4)
    rcc.write(MP_GCR, 0, 4)
    assert heard == [("line", "BOOT_MCU", True), ("line", "BOOT_MCU", False)]


@pytest.mark.parametrize(("value", "line"), [(0x1, "SYSRST"), (0x2, "MCURST")])
def test_reset_request_is_a_pulse_that_reads_zero(value: int, line: str, listen: Listen) -> None:
    rcc = Rcc()
    heard = listen(rcc)
    rcc.write(MP_GRSTCSETR, value, 4)
    assert heard == [("line", line, True), ("line", line, False)]
    assert rcc.read(MP_GRSTCSETR, 4) == 0


def test_ipcc_is_in_reset_from_set_to_clear(listen: Listen) -> None:
    rcc = Rcc()
    heard = listen(rcc)
    rcc.write(AHB3RSTSETR, 1 << 12, 4)
    assert rcc.level("IPCCRST")
    rcc.write(AHB3RSTCLRR, 1 << 12, 4)
    assert heard == [("line", "IPCCRST", True), ("line", "IPCCRST", False)]


def test_other_blocks_of_the_bus_do_not_reset_the_ipcc(listen: Listen) -> None:
    rcc = Rcc()
    heard = listen(rcc)
    rcc.write(AHB3RSTSETR, 0xFFFFFFFF & ~(1 << 12), 4)
    assert heard == []


@pytest.mark.parametrize(("setr", "clrr"), [(0xA20, 0xA24), (0xAA0, 0xAA4)], ids=["for_the_a7", "for_the_m4"])
def test_either_processor_clocks_the_ipcc(setr: int, clrr: int, listen: Listen) -> None:
    rcc = Rcc()
    assert not rcc.level("IPCCEN")
    heard = listen(rcc)
    rcc.write(setr, 1 << 12, 4)
    rcc.write(clrr, 1 << 12, 4)
    assert heard == [("line", "IPCCEN", True), ("line", "IPCCEN", False)]


def test_ipcc_is_clocked_until_both_have_switched_it_off(listen: Listen) -> None:
    rcc = Rcc()
    rcc.write(0xA20, 1 << 12, 4)
    rcc.write(0xAA0, 1 << 12, 4)
    heard = listen(rcc)
    rcc.write(0xA24, 1 << 12, 4)
    assert heard == []
    rcc.write(0xAA4, 1 << 12, 4)
    assert heard == [("line", "IPCCEN", False)]


def test_other_clocks_of_the_bus_and_clocks_in_sleep_are_not_the_ipccs(listen: Listen) -> None:
    rcc = Rcc()
    heard = listen(rcc)
    for offset in (0xA20, 0xAA0):
        rcc.write(offset, 0xFFFFFFFF & ~(1 << 12), 4)
    for offset in (0xB20, 0xB24, 0xBA0, 0xBA4):
        rcc.write(offset, 1 << 12, 4)
    assert heard == []


def test_m4_reset_does_not_touch_the_hold(listen: Listen) -> None:
    rcc = Rcc()
    rcc.write(MP_GCR, 1, 4)
    heard = listen(rcc)
    rcc.write(MP_GRSTCSETR, 0x2, 4)
    assert rcc.level("BOOT_MCU")
    assert [report[1] for report in heard] == ["MCURST", "MCURST"]


def test_rcc_may_be_reset_by_whoever_hears_of_a_system_reset() -> None:
    rcc = Rcc()
    rcc.write(MP_GCR, 1, 4)
    heard: list[tuple[str, bool]] = []

    def reset_all(line: str, level: bool) -> None:
        heard.append((line, level))
        if line == "SYSRST" and level:
            rcc.reset()

    rcc.on_line = reset_all
    rcc.write(MP_GRSTCSETR, 0x1, 4)
    assert heard == [("SYSRST", True), ("BOOT_MCU", False), ("SYSRST", False)]
