"""Boot and security control: the fuses of the chip, as its shadow registers show them.

Nothing is fused and no access is checked; the fuses that say which chip this is are those of an STM32MP157C.
"""

from stm32mp1.device import Device
from stm32mp1.registers import RO, RW, Register, RegisterTable, identification

DATA0 = 0x200

_FUSES = 96

_UNIQUE = 0x00300041, 0x3230510A, 0x38363730  # any three words: those of the bench's chip
# What an ADC of 16 bits measures at 3.3 V: the internal reference, and the sensor at 30 and 110 degrees.
_VREFINT, _SENSOR_30, _SENSOR_110 = 0x5DDD, 0x3019, 0x3C82
# What firmware looks up: the part number (0 is the STM32MP157C), the unique ID, the package (2 is the TFBGA361), and
# the calibration of the ADC.
_FUSED = {
    1: 0x0,
    13: _UNIQUE[0],
    14: _UNIQUE[1],
    15: _UNIQUE[2],
    16: 2 << 27,
    20: _VREFINT << 16,
    23: _SENSOR_110 << 16 | _SENSOR_30,
}


def _bsec_table():
    registers = [
        Register(0x000, "OTP_CONFIG", "Configuration", RW, 0x0, [], "How fuses are read and programmed."),
        Register(0x004, "OTP_CONTROL", "Control", RW, 0x0, [], "Which fuse is read or programmed."),
        Register(0x008, "OTP_WRDATA", "WriteData", RW, 0x0, [], "What would be programmed."),
        Register(0x00C, "OTP_STATUS", "Status", RO, 0x0, [], "Whether the fuses are busy or have failed."),
        Register(0x010, "OTP_LOCK", "Lock", RW, 0x0, [], "Locks of this block; stored, not enforced."),
        Register(0x014, "DENABLE", "DebugEnable", RW, 0x0, [], "Which debugging is allowed; stored, not enforced."),
        Register(0x0AC, "JTAGIN", "JtagInput", RO, 0x0, [], "What a debugger has sent."),
        Register(0x0B0, "JTAGOUT", "JtagOutput", RW, 0x0, [], "What a debugger reads."),
        Register(0x0B4, "SCRATCH", "Scratch", RW, 0x0, [], "A word for software."),
    ]  # fmt: skip
    for first, name, human, access, sentence in (
        (0x01C, "DISTURBED", "Disturbed", RO, "Fuses whose reading was disturbed."),
        (0x034, "ERROR", "Error", RO, "Fuses that could not be read."),
        (0x04C, "WRLOCK", "WriteLock", RO, "Fuses that cannot be programmed any more."),
        (0x064, "SPLOCK", "StickyProgramLock", RW, "Fuses locked until a reset; stored, not enforced."),
        (0x07C, "SWLOCK", "StickyWriteLock", RW, "Shadows locked until a reset; stored, not enforced."),
        (0x094, "SRLOCK", "StickyReadLock", RW, "Shadows not reloaded until a reset; stored, not enforced."),
    ):
        for n in range(3):
            registers.append(
                Register(first + 4 * n, "OTP_%s%d" % (name, n), "%s%d" % (human, n), access, 0x0, [], sentence)
            )
    for n in range(_FUSES):
        fused = _FUSED.get(n, 0)
        registers.append(
            Register(DATA0 + 4 * n, "OTP_DATA%d" % n, "Fuse%d" % n, RW, fused, [], "The shadow of fuse word %d." % n)
        )
    return RegisterTable("BSEC", registers + identification(0x11, 0x00100032, kib=4))


class Bsec(Device):
    """The BSEC. A shadow register can also be read by half words, as calibrations are."""

    TABLE = _bsec_table()
    SIZE = 0x1000

    def read(self, offset, width):
        if width == 2 and offset & 1 == 0 and DATA0 <= offset < DATA0 + 4 * _FUSES:
            return Device.read(self, offset & ~3, 4) >> 8 * (offset & 2) & 0xFFFF
        return Device.read(self, offset, width)
