"""The clocks of a board: how the boot chain leaves them, who counts at which, and what the RCC's resets reset."""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from stm32mp1.device_clocks import feed_clocks
from stm32mp1.gpio import Gpio
from stm32mp1.ipcc import Ipcc
from stm32mp1.peripheral_resets import PeripheralResets
from stm32mp1.rcc import Rcc
from stm32mp1.timed import TimedDevice

RCC, GPIOA, GPIOB, IPCC, TIM2 = 0x50000000, 0x50002000, 0x50003000, 0x4C001000, 0x40000000
AHB4RSTSETR, AHB4RSTCLRR, AHB3RSTSETR = RCC + 0x9A8, RCC + 0x9AC, RCC + 0x9A0
AIRCR, SYSRESETREQ = 0xE000ED0C, 0x05FA0004


def clocks(board: Board, *names: str) -> list[int]:
    rcc = board.devices["rcc"]
    assert isinstance(rcc, Rcc)
    return [rcc.clock_hz(name) for name in names]


# -- the boot chain (m4-platform.md §5.2; U-Boot's device tree of the DK boards) -------------------------------------


def test_production_mode_finds_the_registers_of_a_dk_board():
    board = Board(host="none")
    words = {0x048: 0x80000003, 0x820: 0x80000001, 0x880: 0x73, 0x884: 0x01010021, 0x888: 0x00241001, 0x88C: 0x1D020}
    assert {offset: board.engine.read(RCC + offset) for offset in words} == words
    assert board.engine.read(RCC + 0x830) == 0x80000000
    assert board.engine.read(RCC + 0x808) & 0x115 == 0x115  # HSI, its divider, CSI and HSE are ready


def test_production_mode_finds_the_frequencies_of_a_dk_board():
    board = Board(host="none")
    assert clocks(board, "MCU", "PCLK1", "PCLK3", "TIMG1", "TIMG2") == [
        208_877_929,
        *[104_438_964] * 2,
        *[208_877_929] * 2,
    ]
    assert clocks(board, "PLL1_P", "PLL2_P") == [650_000_000, 266_500_000]
    assert board.engine.read(RCC + 0x20) == 0x80000002  # the A7 is on PLL1_P
    assert clocks(board, "PLL4_P", "PLL4_Q", "PLL4_R", "AXI") == [99_000_000, 74_250_000, 74_250_000, 266_500_000]
    assert clocks(board, "LSE", "LSI", "RTC", "LPTIM45", "RNG1") == [32_768, 32_000, 32_768, 32_768, 32_000]
    assert clocks(board, "UART24", "I2C12", "SPI45", "ADC") == [64_000_000, 64_000_000, 64_000_000, 24_000_000]


def test_engineering_mode_finds_the_rcc_as_it_comes_out_of_reset():
    board = Board(boot_mode="engineering")
    rcc = Rcc()
    assert {r.name: board.engine.read(RCC + r.offset) for r in Rcc.TABLE if not r.read_acts} == {
        r.name: rcc.read(r.offset, 4) for r in Rcc.TABLE
    }
    assert clocks(board, "MCU") == [64_000_000]


# -- who counts at which clock --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "clock"),
    [
        (0x40000000, "TIMG1"),  # TIM2
        (0x40008000, "TIMG1"),  # TIM14
        (0x44000000, "TIMG2"),  # TIM1
        (0x44008000, "TIMG2"),  # TIM17
        (0x40009000, "LPTIM1"),
        (0x50021000, "LPTIM23"),
        (0x50024000, "LPTIM45"),
        (0x4000A000, "PCLK1"),  # WWDG1
        (0x50028000, "PCLK3"),  # DTS
        (0x5C004000, "RTC"),
        (0x4000F000, "UART35"),  # USART3
        (0x40010000, "UART24"),  # UART4
        (0x40015000, "I2C35"),  # I2C5
        (0x48003000, "ADC"),
        (0x48000000, "MCU"),  # DMA1
        (0x40002400, "MCU"),  # where the chip has nothing
    ],
)
def test_device_counts_at_the_clock_of_the_block_at_its_place(address, clock):
    rcc, device = Rcc(), TimedDevice()
    feed_clocks(rcc, {address: device})
    for offset, value in [(0x834, 2), (0x838, 3), (0x8E8, 2), (0x928, 1), (0x018, 1), (0x140, 0x10001), (0x92C, 3)]:
        rcc.write(offset, value, 4)
    assert device.clock_hz() == rcc.clock_hz(clock) > 0


@pytest.mark.parametrize("address", [0x5A002000, 0x5C003000], ids=["IWDG2", "IWDG1"])
def test_independent_watchdog_counts_the_lsi_also_while_software_has_it_off(address):
    device = TimedDevice()
    feed_clocks(Rcc(), {address: device})
    assert device.clock_hz() == 32_000


def test_every_device_of_the_board_that_counts_has_a_clock():
    board = Board(host="none")
    timed = {name: device for name, device in board.devices.items() if isinstance(device, TimedDevice)}
    assert {name for name, device in timed.items() if device.clock_hz() <= 0} == set()


def test_running_timer_follows_a_change_of_its_clock_at_once():
    board = Board(engine="bare", boot_mode="engineering")
    rises = []
    board.engine.watch("tim2", "IRQ", lambda level: rises.append(board.engine.now) if level else None)
    for address, value in ((TIM2 + 0x0C, 1), (TIM2 + 0x2C, 63_999), (TIM2, 1)):  # an update each millisecond
        board.engine.write(address, value)
    board.run_for(500_000)
    board.engine.write(RCC + 0x830, 2)  # the M4 and its timers at a quarter
    board.run_for(500_000)
    assert board.engine.read(TIM2 + 0x24) == 32_000 + 8_000
    board.run_for(5_000_000)
    assert rises == [500_000 + 4 * 500_000]


def test_low_power_timer_counts_from_when_its_clock_is_switched_on():
    board = Board(engine="bare", boot_mode="engineering")
    lptim1 = 0x40009000
    for address, value in ((RCC + 0x934, 3), (lptim1 + 0x10, 1), (lptim1 + 0x18, 0xFFFF), (lptim1 + 0x10, 5)):
        board.engine.write(address, value)
    board.run_for(10**9)
    board.engine.write(RCC + 0x140, 1)  # the LSE
    board.run_for(10**9)
    assert board.engine.read(lptim1 + 0x1C) == 32_768


# -- resets of blocks -----------------------------------------------------------------------------------------------


def test_block_is_reset_by_its_bit_and_its_neighbours_are_not():
    board = Board(host="none")
    for base in (GPIOA, GPIOB):
        board.engine.write(base, 0x12345678)
    board.engine.write(AHB4RSTSETR, 1 << 0)
    board.engine.write(AHB4RSTCLRR, 1 << 0)
    assert (board.engine.read(GPIOA), board.engine.read(GPIOB)) == (0xFFFFFFFF, 0x12345678)


def test_reset_of_a_bank_leaves_what_drives_its_pins():
    board = Board(host="none")
    board.set_pin("PA14", False)
    board.engine.write(AHB4RSTSETR, 1 << 0)
    assert (board.pin("PA14"), board.pin("PA13")) == (False, True)


def test_ipcc_is_left_to_its_own_supply():
    rcc, ipcc = Rcc(), Ipcc()
    PeripheralResets(rcc, {IPCC: ipcc})
    ipcc.write(0x010, 1, 4)
    rcc.write(0x9A0, 1 << 12, 4)
    assert ipcc.read(0x010, 4) == 1


@pytest.mark.parametrize(
    ("offset", "bit", "address"),
    [
        (0x980, 0, 0x40000000),  # TIM2
        (0x980, 15, 0x4000F000),  # USART3
        (0x980, 29, 0x40017000),  # DAC1
        (0x988, 24, 0x4400F000),  # FDCAN2
        (0x990, 11, 0x50020000),  # SYSCFG
        (0x998, 2, 0x48002000),  # DMAMUX1
        (0x998, 5, 0x48003100),  # ADC2
        (0x9A0, 11, 0x4C000000),  # HSEM
        (0x188, 2, 0x5C002000),  # I2C4
        (0x190, 0, 0x54004000),  # GPIOZ
        (0x198, 14, 0x58003000),  # QUADSPI
        (0x1A0, 0, 0x58000000),  # MDMA
    ],
)
def test_bit_resets_what_stands_at_the_address_of_its_block(offset, bit, address):
    rcc, device, other = Rcc(), Gpio(), Gpio()
    PeripheralResets(rcc, {address: device, 0x50090000: other})
    for one in (device, other):
        one.write(0, 0, 4)
    rcc.write(offset, 1 << bit, 4)
    assert (device.read(0, 4), other.read(0, 4)) == (0xFFFFFFFF, 0)


# -- causes of resets -----------------------------------------------------------------------------------------------


def test_firmware_that_resets_itself_finds_the_cause(elf, write):
    board = Board(host="none")
    board.engine.write(RCC + 0xC00, 0x7FF)
    board.load(write(**elf.program(elf.poke(AIRCR, SYSRESETREQ), elf.SPIN)))
    board.boot()
    assert board.engine.read(RCC + 0xC00) == 0
    board.run_for(1_000)
    assert board.engine.read(RCC + 0xC00) == 1 << 5


def test_window_watchdog_resets_a_running_m4_which_stays_held(elf, write):
    board = Board(host="none")
    board.load(write(**elf.program(elf.SPIN)))
    board.boot()
    board.run_for(1_000)
    board.engine.write(RCC + 0x10C, 0)
    board.devices["rcc"].input(0, True)
    board.run_for(1_000)
    assert not board.engine.running
    assert board.engine.read(RCC + 0xC00) >> 10 & 1
