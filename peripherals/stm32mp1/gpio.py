"""One bank of sixteen general-purpose pins: what software drives can be read back.

Nothing is connected to a pin: one that is not an output reads 0, and alternate functions are only stored.
"""

from stm32mp1.device import Device
from stm32mp1.registers import RO, RW, W1, Field, Register, RegisterTable, identification

MODER = 0x00
IDR = 0x10
ODR = 0x14
BSRR = 0x18
BRR = 0x28

_PINS = range(16)


def _one_bit_each(name, meaning):
    return [Field("%s%d" % (name, n), n, meaning % n) for n in _PINS]


class Gpio(Device):
    """GPIOA to GPIOK, and GPIOZ."""

    TABLE = RegisterTable("GPIO", [
        Register(0x00, "MODER", "Mode", RW, 0xFFFFFFFF, [
            Field("MODER%d" % n, 2 * n, "mode of pin %d: 0 input, 1 output, 2 alternate, 3 analogue" % n, width=2)
            for n in _PINS
        ], "What each pin is for."),
        Register(0x04, "OTYPER", "OutputType", RW, 0x0, _one_bit_each("OT", "pin %d open drain"),
                 "Which outputs only pull down."),
        Register(0x08, "OSPEEDR", "OutputSpeed", RW, 0x0, [], "How fast each output switches."),
        Register(0x0C, "PUPDR", "Pull", RW, 0x0, [], "The pull resistor of each pin."),
        Register(0x10, "IDR", "Input", RO, 0x0, _one_bit_each("IDR", "pin %d high"), "The level of each pin."),
        Register(0x14, "ODR", "Output", RW, 0x0, _one_bit_each("ODR", "pin %d driven high"),
                 "The level that each output drives."),
        Register(0x18, "BSRR", "OutputSetReset", W1, 0x0,
                 _one_bit_each("BS", "drive pin %d high")
                 + [Field("BR%d" % n, 16 + n, "drive pin %d low" % n) for n in _PINS],
                 "Changes outputs one by one; where both halves name a pin, it goes high."),
        Register(0x1C, "LCKR", "Lock", RW, 0x0, [], "Freezes the configuration; stored, not enforced."),
        Register(0x20, "AFRL", "AlternateFunctionLow", RW, 0x0, [], "The function of pins 0 to 7."),
        Register(0x24, "AFRH", "AlternateFunctionHigh", RW, 0x0, [], "The function of pins 8 to 15."),
        Register(0x28, "BRR", "OutputReset", W1, 0x0, _one_bit_each("BR", "drive pin %d low"),
                 "Drives outputs low one by one."),
        Register(0x30, "SECCFGR", "SecureConfiguration", RW, 0x0, [], "Protects pins; stored, not enforced."),
    ] + identification(0x40, 0x000F0002))  # fmt: skip

    def _store(self, register, value):
        if register.offset == BSRR:
            self._words[ODR] = self._words[ODR] & ~(value >> 16) | value & 0xFFFF
        elif register.offset == BRR:
            self._words[ODR] &= ~value
        else:
            Device._store(self, register, value)
        self._derive()

    def _derive(self):
        words = self._words
        outputs = sum(1 << n for n in _PINS if words[MODER] >> 2 * n & 0x3 == 1)
        words[IDR] = words[ODR] & outputs
