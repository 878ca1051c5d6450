"""The CRC unit: polynomial of 7, 8, 16 or 32 bits, any start value, reversal of input and output.

It computes while it is written; no access waits.
"""

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues
from stm32mp1.registers import RW, W1, Field, Register, RegisterTable, identification

DR = 0x00
IDR = 0x04
CR = 0x08
INIT = 0x10
POL = 0x14

_RESET = 1 << 0  # in CR
_SIZES = (32, 16, 8, 7)  # by POLYSIZE


def _reversed(value, bits):
    return sum(1 << (bits - 1 - n) for n in range(bits) if value >> n & 1)


class Crc(Queues, DataRegisters, Device):
    """CRC1 and CRC2."""

    TABLE = RegisterTable("CRC", [
        Register(DR, "DR", "Data", RW, 0xFFFFFFFF, [], "Takes data, most significant bit first; reads the remainder."),
        Register(IDR, "IDR", "Independent", RW, 0x0, [], "A word for software's use."),
        Register(CR, "CR", "Control", RW, 0x0, [
            Field("RESET", 0, "start from INIT", access=W1),
            Field("POLYSIZE", 3, "size: 0 32 bits, 1 16, 2 8, 3 7", width=2),
            Field("REV_IN", 5, "input reversed by: 1 byte, 2 half-word, 3 word", width=2),
            Field("REV_OUT", 7, "output reversed"),
        ], "How it computes."),
        Register(INIT, "INIT", "Initial", RW, 0xFFFFFFFF, [], "The remainder to start from."),
        Register(POL, "POL", "Polynomial", RW, 0x04C11DB7, [], "The polynomial."),
    ] + identification(0x10, 0x00170061))  # fmt: skip
    SOURCES = (DR,)
    SINKS = (DR,)
    QUEUES = ("remainder",)

    def __init__(self):
        super(Crc, self).__init__()
        self._queues["remainder"] = [0xFFFFFFFF]

    def _size(self):
        return _SIZES[self._words[CR] >> 3 & 0x3]

    def _store(self, register, value):
        Device._store(self, register, value)
        if register.offset == INIT or (register.offset == CR and value & _RESET):
            self._queues["remainder"] = [self._words[INIT]]
        self._show()

    def _give(self, offset, value, width):
        bits = 8 * width
        chunk = (1, 8, 16, 32)[self._words[CR] >> 5 & 0x3]
        if chunk > 1:
            chunk = min(chunk, bits)
            parts = [_reversed(value >> at & ((1 << chunk) - 1), chunk) << at for at in range(0, bits, chunk)]
            value = sum(parts)
        size, polynomial = self._size(), self._words[POL]
        (remainder,) = self._queues["remainder"]
        for at in range(bits - 1, -1, -1):
            top = (remainder >> (size - 1) ^ value >> at) & 1
            remainder = (remainder << 1 ^ (polynomial if top else 0)) & ((1 << size) - 1)
        self._queues["remainder"] = [remainder]
        self._show()

    def _show(self):
        size = self._size()
        remainder = self._queues["remainder"][0] & ((1 << size) - 1)
        self._words[DR] = _reversed(remainder, size) if self._words[CR] >> 7 & 1 else remainder

    def reset(self):
        super(Crc, self).reset()
        self._queues["remainder"] = [0xFFFFFFFF]

    def _may_hold(self, name, queue):
        return len(queue) == 1 and queue[0] <= 0xFFFFFFFF
