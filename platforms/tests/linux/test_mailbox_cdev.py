"""ST's mailbox char device, /dev/mailbox0: its calls, error numbers, log lines and its race (linux-mailbox.md §5.2)."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from mp1bench.linux import Errno, KernelFaultError
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.mailbox.cdev import MailboxCdev
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.of import Node, Reference
from mp1bench.linux.platform_bus import PlatformDevice
from mp1bench.trace import Log
from refusal import refusal

MS = 1_000_000
MEMORY, SIZE = 0x10049000, 0x1000
ASK_CH6 = 1 << 5  # C1TOC2SR.CH6F and what clears it in C2SCR
ANSWER_CH6 = 1 << 21  # in C2SCR
C1TOC2SR, C2MR, C2CR, C2SCR = 0x0C, 0x14, 0x10, 0x18

LOST = (
    "CH6: the answer came before write() to /dev/mailbox0 returned; the driver forgets it, and read() gives"
    " -16 (EBUSY) until the firmware signals again"
)


class Firmware:
    """The M4 of the protocol: takes the request, frees the flag, writes capital letters, signals, in that order."""

    def __init__(self, bench: Any, *, answers: bool = True, answer_first: bool = False, delay_ns: int = 10_000) -> None:
        self.bench, self.answers, self.answer_first, self.delay_ns = bench, answers, answer_first, delay_ns
        bench.engine.on_event("m4", self.step)
        bench.engine.watch("ipcc", "RX1", self.edge)
        bench.ipcc.write(C2MR, 0xFFFFFFFF & ~ASK_CH6, 4)
        bench.ipcc.write(C2CR, 1, 4)

    def edge(self, level: bool) -> None:
        if level:
            steps = ("answer", "ack") if self.answer_first else ("ack", "answer")
            for number, step in enumerate(steps, 1):
                self.bench.engine.schedule(self.bench.engine.now + number * self.delay_ns, "m4", step)

    def step(self, tag: str) -> None:
        if tag == "ack":
            self.bench.ipcc.write(C2SCR, ASK_CH6, 4)
        elif self.answers:
            text = self.bench.engine.read_bytes(MEMORY, SIZE)
            self.bench.engine.write_bytes(MEMORY, text.upper())
            self.bench.ipcc.write(C2SCR, ANSWER_CH6, 4)


def client_node(bench: Any, *, names: bytes = b"rx-tx\0", cell: int = 5, region: Node | None = None) -> Node:
    """mailbox-cdev { compatible = "mbox-cdev"; mboxes = <&ipcc 5>; mbox-names = "rx-tx"; memory-region = <…>; }"""
    ipcc = bench.host.mailbox.controllers[0].node
    if region is None:
        root = Node("", properties={"#address-cells": struct.pack(">I", 1), "#size-cells": struct.pack(">I", 1)})
        reserved = Node("reserved-memory", root, properties={**root.properties, "ranges": b""})
        region = Node("mbox-cdev@10049000", reserved, properties={"reg": struct.pack(">II", MEMORY, SIZE)})
    return Node(
        "mailbox-cdev",
        properties={"compatible": b"mbox-cdev\0", "mbox-names": names},
        references={"mboxes": [Reference(ipcc, (cell,))], "memory-region": [Reference(region, ())]},
    )


def driver(bench: Any, node: Node | None, name: str = "mailbox-cdev", core: MailboxCore | None = None) -> MailboxCdev:
    kernel: Kernel = bench.host.kernel
    device = PlatformDevice(name, node, None)  # type: ignore[arg-type]  # it asks for no clock and no interrupt
    return MailboxCdev(kernel, bench.engine, core or bench.host.mailbox, device)


def notes(bench: Any) -> list[str]:
    return [event.text for event in bench.trace.events if isinstance(event, Log) and event.source == "bench"]


@pytest.fixture
def cdev(bench: Any) -> MailboxCdev:
    made = driver(bench, client_node(bench))
    assert made.probe() == 0
    return made


@pytest.fixture
def file(bench: Any, cdev: MailboxCdev) -> Any:
    return bench.host.user.open("/dev/mailbox0")


# -- reading and writing ----------------------------------------------------------------------------------------


def test_write_returns_when_the_m4_has_freed_the_channel(bench: Any, file: Any) -> None:
    Firmware(bench)
    assert file.write(b"hello") == 5
    assert bench.engine.now == 10_000 + 2_000  # the M4's acknowledge, and Linux's way to the interrupt
    assert bench.engine.read_bytes(MEMORY, 5) == b"hello"


def test_read_gives_the_answer_and_returns_the_size_of_the_region(bench: Any, file: Any) -> None:
    Firmware(bench)
    file.write(b"hello")
    bench.run(100)
    assert file.read(5) == b"HELLO"
    assert file.returned == SIZE


def test_an_answer_is_read_once(bench: Any, file: Any) -> None:
    Firmware(bench)
    file.write(b"hello")
    bench.run(100)
    file.read(5)
    assert refusal(file.read, 5) == -Errno.EPERM


def test_reading_before_any_request_is_eperm(file: Any) -> None:
    assert refusal(file.read, 5) == -Errno.EPERM == -1


def test_reading_before_the_answer_is_ebusy_and_never_sleeps(bench: Any, file: Any) -> None:
    Firmware(bench)
    file.write(b"hello")
    before = bench.engine.now
    assert refusal(file.read, 5) == -Errno.EBUSY == -16
    assert bench.engine.now == before


def test_no_more_than_the_region_can_be_written_or_read(bench: Any, file: Any) -> None:
    Firmware(bench)
    assert file.write(b"x" * SIZE) == SIZE
    bench.run(100)
    assert refusal(file.write, b"x" * (SIZE + 1)) == -Errno.EINVAL
    assert refusal(file.read, SIZE + 1) == -Errno.EINVAL
    assert file.read(SIZE) == b"X" * SIZE


def test_a_longer_read_is_einval_before_it_is_eperm(file: Any) -> None:
    assert refusal(file.read, SIZE + 1) == -Errno.EINVAL


def test_bytes_behind_the_request_stay_what_they_were(bench: Any, file: Any) -> None:
    Firmware(bench)
    for request in (b"hello", b"good"):
        file.write(request)
        bench.run(100)
    assert file.read(6) == b"GOODO\0"


def test_a_dead_firmware_is_etime_after_500_ms(bench: Any, file: Any) -> None:
    assert refusal(file.write, b"hello") == -Errno.ETIME == -62
    assert bench.engine.now == 500 * MS
    assert bench.log("err") == [" (null): Failed to send message via mailbox"]
    assert refusal(file.read, 5) == -Errno.EPERM


def test_writing_over_an_unanswered_request_is_only_a_warning(bench: Any, file: Any) -> None:
    Firmware(bench, answers=False)
    assert [file.write(b"one"), file.write(b"two")] == [3, 3]
    assert bench.log("warn") == [" (null): Previous request not answered"]
    assert bench.engine.read_bytes(MEMORY, 3) == b"two"


def test_an_answer_that_nobody_asked_for_can_be_read(bench: Any, file: Any) -> None:
    bench.engine.write_bytes(MEMORY, b"news")
    bench.ipcc.write(C2SCR, ANSWER_CH6, 4)
    bench.run(100)
    assert file.read(4) == b"news"


def test_any_number_may_open_it_and_all_see_one_state(bench: Any, file: Any) -> None:
    Firmware(bench)
    file.write(b"hello")
    bench.run(100)
    assert bench.host.user.open("/dev/mailbox0").read(5) == b"HELLO"
    assert refusal(file.read, 5) == -Errno.EPERM


def test_debug_lines_name_no_device(bench: Any, file: Any) -> None:
    bench.host.kernel.dynamic_debug.enable("file mailbox-cdev.c +p")
    Firmware(bench)
    file.write(b"hello")
    bench.run(100)
    assert bench.log("debug") == [" (null): Request sent", " (null): Answer received"]


# -- the race ---------------------------------------------------------------------------------------------------


def test_an_answer_before_write_returns_is_lost_and_the_bench_says_so(bench: Any, file: Any) -> None:
    Firmware(bench, answer_first=True)
    assert file.write(b"hello") == 5
    assert notes(bench) == [LOST]
    for _ in range(3):
        bench.run(1_000_000)
        assert refusal(file.read, 5) == -Errno.EBUSY


def test_the_bench_says_nothing_of_an_answer_in_time(bench: Any, file: Any) -> None:
    Firmware(bench)
    for _ in range(3):
        file.write(b"hello")  # the first two answers are never read
        bench.run(100)
    assert notes(bench) == []


# -- binding ----------------------------------------------------------------------------------------------------


def test_removing_frees_the_channel_and_the_path(bench: Any, cdev: MailboxCdev) -> None:
    cdev.remove()
    assert "/dev/mailbox0" not in bench.host.user.paths()
    assert bench.host.request_channel(6).index == 5


def test_a_file_that_outlives_its_driver_is_a_use_after_free(bench: Any, cdev: MailboxCdev, file: Any) -> None:
    cdev.remove()
    with pytest.raises(KernelFaultError, match="a use after free in mbox_cdev_write"):
        file.write(b"hello")


def test_users_counts_open_files(bench: Any, cdev: MailboxCdev, file: Any) -> None:
    with bench.host.user.open("/dev/mailbox0"):
        assert cdev.users == 2
    assert cdev.users == 1


def test_without_a_memory_region_it_is_enodev(bench: Any) -> None:
    node = Node("mailbox-cdev", references={"mboxes": client_node(bench).references("mboxes")})
    assert driver(bench, node).probe() == -Errno.ENODEV
    assert bench.log("err") == ["mbox-cdev mailbox-cdev: Unable to acquire memory region"] * 2


@pytest.mark.parametrize("place", ["elsewhere", "disabled"])
def test_memory_that_is_not_reserved_is_einval(bench: Any, place: str) -> None:
    region = client_node(bench).references("memory-region")[0].node
    assert region is not None
    if place == "elsewhere":
        region.parent = Node("memory", region.parent)
    else:
        region.properties["status"] = b"disabled\0"
    assert driver(bench, client_node(bench, region=region)).probe() == -Errno.EINVAL
    assert bench.log("err") == [
        "mbox-cdev mailbox-cdev: unable to acquire memory-region",
        "mbox-cdev mailbox-cdev: Unable to acquire memory region",
    ]


def test_a_mailbox_of_another_name_is_einval(bench: Any) -> None:
    assert driver(bench, client_node(bench, names=b"tx\0")).probe() == -Errno.EINVAL
    assert bench.log("err")[-1] == "mbox-cdev mailbox-cdev: error -EINVAL: Failed to request mailbox rx-tx"


def test_a_channel_of_remoteproc_is_ebusy(bench: Any) -> None:
    assert driver(bench, client_node(bench, cell=0)).probe() == -Errno.EBUSY
    assert bench.log("err") == ["mbox-cdev mailbox-cdev: error -EBUSY: Failed to request mailbox rx-tx"]


def test_a_controller_that_is_not_there_yet_defers_without_a_word(bench: Any) -> None:
    node = client_node(bench)
    assert driver(bench, node, core=MailboxCore(bench.host.kernel)).probe() == -Errno.EPROBE_DEFER
    assert bench.log("err") == []


def test_a_second_instance_is_refused_and_gives_its_channel_back(bench: Any, file: Any) -> None:
    assert driver(bench, client_node(bench, cell=4), name="second").probe() == -Errno.EEXIST
    assert bench.log("warn") == ["sysfs: cannot create duplicate filename '/class/mailbox/mailbox0'"]
    assert bench.log("err") == [" (null): Failed to create device node"]
    assert bench.host.request_channel(5).index == 4
    Firmware(bench)
    assert file.write(b"hello") == 5
