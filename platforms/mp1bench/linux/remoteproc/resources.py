"""What a firmware's resource table asks for: carve-outs, trace buffers, virtio devices (remoteproc_core.c).

Each entry meets the kernel's checks in the kernel's order; reading an entry is `resource_table.py`'s business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mp1bench.linux.errno import Errno, KernelFaultError
from mp1bench.linux.kernel.driver_core import report_probe
from mp1bench.linux.kernel.ida import Ida, Idr
from mp1bench.linux.kernel.vsprintf import signed
from mp1bench.linux.remoteproc import debugfs, resource_table
from mp1bench.linux.remoteproc.memory import DmaPool, MemoryEntry, Table
from mp1bench.linux.remoteproc.resource_table import ADDRESS_ANY, Carveout, Refusal, TraceBuffer, Vdev
from mp1bench.linux.remoteproc.virtio import RprocVdev, RprocVring

if TYPE_CHECKING:
    from mp1bench.linux.remoteproc.core import Rproc

_NAME = 31  # what fits into a memory entry's name


class Resources:
    """What one remote processor holds. `notifyids` are the rings by the number that a kick for them carries."""

    def __init__(self, rproc: Rproc) -> None:
        self.carveouts: list[MemoryEntry] = []
        self.traces: list[TraceBuffer] = []
        self.vdevs: list[RprocVdev] = []
        self.notifyids: Idr[RprocVring] = Idr()
        #: Numbers of the rproc-virtio devices; one that no driver took keeps its number for good.
        self.devices = Ida()
        self._rproc = rproc
        self._log = rproc.kernel.logger("remoteproc_core.c")
        self._dev = rproc.dev
        self._ddr = DmaPool()
        self._seen_vdevs = 0

    # -- looking up -------------------------------------------------------------------------------------------

    def find(self, name: str) -> MemoryEntry | None:
        """rproc_find_carveout_by_name: the first of that name."""
        return next((entry for entry in self.carveouts if entry.name == name), None)

    def locate(self, da: int, size: int) -> tuple[int, int] | None:
        """rproc_da_to_va: the A7's address of da and the room behind it, if a mapped carve-out takes `size` there."""
        for entry in self.carveouts:
            offset = entry.offset_of(da, size)
            if offset is not None:
                return entry.pa + offset, entry.size - offset
        return None

    # -- the table --------------------------------------------------------------------------------------------

    def handle(self, table: Table) -> int:
        """rproc_handle_resources: 0, or a negative error number."""
        self._seen_vdevs = 0
        for offset in table.offsets():
            error = self._handle(table, offset)
            if error:
                return error
        return 0

    def _handle(self, table: Table, offset: int) -> int:
        data = table.data()
        entry = resource_table.read_entry(data, offset)
        if isinstance(entry, Refusal) and entry.line == resource_table.OUTSIDE:
            self._log.err(self._dev, entry.line)
            return -Errno.EINVAL
        kind = int.from_bytes(data[offset : offset + 4], "little")
        self._log.debug(self._dev, f"rsc: type {signed(kind)}")
        if kind == resource_table.RSC_DEVMEM:
            return -Errno.EINVAL  # without a word: mapping devices takes an IOMMU, which this processor has not
        if isinstance(entry, Refusal):
            self._log.err(self._dev, entry.line)
            return -Errno.EINVAL
        if isinstance(entry, Vdev):
            return self._handle_vdev(entry)
        if isinstance(entry, TraceBuffer):
            self._handle_trace(entry)
        elif isinstance(entry, Carveout):
            return self._handle_carveout(entry)
        elif isinstance(entry, resource_table.Unsupported):
            self._log.warn(self._dev, entry.line)
        return 0

    def _handle_trace(self, entry: TraceBuffer) -> None:
        name = f"trace{len(self.traces)}"
        self.traces.append(entry)
        debugfs.add_trace(self._rproc, name, entry)
        self._log.debug(self._dev, f"{name} added: da 0x{entry.da:x}, len 0x{entry.length:x}")

    def _handle_vdev(self, entry: Vdev) -> int:
        self._log.debug(
            self._dev,
            f"vdev rsc: id {signed(entry.id)}, dfeatures 0x{entry.dfeatures:x},"
            f" cfg len {signed(entry.config_len)}, {len(entry.vrings)} vrings",
        )
        refusal = entry.refusal()
        if refusal is not None:
            self._log.err(self._dev, refusal.line)
            return -Errno.EINVAL
        vdev = RprocVdev(self._rproc, self._seen_vdevs, self.devices.alloc(), entry)
        self._seen_vdevs += 1
        error = vdev.probe()
        if error:
            # Registering the device has succeeded nonetheless, so the boot goes on without it.
            report_probe(self._rproc.kernel, "rproc-virtio", vdev.device, error)
        else:
            self.vdevs.append(vdev)
        return 0

    def _handle_carveout(self, entry: Carveout) -> int:
        self._log.debug(
            self._dev,
            f"carveout rsc: name: {entry.name}, da 0x{entry.da:x}, pa 0x{entry.pa:x},"
            f" len 0x{entry.length:x}, flags 0x{entry.flags:x}",
        )
        if "%" in entry.name:
            raise KernelFaultError("a carve-out's name taken as a format string", "rproc_find_carveout_by_name")
        known = self.find(entry.name[:_NAME])
        if known is None:
            self.carveouts.append(
                MemoryEntry(entry.name[:_NAME], entry.da, 0, entry.length, entry=entry.offset),
            )
            return 0
        if known.entry is not None:
            self._log.err(self._dev, "Carveout already associated to resource table")
            return -Errno.ENOMEM
        if not self.fits(known, entry.da, entry.length):
            return -Errno.ENOMEM
        known.entry = entry.offset
        return 0

    def fits(self, entry: MemoryEntry, da: int, size: int) -> bool:
        """rproc_check_carveout_da: does what the table asks for lie in the memory that is set apart?"""
        delta = 0 if da == ADDRESS_ANY else signed(da - entry.da & 0xFFFFFFFF)
        if size > entry.size:
            self._log.err(self._dev, "Registered carveout doesn't fit len request")
        elif da != ADDRESS_ANY and entry.da == ADDRESS_ANY:
            pass
        elif delta < 0:
            self._log.err(self._dev, "Registered carveout doesn't fit da request")
        elif delta + size > entry.size:
            self._log.err(self._dev, "Registered carveout doesn't fit len request")
        else:
            return True
        return False

    # -- memory -----------------------------------------------------------------------------------------------

    def allocate(self, table: Table | None) -> int:
        """rproc_alloc_registered_carveouts: map what is reserved, take the rest from DDR, and tell the firmware."""
        for entry in self.carveouts:
            error = 0
            if entry.reserved:
                if not entry.pool:
                    self._rproc.ops.map(entry)
                    entry.mapped = True
            elif not entry.mapped:
                error = self._allocate(entry)
            if error:
                self._log.err(self._dev, f"Unable to allocate carveout {entry.name}: {error}")
                return -Errno.ENOMEM
            if entry.entry is not None and table is not None:
                at = entry.entry + resource_table.CARVEOUT_DA
                for n, value in enumerate((entry.da, 0 if entry.pool else entry.pa, entry.size)):
                    table.write(at + 4 * n, 4, value)
        return 0

    def _allocate(self, entry: MemoryEntry) -> int:
        """rproc_alloc_carveout. The M4 has no way to Linux's DDR: as a DMA address, it reads as "none"."""
        device = self._rproc.ops.dev
        pa = None if entry.ring else self._ddr.allocate(entry.size)
        if pa is None:
            self._log.err(device, f"failed to allocate dma memory: len 0x{entry.size:x}")
            return -Errno.ENOMEM
        self._log.debug(self._dev, f"carveout va 00000000, dma 0x{ADDRESS_ANY:08x}, len 0x{entry.size:x}")
        if entry.da != ADDRESS_ANY:
            self._log.warn(device, "Allocated carveout doesn't fit device address request")
        entry.pa, entry.mapped = pa, True
        return 0

    def clean_up(self) -> None:
        """rproc_resource_cleanup."""
        for n in range(len(self.traces)):
            debugfs.remove_trace(self._rproc, f"trace{n}")
        self.traces.clear()
        for entry in self.carveouts:
            if entry.mapped:
                if entry.reserved:
                    self._rproc.ops.unmap(entry)
                else:
                    self._ddr.free(entry.pa)
        self.carveouts.clear()
        vdevs, self.vdevs = self.vdevs, []
        for vdev in vdevs:
            self.devices.free(vdev.number)
            for ring in vdev.vrings:
                self.notifyids.remove(ring.notifyid)
        for vdev in vdevs:
            vdev.remove()
