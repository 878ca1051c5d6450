"""The life of a remote processor (drivers/remoteproc/remoteproc_core.c): load, resources, start, stop.

How this one is held, released and reset is its driver's business (`stm32_rproc.py`).
"""

from __future__ import annotations

from typing import Protocol

from mp1bench.engine import Engine
from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Kernel, Sleeping
from mp1bench.linux.kernel.locking import Mutex, WaitQueue
from mp1bench.linux.remoteproc import resource_table
from mp1bench.linux.remoteproc.elf_loader import Firmware, find_table, load_segments
from mp1bench.linux.remoteproc.memory import DmaRange, MemoryRegion, Table
from mp1bench.linux.remoteproc.resource_table import ADDRESS_ANY, Carveout, Devmem, Entry, Refusal, TraceBuffer, Vdev
from mp1bench.linux.remoteproc.virtio import RprocVdev, RprocVring
from mp1bench.linux.virtio.bus import VirtioBus
from mp1bench.linux.virtio.ring import vring_size

OFFLINE, SUSPENDED, RUNNING, CRASHED, DETACHED, ATTACHED = (
    "offline",
    "suspended",
    "running",
    "crashed",
    "detached",
    "attached",
)

_PAGE = 4096


class RprocOps(Protocol):
    """What the platform's driver does. Errors are negative numbers."""

    def prepare(self) -> int: ...

    def start(self) -> int: ...

    def stop(self) -> Sleeping[int]: ...

    def kick(self, vqid: int) -> None: ...


class Rproc:
    """One remote processor. `state` reads as /sys/class/remoteproc/remoteproc0/state does."""

    def __init__(
        self,
        kernel: Kernel,
        engine: Engine,
        virtio: VirtioBus,
        ops: RprocOps,
        *,
        name: str,
        dma_ranges: tuple[DmaRange, ...],
        subdevice_latency_ns: int,
    ) -> None:
        self.kernel = kernel
        self.engine = engine
        self.virtio = virtio
        self.ops = ops
        self.name = name
        self.dev = "remoteproc remoteproc0"
        self.state = OFFLINE
        self.lock = Mutex(kernel)
        self.carveouts: list[MemoryRegion] = []
        self.traces: list[TraceBuffer] = []
        self.vdevs: list[RprocVdev] = []
        self.table: Table
        self._log = kernel.logger("remoteproc_core.c")
        self._elf_log = kernel.logger("remoteproc_elf_loader.c")
        self._dma_ranges = dma_ranges
        self._subdevice_latency_ns = subdevice_latency_ns
        self._power = 0
        self._vrings = 0  # notify ids given out

    # -- the state file ---------------------------------------------------------------------------------------

    def boot(self, firmware: Firmware) -> Sleeping[int]:
        """Write "start": 0, or a negative error number. A second start only counts a user more."""
        yield from self.lock.lock()
        error = 0
        self._power += 1
        if self._power == 1:
            self._log.info(self.dev, f"powering up {self.name}")
            error = yield from self._fw_boot(firmware)
            if error:
                self._power -= 1
        self.lock.unlock()
        if error:
            self._log.err(self.dev, f"Boot failed: {error}")
        return error

    def shutdown(self) -> Sleeping[int]:
        """Write "stop"."""
        yield from self.lock.lock()
        if self.state not in (RUNNING, ATTACHED):
            self.lock.unlock()
            return -Errno.EINVAL
        error = 0
        self._power -= 1
        if self._power == 0:
            error = yield from self._stop()
            if error:
                self._power += 1
            else:
                self._clean_up()
        self.lock.unlock()
        return error

    # -- addresses --------------------------------------------------------------------------------------------

    def da_to_pa(self, da: int, size: int) -> int | None:
        """Where the A7 finds [da, da + size) of the M4; None if that is not wholly in one range."""
        for window in self._dma_ranges:
            if window.da <= da and da + size <= window.da + window.size:
                return window.pa + da - window.da
        return None

    def pa_to_da(self, pa: int) -> int | None:
        """Where the M4 finds address `pa` of the A7."""
        for window in self._dma_ranges:
            if window.pa <= pa < window.pa + window.size:
                return window.da + pa - window.pa
        return None

    def find_carveout(self, name: str) -> MemoryRegion | None:
        """The reserved memory of that name."""
        return next((region for region in self.carveouts if region.name == name), None)

    # -- start ------------------------------------------------------------------------------------------------

    def _fw_boot(self, firmware: Firmware) -> Sleeping[int]:
        self._log.info(self.dev, f"Booting fw image {firmware.name}, size {firmware.size}")
        error = self.ops.prepare()
        if error:
            self._log.err(self.dev, f"can't prepare rproc {self.name}: {error}")
            return error
        section = find_table(self._elf_log, self.dev, firmware)
        if section is None:
            self._log.warn(self.dev, "no resource table found for this firmware")
        data = b"" if section is None else section.data
        self.table = Table(self.engine, data)
        error = self._handle_resources(data)
        if error:
            self._log.err(self.dev, f"Failed to process resources: {error}")
        else:
            error = yield from self._start(firmware)
        if error:
            self._clean_up()
        return error

    def _start(self, firmware: Firmware) -> Sleeping[int]:
        error = load_segments(self._elf_log, self.dev, self.engine, firmware, self.da_to_pa)
        if error:
            self._log.err(self.dev, f"Failed to load program segments: {error}")
            return error
        section = find_table(self._elf_log, self.dev, firmware)
        address = None if section is None else self.da_to_pa(section.address, len(section.data))
        if address is not None:
            self.table.install(address)
        error = self.ops.start()
        if error:
            self._log.err(self.dev, f"can't start rproc {self.name}: {error}")
            return error
        yield from WaitQueue(self.kernel).sleep(self._subdevice_latency_ns)
        for vdev in self.vdevs:
            yield from vdev.start()
        self.state = RUNNING
        self._log.info(self.dev, f"remote processor {self.name} is now up")
        return 0

    # -- resources --------------------------------------------------------------------------------------------

    def _handle_resources(self, data: bytes) -> int:
        offsets = resource_table.entry_offsets(data) if data else []
        assert not isinstance(offsets, Refusal)  # find_table looked
        for offset in offsets:
            entry = resource_table.read_entry(data, offset)
            if isinstance(entry, Refusal):
                self._log.err(self.dev, entry.line)
                return -Errno.EINVAL
            error = self._handle(entry)
            if error:
                return error
        return 0

    def _handle(self, entry: Entry) -> int:
        if isinstance(entry, Vdev):
            return self._handle_vdev(entry)
        if isinstance(entry, TraceBuffer):
            name = f"trace{len(self.traces)}"
            self.traces.append(entry)
            self._log.debug(self.dev, f"{name} added: da 0x{entry.da:x}, len 0x{entry.length:x}")
        elif isinstance(entry, Carveout):
            return self._handle_carveout(entry)
        elif isinstance(entry, Devmem):
            return -Errno.EINVAL  # mapping device memory takes an IOMMU, which this processor has not
        else:
            self._log.warn(self.dev, entry.line)
        return 0

    def _handle_vdev(self, entry: Vdev) -> int:
        self._log.debug(
            self.dev,
            f"vdev rsc: id {entry.id}, dfeatures 0x{entry.dfeatures:x}, cfg len {entry.config_len},"
            f" {len(entry.vrings)} vrings",
        )
        vdev = RprocVdev(self, len(self.vdevs), entry)
        for n, ring in enumerate(entry.vrings):
            self._log.debug(self.dev, f"vdev rsc: vring{n}: da 0x{ring.da:x}, qsz {ring.num}, align {ring.align}")
            size = -(-vring_size(ring.num, ring.align) // _PAGE) * _PAGE
            region = self.find_carveout(f"vdev{len(self.vdevs)}vring{n}")
            if region is None or not self._fits(region, ring.da, size):
                return -Errno.ENOMEM
            vdev.vrings.append(RprocVring(ring.offset, region.da, ring.num, ring.align, self._vrings))
            self.table.write(ring.offset + resource_table.VRING_NOTIFYID, 4, self._vrings)
            self._vrings += 1
        self.vdevs.append(vdev)
        return 0

    def _handle_carveout(self, entry: Carveout) -> int:
        self._log.debug(
            self.dev,
            f"carveout rsc: name: {entry.name}, da 0x{entry.da:x}, pa 0x{entry.pa:x},"
            f" len 0x{entry.length:x}, flags 0x{entry.flags:x}",
        )
        region = self.find_carveout(entry.name)
        if region is None:
            # Linux would take DDR that the M4 does not reach at that address, warn, and go on.
            self._log.warn(self.dev, "Allocated carveout doesn't fit device address request")
            return 0
        if not self._fits(region, entry.da, entry.length):
            return -Errno.ENOMEM
        self.table.write(entry.offset + resource_table.CARVEOUT_DA, 4, region.da)
        self.table.write(entry.offset + resource_table.CARVEOUT_DA + 4, 4, region.pa)
        self.table.write(entry.offset + resource_table.CARVEOUT_DA + 8, 4, region.size)
        return 0

    def _fits(self, region: MemoryRegion, da: int, size: int) -> bool:
        """Does what the table asks for lie in the region that the device tree reserves?"""
        delta = 0 if da == ADDRESS_ANY else da - region.da
        if size > region.size:
            self._log.err(self.dev, "Registered carveout doesn't fit len request")
        elif delta < 0:
            self._log.err(self.dev, "Registered carveout doesn't fit da request")
        elif delta + size > region.size:
            self._log.err(self.dev, "Registered carveout doesn't fit len request")
        else:
            return True
        return False

    # -- stop -------------------------------------------------------------------------------------------------

    def _stop(self) -> Sleeping[int]:
        for vdev in reversed(self.vdevs):
            yield from vdev.stop()
        error = yield from self.ops.stop()
        if error:
            self._log.err(self.dev, f"can't stop rproc: {error}")
            return error
        self.state = OFFLINE
        self._log.info(self.dev, f"stopped remote processor {self.name}")
        return 0

    def _clean_up(self) -> None:
        self.traces.clear()
        self.vdevs.clear()
        self.carveouts.clear()
        self._vrings = 0

    # -- signals ----------------------------------------------------------------------------------------------

    def vq_interrupt(self, notifyid: int) -> Sleeping[bool]:
        """rproc_vq_interrupt: a kick for ring `notifyid` has come. False if there was nothing to do."""
        self._log.debug(self.dev, f"vq index {notifyid} is interrupted")
        for vdev in self.vdevs:
            for ring in vdev.vrings:
                if ring.notifyid == notifyid and ring.vq is not None:
                    return (yield from ring.vq.interrupt())
        return False
