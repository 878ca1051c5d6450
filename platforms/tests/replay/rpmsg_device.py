"""The stand-in for remoteproc under a recording of linux-rpmsg: a virtio device on shared memory, and that memory.

It knows neither lines nor files; `rpmsg.py` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mp1bench.engine.bare import BareEngine
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.virtio.ring import F_EVENT_IDX, Virtqueue, vring_size

#: Told what happened: the kind of the event and its keys.
See = Callable[..., None]


class SharedMemory:
    """The memory of the machine, and what the recording says of it.

    When a transport clears memory the recording may count that as a change by the kernel or not. Both images are kept
    until a look tells which one it is.
    """

    def __init__(self, engine: BareEngine, start: int, size: int) -> None:
        engine.add_memory("shared", size, [start])
        self._engine = engine
        self._start = start
        self._images = [bytearray(size)]

    def apply(self, address: int, data: bytes) -> None:
        """The recording says that these bytes have changed."""
        at = address - self._start
        for image in self._images:
            image[at : at + len(data)] = data

    def clear(self, address: int, size: int) -> None:
        """Clear a part, as a transport does."""
        self._engine.write_bytes(address, bytes(size))
        at = address - self._start
        cleared = [bytearray(image) for image in self._images]
        for image in cleared:
            image[at : at + size] = bytes(size)
        self._images += [image for image in cleared if image not in self._images]

    def difference(self) -> str | None:
        """Where the memory is not what the recording says, or None."""
        memory = self._engine.read_bytes(self._start, len(self._images[0]))
        agreeing = [image for image in self._images if image == memory]
        if agreeing:
            self._images = agreeing
            return None
        image = self._images[-1]
        at = next(at for at, byte in enumerate(image) if byte != memory[at])
        return f"the byte at 0x{self._start + at:08x} is 0x{memory[at]:02x} and not 0x{image[at]:02x}"


class Transport:
    """One virtio device of id 7, as `config` describes it."""

    id = 7

    def __init__(
        self, name: str, config: dict[str, Any], kernel: Kernel, engine: BareEngine, memory: SharedMemory, see: See
    ) -> None:
        self.name = name
        self.vqs: list[Virtqueue] = []
        self._config = config
        self._kernel = kernel
        self._engine = engine
        self._memory = memory
        self._see = see
        self._status = 0
        self._features = 0

    def get_status(self) -> int:
        return self._status

    def set_status(self, status: int) -> None:
        self._status = status
        self._see("status", val=status)

    def reset(self) -> None:
        self.set_status(0)

    def get_features(self) -> int:
        return int(self._config["features"])

    def finalize_features(self, features: int) -> None:
        self._features = features
        self._see("features", val=features)

    def find_vqs(self, dev: str, queues: Sequence[tuple[str, Callable[[], object]]]) -> list[Virtqueue] | int:
        self.vqs = [self._make(dev, index, name, callback) for index, (name, callback) in enumerate(queues)]
        return self.vqs

    def _make(self, dev: str, index: int, name: str, callback: Callable[[], object]) -> Virtqueue:
        num, align, address = self._config["num"], self._config["align"], self._config[f"vring{index}"]
        self._memory.clear(address, vring_size(num, align))
        return Virtqueue(
            self._kernel,
            self._engine,
            device=dev,
            name=name,
            num=num,
            align=align,
            address=address,
            notify=lambda: self._see("kick", vq=index),
            callback=callback,
            event_idx=bool(self._features & F_EVENT_IDX),
        )

    def del_vqs(self) -> None:
        """The rings stay where they are."""

    def dma_alloc(self, size: int) -> int | None:
        if size > self._config["buffers_size"]:
            return None
        self._memory.clear(self._config["buffers"], size)
        return int(self._config["buffers"])

    def dma_free(self) -> None:
        """The pool holds one allocation."""
