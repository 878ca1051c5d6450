"""Tamper detection and the backup registers, in which boot loader, Linux and firmware leave each other notes.

It stores; tampering is not modelled. Who uses which backup register is a convention of the software.
"""

from stm32mp1.device import Device
from stm32mp1.registers import CONST, RO, RW, W1, Register, RegisterTable, identification

BKP0R = 0x100


class Tamp(Device):
    """The TAMP block with its 32 backup registers."""

    TABLE = RegisterTable("TAMP", [
        Register(0x000, "CR1", "Control1", RW, 0xFFFF0000, [], "Which tamper sources are on."),
        Register(0x004, "CR2", "Control2", RW, 0x0, [], "What a tamper event does."),
        Register(0x00C, "FLTCR", "FilterControl", RW, 0x0, [], "The filter of the tamper pins."),
        Register(0x010, "ATCR1", "ActiveTamperControl1", RW, 0x00070000, [], "Active tamper detection."),
        Register(0x014, "ATSEEDR", "ActiveTamperSeed", W1, 0x0, [], "Its seed."),
        Register(0x018, "ATOR", "ActiveTamperOutput", RO, 0x0, [], "Its output."),
        Register(0x020, "SMCR", "SecureMode", RW, 0x80000000, [], "Protection zones; stored, not enforced."),
        Register(0x02C, "IER", "InterruptEnable", RW, 0x0, [], "Tamper interrupts."),
        Register(0x030, "SR", "Status", RO, 0x0, [], "Tamper events."),
        Register(0x034, "MISR", "MaskedInterruptStatus", RO, 0x0, [], "Tamper events, of those enabled."),
        Register(0x038, "SMISR", "SecureMaskedInterruptStatus", RO, 0x0, [], "The same for the secure side."),
        Register(0x03C, "SCR", "StatusClear", W1, 0x0, [], "Clears tamper events."),
        Register(0x040, "COUNTR", "MonotonicCounter", RO, 0x0, [], "A counter that only goes up; not modelled."),
        Register(0x050, "CFGR", "Configuration", RW, 0x0, [], "Options of the block."),
        Register(0x3EC, "HWCFGR2", "HardwareConfiguration2", CONST, 0x101, [], "What the block can do."),
        Register(0x3F0, "HWCFGR1", "HardwareConfiguration1", CONST, 0x9D1320, [], "What the block can do."),
    ] + [
        Register(BKP0R + 4 * n, "BKP%dR" % n, "Backup%d" % n, RW, 0x0, [], "Kept for software over resets.")
        for n in range(32)
    ] + identification(0x10, 0x00121033))  # fmt: skip

    def reset(self):
        """A reset of the system: the backup registers survive it."""
        backup = dict((offset, self._words[offset]) for offset in range(BKP0R, BKP0R + 4 * 32, 4))
        Device.reset(self)
        self._words.update(backup)
