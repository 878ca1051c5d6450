"""The mailbox core on the IPCC: queue, return codes, timeouts (linux-mailbox.md §1)."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.linux import Errno, KernelError, KernelFaultError, LinuxHost, MailboxClient
from mp1bench.linux.mailbox.controller import MBOX_NO_MSG, MailboxChannel, MailboxController
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.of import Node, Reference
from mp1bench.trace import Log

MS = 1_000_000
FIVE = 4  # CH5, as a device tree counts it


def with_kernel(bench: Any, kernel: str) -> Any:
    """The bench, with another kernel on it."""
    bench.host = LinuxHost(bench.engine, kernel=kernel)
    return bench


def mboxes(bench: Any, *cells: int, names: str | None = None) -> Node:
    """A client's node that names channels of the IPCC, and perhaps their names, separated by spaces."""
    ipcc = next(node for node in bench.host.tree.walk() if "st,stm32mp1-ipcc" in node.compatible)
    properties = {} if names is None else {"mbox-names": b"".join(n.encode() + b"\0" for n in names.split(" "))}
    references = {"mboxes": [Reference(ipcc, (cell,)) for cell in cells]}
    return Node("client", properties=properties, references=references)


def remarks(bench: Any) -> list[str]:
    return [event.text for event in bench.trace.events if isinstance(event, Log) and event.source == "bench"]


def test_sends_1_to_21_are_accepted_and_the_22nd_is_enobufs(bench: Any) -> None:
    channel = bench.host.request_channel(5)
    assert [channel.send() for _ in range(21)] == [*range(20), 0]
    assert channel.send() == -Errno.ENOBUFS == -105
    assert bench.log("err") == ["stm32-ipcc 4c001000.mailbox: Try increasing MBOX_TX_QUEUE_LEN"]


def test_one_doorbell_per_message_and_the_next_one_before_tx_done(bench: Any) -> None:
    peer = bench.peer(listens=(5,))
    seen: list[tuple[object, int, int]] = []
    channel = bench.host.request_channel(5, tx_done=lambda message, status: seen.append((message, status, bench.mark)))
    mark = bench.mark
    for word in (b"one", b"two", b"three"):
        channel.send(word)
    bench.run(100)
    assert peer.signals == [5, 5, 5]
    assert [(message, status) for message, status, _ in seen] == [(b"one", 0), (b"two", 0), (b"three", 0)]
    first_done = seen[0][2]
    assert bench.accesses("stm32_ipcc_send_data", mark)[:8] == [
        *("R08 00000000", "W08 00100000", "R04 FFFFFFE0", "W04 FFEFFFE0"),
        *("R08 00000000", "W08 00100000", "R04 FFFFFFE0", "W04 FFEFFFE0"),
    ]
    sent_before_done = [
        a for a in bench.trace.events[mark:first_done] if getattr(a, "function", "") == "stm32_ipcc_send_data"
    ]
    assert len(sent_before_done) == 8


def test_a_blocking_send_ends_at_exactly_its_timeout_rounded_up_to_a_tick(bench: Any) -> None:
    channel = bench.host.request_channel(5, tx_block=True, tx_tout=501)
    start = bench.engine.now
    assert channel.send() == -Errno.ETIME
    assert bench.engine.now - start == 504 * MS


def test_a_blocking_send_returns_its_slot_when_the_channel_is_freed(bench: Any) -> None:
    bench.peer(listens=(5,))
    channel = bench.host.request_channel(5, tx_block=True, tx_tout=500)
    assert (channel.send(), channel.send()) == (0, 1)
    assert bench.engine.now == 2 * (5_000 + 2_000)  # the peer's latency and Linux's


def test_a_blocking_send_inside_rx_callback_works(bench: Any) -> None:
    bench.peer(listens=(5,))
    results: list[int] = []
    channels: list[MailboxChannel] = []
    options = {"tx_block": True, "tx_tout": 500}
    channels.append(
        bench.host.request_channel(5, rx_callback=lambda message: results.append(channels[0].send()), **options)
    )
    bench.ipcc.write(0x18, 1 << 20, 4)
    bench.run(100)
    assert results == [0]
    assert bench.host.kernel.asleep == []


def test_a_late_ack_is_credited_to_the_next_message(bench: Any) -> None:
    peer = bench.peer(listens=())
    done: list[object] = []
    channel = bench.host.request_channel(
        5, tx_block=True, tx_tout=500, tx_done=lambda message, status: done.append((message, status))
    )
    assert channel.send(b"one") == -Errno.ETIME
    bench.engine.on_event("late", lambda tag: peer.free(5))
    bench.engine.schedule(bench.engine.now + 30 * MS, "late", "")
    assert channel.send(b"two") == 1
    assert done == [(b"one", -62), (b"two", 0)]
    assert remarks(bench) == [
        "CH5: the acknowledge of a message that had timed out comes late; Linux credits it to the next message"
    ]
    assert not [line for line in bench.log() if "late" in line]  # Linux does not notice


def test_an_acknowledge_in_time_and_a_late_one_that_finds_nothing_active_are_not_remarked(bench: Any) -> None:
    peer = bench.peer(listens=())
    channel = bench.host.request_channel(5, tx_block=True, tx_tout=500)
    assert channel.send() == -Errno.ETIME
    peer.free(5)
    bench.run(100)
    bench.engine.on_event("in time", lambda tag: peer.free(5))
    bench.engine.schedule(bench.engine.now + 30 * MS, "in time", "")
    assert channel.send() == 1
    assert remarks(bench) == []


def test_in_6_1_a_null_message_is_never_active_and_a_blocking_one_always_times_out(bench: Any) -> None:
    bench.peer(listens=(5,))
    channel = bench.host.request_channel(5, tx_block=True, tx_tout=500)
    assert channel.send(None) == -Errno.ETIME


def test_in_6_12_a_null_message_is_like_any_other(bench: Any) -> None:
    with_kernel(bench, "6.12").peer(listens=(5,))
    done: list[tuple[object, int]] = []
    channel = bench.host.request_channel(
        5, tx_block=True, tx_tout=500, tx_done=lambda message, status: done.append((message, status))
    )
    assert channel.send(None) == 0
    assert done == [(None, 0)]


def test_only_6_12_keeps_a_message_for_itself_and_refuses_it(bench: Any, new_bench: Any) -> None:
    assert bench.host.request_channel(5).send(MBOX_NO_MSG) == 0
    channel = with_kernel(new_bench(), "6.12").host.request_channel(5)
    assert channel.send(MBOX_NO_MSG) == -Errno.EINVAL
    assert channel.send() == 0


def test_sending_from_tx_prepare_is_a_deadlock(bench: Any) -> None:
    channels: list[MailboxChannel] = []
    client = MailboxClient("x", tx_prepare=lambda message: channels[0].send(), node=mboxes(bench, FIVE))
    channels.append(bench.host.mailbox.request_channel(client, 0))
    with pytest.raises(KernelFaultError, match="a deadlock in add_to_rbuf"):
        channels[0].send()


def test_freeing_a_channel_drops_its_queue_without_a_word(bench: Any) -> None:
    done: list[object] = []
    channel = bench.host.request_channel(5, tx_done=lambda message, status: done.append(message))
    channel.send(b"one")
    channel.send(b"two")
    channel.free()
    channel.free()
    assert done == []
    assert channel.send() == -Errno.EINVAL


def test_freeing_its_channel_inside_tx_done_kills_the_interrupt_thread(bench: Any) -> None:
    peer = bench.peer(listens=(5,))
    channels: list[MailboxChannel] = []
    channels.append(bench.host.request_channel(5, tx_done=lambda message, status: channels[0].free()))
    channels[0].send()
    bench.run(100)
    assert bench.log("emerg") == ["Oops: a NULL pointer dereference in tx_tick; the task irq/ipcc TX0 is dead"]
    assert peer.signals == [5]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_channels_of_remoteproc_are_busy(bench: Any, number: int) -> None:
    with pytest.raises(KernelError, match=r"-16 \(EBUSY\)"):
        bench.host.request_channel(number)


def test_a_seventh_channel_is_einval(bench: Any) -> None:
    with pytest.raises(KernelError, match=r"mailbox channel 0 for CH7: -22 \(EINVAL\)\."):
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
    with pytest.raises(KernelError, match=r"mailbox channel 0 for x: -22 \(EINVAL\)\."):
        bench.host.mailbox.request_channel(MailboxClient("x", node=node), 0)


def test_a_controller_that_is_about_to_go_is_busy(bench: Any) -> None:
    bench.host.mailbox.controllers[0].unloading = True
    with pytest.raises(KernelError, match="EBUSY"):
        bench.host.request_channel(5)


@pytest.mark.parametrize(
    ("kernel", "level", "owner"),
    [("6.1", "debug", "mbox_request_channel: No owner device node"), ("6.12", "err", "client y: No owner fwnode")],
)
def test_how_loud_a_refusal_is_depends_on_the_kernel(bench: Any, kernel: str, level: str, owner: str) -> None:
    core: MailboxCore = with_kernel(bench, kernel).host.mailbox
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
        with pytest.raises(KernelError, match=rf'mailbox channel "vq2" for {wrong.name}: -22 \(EINVAL\)\.'):
            core.request_channel_byname(wrong, "vq2")
    assert bench.log("err") == [
        f'client x: {WHERE} could not locate channel named "vq2"',
        f'client y: {WHERE} requires an "mbox-names" property',
        f"client z: {WHERE} currently only supports DT",
    ]
    assert core.request_channel_byname(MailboxClient("w", node=mboxes(bench, 5, names="stop")), "").index == 5


def test_in_6_12_names_match_exactly_and_there_is_one_complaint(bench: Any) -> None:
    core: MailboxCore = with_kernel(bench, "6.12").host.mailbox
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


def test_what_the_kernel_does_not_check_is_a_null_pointer_dereference(bench: Any) -> None:
    core: MailboxCore = bench.host.mailbox
    for request in (core.client_txdone(None, 0), core.flush(None, 0)):
        with pytest.raises(KernelFaultError, match="a NULL pointer dereference in mbox_"):
            bench.host.kernel.call(request)
    with pytest.raises(KernelFaultError, match="a NULL pointer dereference in mbox_client_peek_data"):
        core.peek_data(None)
    core.free_channel(None)
    assert bench.host.kernel.call(core.send_message(None, b"")) == -Errno.EINVAL


def test_an_acknowledge_for_a_queue_that_its_owner_has_left_is_an_oops(bench: Any) -> None:
    peer = bench.peer(listens=())
    channel = bench.host.request_channel(5)
    channel.send(b"one")
    channel.send(b"two")
    channel.free()
    bench.ipcc.write(0x04, bench.ipcc.read(0x04, 4) & ~(1 << 16 + FIVE), 4)  # a third party unmasks TX-free
    peer.free(5)
    bench.run(100)
    assert bench.log("emerg") == ["Oops: a NULL pointer dereference in msg_submit; the task irq/ipcc TX0 is dead"]


def test_freeing_the_channel_in_tx_done_of_a_message_that_timed_out_does_no_harm(bench: Any) -> None:
    channels: list[MailboxChannel] = []
    channels.append(
        bench.host.request_channel(5, tx_block=True, tx_tout=4, tx_done=lambda message, status: channels[0].free())
    )
    assert channels[0].send() == -Errno.ETIME
    assert channels[0].client is None


def test_a_timeout_of_the_former_owner_gives_up_the_message_of_the_new_one(bench: Any) -> None:
    """Whoever times out ticks the channel, and the channel has changed hands meanwhile."""
    done: list[tuple[object, int, int]] = []
    former = bench.host.request_channel(5, tx_block=True, tx_tout=500)
    bench.host.kernel.start("former owner", bench.host.mailbox.send_message(former, b"old"))
    former.free()
    new = bench.host.request_channel(
        5, tx_done=lambda message, status: done.append((message, status, bench.engine.now))
    )
    bench.run(100_000)
    new.send(b"new")
    bench.run(1_000_000)
    assert done == [(b"new", -Errno.ETIME, 500 * MS)]


def test_the_ipcc_has_no_flush_no_peek_and_no_client_ticker(bench: Any) -> None:
    core: MailboxCore = bench.host.mailbox
    channel = bench.host.request_channel(5)
    assert bench.host.kernel.call(core.flush(channel, 10)) == -Errno.ENOTSUPP == -524
    assert core.peek_data(channel) is False
    bench.host.kernel.call(core.client_txdone(channel, 0))
    assert bench.log("err") == ["stm32-ipcc 4c001000.mailbox: Client can't run the TX ticker"]


class Soft:
    """A controller whose hardware is a list."""

    def __init__(self) -> None:
        self.sent: list[object] = []
        self.startup_error = 0
        self.log: list[str] = []

    def startup(self, channel: MailboxChannel) -> int:
        self.log.append("startup")
        return self.startup_error

    def shutdown(self, channel: MailboxChannel) -> None:
        self.log.append("shutdown")

    def send_data(self, channel: MailboxChannel, message: object) -> int:
        self.sent.append(message)
        return 0


def soft(bench: Any, **options: Any) -> tuple[Soft, MailboxController, MailboxClient]:
    ops = Soft()
    node = Node("soft")
    controller = MailboxController(node, "soft-mbox soft", ops, 1, **options)
    client = Node("client", references={"mboxes": [Reference(node, (0,))]})
    return ops, controller, MailboxClient("x", node=client)


def test_a_polled_controller_is_asked_at_once_and_then_once_a_period(bench: Any) -> None:
    asked: list[int] = []

    def last_tx_done(channel: MailboxChannel) -> bool:
        asked.append(bench.engine.now)
        return asked[-1] >= 25 * MS

    ops, controller, client = soft(bench, txdone_poll=True, txpoll_period=10, last_tx_done=last_tx_done)
    assert bench.host.mailbox.register(controller) == 0
    channel = bench.host.mailbox.request_channel(client, 0)
    channel.send(b"one")
    channel.send(b"two")
    bench.run(100_000)
    assert ops.sent == [b"one", b"two"]
    assert asked == [0, 10 * MS, 20 * MS, 30 * MS, 30 * MS]


def test_a_polled_controller_without_last_tx_done_is_refused(bench: Any) -> None:
    _, controller, _ = soft(bench, txdone_poll=True)
    assert bench.host.mailbox.register(controller) == -Errno.EINVAL
    assert bench.log("err") == ["soft-mbox soft: last_tx_done method is absent"]


def test_a_client_that_ticks_itself_lets_the_next_message_go(bench: Any) -> None:
    ops, controller, client = soft(bench)
    core: MailboxCore = bench.host.mailbox
    core.register(controller)
    channel = core.request_channel(client, 0)
    channel.send(b"one")
    channel.send(b"two")
    assert ops.sent == [b"one"]
    bench.host.kernel.call(core.client_txdone(channel, 0))
    assert ops.sent == [b"one", b"two"]
    bench.host.kernel.call(core.txdone(channel, 0))
    assert bench.log("err") == ["soft-mbox soft: Controller can't run the TX ticker"]


def test_a_failing_startup_releases_the_channel_and_shuts_it_down(bench: Any) -> None:
    ops, controller, client = soft(bench)
    ops.startup_error = -5
    bench.host.mailbox.register(controller)
    with pytest.raises(KernelError, match=r"-5 \(EIO\)"):
        bench.host.mailbox.request_channel(client, 0)
    assert ops.log == ["startup", "shutdown"]
    assert bench.log("err") == ["client x: Unable to startup the chan (-5)"]
    assert controller.channels[0].client is None


def test_after_its_first_owner_a_client_ticked_channel_is_polled_by_a_timer_that_nobody_set_up(bench: Any) -> None:
    ops, controller, client = soft(bench)
    core: MailboxCore = bench.host.mailbox
    core.register(controller)
    core.request_channel(client, 0).free()
    channel = core.request_channel(client, 0)
    channel.send(b"one")
    channel.send(b"two")
    bench.host.kernel.call(core.client_txdone(channel, 0))
    bench.run(1000)
    assert ops.sent == [b"one"]  # busy for ever
    assert bench.log("err") == ["soft-mbox soft: Client can't run the TX ticker"]
    assert bench.log("warn") == ["txdone: the timer was never set up and will not run"]


def test_a_client_of_a_polled_controller_may_tick_itself_until_it_goes(bench: Any) -> None:
    _, controller, client = soft(bench, txdone_poll=True, txpoll_period=10, last_tx_done=lambda channel: False)
    core: MailboxCore = bench.host.mailbox
    core.register(controller)
    client.knows_txdone = True
    channel = core.request_channel(client, 0)
    assert channel.txdone_method == "ack"
    channel.free()
    assert channel.txdone_method == "poll"


def test_a_message_that_the_controller_refuses_stays_queued_until_the_next_one(bench: Any) -> None:
    ops, controller, client = soft(bench)
    core: MailboxCore = bench.host.mailbox
    core.register(controller)
    channel = core.request_channel(client, 0)
    accepts = ops.send_data
    ops.send_data = lambda channel, message: -5  # type: ignore[method-assign]
    assert channel.send(b"one") == 0
    ops.send_data = accepts  # type: ignore[method-assign]
    bench.run(1000)
    assert ops.sent == []
    assert channel.send(b"two") == 1
    assert ops.sent == [b"one"]


def test_a_failing_flush_ticks_with_its_error(bench: Any) -> None:
    _, controller, client = soft(bench, flush=lambda channel, timeout_ms: -5)
    done: list[tuple[object, int]] = []
    client.tx_done = lambda message, status: done.append((message, status))
    core: MailboxCore = bench.host.mailbox
    core.register(controller)
    channel = core.request_channel(client, 0)
    channel.send(b"one")
    assert bench.host.kernel.call(core.flush(channel, 10)) == -5
    assert done == [(b"one", -5)]


def test_requesting_a_channel_while_one_is_being_requested_is_a_deadlock(bench: Any) -> None:
    ops, controller, client = soft(bench)
    core: MailboxCore = bench.host.mailbox
    core.register(controller)
    ops.startup = lambda channel: core.request_channel(client, 0).index  # type: ignore[method-assign]
    with pytest.raises(KernelFaultError, match="a deadlock in mbox_request_channel"):
        core.request_channel(client, 0)
