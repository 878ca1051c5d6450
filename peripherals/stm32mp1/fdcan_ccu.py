"""The clock calibration unit in front of FDCAN1: storage, as after a reset by which the controllers' clock passes it.

It measures nothing, since nobody else is on the bus: the state stays "not calibrated", and no event comes.
"""

from stm32mp1.device import Device
from stm32mp1.registers import RO, RW, RW1C, Field, Register, RegisterTable


class FdcanCcu(Device):
    """FDCAN_CCU."""

    TABLE = RegisterTable("FDCAN_CCU", [
        Register(0x04, "CCFG", "Configuration", RW, 0x4, [
            Field("TQBT", 0, "time quanta in a bit", width=5), Field("BCC", 6, "no calibration: the clock is divided"),
            Field("CFL", 7, "a field has 64 bits"), Field("OCPM", 8, "least periods in a field", width=8),
            Field("CDIV", 16, "divides the clock by 1, 2, 4, 6 and on", width=4), Field("SWR", 31, "start anew"),
        ], "How the clock is calibrated, or divided."),
        Register(0x08, "CSTAT", "Status", RO, 0x0203FFFF, [
            Field("OCPC", 0, "periods counted", width=18), Field("TQC", 18, "time quanta counted", width=11),
            Field("CALS", 30, "1 is basic, 2 is precision calibration", width=2),
        ], "What has been measured."),
        Register(0x0C, "CWD", "Watchdog", RW, 0x0, [
            Field("WDC", 0, "from where it counts", width=16), Field("WDV", 16, "count", width=16, access=RO),
        ], "How long a calibration may take; nothing counts."),
        Register(0x10, "IR", "Interrupts", RW1C, 0x0, [
            Field("CWE", 0, "the watchdog has ended"), Field("CSC", 1, "the state has changed"),
        ], "What has happened."),
        Register(0x14, "IE", "InterruptEnable", RW, 0x0, [
            Field("CWEE", 0, "the watchdog interrupts"), Field("CSCE", 1, "a change of state interrupts"),
        ], "What interrupts."),
    ])  # fmt: skip

    def _store(self, register, value):
        if register.offset == 0x04 and value & 1 << 31:
            self.reset()
        else:
            Device._store(self, register, value)
