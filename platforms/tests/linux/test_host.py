"""One Linux put together from a device tree: its modules, trees of one's own, and trees that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mp1bench.board import Board
from mp1bench.errors import PlatformError, UsageError
from mp1bench.linux import KernelError, MailboxClient
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.platform_bus import PlatformDevice
from mp1bench.shipped import default_platform, prebuilt_image
from mp1bench.trace import Access

MS = 1_000_000

Tree: TypeAlias = "Callable[[str], Path]"
Make: TypeAlias = "Callable[..., Any]"


def rings(engine: Any, table: int = 0x10020000) -> list[int]:
    """Where the resource table of the peer says the two rings are."""
    entry = table + engine.read(table + 16)
    return [engine.read(entry + 28 + 20 * n) for n in range(2)]


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


# -- trees of one's own ---------------------------------------------------------------------------------------


def test_other_channels(new_bench: Make, image: Make, tree: Tree) -> None:
    bench = new_bench(tree=tree("&m4 { mboxes = <&ipcc 4>, <&ipcc 5>, <&ipcc 1>, <&ipcc 0>; };"))
    peer = bench.peer(listens=(2, 5, 6))
    bench.host.start(image())
    bench.run(100)
    assert peer.signals == [5]  # "buffers are posted", on vq0
    peer.send(0x400, 53, b"rpmsg-tty".ljust(32, b"\0") + bytes((0, 4, 0, 0, 0, 0, 0, 0)), rings=False)
    peer.post(5)
    bench.run(100)
    (endpoint,) = bench.host.endpoints
    mark = bench.mark
    endpoint.send(b"hello")
    assert "W08 00200000" in bench.accesses(since=mark)  # C1SCR.CH6S
    bench.run(100)
    peer.drain()
    assert [message.data for message in peer.inbox] == [b"hello"]
    assert bench.host.stop()
    assert peer.signals[-1] == 2


def test_other_regions(new_bench: Make, image: Make, tree: Tree) -> None:
    bench = new_bench(
        tree=tree(
            "&vdev0vring0 { reg = <0x10050000 0x1000>; };"
            "&vdev0vring1 { reg = <0x10052000 0x1000>; };"
            "&vdev0buffer { reg = <0x10054000 0x4000>; };"
        )
    )
    peer = bench.peer(echo=True)
    bench.host.start(image())
    bench.run(100)
    assert rings(bench.engine) == [0x10050000, 0x10052000]
    peer.announce("rpmsg-tty", 0x400)
    bench.run(100)
    bench.host.endpoints[0].send(b"hello")
    bench.run(100)
    assert [transfer.data for transfer in bench.host.received] == [b"hello"]
    assert b"hello" in bench.engine.read_bytes(0x10054000, 0x4000)
    assert b"hello" not in bench.engine.read_bytes(0x10042000, 0x4000)


def test_the_echo_image_works_with_other_regions(tree: Tree) -> None:
    board = Board(
        device_tree=tree("&vdev0vring0 { reg = <0x10045000 0x1000>; }; &vdev0buffer { reg = <0x10050000 0x4000>; };")
    )
    board.load(prebuilt_image("rpmsg_echo"))
    board.boot()
    assert board.linux is not None
    assert board.run_until(lambda: len(board.linux.endpoints) > 0, 50 * MS)  # type: ignore[union-attr]
    board.linux.endpoints[0].send(b"hello")
    assert board.run_until(lambda: bool(board.linux.received), 50 * MS)  # type: ignore[union-attr]
    assert board.linux.received[0].data == b"hello"
    assert b"hello" in board.engine.read_bytes(0x10050000, 0x4000)


def test_an_ipcc_elsewhere_is_found_by_the_tree(tree: Tree) -> None:
    platform = tree("").with_suffix(".repl")
    moved = default_platform().read_text().replace("<0x4C001000, +0x400>", "<0x4C003000, +0x400>")
    platform.write_text(moved)
    board = Board(platform=platform, device_tree=tree("&ipcc { reg = <0x4c003000 0x400>; };"))
    assert board.linux is not None
    board.linux.probe()
    assert "stm32-ipcc 4c003000.mailbox: ipcc rev:1.0 enabled, 6 chans, proc 0" in board.linux.dmesg()


def test_a_driver_of_ones_own_binds_to_a_node_of_ones_own(new_bench: Make, tree: Tree) -> None:
    text = '/ { doorbell { compatible = "acme,doorbell"; mboxes = <&ipcc 4>; mbox-names = "bell"; }; };'
    bench = new_bench(tree=tree(text))
    heard: list[int] = []

    class Doorbell:
        def __init__(self, device: PlatformDevice) -> None:
            self.client = MailboxClient("doorbell", rx_callback=lambda _: heard.append(bench.engine.now))
            self.client.node = device.node

        def probe(self) -> int:
            self.channel = bench.host.mailbox.request_channel_byname(self.client, "bell")
            return 0

        def remove(self) -> None:
            self.channel.free()

    bench.host.register_platform_driver("acme,doorbell", Doorbell)
    bench.peer().post(5)
    bench.run(100)
    assert len(heard) == 1
    bench.host.platform.unregister("acme,doorbell")
    bench.peer().post(5)
    bench.run(100)
    assert len(heard) == 1


# -- wrong trees ----------------------------------------------------------------------------------------------

STATE = "/sys/class/remoteproc/remoteproc0/state"
NONE = "Linux has no remote processor to start. It says: "
WAITS = "deferred (-517): 10000000.m4: failed to request mailbox vq0"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('&ipcc { status = "disabled"; };', [WAITS]),
        ("&ipcc { st,proc-id = <2>; };", ["mailbox: Invalid proc_id (2)", "failed with error -22", WAITS]),
        ("&ipcc { /delete-property/ st,proc-id; };", ["mailbox: Missing st,proc-id", WAITS]),
        ("&ipcc { interrupts-extended = <&exti 61 1>; };", ["4c001000.mailbox: error -ENXIO: IRQ tx not found", WAITS]),
        ("&ipcc { reg = <0x4c002000 0x400>; };", ["external abort in its probe", "touched 0x4C002004", WAITS]),
        ("&m4 { st,syscfg-tz = <&rcc 0x10000000 1>; };", ["touched 0x60000000, where"]),
        ("&ipcc { clocks = <&rcc 84>; };", ["4c001000.mailbox: /soc/rcc@50000000 has no clock <84>", WAITS]),
        (
            "&ipcc { interrupts-extended = <&exti 61 1>, <&exti 61 1>; };",
            ["stm32-ipcc 4c001000.mailbox: failed to request irq 1 (-16)", "failed with error -16", WAITS],
        ),
        (
            "&m4 { interrupt-parent = <&intc>; interrupts = <0 100 4>; };",
            ["stm32-rproc 10000000.m4: error -EBUSY: failed to request wdg irq", "failed with error -16"],
        ),
        ('&m4 { status = "disabled"; };', ["no enabled node of the device tree is compatible with st,stm32mp1-m4"]),
        ("&m4 { /delete-property/ resets; };", ["failed to get mcu_reset"]),
        ("&m4 { /delete-property/ st,syscfg-holdboot; };", ["10000000.m4"]),
        ("&mlahb { /delete-property/ dma-ranges; };", ["10000000.m4"]),
    ],
)  # fmt: skip
def test_a_wrong_tree_boots_as_far_as_linux_does(
    text: str, said: list[str], new_bench: Make, image: Make, tree: Tree
) -> None:
    bench = new_bench(tree=tree(text))
    with pytest.raises(PlatformError) as refused:
        bench.host.start(image())
    sentence = str(refused.value)
    assert sentence.startswith(NONE)
    assert [part for part in said if part not in sentence] == []
    assert sentence.count(".;") == sentence.count("..") == 0
    assert bench.host.rproc_state == ""


def test_a_start_that_touches_nothing_ends_in_a_sentence_and_is_none(new_bench: Make, image: Make, tree: Tree) -> None:
    bench = new_bench(tree=tree("&m4 { st,syscfg-holdboot = <&rcc 0x10000000 1>; };"))
    started = image()
    for _ in range(2):  # the first leaves no user behind
        with pytest.raises(PlatformError) as refused:
            bench.host.start(started)
        assert str(refused.value) == (
            f"Linux dies while it starts `{started.path}`: processor 1 touched 0x60000000, where the platform has"
            " neither memory nor a device."
        )
        assert bench.host.rproc_state == "offline"


def test_a_second_node_of_the_ipcc_finds_its_interrupts_taken_and_the_first_works_on(
    new_bench: Make, image: Make, tree: Tree
) -> None:
    again = """
        again@4c001000 {
            compatible = "st,stm32mp1-ipcc";
            reg = <0x4c001000 0x400>;
            st,proc-id = <0>;
            interrupts-extended = <&exti 61 1>, <&intc 0 101 4>;
            interrupt-names = "rx", "tx";
            clocks = <&rcc 83>;
        };
    """
    bench = new_bench(tree=tree("/ { soc { " + again + " }; };"))
    bench.host.start(image())
    assert bench.log("err") == ["stm32-ipcc 4c001000.again: failed to request irq 0 (-16)"]
    assert list(bench.host.platform.bound) == ["4c001000.mailbox", "10000000.m4"]


def test_channels_that_the_m4_does_not_get_are_a_warning(new_bench: Make, image: Make, tree: Tree) -> None:
    bench = new_bench(tree=tree('&m4 { mbox-names = "vq0", "vq1", "shut", "detach"; };'))
    bench.host.start(image())
    assert bench.log("warn") == ["remoteproc remoteproc0: cannot get shutdown mbox"]


def test_a_board_without_linux_has_no_use_for_a_tree(tree: Tree) -> None:
    with pytest.raises(UsageError, match=r"^a device tree is Linux's, and this board's host is `none`\."):
        Board(host="none", device_tree=tree(""))


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


# -- files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/dev/rpmsg0", "there is no /dev/rpmsg0 now. It gives: -2 (ENOENT)."),
        (f"{STATE}s", f"there is no {STATE}s now. Did you mean `{STATE}`? It gives: -2 (ENOENT)."),
        ("state", "there is no state now. It gives: -2 (ENOENT)."),
        ("", "there is no  now. It gives: -2 (ENOENT)."),
    ],
)
def test_a_path_that_is_not_there_is_refused(path: str, sentence: str, bench: Any) -> None:
    for act in (bench.host.user.open, bench.host.user.read_text):
        with pytest.raises(KernelError) as refused:
            act(path)
        assert str(refused.value) == sentence
