"""Rings and messages broken in every way we know: what Linux says to each, and that it can be started again.

Linux refuses little and notices late (linux-mailbox.md §4.4, §4.5); where it says nothing, that is what is pinned here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from mp1bench.linux import KernelError
from mp1bench.linux.peer import Peer

VRING0, VRING1, BUFFERS = 0x10040000, 0x10041000, 0x10042000
AVAIL, USED, AVAIL_EVENT = 0x100, 0x130, 0x1B4
BUS = "virtio_rpmsg_bus virtio0: "
UHM = f"{BUS}uhm, incoming signal, but no used buffer ?"
NEXT = 1
Make = Callable[..., Any]
Break = Callable[[Any, Peer], None]


def signal(bench: Any, peer: Peer) -> None:
    peer.post(1)
    bench.run(100)


def use(ring: int, index: int, length: int = 512) -> Break:
    """Put an element into a used ring."""

    def act(bench: Any, peer: Peer) -> None:
        count = bench.engine.read(ring + USED + 2, 2)
        bench.engine.write_bytes(ring + USED + 4 + 8 * (count % 16), struct.pack("<II", index, length))
        bench.engine.write(ring + USED + 2, count + 1 & 0xFFFF, 2)

    return act


def message(destination: int = 0x400, size: int = 4, *, claims: int | None = None, used: int = 512) -> Break:
    return lambda bench, peer: peer.send(0x400, destination, b"m" * size, claims=claims, used=used, rings=False)


def announcement(name: bytes, address: int = 0x500, flags: int = 0, extra: bytes = b"") -> Break:
    data = struct.pack("<32sII", name, address, flags) + extra
    return lambda bench, peer: peer.send(address, 53, data[: 40 + len(extra)], rings=False)


def write(address: int, data: bytes) -> Break:
    return lambda bench, peer: bench.engine.write_bytes(address, data)


def chain(*descriptors: int) -> Break:
    """Set NEXT in descriptors that Linux has posted; it follows the flag, and its own links."""

    def act(bench: Any, peer: Peer) -> None:
        for number in descriptors:
            bench.engine.write(VRING0 + 16 * number + 12, 2 | NEXT, 2)

    return act


def both(*acts: Break) -> Break:
    def act(bench: Any, peer: Peer) -> None:
        for one in acts:
            one(bench, peer)

    return act


def jump(ring: int, by: int) -> Break:
    return lambda bench, peer: bench.engine.write(
        ring + USED + 2, bench.engine.read(ring + USED + 2, 2) + by & 0xFFFF, 2
    )


class Way(NamedTuple):
    """What the firmware does, and all that Linux then prints as a warning or an error."""

    does: Break
    says: list[str]


TOO_BIG = f"{BUS}inbound msg too big: "
EXISTS = f"{BUS}channel rpmsg-tty:ffffffff:400 already exist"
REFUSED = f"{BUS}rpmsg_create_channel failed"
NO_RECIPIENT = f"{BUS}msg received with no recipient"

WAYS = {
    "used id out of range": Way(use(VRING0, 16), [f"{BUS}input:id 16 out of range", UHM]),
    "used id all ones": Way(use(VRING0, 0xFFFFFFFF), [f"{BUS}input:id 4294967295 out of range", UHM]),
    "used id returned twice": Way(
        both(use(VRING0, 3, 513), lambda bench, peer: signal(bench, peer), use(VRING0, 3)),
        [f"{TOO_BIG}(513, 0)", f"{BUS}input:id 3 is not a head!", UHM],
    ),
    "used id out of turn": Way(use(VRING0, 9), [NO_RECIPIENT]),
    "used index jumps": Way(
        jump(VRING0, 5), [EXISTS, REFUSED] * 5
    ),  # the old announcement in buffer 0, again and again
    "used length beyond the buffer": Way(message(used=513), [f"{TOO_BIG}(513, 4)"]),
    "used length all ones": Way(message(used=0xFFFFFFFF), [f"{TOO_BIG}(-1, 4)"]),
    "used length 0 lets every size pass": Way(message(used=0), []),
    "used length 15 lets every size pass": Way(message(claims=496, used=15), []),
    "header claims more than was used": Way(message(claims=5, used=20), [f"{TOO_BIG}(20, 5)"]),
    "header claims more than a buffer": Way(message(claims=0xFFFF), [f"{TOO_BIG}(512, 65535)"]),
    "message to nobody": Way(message(0x999), [NO_RECIPIENT]),
    "message to any": Way(message(0xFFFFFFFF), [NO_RECIPIENT]),
    "chained descriptors": Way(both(chain(1), message()), []),
    "loop of descriptors": Way(
        both(chain(*range(16)), message()),
        ["Oops: an endless loop of descriptors in detach_buf_split; the task worker 10000000.m4 is dead"],
    ),
    "garbage in the available ring": Way(both(message(), write(VRING0 + AVAIL, b"\xa5" * 36)), []),
    "garbage in the used flags": Way(both(write(VRING0 + USED, b"\xff\xff"), message()), []),
    "garbage addresses in the descriptors": Way(both(message(), write(VRING0, b"\xfe" * 256)), []),
    "announcement too short": Way(
        lambda bench, peer: peer.send(0x500, 53, bytes(39), rings=False), [f"{BUS}malformed ns msg (39)"]
    ),
    "announcement too long": Way(announcement(b"svc", extra=b"!"), [f"{BUS}malformed ns msg (41)"]),
    "announcement without a name's end": Way(announcement(b"n" * 32), []),
    "announcement twice": Way(announcement(b"rpmsg-tty", 0x400), [EXISTS, REFUSED]),
    "service taken back that was never there": Way(
        announcement(b"nothing", flags=3), [f"{BUS}rpmsg_destroy_channel failed: -22"]
    ),
    "flags unknown": Way(announcement(b"svc", flags=2), []),
    "the name service announces itself": Way(announcement(b"rpmsg_ns", 0x500), []),
}


@pytest.fixture
def peer(bench: Any, image: Make) -> Peer:
    peer: Peer = bench.peer(echo=True)
    start(bench, image, peer)
    return peer


def start(bench: Any, image: Make, peer: Peer) -> None:
    del peer._rings[:]
    bench.host.start(image())
    bench.run(100)
    peer.announce("rpmsg-tty", 0x400)
    bench.run(100)


def echoes(bench: Any) -> bool:
    before = len(bench.host.received)
    bench.host.endpoints[0].send(b"still there?")
    bench.run(1000)
    return [transfer.data for transfer in bench.host.received[before:]] == [b"still there?"]


def loud(bench: Any) -> list[str]:
    return [*bench.log("emerg"), *bench.log("err"), *bench.log("warn")]


@pytest.mark.parametrize("way", WAYS)
def test_linux_says_what_it_says_and_can_be_started_again(bench: Any, peer: Peer, image: Make, way: str) -> None:
    peer.reads = False
    WAYS[way].does(bench, peer)
    signal(bench, peer)
    assert sorted(loud(bench)) == sorted(WAYS[way].says)
    bench.host.stop()
    peer.reads = True
    start(bench, image, peer)
    assert echoes(bench)


#: What disturbs neither side's own count of the buffers.
HARMLESS = (
    "used length 0 lets every size pass",
    "used length 15 lets every size pass",
    "message to nobody",
    "garbage in the used flags",
    "announcement without a name's end",
    "announcement twice",
    "service taken back that was never there",
    "flags unknown",
    "the name service announces itself",
)


@pytest.mark.parametrize("way", HARMLESS)
def test_what_linux_does_not_mind_does_no_harm(bench: Any, peer: Peer, way: str) -> None:
    WAYS[way].does(bench, peer)
    signal(bench, peer)
    assert echoes(bench)


def test_a_broken_send_ring_is_noticed_when_16_buffers_are_gone(bench: Any, peer: Peer, image: Make) -> None:
    peer.reads = False
    for _ in range(16):
        bench.host.endpoints[0].send(b"x")
    use(VRING1, 99)(bench, peer)
    assert loud(bench) == []
    with pytest.raises(KernelError, match=r"ENOMEM"):
        bench.host.endpoints[0].send(b"y")
    assert loud(bench) == [f"{BUS}output:id 99 out of range"]
    bench.host.stop()
    peer.reads = True
    start(bench, image, peer)
    assert echoes(bench)


def test_an_address_any_cannot_be_sent_to(bench: Any, peer: Peer, image: Make) -> None:
    peer.announce("rpmsg-client-sample", 0xFFFFFFFF)
    bench.run(100)
    with pytest.raises(KernelError, match=r"EINVAL"):
        bench.host.endpoints[1].send(b"x")
    line = "rpmsg_client_sample virtio0.rpmsg-client-sample.-1.-1: invalid addr (src 0x401, dst 0xffffffff)"
    assert loud(bench) == [line]
    bench.host.stop()
    start(bench, image, peer)
    assert echoes(bench)


def vdev(num: int, features: int = 1) -> bytes:
    rings = 2 * struct.pack("<IIIII", 0xFFFFFFFF, 16, num, 0, 0)
    return struct.pack("<IIIIIIBB2s", 3, 7, 0, features, 0, 0, 0, 2, b"\0\0") + rings


def test_rings_for_more_buffers_than_there_are_leave_the_device_without_a_driver(
    bench: Any, image: Make, table: Make
) -> None:
    peer = bench.peer(echo=True)
    bench.host.start(image(data=table(vdev(32))))
    assert loud(bench) == ["virtio_rpmsg_bus: probe of virtio0 failed with error -12"]
    assert bench.engine.read(0x10020000 + 20 + 24, 1) == 1 | 2 | 128
    bench.host.stop()
    start(bench, image, peer)
    assert echoes(bench)


def test_a_length_that_is_no_power_of_two_is_taken_and_its_slots_collide(bench: Any, image: Make, table: Make) -> None:
    peer = bench.peer(echo=True)
    bench.host.start(image(data=table(vdev(12))))
    assert loud(bench) == []
    avail = VRING0 + 16 * 12
    slots = struct.unpack("<12H", bench.engine.read_bytes(avail + 4, 24))
    assert slots == (4, 5, 6, 7, 0, 0, 0, 0, 8, 9, 10, 11)  # the slot is idx & 11
    bench.host.stop()
    start(bench, image, peer)
    assert echoes(bench)


def test_an_event_index_out_of_nowhere_silences_the_doorbell_only(bench: Any, image: Make, table: Make) -> None:
    peer = bench.peer()
    bench.host.start(image(data=table(vdev(16, 1 | 1 << 29))))
    bench.run(100)
    peer.announce("rpmsg-tty", 0x400)
    bench.run(100)
    del peer.signals[:]
    bench.engine.write(VRING1 + AVAIL_EVENT, 0x8000, 2)
    bench.host.endpoints[0].send(b"unheard")
    bench.run(100)
    assert 2 not in peer.signals
    peer.drain()
    assert peer.inbox[-1].data == b"unheard"
    assert loud(bench) == []
