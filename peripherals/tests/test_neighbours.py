"""The small neighbours of the IPCC, as m4-platform.md §5 says that real images need them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stm32mp1.catalogue import CATALOGUE
from stm32mp1.device import CPU1, Device
from stm32mp1.exti import Exti
from stm32mp1.gpio import Gpio
from stm32mp1.hsem import Hsem
from stm32mp1.pwr import Pwr
from stm32mp1.syscfg import Syscfg
from stm32mp1.tamp import Tamp

Listen = Callable[[Device], list[tuple[object, ...]]]


def test_catalogue_names_are_those_of_a_platform_file() -> None:
    assert set(CATALOGUE) == {
        "GPIOPort.STM32_GPIOPort",
        "STM32MP1.EXTI",
        "STM32MP1.HSEM",
        "STM32MP1.IPCC",
        "STM32MP1.PWR",
        "STM32MP1.RCC",
        "STM32MP1.SYSCFG",
        "STM32MP1.TAMP",
        "UART.STM32F7_USART",
    }


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


def test_pending_bits_are_cleared_by_writing_one_and_set_by_nobody() -> None:
    exti = Exti()
    exti.write(0x0C, 0xFFFFFFFF, 4)
    assert exti.read(0x0C, 4) == 0


# -- SYSCFG ---------------------------------------------------------------------------------------------------


def test_boot_pins_do_not_say_engineering_mode_whatever_is_written() -> None:
    syscfg = Syscfg()
    syscfg.write(0x000, 0x00000074, 4)
    assert syscfg.read(0x000, 4) & 7 == 5


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


# -- HSEM -----------------------------------------------------------------------------------------------------


def test_read_of_a_free_semaphore_takes_it_for_the_m4() -> None:
    hsem = Hsem()
    assert hsem.read(0x000, 4) == 0
    assert hsem.read(0x080, 4) == 0x80000200
    assert hsem.read(0x000, 4) == 0x80000200


def test_read_of_a_free_semaphore_takes_it_for_the_a7() -> None:
    hsem = Hsem()
    hsem.processor = CPU1
    assert hsem.read(0x084, 4) == 0x80000100


def test_read_of_a_taken_semaphore_names_its_owner() -> None:
    hsem = Hsem()
    hsem.read(0x0FC, 4)
    hsem.processor = CPU1
    assert hsem.read(0x0FC, 4) == 0x80000200


def test_semaphores_are_independent() -> None:
    hsem = Hsem()
    hsem.read(0x080, 4)
    assert [hsem.read(4 * n, 4) for n in range(32)] == [0x80000200] + [0] * 31


def test_owner_releases() -> None:
    hsem = Hsem()
    hsem.read(0x084, 4)
    hsem.write(0x004, 0x00000200, 4)
    assert hsem.read(0x004, 4) == 0


def test_two_step_take_is_read_back() -> None:
    hsem = Hsem()
    hsem.write(0x008, 0x80000217, 4)
    assert hsem.read(0x008, 4) == 0x80000217


def test_two_step_take_of_a_taken_semaphore_changes_nothing() -> None:
    hsem = Hsem()
    hsem.write(0x008, 0x80000217, 4)
    hsem.processor = CPU1
    hsem.write(0x008, 0x80000101, 4)
    assert hsem.read(0x008, 4) == 0x80000217


@pytest.mark.parametrize("value", [0x00000100, 0x00000216], ids=["as_the_other_core", "as_another_process"])
def test_only_the_owner_releases(value: int) -> None:
    hsem = Hsem()
    hsem.write(0x008, 0x80000217, 4)
    hsem.write(0x008, value, 4)
    assert hsem.read(0x008, 4) == 0x80000217


def test_a7_cannot_release_in_the_m4s_name() -> None:
    hsem = Hsem()
    hsem.read(0x080, 4)
    hsem.processor = CPU1
    hsem.write(0x000, 0x00000200, 4)
    assert hsem.read(0x000, 4) == 0x80000200


def test_release_interrupts_the_m4_that_waits_for_it(listen: Listen) -> None:
    hsem = Hsem()
    hsem.processor = CPU1
    hsem.read(0x080, 4)
    hsem.write(0x110, 0x00000001, 4)
    heard = listen(hsem)
    hsem.write(0x000, 0x00000100, 4)
    assert (hsem.read(0x118, 4), hsem.read(0x11C, 4)) == (0x1, 0x1)
    hsem.write(0x114, 0x00000001, 4)
    assert (hsem.read(0x118, 4), hsem.read(0x11C, 4)) == (0x0, 0x0)
    assert heard == [("line", "IRQ", True), ("line", "IRQ", False)]


def test_release_that_nobody_waits_for_raises_no_line(listen: Listen) -> None:
    hsem = Hsem()
    hsem.read(0x080, 4)
    heard = listen(hsem)
    hsem.write(0x000, 0x00000200, 4)
    assert (hsem.read(0x118, 4), hsem.read(0x11C, 4)) == (0x1, 0x0)
    assert heard == []


def test_semaphore_count_and_identity() -> None:
    hsem = Hsem()
    assert [hsem.read(offset, 4) for offset in (0x3EC, 0x3F0, 0x3F4, 0x3F8, 0x3FC)] == [
        0x21,
        0x220,
        0x20,
        0x00100072,
        0xA3C5DD01,
    ]


# -- GPIO -----------------------------------------------------------------------------------------------------


def outputs() -> Gpio:
    """All pins outputs."""
    gpio = Gpio()
    gpio.write(0x00, 0x55555555, 4)
    return gpio


def test_set_and_reset_change_single_outputs() -> None:
    gpio = outputs()
    gpio.write(0x18, 0x00008001, 4)
    gpio.write(0x18, 0x00010002, 4)
    assert gpio.read(0x14, 4) == 0x8002


def test_set_wins_over_reset_of_the_same_pin() -> None:
    gpio = outputs()
    gpio.write(0x18, 0x00010001, 4)
    assert gpio.read(0x14, 4) == 0x0001


def test_brr_resets_outputs() -> None:
    gpio = outputs()
    gpio.write(0x14, 0x0000FFFF, 4)
    gpio.write(0x28, 0x00000F00, 4)
    assert gpio.read(0x14, 4) == 0xF0FF


def test_bsrr_and_brr_read_zero() -> None:
    gpio = outputs()
    gpio.write(0x18, 0xFFFFFFFF, 4)
    gpio.write(0x28, 0x00000001, 4)
    assert (gpio.read(0x18, 4), gpio.read(0x28, 4)) == (0, 0)


def test_idr_shows_outputs_and_no_other_pin() -> None:
    gpio = Gpio()
    gpio.write(0x14, 0x0000FFFF, 4)
    assert gpio.read(0x10, 4) == 0x0000
    gpio.write(0x00, 0xFFFFFFFD, 4)  # pin 0 an output, the rest analogue
    assert gpio.read(0x10, 4) == 0x0001
    gpio.write(0x00, 0xFFFFFFFC, 4)  # pin 0 an input
    assert gpio.read(0x10, 4) == 0x0000


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
