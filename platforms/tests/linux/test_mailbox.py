"""The mailbox core on the IPCC: queue, return codes, timeouts (linux-mailbox.md §1)."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.linux import Errno, KernelFaultError
from mp1bench.linux.mailbox.controller import MBOX_NO_MSG, MailboxChannel
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.trace import Log

MS = 1_000_000
FIVE = 4  # CH5, as a device tree counts it


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


def test_a_new_owner_starts_without_the_former_ones_debts(bench: Any) -> None:
    peer = bench.peer(listens=())
    options = {"tx_block": True, "tx_tout": 500}
    former = bench.host.request_channel(5, **options)
    assert former.send() == -Errno.ETIME
    former.free()
    peer.free(5)
    bench.run(100)
    new = bench.host.request_channel(5, **options)
    bench.engine.on_event("in time", lambda tag: peer.free(5))
    bench.engine.schedule(bench.engine.now + 30 * MS, "in time", "")
    assert new.send() == 0
    assert remarks(bench) == []


def test_an_acknowledge_that_nobody_waited_for_does_not_end_the_send_of_a_new_owner(bench: Any) -> None:
    peer = bench.peer(listens=())
    former = bench.host.request_channel(5)
    former.send()
    former.client.tx_block = True
    peer.free(5)
    bench.run(100)
    former.free()
    assert bench.host.request_channel(5, tx_block=True, tx_tout=500).send() == -Errno.ETIME


def test_a_blocking_send_without_a_timeout_waits_for_an_hour(bench: Any) -> None:
    assert bench.host.request_channel(5, tx_block=True).send() == -Errno.ETIME
    assert bench.engine.now == 3600 * 1000 * MS


def test_in_6_1_a_null_message_is_never_active_and_a_blocking_one_always_times_out(bench: Any) -> None:
    bench.peer(listens=(5,))
    channel = bench.host.request_channel(5, tx_block=True, tx_tout=500)
    assert channel.send(None) == -Errno.ETIME


def test_in_6_12_a_null_message_is_like_any_other(new_bench: Any) -> None:
    bench = new_bench(kernel="6.12")
    bench.peer(listens=(5,))
    done: list[tuple[object, int]] = []
    channel = bench.host.request_channel(
        5, tx_block=True, tx_tout=500, tx_done=lambda message, status: done.append((message, status))
    )
    assert channel.send(None) == 0
    assert done == [(None, 0)]


def test_only_6_12_keeps_a_message_for_itself_and_refuses_it(bench: Any, new_bench: Any) -> None:
    assert bench.host.request_channel(5).send(MBOX_NO_MSG) == 0
    channel = new_bench(kernel="6.12").host.request_channel(5)
    assert channel.send(MBOX_NO_MSG) == -Errno.EINVAL
    assert channel.send() == 0


def test_sending_from_tx_prepare_is_a_deadlock(bench: Any) -> None:
    channels: list[MailboxChannel] = []
    channels.append(bench.host.request_channel(5))
    assert channels[0].client is not None
    channels[0].client.tx_prepare = lambda message: channels[0].send()
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
