"""The Cortex-M4 as a remote processor (drivers/remoteproc/stm32_rproc.c): hold boot, reset, deep sleep, mailboxes.

The IPCC is reached through the mailbox core only (linux-mailbox.md §3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mp1bench.engine import Engine
from mp1bench.linux.errno import Errno, KernelError
from mp1bench.linux.kernel.core import Kernel, Sleeping
from mp1bench.linux.kernel.workqueue import Work, WorkQueue
from mp1bench.linux.mailbox.client import MailboxClient, MailboxNode
from mp1bench.linux.mailbox.controller import MailboxChannel
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.remoteproc.core import ATTACHED, DETACHED, RUNNING, Rproc
from mp1bench.linux.remoteproc.memory import DmaRange, MemoryRegion
from mp1bench.linux.virtio.bus import VirtioBus

_M4_STATE_OFF, _M4_STATE_RUN = 0, 2

_SHUTDOWN_MS = 500
_DETACH_MS = 200


@dataclass(frozen=True)
class Field:
    """A syscon property: bits of a register."""

    address: int
    mask: int


@dataclass(frozen=True)
class M4Node:
    """The M4's device-tree node; the values are those of the DK boards (linux-mailbox.md §3.1, §3.2)."""

    name: str = "10000000.m4"
    dma_ranges: tuple[DmaRange, ...] = (
        DmaRange(0x00000000, 0x38000000, 0x10000),
        DmaRange(0x10000000, 0x10000000, 0x60000),
        DmaRange(0x30000000, 0x30000000, 0x60000),
    )
    memory_region: tuple[tuple[str, int, int], ...] = (
        ("retram", 0x38000000, 0x10000),
        ("mcuram", 0x30000000, 0x40000),
        ("mcuram2", 0x10000000, 0x40000),
        ("vdev0vring0", 0x10040000, 0x1000),
        ("vdev0vring1", 0x10041000, 0x1000),
        ("vdev0buffer", 0x10042000, 0x4000),
    )
    mailboxes: MailboxNode = field(
        default_factory=lambda: MailboxNode(
            [("ipcc", 0), ("ipcc", 1), ("ipcc", 2), ("ipcc", 3)], ["vq0", "vq1", "shutdown", "detach"]
        )
    )
    holdboot: Field = Field(0x5000010C, 1 << 0)
    tz: Field = Field(0x50000000, 1 << 0)
    reset: Field = Field(0x50000404, 1 << 1)
    pdds: Field = Field(0x50001014, 1 << 0)
    m4_state: Field = Field(0x5C00A148, 0xFFFFFFFF)


class Stm32Rproc:
    """The driver, bound to the M4. `shutdown_acked` says whether the firmware freed CH3 at the last stop."""

    def __init__(
        self,
        kernel: Kernel,
        engine: Engine,
        mailbox: MailboxCore,
        virtio: VirtioBus,
        node: M4Node,
        *,
        work_latency_ns: int,
        subdevice_latency_ns: int,
    ) -> None:
        self.dev = f"stm32-rproc {node.name}"
        self.shutdown_acked = False
        self.channels: dict[str, MailboxChannel] = {}
        self.rproc = Rproc(
            kernel,
            engine,
            virtio,
            self,
            name="m4",
            dma_ranges=node.dma_ranges,
            subdevice_latency_ns=subdevice_latency_ns,
        )
        self._log = kernel.logger("stm32_rproc.c")
        self._kernel = kernel
        self._engine = engine
        self._mailbox = mailbox
        self._node = node
        self._workqueue = WorkQueue(kernel, "stm32_rproc", work_latency_ns)
        self._secured = False

    # -- binding ----------------------------------------------------------------------------------------------

    def probe(self) -> int:
        """Bind: 0, or a negative error number (-517 while the IPCC's driver is missing)."""
        function = "stm32_rproc_probe"
        self._log.info(self.dev, "wdg irq registered")
        self._secured = bool(self._read(self._node.tz, function))
        if self._read(self._node.m4_state, function) == _M4_STATE_RUN:
            self.rproc.state = DETACHED
        for client in self._clients():
            error = self._request_mbox(client)
            if error:
                return error
        self._log.info(self.rproc.dev, f"{self.rproc.name} is available")
        return 0

    def _clients(self) -> list[MailboxClient]:
        clients = [
            MailboxClient("vq0", rx_callback=self._vq_callback(0)),
            MailboxClient("vq1", rx_callback=self._vq_callback(1)),
            MailboxClient("shutdown", tx_block=True, tx_tout=_SHUTDOWN_MS),
            MailboxClient("detach", tx_block=True, tx_tout=_DETACH_MS),
        ]
        for client in clients:
            client.node = self._node.mailboxes
            client.dev = self.dev
        return clients

    def _request_mbox(self, client: MailboxClient) -> int:
        try:
            self.channels[client.name] = self._mailbox.request_channel_byname(client, client.name)
        except KernelError as refused:
            if refused.code == -Errno.EPROBE_DEFER:
                return refused.code
            self._log.warn(self.dev, f"cannot get {client.name} mbox")
        return 0

    # -- what remoteproc asks for -----------------------------------------------------------------------------

    def prepare(self) -> int:
        """Make a carve-out of each memory-region."""
        for name, pa, size in self._node.memory_region:
            da = self.rproc.pa_to_da(pa)
            if da is None:
                self._log.err(self.dev, f"memory region not valid 0x{pa:08x}")
                return -Errno.EINVAL
            self._log.debug(self.dev, f"map memory: 0x{pa:08x}+{size:x}")
            self.rproc.carveouts.append(MemoryRegion(name, da, pa, size))
        return 0

    def start(self) -> int:
        """Let the M4 go once: the hold is armed again, so that it stays down if it resets itself."""
        function = "stm32_rproc_start"
        self._update(self._node.pdds, 0, function)
        self._set_hold_boot(held=False)
        self._set_hold_boot(held=True)
        return 0

    def stop(self) -> Sleeping[int]:
        """Ask the firmware, wait half a second for its answer, and pull the reset in any case."""
        function = "stm32_rproc_stop"
        self.shutdown_acked = False
        if "shutdown" in self.channels:
            # The word never reaches the M4, as the IPCC carries none; 6.1 sends this one.
            error = yield from self._mailbox.send_message(self.channels["shutdown"], "detach")
            self.shutdown_acked = error >= 0
            if error < 0:
                self._log.warn(self.rproc.dev, "warning: remote FW shutdown without ack")
        self._set_hold_boot(held=True)
        self._engine.write(self._node.reset.address, self._node.reset.mask, function="reset_control_assert")
        self._update(self._node.pdds, 1, function)
        self._update(self._node.m4_state, _M4_STATE_OFF, function)
        return 0

    def kick(self, vqid: int) -> None:
        """Ring the doorbell of a ring. Each kick is a message of its own."""
        name = f"vq{vqid}"
        if name not in self.channels:
            return
        error = self._kernel.call(self._mailbox.send_message(self.channels[name], "kick"))
        if error < 0:
            self._log.err(self.rproc.dev, f"stm32_rproc_kick: failed ({name}, err:{error})")

    def _vq_callback(self, vqid: int) -> Callable[[object], None]:
        work = Work(lambda: self._vq_work(vqid))

        def callback(message: object) -> None:
            self._workqueue.queue(work)

        return callback

    def _vq_work(self, vqid: int) -> Sleeping[None]:
        """Look at a ring, but not before the processor is up: `boot` holds the lock until then."""
        yield from self.rproc.lock.lock()
        try:
            if self.rproc.state in (RUNNING, ATTACHED) and not (yield from self.rproc.vq_interrupt(vqid)):
                self._log.debug(self.rproc.dev, f"no message found in vq{vqid}")
        finally:
            self.rproc.lock.unlock()

    # -- registers --------------------------------------------------------------------------------------------

    def _set_hold_boot(self, *, held: bool) -> None:
        """With TrustZone on, the secure monitor writes the register for Linux."""
        function = "stm32_smc" if self._secured else "stm32_rproc_set_hold_boot"
        self._update(self._node.holdboot, int(not held), function)

    def _read(self, place: Field, function: str) -> int:
        return self._engine.read(place.address, function=function) & place.mask

    def _update(self, place: Field, value: int, function: str) -> None:
        """regmap_update_bits: nothing is written that would change nothing. `value` has the field's own weight."""
        before = self._engine.read(place.address, function=function)
        after = before & ~place.mask | value & place.mask
        if after != before:
            self._engine.write(place.address, after, function=function)
