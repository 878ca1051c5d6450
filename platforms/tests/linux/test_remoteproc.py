"""Life of the M4 as a remote processor: load, start, stop, and what Linux refuses (linux-mailbox.md §3)."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mp1bench.errors import ImageError
from mp1bench.image import Segment
from mp1bench.linux import Errno, KernelError

MS = 1_000_000
TABLE = 0x10020000
RPROC = "remoteproc remoteproc0: "
Make = Callable[..., Any]


def word(bench: Any, address: int) -> int:
    value: int = bench.engine.read(address)
    return value


@pytest.fixture
def system_writes(bench: Any) -> list[str]:
    """Linux's writes to RCC, PWR and TAMP, in order."""
    writes: list[str] = []
    write = bench.engine.write

    def spy(address: int, value: int, width: int = 4, function: str = "") -> None:
        if 0x50000000 <= address < 0x60000000:
            writes.append(f"{address:08X}={value:X} {function}")
        write(address, value, width, function)

    bench.engine.write = spy
    return writes


# -- start ----------------------------------------------------------------------------------------------------


def test_a_start_on_the_log(bench: Any, image: Make) -> None:
    bench.host.start(image())
    assert bench.log() == [
        "stm32-ipcc 4c001000.mailbox: ipcc rev:1.0 enabled, 6 chans, proc 0",
        "stm32-rproc 10000000.m4: wdg irq registered",
        f"{RPROC}m4 is available",
        f"{RPROC}powering up m4",
        f"{RPROC}Booting fw image echo.elf, size 0",
        "rproc-virtio rproc-virtio.0.auto: assigned reserved memory node vdev0buffer@10042000",
        "virtio_rpmsg_bus virtio0: rpmsg host is online",
        "rproc-virtio rproc-virtio.0.auto: registered virtio0 (type 7)",
        f"{RPROC}remote processor m4 is now up",
    ]
    assert bench.host.rproc.state == "running"


def test_segments_go_to_their_physical_address_and_the_rest_is_zeroed(bench: Any, image: Make) -> None:
    bench.engine.write_bytes(0x10000000, b"\xaa" * 64)
    segments = (
        Segment(0, 0, 0, b"vectors!", 8),
        Segment(1, 0x10000000, 0x10010000, b"code", 32),
        Segment(2, 0x30000030, 0x20000000, b"data", 4),
    )
    bench.host.start(image(segments=segments))
    assert bench.engine.read_bytes(0x38000000, 8) == b"vectors!"
    memory = bench.engine.read_bytes(0x10000000, 64)
    assert memory == b"code" + bytes(28) + b"\xaa" * 16 + b"data" + b"\xaa" * 12
    assert bench.engine.read_bytes(0x10010000, 4) == bytes(4)


def test_the_patched_table_is_written_to_the_sections_own_address(bench: Any, image: Make, table: Make) -> None:
    bench.host.start(image())
    raw = table()
    loaded = bench.engine.read_bytes(TABLE, len(raw))
    changes = {at: loaded[at : at + 4] for at in range(0, len(raw), 4) if loaded[at : at + 4] != raw[at : at + 4]}
    assert changes == {
        0x28: b"\1\0\0\0",  # gfeatures
        0x30: b"\7\2\0\0",  # status DRIVER_OK; num_of_vrings beside it
        0x34: struct.pack("<I", 0x10040000),
        0x48: struct.pack("<I", 0x10041000),
        0x54: b"\1\0\0\0",  # notifyid of vring1
    }


def test_start_clears_deep_sleep_then_pulses_hold_boot(bench: Any, image: Make, system_writes: list[str]) -> None:
    bench.host.probe()
    bench.engine.write(0x50001014, 1)
    del system_writes[:]
    bench.host.start(image())
    assert [write for write in system_writes if write.startswith(("50001014", "5000010C", "50000404"))] == [
        "50001014=0 stm32_rproc_start",
        "5000010C=1 stm32_rproc_set_hold_boot",
        "5000010C=0 stm32_rproc_set_hold_boot",
    ]


def test_with_trustzone_on_the_secure_monitor_writes_hold_boot(
    bench: Any, image: Make, system_writes: list[str]
) -> None:
    bench.engine.write(0x50000000, 1)
    bench.host.start(image())
    assert "5000010C=1 stm32_smc" in system_writes


def test_the_clock_tree_is_as_a_dk_boards_boot_loaders_leave_it(bench: Any) -> None:
    assert word(bench, 0x50000048) == 0
    bench.host.probe()
    # m4-platform.md §5.2
    values = {0x48: 0x80000003, 0x820: 0x80000001, 0x880: 0x73, 0x884: 0x01010021, 0x888: 0x00241001}
    assert {offset: word(bench, 0x50000000 + offset) for offset in values} == values


def test_the_m4_runs_before_its_rings_exist(bench: Any, image: Make) -> None:
    status_when_released: list[int] = []
    write = bench.engine.write

    def spy(address: int, value: int, width: int = 4, function: str = "") -> None:
        write(address, value, width, function)
        if address == 0x5000010C and value == 1:
            released = bench.engine.now
            bench.engine.on_event("m4", lambda tag: status_when_released.append(bench.engine.read(TABLE + 0x30, 1)))
            bench.engine.schedule(released + 50_000, "m4", "")

    bench.engine.write = spy
    bench.host.start(image())
    assert status_when_released == [0]
    assert bench.engine.read(TABLE + 0x30, 1) == 7


def test_without_a_table_linux_warns_and_boots_and_signals_work(bench: Any, image: Make) -> None:
    bench.host.start(image(data=None))
    assert bench.log("warn") == [f"{RPROC}no resource table found for this firmware"]
    assert bench.host.rproc.state == "running"
    peer = bench.peer(table=None, listens=(3, 5))
    channel = bench.host.request_channel(5)
    channel.send()
    bench.run(100)
    assert peer.signals == [5]
    assert bench.host.stop() is True


@pytest.mark.parametrize(
    ("options", "line"),
    [({"version": 2}, "unsupported fw ver: 2"), ({"num": 99}, "resource table incomplete")],
)
def test_a_table_with_a_wrong_header_is_as_good_as_none(
    bench: Any, image: Make, table: Make, options: dict[str, int], line: str
) -> None:
    bench.host.start(image(data=table(**options)))
    assert bench.log("err") == [f"{RPROC}{line}"] * 2  # Linux looks for it before and after loading
    assert bench.log("warn") == [f"{RPROC}no resource table found for this firmware"]


def test_a_table_that_lies_in_no_memory_is_never_seen_by_the_firmware(bench: Any, image: Make) -> None:
    bench.host.start(image(address=0x20000000))
    assert bench.host.rproc.state == "running"
    assert bench.host.stop() is False


def vdev(*, num: int = 16, da: int = 0xFFFFFFFF, kind: int = 7, vrings: int = 2) -> bytes:
    head = struct.pack("<IIIIIIBB2s", 3, kind, 0, 1, 0, 0, 0, vrings, b"\0\0")
    return head + vrings * struct.pack("<IIIII", da, 16, num, 0, 0)


def carveout(name: bytes, da: int = 0xFFFFFFFF, length: int = 0x1000, kind: int = 0) -> bytes:
    return struct.pack("<IIIIII32s", kind, da, 0, length, 0, 0, name)


REFUSED = [
    (vdev()[:30], -22, "vdev rsc is truncated; Failed to process resources: -22"),
    (vdev(num=0), -22, "invalid qsz (0) or alignment (16); Failed to process resources: -22"),
    (vdev(num=256), -12, "Registered carveout doesn't fit len request; Failed to process resources: -12"),
    (vdev(num=0x80000000), -12, "Registered carveout doesn't fit len request; Failed to process resources: -12"),
    (vdev(da=0x10000000), -12, "Registered carveout doesn't fit da request; Failed to process resources: -12"),
    (vdev(da=0x10040800), -12, "Registered carveout doesn't fit len request; Failed to process resources: -12"),
    (carveout(b"vdev0vring0", length=0x2000), -12, "Registered carveout doesn't fit len request;"),
    (carveout(b"x", kind=1), -22, "Failed to process resources: -22"),
    (b"\2\0\0\0", -22, "trace rsc is truncated"),
]


@pytest.mark.parametrize(("entry", "code", "line"), REFUSED)
def test_a_wrong_entry_is_refused_and_the_bench_stays_usable(
    bench: Any, image: Make, table: Make, entry: bytes, code: int, line: str
) -> None:
    with pytest.raises(ImageError) as refusal:
        bench.host.start(image(data=table(entry)))
    assert f"`echo.elf` ({code} ({Errno(-code).name}))" in str(refusal.value)
    assert line in str(refusal.value)
    assert bench.log("err")[-1] == f"{RPROC}Boot failed: {code}"
    assert bench.host.rproc.state == "offline"
    bench.host.start(image())
    assert bench.host.rproc.state == "running"


def test_a_segment_outside_the_translated_ranges_is_refused(bench: Any, image: Make) -> None:
    with pytest.raises(ImageError, match="bad phdr da 0x1005fffc mem 0x8; Failed to load program segments: -22"):
        bench.host.start(image(segments=(Segment(0, 0x1005FFFC, 0x1005FFFC, b"12345678", 8),)))


def test_a_ring_of_32_has_no_room_for_its_buffers_so_there_is_no_rpmsg_bus(
    bench: Any, image: Make, table: Make
) -> None:
    bench.host.start(image(data=table(vdev(num=32))))
    assert bench.engine.read(TABLE + 20 + 24, 1) == 131  # ACKNOWLEDGE, DRIVER, FAILED
    assert "virtio_rpmsg_bus: probe of virtio0 failed with error -12" in bench.log("warn")
    assert not [line for line in bench.log() if "rpmsg host is online" in line]
    assert bench.host.rproc.state == "running"


def test_a_vdev_of_another_kind_or_with_one_ring_gets_no_rpmsg_bus(bench: Any, image: Make, table: Make) -> None:
    for entry, status in ((vdev(kind=3), 1), (vdev(vrings=1), 131)):
        bench.host.start(image(data=table(entry)))
        assert bench.engine.read(TABLE + 20 + 24, 1) == status
        bench.host.stop()


def test_carveouts_are_matched_with_the_reserved_memory_by_name(bench: Any, image: Make, table: Make) -> None:
    bench.host.start(image(data=table(carveout(b"vdev0buffer", length=0x100), carveout(b"mine"))))
    assert bench.engine.read_bytes(TABLE + 28, 12) == struct.pack("<III", 0x10042000, 0x10042000, 0x4000)
    assert bench.log("warn") == [f"{RPROC}Allocated carveout doesn't fit device address request"]


def test_unknown_entries_are_passed_over_with_a_warning(bench: Any, image: Make, table: Make) -> None:
    bench.host.start(image(data=table(struct.pack("<I", 9), vdev())))
    assert bench.log("warn") == [f"{RPROC}unsupported resource 9"]
    assert bench.host.rproc.state == "running"


def test_a_kick_before_the_m4_is_up_waits_and_is_served_then(bench: Any, image: Make) -> None:
    peer = bench.peer()

    def early(tag: str) -> None:
        peer.post(1)

    bench.engine.on_event("early", early)
    bench.engine.schedule(30_000, "early", "")
    bench.host.kernel.dynamic_debug.update({"stm32-ipcc.c", "remoteproc_core.c", "stm32_rproc.c"})
    bench.host.start(image())
    bench.run(100)
    lines = [line.split(": ", 1)[1] for line in bench.log()]
    assert (
        lines.index("stm32_ipcc_rx_irq: chan:0 rx")
        < lines.index("remote processor m4 is now up")
        < lines.index("vq index 0 is interrupted")
        < lines.index("no message found in vq0")
    )


# -- stop -----------------------------------------------------------------------------------------------------


def test_stop_with_an_acknowledge(bench: Any, image: Make, system_writes: list[str]) -> None:
    peer = bench.peer()
    bench.host.start(image())
    bench.run(100)
    bench.engine.write(0x5C00A148, 2)
    del system_writes[:]
    start, mark = bench.engine.now, bench.mark
    assert bench.host.stop() is True
    assert bench.engine.now - start == 5_000 + 2_000
    assert peer.signals[-1] == 3
    assert bench.accesses("stm32_ipcc_send_data", mark)[:2] == ["R08 00000000", "W08 00040000"]
    assert system_writes == [
        "50000404=2 reset_control_assert",
        "50001014=1 stm32_rproc_stop",
        "5C00A148=0 stm32_rproc_stop",
    ]
    assert bench.log()[-1] == f"{RPROC}stopped remote processor m4"
    assert bench.log("warn") == []
    assert bench.host.rproc.state == "offline"


def test_stop_without_an_acknowledge_takes_500_ms_and_leaves_the_flag(bench: Any, image: Make) -> None:
    bench.peer(listens=(1, 2))
    bench.host.start(image())
    bench.run(100)
    start = bench.engine.now
    waiting: list[str | None] = []
    bench.engine.on_event("look", lambda tag: waiting.append(bench.host.waiting()))
    bench.engine.schedule(start + 250 * MS, "look", "")
    assert bench.host.stop() is False
    assert bench.engine.now - start == 500 * MS
    assert waiting == ["Linux waits for CH3 to become free (shutdown request), 500 ms limit"]
    assert bench.host.waiting() is None
    assert bench.log()[-2:] == [
        f"{RPROC}warning: remote FW shutdown without ack",
        f"{RPROC}stopped remote processor m4",
    ]
    assert bench.ipcc.read(0x0C, 4) == 1 << 2


def test_stop_takes_the_device_away_before_it_asks_the_firmware(bench: Any, image: Make) -> None:
    bench.peer()
    bench.host.start(image())
    bench.run(100)
    status: list[int] = []
    bench.engine.on_event("look", lambda tag: status.append(bench.engine.read(TABLE + 0x30, 1)))
    bench.engine.schedule(bench.engine.now + 1_000, "look", "")
    bench.host.stop()
    assert status == [1]  # reset, then acknowledged again by the bus


def test_start_and_stop_again_and_again(bench: Any, image: Make) -> None:
    peer = bench.peer()
    for round_ in range(20):
        bench.host.start(image())
        peer._rings.clear()
        peer.announce("rpmsg-tty", 0x400)
        bench.run(100)
        bench.host.endpoints[0].send(b"%d" % round_)
        bench.run(100)
        assert peer.inbox[-1].data == b"%d" % round_
        assert bench.host.stop() is True
        assert bench.host.endpoints == []
    assert bench.host.kernel.asleep == []
    assert bench.engine.pending_events() == []


def test_a_second_start_only_counts_a_user(bench: Any, image: Make) -> None:
    bench.peer()
    bench.host.start(image())
    bench.host.start(image())
    assert bench.log().count(f"{RPROC}powering up m4") == 1
    bench.host.stop()
    assert bench.host.rproc.state == "running"
    bench.host.stop()
    assert bench.host.rproc.state == "offline"


def test_stopping_an_offline_m4_is_einval(bench: Any) -> None:
    bench.host.probe()
    with pytest.raises(KernelError, match=r"^Linux cannot stop an M4 that is offline: -22 \(EINVAL\)\.$"):
        bench.host.stop()


# -- the firmware's log ---------------------------------------------------------------------------------------


def test_the_firmwares_log_is_read_up_to_its_first_nul_also_after_the_stop(bench: Any, image: Make) -> None:
    bench.peer()
    bench.host.start(image())
    assert bench.host.firmware_log() == ""
    bench.engine.write_bytes(0x10030000, b"booted\r\n\xff\0rest")
    assert bench.host.firmware_log() == "booted\r\n\ufffd"
    bench.host.stop()
    assert bench.host.firmware_log() == "booted\r\n\ufffd"


@pytest.mark.parametrize(("da", "length"), [(0x20000000, 16), (0x1005FFF0, 0x1000), (0, 0xFFFFFFFF)])
def test_a_log_that_lies_in_no_memory_is_empty(bench: Any, image: Make, table: Make, da: int, length: int) -> None:
    bench.host.start(image(data=table(struct.pack("<IIII32s", 2, da, length, 0, b"log"))))
    assert bench.host.firmware_log() == ""


@settings(derandomize=True, max_examples=300, deadline=None, database=None)
@given(changes=st.dictionaries(st.integers(0, 34), st.integers(0, 0xFFFFFFFF) | st.integers(0, 40), max_size=4))
def test_no_table_makes_linux_fail_otherwise_than_by_its_refusal(
    new_bench: Make, image: Make, table: Make, changes: dict[int, int]
) -> None:
    bench = new_bench()
    data = bytearray(table())
    for at, value in changes.items():
        struct.pack_into("<I", data, 4 * at, value)
    bench.peer(table=None)
    with contextlib.suppress(ImageError):
        bench.host.start(image(data=bytes(data)))
    if bench.host.rproc.state == "running":
        bench.run(100)
        bench.host.firmware_log()
        assert bench.host.stop() is True
    bench.host.start(image())
    assert bench.host.rproc.state == "running"
