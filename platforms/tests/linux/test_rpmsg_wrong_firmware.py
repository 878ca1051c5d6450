"""What a firmware can get wrong with RPMsg over virtio, and what Linux makes of it (linux-mailbox.md §4.4).

Rings that are broken on purpose, one way after the other, are in `test_broken_rings.py`.
"""

from __future__ import annotations

import struct
from typing import Any

import pytest

from mp1bench.linux import KernelError
from mp1bench.linux.peer import Peer, PeerMessage

VRING0, VRING1, BUFFERS = 0x10040000, 0x10041000, 0x10042000
AVAIL, USED = 0x100, 0x130
BUS = "virtio_rpmsg_bus virtio0: "
MS = 1_000_000


@pytest.fixture
def peer(bench: Any, peer: Peer) -> Peer:
    """A firmware that Linux has started and that has announced rpmsg-tty at 0x400."""
    peer.announce("rpmsg-tty", 0x400)
    bench.run(100)
    return peer


def half(bench: Any, address: int) -> int:
    value: int = bench.engine.read(address, 2)
    return value


def used_ring(bench: Any, index: int, length: int, ring: int = VRING0) -> None:
    """Put whatever into a used ring, as a broken firmware would."""
    count = half(bench, ring + USED + 2)
    bench.engine.write_bytes(ring + USED + 4 + 8 * (count % 16), struct.pack("<II", index, length))
    bench.engine.write(ring + USED + 2, count + 1 & 0xFFFF, 2)


def test_a_message_to_nobody_is_dropped_and_its_buffer_posted_again(bench: Any, peer: Peer) -> None:
    peer.send(0x400, 0x999, b"lost")
    bench.run(100)
    assert bench.log("warn") == [f"{BUS}msg received with no recipient"]
    assert bench.host.received == []
    assert bench.messages()[-1][1:] == ("m4_to_a7", "", 0x999, 0x400, b"lost")
    assert half(bench, VRING0 + AVAIL + 2) == 18


@pytest.mark.parametrize(("used", "claims"), [(513, 4), (512, 497), (20, 5), (512, 0xFFFF), (0xFFFFFFFF, 4)])
def test_a_message_too_big_ends_the_reception_and_its_buffer_is_lost(
    bench: Any, peer: Peer, used: int, claims: int
) -> None:
    peer.send(0x400, 0x400, b"four", claims=claims, used=used, rings=False)
    peer.send(0x400, 0x400, b"next", rings=False)
    peer.post(1)
    bench.run(100)
    printed = -1 if used == 0xFFFFFFFF else used  # Linux prints it as an int
    assert bench.log("warn") == [f"{BUS}inbound msg too big: ({printed}, {claims})"]
    assert bench.host.received == []
    peer.send(0x400, 0x400, b"then")
    bench.run(100)
    assert [transfer.data for transfer in bench.host.received] == [b"next", b"then"]
    assert half(bench, VRING0 + AVAIL + 2) == 16 + 1 + 2


def test_after_16_such_messages_nothing_can_be_received_any_more(bench: Any, peer: Peer) -> None:
    for _ in range(16):
        peer.send(0x400, 0x400, b"x", claims=600)
        bench.run(100)
    assert peer.rings[0].take() is None
    assert len(bench.log("warn")) == 16


@pytest.mark.parametrize("used", [0, 15])
def test_a_used_length_below_the_header_lets_any_size_pass(bench: Any, peer: Peer, used: int) -> None:
    peer.send(0x400, 0x400, b"x" * 10, claims=2000, used=used)
    bench.run(100)
    assert bench.log("warn") == []
    assert len(bench.host.received[0].data) == 2000


@pytest.mark.parametrize(
    ("index", "line"), [(16, "input:id 16 out of range"), (0xFFFFFFFF, "input:id 4294967295 out of range")]
)
def test_a_used_id_out_of_range_breaks_the_receive_ring_only(bench: Any, peer: Peer, index: int, line: str) -> None:
    used_ring(bench, index, 512)
    peer.post(1)
    bench.run(100)
    assert bench.log("err") == [f"{BUS}{line}", f"{BUS}uhm, incoming signal, but no used buffer ?"]
    peer.send(0x400, 0x400, b"x")
    bench.run(100)
    assert bench.host.received == []
    assert len(bench.log("err")) == 2  # later interrupts are silent
    bench.host.endpoints[0].send(b"still sending")
    bench.run(100)
    assert peer.inbox == [PeerMessage(0x400, 0x400, b"still sending")]
    assert bench.host.stop() is True


def test_a_used_id_that_is_not_in_flight_breaks_the_ring(bench: Any, peer: Peer) -> None:
    peer.send(0x400, 0x400, b"x", claims=600)  # descriptor 1, which Linux does not post again
    bench.run(100)
    used_ring(bench, 1, 512)
    peer.post(1)
    bench.run(100)
    assert bench.log("err") == [
        f"{BUS}input:id 1 is not a head!",
        f"{BUS}uhm, incoming signal, but no used buffer ?",
    ]


def test_a_used_id_out_of_range_breaks_the_send_ring_when_its_first_16_buffers_are_gone(
    bench: Any, peer: Peer, sample: Any
) -> None:
    peer.reads = False
    sample.send(b"x")
    used_ring(bench, 99, 0, VRING1)
    for _ in range(15):
        sample.send(b"x")
    assert bench.log("err") == []
    with pytest.raises(KernelError, match="ENOMEM"):
        bench.host.endpoints[0].send(b"x")
    assert bench.log("err") == [f"{BUS}output:id 99 out of range"]
    with pytest.raises(KernelError, match="ERESTARTSYS"):
        sample.send(b"x")
    peer.send(0x400, 0x400, b"still receiving")
    bench.run(100)
    assert bench.host.received[-1].data == b"still receiving"


def test_a_used_index_that_jumps_delivers_old_buffers_and_comes_to_an_end(bench: Any, peer: Peer) -> None:
    seen = len(bench.messages())
    bench.engine.write(VRING0 + USED + 2, 5000, 2)  # all further elements read as id 0, which is in flight
    peer.post(1)
    bench.run(100)
    assert len(bench.messages()) - seen == 4999
    assert bench.host.stop() is True


def test_descriptors_that_the_firmware_rewrites_do_not_lead_linux_astray(bench: Any, peer: Peer) -> None:
    bench.engine.write_bytes(VRING0, b"\xfe" * 0x100)  # all flags but NEXT, which Linux follows
    bench.engine.write_bytes(BUFFERS + 512, struct.pack("<IIIHH", 0x400, 0x400, 0, 4, 0) + b"true")
    used_ring(bench, 1, 512)
    peer.post(1)
    bench.run(100)
    assert [transfer.data for transfer in bench.host.received] == [b"true"]


def test_an_address_any_announced_cannot_be_sent_to(bench: Any, peer: Peer) -> None:
    peer.announce("rpmsg-client-sample", 0xFFFFFFFF)
    bench.run(100)
    with pytest.raises(KernelError, match="EINVAL"):
        bench.host.endpoints[1].send(b"x")


def test_an_empty_message_never_reaches_the_terminal(bench: Any, peer: Peer) -> None:
    peer.send(0x400, 0x400, b"")
    bench.run(100)
    assert bench.host.received == []


def test_a_signal_without_a_message_is_no_work(bench: Any, peer: Peer) -> None:
    bench.host.kernel.dynamic_debug.enable("file stm32_rproc.c +p")
    peer.post(1)
    bench.run(100)
    assert bench.log("debug") == ["remoteproc remoteproc0: no message found in vq0"]
