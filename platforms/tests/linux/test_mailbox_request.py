"""Who gets a channel of the IPCC, and who is refused how (linux-mailbox.md §1.6)."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.linux import Errno, KernelError, MailboxClient
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.of import Node, Reference

FIVE = 4  # CH5, as a device tree counts it


def mboxes(bench: Any, *cells: int, names: str | None = None) -> Node:
    """A client's node that names channels of the IPCC, and perhaps their names, separated by spaces."""
    ipcc = next(node for node in bench.host.tree.walk() if "st,stm32mp1-ipcc" in node.compatible)
    properties = {} if names is None else {"mbox-names": b"".join(n.encode() + b"\0" for n in names.split(" "))}
    references = {"mboxes": [Reference(ipcc, (cell,)) for cell in cells]}
    return Node("client", properties=properties, references=references)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_channels_of_remoteproc_are_busy(bench: Any, number: int) -> None:
    with pytest.raises(KernelError, match=r"-16 \(EBUSY\)"):
        bench.host.request_channel(number)


def test_a_seventh_channel_is_einval(bench: Any) -> None:
    with pytest.raises(KernelError, match=r"^requesting mboxes\[0\] for CH7: -22 \(EINVAL\)\."):
        bench.host.request_channel(7)


NOWHERE = Node("somewhere-else")


@pytest.mark.parametrize(
    ("references", "index", "code"),
    [
        (None, 0, -19),
        ([], 0, -2),
        ([Reference(None, ())], 0, -2),
        ([Reference(NOWHERE, (4,))], 1, -2),
        ([Reference(NOWHERE, (4,))], -1, -22),
        ([Reference(NOWHERE, (4,))], 0, -517),
    ],
)
def test_a_wrong_node_is_refused_with_the_kernels_number(
    bench: Any, references: list[Reference] | None, index: int, code: int
) -> None:
    node = None if references is None else Node("client", references={"mboxes": references})
    with pytest.raises(KernelError) as refusal:
        bench.host.mailbox.request_channel(MailboxClient("x", node=node), index)
    assert refusal.value.code == code


@pytest.mark.parametrize("cells", [(), (6,), (0x104,)])
def test_a_cell_that_means_no_channel_is_einval(bench: Any, cells: tuple[int, ...]) -> None:
    node = mboxes(bench, FIVE)
    node.refer("mboxes", [Reference(node.references("mboxes")[0].node, cells)])
    with pytest.raises(KernelError, match=r"^requesting mboxes\[0\] for x: -22 \(EINVAL\)\."):
        bench.host.mailbox.request_channel(MailboxClient("x", node=node), 0)


def test_a_controller_that_is_about_to_go_is_busy(bench: Any) -> None:
    bench.host.mailbox.controllers[0].unloading = True
    with pytest.raises(KernelError, match="EBUSY"):
        bench.host.request_channel(5)


@pytest.mark.parametrize(
    ("kernel", "level", "owner"),
    [("6.1", "debug", "mbox_request_channel: No owner device node"), ("6.12", "err", "client y: No owner fwnode")],
)
def test_how_loud_a_refusal_is_depends_on_the_kernel(new_bench: Any, kernel: str, level: str, owner: str) -> None:
    bench = new_bench(kernel=kernel)
    core: MailboxCore = bench.host.mailbox
    bench.host.kernel.dynamic_debug.enable("file mailbox.c +p")
    bench.host.request_channel(5)
    requests = [("x", mboxes(bench, FIVE)), ("x", mboxes(bench)), ("y", None)]
    for name, node in requests:
        with pytest.raises(KernelError):
            core.request_channel(MailboxClient(name, node=node), 0)
    loud = [
        "client x: __mbox_bind_client: mailbox not free",
        'client x: mbox_request_channel: can\'t parse "mboxes" property',
    ]
    assert bench.log(level)[:2] == loud
    assert bench.log("debug")[-1] == owner


WHERE = "mbox_request_channel_byname()"


def test_in_6_1_names_match_by_prefix_and_wrong_ones_are_logged(bench: Any) -> None:
    core: MailboxCore = bench.host.mailbox
    client = MailboxClient("x", node=mboxes(bench, 4, 5, names="vq10 stop"))
    assert core.request_channel_byname(client, "vq1").index == 4
    for wrong in (client, MailboxClient("y", node=mboxes(bench, 5)), MailboxClient("z")):
        with pytest.raises(KernelError, match=rf'^requesting mailbox "vq2" for {wrong.name}: -22 \(EINVAL\)\.'):
            core.request_channel_byname(wrong, "vq2")
    assert bench.log("err") == [
        f'client x: {WHERE} could not locate channel named "vq2"',
        f'client y: {WHERE} requires an "mbox-names" property',
        f"client z: {WHERE} currently only supports DT",
    ]
    assert core.request_channel_byname(MailboxClient("w", node=mboxes(bench, 5, names="stop")), "").index == 5


def test_in_6_12_names_match_exactly_and_there_is_one_complaint(new_bench: Any) -> None:
    bench = new_bench(kernel="6.12")
    core: MailboxCore = bench.host.mailbox
    client = MailboxClient("x", node=mboxes(bench, 4, 5, names="vq10 vq1"))
    assert core.request_channel_byname(client, "vq1").index == 5
    for wrong in (client, MailboxClient("y", node=mboxes(bench, 4)), MailboxClient("z")):
        with pytest.raises(KernelError, match="EINVAL"):
            core.request_channel_byname(wrong, "vq")
    assert bench.log("err") == [f'client {name}: {WHERE} could not locate channel named "vq"' for name in "xyz"]


def test_a_channel_can_be_bound_without_a_device_tree(bench: Any) -> None:
    core: MailboxCore = bench.host.mailbox
    channel = core.controllers[0].channels[FIVE]
    assert core.bind_client(channel, MailboxClient("x")) == 0
    assert core.bind_client(channel, MailboxClient("y")) == -Errno.EBUSY
    assert channel.send() == 0
