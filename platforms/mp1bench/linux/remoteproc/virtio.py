"""A virtio device whose registers are its entry in the resource table (drivers/remoteproc/remoteproc_virtio.c).

Status, features and ring addresses lie in memory that the firmware reads; the doorbell is the remote processor's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mp1bench.linux.errno import Errno, KernelFaultError
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vsprintf import signed
from mp1bench.linux.remoteproc import resource_table
from mp1bench.linux.remoteproc.memory import PAGE, MemoryEntry, pages
from mp1bench.linux.remoteproc.resource_table import MAX_VRINGS, Vdev, Vring
from mp1bench.linux.virtio.bus import DRIVER
from mp1bench.linux.virtio.ring import F_EVENT_IDX, Virtqueue, vring_size

if TYPE_CHECKING:
    from mp1bench.linux.remoteproc.core import Rproc

#: More descriptors than that are more than kmalloc gives.
_MOST_DESCRIPTORS = 1 << 19


@dataclass(eq=False)
class RprocVring:
    """A ring: where its entry in the table is, and the number that a kick for it carries."""

    offset: int
    num: int
    align: int
    notifyid: int = -1
    vq: Virtqueue | None = None


class RprocVdev:
    """One vdev entry, and while the remote processor runs, the virtio device made of it.

    `index` counts the table's vdevs, `number` Linux's rproc-virtio devices.
    """

    def __init__(self, rproc: Rproc, index: int, number: int, entry: Vdev) -> None:
        self.name = ""  # of the virtio device, while there is one
        self._virtio_number = 0
        self.id = entry.id
        self.number = number
        self.device = f"rproc-virtio.{number}.auto"
        self.dev = f"rproc-virtio {self.device}"
        self.vrings: list[RprocVring] = []
        self._core_log = rproc.kernel.logger("remoteproc_core.c")
        self._log = rproc.kernel.logger("remoteproc_virtio.c")
        self._rproc = rproc
        self._index = index
        self._entry = entry
        self._features = 0
        self._driven = False  # a virtio driver has been tried on it

    # -- binding ----------------------------------------------------------------------------------------------

    def probe(self) -> int:
        """rproc_virtio_probe: look at the rings and find memory for each. 0, or a negative error number."""
        for n, ring in enumerate(self._entry.vrings):
            line = f"vdev rsc: vring{n}: da 0x{ring.da:x}, qsz {signed(ring.num)}, align {signed(ring.align)}"
            self._core_log.debug(self._rproc.dev, line)
            refusal = ring.refusal()
            if refusal is not None:
                self._core_log.err(self._rproc.dev, refusal.line)
                return -Errno.EINVAL
        for n, ring in enumerate(self._entry.vrings):
            error = self._allocate(n, ring)
            if error:
                self._free_rings()
                return error
        return 0

    def _allocate(self, n: int, ring: Vring) -> int:
        """rproc_alloc_vring."""
        resources, table = self._rproc.resources, self._rproc.table
        name, size = f"vdev{self._index}vring{n}", pages(vring_size(ring.num, ring.align))
        known = resources.find(name)
        if known is None:
            resources.carveouts.append(MemoryEntry(name, ring.da, 0, size, ring=True))
        elif not resources.fits(known, ring.da, size):
            return -Errno.ENOMEM
        vring = RprocVring(ring.offset, ring.num, ring.align)
        vring.notifyid = resources.notifyids.alloc(vring, 0)
        self.vrings.append(vring)
        table.write(ring.offset + resource_table.VRING_NOTIFYID, 4, vring.notifyid)
        return 0

    def _free_rings(self) -> None:
        for ring in reversed(self.vrings):
            self._rproc.resources.notifyids.remove(ring.notifyid)
            self._rproc.table.write(ring.offset, 4, 0)
            self._rproc.table.write(ring.offset + resource_table.VRING_NOTIFYID, 4, 0xFFFFFFFF)
        self.vrings.clear()

    def remove(self) -> None:
        """rproc_virtio_remove. It frees two rings, however many there are."""
        if len(self._entry.vrings) < MAX_VRINGS:
            raise KernelFaultError("a NULL pointer dereference", "rproc_free_vring")

    # -- life -------------------------------------------------------------------------------------------------

    def start(self) -> Sleeping[int]:
        """rproc_add_virtio_dev: register the device with the virtio bus."""
        self._virtio_number = self._rproc.virtio_numbers.alloc()
        self.name = f"virtio{self._virtio_number}"
        self._driven = False
        pool = self._pool()
        if pool is not None and pool.reserved:
            self._log.info(self.dev, f"assigned reserved memory node {pool.node}")
        elif pool is not None:
            self._log.warn(self.dev, f"vdev {self._index} buffer already mapped")
        error = yield from self._rproc.virtio.register_device(self)
        self._log.info(self.dev, f"registered {self.name} (type {signed(self.id)})")
        return error

    def stop(self) -> Sleeping[None]:
        """Take the device away from the virtio bus, if it is there."""
        if self.name:
            yield from self._rproc.virtio.unregister_device(self)
            self._rproc.virtio_numbers.free(self._virtio_number)
            self.name = ""

    # -- the registers ----------------------------------------------------------------------------------------

    def _virtio_dev(self) -> str:
        """How the log names the device: after its driver, as soon as that is being bound."""
        driver = self._rproc.virtio.drivers.get(self.id) if self._driven else None
        return f"{'virtio' if driver is None else driver.name} {self.name}"

    def get_status(self) -> int:
        return self._rproc.table.read(self._entry.offset + resource_table.VDEV_STATUS, 1)

    def set_status(self, status: int) -> None:
        self._driven = self._driven or bool(status & DRIVER)
        self._rproc.table.write(self._entry.offset + resource_table.VDEV_STATUS, 1, status)
        self._log.debug(self._virtio_dev(), f"status: {status}")

    def reset(self) -> None:
        self._rproc.table.write(self._entry.offset + resource_table.VDEV_STATUS, 1, 0)
        self._log.debug(self._virtio_dev(), "reset !")

    def get_features(self) -> int:
        return self._rproc.table.read(self._entry.offset + resource_table.VDEV_DFEATURES)

    def finalize_features(self, features: int) -> None:
        self._features = features
        self._rproc.table.write(self._entry.offset + resource_table.VDEV_GFEATURES, 4, features)

    # -- queues and buffers -----------------------------------------------------------------------------------

    def find_vqs(self, dev: str, queues: Sequence[tuple[str, Callable[[], object]]]) -> list[Virtqueue] | int:
        vqs: list[Virtqueue] = []
        for n, (name, callback) in enumerate(queues):
            vq = self._find_vq(dev, n, name, callback)
            if isinstance(vq, int):
                self.del_vqs()
                return vq
            vqs.append(vq)
        return vqs

    def _find_vq(self, dev: str, index: int, name: str, callback: Callable[[], object]) -> Virtqueue | int:
        """rp_find_vq."""
        rproc = self._rproc
        entry = rproc.resources.find(f"vdev{self._index}vring{index}")
        if index >= MAX_VRINGS:
            return -Errno.EINVAL
        if entry is None or not entry.mapped:
            return -Errno.ENOMEM
        if index >= len(self.vrings):  # a ring of none, whose memory is there all the same
            raise KernelFaultError("a page fault", "vring_alloc_desc_extra")
        ring = self.vrings[index]
        self._log.debug(rproc.dev, f"vring{index}: va 00000000 qsz {signed(ring.num)} notifyid {ring.notifyid}")
        if ring.num > _MOST_DESCRIPTORS:
            self._log.err(rproc.dev, f"vring_new_virtqueue {name} failed")
            return -Errno.ENOMEM
        if ring.align > PAGE:
            raise KernelFaultError("an access to the address that a ring's alignment makes up", "vring_init")
        rproc.engine.write_bytes(entry.pa, bytes(vring_size(ring.num, ring.align)))
        rproc.table.write(ring.offset, 4, entry.da)
        ring.vq = Virtqueue(
            rproc.kernel,
            rproc.engine,
            device=dev,
            name=name,
            num=ring.num,
            align=ring.align,
            address=entry.pa,
            notify=lambda: self._notify(ring),
            callback=callback,
            event_idx=bool(self._features & F_EVENT_IDX),
        )
        return ring.vq

    def _notify(self, ring: RprocVring) -> None:
        self._log.debug(self._rproc.dev, f"kicking vq index: {ring.notifyid}")
        self._rproc.ops.kick(ring.notifyid)

    def del_vqs(self) -> None:
        for ring in self.vrings:
            ring.vq = None

    def _pool(self) -> MemoryEntry | None:
        """Where the buffers come from: the memory that bears their name, or else the first that is reserved."""
        resources = self._rproc.resources
        first = next((entry for entry in resources.carveouts if entry.reserved), None)
        return resources.find(f"vdev{self._index}buffer") or first

    def dma_alloc(self, size: int) -> int | None:
        """The pool is this device's alone and holds one allocation, which is cleared."""
        pool = self._pool()
        if pool is None or not pool.reserved or size > pool.size:
            return None
        self._rproc.engine.write_bytes(pool.pa, bytes(size))
        return self._rproc.pa_to_da(pool.pa)

    def dma_free(self) -> None:
        """Nothing is kept of it."""
