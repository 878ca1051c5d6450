"""The STM32MP157's memory map as the Cortex-M4 sees it: the name of whatever stands at an address.

It says what the chip has, not what a platform models; nothing is placed from here.
"""

from bisect import bisect_right
from collections import namedtuple

#: Arm's peripheral region, where the code of a Cortex-M4 never is: first address, and the first past it.
PERIPHERALS = (0x40000000, 0x60000000)

Block = namedtuple("Block", "base size name")  # `size` bytes from `base` on


def _row(bus, names, stride=0x1000, size=0x400):
    """Blocks of `size` that follow each other every `stride` bytes; an empty name is a gap."""
    return [Block(bus + stride * n, size, name) for n, name in enumerate(names) if name]


_GPIO = tuple("GPIO" + bank for bank in "ABCDEFGHIJK")

#: From the lowest address up. Bases are those of ST's CMSIS header; a window is 1 KiB unless the block says otherwise.
BLOCKS = tuple(sorted(
    [
        Block(0x00000000, 0x10000, "RETRAM"),
        Block(0x10000000, 0x60000, "SRAM"),
        Block(0x2FFC0000, 0x40000, "SYSRAM"),
        Block(0x30000000, 0x60000, "SRAM"),
        Block(0x38000000, 0x10000, "RETRAM"),
    ]
    # APB1
    + _row(0x40000000, ("TIM2", "TIM3", "TIM4", "TIM5", "TIM6", "TIM7", "TIM12", "TIM13", "TIM14", "LPTIM1"))
    + _row(0x4000A000, ("WWDG1", "SPI2", "SPI3", "SPDIFRX", "USART2", "USART3", "UART4", "UART5", "I2C1", "I2C2"))
    + _row(0x40014000, ("I2C3", "I2C5", "CEC", "DAC1", "UART7", "UART8", "", "", "MDIOS"))
    # APB2
    + _row(0x44000000, ("TIM1", "TIM8", "", "USART6", "SPI1", "SPI4", "TIM15", "TIM16", "TIM17", "SPI5"))
    + _row(0x4400A000, ("SAI1", "SAI2", "SAI3", "DFSDM1", "FDCAN1", "FDCAN2", "FDCAN_CCU"))
    + [Block(0x44011000, 0x2800, "SRAMCAN")]
    # AHB2, AHB3
    + _row(0x48000000, ("DMA1", "DMA2", "DMAMUX1", "", "SDMMC3", "DLYB_SDMMC3"))
    + _row(0x48003000, ("ADC1", "ADC2", "", "ADC12_COMMON"), stride=0x100, size=0x100)
    + [Block(0x49000000, 0x40000, "USBOTG")]
    + _row(0x4C000000, ("HSEM", "IPCC", "HASH2", "RNG2", "CRC2", "CRYP2", "DCMI"))
    # AHB4, APB3, debug
    + [Block(0x50000000, 0x1000, "RCC")]
    + _row(0x50001000, ("PWR",) + _GPIO + ("EXTI",))
    + _row(0x50020000, ("SYSCFG", "LPTIM2", "LPTIM3", "LPTIM4", "LPTIM5", "VREFBUF", "", "SAI4", "DTS", "PMB"))
    + [
        Block(0x5002A000, 0x400, "HDP"),
        Block(0x50081000, 0x1000, "DBGMCU"),
    ]
    # AHB5, AXI interconnect, AHB6
    + [Block(0x54000000, 0x1000, "BKPSRAM")]
    + _row(0x54001000, ("CRYP1", "HASH1", "RNG1", "GPIOZ"))
    + [
        Block(0x57000000, 0x100000, "GPV"),
        Block(0x58000000, 0x1000, "MDMA"),
    ]
    + _row(0x58002000, ("FMC", "QUADSPI", "DLYB_QUADSPI"), size=0x1000)
    + _row(0x58005000, ("SDMMC1", "DLYB_SDMMC1", "SDMMC2", "DLYB_SDMMC2", "CRC1"), size=0x1000)
    + [Block(0x5800A000, 0x2000, "ETH")]
    + _row(0x5800C000, ("USBH_OHCI", "USBH_EHCI"), size=0x1000)
    + [Block(0x59000000, 0x40000, "GPU")]
    # APB4, APB5
    + [Block(0x5A000000, 0x800, "DSI")]
    + _row(0x5A001000, ("LTDC", "IWDG2", "DDRCTRL", "DDRPHYC", "STGENR", "USBPHYC", "DDRPERFM"), size=0x1000)
    + _row(0x5C000000, ("USART1", "SPI6", "I2C4", "IWDG1", "RTC"))
    + _row(0x5C005000, ("BSEC", "TZC", "ETZPC", "STGENC"), size=0x1000)
    + _row(0x5C009000, ("I2C6", "TAMP"))
    # AXI memories
    + [
        Block(0x60000000, 0x10000000, "FMC_NOR"),
        Block(0x70000000, 0x10000000, "QUADSPI_MEM"),
        Block(0x80000000, 0x10000000, "FMC_NAND"),
        Block(0x90000000, 0x01000000, "STM"),
        Block(0xC0000000, 0x20000000, "DDR"),
    ]
    # The core's own
    + [
        Block(0xE0000000, 0x1000, "ITM"),
        Block(0xE0001000, 0x1000, "DWT"),
        Block(0xE0002000, 0x1000, "FPB"),
        Block(0xE000E000, 0x1000, "SCS"),
        Block(0xE0040000, 0x1000, "TPIU"),
        Block(0xE0041000, 0x1000, "ETM"),
    ]
))  # fmt: skip

_BASES = [block.base for block in BLOCKS]


def find_block(address):
    """The block at `address`, or None where the chip has none: reserved addresses."""
    at = bisect_right(_BASES, address) - 1
    if at < 0 or address >= BLOCKS[at].base + BLOCKS[at].size:
        return None
    return BLOCKS[at]


def name_of(address):
    """`SPI1+0x008`, or `reserved 0x40002400` where the chip has no block."""
    block = find_block(address)
    return "reserved 0x%08X" % address if block is None else "%s+0x%03x" % (block.name, address - block.base)
