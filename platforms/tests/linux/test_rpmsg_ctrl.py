"""/dev/rpmsg_ctrlN makes endpoints and channels, and refuses (linux-mailbox.md §4.6)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.errors import UsageError
from mp1bench.linux.peer import Peer, PeerMessage
from mp1bench.linux.rpmsg.char import DESTROY_EPT
from mp1bench.linux.rpmsg.core import ADDR_ANY
from mp1bench.linux.rpmsg.ctrl import (
    CREATE_DEV,
    CREATE_EPT,
    RELEASE_DEV,
    create_channel,
    create_endpoint,
    endpoint_info,
    release_channel,
)
from refusal import refused

Make = Callable[..., Any]


def test_a_bus_has_a_control_device_which_goes_with_it(bench: Any, user: Any) -> None:
    assert bench.rpmsg_nodes() == ["/dev/rpmsg_ctrl0"]
    assert user.read_text("/sys/bus/rpmsg/devices/virtio0.rpmsg_ctrl.0.0/name") == "rpmsg_ctrl\n"
    bench.host.stop()
    assert bench.rpmsg_nodes() == []


def test_a_control_devices_number_is_taken_as_long_as_it_is_open(
    bench: Any, peer: Peer, user: Any, image: Make
) -> None:
    file = user.open("/dev/rpmsg_ctrl0")
    for expected in ("/dev/rpmsg_ctrl1", "/dev/rpmsg_ctrl0"):
        bench.host.stop()
        bench.host.start(image())
        assert bench.rpmsg_nodes() == [expected]
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
        with refused("ENOENT"):
            file.ioctl(CREATE_EPT, endpoint_info("mine", ADDR_ANY, 0x500))
    line = f"{prefix}kobject_add_internal failed for rpmsg0 (error: -2 parent: rpmsg_ctrl0)"
    assert bench.log("err") == [line, line]


def test_requests_are_those_of_the_kernels_header() -> None:
    assert (CREATE_EPT, DESTROY_EPT, CREATE_DEV, RELEASE_DEV) == (0x4028B501, 0xB502, 0x4028B503, 0x4028B504)
    assert endpoint_info("svc", 5, 7) == b"svc".ljust(32, b"\0") + struct.pack("<II", 5, 7)


def test_a_bad_request_is_refused(user: Any) -> None:
    with user.open("/dev/rpmsg_ctrl0") as ctrl, user.open("/dev/rpmsg_ctrl0"):
        with refused("EFAULT"):
            ctrl.ioctl(CREATE_EPT, bytes(39))
        with refused("EINVAL"):
            ctrl.ioctl(0x4028B509, bytes(40))
        with refused("EINVAL"):
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
    with refused("ENXIO"):
        create_channel(user, "svc", 0x700, 0x500)
    with refused("EINVAL"):
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
