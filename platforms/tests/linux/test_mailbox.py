"""The mailbox core on the IPCC: queue, return codes, timeouts (linux-mailbox.md §1)."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.linux import Errno, KernelError, KernelFaultError, MailboxClient, MailboxNode
from mp1bench.linux.mailbox.controller import MailboxChannel, MailboxController
from mp1bench.linux.mailbox.core import MailboxCore

MS = 1_000_000


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


def test_a_null_message_is_never_active_and_a_blocking_one_always_times_out(bench: Any) -> None:
    bench.peer(listens=(5,))
    channel = bench.host.request_channel(5, tx_block=True, tx_tout=500)
    assert channel.send(None) == -Errno.ETIME


def test_sending_from_tx_prepare_is_a_deadlock(bench: Any) -> None:
    channels: list[MailboxChannel] = []
    client = MailboxClient("x", tx_prepare=lambda message: channels[0].send(), node=MailboxNode([("ipcc", 4)]))
    channels.append(bench.host.mailbox.request_channel(client, 0))
    with pytest.raises(KernelFaultError, match="a deadlock in mbox_send_message"):
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


@pytest.mark.parametrize(
    ("node", "index", "code"),
    [
        (None, 0, -19),
        (MailboxNode(), 0, -2),
        (MailboxNode([(None, 0)]), 0, -2),
        (MailboxNode([("ipcc", 4)]), 1, -2),
        (MailboxNode([("other", 4)]), 0, -517),
        (MailboxNode([("ipcc", None)]), 0, -22),
    ],
)
def test_a_wrong_node_is_refused_with_the_kernels_number(
    bench: Any, node: MailboxNode | None, index: int, code: int
) -> None:
    with pytest.raises(KernelError) as refusal:
        bench.host.mailbox.request_channel(MailboxClient("x", node=node), index)
    assert refusal.value.code == code


def test_names_match_by_prefix_and_wrong_ones_are_logged(bench: Any) -> None:
    core: MailboxCore = bench.host.mailbox
    client = MailboxClient("x", node=MailboxNode([("ipcc", 4), ("ipcc", 5)], ["vq10", "stop"]))
    assert core.request_channel_byname(client, "vq1").index == 4
    with pytest.raises(KernelError, match="EINVAL"):
        core.request_channel_byname(client, "vq2")
    with pytest.raises(KernelError, match="EINVAL"):
        core.request_channel_byname(MailboxClient("y", node=MailboxNode([("ipcc", 5)])), "stop")
    with pytest.raises(KernelError, match="EINVAL"):
        core.request_channel_byname(MailboxClient("z"), "stop")
    where = "mbox_request_channel_byname()"
    assert bench.log("err") == [
        f'client x: {where} could not locate channel named "vq2"',
        f'client y: {where} requires an "mbox-names" property',
        f"client z: {where} currently only supports DT",
    ]


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
    controller = MailboxController("soft", "soft-mbox soft", ops, 1, **options)
    return ops, controller, MailboxClient("x", node=MailboxNode([("soft", 0)]))


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
