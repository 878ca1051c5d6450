"""What is not modelled is neither silent nor a flood, whoever accesses it."""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from mp1bench.engine.absent import Counts
from mp1bench.engine.bare import BareEngine
from mp1bench.errors import BusError
from mp1bench.trace import A7, Line, Log, Trace, Unmodelled
from stm32mp1.master import BusMaster


def test_processor_1_hears_the_name_and_the_access_is_counted():
    engine = BareEngine(Trace())
    with pytest.raises(BusError) as caught:
        engine.read(0x44004008)
    assert str(caught.value) == (
        "processor 1 touched 0x44004008, where the platform has neither memory nor a device (on the chip: SPI1+0x008)."
    )
    assert engine.absent.counts == {0x44004008: Counts(1, 0)}
    assert engine.trace.events == [Unmodelled(0, A7, None, 0x44004008, "R")]


def test_a_master_gets_no_answer_and_is_named():
    engine = BareEngine(Trace())
    master = BusMaster()
    engine.add_device("dma1", master, 0x48000000, 0x400)
    assert master.bus_read(0x44004030, 1) is None
    assert not master.bus_write(0x44004020, 5, 1)
    assert not master.bus_write(0x44004020, 6, 1)
    assert engine.trace.events == [
        Unmodelled(0, "dma1", None, 0x44004030, "R"),
        Unmodelled(0, "dma1", None, 0x44004020, "W"),
    ]
    assert engine.absent.listed() == [
        {"address": 0x44004020, "name": "SPI1+0x020", "reads": 0, "writes": 2},
        {"address": 0x44004030, "name": "SPI1+0x030", "reads": 1, "writes": 0},
    ]


def test_requests_to_dma_are_not_on_the_trace():
    board = Board(engine="bare", host="none")
    board.engine.write(0x40010008, 1 << 7)  # UART4: DMAT
    board.engine.write(0x40010000, 1 << 0 | 1 << 3 | 1 << 6)  # UE, TE, TCIE
    assert board.devices["uart4"].level("TXDMA")
    assert board.trace.events == [Line(0, "uart4", "IRQ", True)]


def test_clearing_a_ram_that_is_absent_is_no_flood():
    engine = BareEngine(Trace())
    for address in range(0x44011000, 0x44013800, 4):
        engine.absent.report(7, "m4", 0x100, address, "W")
    shown = engine.trace.events
    assert [event.address for event in shown[:-1]] == list(range(0x44011000, 0x44011040, 4))
    assert shown[-1] == Log(7, "bench", "", "further addresses of SRAMCAN are not modelled: counted, not shown")
    assert len(engine.absent.listed()) == 0x2800 // 4
