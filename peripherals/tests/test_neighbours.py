"""The small neighbours of the IPCC, as m4-platform.md §5 says that real images need them."""

from __future__ import annotations

import re

import pytest

from stm32mp1.bsec import Bsec
from stm32mp1.catalogue import CATALOGUE
from stm32mp1.dbgmcu import Dbgmcu
from stm32mp1.etzpc import Etzpc
from stm32mp1.exti import Exti
from stm32mp1.pwr import Pwr
from stm32mp1.syscfg import Syscfg
from stm32mp1.tamp import Tamp


def test_catalogue_names_are_renodes_or_those_of_the_blocks() -> None:
    renodes = {"GPIOPort.STM32_GPIOPort", "UART.STM32F7_USART"}
    assert renodes < set(CATALOGUE)
    assert all(re.fullmatch(r"STM32MP1\.[A-Z0-9]+", name) for name in set(CATALOGUE) - renodes)


def test_only_the_ipcc_is_traced_access_by_access() -> None:
    assert [name for name, model in CATALOGUE.items() if model.TRACED] == ["STM32MP1.IPCC"]


# -- PWR ------------------------------------------------------------------------------------------------------


def test_backup_domain_protection_reads_back() -> None:
    pwr = Pwr()
    pwr.write(0x000, 1 << 8, 4)
    assert pwr.read(0x000, 4) == 1 << 8


@pytest.mark.parametrize(
    ("offset", "switch", "ready"),
    [(0x008, 0, 16), (0x008, 1, 17), (0x00C, 24, 26), (0x00C, 28, 29), (0x00C, 30, 31)],
    ids=["backup", "retention", "USB", "1V8", "1V1"],
)
def test_regulator_is_ready_when_on_and_not_when_off(offset: int, switch: int, ready: int) -> None:
    pwr = Pwr()
    pwr.write(offset, 1 << switch, 4)
    assert pwr.read(offset, 4) == 1 << switch | 1 << ready
    pwr.write(offset, 1 << ready, 4)
    assert pwr.read(offset, 4) == 0


def test_linux_sets_and_clears_power_down_of_the_m4() -> None:
    pwr = Pwr()
    pwr.write(0x014, 0x1, 4)
    assert pwr.read(0x014, 4) == 0x1
    pwr.write(0x014, 0x0, 4)
    assert pwr.read(0x014, 4) == 0x0


@pytest.mark.parametrize("offset", [0x010, 0x014], ids=["A7", "M4"])
def test_stop_of_the_system_is_flagged_until_the_processor_clears_it(offset: int) -> None:
    pwr = Pwr()
    pwr.system_has_stopped()
    pwr.write(offset, 0x1, 4)
    assert pwr.read(offset, 4) == 1 << 5 | 0x1
    pwr.write(offset, 1 << 9, 4)
    assert pwr.read(offset, 4) == 0
    assert pwr.read(0x024 - offset, 4) == 1 << 5


def test_deep_sleep_of_the_m4_shows_while_it_lasts() -> None:
    pwr = Pwr()
    pwr.mcu_sleeps_deeply = lambda: True
    assert (pwr.read(0x014, 4), pwr.read(0x010, 4)) == (1 << 15, 0)
    pwr.mcu_sleeps_deeply = lambda: False
    assert pwr.read(0x014, 4) == 0


# -- EXTI -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("base", "processor"), [(0x80, 1), (0xC0, 2)])
def test_masks_of_a_processor_are_its_own(base: int, processor: int) -> None:
    exti = Exti()
    for view, value in zip((0x00, 0x10, 0x20), (0xFFFE0000, 0xFFFFFFFF, 0x00000DE9), strict=True):
        assert exti.read(base + view, 4) == value
        exti.write(base + view, 0x40000000, 4)
        exti.write(base + view + 4, 0x00000001, 4)
        assert (exti.read(base + view, 4), exti.read(base + view + 4, 4)) == (0x40000000, 0x00000001)
    other = 0xC0 if base == 0x80 else 0x80
    assert exti.read(other + 0x10, 4) == 0xFFFFFFFF


# -- SYSCFG ---------------------------------------------------------------------------------------------------


def test_boot_pins_do_not_say_engineering_mode_whatever_is_written() -> None:
    syscfg = Syscfg()
    syscfg.write(0x000, 0x00000074, 4)
    assert syscfg.read(0x000, 4) & 7 == 5


@pytest.mark.parametrize("pins", range(8))
def test_boot_pins_read_as_they_are_strapped_also_after_a_reset(pins: int) -> None:
    syscfg = Syscfg()
    syscfg.boot_pins = pins
    syscfg.write(0x000, 0x70, 4)
    assert syscfg.read(0x000, 4) == 0x70 | pins
    syscfg.reset()
    assert syscfg.read(0x000, 4) == pins


@pytest.mark.parametrize("enable", [0x1, 0x2], ids=["by_the_a7", "by_the_m4"])
def test_compensation_is_ready_while_enabled(enable: int) -> None:
    syscfg = Syscfg()
    assert syscfg.read(0x020, 4) == 0x00870000
    syscfg.write(0x024, enable, 4)
    assert syscfg.read(0x020, 4) == 0x00870100
    syscfg.write(0x028, enable, 4)
    assert syscfg.read(0x020, 4) == 0x00870000


def test_peripheral_mode_is_cleared_64_bytes_further_on() -> None:
    syscfg = Syscfg()
    syscfg.write(0x004, 0x00A00000, 4)
    syscfg.write(0x044, 0x00200000, 4)
    assert (syscfg.read(0x004, 4), syscfg.read(0x044, 4)) == (0x00800000, 0x00800000)


# -- DBGMCU, BSEC, ETZPC -------------------------------------------------------------------------------------


def test_chip_is_an_stm32mp15_of_revision_z() -> None:
    assert Dbgmcu().read(0x000, 4) & 0xFFFF0FFF == 0x20010500


@pytest.mark.parametrize(
    ("offset", "name"),
    [(0x004, "CR"), (0x02C, "APB4FZ1"), (0x038, "APB1FZ2"), (0x040, "APB2FZ2"), (0x048, "APB3FZ2"), (0x050, "APB5FZ2")],
)
def test_freeze_register_is_storage_where_the_vendor_says(offset: int, name: str) -> None:
    dbgmcu = Dbgmcu()
    register = Dbgmcu.TABLE.at(offset)
    assert register is not None
    assert register.name == name
    dbgmcu.write(offset, 0x5, 4)
    assert dbgmcu.read(offset, 4) == 0x5


def test_fuses_say_which_chip_this_is() -> None:
    bsec = Bsec()
    assert bsec.read(0x204, 4) & 0xFF == 0  # the part number of the STM32MP157C
    assert bsec.read(0x240, 4) >> 27 & 0x7 == 2  # its package
    assert all(bsec.read(offset, 4) for offset in (0x234, 0x238, 0x23C))  # its unique ID
    assert bsec.read(0xFFC, 4) == 0xA3C5DD04


def test_calibrations_are_read_by_half_words() -> None:
    """In 1/65536 of 3.3 V: 1.21 V, and a sensor with 2 mV per degree between 30 and 110 degrees."""
    bsec = Bsec()
    reference, at_30, at_110 = (3.3 * bsec.read(offset, 2) / 65536 for offset in (0x252, 0x25C, 0x25E))
    assert reference == pytest.approx(1.21, abs=0.001)
    assert at_110 - at_30 == pytest.approx(0.16, abs=0.001)
    assert bsec.read(0x25C, 4) == bsec.read(0x25E, 2) << 16 | bsec.read(0x25C, 2)


def test_every_block_is_open_to_both_processors_until_somebody_says_otherwise() -> None:
    etzpc = Etzpc()
    assert {etzpc.read(offset, 4) for offset in range(0x010, 0x028, 4)} == {0xFFFFFFFF}
    etzpc.write(0x014, 0xFFFFFFFB, 4)
    assert etzpc.read(0x014, 4) == 0xFFFFFFFB


# -- TAMP -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "offset"), [(0, 0x100), (17, 0x144), (18, 0x148), (19, 0x14C), (31, 0x17C)])
def test_backup_register_is_storage_where_the_vendor_says(number: int, offset: int) -> None:
    tamp = Tamp()
    tamp.write(offset, 0xDEADBEEF, 4)
    assert tamp.read(offset, 4) == 0xDEADBEEF
    assert Tamp.TABLE.named(f"BKP{number}R") is Tamp.TABLE.at(offset)


def test_backup_registers_survive_a_reset() -> None:
    tamp = Tamp()
    tamp.write(0x148, 2, 4)
    tamp.write(0x004, 1, 4)
    tamp.reset()
    assert (tamp.read(0x148, 4), tamp.read(0x004, 4)) == (2, 0)
