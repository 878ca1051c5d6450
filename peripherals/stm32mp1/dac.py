"""The digital-to-analogue converter: what is held becomes the output, at once or at a trigger.

Noise, triangles, calibration and sample-and-hold are stored and do nothing.
"""

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues
from stm32mp1.registers import CONST, RO, RW, W1, Field, Register, RegisterTable, identification

FULL_SCALE_MV = 3300

CR = 0x00
SWTRIGR = 0x04
DHR12R1 = 0x08
DOR1 = 0x2C

_EN, _TEN, _DMAEN = 1 << 0, 1 << 1, 1 << 12  # of channel 1; those of channel 2 stand 16 bits higher

# Holding registers: offset, bits to shift the value left by (to 12 bits), channels; the second's half is 16 bits up,
# in the 8-bit register 8 bits up.
_HOLDING = {
    0x08: (0, (1,), 16), 0x0C: (-4, (1,), 16), 0x10: (4, (1,), 16),
    0x14: (0, (2,), 16), 0x18: (-4, (2,), 16), 0x1C: (4, (2,), 16),
    0x20: (0, (1, 2), 16), 0x24: (-4, (1, 2), 16), 0x28: (4, (1, 2), 8),
}  # fmt: skip


def _control(n):
    up = 16 * (n - 1)
    return [
        Field("EN%d" % n, up, "channel %d on" % n),
        Field("TEN%d" % n, up + 1, "channel %d waits for its trigger" % n),
        Field("TSEL%d" % n, up + 2, "trigger of channel %d; 0: software" % n, width=4),
        Field("WAVE%d" % n, up + 6, "wave of channel %d" % n, width=2),
        Field("MAMP%d" % n, up + 8, "its amplitude", width=4),
        Field("DMAEN%d" % n, up + 12, "DMA for channel %d" % n),
        Field("DMAUDRIE%d" % n, up + 13, "underrun interrupt enabled for channel %d" % n),
        Field("CEN%d" % n, up + 14, "calibration of channel %d" % n),
    ]


def _holding(offset, name, human):
    return Register(offset, name, human, RW, 0x0, [], "Holds what is converted next.")


class Dac(Queues, DataRegisters, Device):
    """DAC1 with its two channels. `on_output(channel, millivolts)` is called when an output changes.

    Input n is the trigger that TSEL = n chooses: its rising edge converts. DMA1 and DMA2 ask for the next value.
    """

    TABLE = RegisterTable("DAC", [
        Register(CR, "CR", "Control", RW, 0x0, _control(1) + [Field("HFSEL", 15, "fast bus")] + _control(2),
                 "Switches the channels on and chooses what triggers them."),
        Register(SWTRIGR, "SWTRIGR", "SoftwareTrigger", W1, 0x0, [
            Field("SWTRIG1", 0, "convert on channel 1"), Field("SWTRIG2", 1, "convert on channel 2"),
        ], "Triggers by software."),
        _holding(0x08, "DHR12R1", "Channel1Right"), _holding(0x0C, "DHR12L1", "Channel1Left"),
        _holding(0x10, "DHR8R1", "Channel1Byte"), _holding(0x14, "DHR12R2", "Channel2Right"),
        _holding(0x18, "DHR12L2", "Channel2Left"), _holding(0x1C, "DHR8R2", "Channel2Byte"),
        _holding(0x20, "DHR12RD", "BothRight"), _holding(0x24, "DHR12LD", "BothLeft"),
        _holding(0x28, "DHR8RD", "BothBytes"),
        Register(DOR1, "DOR1", "Output1", RO, 0x0, [], "What channel 1 puts out."),
        Register(DOR1 + 4, "DOR2", "Output2", RO, 0x0, [], "What channel 2 puts out."),
        Register(0x34, "SR", "Status", RO, 0x0, [], "Underruns and calibration: none."),
        Register(0x38, "CCR", "Calibration", RW, 0x0, [], "Stored."),
        Register(0x3C, "MCR", "Mode", RW, 0x0, [], "Stored."),
        Register(0x40, "SHSR1", "Sample1", RW, 0x0, [], "Stored."),
        Register(0x44, "SHSR2", "Sample2", RW, 0x0, [], "Stored."),
        Register(0x48, "SHHR", "Hold", RW, 0x00010001, [], "Stored."),
        Register(0x4C, "SHRR", "Refresh", RW, 0x00010001, [], "Stored."),
        Register(0x3F0, "HWCFGR0", "HardwareConfiguration0", CONST, 0x00001111, [], "What the block can do."),
    ] + identification(0x31, 0x00110011))  # fmt: skip
    LINES = ("IRQ", "DMA1", "DMA2")
    INPUTS = 16
    INPUTS_TRACED = False
    SINKS = tuple(sorted(_HOLDING))
    QUEUES = ("held", "asking")  # what each channel converts next; the channels that want a value

    def __init__(self):
        self.on_output = None
        super(Dac, self).__init__()
        self._queues["held"] = [0, 0]

    def _give(self, offset, value, width):
        self._words[offset] = value
        shift, channels, apart = _HOLDING[offset]
        for n in channels:
            part = value >> (apart * (n - 1) if len(channels) > 1 else 0)
            part = part << shift if shift >= 0 else (part & 0xFFFF) >> -shift
            self._queues["held"][n - 1] = part & 0xFFF
            if n in self._queues["asking"]:
                self._queues["asking"].remove(n)
            if not self._control_of(n) & _TEN:
                self._convert(n)

    def _store(self, register, value):
        if register.offset == SWTRIGR:
            for n in (1, 2):
                if value >> (n - 1) & 1:
                    self._trigger(n, 0)
            return
        Device._store(self, register, value)
        if register.offset == CR and self.on_heeding is not None:
            self.on_heeding()
        for n in (1, 2):
            if not self._control_of(n) & _DMAEN and n in self._queues["asking"]:
                self._queues["asking"].remove(n)
            if not self._control_of(n) & _TEN:
                self._convert(n)

    def input(self, number, level):
        if level and number:
            self._trigger(1, number)
            self._trigger(2, number)
            self._settle()

    def _derive(self):
        super(Dac, self)._derive()
        if self.on_heeding is not None:
            self.on_heeding()

    def heeds(self, number):
        return self._waits(1, number) or self._waits(2, number)

    def _waits(self, n, source):
        control = self._control_of(n)
        return bool(control & _EN and control & _TEN and control >> 2 & 0xF == source)

    def _trigger(self, n, source):
        control = self._control_of(n)
        if self._waits(n, source):
            self._convert(n)
            if control & _DMAEN and n not in self._queues["asking"]:
                self._queues["asking"].append(n)

    def _convert(self, n):
        held = self._queues["held"][n - 1]
        if not self._control_of(n) & _EN or self._words[DOR1 + 4 * (n - 1)] == held:
            return
        self._words[DOR1 + 4 * (n - 1)] = held
        if self.on_output is not None:
            self.on_output(n, held * FULL_SCALE_MV // 0xFFF)

    def _control_of(self, n):
        return self._words[CR] >> 16 * (n - 1) & 0xFFFF

    def _outputs(self):
        return [False] + [n in self._queues["asking"] for n in (1, 2)]

    def reset(self):
        super(Dac, self).reset()
        self._queues["held"] = [0, 0]

    def _may_hold(self, name, queue):
        return len(queue) == 2 if name == "held" else max(queue + [1]) < 3
