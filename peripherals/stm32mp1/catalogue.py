"""The devices that a platform file may name, by the type name that Renode uses for them there.

A type that Renode has keeps Renode's name; one that it lacks is called `STM32MP1.` and the block's name.
"""

from stm32mp1.adc import Adc
from stm32mp1.bsec import Bsec
from stm32mp1.crc import Crc
from stm32mp1.cryp import Cryp
from stm32mp1.dac import Dac
from stm32mp1.dbgmcu import Dbgmcu
from stm32mp1.dma import Dma
from stm32mp1.dmamux import Dmamux
from stm32mp1.dts import Dts
from stm32mp1.etzpc import Etzpc
from stm32mp1.exti import Exti
from stm32mp1.fdcan import Fdcan
from stm32mp1.fdcan_ccu import FdcanCcu
from stm32mp1.gpio import Gpio
from stm32mp1.hash import Hash
from stm32mp1.hsem import Hsem
from stm32mp1.i2c import I2c
from stm32mp1.ipcc import Ipcc
from stm32mp1.iwdg import Iwdg
from stm32mp1.lptim import Lptim
from stm32mp1.message_ram import MessageRam
from stm32mp1.pwr import Pwr
from stm32mp1.quadspi import Quadspi
from stm32mp1.rcc import Rcc
from stm32mp1.rng import Rng
from stm32mp1.rtc import Rtc
from stm32mp1.spi import Spi
from stm32mp1.syscfg import Syscfg
from stm32mp1.tamp import Tamp
from stm32mp1.tim import Tim1, Tim2, Tim3, Tim6, Tim12, Tim13, Tim15, Tim16
from stm32mp1.usart import Usart
from stm32mp1.wwdg import Wwdg

CATALOGUE = {
    "GPIOPort.STM32_GPIOPort": Gpio,
    "STM32MP1.ADC": Adc,
    "STM32MP1.BSEC": Bsec,
    "STM32MP1.CRC": Crc,
    "STM32MP1.CRYP": Cryp,
    "STM32MP1.DAC": Dac,
    "STM32MP1.DBGMCU": Dbgmcu,
    "STM32MP1.DMA": Dma,
    "STM32MP1.DMAMUX": Dmamux,
    "STM32MP1.DTS": Dts,
    "STM32MP1.ETZPC": Etzpc,
    "STM32MP1.EXTI": Exti,
    "STM32MP1.FDCAN": Fdcan,
    "STM32MP1.FDCANCCU": FdcanCcu,
    "STM32MP1.HASH": Hash,
    "STM32MP1.HSEM": Hsem,
    "STM32MP1.I2C": I2c,
    "STM32MP1.IPCC": Ipcc,
    "STM32MP1.IWDG": Iwdg,
    "STM32MP1.LPTIM": Lptim,
    "STM32MP1.PWR": Pwr,
    "STM32MP1.QUADSPI": Quadspi,
    "STM32MP1.RCC": Rcc,
    "STM32MP1.RNG": Rng,
    "STM32MP1.RTC": Rtc,
    "STM32MP1.SPI": Spi,
    "STM32MP1.SRAMCAN": MessageRam,
    "STM32MP1.SYSCFG": Syscfg,
    "STM32MP1.TAMP": Tamp,
    "STM32MP1.TIM1": Tim1,
    "STM32MP1.TIM2": Tim2,
    "STM32MP1.TIM3": Tim3,
    "STM32MP1.TIM6": Tim6,
    "STM32MP1.TIM12": Tim12,
    "STM32MP1.TIM13": Tim13,
    "STM32MP1.TIM15": Tim15,
    "STM32MP1.TIM16": Tim16,
    "STM32MP1.USART": Usart,
    "STM32MP1.WWDG": Wwdg,
    "UART.STM32F7_USART": Usart,
}
