"""The clocks that Linux and the M4 find: how the boot chain of ST's DK boards leaves the RCC in production mode.

In engineering mode nobody has done this, and the firmware sets up its clocks itself (m4-platform.md sections 5.2,
5.3).
"""

from stm32mp1 import rcc_table as at

_HSI, _LSI = 2, 3  # as the selectors of kernel clocks count them
_SELECTORS = {
    "MPCKSELR": 2,  # PLL1_P
    "CPERCKSELR": 2,  # HSE
    "STGENCKSELR": 1,  # HSE
    "SDMMC12CKSELR": 2,  # PLL4_P
    "SDMMC3CKSELR": 2,  # PLL4_P
    "SPI2S1CKSELR": 1,  # PLL3_Q
    "SPI2S23CKSELR": 1,  # PLL3_Q
    "SPI45CKSELR": _HSI,
    "SPI6CKSELR": _HSI,
    "I2C12CKSELR": _HSI,
    "I2C35CKSELR": _HSI,
    "I2C46CKSELR": _HSI,
    "UART1CKSELR": _HSI,
    "UART24CKSELR": _HSI,
    "UART35CKSELR": _HSI,
    "UART6CKSELR": _HSI,
    "UART78CKSELR": _HSI,
    "ADCCKSELR": 1,  # CKPER
    "FDCANCKSELR": 3,  # PLL4_R
    "SAI1CKSELR": 1,  # PLL3_Q
    "SAI2CKSELR": 1,
    "SAI3CKSELR": 1,
    "SAI4CKSELR": 1,
    "RNG1CKSELR": _LSI,
    "RNG2CKSELR": _LSI,
    "LPTIM45CKSELR": 3,  # LSE
}
_ON = 0x73  # PLLON, and the outputs P, Q and R


def _pll(control, multiplier, divider, outputs, fraction):
    """The writes that start a PLL. The three dividers of `outputs` are as in CFGR2; all are less one, as there."""
    lock = 1 << 16 if fraction else 0
    return [
        (control + 0x4, divider << 16 | multiplier),
        (control + 0x8, outputs),
        (control + 0xC, lock | fraction << 3),
        (control, _ON),
    ]


#: Offset and value of each write, in order. PLL1 has 650 MHz for the A7, PLL2 533 MHz for the buses and the DDR. PLL3
#: has 417.8 MHz (P 208.9, Q 24.6, R 11.3), PLL4 594 MHz (P 99, Q and R 74.25); the M4 runs on PLL3_P, its buses at half
#: of that.
_WRITES = (
    [
        (at.OCENSETR, 1 << 8 | 1 << 4),  # HSE, CSI
        (at.BDCR, 1 << 20 | 1 << 16 | 0x20 | 1),  # LSE, and the RTC on it
        (at.RDLSICR, 1),  # LSI
        (at.RCK12SELR, 1),
    ]
    + _pll(at.PLL1CR, multiplier=80, divider=2, outputs=0x000000, fraction=0x800)
    + _pll(at.PLL2CR, multiplier=65, divider=2, outputs=0x000001, fraction=0x1400)
    + [(at.ASSCKSELR, 2), (at.RCK3SELR, 1)]
    + _pll(at.PLL3CR, multiplier=33, divider=0x101, outputs=0x241001, fraction=0x1A04)
    + [(at.RCK4SELR, 1)]
    + _pll(at.PLL4CR, multiplier=98, divider=3, outputs=0x070705, fraction=0)
    + [
        (at.APB1DIVR, 1),
        (at.APB2DIVR, 1),
        (at.APB3DIVR, 1),
        (at.APB4DIVR, 1),
        (at.APB5DIVR, 2),
        (at.MSSCKSELR, 3),
    ]
)


def leave_clocks_of_boot_chain(rcc):
    """Set up an RCC that has just been reset."""
    for offset, value in _WRITES:
        rcc.write(offset, value, 4)
    for name, value in _SELECTORS.items():
        register = rcc.TABLE.named(name)
        rcc.write(register.offset, value, 4)
