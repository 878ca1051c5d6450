"""The digital temperature sensor: an oscillator whose frequency follows the temperature, counted by the bus clock.

The chip is as warm as one says, 30 degrees otherwise. Thresholds are stored, and never interrupt.
"""

from stm32mp1.registers import RO, RW, W1, Field, Register, RegisterTable
from stm32mp1.timed import TimedDevice

CFGR1 = 0x00
DR = 0x1C
SR = 0x20

_EN = 1 << 0
_START = 1 << 4
_RDY = 1 << 15
# The calibration of the bench's chip: hundreds of Hz at 30 degrees, and Hz for each degree more.
_FMT0, _RAMP = 5120, 2000
_CALIBRATED_AT = 30


class Dts(TimedDevice):
    """The DTS. `celsius` is how warm the chip is."""

    TABLE = RegisterTable("DTS", [
        Register(CFGR1, "CFGR1", "Configuration1", RW, 0x0, [
            Field("TS1_EN", 0, "sensor on"),
            Field("TS1_START", 4, "measuring"),
            Field("TS1_INTRIG_SEL", 8, "who triggers a measurement", width=4),
            Field("TS1_SMP_TIME", 16, "periods of the sensor that are measured", width=4),
            Field("REFCLK_SEL", 20, "the LSE is the reference, not the bus clock; not modelled"),
            Field("Q_MEAS_OPT", 21, "quick measurements"),
            Field("HSREF_CLK_DIV", 24, "divider of the bus clock for calibration", width=7),
        ], "Switches the sensor on, and has it measure."),
        Register(0x08, "T0VALR1", "Calibration", RO, _FMT0, [
            Field("TS1_FMT0", 0, "frequency at T0, in hundreds of Hz", width=16),
            Field("TS1_T0", 16, "0: T0 is 30 degrees", width=2),
        ], "The factory's measurement."),
        Register(0x10, "RAMPVALR", "Ramp", RO, _RAMP, [
            Field("TS1_RAMP_COEFF", 0, "Hz for each degree", width=16),
        ], "The factory's measurement of the slope."),
        Register(0x14, "ITR1", "Thresholds1", RW, 0x0, [
            Field("TS1_LITTHD", 0, "low threshold", width=16),
            Field("TS1_HITTHD", 16, "high threshold", width=16),
        ], "Thresholds of interrupts; stored."),
        Register(DR, "DR", "Data", RO, 0x0, [
            Field("TS1_MFREQ", 0, "cycles of the bus clock", width=16),
        ], "How long the measured periods have taken."),
        Register(SR, "SR", "Status", RO, 0x0, [Field("TS1_RDY", 15, "sensor ready")], "What the sensor does."),
        Register(0x24, "ITENR", "InterruptEnable", RW, 0x0, [], "Interrupts; stored."),
        Register(0x28, "ICIFR", "InterruptClear", W1, 0x0, [], "Clears interrupts."),
        Register(0x2C, "OR", "Option", RW, 0x0, [], "Options of the block."),
    ])  # fmt: skip

    def __init__(self):
        self.celsius = _CALIBRATED_AT
        TimedDevice.__init__(self)

    def read(self, offset, width):
        config = self._words[CFGR1]
        self._words[SR] = _RDY if config & _EN else 0
        self._words[DR] = self._periods(config >> 16 & 0xF) if config & _EN and config & _START else 0
        return TimedDevice.read(self, offset, width)

    def _periods(self, count):
        return min(self.clock_hz() * max(count, 1) // (100 * _FMT0 + _RAMP * (self.celsius - _CALIBRATED_AT)), 0xFFFF)
