"""What stm32_rproc reads of the device tree and what it refuses, in the kernel's words (linux-mailbox.md §3.1)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.errors import ImageError
from mp1bench.linux import KernelError, LinuxHost
from mp1bench.linux.devicetree import read_tree
from mp1bench.linux.of import Node, Reference
from mp1bench.shipped import default_device_tree

Make = Callable[..., Any]
M4 = "stm32-rproc 10000000.m4: "
RPROC = "remoteproc remoteproc0: "
SYS = "/sys/class/remoteproc/remoteproc0/"


class Odd:
    """A machine whose Linux has a device tree of its own."""

    def __init__(self, bench: Any, kernel: str = "6.1") -> None:
        self.bench = bench
        self.root = read_tree(default_device_tree())
        self.m4 = self.node("m4@10000000")
        self.kernel = kernel

    def node(self, name: str) -> Node:
        return next(node for node in self.root.walk() if node.name == name)

    def drop(self, name: str) -> None:
        self.m4.properties.pop(name, None)
        self.m4.refer(name, [])
        del self.m4._references[name]

    def boot(self) -> Any:
        self.bench.host = LinuxHost(self.bench.engine, tree=self.root, kernel=self.kernel)
        self.bench.host.probe()
        return self.bench.host

    def log(self) -> list[str]:
        """What the M4's driver has printed."""
        return [line for line in self.bench.log() if line.startswith((M4, RPROC, "stm32-rproc:"))]


@pytest.fixture
def odd(bench: Any) -> Odd:
    return Odd(bench)


def bound(host: Any) -> bool:
    return "10000000.m4" in host.platform.bound


def test_a_sound_tree(odd: Odd) -> None:
    assert bound(odd.boot())
    assert odd.log() == [f"{M4}wdg irq registered", f"{RPROC}m4 is available"]


# -- refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code", "line"),
    [
        ("resets", -2, "error -ENOENT: failed to get mcu_reset"),
        ("st,syscfg-tz", -19, "failed to get tz syscfg"),
        ("st,syscfg-holdboot", -19, "failed to get hold boot"),
    ],
)
def test_a_missing_property_is_refused(odd: Odd, name: str, code: int, line: str) -> None:
    odd.drop(name)
    host = odd.boot()
    assert not bound(host)
    expected = [f"{M4}wdg irq registered", f"{M4}{line}", f"{RPROC}releasing m4"]
    # Of -ENODEV the driver core says nothing.
    said_by_core = [] if code == -19 else [f"stm32-rproc: probe of 10000000.m4 failed with error {code}"]
    assert odd.log() == expected + said_by_core
    assert f"{SYS}state" not in host.user.paths()


def test_a_syscon_that_is_none_is_refused(odd: Odd) -> None:
    odd.node("rcc@50000000").properties["compatible"] = b"st,stm32mp1-rcc\0"
    assert not bound(odd.boot())
    assert odd.log()[1:3] == [f"{M4}failed to get tz syscfg", f"{RPROC}releasing m4"]
    assert odd.log()[-1] == "stm32-rproc: probe of 10000000.m4 failed with error -22"


def test_a_syscon_without_its_mask_is_refused(odd: Odd) -> None:
    odd.m4.refer("st,syscfg-holdboot", [Reference(odd.node("rcc@50000000"), (0x10C,))])
    assert not bound(odd.boot())
    assert odd.log()[1] == f"{M4}failed to get hold boot"
    assert odd.log()[-1] == "stm32-rproc: probe of 10000000.m4 failed with error -75"


@pytest.mark.parametrize("data", [None, b"", b"\0" * 8])
def test_missing_or_cut_dma_ranges_are_refused(odd: Odd, data: bytes | None) -> None:
    assert odd.m4.parent is not None
    odd.m4.parent.properties.pop("dma-ranges")
    if data is not None:
        odd.m4.parent.properties["dma-ranges"] = data
    assert not bound(odd.boot())
    assert f"{M4}stm32_rproc_of_memory_translations: dma-ranges property not defined" in odd.log()


def test_what_is_refused_gives_the_channels_back(odd: Odd) -> None:
    odd.drop("resets")
    assert odd.boot().request_channel(1) is not None


# -- what is optional -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("interrupts", "error -ENXIO: IRQ index 0 not found"),
        ("st,syscfg-pdds", "failed to get pdds"),
        ("st,syscfg-m4-state", "m4 state not supported"),
        ("st,syscfg-rsc-tbl", "rsc tbl syscon not supported"),
    ],
)
def test_a_missing_optional_property_is_a_line_in_the_log(odd: Odd, image: Make, name: str, line: str) -> None:
    odd.drop(name)
    host = odd.boot()
    assert f"{M4}{line}" in odd.log()
    odd.bench.peer()
    host.start(image())
    assert host.stop() is True


def test_without_a_word_of_its_table_attaching_is_the_end_of_linux(odd: Odd) -> None:
    odd.drop("st,syscfg-rsc-tbl")
    odd.bench.engine.write(0x5C00A148, 2)
    host = odd.boot()
    with pytest.raises(Exception, match="a NULL pointer dereference in stm32_rproc_get_loaded_rsc_table"):
        host.user.write_text(f"{SYS}state", "start")


def test_without_the_m4s_state_a_running_m4_is_not_seen(odd: Odd) -> None:
    odd.drop("st,syscfg-m4-state")
    odd.bench.engine.write(0x5C00A148, 2)
    odd.boot()
    assert odd.bench.host.rproc.state == "offline"


@pytest.mark.parametrize(
    ("kernel", "state", "expected"),
    [
        ("6.1", 1, "offline"),
        ("6.1", 2, "detached"),
        ("6.12", 3, "offline"),
        ("st-6.1", 1, "detached"),
        ("st-6.1", 0, "offline"),
    ],
)
def test_which_m4_is_taken_for_a_running_one(bench: Any, kernel: str, state: int, expected: str) -> None:
    bench.engine.write(0x5C00A148, state)
    assert Odd(bench, kernel).boot().rproc.state == expected


@pytest.mark.parametrize("missing", ["vq0", "vq1", "shutdown", "detach"])
def test_a_missing_mailbox_is_a_warning(odd: Odd, missing: str) -> None:
    names = [name for name in ("vq0", "vq1", "shutdown", "detach") if name != missing]
    odd.m4.properties["mbox-names"] = b"".join(name.encode() + b"\0" for name in names)
    assert bound(odd.boot())
    assert odd.bench.log("warn") == [f"{RPROC}cannot get {missing} mbox"]


def test_no_mailboxes_are_four_warnings_and_a_stop_without_a_request(odd: Odd, image: Make) -> None:
    for name in ("mboxes", "mbox-names"):
        odd.drop(name)
    host = odd.boot()
    assert [line.removeprefix(f"{RPROC}cannot get ") for line in odd.bench.log("warn")] == [
        *("vq0 mbox", "vq1 mbox", "shutdown mbox", "detach mbox"),
    ]
    host.start(image())
    before = odd.bench.engine.now
    assert host.stop() is False
    assert odd.bench.engine.now == before


def test_a_wakeup_source(odd: Odd) -> None:
    odd.m4.properties["wakeup-source"] = b""
    assert odd.boot().platform.devices["10000000.m4"].wakeup_capable


# -- memory regions -------------------------------------------------------------------------------------------


def test_a_region_that_the_m4_does_not_reach_is_refused_at_the_start(odd: Odd, image: Make) -> None:
    odd.node("mcuram2@10000000").properties["reg"] = struct.pack(">II", 0xC0000000, 0x40000)
    host = odd.boot()
    with pytest.raises(ImageError, match="memory region not valid 0xc0000000; can't prepare rproc m4: -22"):
        host.start(image())
    assert host.rproc.state == "offline"


@pytest.mark.parametrize("change", [{"status": b"disabled\0"}, {"reg": b""}])
def test_a_region_that_is_none_is_refused_at_the_start(odd: Odd, image: Make, change: dict[str, bytes]) -> None:
    odd.node("mcuram@30000000").properties.update(change)
    with pytest.raises(ImageError, match="unable to acquire memory-region"):
        odd.boot().start(image())


def test_a_region_that_nobody_reserves_is_refused_at_the_start(odd: Odd, image: Make) -> None:
    odd.m4.refer("memory-region", [Reference(odd.node("mailbox@4c001000"), ())])
    with pytest.raises(ImageError, match="unable to acquire memory-region"):
        odd.boot().start(image())


def test_rings_and_buffers_go_where_a_tree_of_ones_own_puts_them(odd: Odd, image: Make) -> None:
    for name, address in (("vdev0vring0", 0x10048000), ("vdev0vring1", 0x10049000), ("vdev0buffer", 0x1004A000)):
        node = next(node for node in odd.root.walk() if node.base_name == name)
        node.properties["reg"] = struct.pack(">II", address, 0x4000 if name == "vdev0buffer" else 0x1000)
    host = odd.boot()
    odd.bench.peer()
    host.start(image())
    assert struct.unpack("<I", odd.bench.engine.read_bytes(0x10020034, 4)) == (0x10048000,)
    assert struct.unpack("<QI", odd.bench.engine.read_bytes(0x10048000, 12)) == (0x1004A000, 512)


def test_without_memory_of_their_own_the_buffers_overwrite_the_first_region(odd: Odd, image: Make) -> None:
    odd.m4.refer("memory-region", odd.m4.references("memory-region")[:5])
    host = odd.boot()
    host.start(image())
    assert "rproc-virtio rproc-virtio.0.auto: assigned reserved memory node retram@38000000" in odd.bench.log()
    assert odd.bench.engine.read_bytes(0x38000000, 8) == bytes(8)  # where the vectors were


def test_without_memory_for_a_ring_it_does_not_boot(odd: Odd, image: Make) -> None:
    odd.m4.refer("memory-region", odd.m4.references("memory-region")[:3])
    with pytest.raises(ImageError, match="Unable to allocate carveout vdev0vring0: -12"):
        odd.boot().start(image())


# -- order of things ------------------------------------------------------------------------------------------


def test_without_the_ipcc_it_waits_and_binds_when_that_is_there(bench: Any) -> None:
    host = LinuxHost(bench.engine)
    modules = host._system.modules
    modules.load("stm32_rproc")
    assert host.platform.deferred() == ["10000000.m4\tfailed to request mailbox vq0"]
    assert bench.log() == [f"{M4}wdg irq registered", f"{RPROC}releasing m4"]
    modules.load("stm32-ipcc")
    assert bound(host)
    assert bench.log()[-1] == f"{RPROC}m4 is available"


def test_unbinding_stops_the_m4_and_frees_its_channels(bench: Any, image: Make) -> None:
    peer = bench.peer()
    bench.host.start(image())
    bench.run(100)
    bench.host.rmmod("stm32_rproc")
    assert peer.signals[-1] == 3
    assert bench.log()[-2:] == [f"{RPROC}stopped remote processor m4", f"{RPROC}releasing m4"]
    assert not [path for path in bench.host.user.paths() if "remoteproc" in path and "driver" not in path]
    assert bench.host.request_channel(1) is not None


def test_unbinding_a_detached_m4_leaves_it_alone(bench: Any) -> None:
    bench.engine.write(0x5C00A148, 2)
    bench.host.probe()
    bench.host.rmmod("stm32_rproc")
    assert bench.engine.read(0x5C00A148) == 2
    assert bench.engine.read(0x50000404) == 0


def test_auto_boot_looks_for_the_default_firmware_and_then_boots_it(odd: Odd) -> None:
    odd.m4.properties["st,auto-boot"] = b""
    host = odd.boot()
    odd.bench.run(500)
    assert odd.bench.log()[-4:] == [
        f"{RPROC}Direct firmware load for rproc-m4-fw failed with error -2",
        f"{RPROC}powering up m4",
        f"{RPROC}Direct firmware load for rproc-m4-fw failed with error -2",
        f"{RPROC}request_firmware failed: -2",
    ]
    assert host.rproc.state == "offline"


def test_auto_boot_starts_what_is_there(bench: Any, elf: Any) -> None:
    odd = Odd(bench)
    odd.m4.properties["st,auto-boot"] = b""
    bench.host = LinuxHost(bench.engine, tree=odd.root)
    bench.host.firmware.add("rproc-m4-fw", elf.build())
    bench.host.probe()
    assert bench.host.rproc.state == "offline"  # the probe does not wait for it
    bench.run(500)
    assert bench.host.rproc.state == "running"


def test_auto_boot_attaches_to_an_m4_that_runs(odd: Odd, table: Make) -> None:
    odd.m4.properties["st,auto-boot"] = b""
    odd.bench.engine.write_bytes(0x10020000, table())
    odd.bench.engine.write(0x5C00A144, 0x10020000)
    odd.bench.engine.write(0x5C00A148, 2)
    odd.boot()
    odd.bench.run(500)
    assert odd.bench.host.rproc.state == "attached"


# -- 6.12 -----------------------------------------------------------------------------------------------------


def test_6_12_can_do_without_tz_and_interrupt(bench: Any, image: Make) -> None:
    odd = Odd(bench, "6.12")
    for name in ("st,syscfg-tz", "interrupts"):
        odd.drop(name)
    host = odd.boot()
    assert odd.log() == [f"{RPROC}m4 is available"]
    host.start(image())
    assert host.rproc.state == "running"


def test_6_12_holds_the_m4_by_a_reset_line_if_the_tree_names_one(bench: Any, image: Make) -> None:
    odd = Odd(bench, "6.12")
    rcc = odd.node("rcc@50000000")
    odd.m4.refer("resets", [Reference(rcc, (0x3001,)), Reference(rcc, (0x2021,))])
    odd.m4.properties["reset-names"] = b"hold_boot\0mcu_rst\0"
    odd.drop("st,syscfg-holdboot")
    host = odd.boot()
    writes: list[tuple[int, int]] = []
    write = bench.engine.write

    def spy(address: int, value: int, width: int = 4, function: str = "") -> None:
        writes.append((address, value))
        write(address, value, width, function)

    bench.engine.write = spy
    host.start(image())
    assert [w for w in writes if w[0] in (0x50000600, 0x50000604)] == [(0x50000604, 2), (0x50000600, 2)]
    host.stop()
    assert (0x50000404, 2) in writes


def test_6_1_knows_resets_by_their_place_only(odd: Odd, image: Make) -> None:
    odd.m4.properties["reset-names"] = b"hold_boot\0mcu_rst\0"
    host = odd.boot()
    host.start(image())
    with pytest.raises(KernelError):
        host.user.write_text(f"{SYS}state", "detach")
    host.stop()
    assert odd.bench.engine.read(0x50000404) == 2
