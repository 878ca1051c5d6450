"""The frequency at which each device counts: the clock of the RCC that the STM32MP157 feeds to the block at its place.

The tree of clocks is the RCC's; here is only who gets which.
"""

from stm32mp1.memory_map import find_block
from stm32mp1.rcc_clocks import LSI_HZ
from stm32mp1.timed import TimedDevice

#: Clock of the RCC, and the blocks that it feeds. All other blocks run at the speed of the buses, that of the M4.
_FED = {
    "TIMG1": ("TIM2", "TIM3", "TIM4", "TIM5", "TIM6", "TIM7", "TIM12", "TIM13", "TIM14"),
    "TIMG2": ("TIM1", "TIM8", "TIM15", "TIM16", "TIM17"),
    "LPTIM1": ("LPTIM1",),
    "LPTIM23": ("LPTIM2", "LPTIM3"),
    "LPTIM45": ("LPTIM4", "LPTIM5"),
    "PCLK1": ("WWDG1", "DAC1"),
    "PCLK3": ("DTS",),
    "RTC": ("RTC",),
    "UART1": ("USART1",),
    "UART24": ("USART2", "UART4"),
    "UART35": ("USART3", "UART5"),
    "UART6": ("USART6",),
    "UART78": ("UART7", "UART8"),
    "I2C12": ("I2C1", "I2C2"),
    "I2C35": ("I2C3", "I2C5"),
    "I2C46": ("I2C4", "I2C6"),
    "SPI1": ("SPI1",),
    "SPI23": ("SPI2", "SPI3"),
    "SPI45": ("SPI4", "SPI5"),
    "SPI6": ("SPI6",),
    "ADC": ("ADC1", "ADC2", "ADC12_COMMON"),
    "RNG1": ("RNG1",),
    "RNG2": ("RNG2",),
}
_CLOCK = dict((block, clock) for clock, blocks in _FED.items() for block in blocks)
#: Independent watchdogs start the LSI by themselves.
_ON_LSI = ("IWDG1", "IWDG2")


def feed_clocks(rcc, devices):
    """Give each of `devices`, by address, that counts time its frequency in Hz, which follows the RCC's registers."""
    timed = dict((address, device) for address, device in devices.items() if isinstance(device, TimedDevice))
    for address, device in timed.items():
        block = find_block(address)
        device.clock_hz = _frequency(rcc, "" if block is None else block.name)

    def look():
        for device in timed.values():
            device.alarm()

    rcc.on_clocks = look  # what has passed was at the old frequency, and what is due comes at the new one


def _frequency(rcc, block):
    if block in _ON_LSI:
        return lambda: LSI_HZ
    clock = _CLOCK.get(block, "MCU")
    return lambda: rcc.clock_hz(clock)
