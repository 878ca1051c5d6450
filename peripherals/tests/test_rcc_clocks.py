"""The clock tree: each frequency that firmware can compute from the RCC's registers is the one that the bench uses."""

from __future__ import annotations

import pytest

from stm32mp1.rcc import Rcc
from stm32mp1.rcc_clocks import CLOCKS

OCENSETR, HSICFGR, BDCR, RDLSICR, OCRDYR = 0x00C, 0x018, 0x140, 0x144, 0x808
RCK3SELR, PLL3CR, PLL3CFGR1, PLL3CFGR2, PLL3FRACR = 0x820, 0x880, 0x884, 0x888, 0x88C
MSSCKSELR, MCUDIVR, APB1DIVR, APB2DIVR, APB3DIVR = 0x048, 0x830, 0x834, 0x838, 0x83C
TIMG1PRER, TIMG2PRER, CPERCKSELR = 0x828, 0x82C, 0x0D0
PLL4CR, PLL4CFGR1, PLL4CFGR2, RCK4SELR = 0x894, 0x898, 0x89C, 0x824

HSI, CSI, HSE, LSI, LSE = 64_000_000, 4_000_000, 24_000_000, 32_000, 32_768
#: HSE, CSI, LSE and LSI on; PLL4 = 24 MHz / 4 * 99 = 594 MHz, P / 6, Q / 8, R / 9.
OSCILLATORS = [(OCENSETR, 0x110), (BDCR, 1), (RDLSICR, 1)]
PLL4 = [(RCK4SELR, 1), (PLL4CFGR1, 3 << 16 | 98), (PLL4CFGR2, 8 << 16 | 7 << 8 | 5), (PLL4CR, 0x71)]


def rcc(*writes: tuple[int, int]) -> Rcc:
    device = Rcc()
    for offset, value in writes:
        device.write(offset, value, 4)
    return device


def test_only_the_hsi_and_what_it_feeds_run_after_reset() -> None:
    device = rcc()
    assert {name: device.clock_hz(name) for name in ("HSI", "MCU", "AXI", "PCLK1", "PCLK4", "TIMG1", "UART24")} == (
        dict.fromkeys(("HSI", "MCU", "AXI", "PCLK1", "PCLK4", "TIMG1", "UART24"), HSI)
    )
    off = ("HSE", "CSI", "LSE", "LSI", "PLL1_P", "PLL2_Q", "PLL3_R", "PLL4_P", "RTC", "RNG1", "ADC")
    assert {name: device.clock_hz(name) for name in off} == dict.fromkeys(off, 0)


def test_oscillators_have_their_frequencies_while_on() -> None:
    device = rcc(*OSCILLATORS)
    assert [device.clock_hz(name) for name in ("HSE", "CSI", "LSE", "LSI")] == [HSE, CSI, LSE, LSI]
    device.write(BDCR, 0, 4)
    assert device.clock_hz("LSE") == 0


@pytest.mark.parametrize(("output", "hz"), [("P", 99_000_000), ("Q", 74_250_000), ("R", 66_000_000)])
def test_each_output_of_a_pll_has_its_divider(output: str, hz: int) -> None:
    assert rcc(*OSCILLATORS, *PLL4).clock_hz(f"PLL4_{output}") == hz


@pytest.mark.parametrize(("enable", "output"), [(0x10, "P"), (0x20, "Q"), (0x40, "R")])
def test_each_output_of_a_pll_has_its_enable(enable: int, output: str) -> None:
    device = rcc(*OSCILLATORS, *PLL4, (PLL4CR, 0x71 & ~enable))
    assert device.clock_hz(f"PLL4_{output}") == 0
    assert sum(device.clock_hz(f"PLL4_{other}") > 0 for other in "PQR") == 2


@pytest.mark.parametrize(("offset", "name"), [(APB1DIVR, "PCLK1"), (APB2DIVR, "PCLK2"), (APB3DIVR, "PCLK3")])
def test_bus_divides_the_m4s_clock(offset: int, name: str) -> None:
    assert [rcc((offset, n)).clock_hz(name) for n in range(6)] == [HSI >> n for n in (0, 1, 2, 3, 4, 4)]
    assert rcc((MCUDIVR, 1), (offset, 1)).clock_hz(name) == HSI >> 2


@pytest.mark.parametrize(
    ("divider", "prescaler", "name"), [(APB1DIVR, TIMG1PRER, "TIMG1"), (APB2DIVR, TIMG2PRER, "TIMG2")]
)
def test_timers_run_at_twice_or_four_times_their_bus_but_no_faster_than_the_m4(
    divider: int, prescaler: int, name: str
) -> None:
    twice = [rcc((divider, n)).clock_hz(name) for n in range(5)]
    four_times = [rcc((divider, n), (prescaler, 1)).clock_hz(name) for n in range(5)]
    assert twice == [HSI, HSI, HSI // 2, HSI // 4, HSI // 8]
    assert four_times == [HSI, HSI, HSI, HSI // 2, HSI // 4]


P, Q, R = 99_000_000, 74_250_000, 66_000_000


@pytest.mark.parametrize(
    ("name", "offset", "frequencies"),
    [
        # By the value of the selector, as the vendor's header has them.
        ("UART24", 0x8E8, [HSI, Q, HSI, CSI, HSE]),
        ("UART35", 0x8EC, [HSI, Q, HSI, CSI, HSE]),
        ("UART78", 0x8F0, [HSI, Q, HSI, CSI, HSE]),
        ("UART6", 0x8E4, [HSI, Q, HSI, CSI, HSE]),
        ("UART1", 0x0C8, [HSI, 0, HSI, CSI, Q, HSE]),
        ("I2C12", 0x8C0, [HSI, R, HSI, CSI]),
        ("I2C35", 0x8C4, [HSI, R, HSI, CSI]),
        ("I2C46", 0x0C0, [HSI, 0, HSI, CSI]),
        ("SPI1", 0x8D8, [P, 0, 0, HSI, 0]),
        ("SPI23", 0x8DC, [P, 0, 0, HSI, 0]),
        ("SPI45", 0x8E0, [HSI, Q, HSI, CSI, HSE]),
        ("SPI6", 0x0C4, [HSI, Q, HSI, CSI, HSE, 0]),
        ("RNG1", 0x0CC, [CSI, R, LSE, LSI]),
        ("RNG2", 0x920, [CSI, R, LSE, LSI]),
        ("ADC", 0x928, [R, HSI, 0]),
        ("LPTIM1", 0x934, [HSI, P, 0, LSE, LSI, HSI, 0]),
        ("LPTIM23", 0x930, [HSI, Q, HSI, LSE, LSI, 0]),
        ("LPTIM45", 0x92C, [HSI, P, 0, LSE, LSI, HSI, 0]),
        ("FDCAN", 0x90C, [HSE, 0, Q, R]),
    ],
)
def test_kernel_clock_comes_from_what_its_selector_says(name: str, offset: int, frequencies: list[int]) -> None:
    selected = [rcc(*OSCILLATORS, *PLL4, (offset, value)).clock_hz(name) for value in range(len(frequencies))]
    assert selected == frequencies


@pytest.mark.parametrize(("value", "hz"), [(0, HSI), (1, CSI), (2, HSE), (3, 0)])
def test_peripheral_clock_is_one_of_three_oscillators_or_off(value: int, hz: int) -> None:
    assert rcc(*OSCILLATORS, (CPERCKSELR, value)).clock_hz("PER") == hz


@pytest.mark.parametrize(("source", "hz"), [(0, 0), (1, LSE), (2, LSI), (3, 1_000_000)])
def test_rtc_counts_an_oscillator_and_the_hse_divided(source: int, hz: int) -> None:
    device = rcc((OCENSETR, 0x100), (RDLSICR, 1), (0x044, 23), (BDCR, source << 16 | 1))
    assert device.clock_hz("RTC") == hz


def test_every_clock_has_a_frequency_on_any_chip() -> None:
    device = rcc(*OSCILLATORS, *PLL4)
    assert all(device.clock_hz(name) >= 0 for name in CLOCKS)


def test_unknown_clock_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"^the RCC has no clock called PCLK9; there are ADC, AXI, AXISS, CSI, "):
        rcc().clock_hz("PCLK9")


# -- the M4's frequency ---------------------------------------------------------------------------------------


def test_m4_runs_at_64_mhz_after_reset() -> None:
    assert Rcc().mcu_hz() == 64_000_000


#: The clocks as the boot chain of a DK board leaves them to Linux (m4-platform.md section 5.2).
DK_BOARD = (
    (OCENSETR, 0x00000111),
    (RCK3SELR, 0x80000001),
    (PLL3CFGR1, 0x01010021),
    (PLL3CFGR2, 0x00241001),
    (PLL3FRACR, 0x0001D020),
    (PLL3CR, 0x00000073),
    (MCUDIVR, 0x80000000),
    (MSSCKSELR, 0x80000003),
)


def on_a_dk_board() -> Rcc:
    return rcc(*DK_BOARD)


def test_m4_runs_at_208_mhz_on_a_dk_board() -> None:
    board = on_a_dk_board()
    assert board.mcu_hz() == 208_877_929
    for offset, value in DK_BOARD[1:]:
        assert board.read(offset, 4) == value
    assert board.read(OCRDYR, 4) & 0x115 == 0x115


def test_reset_brings_back_64_mhz() -> None:
    board = on_a_dk_board()
    board.reset()
    assert board.mcu_hz() == 64_000_000


@pytest.mark.parametrize(
    ("writes", "hz"),
    [
        ([(HSICFGR, 3)], 8_000_000),
        ([(MCUDIVR, 1)], 32_000_000),
        ([(MCUDIVR, 9)], 125_000),
        ([(MCUDIVR, 15)], 125_000),
        ([(OCENSETR, 1 << 8), (MSSCKSELR, 1)], 24_000_000),
        ([(OCENSETR, 1 << 4), (MSSCKSELR, 2)], 4_000_000),
        # HSI 64 MHz / 4 * 25 / 2
        ([(PLL3CFGR1, 3 << 16 | 24), (PLL3CFGR2, 1), (PLL3CR, 0x11), (MSSCKSELR, 3)], 200_000_000),
        # the same with a fraction of 1/2, which does not count before FRACLE
        (
            [(PLL3CFGR1, 3 << 16 | 24), (PLL3CFGR2, 1), (PLL3FRACR, 4096 << 3), (PLL3CR, 0x11), (MSSCKSELR, 3)],
            200_000_000,
        ),
        (
            [
                (PLL3CFGR1, 3 << 16 | 24),
                (PLL3CFGR2, 1),
                (PLL3FRACR, 1 << 16 | 4096 << 3),
                (PLL3CR, 0x11),
                (MSSCKSELR, 3),
            ],
            204_000_000,
        ),
    ],
)
def test_frequency_follows_the_registers(writes: list[tuple[int, int]], hz: int) -> None:
    assert rcc(*writes).mcu_hz() == hz


def test_frequency_follows_the_boards_crystal() -> None:
    board = Rcc(hse_hz=25_000_000)
    board.write(OCENSETR, 1 << 8, 4)
    board.write(MSSCKSELR, 1, 4)
    assert board.mcu_hz() == 25_000_000


@pytest.mark.parametrize(
    "writes",
    [
        [(MSSCKSELR, 1)],
        [(MSSCKSELR, 2)],
        [(MSSCKSELR, 3)],
        [(PLL3CR, 0x01), (MSSCKSELR, 3)],
        [(RCK3SELR, 1), (PLL3CR, 0x11), (MSSCKSELR, 3)],
        [(RCK3SELR, 3), (PLL3CR, 0x11), (MSSCKSELR, 3)],
    ],
    ids=["HSE_off", "CSI_off", "PLL3_off", "PLL3_output_off", "PLL3_source_off", "PLL3_without_source"],
)
def test_m4_stays_on_hsi_until_the_source_runs(writes: list[tuple[int, int]]) -> None:
    assert rcc(*writes).mcu_hz() == 64_000_000


def test_input_divider_of_a_pll_has_six_bits() -> None:
    assert rcc(*OSCILLATORS, *PLL4, (PLL4CFGR1, 47 << 16 | 98)).clock_hz("PLL4_P") == HSE * 99 // 48 // 6


@pytest.mark.parametrize(("value", "hz"), [(0, 74_250_000), (1, 0), (2, 0), (3, HSI), (4, 0), (5, 0)])
def test_sai2_has_a_source_more_than_the_others(value: int, hz: int) -> None:
    device = rcc(*OSCILLATORS, *PLL4, (RCK3SELR, 1), (PLL3CFGR1, 3 << 16 | 98), (PLL3CFGR2, 1 << 16), (PLL3CR, 0x41))
    both = device.clock_hz("PLL3_R")
    device.write(0x8CC, value, 4)
    assert device.clock_hz("SAI2") == (both if value == 5 else hz)
