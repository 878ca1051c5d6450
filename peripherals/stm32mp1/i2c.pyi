from stm32mp1.data_registers import DataRegisters
from stm32mp1.queues import Queues
from stm32mp1.timed import TimedDevice

class Slave:
    def start(self, reads: bool) -> bool:
        """It is addressed. True acknowledges."""

    def write(self, byte: int) -> bool:
        """A byte comes. True acknowledges."""

    def read(self) -> int:
        """The next byte that it sends."""

    def stop(self) -> None:
        """The transfer is over."""

class I2c(Queues, DataRegisters, TimedDevice):
    def attach(self, address: int, slave: Slave) -> None:
        """`slave` answers at `address` (7 or 10 bits, not shifted) from now on. ValueError if it is no address."""
