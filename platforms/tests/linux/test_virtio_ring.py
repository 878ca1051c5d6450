"""The split ring by itself: what the driver writes when, and what a remote that writes into it can do to it."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from mp1bench.engine.bare import BareEngine
from mp1bench.linux import KernelFaultError
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.virtio.ring import Virtqueue

RING, AVAIL, USED, USED_EVENT, AVAIL_EVENT = 0x10000000, 0x100, 0x130, 0x124, 0x1B4
BUFFER = 0x10001000
NEXT, WRITE = 1, 2


class Ring:
    """A queue of 16, and the other side of it."""

    def __init__(self, *, event_idx: bool = False) -> None:
        self.engine = BareEngine()
        self.engine.add_memory("ram", 0x10000, [RING])
        self.kernel = Kernel(self.engine)
        self.log: list[str] = []
        self.kernel.on_printk.append(lambda level, device, text: self.log.append(text))
        self.kicks = 0
        self.calls = 0
        self.vq = Virtqueue(
            self.kernel,
            self.engine,
            device="dev",
            name="q",
            num=16,
            align=16,
            address=RING,
            notify=self.kicked,
            callback=self.called,
            event_idx=event_idx,
        )

    def kicked(self) -> None:
        self.kicks += 1

    def called(self) -> None:
        self.calls += 1

    def word(self, at: int) -> int:
        return self.engine.read(RING + at, 2)

    def put(self, index: int, length: int = 0) -> None:
        count = self.word(USED + 2)
        self.engine.write_bytes(RING + USED + 4 + 8 * (count % 16), struct.pack("<II", index, length))
        self.engine.write(RING + USED + 2, count + 1, 2)

    def chain(self, *descriptors: int) -> None:
        for number in descriptors:
            self.engine.write(RING + 16 * number + 12, NEXT, 2)

    def interrupt(self) -> bool:
        return self.kernel.call(self.vq.interrupt())


@pytest.fixture
def ring() -> Ring:
    return Ring()


def fill(ring: Ring, count: int = 16) -> None:
    for number in range(count):
        assert ring.vq.add_outbuf(BUFFER + 512 * number, 512) == 0


def test_a_full_queue_refuses_and_rings_for_messages_only(ring: Ring) -> None:
    fill(ring)
    assert (ring.vq.add_inbuf(BUFFER, 512), ring.kicks) == (-28, 0)
    assert (ring.vq.add_outbuf(BUFFER, 512), ring.kicks) == (-28, 1)


def test_a_broken_queue_refuses_and_does_not_ring(ring: Ring) -> None:
    fill(ring, 2)
    ring.put(16)
    assert ring.vq.get_buf() is None
    assert ring.log == ["q:id 16 out of range"]
    assert ring.vq.add_outbuf(BUFFER, 512) == -5
    ring.vq.kick()
    ring.vq.notify()
    assert ring.kicks == 0
    assert (ring.interrupt(), ring.calls) == (True, 0)


def test_chained_descriptors_are_freed_together(ring: Ring) -> None:
    fill(ring)
    ring.chain(3, 4)
    ring.put(3)
    assert ring.vq.get_buf() == (BUFFER + 3 * 512, 0)
    assert ring.vq.num_free == 3
    for _ in range(3):
        assert ring.vq.add_outbuf(BUFFER, 1) == 0
    assert [ring.word(AVAIL + 4 + 2 * slot) for slot in range(3)] == [3, 4, 5]


def test_a_loop_of_descriptors_never_ends_in_linux(ring: Ring) -> None:
    fill(ring)
    ring.chain(*range(16))
    ring.put(3)
    why = r"^Linux cannot go on: an endless loop of descriptors in detach_buf_split\.$"
    with pytest.raises(KernelFaultError, match=why):
        ring.vq.get_buf()


def test_callbacks_are_switched_by_the_available_flags(ring: Ring) -> None:
    ring.vq.disable_cb()
    assert ring.word(AVAIL) == 1
    ring.vq.enable_cb()
    assert ring.word(AVAIL) == 0


def test_with_event_indices_they_are_switched_by_used_event() -> None:
    ring = Ring(event_idx=True)
    fill(ring, 4)
    for number in range(2):
        ring.put(number)
        ring.vq.get_buf()
    assert (ring.word(USED_EVENT), ring.word(AVAIL)) == (2, 0)
    ring.vq.disable_cb()
    assert (ring.word(USED_EVENT), ring.word(AVAIL)) == (0, 0)
    ring.vq.enable_cb()
    assert ring.word(USED_EVENT) == 2


def test_an_interrupt_with_event_indices_is_not_disarmed_and_later_buffers_move_no_index() -> None:
    ring = Ring(event_idx=True)
    fill(ring, 4)
    ring.put(0)
    assert ring.interrupt() is True
    ring.vq.get_buf()
    ring.vq.disable_cb()  # the interrupt has been had: nothing is written …
    assert ring.word(USED_EVENT) == 1
    ring.put(1)
    ring.vq.get_buf()  # … but the driver does not want another
    assert ring.word(USED_EVENT) == 1


@pytest.mark.parametrize(("event", "rings"), [(0, True), (1, False), (0xFFFF, False)])
def test_with_event_indices_the_remote_says_when_to_ring(event: int, rings: bool) -> None:
    ring = Ring(event_idx=True)
    ring.engine.write(RING + AVAIL_EVENT, event, 2)
    ring.engine.write(RING + USED, 1, 2)  # NO_NOTIFY does not count
    fill(ring, 1)
    assert ring.vq.kick_prepare() is rings


def test_nothing_of_the_available_ring_is_read_back(ring: Ring) -> None:
    fill(ring, 2)
    ring.engine.write_bytes(RING + AVAIL, b"\xa5" * 36)
    fill(ring, 1)
    got: tuple[Any, ...] = (ring.word(AVAIL + 2), ring.word(AVAIL + 8))
    assert got == (3, 2)
