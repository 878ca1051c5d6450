"""Power control: regulators that are ready as soon as they are enabled, and where the processors say how they sleep.

It stores; nothing here puts a processor to sleep or wakes it, and the wake-up pins are not connected.
"""

from stm32mp1.device import Device
from stm32mp1.registers import RO, RW, W1, Field, Register, RegisterTable, identification

CR2 = 0x008
CR3 = 0x00C
MPUCR = 0x010
MCUCR = 0x014

# (register, bit) that is ready when the bit of the same register is on (m4-platform.md section 5.4).
_READY = ((CR2, 16, 0), (CR2, 17, 1), (CR3, 26, 24), (CR3, 29, 28), (CR3, 31, 30))

_CSSF = 1 << 9
_FLAGS = 1 << 5 | 1 << 6  # STOPF and SBF
_STOPF = 1 << 5
_DEEPSLEEP = 1 << 15


class Pwr(Device):
    """The PWR block. MCUCR.STOPF tells of a stop of the whole system, DEEPSLEEP of the M4's own."""

    TABLE = RegisterTable("PWR", [
        Register(0x000, "CR1", "Control1", RW, 0x0, [
            Field("LPDS", 0, "low-power regulator in stop"),
            Field("LPCFG", 1, "low-power configuration"),
            Field("LVDS", 2, "low voltage in stop"),
            Field("PVDEN", 4, "supply watched"),
            Field("PLS", 5, "supply threshold", width=3),
            Field("DBP", 8, "backup domain writable"),
            Field("AVDEN", 16, "analogue supply watched"),
            Field("ALS", 17, "analogue supply threshold", width=2),
        ], "Low-power modes, supply watching and the backup domain's write protection."),
        Register(0x004, "CSR1", "ControlStatus1", RO, 0x0, [
            Field("PVDO", 4, "supply below its threshold"),
            Field("AVDO", 16, "analogue supply below its threshold"),
        ], "What the supply watching sees."),
        Register(0x008, "CR2", "Control2", RW, 0x0, [
            Field("BREN", 0, "backup regulator on"),
            Field("RREN", 1, "retention regulator on"),
            Field("MONEN", 4, "monitoring on"),
            Field("BRRDY", 16, "backup regulator ready", access=RO),
            Field("RRRDY", 17, "retention regulator ready", access=RO),
            Field("VBATL", 20, "battery low", access=RO),
            Field("VBATH", 21, "battery high", access=RO),
            Field("TEMPL", 22, "temperature low", access=RO),
            Field("TEMPH", 23, "temperature high", access=RO),
        ], "Regulators of the backup memories."),
        Register(0x00C, "CR3", "Control3", RW, 0x50000000, [
            Field("VBE", 8, "battery charging on"),
            Field("VBRS", 9, "battery charging resistor"),
            Field("DDRSREN", 10, "DDR self-refresh on"),
            Field("DDRSRDIS", 11, "DDR self-refresh off"),
            Field("DDRRETEN", 12, "DDR retention on"),
            Field("POPL", 17, "power-off length", width=5),
            Field("USB33DEN", 24, "USB supply watched"),
            Field("USB33RDY", 26, "USB supply ready", access=RO),
            Field("REG18EN", 28, "1.8 V regulator on"),
            Field("REG18RDY", 29, "1.8 V regulator ready", access=RO),
            Field("REG11EN", 30, "1.1 V regulator on"),
            Field("REG11RDY", 31, "1.1 V regulator ready", access=RO),
        ], "Battery charging, DDR retention and the regulators of the PHYs."),
        Register(0x010, "MPUCR", "MpuControl", RW, 0x0, [
            Field("PDDS", 0, "power down allowed in deep sleep"),
            Field("CSTBYDIS", 3, "standby of the A7 alone forbidden"),
            Field("STOPF", 5, "was in stop", access=RO),
            Field("SBF", 6, "was in standby", access=RO),
            Field("CSSF", 9, "clear the two flags", access=W1),
        ], "How deep the A7 may sleep."),
        Register(0x014, "MCUCR", "McuControl", RW, 0x0, [
            Field("PDDS", 0, "power down allowed in deep sleep"),
            Field("STOPF", 5, "was in stop", access=RO),
            Field("SBF", 6, "was in standby", access=RO),
            Field("CSSF", 9, "clear the two flags", access=W1),
            Field("DEEPSLEEP", 15, "in deep sleep", access=RO),
        ], "How deep the M4 may sleep."),
        Register(0x020, "WKUPCR", "WakeUpControl", RW, 0x0, [
            Field("WKUPC", 0, "clear wake-up flags", width=6, access=W1),
            Field("WKUPP", 8, "wake-up polarity", width=6),
            Field("WKUPPUPD", 16, "wake-up pin pulls", width=12),
        ], "The wake-up pins."),
        Register(0x024, "WKUPFR", "WakeUpFlag", RO, 0x0, [
            Field("WKUPF", 0, "wake-up pins that fired", width=6),
        ], "Which wake-up pins fired."),
        Register(0x028, "MPUWKUPENR", "MpuWakeUpEnable", RW, 0x0, [
            Field("WKUPEN", 0, "wake-up pins in use", width=6),
        ], "Which wake-up pins wake the A7."),
        Register(0x02C, "MCUWKUPENR", "McuWakeUpEnable", RW, 0x0, [
            Field("WKUPEN", 0, "wake-up pins in use", width=6),
        ], "Which wake-up pins wake the M4."),
    ] + identification(0x11, 0x00010001))  # fmt: skip

    def __init__(self):
        self.mcu_sleeps_deeply = lambda: False
        Device.__init__(self)

    def read(self, offset, width):
        word = Device.read(self, offset, width)
        return word | _DEEPSLEEP if offset == MCUCR and self.mcu_sleeps_deeply() else word

    def system_has_stopped(self):
        for offset in (MPUCR, MCUCR):
            self._words[offset] |= _STOPF

    def _store(self, register, value):
        Device._store(self, register, value)
        if register.offset in (MPUCR, MCUCR) and value & _CSSF:
            self._words[register.offset] &= ~_FLAGS
        self._derive()

    def _derive(self):
        words = self._words
        for offset, ready, switch in _READY:
            words[offset] = words[offset] & ~(1 << ready) | (words[offset] >> switch & 1) << ready
