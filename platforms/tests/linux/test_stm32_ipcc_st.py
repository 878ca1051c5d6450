"""The IPCC's driver in ST's kernels: work items, cells with bit 8, two mailboxes a channel (linux-mailbox.md §2.5)."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.linux import KernelError

C2SCR = 0x18
RX = [1 << 16 + n for n in range(6)]  # as the M4 writes them to C2SCR


def test_st_acknowledges_at_once_and_calls_the_client_from_a_work_item(bench: Any, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench, "st-6.1")
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


def test_st_calls_the_client_in_the_interrupt_for_a_cell_with_bit_8(bench: Any, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench, "st-6.1")
    driver.ipcc.probe()
    seen: list[tuple[int, int]] = []
    channel = driver.request(
        0x104, rx_callback=lambda message: seen.append((bench.engine.now, bench.ipcc.read(0x1C, 4)))
    )
    assert channel.index == 4
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.run(10)
    assert seen == [(2_000, 0x10)]


def test_st_mixes_both_ways_and_a_cell_beyond_the_channels_is_einval(bench: Any, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench, "st-6.1")
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


def test_st_two_signals_before_the_work_item_runs_are_one_callback(bench: Any, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench, "st-6.1")
    driver.ipcc.probe()
    seen: list[int] = []
    driver.request(4, rx_callback=lambda message: seen.append(bench.engine.now))
    bench.engine.on_event("again", lambda tag: bench.ipcc.write(C2SCR, RX[4], 4))
    bench.engine.schedule(2_001, "again", "")
    bench.ipcc.write(C2SCR, RX[4], 4)
    driver.ipcc._workqueue._latency_ns = 10_000
    bench.run(100)
    assert seen == [12_000]


def test_st_shutdown_flushes_the_work_item_before_the_clock_goes(bench: Any, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench, "st-6.1")
    driver.ipcc.probe()
    seen: list[tuple[int, int]] = []
    channel = driver.request(4, rx_callback=lambda message: seen.append((bench.engine.now, driver.clock.users)))
    bench.ipcc.write(C2SCR, RX[4], 4)
    bench.run(2)
    channel.free()
    bench.run(100)
    assert seen == [(2_000, 1)]


def test_st_refuses_a_channel_of_the_secure_side(bench: Any, lone_ipcc: Any) -> None:
    bench.ipcc._words[0x3F0] = 0x106  # security level in bits 11:8
    bench.ipcc._words[0x80] = 1 << 4
    driver = lone_ipcc(bench, "st-6.1")
    driver.ipcc.probe()
    with pytest.raises(KernelError, match=r"-13 \(EACCES\)"):
        driver.request(4)
    assert driver.clock.users == 0
    assert driver.request(5).index == 5
    assert "6 chans" in bench.log("info")[0]


def test_6_1_knows_neither_work_items_nor_bit_8_nor_the_secure_side(bench: Any, lone_ipcc: Any) -> None:
    bench.ipcc._words.update({0x3F0: 0x106, 0x80: 1 << 4})
    driver = lone_ipcc(bench)
    driver.ipcc.probe()
    assert driver.request(4).index == 4
    with pytest.raises(KernelError, match="EINVAL"):
        driver.request(0x105)


@pytest.fixture
def both_ways(bench: Any, lone_ipcc: Any) -> Any:
    driver = lone_ipcc(bench, "st-6.1-bidirectional")
    driver.ipcc.probe()
    return driver


def test_both_ways_every_channel_is_two_mailboxes(bench: Any, both_ways: Any) -> None:
    assert bench.log("info") == ["stm32-ipcc 4c001000.mailbox: ipcc rev:1.0 enabled, 12 chans, proc 0"]
    assert both_ways.request(11).index == 11
    with pytest.raises(KernelError, match="EINVAL"):
        both_ways.request(12)


def test_both_ways_the_sending_mailbox_unmasks_nothing_at_its_startup(bench: Any, both_ways: Any) -> None:
    mark = bench.mark
    both_ways.request(9)
    assert bench.accesses(since=mark) == []
    assert both_ways.clock.users == 1
    both_ways.request(8)
    assert bench.accesses(since=mark) == ["R04 FFFFFFFF", "W04 FFFFFFEF"]


def test_both_ways_each_mailbox_masks_its_own_interrupt_at_shutdown(bench: Any, both_ways: Any) -> None:
    receiver, sender = both_ways.request(8), both_ways.request(9)
    sender.send()
    mark = bench.mark
    sender.free()
    assert bench.accesses(since=mark) == ["R04 FFEFFFEF", "W04 FFFFFFEF"]
    receiver.free()
    assert bench.accesses(since=mark)[2:] == ["R04 FFFFFFEF", "W04 FFFFFFFF"]


def test_both_ways_the_sending_mailbox_hears_that_it_is_out_and_the_other_one_is_rung(
    bench: Any, both_ways: Any
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
