"""What stands between a device and its C# object in Renode (platforms/stm32mp1.cs), which calls it and owns its lines.

It runs in Renode's Python only. Nothing that a device raises leaves it: the emulation goes on.
"""

# Not everything that can be raised is a BaseException there.
# ruff: noqa: E722

import sys

from stm32mp1 import analogue
from stm32mp1.adc import Adc
from stm32mp1.boot_clocks import leave_clocks_of_boot_chain
from stm32mp1.catalogue import CATALOGUE
from stm32mp1.dac import Dac
from stm32mp1.device_clocks import feed_clocks
from stm32mp1.ipcc import Ipcc, ipcc_class
from stm32mp1.ipcc_table import VARIANTS
from stm32mp1.master import BusMaster
from stm32mp1.peripheral_resets import PeripheralResets
from stm32mp1.rcc import HSI_HZ, Rcc
from stm32mp1.rcc_table import MP_GCR
from stm32mp1.timed import TimedDevice
from stm32mp1.usart import Usart


def attach(block):
    """Make the device of a C# object and tie the two together. ValueError if there is no such device."""
    Socket(block, _model(type(block).__name__, block.Variant)())


def _model(name, variant):
    if not variant:
        return CATALOGUE["STM32MP1." + name]
    for known in VARIANTS:
        if known.name == variant:
            return ipcc_class(known)
    raise ValueError("no IPCC is called `%s`; there are %s." % (variant, ", ".join(known.name for known in VARIANTS)))


class Socket(object):
    """Renode, as the device sees it, and the device, as Renode does."""

    def __init__(self, block, device):
        self.device = device
        self._block = block
        for line in device.LINES:
            block.Line(line).Set(device.level(line))
        device.on_line = block.Drive
        device.on_event = self._note
        if isinstance(device, TimedDevice):
            device.now = self._now
            device.on_wake_at = self._wake_at
            device.clock_hz = self._first_clock
        if isinstance(device, BusMaster):
            device.bus_read = self._bus_read
            device.bus_write = self._bus_write
        if isinstance(device, Usart):
            device.on_tx = block.Send
            block.OnReceive = self._calls("receive")
        if isinstance(device, Rcc):
            device.on_clocks = self._first_write
            device.on_block_reset = self._first_reset
            block.OnCoreReset = self._calls("mcu_was_reset")
            block.OnBoot = self._boot
        block.Model = self
        block.Size = device.SIZE
        block.OnRead = self._read
        block.OnWrite = self._write
        block.OnInput = self._calls("input")
        block.OnReset = self._calls("reset")
        block.OnAlarm = self._calls("alarm")

    # -- what Renode calls ----------------------------------------------------------------------------------

    def _read(self, offset, width, processor):
        device = self.device
        device.processor = processor
        try:
            return device.read(offset, width) & 0xFFFFFFFF
        except:
            self._complain("%d-byte read at +0x%03X, which reads 0" % (width, offset))
            return 0

    def _write(self, offset, value, width, processor):
        device = self.device
        device.processor = processor
        try:
            device.write(offset, int(value), width)
        except:
            self._complain("%d-byte write of 0x%X at +0x%03X" % (width, value, offset))

    def _calls(self, name):
        """A function that calls the device's method of that name."""

        def call(*arguments):
            try:
                getattr(self.device, name)(*arguments)
            except:
                self._complain("%s(%s)" % (name, ", ".join(str(argument) for argument in arguments)))

        return call

    def _boot(self, start):
        """Leave the RCC as the boot chain does, and start the M4 if it does so, too."""
        try:
            leave_clocks_of_boot_chain(self.device)
            if start:
                self.device.write(MP_GCR, 1, 4)
        except:
            self._complain("Boot()")

    def _complain(self, what):
        kind, error, trace = sys.exc_info()
        try:
            words = " ".join(str(error).split())
        except:
            words = "an error without words"
        while trace.tb_next is not None:
            trace = trace.tb_next
        where = "%s:%d" % (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        self._block.Complain("the model failed in %s: %s: %s (%s)" % (what, kind.__name__, words, where))

    # -- what the device calls ------------------------------------------------------------------------------

    def _note(self, kind, subject, before, after):
        self._block.Note(kind, subject, before, after)
        if kind == "illegal":
            self._block.Warn(subject + ", which the hardware does not take")

    def _now(self):
        return int(self._block.Now())

    def _wake_at(self, at):
        self._block.WakeIn(0 if at is None else max(at - self._now(), 1))

    def _bus_read(self, address, width):
        bus = self._block.Machine.SystemBus
        if bus.WhatIsAt(address) is None:
            return None
        by_width = {1: bus.ReadByte, 2: bus.ReadWord, 4: bus.ReadDoubleWord, 8: bus.ReadQuadWord}
        return int(by_width[width](address))

    def _bus_write(self, address, value, width):
        bus = self._block.Machine.SystemBus
        if bus.WhatIsAt(address) is None:
            return False
        by_width = {1: bus.WriteByte, 2: bus.WriteWord, 4: bus.WriteDoubleWord, 8: bus.WriteQuadWord}
        by_width[width](address, value & (1 << 8 * width) - 1)
        return True

    # -- what ties the devices of a machine, once all are there ----------------------------------------------

    def _first_clock(self):
        self.device.clock_hz = lambda: HSI_HZ  # as it stays if the bus does not know the device
        self._tie()
        return self.device.clock_hz()

    def _first_write(self):
        self.device.on_clocks = lambda: None
        self._tie()
        self.device.on_clocks()

    def _first_reset(self, offset, bit):
        self.device.on_block_reset = lambda *_: None
        self._tie()
        self.device.on_block_reset(offset, bit)

    def _tie(self):
        """Let the RCC, if there is one, feed, reset and hold the others (mp1bench.chip does the same)."""
        sockets = dict((int(block.Address), block.Model) for block in self._block.Neighbours)
        devices = dict((address, socket.device) for address, socket in sockets.items())
        for socket in sockets.values():
            if isinstance(socket.device, TimedDevice):
                socket.device.clock_hz = lambda: HSI_HZ
        by_kind = dict((type(device), device) for device in devices.values())
        analogue.wire(by_kind.get(Dac), by_kind.get(Adc))
        for socket in sockets.values():
            if isinstance(socket.device, Rcc):
                feed_clocks(socket.device, devices)
                PeripheralResets(socket.device, devices)
                socket.tell_of_mcu_clock()
                for device in devices.values():
                    if isinstance(device, Ipcc):
                        socket.hold_in_reset(device)

    def tell_of_mcu_clock(self):
        rcc, look = self.device, self.device.on_clocks

        def clocks():
            look()
            self._block.SetMcuClock(rcc.mcu_hz())

        rcc.on_clocks = clocks

    def hold_in_reset(self, ipcc):
        def follow(level):
            if level:
                ipcc.reset()
            ipcc.stopped = "in reset" if level else ""

        self._block.Line("IPCCRST").AddStateChangedHook(follow)
