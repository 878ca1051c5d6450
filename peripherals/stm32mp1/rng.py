"""The random number generator: always ready, and the same numbers in every run.

They are not random. Clock and seed errors do not happen here.
"""

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues
from stm32mp1.registers import CONST, RO, RW, Field, Register, RegisterTable, identification

CR = 0x00
SR = 0x04
DR = 0x08
SEED = 0x2545F491

_RNGEN, _IE = 1 << 2, 1 << 3  # in CR
_DRDY = 1 << 0  # in SR


class Rng(Queues, DataRegisters, Device):
    """RNG1 and RNG2. The numbers are those of Marsaglia's xorshift32 (13, 17, 5), from SEED on."""

    TABLE = RegisterTable("RNG", [
        Register(CR, "CR", "Control", RW, 0x0, [
            Field("RNGEN", 2, "generator on"), Field("IE", 3, "interrupt enabled"),
            Field("CED", 5, "clock errors ignored"),
        ], "Switches the generator on."),
        Register(SR, "SR", "Status", RO, 0x0, [
            Field("DRDY", 0, "a number is ready"), Field("CECS", 1, "clock error now"),
            Field("SECS", 2, "seed error now"), Field("CEIS", 5, "clock error"), Field("SEIS", 6, "seed error"),
        ], "Whether a number is ready."),
        Register(DR, "DR", "Data", RO, 0x0, [], "The next number.", read_acts=True),
        Register(0x3F0, "HWCFGR", "HardwareConfiguration", CONST, 0x6, [], "What the block can do."),
    ] + identification(0x21, 0x00170041))  # fmt: skip
    LINES = ("IRQ",)
    SOURCES = (DR,)
    QUEUES = ("seed",)

    def __init__(self):
        super(Rng, self).__init__()
        self._queues["seed"] = [SEED]

    def _take(self, offset, width):
        if self._words[SR] & _DRDY:
            (number,) = self._queues["seed"]
            number = (number ^ number << 13) & 0xFFFFFFFF
            number ^= number >> 17
            number = (number ^ number << 5) & 0xFFFFFFFF
            self._queues["seed"] = [number]
            self._words[DR] = number
        return self._words[DR]

    def _derive(self):
        self._words[SR] = _DRDY if self._words[CR] & _RNGEN else 0

    def _store(self, register, value):
        Device._store(self, register, value)
        self._derive()

    def _outputs(self):
        return [bool(self._words[CR] & _IE and self._words[SR] & _DRDY)]

    def reset(self):
        super(Rng, self).reset()
        self._queues["seed"] = [SEED]

    def _may_hold(self, name, queue):
        return len(queue) == 1 and 0 < queue[0] <= 0xFFFFFFFF
