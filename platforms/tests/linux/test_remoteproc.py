"""Life of the M4 as a remote processor: load, start, stop, and what Linux refuses (linux-mailbox.md §3)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.image import Segment
from mp1bench.linux import KernelError

MS = 1_000_000
TABLE = 0x10020000
RPROC = "remoteproc remoteproc0: "
VDEV = struct.pack("<IIIIIIBB2s", 3, 7, 0, 1, 0, 0, 0, 2, b"") + 2 * struct.pack("<IIIII", 0xFFFFFFFF, 16, 16, 0, 0)
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


def test_a_table_that_lies_in_no_memory_is_never_seen_by_the_firmware(bench: Any, image: Make) -> None:
    bench.host.start(image(address=0x20000000))
    assert bench.host.rproc.state == "running"
    assert bench.host.stop() is False


def test_unknown_entries_are_passed_over_with_a_warning(bench: Any, image: Make, table: Make) -> None:
    bench.host.start(image(data=table(struct.pack("<I", 9), VDEV)))
    assert bench.log("warn") == [f"{RPROC}unsupported resource 9"]
    assert bench.host.rproc.state == "running"


def test_a_kick_before_the_m4_is_up_waits_and_is_served_then(bench: Any, image: Make) -> None:
    peer = bench.peer()

    def early(tag: str) -> None:
        peer.post(1)

    bench.engine.on_event("early", early)
    bench.engine.schedule(30_000, "early", "")
    bench.host.kernel.dynamic_debug.enable("file stm32-ipcc.c +p; file remoteproc_virtio.c +p; file stm32_rproc.c +p")
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
