"""The IPCC's driver: the register accesses of each event, in the driver's order (linux-mailbox.md §2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.board import Board
from mp1bench.linux import Errno
from mp1bench.linux.kernel.clk import Clock
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.irq import Interrupt
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.mailbox.stm32_ipcc import IpccNode, Stm32Ipcc
from mp1bench.trace import Effect

C1CR, C1MR, C2SCR = 0x00, 0x04, 0x18
RX = [1 << 16 + n for n in range(6)]  # as the M4 writes them to C2SCR


class Driver:
    """The driver alone, on a bench whose host is left unused."""

    def __init__(self, bench: Any, node: IpccNode | None = None) -> None:
        self.kernel = Kernel(bench.engine)
        self.core = MailboxCore(self.kernel)
        self.clock = Clock(self.kernel, bench.engine, "ck_ipcc", 0x50000A20, 12)
        rx, tx = (Interrupt(self.kernel, "ipcc", line, 2_000) for line in ("RX0", "TX0"))
        self.ipcc = Stm32Ipcc(self.kernel, bench.engine, self.core, node or IpccNode(), self.clock, rx, tx)


def test_probe(bench: Any) -> None:
    assert Driver(bench).ipcc.probe() == 0
    assert bench.accesses() == [
        *("R04 FFFFFFFF", "W04 FFFFFFFF", "R00 00000000", "W00 00010001", "R3F0 00000006", "R3F4 00000010"),
    ]
    assert bench.log() == ["stm32-ipcc 4c001000.mailbox: ipcc rev:1.0 enabled, 6 chans, proc 0"]


def test_probe_keeps_what_it_finds_in_the_enables(bench: Any) -> None:
    bench.ipcc.write(C1CR, 0x00010000, 4)
    Driver(bench).ipcc.probe()
    assert bench.accesses()[2:4] == ["R00 00010000", "W00 00010001"]


def test_the_clock_is_off_after_probe_and_held_by_each_owned_channel(bench: Any) -> None:
    driver = Driver(bench)
    driver.ipcc.probe()
    assert (bench.engine.read(0x50000A20), bench.engine.read(0x50000A24)) == (1 << 12, 1 << 12)
    assert driver.clock.users == 0
    assert driver.ipcc.controller is not None
    channels = driver.ipcc.controller.channels
    assert [driver.ipcc.startup(channel) for channel in channels[:2]] == [0, 0]
    assert driver.clock.users == 2
    driver.ipcc.shutdown(channels[0])
    assert driver.clock.users == 1


@pytest.mark.parametrize(
    ("proc_id", "code", "line"),
    [(None, -Errno.ENODEV, "Missing st,proc-id"), (2, -Errno.EINVAL, "Invalid proc_id (2)")],
)
def test_a_wrong_proc_id_is_refused_before_any_access(bench: Any, proc_id: int | None, code: int, line: str) -> None:
    assert Driver(bench, IpccNode(proc_id=proc_id)).ipcc.probe() == code
    assert bench.accesses() == []
    assert bench.log("err") == [f"stm32-ipcc 4c001000.mailbox: {line}"]


def test_an_ipcc_without_channels_is_refused_with_everything_masked(bench: Any) -> None:
    bench.ipcc._words[0x3F0] = 0
    assert Driver(bench).ipcc.probe() == -Errno.EINVAL
    assert bench.accesses()[-1] == "R3F0 00000000"
    assert bench.log() == []


def test_processor_1_uses_the_other_bank(bench: Any) -> None:
    driver = Driver(bench, IpccNode(proc_id=1))
    driver.ipcc.probe()
    assert bench.accesses()[:4] == ["R14 FFFFFFFF", "W14 FFFFFFFF", "R10 00000000", "W10 00010001"]


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


def test_a_line_that_nobody_can_serve_is_disabled_like_the_kernel_does(bench: Any) -> None:
    driver = Driver(bench)
    driver.ipcc.probe()
    entries = 0

    def handler() -> Any:
        nonlocal entries
        entries += 1
        return False
        yield

    driver.ipcc._rx._handler = handler
    bench.ipcc.write(C1MR, 0xFFFFFFFE, 4)
    bench.ipcc.write(C2SCR, RX[0], 4)
    bench.run(300_000)
    assert entries == 100_000
    assert bench.log("err") == ["irq ipcc RX0: nobody cared: the line is disabled"]


def test_rx_on_a_channel_that_someone_else_unmasked_is_an_oops_and_the_thread_is_dead(bench: Any) -> None:
    bench.host.probe()
    bench.ipcc.write(C1MR, bench.ipcc.read(C1MR, 4) & ~0x10, 4)  # the wrong bank, as Zephyr once did
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.run(1000)
    assert bench.log("emerg") == [
        "Oops: a NULL pointer dereference in mbox_chan_received_data; the task irq/ipcc RX0 is dead"
    ]


def test_tx_free_unmasked_by_someone_else_does_no_harm(bench: Any) -> None:
    bench.host.probe()
    mark = bench.mark
    bench.ipcc.write(C1MR, bench.ipcc.read(C1MR, 4) & ~(1 << 20), 4)
    bench.run(1000)
    assert bench.accesses(since=mark) == ["R0C 00000000", "R04 FFEFFFF0", "R04 FFEFFFF0", "W04 FFFFFFF0"]
    assert bench.log("emerg") == []


def test_suspend_saves_and_resume_restores_mask_and_enables(bench: Any) -> None:
    driver = Driver(bench)
    driver.ipcc.probe()
    mark = bench.mark
    driver.ipcc.suspend()
    bench.ipcc.reset()
    driver.ipcc.resume()
    assert bench.accesses(since=mark) == ["R04 FFFFFFFF", "R00 00010001", "W04 FFFFFFFF", "W00 00010001"]


def test_only_suspend_and_resume_come_with_the_clock_off_and_only_while_no_channel_is_owned() -> None:
    """The driver takes no clock for them (linux-mailbox.md §2.2): it saves zeros, and nothing is written back."""
    board = Board(engine="bare", host="none", clock_gating=True)
    driver = Driver(board)
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
    bench.host._ipcc.remove()
    assert bench.accesses(since=mark) == [
        *("R04 FFFFFFF0", "W04 FFFFFFF1", "R04 FFFFFFF1", "W04 FFFFFFF3"),
        *("R04 FFFFFFF3", "W04 FFFFFFF7", "R04 FFFFFFF7", "W04 FFFFFFFF"),
    ]
    assert bench.ipcc.read(C1CR, 4) == 0x00010001


def test_debug_lines_are_off_until_they_are_switched_on(bench: Any) -> None:
    channel = bench.host.request_channel(5)
    channel.send()
    assert bench.log("debug") == []
    bench.host.kernel.dynamic_debug.add("stm32-ipcc.c")
    bench.peer(listens=(5,))
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.run(100)
    prefix = "stm32-ipcc 4c001000.mailbox: "
    assert bench.log("debug") == [f"{prefix}stm32_ipcc_rx_irq: chan:4 rx", f"{prefix}stm32_ipcc_tx_irq: chan:4 tx"]
