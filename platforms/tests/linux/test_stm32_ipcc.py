"""The IPCC's driver: the register accesses of each event, in the driver's order (linux-mailbox.md §2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.board import Board
from mp1bench.linux import KernelFaultError
from mp1bench.trace import Effect

C1CR, C1MR, C2SCR = 0x00, 0x04, 0x18
RX = [1 << 16 + n for n in range(6)]  # as the M4 writes them to C2SCR


def test_startup_and_shutdown(bench: Any) -> None:
    bench.host.probe()
    mark = bench.mark
    channel = bench.host.request_channel(5)
    assert bench.accesses("stm32_ipcc_startup", mark) == ["R04 FFFFFFF0", "W04 FFFFFFE0"]
    mark = bench.mark
    channel.free()
    assert bench.accesses(since=mark) == ["R04 FFFFFFE0", "W04 FFFFFFF0"]


def test_send_occupies_first_and_unmasks_second(bench: Any) -> None:
    channel = bench.host.request_channel(5)
    mark = bench.mark
    channel.send()
    assert bench.accesses(since=mark) == ["R08 00000000", "W08 00100000", "R04 FFFFFFE0", "W04 FFEFFFE0"]


def test_an_acknowledge_between_the_two_writes_of_a_send_is_seen(bench: Any) -> None:
    done: list[int] = []
    channel = bench.host.request_channel(5, tx_done=lambda message, status: done.append(status))
    peer = bench.peer(listens=())
    bench.engine.observers.append(lambda: peer.free(5) if bench.ipcc.read(0x0C, 4) else None)
    channel.send()
    assert bench.ipcc.read(0x0C, 4) == 0
    bench.run(100)
    assert done == [0]


def test_tx_free_interrupt(bench: Any) -> None:
    peer = bench.peer(listens=())
    channel = bench.host.request_channel(5)
    channel.send()
    mark = bench.mark
    peer.free(5)
    assert bench.accesses(since=mark) == []
    bench.run(2)
    assert bench.accesses("stm32_ipcc_tx_irq", mark) == ["R0C 00000000", "R04 FFEFFFE0", "R04 FFEFFFE0", "W04 FFFFFFE0"]
    bench.run(100)
    assert len(bench.accesses(since=mark)) == 4


def test_rx_interrupt_calls_the_client_before_it_acknowledges(bench: Any) -> None:
    seen: list[int] = []
    bench.host.request_channel(5, rx_callback=lambda message: seen.append(bench.ipcc.read(0x1C, 4)))
    mark = bench.mark
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.run(2)
    assert seen == [0x10]
    assert bench.accesses("stm32_ipcc_rx_irq", mark) == ["R1C 00000010", "R04 FFFFFFE0", "R08 00000000", "W08 00000010"]
    bench.run(100)
    assert len(bench.accesses(since=mark)) == 4


def test_channels_are_served_from_the_lowest_up_and_sampled_once(bench: Any) -> None:
    order: list[int] = []

    def six(message: object) -> None:
        order.append(6)

    def five(message: object) -> None:
        order.append(5)
        if len(order) == 1:
            bench.ipcc.write(C2SCR, RX[5], 4)  # too late for this interrupt, which has sampled the flags

    bench.host.request_channel(6, rx_callback=six)
    bench.host.request_channel(5, rx_callback=five)
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.run(2)
    assert order == [5]
    bench.run(2)
    assert order == [5, 6]
    bench.ipcc.write(C2SCR, RX[4] | RX[5], 4)
    bench.run(2)
    assert order == [5, 6, 5, 6]


def test_two_posts_before_the_acknowledge_are_one_callback(bench: Any) -> None:
    seen: list[object] = []
    bench.host.request_channel(5, rx_callback=seen.append)
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.run(100)
    assert seen == [None]


def test_a_flag_that_nobody_owns_stays_and_is_delivered_on_request(bench: Any) -> None:
    bench.host.probe()
    bench.ipcc.write(C2SCR, RX[4], 4)
    mark = bench.mark
    bench.run(1000)
    assert bench.accesses(since=mark) == []
    assert bench.ipcc.read(0x1C, 4) == 0x10
    seen: list[object] = []
    bench.host.request_channel(5, rx_callback=seen.append)
    bench.run(2)
    assert seen == [None]
    assert bench.ipcc.read(0x1C, 4) == 0


def test_a_line_that_falls_before_its_handler_runs_is_not_served(bench: Any) -> None:
    bench.host.request_channel(5)
    mark = bench.mark
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.ipcc.write(0x08, 0x10, 4)  # a third party acknowledges
    bench.run(100)
    assert bench.accesses(since=mark) == []


def test_a_line_that_nobody_can_serve_is_disabled_like_the_kernel_does(bench: Any, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench)
    driver.ipcc.probe()
    entries = 0

    def handler() -> Any:
        nonlocal entries
        entries += 1
        return False
        yield

    line = driver.interrupt("rx")
    line.free()
    line.request(handler)
    bench.ipcc.write(C1MR, 0xFFFFFFFE, 4)
    bench.ipcc.write(C2SCR, RX[0], 4)
    bench.run(300_000)
    assert entries == 100_000
    assert bench.log("err") == ["irq ipcc RX0: nobody cared: the line is disabled"]
    assert not line.pending
    line.free()
    line.request(handler)  # a driver that is bound anew starts anew
    bench.run(10)
    assert entries > 100_000


def test_rx_on_a_channel_that_someone_else_unmasked_is_an_oops_and_the_thread_is_dead(bench: Any) -> None:
    bench.host.probe()
    bench.ipcc.write(C1MR, bench.ipcc.read(C1MR, 4) & ~0x10, 4)  # the wrong bank, as Zephyr once did
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.run(1000)
    assert bench.log("emerg") == [
        "Oops: a NULL pointer dereference in mbox_chan_received_data; the task irq/ipcc RX0 is dead"
    ]
    bench.ipcc.write(0x08, 0x10, 4)
    bench.ipcc.write(C2SCR, RX[4], 4)  # a new edge
    bench.run(1000)
    assert len(bench.log("emerg")) == 1


def test_tx_free_unmasked_by_someone_else_does_no_harm(bench: Any) -> None:
    bench.host.probe()
    mark = bench.mark
    bench.ipcc.write(C1MR, bench.ipcc.read(C1MR, 4) & ~(1 << 20), 4)
    bench.run(1000)
    assert bench.accesses(since=mark) == ["R0C 00000000", "R04 FFEFFFF0", "R04 FFEFFFF0", "W04 FFFFFFF0"]
    assert bench.log("emerg") == []


def test_suspend_saves_and_resume_restores_mask_and_enables(bench: Any, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench)
    driver.ipcc.probe()
    mark = bench.mark
    driver.ipcc.suspend()
    bench.ipcc.reset()
    driver.ipcc.resume()
    assert bench.accesses(since=mark) == ["R04 FFFFFFFF", "R00 00010001", "W04 FFFFFFFF", "W00 00010001"]


def test_only_suspend_and_resume_come_with_the_clock_off_and_only_while_no_channel_is_owned(lone_ipcc: Any) -> None:
    """The driver takes no clock for them (linux-mailbox.md §2.2): it saves zeros, and nothing is written back."""
    board = Board(engine="bare", host="none", clock_gating=True)
    driver = lone_ipcc(board)
    driver.ipcc.probe()
    assert driver.ipcc.controller is not None
    channel = driver.ipcc.controller.channels[4]
    driver.ipcc.startup(channel)
    driver.ipcc.send_data(channel, None)
    driver.ipcc.suspend()
    driver.ipcc.resume()
    driver.ipcc.shutdown(channel)
    assert board.trace is not None
    mark = len(board.trace.events)
    assert not [event for event in board.trace.events if isinstance(event, Effect) and event.kind == "illegal"]
    driver.ipcc.suspend()
    driver.ipcc.resume()
    assert [event.subject for event in board.trace.events[mark:] if isinstance(event, Effect)] == [
        f"{verb} {register} with the clock off" for verb in ("read of", "write to") for register in ("C1MR", "C1CR")
    ]
    assert board.registers()["C1CR"] == 0x00010001


def test_remove_shuts_the_owned_channels_down_and_leaves_the_enables(bench: Any) -> None:
    bench.host.probe()
    mark = bench.mark
    bench.host.platform.unbind("4c001000.mailbox")
    assert bench.accesses(since=mark) == [
        *("R04 FFFFFFF0", "W04 FFFFFFF1", "R04 FFFFFFF1", "W04 FFFFFFF3"),
        *("R04 FFFFFFF3", "W04 FFFFFFF7", "R04 FFFFFFF7", "W04 FFFFFFFF"),
    ]
    assert bench.ipcc.read(C1CR, 4) == 0x00010001


def test_debug_lines_are_off_until_they_are_switched_on(bench: Any) -> None:
    channel = bench.host.request_channel(5)
    channel.send()
    assert bench.log("debug") == []
    bench.host.kernel.dynamic_debug.enable("file stm32-ipcc.c +p")
    bench.peer(listens=(5,))
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.run(100)
    prefix = "stm32-ipcc 4c001000.mailbox: "
    assert bench.log("debug") == [f"{prefix}stm32_ipcc_rx_irq: chan:4 rx", f"{prefix}stm32_ipcc_tx_irq: chan:4 tx"]


def test_a_leftover_flag_survives_probe_and_is_delivered_on_request(bench: Any, lone_ipcc: Any) -> None:
    """The masks of a previous life are open: the interrupt comes in vain, and what it is about is not lost."""
    bench.ipcc.write(C1CR, 0x00010001, 4)
    bench.ipcc.write(C1MR, 0, 4)
    bench.ipcc.write(C2SCR, RX[4], 4)
    driver = lone_ipcc(bench)
    assert driver.ipcc.probe() == 0
    bench.run(100)
    assert bench.ipcc.read(0x1C, 4) == 0x10
    seen: list[object] = []
    driver.request(4, rx_callback=seen.append)
    bench.run(100)
    assert seen == [None]
    assert bench.ipcc.read(0x1C, 4) == 0


@pytest.mark.parametrize("what", ["suspend", "resume"])
def test_suspend_without_probe_is_a_null_pointer_dereference(bench: Any, what: str, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench)
    with pytest.raises(KernelFaultError, match=f"a NULL pointer dereference in stm32_ipcc_{what}"):
        getattr(driver.ipcc, what)()
