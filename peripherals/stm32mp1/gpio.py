"""One bank of sixteen general-purpose pins: what the firmware and the outside make of each level.

Alternate functions are only stored: no other block drives a pin here.
"""

from stm32mp1.latched import LatchedDevice
from stm32mp1.registers import RO, RW, W1, Field, Register, RegisterTable, identification

MODER = 0x00
OTYPER = 0x04
OSPEEDR = 0x08
PUPDR = 0x0C
IDR = 0x10
ODR = 0x14
BSRR = 0x18
LCKR = 0x1C
AFRL = 0x20
AFRH = 0x24
BRR = 0x28

LCKK = 1 << 16

_PINS = range(16)
_ALL = 0xFFFF
# What a lock freezes: bits per pin, and the first pin of the register.
_CONFIGURATION = {MODER: (2, 0), OTYPER: (1, 0), OSPEEDR: (2, 0), PUPDR: (2, 0), AFRL: (4, 0), AFRH: (4, 8)}


def _of_each(name, meaning, width=1, first=0, count=16):
    return [Field("%s%d" % (name, first + n), width * n, meaning % (first + n), width=width) for n in range(count)]


def _pins_with(word, value):
    """The pins whose two bits in `word` are `value`."""
    return sum(1 << n for n in _PINS if word >> 2 * n & 0x3 == value)


class Gpio(LatchedDevice):
    """GPIOA to GPIOK, and GPIOZ.

    Each line is the level of the pin of that number: what an output drives, else what drives the pin from outside
    (input of that number, or `drive`), else its pull resistor, else low. IDR shows it, except that of analogue pins.
    An output wins over what drives against it.
    """

    TABLE = RegisterTable("GPIO", [
        Register(0x00, "MODER", "Mode", RW, 0xFFFFFFFF,
                 _of_each("MODER", "mode of pin %d: 0 input, 1 output, 2 alternate, 3 analogue", width=2),
                 "What each pin is for."),
        Register(0x04, "OTYPER", "OutputType", RW, 0x0, _of_each("OT", "pin %d open drain"),
                 "Which outputs only pull down."),
        Register(0x08, "OSPEEDR", "OutputSpeed", RW, 0x0, _of_each("OSPEEDR", "speed of pin %d", width=2),
                 "How fast each output switches."),
        Register(0x0C, "PUPDR", "Pull", RW, 0x0, _of_each("PUPDR", "pull of pin %d: 1 up, 2 down", width=2),
                 "The pull resistor of each pin."),
        Register(0x10, "IDR", "Input", RO, 0x0, _of_each("IDR", "pin %d high"), "The level of each pin."),
        Register(0x14, "ODR", "Output", RW, 0x0, _of_each("ODR", "pin %d driven high"),
                 "The level that each output drives."),
        Register(0x18, "BSRR", "OutputSetReset", W1, 0x0,
                 _of_each("BS", "drive pin %d high")
                 + [Field("BR%d" % n, 16 + n, "drive pin %d low" % n) for n in _PINS],
                 "Changes outputs one by one; where both halves name a pin, it goes high."),
        Register(0x1C, "LCKR", "Lock", RW, 0x0,
                 _of_each("LCK", "configuration of pin %d frozen") + [Field("LCKK", 16, "lock active")],
                 "Freezes the configuration of pins until a reset, once its key is written 1, 0, 1."),
        Register(0x20, "AFRL", "AlternateFunctionLow", RW, 0x0,
                 _of_each("AFR", "function of pin %d", width=4, count=8), "The function of pins 0 to 7."),
        Register(0x24, "AFRH", "AlternateFunctionHigh", RW, 0x0,
                 _of_each("AFR", "function of pin %d", width=4, first=8, count=8), "The function of pins 8 to 15."),
        Register(0x28, "BRR", "OutputReset", W1, 0x0, _of_each("BR", "drive pin %d low"),
                 "Drives outputs low one by one."),
        Register(0x30, "SECCFGR", "SecureConfiguration", RW, 0x0, [], "Protects pins; stored, not enforced."),
    ] + identification(0x40, 0x000F0002))  # fmt: skip
    LINES = tuple(str(n) for n in _PINS)
    INPUTS = 16
    # Which pins something drives from outside, and which of these high; how much of the lock's key is written.
    LATCHES = (("driven", 16), ("driven_high", 16), ("lock_steps", 2))

    def input(self, number, level):
        self.drive(number, level)

    def drive(self, pin, level):
        bit, latches = 1 << pin, self._latches
        latches["driven"] = latches["driven"] & ~bit | (0 if level is None else bit)
        latches["driven_high"] = latches["driven_high"] & ~bit | (bit if level else 0)
        self._level_pins()
        self._settle()

    def reset(self):
        self._latches["lock_steps"] = 0
        LatchedDevice.reset(self)

    def read(self, offset, width):
        if self._is_part(offset, width):
            return LatchedDevice.read(self, offset & ~3, 4) >> 8 * (offset & 3) & ((1 << 8 * width) - 1)
        return LatchedDevice.read(self, offset, width)

    def write(self, offset, value, width):
        if self._is_part(offset, width):
            shift, mask = 8 * (offset & 3), (1 << 8 * width) - 1
            offset &= ~3
            value = self._words[offset] & ~(mask << shift) | (value & mask) << shift
            width = 4
        LatchedDevice.write(self, offset, value, width)

    def _is_part(self, offset, width):
        """Bytes and half-words of a register are accessed by themselves too, as by DMA that samples half a bank."""
        return width in (1, 2) and not offset & (width - 1) and offset & ~3 in self._words and not self.stopped

    def _store(self, register, value):
        words, offset = self._words, register.offset
        if offset == BSRR:
            words[ODR] = words[ODR] & ~(value >> 16) | value & _ALL
        elif offset == BRR:
            words[ODR] &= ~value
        elif offset == LCKR:
            self._lock(value)
        elif offset in _CONFIGURATION:
            frozen = self._frozen(*_CONFIGURATION[offset])
            words[offset] = words[offset] & frozen | value & register.writable & ~frozen
            self._derive()
        else:
            LatchedDevice._store(self, register, value)
        self._level_pins()

    def _lock(self, value):
        words, latches = self._words, self._latches
        if words[LCKR] & LCKK:
            return
        pins, key, steps = value & _ALL, value & LCKK != 0, latches["lock_steps"]
        goes_on = steps and pins == words[LCKR] and key == (steps == 2)
        latches["lock_steps"] = (steps + 1) % 3 if goes_on else int(key)
        words[LCKR] = pins | (LCKK if goes_on and key else 0)

    def _frozen(self, width, first):
        """The bits of a register with `width` bits per pin, from pin `first` on, that a lock keeps as they are."""
        lock = self._words[LCKR]
        if not lock & LCKK:
            return 0
        frozen = [n for n in range(32 // width) if first + n < 16 and lock >> first + n & 1]
        return sum(((1 << width) - 1) << width * n for n in frozen)

    def _derive(self):
        words = self._words
        outputs = _pins_with(words[MODER], 1)
        self._analogue = _pins_with(words[MODER], 3)
        self._push = outputs & ~words[OTYPER]
        self._sink = outputs & words[OTYPER]
        self._pull_up = _pins_with(words[PUPDR], 1) & ~self._analogue
        self._level_pins()

    def _level_pins(self):
        words, latches, driven = self._words, self._latches, self._latches["driven"]
        outside = latches["driven_high"] | self._pull_up & ~driven
        odr = words[ODR]
        self._high = self._push & odr | self._sink & odr & outside | ~(self._push | self._sink) & outside
        words[IDR] = self._high & ~self._analogue

    def _outputs(self):
        high = self._high
        return [high >> n & 1 != 0 for n in _PINS]
