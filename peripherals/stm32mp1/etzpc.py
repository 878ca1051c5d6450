"""Protection of the blocks: which of them are for secure software only, and which are the Cortex-M4's alone.

It stores what is decided, for software that asks; no access is checked.
"""

from stm32mp1.device import Device
from stm32mp1.registers import RW, Field, Register, RegisterTable

DECPROT0 = 0x010
UNPROTECTED = 0xFFFFFFFF  # two bits per block: 0 secure, 1 writes secure, 2 the M4's alone, 3 everybody's


def _of_each(word, width, name, meaning):
    count = 32 // width
    return [Field("%s%d" % (name, count * word + n), width * n, meaning % (count * word + n), width=width)
            for n in range(count)]  # fmt: skip


class Etzpc(Device):
    """The ETZPC, with all blocks open to both processors."""

    TABLE = RegisterTable("ETZPC", [
        Register(0x000, "TZMA0_SIZE", "SecureRomSize", RW, 0x3FF, [], "How much of the ROM is secure."),
        Register(0x004, "TZMA1_SIZE", "SecureRamSize", RW, 0x3FF, [], "How much of the SYSRAM is secure."),
    ] + [
        Register(DECPROT0 + 4 * n, "DECPROT%d" % n, "Protection%d" % n, RW, UNPROTECTED,
                 _of_each(n, 2, "P", "protection of block %d: 0 secure, 1 writes secure, 2 the M4's, 3 none"),
                 "Who may use blocks %d to %d." % (16 * n, 16 * n + 15))
        for n in range(6)
    ] + [
        Register(0x030 + 4 * n, "DECPROT_LOCK%d" % n, "ProtectionLock%d" % n, RW, 0x0,
                 _of_each(n, 1, "L", "protection of block %d locked"),
                 "Freezes who may use blocks %d to %d; stored, not enforced." % (32 * n, 32 * n + 31))
        for n in range(3)
    ])  # fmt: skip
