"""The IPCC's driver: the register accesses of each event, in the driver's order (linux-mailbox.md §2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.board import Board
from mp1bench.linux import Errno, KernelError, KernelFaultError, MailboxClient
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.flavour import find_flavour
from mp1bench.linux.kernel.irq import Interrupt
from mp1bench.linux.mailbox.controller import MailboxChannel
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.mailbox.stm32_ipcc import Stm32Ipcc
from mp1bench.linux.of import Node, Reference
from mp1bench.linux.platform_bus import PlatformDevice
from mp1bench.linux.soc import Soc
from mp1bench.trace import Effect

C1CR, C1MR, C2SCR = 0x00, 0x04, 0x18
RX = [1 << 16 + n for n in range(6)]  # as the M4 writes them to C2SCR


def cells(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)


class Driver:
    """The driver alone, on a bench whose host is left unused: the node of §2.6, and its clock and interrupts."""

    def __init__(self, bench: Any, kernel: str = "6.1") -> None:
        self.kernel = Kernel(bench.engine, flavour=find_flavour(kernel))
        self.core = MailboxCore(self.kernel)
        soc = Soc(self.kernel, bench.engine, "ipcc", 2_000)
        root = Node("", properties={"#address-cells": cells(1), "#size-cells": cells(1)})
        compatible = [("rcc@50000000", b"st,stm32mp1-rcc\0"), ("exti", b"st,stm32mp1-exti\0")]
        rcc, exti = (Node(name, root, properties={"compatible": what}) for name, what in compatible)
        rcc.properties["reg"] = cells(0x50000000, 0x1000)
        gic = Node("gic", root, properties={"compatible": b"arm,cortex-a7-gic\0"})
        self.node = Node("mailbox@4c001000", root)
        self.node.properties.update({"reg": cells(0x4C001000, 0x400), "st,proc-id": cells(0)})
        self.node.properties["interrupt-names"] = b"rx\0tx\0"
        self.node.refer("clocks", [Reference(rcc, (83,))])
        self.node.refer("interrupts-extended", [Reference(exti, (61, 1)), Reference(gic, (0, 101, 4))])
        self.device = PlatformDevice("4c001000.mailbox", self.node, soc)
        clock = soc.clock(rcc, (83,))
        assert clock is not None
        self.clock = clock
        self.ipcc = Stm32Ipcc(self.kernel, bench.engine, self.core, self.device)

    def interrupt(self, name: str) -> Interrupt:
        interrupt = self.device.irq_byname(name)
        assert isinstance(interrupt, Interrupt)
        return interrupt

    def request(self, cell: int, **options: Any) -> MailboxChannel:
        node = Node("client", references={"mboxes": [Reference(self.node, (cell,))]})
        return self.core.request_channel(MailboxClient(f"c{cell}", node=node, **options), 0)


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


def without(node: Node, name: str) -> None:
    node.properties.pop(name, None)
    node.refer(name, [])


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        (lambda d: setattr(d.device, "node", None), -Errno.ENODEV, "No DT found"),
        (lambda d: without(d.node, "st,proc-id"), -Errno.ENODEV, "Missing st,proc-id"),
        (lambda d: d.node.properties.update({"st,proc-id": cells(2)}), -Errno.EINVAL, "Invalid proc_id (2)"),
        (lambda d: d.node.properties.update({"st,proc-id": cells(0xFFFFFFFF)}), -Errno.EINVAL, "Invalid proc_id (-1)"),
        (lambda d: without(d.node, "reg"), -Errno.EINVAL, None),
        (lambda d: without(d.node, "clocks"), -Errno.ENOENT, None),
        (lambda d: d.node.refer("clocks", [Reference(d.node, (83,))]), -Errno.EPROBE_DEFER, None),
        (lambda d: setattr(d.clock, "error", -5), -5, "can not enable the clock"),
    ],
)
def test_what_is_missing_is_refused_before_any_access(bench: Any, wrong: Any, code: int, said: str | None) -> None:
    driver = Driver(bench)
    wrong(driver)
    assert driver.ipcc.probe() == code
    assert bench.accesses() == []
    assert driver.clock.users == 0
    assert bench.log("err") == ([] if said is None else [f"stm32-ipcc 4c001000.mailbox: {said}"])


@pytest.mark.parametrize("names", [b"tx\0", b"rx\0"])
def test_a_missing_interrupt_is_refused_with_the_clock_off_again(bench: Any, names: bytes) -> None:
    driver = Driver(bench)
    driver.node.properties["interrupt-names"] = names
    assert driver.ipcc.probe() == -Errno.ENXIO
    assert bench.accesses() == []
    assert driver.clock.users == 0
    driver.node.properties["interrupt-names"] = b"rx\0tx\0"
    assert not driver.interrupt("rx").installed


def test_an_interrupt_that_cannot_be_installed_is_named(bench: Any) -> None:
    driver = Driver(bench)
    driver.interrupt("tx").request = lambda handler: -16  # type: ignore[method-assign]
    assert driver.ipcc.probe() == -16
    assert bench.log("err") == ["stm32-ipcc 4c001000.mailbox: failed to request irq 1 (-16)"]


def test_an_ipcc_without_channels_is_refused_with_everything_masked(bench: Any) -> None:
    bench.ipcc._words[0x3F0] = 0
    driver = Driver(bench)
    driver.node.properties["wakeup-source"] = b""
    assert driver.ipcc.probe() == -Errno.EINVAL
    assert bench.accesses()[-1] == "R3F0 00000000"
    assert (bench.ipcc.read(C1CR, 4), bench.ipcc.read(C1MR, 4)) == (0x00010001, 0xFFFFFFFF)
    assert (driver.device.wakeup_capable, driver.device.wake_irq, driver.clock.users) == (False, None, 0)
    assert bench.log() == []


def test_a_wakeup_source_has_its_rx_interrupt_wake_the_system_until_it_is_unbound(bench: Any) -> None:
    driver = Driver(bench)
    driver.node.properties["wakeup-source"] = b""
    assert driver.ipcc.probe() == 0
    assert driver.device.wakeup_capable
    assert driver.device.wake_irq is driver.interrupt("rx")
    driver.ipcc.remove()
    assert (driver.device.wakeup_capable, driver.device.wake_irq) == (False, None)


def test_a_refused_wake_interrupt_leaves_the_enables_on_and_everything_masked(bench: Any) -> None:
    driver = Driver(bench)
    driver.node.properties["wakeup-source"] = b""
    driver.device.set_wake_irq = lambda interrupt: -17  # type: ignore[method-assign]
    assert driver.ipcc.probe() == -17
    assert bench.log("err") == ["stm32-ipcc 4c001000.mailbox: Failed to set wake up irq"]
    assert (bench.ipcc.read(C1CR, 4), bench.ipcc.read(C1MR, 4)) == (0x00010001, 0xFFFFFFFF)


def test_processor_1_uses_the_other_bank(bench: Any) -> None:
    driver = Driver(bench)
    driver.node.properties["st,proc-id"] = cells(1)
    driver.ipcc.probe()
    assert bench.accesses()[:4] == ["R14 FFFFFFFF", "W14 FFFFFFFF", "R10 00000000", "W10 00010001"]


def test_a_channel_whose_clock_fails_is_shut_down_with_one_clock_disable_too_many(bench: Any) -> None:
    driver = Driver(bench)
    driver.ipcc.probe()
    driver.clock.error = -5
    mark = bench.mark
    with pytest.raises(KernelError, match=r"-5 \(EIO\)"):
        driver.request(4)
    assert bench.accesses(since=mark) == ["R04 FFFFFFFF", "W04 FFFFFFFF"]
    assert bench.log("err") == [
        "stm32-ipcc 4c001000.mailbox: can not enable the clock",
        "client c4: Unable to startup the chan (-5)",
    ]
    assert bench.log("warn") == ["ck_ipcc: already disabled"]


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

    driver.interrupt("rx").request(handler)
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


# -- ST's kernel (linux-mailbox.md §2.5) ---------------------------------------------------------------------------


def test_st_acknowledges_at_once_and_calls_the_client_from_a_work_item(bench: Any) -> None:
    driver = Driver(bench, "st-6.1")
    driver.ipcc.probe()
    seen: list[tuple[int, int]] = []
    driver.request(4, rx_callback=lambda message: seen.append((bench.engine.now, bench.ipcc.read(0x1C, 4))))
    mark = bench.mark
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.run(2)
    assert bench.accesses("stm32_ipcc_rx_irq", mark) == ["R1C 00000010", "R04 FFFFFFEF", "R08 00000000", "W08 00000010"]
    assert seen == []
    bench.run(10)
    assert seen == [(3_000, 0)]


def test_st_calls_the_client_in_the_interrupt_for_a_cell_with_bit_8(bench: Any) -> None:
    driver = Driver(bench, "st-6.1")
    driver.ipcc.probe()
    seen: list[tuple[int, int]] = []
    channel = driver.request(
        0x104, rx_callback=lambda message: seen.append((bench.engine.now, bench.ipcc.read(0x1C, 4)))
    )
    assert channel.index == 4
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.run(10)
    assert seen == [(2_000, 0x10)]


def test_st_mixes_both_ways_and_a_cell_beyond_the_channels_is_einval(bench: Any) -> None:
    driver = Driver(bench, "st-6.1")
    driver.ipcc.probe()
    order: list[int] = []
    driver.request(4, rx_callback=lambda message: order.append(4))
    driver.request(0x105, rx_callback=lambda message: order.append(5))
    bench.ipcc.write(C2SCR, RX[4] | RX[5], 4)
    bench.run(10)
    assert order == [5, 4]
    for cell in (6, 0x106, 0x200):
        with pytest.raises(KernelError, match="EINVAL"):
            driver.request(cell)


def test_st_two_signals_before_the_work_item_runs_are_one_callback(bench: Any) -> None:
    driver = Driver(bench, "st-6.1")
    driver.ipcc.probe()
    seen: list[int] = []
    driver.request(4, rx_callback=lambda message: seen.append(bench.engine.now))
    bench.engine.on_event("again", lambda tag: bench.ipcc.write(C2SCR, RX[4], 4))
    bench.engine.schedule(2_001, "again", "")
    bench.ipcc.write(C2SCR, RX[4], 4)
    driver.ipcc._workqueue._latency_ns = 10_000
    bench.run(100)
    assert seen == [12_000]


def test_st_shutdown_flushes_the_work_item_before_the_clock_goes(bench: Any) -> None:
    driver = Driver(bench, "st-6.1")
    driver.ipcc.probe()
    seen: list[tuple[int, int]] = []
    channel = driver.request(4, rx_callback=lambda message: seen.append((bench.engine.now, driver.clock.users)))
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.run(2)
    channel.free()
    bench.run(100)
    assert seen == [(2_000, 1)]


def test_st_refuses_a_channel_of_the_secure_side(bench: Any) -> None:
    bench.ipcc._words[0x3F0] = 0x106  # security level in bits 11:8
    bench.ipcc._words[0x80] = 1 << 4
    driver = Driver(bench, "st-6.1")
    driver.ipcc.probe()
    with pytest.raises(KernelError, match=r"-13 \(EACCES\)"):
        driver.request(4)
    assert driver.clock.users == 0
    assert driver.request(5).index == 5
    assert "6 chans" in bench.log("info")[0]


def test_6_1_knows_neither_work_items_nor_bit_8_nor_the_secure_side(bench: Any) -> None:
    bench.ipcc._words.update({0x3F0: 0x106, 0x80: 1 << 4})
    driver = Driver(bench)
    driver.ipcc.probe()
    assert driver.request(4).index == 4
    with pytest.raises(KernelError, match="EINVAL"):
        driver.request(0x105)


@pytest.fixture
def both_ways(bench: Any) -> Driver:
    driver = Driver(bench, "st-6.1-bidirectional")
    driver.ipcc.probe()
    return driver


def test_both_ways_every_channel_is_two_mailboxes(bench: Any, both_ways: Driver) -> None:
    assert bench.log("info") == ["stm32-ipcc 4c001000.mailbox: ipcc rev:1.0 enabled, 12 chans, proc 0"]
    assert both_ways.request(11).index == 11
    with pytest.raises(KernelError, match="EINVAL"):
        both_ways.request(12)


def test_both_ways_the_sending_mailbox_unmasks_nothing_at_its_startup(bench: Any, both_ways: Driver) -> None:
    mark = bench.mark
    both_ways.request(9)
    assert bench.accesses(since=mark) == []
    assert both_ways.clock.users == 1
    both_ways.request(8)
    assert bench.accesses(since=mark) == ["R04 FFFFFFFF", "W04 FFFFFFEF"]


def test_both_ways_the_sending_mailbox_hears_that_it_is_out_and_the_other_one_is_rung(
    bench: Any, both_ways: Driver
) -> None:
    order: list[str] = []
    callbacks: dict[str, Any] = {
        "rx_callback": lambda message: order.append("rx"),
        "tx_done": lambda message, status: order.append("done"),
    }
    both_ways.request(8, **{**callbacks, "tx_done": lambda message, status: order.append("done of 8")})
    sender = both_ways.request(9, **{**callbacks, "rx_callback": lambda message: order.append("rx of 9")})
    mark = bench.mark
    sender.send()
    assert bench.accesses(since=mark) == ["R08 00000000", "W08 00100000", "R04 FFFFFFEF", "W04 FFEFFFEF"]
    bench.peer(listens=()).free(5)
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.run(100)
    assert order == ["done", "rx"]


def test_a_leftover_flag_survives_probe_and_is_delivered_on_request(bench: Any) -> None:
    """The masks of a previous life are open: the interrupt comes in vain, and what it is about is not lost."""
    bench.ipcc.write(C1CR, 0x00010001, 4)
    bench.ipcc.write(C1MR, 0, 4)
    bench.ipcc.write(C2SCR, RX[4], 4)
    driver = Driver(bench)
    assert driver.ipcc.probe() == 0
    bench.run(100)
    assert bench.ipcc.read(0x1C, 4) == 0x10
    seen: list[object] = []
    driver.request(4, rx_callback=seen.append)
    bench.run(100)
    assert seen == [None]
    assert bench.ipcc.read(0x1C, 4) == 0


@pytest.mark.parametrize("what", ["suspend", "resume"])
def test_suspend_without_probe_is_a_null_pointer_dereference(bench: Any, what: str) -> None:
    driver = Driver(bench)
    with pytest.raises(KernelFaultError, match=f"a NULL pointer dereference in stm32_ipcc_{what}"):
        getattr(driver.ipcc, what)()
