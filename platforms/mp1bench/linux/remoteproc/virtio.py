"""A virtio device whose registers are its entry in the resource table (drivers/remoteproc/remoteproc_virtio.c).

Status, features and ring addresses lie in memory that the firmware reads; the doorbell is the remote processor's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Sleeping
from mp1bench.linux.remoteproc import resource_table
from mp1bench.linux.remoteproc.resource_table import Vdev
from mp1bench.linux.virtio.ring import F_EVENT_IDX, Virtqueue, vring_size

if TYPE_CHECKING:
    from mp1bench.linux.remoteproc.core import Rproc


@dataclass
class RprocVring:
    """A ring: where it lies for both sides, and the number that a kick for it carries."""

    offset: int  # of its entry in the table
    da: int
    num: int
    align: int
    notifyid: int
    vq: Virtqueue | None = None


class RprocVdev:
    """One vdev entry, and while the remote processor runs, the virtio device made of it."""

    def __init__(self, rproc: Rproc, index: int, entry: Vdev) -> None:
        self.name = f"virtio{index}"
        self.id = entry.id
        self.dev = f"rproc-virtio rproc-virtio.{index}.auto"
        self.vrings: list[RprocVring] = []
        self._log = rproc.kernel.logger("remoteproc_virtio.c")
        self._rproc = rproc
        self._index = index
        self._entry = entry
        self._features = 0

    # -- life -------------------------------------------------------------------------------------------------

    def start(self) -> Sleeping[int]:
        """rproc_add_virtio_dev: register the device with the virtio bus."""
        buffer = self._rproc.find_carveout(f"vdev{self._index}buffer")
        if buffer is not None:
            self._log.info(self.dev, f"assigned reserved memory node {buffer.name}@{buffer.pa:x}")
        error = yield from self._rproc.virtio.register_device(self)
        self._log.info(self.dev, f"registered {self.name} (type {self.id})")
        return error

    def stop(self) -> Sleeping[None]:
        """Take the device away from the virtio bus."""
        yield from self._rproc.virtio.unregister_device(self)

    # -- the registers ----------------------------------------------------------------------------------------

    def get_status(self) -> int:
        return self._rproc.table.read(self._entry.offset + resource_table.VDEV_STATUS, 1)

    def set_status(self, status: int) -> None:
        self._rproc.table.write(self._entry.offset + resource_table.VDEV_STATUS, 1, status)
        self._log.debug(self.dev, f"status: {status}")

    def reset(self) -> None:
        self._rproc.table.write(self._entry.offset + resource_table.VDEV_STATUS, 1, 0)
        self._log.debug(self.dev, "reset !")

    def get_features(self) -> int:
        return self._rproc.table.read(self._entry.offset + resource_table.VDEV_DFEATURES)

    def finalize_features(self, features: int) -> None:
        self._features = features
        self._rproc.table.write(self._entry.offset + resource_table.VDEV_GFEATURES, 4, features)

    # -- queues and buffers -----------------------------------------------------------------------------------

    def find_vqs(self, dev: str, queues: Sequence[tuple[str, Callable[[], object]]]) -> list[Virtqueue] | int:
        if len(queues) > len(self.vrings):
            return -Errno.EINVAL
        return [self._find_vq(dev, n, name, callback) for n, (name, callback) in enumerate(queues)]

    def _find_vq(self, dev: str, index: int, name: str, callback: Callable[[], object]) -> Virtqueue:
        ring = self.vrings[index]
        rproc = self._rproc
        rproc.engine.write_bytes(ring.da, bytes(vring_size(ring.num, ring.align)))
        self._log.debug(self.dev, f"vring{index}: va 0x{ring.da:08x} qsz {ring.num} notifyid {ring.notifyid}")
        rproc.table.write(ring.offset, 4, ring.da)
        ring.vq = Virtqueue(
            rproc.kernel,
            rproc.engine,
            device=dev,
            name=name,
            num=ring.num,
            align=ring.align,
            address=ring.da,
            notify=lambda: self._notify(ring),
            callback=callback,
            event_idx=bool(self._features & F_EVENT_IDX),
        )
        return ring.vq

    def _notify(self, ring: RprocVring) -> None:
        self._log.debug(self.dev, f"kicking vq index: {ring.notifyid}")
        self._rproc.ops.kick(ring.notifyid)

    def del_vqs(self) -> None:
        for ring in self.vrings:
            ring.vq = None

    def dma_alloc(self, size: int) -> int | None:
        """The whole of vdev0buffer is this device's and holds one allocation."""
        buffer = self._rproc.find_carveout(f"vdev{self._index}buffer")
        return None if buffer is None or size > buffer.size else buffer.da

    def dma_free(self) -> None:
        """Nothing is kept of it."""
