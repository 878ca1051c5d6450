"""The RCC's set/clear pairs with one bit per block of a bus: its reset, and the clocks that each processor enables.

What follows from a bit is not here.
"""

from stm32mp1.registers import Field, set_clear_pair

# Blocks by bus, with their bit: those that have a reset and clocks, and what only clocks know. MP_ stands before
# clocks that only the A7 has, MC_ before those that only the M4 has.
_BLOCKS = {
    "APB1": ((0, "TIM2"), (1, "TIM3"), (2, "TIM4"), (3, "TIM5"), (4, "TIM6"), (5, "TIM7"), (6, "TIM12"), (7, "TIM13"),
             (8, "TIM14"), (9, "LPTIM1"), (11, "SPI2"), (12, "SPI3"), (14, "USART2"), (15, "USART3"), (16, "UART4"),
             (17, "UART5"), (18, "UART7"), (19, "UART8"), (21, "I2C1"), (22, "I2C2"), (23, "I2C3"), (24, "I2C5"),
             (26, "SPDIF"), (27, "CEC"), (29, "DAC12"), (31, "MDIOS")),
    "APB2": ((0, "TIM1"), (1, "TIM8"), (2, "TIM15"), (3, "TIM16"), (4, "TIM17"), (8, "SPI1"), (9, "SPI4"),
             (10, "SPI5"), (13, "USART6"), (16, "SAI1"), (17, "SAI2"), (18, "SAI3"), (20, "DFSDM"), (24, "FDCAN")),
    "APB3": ((0, "LPTIM2"), (1, "LPTIM3"), (2, "LPTIM4"), (3, "LPTIM5"), (8, "SAI4"), (11, "SYSCFG"), (13, "VREF"),
             (16, "DTS"), (17, "PMBCTRL")),
    "APB4": ((0, "LTDC"), (4, "DSI"), (8, "DDRPERFM"), (16, "USBPHY")),
    "APB5": ((0, "SPI6"), (2, "I2C4"), (3, "I2C6"), (4, "USART1"), (20, "STGEN")),
    "AHB2": ((0, "DMA1"), (1, "DMA2"), (2, "DMAMUX"), (5, "ADC12"), (8, "USBO"), (16, "SDMMC3")),
    "AHB3": ((0, "DCMI"), (4, "CRYP2"), (5, "HASH2"), (6, "RNG2"), (7, "CRC2"), (11, "HSEM"), (12, "IPCC")),
    "AHB4": tuple((n, "GPIO" + bank) for n, bank in enumerate("ABCDEFGHIJK")),
    "AHB5": ((0, "GPIOZ"), (4, "CRYP1"), (5, "HASH1"), (6, "RNG1"), (16, "AXIMC")),
    "AHB6": ((5, "GPU"), (10, "ETHMAC"), (12, "FMC"), (14, "QSPI"), (16, "SDMMC1"), (17, "SDMMC2"), (20, "CRC1"),
             (24, "USBH")),
    "TZAHB6": ((0, "MDMA"),),
    "AXIM": ((0, "SYSRAM"),),
    "MLAHB": ((4, "RETRAM"),),
}  # fmt: skip
_CLOCKED = {
    "APB1": ((28, "MC_WWDG1"),),
    "APB2": ((21, "ADFSDM"),),
    "APB3": ((20, "HDP"),),
    "APB4": ((15, "MP_IWDG2APB"), (20, "STGENRO")),
    "APB5": ((8, "RTCAPB"), (11, "TZC1"), (12, "TZC2"), (13, "TZPC"), (15, "MP_IWDG1APB"), (16, "BSEC")),
    "AHB5": ((8, "BKPSRAM"),),
    "AHB6": ((0, "MDMA"), (7, "ETHCK"), (8, "ETHTX"), (9, "ETHRX")),
}
# What only runs on in sleep or stop, under its whole name.
_ASLEEP = {
    "APB4": ((21, "STGENROSTPEN"),),
    "APB5": ((21, "STGENSTPEN"),),
    "AHB6": ((11, "ETHSTPEN"),),
    "MLAHB": ((0, "SRAM1LPEN"), (1, "SRAM2LPEN"), (2, "SRAM34LPEN")),
}

_HIGH = ("APB4", "APB5", "AHB5", "AHB6", "TZAHB6")
_LOW = ("APB1", "APB2", "APB3", "AHB2", "AHB3", "AHB4", "AXIM", "MLAHB")
_RESETS = {
    0x210: 0x00010000, 0xA38: 0x00000010, 0xAB8: 0x00000010,
    0x300: 0x00118111, 0x308: 0x0011391D, 0x310: 0x00000171, 0x318: 0x011357A1, 0x320: 0x00000001,
    0x380: 0x00110111, 0x388: 0x0011391D, 0x390: 0x00000171, 0x398: 0x011357A1,
    0xB00: 0xADEFDBFF, 0xB08: 0x0137271F, 0xB10: 0x0003290F, 0xB18: 0x00010127, 0xB20: 0x000018F1,
    0xB28: 0x000007FF, 0xB30: 0x00000001, 0xB38: 0x00000017,
    0xB80: 0xBDEFDBFF, 0xB88: 0x0137271F, 0xB90: 0x0003290F, 0xB98: 0x00010127, 0xBA0: 0x000018F1,
    0xBA8: 0x000007FF, 0xBB0: 0x00000001, 0xBB8: 0x00000017,
}  # fmt: skip
_SEQUENCES = (  # first offset, buses, prefix and ending of the name, human ending, sentence
    (0x180, _HIGH, "", "RST", "Reset", "Holds blocks on %s in reset."),
    (0x980, _LOW[:6], "", "RST", "Reset", "Holds blocks on %s in reset."),
    (0x200, _HIGH, "MP_", "EN", "MpuEnable", "Clocks blocks on %s for the A7."),
    (0x280, _HIGH[:4], "MC_", "EN", "McuEnable", "Clocks blocks on %s for the M4."),
    (0x300, _HIGH, "MP_", "LPEN", "MpuSleepEnable", "Clocks blocks on %s while the A7 sleeps."),
    (0x380, _HIGH[:4], "MC_", "LPEN", "McuSleepEnable", "Clocks blocks on %s while the M4 sleeps."),
    (0xA00, _LOW, "MP_", "EN", "MpuEnable", "Clocks blocks on %s for the A7."),
    (0xA80, _LOW, "MC_", "EN", "McuEnable", "Clocks blocks on %s for the M4."),
    (0xB00, _LOW, "MP_", "LPEN", "MpuSleepEnable", "Clocks blocks on %s while the A7 sleeps."),
    (0xB80, _LOW, "MC_", "LPEN", "McuSleepEnable", "Clocks blocks on %s while the M4 sleeps."),
)


def gates():
    """All of these registers."""
    registers = []
    for first, buses, owner, kind, human, sentence in _SEQUENCES:
        for index, bus in enumerate(buses):
            offset = first + 8 * index
            if offset == 0xA30:
                continue  # the A7 cannot switch off the AXI memory it runs from
            registers += set_clear_pair(
                offset, owner + bus + kind, bus.capitalize() + human, sentence % bus,
                _fields(bus, owner, kind, human), _RESETS.get(offset, 0),
            )  # fmt: skip
    return registers


def _fields(bus, owner, kind, human):
    blocks = [(bit, name + kind) for bit, name in _BLOCKS[bus]]
    if kind != "RST":
        other = "MC_" if owner == "MP_" else "MP_"
        clocked = [(bit, name) for bit, name in _CLOCKED.get(bus, ()) if not name.startswith(other)]
        blocks += [(bit, name.replace(owner, "") + kind) for bit, name in clocked]
    if kind == "LPEN":
        blocks += _ASLEEP.get(bus, ())
    return [Field(name, bit, "%s of %s" % (human, name.replace(kind, ""))) for bit, name in blocks]


def reset_bits():
    """Who is held in reset by which bit: (offset of the set register, bit, name of the block)."""
    return [
        (first + 8 * index, bit, block)
        for first, buses, _, kind, _, _ in _SEQUENCES
        if kind == "RST"
        for index, bus in enumerate(buses)
        for bit, block in _BLOCKS[bus]
    ]
