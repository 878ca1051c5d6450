"""The IPCC's controller driver (drivers/mailbox/stm32-ipcc.c): the same register accesses in the same order.

It carries signals only: every message it hands up is None. Channels count from 0 here, CH1 is channel 0
(linux-mailbox.md §2).
"""

from __future__ import annotations

from mp1bench.engine import Engine
from mp1bench.linux.errno import Errno, KernelFaultError
from mp1bench.linux.kernel.clk import Clock
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.irq import Interrupt
from mp1bench.linux.kernel.locking import Spinlock
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vsprintf import signed
from mp1bench.linux.kernel.workqueue import Work, WorkQueue
from mp1bench.linux.mailbox.controller import MailboxChannel, MailboxController
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.platform_bus import PlatformDevice

COMPATIBLE = "st,stm32mp1-ipcc"

_PROC_SIZE = 0x10  # from one processor's bank to the next
_CR, _MR, _SCR, _TOYSR = 0x00, 0x04, 0x08, 0x0C
_SECCFGR = 0x80
_HWCFGR, _VER = 0x3F0, 0x3F4

_CR_ENABLE = 1 << 16 | 1 << 0  # TX-free and RX-occupied interrupts
_ALL = 0xFFFFFFFF
_HALF = 0xFFFF
_TX_SHIFT = 16
_CHANNELS_MASK = 0xFF
_SECURITY_MASK = 0xF00  # of HWCFGR: the block knows secure channels

_IN_INTERRUPT = 0x100  # of a device-tree cell: call the client from the interrupt, not from a work item


class Stm32Ipcc:
    """The driver, bound to one IPCC. `work_latency_ns` is what ST's kernel needs to start a work item."""

    def __init__(
        self,
        kernel: Kernel,
        engine: Engine,
        core: MailboxCore,
        device: PlatformDevice,
        *,
        work_latency_ns: int = 1_000,
    ) -> None:
        self.dev = f"stm32-ipcc {device.name}"
        self.controller: MailboxController | None = None
        self._kernel = kernel
        self._flavour = kernel.flavour
        self._log = kernel.logger("stm32-ipcc.c")
        self._engine = engine
        self._core = core
        self._device = device
        self._lock = Spinlock(kernel)
        self._clock: Clock
        self._irqs: list[Interrupt] = []
        self._base = self._own = self._other = 0
        self._n_chans = 0
        self._secured = False
        self._saved = (0, 0)
        self._workqueue = WorkQueue(kernel, "events", work_latency_ns)
        self._works: dict[MailboxChannel, Work] = {}
        self._in_interrupt: set[MailboxChannel] = set()

    # -- life -------------------------------------------------------------------------------------------------

    def probe(self) -> int:
        """Bind to the device: 0, or a negative error number."""
        node = self._device.node
        if node is None:
            self._log.err(self.dev, "No DT found")
            return -Errno.ENODEV
        proc_id = node.cell("st,proc-id")
        if proc_id is None:
            self._log.err(self.dev, "Missing st,proc-id")
            return -Errno.ENODEV
        if proc_id > 1:
            self._log.err(self.dev, f"Invalid proc_id ({signed(proc_id)})")
            return -Errno.EINVAL
        base = self._device.ioremap()
        if base < 0:
            return base
        self._base = base
        self._own, self._other = base + _PROC_SIZE * proc_id, base + _PROC_SIZE * (1 - proc_id)
        clock = self._device.clk_get()
        if isinstance(clock, int):
            return clock
        self._clock = clock
        error = self._enable_clock() or self._start(proc_id)
        if error:
            for interrupt in self._irqs:
                interrupt.free()
            self._irqs.clear()
        return error

    def _start(self, proc_id: int) -> int:
        """The part of probe that needs the clock, which is off again afterwards."""
        error = self._request_irqs()
        if not error:
            self._set_bits(_MR, _ALL, "stm32_ipcc_probe")
            self._set_bits(_CR, _CR_ENABLE, "stm32_ipcc_probe")
            error = self._set_wake_irq() or self._register()
            if error:
                self._device.set_wakeup_capable(False)
        if not error:
            version = self._engine.read(self._base + _VER, function="stm32_ipcc_probe")
            chans = len(self.controller.channels) if self.controller is not None else 0
            revision = f"{version >> 4 & 0xF}.{version & 0xF}"
            self._log.info(self.dev, f"ipcc rev:{revision} enabled, {chans} chans, proc {proc_id}")
        self._clock.disable_unprepare()
        return error

    def _request_irqs(self) -> int:
        for index, (name, handler) in enumerate((("rx", self._rx_irq), ("tx", self._tx_irq))):
            interrupt = self._device.irq_byname(name)
            if isinstance(interrupt, int):
                return interrupt
            error = interrupt.request(handler)
            if error:
                self._log.err(self.dev, f"failed to request irq {index} ({error})")
                return error
            self._irqs.append(interrupt)
        return 0

    def _set_wake_irq(self) -> int:
        if not self._wakeup_source():
            return 0
        self._device.set_wakeup_capable(True)
        error = self._device.set_wake_irq(self._irqs[0])
        if error:
            self._log.err(self.dev, "Failed to set wake up irq")
        return error

    def _register(self) -> int:
        """Register with the mailbox core as many channels as the hardware says it has."""
        hwcfgr = self._engine.read(self._base + _HWCFGR, function="stm32_ipcc_probe")
        self._n_chans = hwcfgr & _CHANNELS_MASK
        self._secured = self._flavour.secure_checks and bool(hwcfgr & _SECURITY_MASK)
        count = self._n_chans * (2 if self._flavour.subchannels else 1)
        controller = MailboxController(self._device.node, self.dev, self, count, txdone_irq=True)
        if self._flavour.rx_work:
            controller.of_xlate = self._xlate
        error = self._core.register(controller)
        if not error:
            self.controller = controller
        elif self._wakeup_source():
            self._device.clear_wake_irq()
        return error

    def remove(self) -> None:
        """Unbind: the registers are left as they are, but for the shutdown of each owned channel."""
        if self._wakeup_source():
            self._device.clear_wake_irq()
        self._device.set_wakeup_capable(False)
        if self.controller is not None:
            self._core.unregister(self.controller)
            self.controller = None
        for interrupt in reversed(self._irqs):
            interrupt.free()
        self._irqs.clear()

    def suspend(self) -> None:
        """Save the mask and the enables."""
        self._must_be_bound("stm32_ipcc_suspend")
        mask = self._engine.read(self._own + _MR, function="stm32_ipcc_suspend")
        self._saved = mask, self._engine.read(self._own + _CR, function="stm32_ipcc_suspend")

    def resume(self) -> None:
        """Write the mask and the enables back, whatever has happened to them since."""
        self._must_be_bound("stm32_ipcc_resume")
        mask, enables = self._saved
        self._engine.write(self._own + _MR, mask, function="stm32_ipcc_resume")
        self._engine.write(self._own + _CR, enables, function="stm32_ipcc_resume")

    def _must_be_bound(self, function: str) -> None:
        if self.controller is None:
            raise KernelFaultError("a NULL pointer dereference", function)

    def _wakeup_source(self) -> bool:
        return self._device.node is not None and self._device.node.has("wakeup-source")

    def _enable_clock(self) -> int:
        error = self._clock.prepare_enable()
        if error:
            self._log.err(self.dev, "can not enable the clock")
        return error

    # -- what the mailbox core asks for -----------------------------------------------------------------------

    def startup(self, channel: MailboxChannel) -> int:
        """Take the clock and unmask the channel's RX interrupt: 0, or a negative error number."""
        error = self._enable_clock()
        if error:
            return error
        number, receives, _ = self._place(channel)
        if self._secured and self._engine.read(self._own + _SECCFGR, function="stm32_ipcc_startup") >> number & 1:
            return -Errno.EACCES
        if receives:
            self._clr_bits(_MR, 1 << number, "stm32_ipcc_startup")
        return 0

    def shutdown(self, channel: MailboxChannel) -> None:
        """Mask the channel's interrupts and give the clock back."""
        number, receives, sends = self._place(channel)
        mask = (1 << number if receives else 0) | (1 << _TX_SHIFT + number if sends else 0)
        self._set_bits(_MR, mask, "stm32_ipcc_shutdown")
        if channel in self._works:
            self._workqueue.flush(self._works[channel])
        self._clock.disable_unprepare()

    def send_data(self, channel: MailboxChannel, message: object) -> int:
        """Occupy the channel first, then unmask its TX-free interrupt: an acknowledge in between must still be seen."""
        function = "stm32_ipcc_send_data"
        number, _, _ = self._place(channel)
        self._log.debug(self.dev, f"{function}: chan:{number}")
        self._set_bits(_SCR, 1 << _TX_SHIFT + number, function)
        self._clr_bits(_MR, 1 << _TX_SHIFT + number, function)
        return 0

    def _place(self, channel: MailboxChannel) -> tuple[int, bool, bool]:
        """Which channel of the hardware it is, and whether it receives and sends on it."""
        if not self._flavour.subchannels:
            return channel.index, True, True
        return channel.index // 2, channel.index % 2 == 0, channel.index % 2 == 1

    def _xlate(self, cells: tuple[int, ...]) -> MailboxChannel | int:
        """ST's cells: the channel's number, and bit 8 for a client that is called from the interrupt."""
        assert self.controller is not None
        number = cells[0] & ~_IN_INTERRUPT if cells else _ALL
        if number >= self.controller.num_chans:
            return -Errno.EINVAL
        channel = self.controller.channels[number]
        if cells[0] & _IN_INTERRUPT:
            self._in_interrupt.add(channel)
        else:
            self._in_interrupt.discard(channel)
        return channel

    # -- interrupts -------------------------------------------------------------------------------------------

    def _rx_irq(self) -> Sleeping[bool]:
        """The client first, then the acknowledge: a channel is free again only when its signal has been dealt with."""
        function = "stm32_ipcc_rx_irq"
        occupied = self._engine.read(self._other + _TOYSR, function=function)
        masked = self._engine.read(self._own + _MR, function=function)
        handled = False
        for number in self._hit(occupied & ~masked):
            self._log.debug(self.dev, f"{function}: chan:{number} rx")
            yield from self._received(self._mailbox(number))
            self._set_bits(_SCR, 1 << number, function)
            handled = True
        return handled

    def _tx_irq(self) -> Sleeping[bool]:
        """The mask first, then the core: it may send the next message from here, which unmasks the channel again."""
        function = "stm32_ipcc_tx_irq"
        occupied = self._engine.read(self._own + _TOYSR, function=function)
        masked = self._engine.read(self._own + _MR, function=function)
        handled = False
        for number in self._hit(~occupied & ~(masked >> _TX_SHIFT)):
            self._log.debug(self.dev, f"{function}: chan:{number} tx")
            self._set_bits(_MR, 1 << _TX_SHIFT + number, function)
            yield from self._core.txdone(self._mailbox(number, sends=True), 0)
            handled = True
        return handled

    def _hit(self, status: int) -> list[int]:
        if self.controller is None:
            return []  # not probed yet: nothing is known to be there
        return [number for number in range(self._n_chans) if (status & _HALF) >> number & 1]

    def _mailbox(self, number: int, *, sends: bool = False) -> MailboxChannel:
        assert self.controller is not None
        return self.controller.channels[2 * number + sends if self._flavour.subchannels else number]

    def _received(self, channel: MailboxChannel) -> Sleeping[None]:
        """Hand the signal up, in ST's kernel by a work item, so that the hardware is acknowledged meanwhile."""
        if not self._flavour.rx_work or channel in self._in_interrupt:
            yield from self._core.received_data(channel, None)
            return
        if channel not in self._works:
            self._works[channel] = Work(lambda: self._core.received_data(channel, None))
        self._workqueue.queue(self._works[channel])

    # -- registers --------------------------------------------------------------------------------------------

    def _set_bits(self, offset: int, mask: int, function: str) -> None:
        with self._lock.held_by(function):
            value = self._engine.read(self._own + offset, function=function)
            self._engine.write(self._own + offset, (value | mask) & _ALL, function=function)

    def _clr_bits(self, offset: int, mask: int, function: str) -> None:
        with self._lock.held_by(function):
            value = self._engine.read(self._own + offset, function=function)
            self._engine.write(self._own + offset, value & ~mask & _ALL, function=function)
