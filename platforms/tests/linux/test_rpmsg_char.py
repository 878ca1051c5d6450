"""/dev/rpmsgN carries messages, one for each call (linux-mailbox.md §4.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.linux import KernelError
from mp1bench.linux.kernel.flavour import V6_12
from mp1bench.linux.kernel.vfs import POLLERR, POLLIN
from mp1bench.linux.peer import Peer, PeerMessage
from mp1bench.linux.rpmsg.char import DESTROY_EPT, GET_OUTGOING_FLOWCONTROL, SET_INCOMING_FLOWCONTROL
from mp1bench.linux.rpmsg.ctrl import (
    create_endpoint,
)
from refusal import refused

S = 1_000_000_000
Make = Callable[..., Any]


def test_an_endpoint_carries_one_message_per_call(bench: Any, peer: Peer, user: Any) -> None:
    path = create_endpoint(user, "mine", 0x500)
    assert path == "/dev/rpmsg0"
    with user.open(path) as file:
        assert file.write(b"to the firmware") == 15
        bench.run(100)
        assert peer.inbox == [PeerMessage(0x400, 0x500, b"to the firmware")]
        assert file.poll() == 0
        peer.send(0x500, 0x400, b"longer than asked for")
        peer.send(0x500, 0x400, b"next")
        bench.run(100)
        assert file.poll() == POLLIN
        assert [file.read(6), file.read(100)] == [b"longer", b"next"]


def test_its_name_and_addresses_stand_in_sysfs(user: Any) -> None:
    create_endpoint(user, "n" * 40, 0x500)
    directory = "/sys/class/rpmsg/rpmsg0"
    shown = [user.read_text(f"{directory}/{file}") for file in ("name", "src", "dst")]
    assert shown == ["n" * 31 + "\n", "-1\n", "1280\n"]


def test_one_user_at_a_time(user: Any) -> None:
    path = create_endpoint(user, "mine", 0x500)
    first = user.open(path)
    with refused("EBUSY"):
        user.open(path)
    first.close()
    user.open(path)


def test_an_address_that_is_taken_cannot_be_opened(bench: Any, user: Any) -> None:
    first, second = (create_endpoint(user, "mine", 0x500, source=0x600) for _ in range(2))
    user.open(first)
    with refused("EINVAL"):
        user.open(second)
    assert bench.log("err") == [
        "rpmsg_ctrl virtio0.rpmsg_ctrl.0.0: idr_alloc failed: -28",
        "rpmsg rpmsg1: failed to open mine",
    ]


def test_a_reader_sleeps_until_a_message_comes(bench: Any, peer: Peer, user: Any) -> None:
    file = user.open(create_endpoint(user, "mine", 0x500))
    bench.engine.on_event("test", lambda tag: peer.send(0x500, 0x400, b"at last"))
    bench.engine.schedule(bench.engine.now + 3 * S, "test", "")
    before = bench.engine.now
    assert file.read(64) == b"at last"
    assert 3 * S <= bench.engine.now - before < 3 * S + 100_000


def test_a_reader_for_whom_nothing_comes_is_interrupted_and_takes_nothing_later(
    bench: Any, peer: Peer, user: Any
) -> None:
    file = user.open(create_endpoint(user, "mine", 0x500))
    file.patience_ns = 30_000_000
    sentence = r"^a read of /dev/rpmsg0 was interrupted after 30 ms of virtual time, its `patience_ns`: -4 \(EINTR\)\.$"
    with pytest.raises(KernelError, match=sentence):
        file.read()
    peer.send(0x500, 0x400, b"late")
    bench.run(100)
    assert file.read() == b"late"


def test_without_waiting_there_is_nothing_to_read_and_no_buffer(bench: Any, peer: Peer, user: Any) -> None:
    peer.reads = False
    file = user.open(create_endpoint(user, "mine", 0x500), nonblock=True)
    with refused("EAGAIN"):
        file.read(1)
    for _ in range(16):
        file.write(b"x")
    with refused("EAGAIN"):
        file.write(b"x")
    with refused("EMSGSIZE"):
        file.write(b"x" * 497)


def test_a_writer_that_waits_gets_the_kernels_number_after_15_s(bench: Any, peer: Peer, user: Any) -> None:
    peer.reads = False
    file = user.open(create_endpoint(user, "mine", 0x500))
    for _ in range(16):
        file.write(b"x")
    before = bench.engine.now
    with refused("ERESTARTSYS"):
        file.write(b"x")
    assert bench.engine.now - before == 15 * S
    assert bench.log("err")[-1] == "rpmsg_ctrl virtio0.rpmsg_ctrl.0.0: timeout waiting for a tx buffer"


def test_a_writer_that_waits_does_not_touch_the_rings_of_the_next_start(
    bench: Any, peer: Peer, user: Any, image: Make
) -> None:
    peer.announce("rpmsg-client-sample", 0x500)
    bench.run(100)
    peer.reads = False
    (endpoint,) = bench.host.endpoints
    for _ in range(16):
        endpoint.send(b"x")

    def restart(tag: str) -> None:
        bench.host.stop()
        del peer._rings[:]
        peer.reads = True
        bench.host.start(image())

    steps = {
        "restart": restart,
        "announce": lambda tag: peer.announce("rpmsg-tty", 0x500),
        "send": lambda tag: bench.host.endpoints[0].send(b"new"),
    }
    bench.engine.on_event("test", lambda tag: steps[tag](tag))
    for after, step in enumerate(steps, 1):
        bench.engine.schedule(bench.engine.now + after * S, "test", step)
    before = bench.engine.now
    with refused("ERESTARTSYS"):
        endpoint.send(b"17th")
    assert bench.engine.now - before == 15 * S
    assert [message.data for message in peer.inbox] == [b"new"]


@pytest.mark.parametrize("how", ["stop", "crash", "destroy"])
def test_whoever_removes_an_endpoint_waits_for_its_writer(bench: Any, peer: Peer, user: Any, how: str) -> None:
    peer.reads = False
    path = create_endpoint(user, "mine", 0x500)
    file = user.open(path)
    for _ in range(16):
        file.write(b"x")
    before, ended = bench.engine.now, []
    stop = "/sys/class/remoteproc/remoteproc0/state", "stop"
    crash = "/sys/kernel/debug/remoteproc/remoteproc0/crash", "1"

    def remove() -> None:
        if how == "destroy":
            file.ioctl(DESTROY_EPT)
        else:
            user.write_text(*(stop if how == "stop" else crash))
        ended.append(bench.engine.now)

    bench.host.kernel.after(S, "remove", remove)
    with refused("ERESTARTSYS"):
        file.write(b"17th")
    bench.run(1000)
    assert file.poll() == POLLERR
    if how == "crash":
        ended = [line.t for line in bench.host.kernel.log.lines if "stopped remote processor" in line.text]
    assert [15 * S <= end - before < 15 * S + 1_000_000 for end in ended] == [True]


def test_a_file_that_is_closed_under_a_reader_is_there_until_he_has_read(bench: Any, peer: Peer, user: Any) -> None:
    path = create_endpoint(user, "mine", 0x500, source=0x600)
    file = user.open(path)
    bench.host.kernel.after(S, "close", file.close)
    bench.host.kernel.after(2 * S, "send", lambda: peer.send(0x500, 0x600, b"late"))
    assert file.read(64) == b"late"
    user.open(path).close()  # nobody has it open any more


def test_an_opener_waits_for_a_writer_before_he_is_refused(bench: Any, peer: Peer, user: Any) -> None:
    peer.reads = False
    path = create_endpoint(user, "mine", 0x500)
    file = user.open(path)
    for _ in range(16):
        file.write(b"x")
    ended = []

    def open_too() -> None:
        with refused("EBUSY"):
            user.open(path)
        ended.append(bench.engine.now)

    bench.host.kernel.after(S, "open", open_too)
    before = bench.engine.now
    with refused("ERESTARTSYS"):
        file.write(b"17th")
    bench.run(1)
    assert ended == [before + 15 * S]


def test_what_a_user_did_not_read_goes_with_him(bench: Any, peer: Peer, user: Any) -> None:
    path = create_endpoint(user, "mine", 0x500, source=0x600)
    with user.open(path):
        peer.send(0x500, 0x600, b"unread")
        bench.run(100)
    with user.open(path, nonblock=True) as file, refused("EAGAIN"):
        file.read(64)


def test_an_endpoint_nobody_has_open_does_not_listen(bench: Any, peer: Peer, user: Any) -> None:
    create_endpoint(user, "mine", 0x500, source=0x600)
    peer.send(0x500, 0x600, b"lost")
    bench.run(100)
    assert bench.log("warn") == ["virtio_rpmsg_bus virtio0: msg received with no recipient"]


def test_destroying_it_ends_its_user(user: Any) -> None:
    path = create_endpoint(user, "mine", 0x500)
    file = user.open(path)
    file.ioctl(DESTROY_EPT)
    assert file.poll() == POLLERR
    for call in (lambda: file.read(1), lambda: file.write(b"x")):
        with refused("EPIPE"):
            call()
    with refused("ENETRESET"):
        user.open(path)
    assert create_endpoint(user, "other", 0x500) == "/dev/rpmsg1"  # the number is taken as long as it is open
    file.close()
    assert "/dev/rpmsg0" not in user.paths()
    assert create_endpoint(user, "third", 0x500) == "/dev/rpmsg0"


def test_a_reader_hears_that_the_remote_is_gone(bench: Any, user: Any) -> None:
    file = user.open(create_endpoint(user, "mine", 0x500))
    bench.engine.on_event("test", lambda tag: bench.host.stop())
    bench.engine.schedule(bench.engine.now + 1 * S, "test", "")
    with refused("EPIPE"):
        file.read(64)
    with refused("ENETRESET"):
        user.open(file.path)
    file.close()
    assert bench.rpmsg_nodes() == []


def test_the_service_rpmsg_raw_gives_a_node_that_cannot_be_destroyed(bench: Any, peer: Peer, user: Any) -> None:
    peer.announce("rpmsg-raw", 0x500)
    bench.run(100)
    peer.send(0x500, 0x400, b"before anybody looked")
    bench.run(100)
    assert user.read_text("/sys/class/rpmsg/rpmsg0/src") == "1024\n"
    file = user.open("/dev/rpmsg0")
    assert file.read(64) == b"before anybody looked"
    with refused("EINVAL"):
        file.ioctl(DESTROY_EPT)
    file.write(b"answer")
    bench.run(100)
    assert peer.inbox == [PeerMessage(0x400, 0x500, b"answer")]
    peer.announce("rpmsg-raw", 0x500, created=False)
    bench.run(100)
    with refused("EPIPE"):
        file.read(64)


def test_flow_control_is_known_to_newer_kernels_and_not_supported_by_the_bus(bench: Any, user: Any) -> None:
    requests = ((GET_OUTGOING_FLOWCONTROL, b""), (SET_INCOMING_FLOWCONTROL, b"\1"))
    old = user.open(create_endpoint(user, "mine", 0x500))
    for request, argument in requests:
        with refused("EINVAL"):
            old.ioctl(request, argument)
    bench.host.kernel.flavour = V6_12
    new = user.open(create_endpoint(user, "mine", 0x500))
    assert new.ioctl(GET_OUTGOING_FLOWCONTROL) == 0
    with refused("EOPNOTSUPP"):
        new.ioctl(SET_INCOMING_FLOWCONTROL, b"\1")
    with refused("EINVAL"):
        new.ioctl(SET_INCOMING_FLOWCONTROL, b"\2")
