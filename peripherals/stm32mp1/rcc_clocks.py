"""The clock tree of the STM32MP15: which clock comes from which, and how fast it is, as the RCC's registers say.

It only computes. A clock whose source is off has 0 Hz, except that processors and buses then stay on the HSI.
"""

from stm32mp1 import rcc_table as at

HSI_HZ = 64000000
CSI_HZ = 4000000
LSI_HZ = 32000
LSE_HZ = 32768

# Clocks that have a selector: its offset, and what each value of it selects.
_UART = ("PLL4_Q", "HSI", "CSI", "HSE")
_SAI = ("PLL4_Q", "PLL3_Q", "I2S_CKIN", "PER", "PLL3_R")
_SPI = ("PLL4_P", "PLL3_Q", "I2S_CKIN", "PER", "PLL3_R")
_RNG = ("CSI", "PLL4_R", "LSE", "LSI")
_SELECTED = {
    "MCUSS": (at.MSSCKSELR, ("HSI", "HSE", "CSI", "PLL3_P")),
    "AXISS": (at.ASSCKSELR, ("HSI", "HSE", "PLL2_P")),
    "PLL1": (at.RCK12SELR, ("HSI", "HSE")),
    "PLL2": (at.RCK12SELR, ("HSI", "HSE")),
    "PLL3": (at.RCK3SELR, ("HSI", "HSE", "CSI")),
    "PLL4": (at.RCK4SELR, ("HSI", "HSE", "CSI", "I2S_CKIN")),
    "PER": (at.CPERCKSELR, ("HSI", "CSI", "HSE")),
    "I2C46": (0x0C0, ("PCLK5", "PLL3_Q", "HSI", "CSI")),
    "SPI6": (0x0C4, ("PCLK5",) + _UART + ("PLL3_Q",)),
    "UART1": (0x0C8, ("PCLK5", "PLL3_Q", "HSI", "CSI", "PLL4_Q", "HSE")),
    "RNG1": (0x0CC, _RNG),
    "STGEN": (0x0D4, ("HSI", "HSE")),
    "I2C12": (0x8C0, ("PCLK1", "PLL4_R", "HSI", "CSI")),
    "I2C35": (0x8C4, ("PCLK1", "PLL4_R", "HSI", "CSI")),
    "SAI1": (0x8C8, _SAI),
    "SAI2": (0x8CC, _SAI[:4] + ("SPDIF_SYMB", "PLL3_R")),
    "SAI3": (0x8D0, _SAI),
    "SAI4": (0x8D4, _SAI),
    "SPI1": (0x8D8, _SPI),
    "SPI23": (0x8DC, _SPI),
    "SPI45": (0x8E0, ("PCLK2",) + _UART),
    "UART6": (0x8E4, ("PCLK2",) + _UART),
    "UART24": (0x8E8, ("PCLK1",) + _UART),
    "UART35": (0x8EC, ("PCLK1",) + _UART),
    "UART78": (0x8F0, ("PCLK1",) + _UART),
    "SDMMC12": (0x8F4, ("AXI", "PLL3_R", "PLL4_P", "HSI")),
    "SDMMC3": (0x8F8, ("MCU", "PLL3_R", "PLL4_P", "HSI")),
    "QSPI": (0x900, ("AXI", "PLL3_R", "PLL4_P", "PER")),
    "FMC": (0x904, ("AXI", "PLL3_R", "PLL4_P", "PER")),
    "FDCAN": (0x90C, ("HSE", "PLL3_Q", "PLL4_Q", "PLL4_R")),
    "RNG2": (0x920, _RNG),
    "ADC": (0x928, ("PLL4_R", "PER", "PLL3_Q")),
    "LPTIM45": (0x92C, ("PCLK3", "PLL4_P", "PLL3_Q", "LSE", "LSI", "PER")),
    "LPTIM23": (0x930, ("PCLK3", "PLL4_Q", "PER", "LSE", "LSI")),
    "LPTIM1": (0x934, ("PCLK1", "PLL4_P", "PLL3_Q", "LSE", "LSI", "PER")),
}
_STAYS_ON_HSI = ("MCUSS", "AXISS")

# Clocks that are another one divided by a power of two: that one, the divider's offset and its largest power.
_DIVIDED = {
    "MCU": ("MCUSS", at.MCUDIVR, 9),
    "PCLK1": ("MCU", at.APB1DIVR, 4),
    "PCLK2": ("MCU", at.APB2DIVR, 4),
    "PCLK3": ("MCU", at.APB3DIVR, 4),
    "PCLK4": ("AXI", at.APB4DIVR, 4),
    "PCLK5": ("AXI", at.APB5DIVR, 4),
}
# Timers of a bus: its divider, and the prescaler that lets them run at four times the bus instead of twice.
_TIMERS = {"TIMG1": (at.APB1DIVR, at.TIMG1PRER), "TIMG2": (at.APB2DIVR, at.TIMG2PRER)}
_PLLS = {"PLL1": at.PLL1CR, "PLL2": at.PLL2CR, "PLL3": at.PLL3CR, "PLL4": at.PLL4CR}
_OUTPUTS = {"P": 0, "Q": 1, "R": 2}
_LEAVES = ("HSI", "HSE", "CSI", "LSE", "LSI", "AXI", "RTC", "I2S_CKIN", "SPDIF_SYMB")

CLOCKS = tuple(
    sorted(set(_SELECTED) | set(_DIVIDED) | set(_TIMERS) | set(_LEAVES)
           | set("%s_%s" % (pll, output) for pll in _PLLS for output in _OUTPUTS))
)  # fmt: skip


def clock_hz(words, hse_hz, name):
    """How fast the clock `name` of CLOCKS is, from what the RCC's registers hold, by offset. ValueError if unknown."""

    def of(clock):
        return clock_hz(words, hse_hz, clock)

    if name in _SELECTED:
        selector, sources = _SELECTED[name]
        value = words[selector] & 0x7
        hz = of(sources[value]) if value < len(sources) else 0
        return hz or (of("HSI") if name in _STAYS_ON_HSI else 0)
    if name in _DIVIDED:
        source, divider, most = _DIVIDED[name]
        return of(source) >> min(words[divider] & 0xF, most)
    if name in _TIMERS:
        divider, prescaler = _TIMERS[name]
        return of("MCU") >> max(0, min(words[divider] & 0x7, 4) - (2 if words[prescaler] & 1 else 1))
    if name == "AXI":
        return of("AXISS") // (min(words[at.AXIDIVR] & 0x7, 3) + 1)
    if name == "RTC":
        source = ("", "LSE", "LSI", "HSE")[words[at.BDCR] >> 16 & 0x3]
        return of(source) // (words[at.RTCDIVR] % 64 + 1 if source == "HSE" else 1) if source else 0
    if name == "HSI":
        return HSI_HZ >> (words[at.HSICFGR] & 0x3)
    if name == "HSE":
        return hse_hz if words[at.OCRDYR] >> 8 & 1 else 0
    if name == "CSI":
        return CSI_HZ if words[at.OCRDYR] >> 4 & 1 else 0
    if name == "LSE":
        return LSE_HZ if words[at.BDCR] >> 2 & 1 else 0
    if name == "LSI":
        return LSI_HZ if words[at.RDLSICR] >> 1 & 1 else 0
    if name in CLOCKS:  # an output of a PLL, or a clock from a pin or a receiver, where nothing is connected
        pll, _, output = name.partition("_")
        return _pll_hz(words, of(pll), _PLLS[pll], _OUTPUTS[output]) if pll in _PLLS else 0
    raise ValueError("the RCC has no clock called %s; there are %s." % (name, ", ".join(CLOCKS)))


def _pll_hz(words, source, control, output):
    """Output 0 to 2 (P, Q, R) of the PLL whose registers begin at `control`."""
    enables = 1 | 0x10 << output  # PLLON and DIVxEN
    if words[control] & enables != enables:
        return 0
    first, second, fraction = words[control + 4], words[control + 8], words[control + 12]
    # In 1/8192: DIVN + 1 and, if FRACLE says so, FRACV.
    multiplier = ((first & 0x1FF) + 1) * 8192 + (fraction >> 3 & 0x1FFF if fraction >> 16 & 1 else 0)
    divider = ((first >> 16 & 0x3F) + 1) * ((second >> 8 * output & 0x7F) + 1)
    return source * multiplier // (8192 * divider)
