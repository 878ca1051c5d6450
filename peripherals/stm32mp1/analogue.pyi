from stm32mp1.adc import Adc
from stm32mp1.dac import Dac

def wire(dac: Dac | None, adc: Adc | None) -> None: ...
