"""RPMsg over virtio: bring-up, name service, both directions (linux-mailbox.md §4)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.linux import Announcement, KernelError, Transfer
from mp1bench.linux.peer import Peer, PeerMessage
from mp1bench.linux.rpmsg.core import RpmsgDriver
from mp1bench.linux.virtio.ring import vring_size
from mp1bench.trace import Message

MS = 1_000_000
VRING0, VRING1, BUFFERS = 0x10040000, 0x10041000, 0x10042000
AVAIL, USED = 0x100, 0x130
BUS = "virtio_rpmsg_bus virtio0: "
Make = Callable[..., Any]


@pytest.fixture
def peer(bench: Any, peer: Peer) -> Peer:
    """A firmware that Linux has started and that has announced rpmsg-tty at 0x400."""
    peer.announce("rpmsg-tty", 0x400)
    bench.run(100)
    return peer


def half(bench: Any, address: int) -> int:
    value: int = bench.engine.read(address, 2)
    return value


# -- bring-up -------------------------------------------------------------------------------------------------


def test_sizes_of_rings() -> None:
    assert (vring_size(16, 16), vring_size(128, 16)) == (438, 3350)
    assert vring_size(256, 16) > 4096


def test_bring_up_posts_16_receive_buffers_and_rings_channel_1(bench: Any, image: Make) -> None:
    peer = bench.peer()
    bench.host.start(image())
    descriptors = bench.engine.read_bytes(VRING0, 0x100)
    assert [struct.unpack_from("<QIHH", descriptors, 16 * n) for n in range(16)] == [
        (BUFFERS + 512 * n, 512, 2, (n + 1) % 16) for n in range(16)
    ]
    assert half(bench, VRING0 + AVAIL + 2) == 16
    assert [half(bench, VRING0 + AVAIL + 4 + 2 * n) for n in range(16)] == list(range(16))
    assert half(bench, VRING1 + AVAIL) == 1  # NO_INTERRUPT: "buffer consumed" is not worth a signal
    bench.run(100)
    assert peer.signals == [1]


def test_the_rings_are_zeroed_at_start(bench: Any, image: Make) -> None:
    bench.engine.write_bytes(VRING0, b"\xff" * 0x1000)
    bench.host.start(image())
    assert bench.engine.read_bytes(VRING0 + USED, vring_size(16, 16) - USED) == bytes(vring_size(16, 16) - USED)


# -- the name service -----------------------------------------------------------------------------------------


def test_an_announcement_makes_a_channel_and_linux_does_not_answer(bench: Any, peer: Peer) -> None:
    assert bench.log()[-1] == f"{BUS}creating channel rpmsg-tty addr 0x400"
    at = bench.host.announced[0].at
    assert bench.host.announced == [Announcement("rpmsg-tty", 0x400, at)]
    assert [(e.name, e.local, e.remote) for e in bench.host.endpoints] == [("rpmsg-tty", 0x400, 0x400)]
    assert peer.inbox == []
    assert bench.messages() == [
        Message(at, "m4_to_a7", "ns", 53, 0x400, b"rpmsg-tty".ljust(32, b"\0") + b"\0\4\0\0" + bytes(4))
    ]


def test_listeners_hear_of_an_announcement_when_its_channel_can_be_used(bench: Any, peer: Peer) -> None:
    heard: list[Announcement] = []

    def answer(announcement: Announcement) -> None:
        heard.append(announcement)
        bench.host.endpoints[-1].send(b"hello")

    bench.host.on_announce.append(answer)
    peer.announce("rpmsg-client-sample", 0x500)
    bench.run(100)
    assert [(a.name, a.address) for a in heard] == [("rpmsg-client-sample", 0x500)]
    assert peer.inbox == [PeerMessage(0x401, 0x500, b"hello")]


def test_a_service_nobody_knows_gets_a_channel_but_no_endpoint(bench: Any, peer: Peer) -> None:
    peer.announce("rpmsg-tty-channel", 0x401)
    bench.run(100)
    assert [a.name for a in bench.host.announced] == ["rpmsg-tty", "rpmsg-tty-channel"]
    assert len(bench.host.endpoints) == 1


def test_a_duplicate_is_refused_and_a_second_address_is_not(bench: Any, peer: Peer) -> None:
    peer.announce("rpmsg-tty", 0x400)
    peer.announce("rpmsg-tty", 0x401)
    bench.run(100)
    assert bench.log("err") == [
        f"{BUS}channel rpmsg-tty:ffffffff:400 already exist",
        f"{BUS}rpmsg_create_channel failed",
    ]
    assert [(e.local, e.remote) for e in bench.host.endpoints] == [(0x400, 0x400), (0x401, 0x401)]


def test_a_service_that_is_taken_back_is_gone_and_its_address_free_again(bench: Any, peer: Peer) -> None:
    peer.announce("rpmsg-tty", 0x400, created=False)
    bench.run(100)
    assert bench.log()[-1] == f"{BUS}destroying channel rpmsg-tty addr 0x400"
    assert bench.host.endpoints == []
    peer.announce("rpmsg-tty", 0x402)
    bench.run(100)
    assert [(e.local, e.remote) for e in bench.host.endpoints] == [(0x400, 0x402)]
    peer.announce("rpmsg-tty", 0x999, created=False)
    bench.run(100)
    assert bench.log("err") == [f"{BUS}rpmsg_destroy_channel failed: -22"]


def test_only_bit_0_of_an_announcements_flags_counts(bench: Any, peer: Peer) -> None:
    for flags in (2, 3):
        peer.send(0x401, 53, b"svc".ljust(32, b"\0") + struct.pack("<II", 0x401, flags))
    bench.run(100)
    assert bench.log()[-2:] == [f"{BUS}creating channel svc addr 0x401", f"{BUS}destroying channel svc addr 0x401"]


@pytest.mark.parametrize("size", [0, 39, 41])
def test_an_announcement_of_another_length_is_malformed(bench: Any, peer: Peer, size: int) -> None:
    peer.send(0x401, 53, b"x" * size)
    bench.run(100)
    assert bench.log("err") == [f"virtio_rpmsg_bus virtio0: malformed ns msg ({size})"]


def test_a_name_without_an_end_is_cut_and_odd_bytes_are_escaped(bench: Any, peer: Peer) -> None:
    peer.send(0x401, 53, b"x" * 32 + struct.pack("<II", 0x401, 0))
    peer.send(0x402, 53, b"\xff\n".ljust(32, b"\0") + struct.pack("<II", 0x402, 0))
    bench.run(100)
    assert [a.name for a in bench.host.announced[1:]] == ["x" * 31, "\\xff\n"]
    assert bench.engine.read_bytes(BUFFERS + 512 + 16, 33) == b"x" * 31 + b"\0\x01"  # Linux ends it in the buffer


# -- messages -------------------------------------------------------------------------------------------------


def test_an_echo_in_the_words_of_dynamic_debug(bench: Any, peer: Peer) -> None:
    peer._echo = True
    files = ("stm32-ipcc.c", "remoteproc_virtio.c", "remoteproc_core.c", "virtio_rpmsg_bus.c")
    bench.host.kernel.dynamic_debug.enable("; ".join(f"file {file} +p" for file in files))
    before = len(bench.log())
    bench.host.endpoints[0].send(b"hello")
    bench.run(100)
    tty, mailbox = "rpmsg_tty virtio0.rpmsg-tty.-1.1024: ", "stm32-ipcc 4c001000.mailbox: "
    dump = "00 04 00 00 00 04 00 00 00 00 00 00 05 00 00 00  ................"
    hello = "68 65 6c 6c 6f                                   hello"
    # The golden sequence of linux-mailbox.md §6, with the bus's own acknowledge of the buffer at its end.
    assert bench.log()[before:] == [
        f"{tty}TX From 0x400, To 0x400, Len 5, Flags 0, Reserved 0",
        *(f"rpmsg_virtio TX: {line}" for line in (dump, hello)),
        "remoteproc remoteproc0: kicking vq index: 1",
        f"{mailbox}stm32_ipcc_send_data: chan:1",
        f"{mailbox}stm32_ipcc_tx_irq: chan:1 tx",
        f"{mailbox}stm32_ipcc_rx_irq: chan:0 rx",
        "remoteproc remoteproc0: vq index 0 is interrupted",
        f"{BUS}From: 0x400, To: 0x400, Len: 5, Flags: 0, Reserved: 0",
        *(f"rpmsg_virtio RX: {line}" for line in (dump, hello)),
        f"{BUS}Received 1 messages",
        "remoteproc remoteproc0: kicking vq index: 0",
        f"{mailbox}stm32_ipcc_send_data: chan:0",
        f"{mailbox}stm32_ipcc_tx_irq: chan:0 tx",
    ]


def test_sent_and_received_are_noted_with_their_time(bench: Any, peer: Peer) -> None:
    peer._echo = True
    heard: list[Transfer] = []
    bench.host.on_receive.append(heard.append)
    at = bench.engine.now
    bench.host.endpoints[0].send(b"hello")
    bench.run(100)
    assert bench.host.sent == [Transfer("rpmsg-tty", 0x400, 0x400, b"hello", at)]
    # the peer's latency, then the interrupt's and the work's
    assert bench.host.received == [Transfer("rpmsg-tty", 0x400, 0x400, b"hello", at + 5_000 + 2_000 + 1_000)]
    assert heard == bench.host.received
    assert [message.direction for message in bench.messages()[1:]] == ["a7_to_m4", "m4_to_a7"]


def test_several_messages_behind_one_signal_are_all_received(bench: Any, peer: Peer) -> None:
    for n in range(10):
        peer.send(0x400, 0x400, b"%d" % n, rings=n == 9)
    bench.run(100)
    assert [transfer.data for transfer in bench.host.received] == [b"%d" % n for n in range(10)]


def test_a_thousand_echoes_lose_nothing(bench: Any, peer: Peer) -> None:
    peer._echo = True
    for n in range(1000):
        bench.host.endpoints[0].send(b"%d" % n)
        bench.run(20)
    bench.run(100)
    assert [transfer.data for transfer in bench.host.received] == [b"%d" % n for n in range(1000)]


def test_linux_does_not_ring_where_the_firmware_does_not_want_it(bench: Any, peer: Peer) -> None:
    bench.engine.write(VRING0 + USED, 1, 2)
    bench.engine.write(VRING1 + USED, 1, 2)
    del peer.signals[:]
    peer.send(0x400, 0x400, b"x")
    bench.host.endpoints[0].send(b"y")
    bench.run(100)
    assert peer.signals == []
    peer.drain()
    assert peer.inbox == [PeerMessage(0x400, 0x400, b"y")]


def test_the_terminal_splits_at_496_and_refuses_what_finds_no_buffer(bench: Any, peer: Peer) -> None:
    peer.reads = False
    tty = bench.host.endpoints[0]
    tty.send(b"a" * 1000)
    assert [len(transfer.data) for transfer in bench.host.sent] == [496, 496, 8]
    with pytest.raises(KernelError, match=r"^only 5584 of 10000 bytes for rpmsg-tty were sent: -12 \(ENOMEM\)\.$"):
        tty.send(b"b" * 10_000)
    with pytest.raises(KernelError, match=r"^1 bytes for rpmsg-tty were not sent: -12 \(ENOMEM\)\.$"):
        tty.send(b"c")
    assert bench.engine.now < 1 * MS


def test_the_sample_client_greets_only_on_request(bench: Any, peer: Peer, sample: Any) -> None:
    peer._echo = True
    assert peer.inbox == []
    bench.host.kernel.call(bench.host.client_sample.greet(sample.channel, 3))
    bench.run(1000)
    assert [message.data for message in peer.inbox] == [b"hello world!"] * 3
    assert bench.log()[-1] == "rpmsg_client_sample virtio0.rpmsg-client-sample.-1.1280: goodbye!"


def test_the_17th_message_waits_for_a_buffer_and_goes_on_when_one_is_consumed(
    bench: Any, peer: Peer, sample: Any
) -> None:
    peer.reads = False
    for _ in range(16):
        sample.send(b"x")
    seen: list[Any] = []

    def consume(tag: str) -> None:
        seen.extend([half(bench, VRING1 + AVAIL), bench.host.waiting()])
        peer.post(2)  # a signal with nothing consumed does not wake the sender
        peer.drain(limit=1)
        peer.post(2)

    bench.engine.on_event("consume", consume)
    start = bench.engine.now
    bench.engine.schedule(start + 3 * MS, "consume", "")
    sample.send(b"17th")
    assert bench.engine.now - start == 3 * MS + 2_000 + 1_000
    assert seen == [0, "Linux waits for the firmware to consume one of the 16 messages in vring1, 15000 ms limit"]
    assert half(bench, VRING1 + AVAIL) == 1


def test_after_15_s_without_a_buffer_the_send_fails_with_the_kernels_number(
    bench: Any, peer: Peer, sample: Any
) -> None:
    peer.reads = False
    for _ in range(16):
        sample.send(b"x")
    start = bench.engine.now
    with pytest.raises(KernelError, match=r"^4 bytes for rpmsg-client-sample were not sent: -512 \(ERESTARTSYS\)\.$"):
        sample.send(b"17th")
    assert bench.engine.now - start == 15_000 * MS
    assert bench.log("err") == [
        "rpmsg_client_sample virtio0.rpmsg-client-sample.-1.1280: timeout waiting for a tx buffer"
    ]


def test_a_buffer_consumed_without_a_signal_is_found_at_the_end_of_the_15_s(
    bench: Any, peer: Peer, sample: Any
) -> None:
    peer.reads = False
    for _ in range(16):
        sample.send(b"x")
    bench.engine.on_event("consume", lambda tag: peer.drain(limit=1))
    bench.engine.schedule(bench.engine.now + MS, "consume", "")
    start = bench.engine.now
    sample.send(b"17th")
    assert bench.engine.now - start == 15_000 * MS


def test_a_message_of_497_bytes_is_too_big_and_any_is_no_address(bench: Any, sample: Any) -> None:
    with pytest.raises(KernelError, match="EMSGSIZE"):
        sample.send(b"x" * 497)
    call, channel = bench.host.kernel.call, sample.channel
    assert call(channel.sendto(b"x", 0xFFFFFFFF)) == -22
    device = "rpmsg_client_sample virtio0.rpmsg-client-sample.-1.1280: "
    assert bench.log("err") == [
        f"{device}message is too big (497)",
        f"{device}invalid addr (src 0x401, dst 0xffffffff)",
    ]


def test_kicks_that_find_the_mailbox_full_are_errors_on_the_log(bench: Any, image: Make) -> None:
    peer = bench.peer(listens=())
    bench.host.start(image())
    peer.announce("rpmsg-client-sample", 0x500)
    bench.run(100)
    for _ in range(23):
        bench.host.endpoints[0].send(b"x")
        peer.drain()
    assert (
        bench.log("err")
        == [
            "stm32-ipcc 4c001000.mailbox: Try increasing MBOX_TX_QUEUE_LEN",
            "remoteproc remoteproc0: stm32_rproc_kick: failed (vq1, err:-105)",
        ]
        * 2
    )


def test_a_users_own_driver_is_a_few_lines(bench: Any, peer: Peer) -> None:
    class Upper(RpmsgDriver):
        name = "upper"
        services = ("upper",)

        def callback(self, channel: Any, data: bytes, source: int) -> object:
            return channel.sendto(data.upper(), source)

    bench.host.register_rpmsg_driver(Upper())
    peer.announce("upper", 0x600)
    bench.run(100)
    peer.send(0x600, 0x401, b"hello")
    bench.run(100)
    assert peer.inbox == [PeerMessage(0x401, 0x600, b"HELLO")]


def test_channels_made_by_linux_are_announced_and_taken_back(bench: Any, peer: Peer) -> None:
    bus = next(iter(bench.host.rpmsg_bus.buses.values()))
    bench.host.kernel.call(bus.create_channel("rpmsg-client-sample", 0x700, 0x500))
    bench.host.kernel.call(bus.release_channel("rpmsg-client-sample", 0x700, 0x500))
    bench.run(100)
    name = b"rpmsg-client-sample".ljust(32, b"\0")
    assert peer.inbox == [
        PeerMessage(0x700, 53, name + struct.pack("<II", 0x700, 0)),
        PeerMessage(0x700, 53, name + struct.pack("<II", 0x700, 1)),
    ]


def test_event_indices_are_used_when_the_firmware_offers_them(bench: Any, image: Make, table: Make) -> None:
    vdev = struct.pack("<IIIIIIBB2s", 3, 7, 0, 1 | 1 << 29, 0, 0, 0, 2, b"\0\0")
    vdev += 2 * struct.pack("<IIIII", 0xFFFFFFFF, 16, 16, 0, 0)
    peer = bench.peer()
    bench.host.start(image(data=table(vdev)))
    assert bench.engine.read(0x10020000 + 20 + 16) == 1 | 1 << 29
    bench.run(100)
    peer.announce("rpmsg-client-sample", 0x500)
    bench.run(100)
    del peer.signals[:]
    avail_event = VRING1 + USED + 4 + 8 * 16
    for event, rings in ((0, True), (0, False), (2, True)):
        bench.engine.write(avail_event, event, 2)
        bench.host.endpoints[0].send(b"x")
        bench.run(100)
        assert (2 in peer.signals) is rings
        del peer.signals[:]
