"""The Cortex-M4 as a remote processor (drivers/remoteproc/stm32_rproc.c): hold boot, reset, deep sleep, mailboxes.

The IPCC is reached through the mailbox core only; what the device tree says of the M4 is read in `m4_node.py`
(linux-mailbox.md §3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from mp1bench.engine import Engine
from mp1bench.linux.errno import Errno, KernelError, KernelFaultError
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.workqueue import Work, WorkQueue
from mp1bench.linux.mailbox.client import MailboxClient
from mp1bench.linux.mailbox.controller import MailboxChannel
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.platform_bus import PlatformDevice
from mp1bench.linux.remoteproc.core import WATCHDOG, Rproc
from mp1bench.linux.remoteproc.elf_loader import FirmwareStore
from mp1bench.linux.remoteproc.m4_node import Field, M4Node
from mp1bench.linux.remoteproc.memory import MemoryEntry
from mp1bench.linux.remoteproc.states import ATTACHED, CRASHED, DETACHED, OFFLINE, RUNNING
from mp1bench.linux.virtio.bus import VirtioBus

COMPATIBLE = "st,stm32mp1-m4"

_M4_STATE_OFF, _M4_STATE_RUN = 0, 2

_SHUTDOWN_MS = 500
_DETACH_MS = 200
_RINGS = 2
_TABLE_SIZE = 1024  # what Linux takes for the table of an M4 that it has not started


class Stm32Rproc:
    """The driver, bound to the M4. `shutdown_acked` says whether the firmware freed CH3 at the last stop.

    `files` is /lib/firmware; `on_stopped` hears each time that the M4 has been put into reset. Latencies are those of
    the work items, and from the M4's release to its rings' set-up.
    """

    def __init__(
        self,
        kernel: Kernel,
        engine: Engine,
        mailbox: MailboxCore,
        virtio: VirtioBus,
        device: PlatformDevice,
        *,
        files: FirmwareStore | None = None,
        on_stopped: Sequence[Callable[[], None]] = (),
        work_latency_ns: int = 1_000,
        subdevice_latency_ns: int = 100_000,
    ) -> None:
        self.dev = f"stm32-rproc {device.name}"
        self.shutdown_acked = False
        self.channels: dict[str, MailboxChannel] = {}
        self._log = kernel.logger("stm32_rproc.c")
        self._kernel = kernel
        self._engine = engine
        self._mailbox = mailbox
        self._device = device
        self._m4 = M4Node(kernel, device, self.dev)
        self._workqueue = WorkQueue(kernel, device.name, work_latency_ns)
        self._secured = False
        self._table: int | None = None
        self.rproc = Rproc(
            kernel,
            engine,
            virtio,
            self,
            name="m4" if device.node is None else device.node.base_name,
            files=files or FirmwareStore(),
            on_stopped=on_stopped,
            work_latency_ns=work_latency_ns,
            subdevice_latency_ns=subdevice_latency_ns,
        )

    # -- binding ----------------------------------------------------------------------------------------------

    def probe(self) -> int:
        """Bind: 0, or a negative error number (-517 while the IPCC's driver is missing)."""
        error = self._m4.read(self._wdg_irq, self._read_tz) or self._request_mboxes()
        if error:
            self._release()
            return error
        self.rproc.dma_ranges = self._m4.dma_ranges
        self.rproc.auto_boot = self._m4.auto_boot
        self.rproc.state = DETACHED if self._runs_already() else OFFLINE
        self.rproc.add()
        return 0

    def remove(self) -> Sleeping[None]:
        """Unbind: the M4 is stopped, whoever uses it, and the channels are free again."""
        if self.rproc.power > 0:
            yield from self.rproc.shutdown()
        yield from self.rproc.delete()
        self._release()

    def _release(self) -> None:
        self._free_mboxes(self.channels.values())
        self._m4.release()
        self._log.info(self.rproc.dev, f"releasing {self.rproc.name}")

    def _read_tz(self, place: Field) -> None:
        self._secured = bool(self._read(place, "stm32_rproc_parse_dt"))

    def _runs_already(self) -> bool:
        place = self._m4.state
        state = _M4_STATE_OFF if place is None else self._engine.read(place.address, function="stm32_rproc_probe")
        return state != _M4_STATE_OFF if self._kernel.flavour.attach_unless_off else state == _M4_STATE_RUN

    def _request_mboxes(self) -> int:
        clients = [
            MailboxClient("vq0", rx_callback=self._vq_callback(0)),
            MailboxClient("vq1", rx_callback=self._vq_callback(1)),
            MailboxClient("shutdown", tx_block=True, tx_tout=_SHUTDOWN_MS),
            MailboxClient("detach", tx_block=True, tx_tout=_DETACH_MS),
        ]
        for client in clients:
            client.node = self._device.node
            client.dev = self.dev
            try:
                self.channels[client.name] = self._mailbox.request_channel_byname(client, client.name)
            except KernelError as refused:
                if refused.code == -Errno.EPROBE_DEFER:
                    self._free_mboxes(reversed([*self.channels.values()]))
                    text = f"failed to request mailbox {client.name}"
                    return self._device.err_probe(self._log, self.dev, refused.code, text)
                self._log.warn(self.rproc.dev, f"cannot get {client.name} mbox")
        return 0

    def _free_mboxes(self, channels: Iterable[MailboxChannel]) -> None:
        for channel in channels:
            self._mailbox.free_channel(channel)
        self.channels.clear()

    # -- memory -----------------------------------------------------------------------------------------------

    def prepare(self) -> int:
        """Make a carve-out of each memory-region."""
        for node in self._m4.regions():
            reg = [] if node is None else node.reg
            if node is None or not reg:
                self._log.err(self.dev, "unable to acquire memory-region")
                return -Errno.EINVAL
            pa, size = reg[0]
            da = self.rproc.pa_to_da(pa)
            if da is None:
                self._log.err(self.dev, f"memory region not valid 0x{pa:08x}")
                return -Errno.EINVAL
            self._log.debug(self.dev, f"pa 0x{pa:08x} to da {da:x}")
            pool = node.base_name == "vdev0buffer"
            entry = MemoryEntry(node.base_name, pa if pool else da, pa, size, reserved=True, pool=pool, node=node.name)
            self.rproc.resources.carveouts.append(entry)
        return 0

    def map(self, entry: MemoryEntry) -> None:
        """Make a region accessible to Linux."""
        self._log.debug(self.dev, f"map memory: 0x{entry.pa:08x}+{entry.size:x}")

    def unmap(self, entry: MemoryEntry) -> None:
        """Undo that."""
        self._log.debug(self.dev, f"unmap memory: 0x{entry.pa:08x}")

    def loaded_table(self) -> tuple[int, int] | int:
        """Address and size of the table that the firmware of a running M4 has left word of. It is asked for once."""
        if self._table is None:
            if self._m4.table is None:
                raise KernelFaultError("a NULL pointer dereference", "stm32_rproc_get_loaded_rsc_table")
            da = self._engine.read(self._m4.table.address, function="stm32_rproc_get_loaded_rsc_table")
            if not da:
                return -Errno.ENOENT
            pa = self.rproc.da_to_pa(da, 1)
            if pa is None:
                self._log.err(self.dev, f"can't translate da {da:x}")
                return -Errno.EINVAL
            self._log.debug(self.dev, f"da {da:x} to pa 0x{pa:08x}")
            self._table = pa
        return self._table, _TABLE_SIZE

    # -- what remoteproc asks for -----------------------------------------------------------------------------

    def start(self) -> int:
        """Let the M4 go once: the hold is armed again, so that it stays down if it resets itself."""
        self._update(self._m4.pdds, 0, "stm32_rproc_start")
        self._set_hold_boot(held=False)
        self._set_hold_boot(held=True)
        return 0

    def attach(self) -> int:
        """Take over an M4 that runs: it may not reset itself any more."""
        self._set_hold_boot(held=True)
        return 0

    def detach(self) -> Sleeping[int]:
        """Tell the firmware, wait a fifth of a second for its answer, and leave it alone."""
        # The words of stop and detach are exchanged in Linux; they never reach the M4, as the IPCC carries none.
        if (yield from self._tell("detach", "stop")) < 0:
            self._log.warn(self.rproc.dev, "warning: remote FW detach without ack")
        self._set_hold_boot(held=False)
        return 0

    def stop(self) -> Sleeping[int]:
        """Ask the firmware, wait half a second for its answer, and pull the reset in any case."""
        self.shutdown_acked = False
        if self.rproc.state not in (OFFLINE, CRASHED) and "shutdown" in self.channels:
            self.shutdown_acked = (yield from self._tell("shutdown", "detach")) >= 0
            if not self.shutdown_acked:
                self._log.warn(self.rproc.dev, "warning: remote FW shutdown without ack")
        self.halt()
        self._update(self._m4.pdds, 1, "stm32_rproc_stop")
        self._update(self._m4.state, _M4_STATE_OFF, "stm32_rproc_stop")
        return 0

    def halt(self) -> None:
        """Hold it, and pull its reset."""
        self._set_hold_boot(held=True)
        if self._m4.reset is not None:
            self._m4.reset.hold()

    def _tell(self, name: str, word: str) -> Sleeping[int]:
        if name not in self.channels:
            return 0
        return (yield from self._mailbox.send_message(self.channels[name], word))

    # -- signals ----------------------------------------------------------------------------------------------

    def kick(self, vqid: int) -> None:
        """Ring the doorbell of a ring. Each kick is a message of its own."""
        if vqid >= _RINGS:
            self._kernel.printk("warn", "WARNING", f"stm32_rproc_kick: there is no mailbox for ring {vqid}")
            return
        name = f"vq{vqid}"
        if name not in self.channels:
            return
        error = self._kernel.call(self._mailbox.send_message(self.channels[name], "kick"))
        if error < 0:
            self._log.err(self.rproc.dev, f"stm32_rproc_kick: failed ({name}, err:{error})")

    def _vq_callback(self, vqid: int) -> Callable[[object], object]:
        if self._kernel.flavour.vq_in_callback:
            return lambda message: self._vq_work(vqid)
        work = Work(lambda: self._vq_work(vqid))
        return lambda message: self._workqueue.queue(work)

    def _vq_work(self, vqid: int) -> Sleeping[None]:
        """Look at a ring, but not before the processor is up: `boot` holds the lock until then."""
        yield from self.rproc.lock.lock()
        try:
            if self.rproc.state in (RUNNING, ATTACHED) and not (yield from self.rproc.vq_interrupt(vqid)):
                self._log.debug(self.rproc.dev, f"no message found in vq{vqid}")
        finally:
            self.rproc.lock.unlock()

    def _wdg_irq(self) -> Sleeping[bool]:
        """The M4's window watchdog has bitten."""
        self.rproc.report_crash(WATCHDOG)
        return True
        yield

    # -- registers --------------------------------------------------------------------------------------------

    def _set_hold_boot(self, *, held: bool) -> None:
        """A reset line where the tree names one, else the register; with TrustZone on, the secure monitor writes it."""
        line = self._m4.hold_boot_reset
        if line is None:
            function = "stm32_smc" if self._secured else "stm32_rproc_set_hold_boot"
            self._update(self._m4.hold_boot, int(not held), function)
        elif held:
            line.hold()
        else:
            line.release()

    def _read(self, place: Field, function: str) -> int:
        return self._engine.read(place.address, function=function) & place.mask

    def _update(self, place: Field | None, value: int, function: str) -> None:
        """regmap_update_bits: nothing is written that would change nothing. `value` has the field's own weight."""
        if place is None:
            return
        before = self._engine.read(place.address, function=function)
        after = before & ~place.mask | value & place.mask
        if after != before:
            self._engine.write(place.address, after, function=function)
