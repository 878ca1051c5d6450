"""Virtio devices that a resource table describes wrongly: what the kernel says, and a bench that stays usable.

The lines and codes are those of remoteproc_core.c, remoteproc_virtio.c and virtio_ring.c (linux-mailbox.md §3.5).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.linux import KernelFaultError
from tables import alone, check_usable, memory, ring, vdev

Make = Callable[..., Any]
RPROC = "remoteproc remoteproc0: "
TABLE = 0x10020000
FIT = f"{RPROC}Registered carveout doesn't fit"
UNBOUND = "rproc-virtio: probe of rproc-virtio.0.auto failed with error"


# -- rings that no driver takes: the boot goes on without the device ------------------------------------------

RINGS = {
    "num 0": (vdev(ring(num=0), ring()), -22, f"{RPROC}invalid qsz (0) or alignment (16)"),
    "align 0": (vdev(ring(), ring(align=0)), -22, f"{RPROC}invalid qsz (16) or alignment (0)"),
    "num beyond an int, align 0": (
        vdev(ring(num=0xFFFFFFF0, align=0), ring()),
        -22,
        f"{RPROC}invalid qsz (-16) or alignment (0)",
    ),
    "num 256": (vdev(ring(num=256), ring()), -12, f"{FIT} len request"),
    "align of two pages": (vdev(ring(align=0x2000), ring()), -12, f"{FIT} len request"),
    "ring below its memory": (vdev(ring(da=0x10000000), ring()), -12, f"{FIT} da request"),
    "ring past its memory": (vdev(ring(da=0x10040800), ring()), -12, f"{FIT} len request"),
    "ring in the upper half of memory": (vdev(ring(da=0x90050000), ring()), -12, f"{FIT} da request"),
    "the second ring in the first one's memory": (vdev(ring(), ring(da=0x10040000)), -12, f"{FIT} da request"),
}


@pytest.mark.parametrize(("entry", "code", "line"), RINGS.values(), ids=RINGS)
def test_a_wrong_ring_leaves_the_device_without_a_driver(
    bench: Any, image: Make, entry: bytes, code: int, line: str
) -> None:
    bench.peer(table=None)
    bench.host.start(image(data=alone(entry)))
    assert bench.log("err") == [line]
    assert bench.log("warn") == [f"{UNBOUND} {code}"]
    assert bench.host.rproc.state == "running"
    assert bench.engine.read(TABLE + 20 + 24, 1) == 0  # nobody has touched its status
    bench.host.stop()
    check_usable(bench, image)


def test_a_ring_that_had_memory_loses_it_if_its_neighbour_has_none(bench: Any, image: Make) -> None:
    bench.host.start(image(data=alone(vdev(ring(), ring(num=256)))))
    first = struct.unpack("<IIIII", bench.engine.read_bytes(TABLE + 48, 20))
    assert (first[0], first[3]) == (0, 0xFFFFFFFF)  # da and notifyid


def test_a_device_without_a_driver_keeps_its_number_for_good(bench: Any, image: Make) -> None:
    bench.peer(table=None)
    bench.host.start(image(data=alone(vdev(ring(num=0), ring()))))
    bench.host.stop()
    bench.host.start(image())
    assert "rproc-virtio rproc-virtio.1.auto: registered virtio0 (type 7)" in bench.log("info")


# -- rings and devices that Linux takes -----------------------------------------------------------------------


@pytest.mark.parametrize("num", [32, 128])
def test_rings_with_more_buffers_than_memory_get_no_rpmsg_bus(bench: Any, image: Make, num: int) -> None:
    bench.peer(table=None)
    bench.host.start(image(data=alone(vdev(ring(num=num), ring(num=num)))))
    assert bench.engine.read(TABLE + 20 + 24, 1) == 131  # ACKNOWLEDGE, DRIVER, FAILED
    assert "virtio_rpmsg_bus: probe of virtio0 failed with error -12" in bench.log("warn")
    assert bench.host.rproc.state == "running"
    bench.host.stop()
    check_usable(bench, image)


def test_a_num_whose_size_overflows_passes_the_check_and_fails_at_its_descriptors(bench: Any, image: Make) -> None:
    bench.host.start(image(data=alone(vdev(ring(num=0x80000000), ring()))))
    assert bench.log("err") == [f"{RPROC}vring_new_virtqueue input failed"]
    assert "virtio_rpmsg_bus: probe of virtio0 failed with error -12" in bench.log("warn")
    bench.host.stop()
    check_usable(bench, image)


@pytest.mark.parametrize("entry", [vdev(ring(num=12), ring(num=12)), vdev(ring(align=3), ring(align=3))])
def test_what_is_no_power_of_two_is_not_refused(bench: Any, image: Make, entry: bytes) -> None:
    bench.host.start(image(data=alone(entry)))
    assert bench.engine.read(TABLE + 20 + 24, 1) == 7
    bench.host.stop()
    check_usable(bench, image)


def test_a_vdev_of_another_kind_gets_no_driver(bench: Any, image: Make) -> None:
    bench.host.start(image(data=alone(vdev(kind=3))))
    assert bench.engine.read(TABLE + 20 + 24, 1) == 1
    bench.host.stop()
    check_usable(bench, image)


# -- what Linux does not survive ------------------------------------------------------------------------------

DEADLY = {
    "one ring": (vdev(ring()), "a page fault in vring_alloc_desc_extra"),
    "no ring": (vdev(ring(), count=0), "a page fault in vring_alloc_desc_extra"),
    "align beyond a page that fits": (
        vdev(ring(align=0xFFFFFFFF), ring()),
        "an access to the address that a ring's alignment makes up in vring_init",
    ),
    "a name that is a format string": (
        memory(0, b"%s%s"),
        "a carve-out's name taken as a format string in rproc_find_carveout_by_name",
    ),
}


@pytest.mark.parametrize(("entry", "sentence"), DEADLY.values(), ids=DEADLY)
def test_what_linux_does_not_survive_is_said_and_the_bench_goes_on(
    bench: Any, image: Make, entry: bytes, sentence: str
) -> None:
    with pytest.raises(KernelFaultError, match=f"^Linux cannot go on: {sentence}\\.$"):
        bench.host.start(image(data=alone(entry)))
    assert bench.host.rproc.state == "offline"
    check_usable(bench, image)


def test_stopping_a_device_of_one_ring_is_the_end_of_linux(bench: Any, image: Make) -> None:
    bench.peer(table=None)
    bench.host.start(image(data=alone(vdev(ring(), kind=3))))
    with pytest.raises(KernelFaultError, match="a NULL pointer dereference in rproc_free_vring"):
        bench.host.stop()
    assert bench.host.rproc.state == "offline"
    check_usable(bench, image)
