"""/dev/ttyRPMSGN carries bytes (linux-mailbox.md §4.6)."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.linux.kernel.vfs import POLLERR, POLLHUP, POLLIN, POLLOUT
from mp1bench.linux.peer import Peer
from mp1bench.linux.rpmsg.core import ADDR_ANY
from refusal import refused

S = 1_000_000_000


@pytest.fixture
def tty(bench: Any, peer: Peer, user: Any) -> Any:
    peer.announce("rpmsg-tty", 0x500)
    bench.run(100)
    return user.open("/dev/ttyRPMSG0")


def test_a_terminal_is_a_stream_of_bytes(bench: Any, peer: Peer, tty: Any) -> None:
    assert tty.poll() == POLLOUT
    for text in (b"two ", b"messages"):
        peer.send(0x500, 0x400, text)
    bench.run(100)
    assert tty.poll() == POLLIN | POLLOUT
    assert [tty.read(6), tty.read(100)] == [b"two me", b"ssages"]


def test_a_terminal_hands_2048_bytes_at_a_time_to_messages_of_496(bench: Any, peer: Peer, tty: Any) -> None:
    assert tty.write(bytes(3000)) == 3000
    bench.run(100)
    assert [len(message.data) for message in peer.inbox] == [496, 496, 496, 496, 64, 496, 456]


def test_a_terminal_never_waits_for_a_buffer(bench: Any, peer: Peer, tty: Any) -> None:
    peer.reads = False
    assert tty.write(bytes(496 * 20)) == 496 * 12 + 64 * 3 + 496  # 16 messages
    with refused("ENOMEM"):
        tty.write(b"x")
    assert bench.engine.now < S


def test_a_terminals_reader_sleeps_and_is_hung_up_with_its_service(bench: Any, peer: Peer, user: Any, tty: Any) -> None:
    bench.engine.on_event("test", lambda tag: peer.announce("rpmsg-tty", 0x500, created=False))
    bench.engine.schedule(bench.engine.now + S, "test", "")
    assert tty.read(10) == b""
    assert tty.poll() == POLLIN | POLLOUT | POLLERR | POLLHUP
    for call in (lambda: tty.write(b"x"), lambda: tty.ioctl(0x5401)):
        with refused("EIO"):
            call()
    assert "/dev/ttyRPMSG0" not in user.paths()


def test_a_terminals_number_is_taken_as_long_as_it_is_open(bench: Any, peer: Peer, user: Any, tty: Any) -> None:
    peer.announce("rpmsg-tty", 0x500, created=False)
    peer.announce("rpmsg-tty", 0x501)
    bench.run(100)
    tty.close()
    peer.announce("rpmsg-tty", 0x502)
    bench.run(100)
    assert [path for path in user.paths() if path.startswith("/dev/tty")] == ["/dev/ttyRPMSG0", "/dev/ttyRPMSG1"]


def test_a_terminal_that_is_full_loses_bytes_and_says_so(bench: Any, peer: Peer, tty: Any) -> None:
    for _ in range(640 * 1024 // 496 + 1):
        peer.send(0x500, 0x400, bytes(496))
        bench.run(20)
    assert bench.log("err") == [
        f"rpmsg_tty virtio0.rpmsg-tty.-1.1280: Trunc buffer: available space is {640 * 1024 % 496}"
    ]


def test_there_are_32_terminals(bench: Any, peer: Peer, user: Any) -> None:
    for address in range(0x500, 0x521):
        peer.announce("rpmsg-tty", address)
        bench.run(50)
    assert len(bench.rpmsg_nodes()) == 32 + 1
    device = "virtio0.rpmsg-tty.-1.1312"
    assert bench.log("err") == [
        f"rpmsg_tty {device}: error -ENOSPC: Failed to alloc tty port",
        f"rpmsg_tty {device}: rpmsg_dev_probe: failed: -28",
    ]
    assert bench.log("warn") == [f"rpmsg_tty: probe of {device} failed with error -28"]


def test_the_service_name_of_old_firmware_gets_no_terminal(bench: Any, peer: Peer, user: Any) -> None:
    peer.announce("rpmsg-tty-channel", 0x500)
    bench.run(100)
    assert bench.rpmsg_nodes() == ["/dev/rpmsg_ctrl0"]
    assert user.read_text("/sys/bus/rpmsg/devices/virtio0.rpmsg-tty-channel.-1.1280/src") == f"0x{ADDR_ANY:x}\n"
