"""The IPCC's controller driver (drivers/mailbox/stm32-ipcc.c): the same register accesses in the same order.

It carries signals only: every message it hands up is None. Channels count from 0 here, CH1 is channel 0
(linux-mailbox.md §2).
"""

from __future__ import annotations

from dataclasses import dataclass

from mp1bench.engine import Engine
from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.clk import Clock
from mp1bench.linux.kernel.core import Kernel, Sleeping
from mp1bench.linux.kernel.irq import Interrupt
from mp1bench.linux.mailbox.controller import MailboxChannel, MailboxController
from mp1bench.linux.mailbox.core import MailboxCore

_PROC_SIZE = 0x10  # from one processor's bank to the next
_CR, _MR, _SCR, _TOYSR = 0x00, 0x04, 0x08, 0x0C
_HWCFGR, _VER = 0x3F0, 0x3F4

_CR_ENABLE = 1 << 16 | 1 << 0  # TX-free and RX-occupied interrupts
_ALL = 0xFFFFFFFF
_TX_SHIFT = 16
_CHANNELS_MASK = 0xFF


@dataclass(frozen=True)
class IpccNode:
    """The controller's device-tree node."""

    name: str = "ipcc"
    address: int = 0x4C001000
    proc_id: int | None = 0


class Stm32Ipcc:
    """The driver, bound to one IPCC."""

    def __init__(
        self,
        kernel: Kernel,
        engine: Engine,
        core: MailboxCore,
        node: IpccNode,
        clock: Clock,
        rx: Interrupt,
        tx: Interrupt,
    ) -> None:
        self.dev = f"stm32-ipcc {node.address:x}.mailbox"
        self.controller: MailboxController | None = None
        self._log = kernel.logger("stm32-ipcc.c")
        self._engine = engine
        self._core = core
        self._node = node
        self._clock = clock
        self._rx, self._tx = rx, tx
        self._n_chans = 0
        self._own = node.address + _PROC_SIZE * (node.proc_id or 0)
        self._other = node.address + _PROC_SIZE * (1 - (node.proc_id or 0))
        self._saved = (0, 0)

    def probe(self) -> int:
        """Bind to the device: 0, or a negative error number."""
        if self._node.proc_id is None:
            self._log.err(self.dev, "Missing st,proc-id")
            return -Errno.ENODEV
        if self._node.proc_id > 1:
            self._log.err(self.dev, f"Invalid proc_id ({self._node.proc_id})")
            return -Errno.EINVAL
        error = self._clock.prepare_enable()
        if error:
            return error
        function = "stm32_ipcc_probe"
        self._rx.request(self._rx_irq)
        self._tx.request(self._tx_irq)
        self._set_bits(_MR, _ALL, function)
        self._set_bits(_CR, _CR_ENABLE, function)
        self._n_chans = self._engine.read(self._node.address + _HWCFGR, function=function) & _CHANNELS_MASK
        controller = MailboxController(self._node.name, self.dev, self, self._n_chans, txdone_irq=True)
        error = self._core.register(controller)
        if not error:
            self.controller = controller
            version = self._engine.read(self._node.address + _VER, function=function)
            revision = f"{version >> 4 & 0xF}.{version & 0xF}"
            self._log.info(self.dev, f"ipcc rev:{revision} enabled, {self._n_chans} chans, proc {self._node.proc_id}")
        else:
            self._free_interrupts()
        self._clock.disable_unprepare()
        return error

    def remove(self) -> None:
        """Unbind: the registers are left as they are, but for the shutdown of each owned channel."""
        if self.controller is not None:
            self._core.unregister(self.controller)
            self.controller = None
        self._free_interrupts()

    def suspend(self) -> None:
        """Save the mask and the enables."""
        mask = self._engine.read(self._own + _MR, function="stm32_ipcc_suspend")
        self._saved = mask, self._engine.read(self._own + _CR, function="stm32_ipcc_suspend")

    def resume(self) -> None:
        """Write the mask and the enables back, whatever has happened to them since."""
        mask, enables = self._saved
        self._engine.write(self._own + _MR, mask, function="stm32_ipcc_resume")
        self._engine.write(self._own + _CR, enables, function="stm32_ipcc_resume")

    # -- what the mailbox core asks for -----------------------------------------------------------------------

    def startup(self, channel: MailboxChannel) -> int:
        error = self._clock.prepare_enable()
        if not error:
            self._clr_bits(_MR, 1 << channel.index, "stm32_ipcc_startup")
        return error

    def shutdown(self, channel: MailboxChannel) -> None:
        self._set_bits(_MR, 1 << channel.index | 1 << _TX_SHIFT + channel.index, "stm32_ipcc_shutdown")
        self._clock.disable_unprepare()

    def send_data(self, channel: MailboxChannel, message: object) -> int:
        """Occupy the channel first, then unmask its TX-free interrupt: an acknowledge in between must still be seen."""
        function = "stm32_ipcc_send_data"
        self._log.debug(self.dev, f"{function}: chan:{channel.index}")
        self._set_bits(_SCR, 1 << _TX_SHIFT + channel.index, function)
        self._clr_bits(_MR, 1 << _TX_SHIFT + channel.index, function)
        return 0

    # -- interrupts -------------------------------------------------------------------------------------------

    def _rx_irq(self) -> Sleeping[bool]:
        """The client first, then the acknowledge: a channel is free again only when its signal has been dealt with."""
        function = "stm32_ipcc_rx_irq"
        occupied = self._engine.read(self._other + _TOYSR, function=function)
        masked = self._engine.read(self._own + _MR, function=function)
        handled = False
        for channel in self._hit(occupied & ~masked):
            self._log.debug(self.dev, f"{function}: chan:{channel.index} rx")
            yield from self._core.received_data(channel, None)
            self._set_bits(_SCR, 1 << channel.index, function)
            handled = True
        return handled

    def _tx_irq(self) -> Sleeping[bool]:
        function = "stm32_ipcc_tx_irq"
        occupied = self._engine.read(self._own + _TOYSR, function=function)
        masked = self._engine.read(self._own + _MR, function=function)
        handled = False
        for channel in self._hit(~occupied & ~(masked >> _TX_SHIFT)):
            self._log.debug(self.dev, f"{function}: chan:{channel.index} tx")
            self._set_bits(_MR, 1 << _TX_SHIFT + channel.index, function)
            yield from self._core.txdone(channel, 0)
            handled = True
        return handled

    def _hit(self, status: int) -> list[MailboxChannel]:
        if self.controller is None:
            return []
        return [channel for channel in self.controller.channels if status >> channel.index & 1]

    def _free_interrupts(self) -> None:
        self._rx.free()
        self._tx.free()

    # -- registers --------------------------------------------------------------------------------------------

    def _set_bits(self, offset: int, mask: int, function: str) -> None:
        value = self._engine.read(self._own + offset, function=function)
        self._engine.write(self._own + offset, value | mask, function=function)

    def _clr_bits(self, offset: int, mask: int, function: str) -> None:
        value = self._engine.read(self._own + offset, function=function)
        self._engine.write(self._own + offset, value & ~mask & _ALL, function=function)
