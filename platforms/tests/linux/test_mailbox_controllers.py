"""Controllers that are not the IPCC: asked by a timer, ticked by their client (linux-mailbox.md §1.2, §1.3)."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.linux import Errno, KernelError, KernelFaultError, MailboxClient
from mp1bench.linux.mailbox.controller import MailboxChannel, MailboxController
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.of import Node, Reference

MS = 1_000_000


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
