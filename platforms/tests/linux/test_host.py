"""One Linux put together from a device tree: its modules, trees of one's own, and trees that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mp1bench.board import Board
from mp1bench.errors import UsageError
from mp1bench.linux import KernelError
from mp1bench.linux.kernel.core import Kernel
from mp1bench.shipped import prebuilt_image
from mp1bench.trace import Access

MS = 1_000_000

Tree: TypeAlias = "Callable[[str], Path]"
Make: TypeAlias = "Callable[..., Any]"


# -- modules --------------------------------------------------------------------------------------------------


def test_modules_are_loaded_at_boot(bench: Any) -> None:
    bench.host.probe()
    loaded = ["stm32-ipcc", "stm32_rproc", "rpmsg_ns", "virtio_rpmsg_bus", "rpmsg_tty", "rpmsg_client_sample"]
    assert [name for name in bench.host.modules if name in loaded] == loaded
    assert not {"mailbox-cdev", "mailbox-test"} & set(bench.host.modules)


def test_a_client_is_loaded_once_and_removed(bench: Any) -> None:
    for _ in range(2):
        bench.host.modprobe("mailbox_cdev")
    assert bench.host.modules.count("mailbox-cdev") == 1
    with pytest.raises(KernelError, match=r"-16 \(EBUSY\)"):
        bench.host.request_channel(6)
    bench.host.rmmod("mailbox-cdev")
    bench.host.request_channel(6)
    with pytest.raises(KernelError, match=r"^the module mailbox-cdev is not loaded: -2 \(ENOENT\)\.$"):
        bench.host.rmmod("mailbox-cdev")


def test_a_module_in_use_stays(bench: Any) -> None:
    with pytest.raises(KernelError, match=r"^the module stm32-ipcc is in use: -11 \(EAGAIN\)\.$"):
        bench.host.rmmod("stm32-ipcc")
    with pytest.raises(KernelError, match=r"^the module rpmsg_ns is in use by virtio_rpmsg_bus: -11 \(EAGAIN\)\.$"):
        bench.host.rmmod("rpmsg_ns")


@pytest.mark.parametrize("number", [0, -1, "1", None, 1.5])
def test_a_channel_that_no_ipcc_can_have_is_refused(bench: Any, number: object) -> None:
    words = rf"^there is no channel {number!r} of the IPCC\. They count from 1: CH1, CH2 and so on\.$"
    with pytest.raises(UsageError, match=words):
        bench.host.request_channel(number)
    bench.host.request_channel(6)  # which a channel counted from the end would have taken


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda host: host.endpoints[0].send("ab"), r"a message is bytes, not 'ab'\. Encode the text\."),
        (lambda host: host.endpoints[0].send(None), r"a message is bytes, not None\."),
        (lambda host: host.request_channel(6, tx_tout=-1), r"tx_tout is a number of milliseconds in 32 bits, not -1\."),
        (
            lambda host: host.request_channel(6, tx_tout="5"),
            r"tx_tout is a number of milliseconds in 32 bits, not '5'\.",
        ),
        (
            lambda host: host.dynamic_debug(None),
            r"queries for dynamic debug are text, such as file stm32-ipcc\.c \+p, not None\.",
        ),
        (lambda host: Kernel(host.kernel.engine, hz=0), r"hz is the number of ticks in a second, such as 250, not 0\."),
    ],
)
def test_what_the_bench_cannot_use_is_refused_and_costs_no_buffer(
    bench: Any, image: Make, call: Callable[[Any], object], words: str
) -> None:
    peer = bench.peer()
    bench.host.start(image())
    bench.run(100)
    peer.announce("rpmsg-client-sample", 0x500)
    bench.run(100)
    peer.reads = False
    with pytest.raises(UsageError, match=f"^{words}$"):
        call(bench.host)
    for _ in range(16):
        bench.host.endpoints[0].send(bytearray(b"x"))


def test_firmware_is_bytes(bench: Any) -> None:
    for name, file in (("a", "text"), (5, b"")):
        with pytest.raises(
            UsageError, match=r"^a file in /lib/firmware is a name and bytes, not .* and a (str|bytes)\.$"
        ):
            bench.host.firmware.add(name, file)


def test_a_number_is_no_name(bench: Any) -> None:
    with pytest.raises(UsageError, match=r'^the name of a kernel is text, such as "6\.1", not the float 6\.12\.$'):
        Board(kernel=6.12)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"^there is no module called `5`\. There are: "):
        bench.host.modprobe(5)


def test_an_unknown_module_is_refused(bench: Any) -> None:
    with pytest.raises(UsageError, match=r"^there is no module called `mailbox-tset`\. Did you mean `mailbox-test`\?$"):
        bench.host.modprobe("mailbox-tset")


def test_drivers_can_be_removed_and_come_back(bench: Any, image: Make) -> None:
    bench.host.probe()
    bench.host.rmmod("stm32_rproc")
    assert bench.host.rproc_state == ""
    bench.host.rmmod("stm32-ipcc")
    bench.host.modprobe("stm32_rproc")
    assert bench.host.platform.deferred() == ["10000000.m4\tfailed to request mailbox vq0"]
    bench.host.modprobe("stm32-ipcc")
    assert bench.host.platform.deferred() == []
    bench.peer()
    bench.host.start(image())
    assert bench.host.rproc_state == "running"


def test_an_unknown_kernel_is_refused(new_bench: Make) -> None:
    with pytest.raises(UsageError, match=r"^there is no kernel called `6\.2`\. Did you mean `6\.12`\?$"):
        new_bench(kernel="6.2")


# -- channels by number ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", ["6.1", "st-6.1-bidirectional"])
@pytest.mark.parametrize("number", [7, 1 << 32])
def test_a_channel_that_is_not_there_is_refused(number: int, kernel: str, new_bench: Make) -> None:
    with pytest.raises(KernelError, match=rf"^requesting mboxes\[0\] for CH{number}: -22 \(EINVAL\)\.$"):
        new_bench(kernel=kernel).host.request_channel(number)


def test_sub_channels_count_by_their_channel(new_bench: Make) -> None:
    bench = new_bench(kernel="st-6.1-bidirectional")
    sends = bench.host.request_channel(6)
    receives = bench.host.request_channel(6, rx_callback=lambda message: None)
    assert (sends.index, receives.index) == (11, 10)
    mark = bench.mark
    sends.send(b"")
    written = [event for event in bench.trace.events[mark:] if isinstance(event, Access) and event.op == "W"]
    assert (written[0].offset, written[0].value) == (0x08, 1 << 16 + 5)


def test_a_kernel_with_sub_channels_gets_a_tree_that_counts_them() -> None:
    board = Board(kernel="st-6.1-bidirectional")
    board.load(prebuilt_image("rpmsg_echo"))
    board.boot()
    assert board.linux is not None
    assert board.run_until(lambda: "/dev/ttyRPMSG0" in board.linux.user.paths(), 50_000_000)
    tty = board.linux.user.open("/dev/ttyRPMSG0")
    tty.write(b"hello")
    assert tty.read() == b"hello"
    assert board.shutdown()


def test_mailbox_test_has_both_halves_of_a_channel_there() -> None:
    board = Board(kernel="st-6.1-bidirectional")
    board.load(prebuilt_image("ipcc_signals"))
    board.boot()
    assert board.linux is not None
    for module in ("mailbox-test", "mailbox-cdev"):
        board.linux.modprobe(module)
    message = board.linux.user.open("/sys/kernel/debug/10049000.mailbox-test/message")
    board.run_for(1_000_000)
    board.linux.user.open("/sys/kernel/debug/10049000.mailbox-test/signal").write(b"1")
    message.write(b"hello\0")
    assert b"48 45 4c 4c 4f" in message.read()
    assert "/dev/mailbox0" not in board.linux.user.paths()
