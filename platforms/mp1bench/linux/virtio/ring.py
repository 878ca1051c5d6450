"""A split virtqueue, driver side (drivers/virtio/virtio_ring.c): descriptors, available ring, used ring.

The other side is not trusted: what it says out of range breaks this queue and nothing else (linux-mailbox.md §4.4).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from mp1bench.engine import Engine
from mp1bench.linux.errno import Errno, KernelFaultError
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.task import Sleeping, finish

F_INDIRECT_DESC = 1 << 28
F_EVENT_IDX = 1 << 29

DESC_NEXT, DESC_WRITE = 1, 2
AVAIL_NO_INTERRUPT = 1
USED_NO_NOTIFY = 1

DESCRIPTOR = struct.Struct("<QIHH")
USED = struct.Struct("<II")


def vring_size(num: int, align: int) -> int:
    """Bytes that a ring of `num` descriptors takes."""
    return used_offset(num, align) + 2 * 3 + USED.size * num


def used_offset(num: int, align: int) -> int:
    return (DESCRIPTOR.size * num + 2 * (3 + num) + align - 1) & ~(align - 1)


class Virtqueue:
    """One ring at `address`. A token is what the caller wants back when a buffer has been used.

    `notify` rings the doorbell; `callback` hears of used buffers and may be a generator. `event_idx` is the feature of
    that name.
    """

    def __init__(
        self,
        kernel: Kernel,
        engine: Engine,
        *,
        device: str,
        name: str,
        num: int,
        align: int,
        address: int,
        notify: Callable[[], None],
        callback: Callable[[], object],
        event_idx: bool = False,
    ) -> None:
        self.name = name
        self.num = num
        self.broken = False
        self.num_free = num
        self._log = kernel.logger("virtio_ring.c")
        self._engine = engine
        self._device = device
        self._notify = notify
        self._callback = callback
        self._event_idx = event_idx
        self._event_triggered = False
        self._desc = address
        self._avail = address + DESCRIPTOR.size * num
        self._used = address + used_offset(num, align)
        self._used_event = self._avail + 4 + 2 * num
        self._avail_event = self._used + 4 + USED.size * num
        # Linux keeps these to itself, so that the other side cannot change them.
        self._next = [*range(1, num), 0]
        self._tokens: list[int | None] = [None] * num
        self._free_head = 0
        self._avail_idx = 0
        self._avail_flags = 0
        self._last_used = 0
        self._num_added = 0

    # -- giving buffers ---------------------------------------------------------------------------------------

    def add_inbuf(self, address: int, length: int) -> int:
        """Post a buffer that the other side fills. 0 or a negative error number."""
        return self._add(address, length, DESC_WRITE)

    def add_outbuf(self, address: int, length: int) -> int:
        """Post a buffer that the other side reads."""
        return self._add(address, length, 0)

    def _add(self, address: int, length: int, flags: int) -> int:
        if self.broken:
            return -Errno.EIO
        if not self.num_free:
            if not flags & DESC_WRITE:
                self._notify()  # an old promise of Linux: a full queue of messages is worth a doorbell
            return -Errno.ENOSPC
        head = self._free_head
        descriptor = DESCRIPTOR.pack(address, length, flags, self._next[head])
        self._engine.write_bytes(self._desc + DESCRIPTOR.size * head, descriptor)
        self._free_head = self._next[head]
        self._tokens[head] = address
        self.num_free -= 1
        self._write16(self._avail + 4 + 2 * (self._avail_idx & (self.num - 1)), head)
        self._avail_idx = (self._avail_idx + 1) & 0xFFFF
        self._write16(self._avail + 2, self._avail_idx)
        self._num_added += 1
        if self._num_added == 0xFFFF:
            self.kick()
        return 0

    def kick(self) -> None:
        """Ring the doorbell if the other side wants it."""
        if self.kick_prepare():
            self.notify()

    def kick_prepare(self) -> bool:
        """Does the other side want to hear of what was added since the last time?"""
        new, added, self._num_added = self._avail_idx, self._num_added, 0
        if self._event_idx:
            event = self._read16(self._avail_event)
            return (new - event - 1) & 0xFFFF < added & 0xFFFF
        return not self._read16(self._used) & USED_NO_NOTIFY

    def notify(self) -> None:
        """Ring the doorbell; not that of a broken queue."""
        if not self.broken:
            self._notify()

    # -- taking them back -------------------------------------------------------------------------------------

    def get_buf(self) -> tuple[int, int] | None:
        """The next used buffer: its address as it was added, and the length that the other side claims."""
        if self.broken or not self.more_used():
            return None
        element = self._used + 4 + USED.size * (self._last_used & (self.num - 1))
        index, length = USED.unpack(self._engine.read_bytes(element, USED.size))
        if index >= self.num:
            self._break(f"id {index} out of range")
            return None
        token = self._tokens[index]
        if token is None:
            self._break(f"id {index} is not a head!")
            return None
        self._detach(index)
        self._last_used = (self._last_used + 1) & 0xFFFF
        if not self._avail_flags & AVAIL_NO_INTERRUPT:
            self._write16(self._used_event, self._last_used)
        return token, length

    def _detach(self, head: int) -> None:
        """Free the descriptors of a buffer: as many as the flags in memory, which the other side can write, chain."""
        self._tokens[head] = None
        last, steps = head, 1
        while self._read16(self._desc + DESCRIPTOR.size * last + 12) & DESC_NEXT:
            if steps > self.num:
                raise KernelFaultError("an endless loop of descriptors", "detach_buf_split")
            last, steps = self._next[last], steps + 1
        self._next[last] = self._free_head
        self._free_head = head
        self.num_free += steps

    def more_used(self) -> bool:
        """Has the other side used anything that was not taken yet?"""
        return self._last_used != self._read16(self._used + 2)

    def _break(self, why: str) -> None:
        self._log.err(self._device, f"{self.name}:{why}")
        self.broken = True

    # -- interrupts -------------------------------------------------------------------------------------------

    def interrupt(self) -> Sleeping[bool]:
        """vring_interrupt: False if there was nothing to do."""
        if not self.more_used():
            return False
        if not self.broken:
            self._event_triggered = self._event_idx
            yield from finish(self._callback())
        return True

    def disable_cb(self) -> None:
        """Tell the other side that used buffers are not worth an interrupt."""
        if self._avail_flags & AVAIL_NO_INTERRUPT:
            return
        self._avail_flags |= AVAIL_NO_INTERRUPT
        if self._event_triggered:
            return  # with event indices one interrupt has disarmed the next
        if self._event_idx:
            self._write16(self._used_event, 0)
        else:
            self._write16(self._avail, self._avail_flags)

    def enable_cb(self) -> None:
        """Ask for an interrupt at the next used buffer."""
        self._event_triggered = False
        if self._avail_flags & AVAIL_NO_INTERRUPT:
            self._avail_flags &= ~AVAIL_NO_INTERRUPT
            if not self._event_idx:
                self._write16(self._avail, self._avail_flags)
        self._write16(self._used_event, self._last_used)

    # -- memory -----------------------------------------------------------------------------------------------

    def _read16(self, address: int) -> int:
        return int.from_bytes(self._engine.read_bytes(address, 2), "little")

    def _write16(self, address: int, value: int) -> None:
        self._engine.write_bytes(address, value.to_bytes(2, "little"))
