"""RPMsg's drivers come and go: the sample client, modules, drivers of one's own."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.linux import KernelError
from mp1bench.linux.peer import Peer
from mp1bench.linux.rpmsg.core import RpmsgChannel, RpmsgDriver


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
    assert bench.rpmsg_nodes() == ["/dev/rpmsg_ctrl0"]
    bench.host.modprobe("rpmsg_tty")
    assert bench.rpmsg_nodes() == ["/dev/rpmsg_ctrl0", "/dev/ttyRPMSG0"]
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


def test_a_service_that_no_driver_is_for_can_be_adopted(bench: Any, peer: Peer) -> None:
    peer._echo = True
    peer.announce("rpmsg-tty-channel", 0)
    bench.run(100)
    assert bench.host.endpoints == []
    bench.host.adopt("rpmsg-tty-channel")
    bench.host.endpoints[0].send(b"hello")
    bench.run(100)
    assert [(m.endpoint, m.remote, m.data) for m in bench.host.received] == [("rpmsg-tty-channel", 0, b"hello")]


def test_the_bus_can_be_loaded_when_the_firmware_runs_already(bench: Any, peer: Peer, user: Any) -> None:
    bench.host.rmmod("virtio_rpmsg_bus")
    assert bench.rpmsg_nodes() == []
    bench.host.modprobe("virtio_rpmsg_bus")
    assert bench.rpmsg_nodes() == ["/dev/rpmsg_ctrl0"]
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
