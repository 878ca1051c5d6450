"""Linux with a device tree of one's own: other channels and regions, and what it says of a tree that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mp1bench.board import Board
from mp1bench.errors import PlatformError, UsageError
from mp1bench.linux import MailboxClient
from mp1bench.linux.platform_bus import PlatformDevice
from mp1bench.shipped import default_platform, prebuilt_image

MS = 1_000_000

Tree: TypeAlias = "Callable[[str], Path]"
Make: TypeAlias = "Callable[..., Any]"


def rings(engine: Any, table: int = 0x10020000) -> list[int]:
    """Where the resource table of the peer says the two rings are."""
    entry = table + engine.read(table + 16)
    return [engine.read(entry + 28 + 20 * n) for n in range(2)]


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
    moved = default_platform().read_text().replace("<0x4C001000, +0x400>", "<0x4C007000, +0x400>")
    platform.write_text(moved)
    board = Board(platform=platform, device_tree=tree("&ipcc { reg = <0x4c007000 0x400>; };"))
    assert board.linux is not None
    board.linux.probe()
    assert "stm32-ipcc 4c007000.mailbox: ipcc rev:1.0 enabled, 6 chans, proc 0" in board.linux.dmesg()


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
            " neither memory nor a device (on the chip: FMC_NOR+0x000)."
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
