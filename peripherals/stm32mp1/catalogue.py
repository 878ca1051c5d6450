"""The devices that a platform file may name, by the type name that Renode uses for them there.

A type that Renode has keeps Renode's name; one that it lacks is called `STM32MP1.` and the block's name.
"""

from stm32mp1.exti import Exti
from stm32mp1.gpio import Gpio
from stm32mp1.hsem import Hsem
from stm32mp1.ipcc import Ipcc
from stm32mp1.pwr import Pwr
from stm32mp1.rcc import Rcc
from stm32mp1.syscfg import Syscfg
from stm32mp1.tamp import Tamp
from stm32mp1.usart import Usart

CATALOGUE = {
    "GPIOPort.STM32_GPIOPort": Gpio,
    "STM32MP1.EXTI": Exti,
    "STM32MP1.HSEM": Hsem,
    "STM32MP1.IPCC": Ipcc,
    "STM32MP1.PWR": Pwr,
    "STM32MP1.RCC": Rcc,
    "STM32MP1.SYSCFG": Syscfg,
    "STM32MP1.TAMP": Tamp,
    "UART.STM32F7_USART": Usart,
}
