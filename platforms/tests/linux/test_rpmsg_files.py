"""RPMsg as programs see it: /dev/rpmsg_ctrlN, /dev/rpmsgN, /dev/ttyRPMSGN and sysfs (linux-mailbox.md §4.6)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.errors import UsageError
from mp1bench.linux import KernelError
from mp1bench.linux.kernel.flavour import V6_12
from mp1bench.linux.kernel.vfs import POLLERR, POLLHUP, POLLIN, POLLOUT
from mp1bench.linux.peer import Peer, PeerMessage
from mp1bench.linux.rpmsg.char import DESTROY_EPT, GET_OUTGOING_FLOWCONTROL, SET_INCOMING_FLOWCONTROL
from mp1bench.linux.rpmsg.core import ADDR_ANY, RpmsgChannel, RpmsgDriver
from mp1bench.linux.rpmsg.ctrl import (
    CREATE_DEV,
    CREATE_EPT,
    RELEASE_DEV,
    create_channel,
    create_endpoint,
    endpoint_info,
    release_channel,
)

S = 1_000_000_000
Make = Callable[..., Any]


@pytest.fixture
def peer(bench: Any, image: Make) -> Peer:
    peer: Peer = bench.peer()
    bench.host.start(image())
    bench.run(100)
    return peer


@pytest.fixture
def user(bench: Any, peer: Peer) -> Any:
    return bench.host.user


def nodes(user: Any) -> list[str]:
    return [path for path in user.paths() if path.startswith("/dev/") and "RPMSG" in path.upper()]


def errno(code: str) -> Any:
    return pytest.raises(KernelError, match=rf"\({code}\)\.$")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda file: file.read(-1), r"a read takes a number of bytes, not -1\. Say how many there may be\."),
        (lambda file: file.read("4"), r"a read takes a number of bytes, not '4'\. Say how many there may be\."),
        (lambda file: file.write("ab"), r"a write takes bytes, not 'ab'\. Encode the text\."),
        (lambda file: file.write(None), r"a write takes bytes, not None\."),
        (lambda file: file.ioctl("1"), r"the request of an ioctl is a number, not '1'\."),
        (lambda file: file.ioctl(1, [2]), r"the argument of an ioctl takes bytes, not \[2\]\."),
    ],
)
def test_a_call_with_what_no_program_could_pass_is_refused_and_loses_nothing(
    bench: Any, peer: Peer, user: Any, call: Callable[[Any], object], words: str
) -> None:
    peer.announce("rpmsg-tty", 0x500)
    bench.run(100)
    file = user.open("/dev/ttyRPMSG0")
    peer.send(0x500, 0x400, b"abcdef")
    bench.run(100)
    with pytest.raises(UsageError, match=f"^{words}$"):
        call(file)
    assert file.write(bytearray(b"xy")) == 2
    assert file.read(64) == b"abcdef"


def test_paths_and_texts_are_text(user: Any) -> None:
    for call in (user.open, user.read_text, lambda path: user.write_text(path, "x")):
        with pytest.raises(UsageError, match=r"^a path is text, not None\.$"):
            call(None)
    state = "/sys/class/remoteproc/remoteproc0/state"
    with pytest.raises(UsageError, match=rf"^{state} takes text, not b'stop'\.$"):
        user.write_text(state, b"stop")


# -- /dev/rpmsg_ctrlN -----------------------------------------------------------------------------------------


def test_a_bus_has_a_control_device_which_goes_with_it(bench: Any, user: Any) -> None:
    assert nodes(user) == ["/dev/rpmsg_ctrl0"]
    assert user.read_text("/sys/bus/rpmsg/devices/virtio0.rpmsg_ctrl.0.0/name") == "rpmsg_ctrl\n"
    bench.host.stop()
    assert nodes(user) == []


def test_a_control_devices_number_is_taken_as_long_as_it_is_open(
    bench: Any, peer: Peer, user: Any, image: Make
) -> None:
    file = user.open("/dev/rpmsg_ctrl0")
    for expected in ("/dev/rpmsg_ctrl1", "/dev/rpmsg_ctrl0"):
        bench.host.stop()
        bench.host.start(image())
        assert nodes(user) == [expected]
        file.close()


@pytest.mark.parametrize(("kernel", "prefix"), [("6.1", ""), ("6.12", "kobject: ")])
def test_a_control_device_that_is_gone_makes_no_endpoint(
    new_bench: Make, image: Make, kernel: str, prefix: str
) -> None:
    bench = new_bench(kernel=kernel)
    bench.peer()
    bench.host.start(image())
    bench.run(100)
    file = bench.host.user.open("/dev/rpmsg_ctrl0")
    bench.host.stop()
    for _ in range(2):
        with errno("ENOENT"):
            file.ioctl(CREATE_EPT, endpoint_info("mine", ADDR_ANY, 0x500))
    line = f"{prefix}kobject_add_internal failed for rpmsg0 (error: -2 parent: rpmsg_ctrl0)"
    assert bench.log("err") == [line, line]


def test_requests_are_those_of_the_kernels_header() -> None:
    assert (CREATE_EPT, DESTROY_EPT, CREATE_DEV, RELEASE_DEV) == (0x4028B501, 0xB502, 0x4028B503, 0x4028B504)
    assert endpoint_info("svc", 5, 7) == b"svc".ljust(32, b"\0") + struct.pack("<II", 5, 7)


def test_a_bad_request_is_refused(user: Any) -> None:
    with user.open("/dev/rpmsg_ctrl0") as ctrl, user.open("/dev/rpmsg_ctrl0"):
        with errno("EFAULT"):
            ctrl.ioctl(CREATE_EPT, bytes(39))
        with errno("EINVAL"):
            ctrl.ioctl(0x4028B509, bytes(40))
        with errno("EINVAL"):
            ctrl.read(1)


@pytest.mark.parametrize("address", [-2, 1 << 32, "1", 1.5])
def test_an_address_that_is_none_is_refused(user: Any, address: object) -> None:
    for source, destination in ((address, 1), (1, address)):
        with pytest.raises(UsageError, match=rf"^an address of RPMsg is a number of 32 bits, not {address!r}\.$"):
            create_endpoint(user, "mine", destination, source)
    with pytest.raises(UsageError, match=r"^the name of an endpoint is text, not None\.$"):
        create_endpoint(user, None, 1)  # type: ignore[arg-type]


def test_minus_one_is_any_address() -> None:
    assert endpoint_info("a", -1, -1) == endpoint_info("a", ADDR_ANY, ADDR_ANY)


def test_a_channel_with_an_address_is_announced_and_its_release_too(bench: Any, peer: Peer, user: Any) -> None:
    create_channel(user, "rpmsg-raw", 0x700, 0x500)
    release_channel(user, "rpmsg-raw", 0x700, 0x500)
    bench.run(100)
    name = b"rpmsg-raw".ljust(32, b"\0")
    assert peer.inbox == [
        PeerMessage(0x700, 53, name + struct.pack("<II", 0x700, 0)),
        PeerMessage(0x700, 53, name + struct.pack("<II", 0x700, 1)),
    ]


def test_a_channel_that_exists_and_one_that_does_not(bench: Any, user: Any) -> None:
    create_channel(user, "svc", 0x700, 0x500)
    with errno("ENXIO"):
        create_channel(user, "svc", 0x700, 0x500)
    with errno("EINVAL"):
        release_channel(user, "svc", 0x701, 0x500)
    assert bench.log("err") == [
        "virtio_rpmsg_bus virtio0: channel svc:700:500 already exist",
        "rpmsg rpmsg_ctrl0: failed to create svc channel",
        "rpmsg rpmsg_ctrl0: failed to release svc channel (-22)",
    ]


def test_an_address_too_high_for_linux_gets_a_channel_without_a_driver(bench: Any, user: Any) -> None:
    create_channel(user, "rpmsg-raw", 0x80000000)
    device = "virtio0.rpmsg-raw.-2147483648.-1"
    assert bench.log("err") == [
        f"rpmsg_chrdev {device}: idr_alloc failed: -22",
        f"rpmsg_chrdev {device}: failed to create endpoint",
    ]
    assert bench.log("warn") == [f"rpmsg_chrdev: probe of {device} failed with error -12"]
    assert user.read_text(f"/sys/bus/rpmsg/devices/{device}/announce") == "true\n"


# -- /dev/rpmsgN ----------------------------------------------------------------------------------------------


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
    with errno("EBUSY"):
        user.open(path)
    first.close()
    user.open(path)


def test_an_address_that_is_taken_cannot_be_opened(bench: Any, user: Any) -> None:
    first, second = (create_endpoint(user, "mine", 0x500, source=0x600) for _ in range(2))
    user.open(first)
    with errno("EINVAL"):
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
    with errno("EAGAIN"):
        file.read(1)
    for _ in range(16):
        file.write(b"x")
    with errno("EAGAIN"):
        file.write(b"x")
    with errno("EMSGSIZE"):
        file.write(b"x" * 497)


def test_a_writer_that_waits_gets_the_kernels_number_after_15_s(bench: Any, peer: Peer, user: Any) -> None:
    peer.reads = False
    file = user.open(create_endpoint(user, "mine", 0x500))
    for _ in range(16):
        file.write(b"x")
    before = bench.engine.now
    with errno("ERESTARTSYS"):
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
    with errno("ERESTARTSYS"):
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
    with errno("ERESTARTSYS"):
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
    refused = []

    def open_too() -> None:
        with errno("EBUSY"):
            user.open(path)
        refused.append(bench.engine.now)

    bench.host.kernel.after(S, "open", open_too)
    before = bench.engine.now
    with errno("ERESTARTSYS"):
        file.write(b"17th")
    bench.run(1)
    assert refused == [before + 15 * S]


def test_what_a_user_did_not_read_goes_with_him(bench: Any, peer: Peer, user: Any) -> None:
    path = create_endpoint(user, "mine", 0x500, source=0x600)
    with user.open(path):
        peer.send(0x500, 0x600, b"unread")
        bench.run(100)
    with user.open(path, nonblock=True) as file, errno("EAGAIN"):
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
        with errno("EPIPE"):
            call()
    with errno("ENETRESET"):
        user.open(path)
    assert create_endpoint(user, "other", 0x500) == "/dev/rpmsg1"  # the number is taken as long as it is open
    file.close()
    assert "/dev/rpmsg0" not in user.paths()
    assert create_endpoint(user, "third", 0x500) == "/dev/rpmsg0"


def test_a_reader_hears_that_the_remote_is_gone(bench: Any, user: Any) -> None:
    file = user.open(create_endpoint(user, "mine", 0x500))
    bench.engine.on_event("test", lambda tag: bench.host.stop())
    bench.engine.schedule(bench.engine.now + 1 * S, "test", "")
    with errno("EPIPE"):
        file.read(64)
    with errno("ENETRESET"):
        user.open(file.path)
    file.close()
    assert nodes(user) == []


def test_the_service_rpmsg_raw_gives_a_node_that_cannot_be_destroyed(bench: Any, peer: Peer, user: Any) -> None:
    peer.announce("rpmsg-raw", 0x500)
    bench.run(100)
    peer.send(0x500, 0x400, b"before anybody looked")
    bench.run(100)
    assert user.read_text("/sys/class/rpmsg/rpmsg0/src") == "1024\n"
    file = user.open("/dev/rpmsg0")
    assert file.read(64) == b"before anybody looked"
    with errno("EINVAL"):
        file.ioctl(DESTROY_EPT)
    file.write(b"answer")
    bench.run(100)
    assert peer.inbox == [PeerMessage(0x400, 0x500, b"answer")]
    peer.announce("rpmsg-raw", 0x500, created=False)
    bench.run(100)
    with errno("EPIPE"):
        file.read(64)


def test_flow_control_is_known_to_newer_kernels_and_not_supported_by_the_bus(bench: Any, user: Any) -> None:
    requests = ((GET_OUTGOING_FLOWCONTROL, b""), (SET_INCOMING_FLOWCONTROL, b"\1"))
    old = user.open(create_endpoint(user, "mine", 0x500))
    for request, argument in requests:
        with errno("EINVAL"):
            old.ioctl(request, argument)
    bench.host.kernel.flavour = V6_12
    new = user.open(create_endpoint(user, "mine", 0x500))
    assert new.ioctl(GET_OUTGOING_FLOWCONTROL) == 0
    with errno("EOPNOTSUPP"):
        new.ioctl(SET_INCOMING_FLOWCONTROL, b"\1")
    with errno("EINVAL"):
        new.ioctl(SET_INCOMING_FLOWCONTROL, b"\2")


# -- /dev/ttyRPMSGN -------------------------------------------------------------------------------------------


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
    with errno("ENOMEM"):
        tty.write(b"x")
    assert bench.engine.now < S


def test_a_terminals_reader_sleeps_and_is_hung_up_with_its_service(bench: Any, peer: Peer, user: Any, tty: Any) -> None:
    bench.engine.on_event("test", lambda tag: peer.announce("rpmsg-tty", 0x500, created=False))
    bench.engine.schedule(bench.engine.now + S, "test", "")
    assert tty.read(10) == b""
    assert tty.poll() == POLLIN | POLLOUT | POLLERR | POLLHUP
    for call in (lambda: tty.write(b"x"), lambda: tty.ioctl(0x5401)):
        with errno("EIO"):
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
    assert len(nodes(user)) == 32 + 1
    device = "virtio0.rpmsg-tty.-1.1312"
    assert bench.log("err") == [
        f"rpmsg_tty {device}: error -ENOSPC: Failed to alloc tty port",
        f"rpmsg_tty {device}: rpmsg_dev_probe: failed: -28",
    ]
    assert bench.log("warn") == [f"rpmsg_tty: probe of {device} failed with error -28"]


def test_the_service_name_of_old_firmware_gets_no_terminal(bench: Any, peer: Peer, user: Any) -> None:
    peer.announce("rpmsg-tty-channel", 0x500)
    bench.run(100)
    assert nodes(user) == ["/dev/rpmsg_ctrl0"]
    assert user.read_text("/sys/bus/rpmsg/devices/virtio0.rpmsg-tty-channel.-1.1280/src") == f"0x{ADDR_ANY:x}\n"


# -- the sample client ----------------------------------------------------------------------------------------


def test_the_sample_module_greets_100_times_and_says_goodbye(bench: Any, peer: Peer) -> None:
    bench.host.client_sample.greets = True
    peer._echo = True
    peer.announce("rpmsg-client-sample", 0x500)
    bench.run(10_000)
    assert [message.data for message in peer.inbox] == [b"hello world!"] * 100
    device = "rpmsg_client_sample virtio0.rpmsg-client-sample.-1.1280"
    assert bench.log("info")[-102:] == [
        f"{device}: new channel: 0x400 -> 0x500!",
        *(f"{device}: incoming msg {n} (src: 0x500)" for n in range(1, 101)),
        f"{device}: goodbye!",
    ]


def test_modules_can_be_removed_and_loaded_again(bench: Any, peer: Peer, user: Any) -> None:
    peer.announce("rpmsg-tty", 0x500)
    bench.run(100)
    bench.host.rmmod("rpmsg_tty")
    assert nodes(user) == ["/dev/rpmsg_ctrl0"]
    bench.host.modprobe("rpmsg_tty")
    assert nodes(user) == ["/dev/rpmsg_ctrl0", "/dev/ttyRPMSG0"]
    assert bench.host.endpoints[0].local == 0x400


@pytest.mark.parametrize(
    ("module", "path"),
    [("rpmsg_tty", "/dev/ttyRPMSG0"), ("rpmsg_ctrl", "/dev/rpmsg_ctrl0"), ("rpmsg_char", "/dev/rpmsg0")],
)
def test_an_open_file_keeps_its_module_loaded_also_after_a_stop(
    bench: Any, peer: Peer, user: Any, module: str, path: str
) -> None:
    peer.announce("rpmsg-tty", 0x500)
    peer.announce("rpmsg-raw", 0x501)
    bench.run(100)
    if module == "rpmsg_char":
        bench.host.rmmod("rpmsg_ctrl")  # which needs it
    file = user.open(path)
    for _ in range(2):
        with pytest.raises(KernelError, match=rf"^the module {module} is in use: -11 \(EAGAIN\)\.$"):
            bench.host.rmmod(module)
        if bench.host.rproc_state == "running":
            bench.host.stop()
    file.close()
    bench.host.rmmod(module)
    assert module not in bench.host.modules


def test_the_bus_can_be_loaded_when_the_firmware_runs_already(bench: Any, peer: Peer, user: Any) -> None:
    bench.host.rmmod("virtio_rpmsg_bus")
    assert nodes(user) == []
    bench.host.modprobe("virtio_rpmsg_bus")
    assert nodes(user) == ["/dev/rpmsg_ctrl0"]
    assert bench.log("info").count("virtio_rpmsg_bus virtio0: rpmsg host is online") == 2


def test_when_a_driver_refuses_a_channel_the_next_may_try(bench: Any, peer: Peer) -> None:
    class Refuses(RpmsgDriver):
        name = "refuses"
        services = ("svc",)

        def probe(self, channel: RpmsgChannel) -> int:
            return -5

    class Takes(Refuses):
        name = "takes"

        def probe(self, channel: RpmsgChannel) -> int:
            return 0

    bench.host.register_rpmsg_driver(Refuses())
    peer.announce("svc", 0x500)
    bench.run(100)
    bench.host.register_rpmsg_driver(Takes())
    bus = bench.host.rpmsg_bus.buses["virtio0"]
    assert [channel.dev for channel in bus.channels if channel.name == "svc"] == ["takes virtio0.svc.-1.1280"]
    assert bench.log("err") == ["refuses virtio0.svc.-1.1280: rpmsg_dev_probe: failed: -5"]
    assert bench.log("warn") == ["refuses: probe of virtio0.svc.-1.1280 failed with error -5"]
