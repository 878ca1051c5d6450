"""The board whose Cortex-M4 obeys the test: its accesses are real loads and stores, its interrupts are really taken."""

from __future__ import annotations

import pytest

from ipcclab.probe import ProbedIpcc
from mp1bench.errors import EngineMissingError, ModelError
from mp1bench.trace import A7, M4, Access, Effect, Interrupt, Line

IPCC_ACCESS_CODE = range(0x1000_0000, 0x1000_1000)


@pytest.fixture
def probed() -> ProbedIpcc:
    return ProbedIpcc("embedded")


def accesses(ipcc: ProbedIpcc) -> list[Access]:
    return [event for event in ipcc.trace.events if isinstance(event, Access)]


def test_it_begins_without_any_access(probed: ProbedIpcc) -> None:
    assert accesses(probed) == []


@pytest.mark.parametrize("width", [1, 2, 4])
def test_access_of_processor_2_is_one_load_or_store_of_the_m4(width: int, probed: ProbedIpcc) -> None:
    probed.write("C2MR", 0x5A, cpu=2, width=width)
    probed.read("C2MR", cpu=2, width=width)
    store, load = accesses(probed)
    assert (store.op, store.cpu, store.offset, store.width, store.value) == ("W", M4, 0x014, width, 0x5A)
    assert (load.op, load.cpu, load.offset, load.width) == ("R", M4, 0x014, width)
    assert store.pc in IPCC_ACCESS_CODE
    assert load.pc in IPCC_ACCESS_CODE
    assert probed.trace.symbolize(store.pc).startswith("access_store+")
    assert probed.trace.symbolize(load.pc).startswith("access_load+")


def test_processor_2_gets_what_the_bus_gave_it(probed: ProbedIpcc) -> None:
    assert probed.read("SIDR", cpu=2) == 0xA3C5DD01
    assert probed.read("SIDR", cpu=2, width=2) == 0


def test_processor_1_is_the_test_itself(probed: ProbedIpcc) -> None:
    probed.signal(1, cpu=1)
    (access,) = accesses(probed)
    assert (access.cpu, access.pc, access.function) == (A7, None, "test")


@pytest.mark.parametrize(("line", "number"), [("RX1", 103), ("TX1", 104), ("EXTI62", 103)])
def test_high_line_to_processor_2_is_taken_once_per_look(line: str, number: int, probed: ProbedIpcc) -> None:
    probed.signal(1, cpu=1)
    probed.write("C2MR", 0xFFFDFFFE, cpu=2)
    probed.write("C2CR", 0x00010001, cpu=2)
    before = len(accesses(probed))
    assert probed.line(line)
    assert probed.line(line)
    taken = [event.number for event in probed.trace.events if isinstance(event, Interrupt)]
    assert taken == [number, number]
    assert len(accesses(probed)) == before


def test_pulse_from_before_is_not_taken(probed: ProbedIpcc) -> None:
    probed.write("C2MR", 0xFFFFFFFE, cpu=2)
    probed.write("C2CR", 0x00000001, cpu=2)
    probed.signal(1, cpu=1)
    probed.acknowledge(1, cpu=2)
    assert not probed.line("RX1")
    assert not [event for event in probed.trace.events if isinstance(event, Interrupt)]


def test_core_that_does_not_take_a_high_line_is_a_failure(probed: ProbedIpcc) -> None:
    probed.signal(1, cpu=1)
    probed.write("C2MR", 0xFFFFFFFE, cpu=2)
    probed.device.on_line = None
    probed.write("C2CR", 0x00000001, cpu=2)
    with pytest.raises(AssertionError, match=r"^the Cortex-M4 does not take interrupt 103 while RX1 is high$"):
        probed.line("RX1")


def test_core_that_takes_a_low_line_is_a_failure(probed: ProbedIpcc) -> None:
    probed.signal(1, cpu=1)
    probed.write("C2MR", 0xFFFFFFFE, cpu=2)
    probed.write("C2CR", 0x00000001, cpu=2)
    probed.device.on_line = None
    probed.acknowledge(1, cpu=2)
    with pytest.raises(AssertionError, match=r"^the Cortex-M4 takes interrupt 103 while rx1 is low$"):
        probed.line("rx1")


def test_reset_is_the_rccs(probed: ProbedIpcc) -> None:
    probed.signal(1, cpu=1)
    probed.reset()
    edges = [(event.line, event.level) for event in probed.trace.events if isinstance(event, Line)]
    assert edges[-2:] == [("IPCCRST", True), ("IPCCRST", False)]
    assert not probed.flag(1, cpu=1)


def test_clock_is_the_rccs(probed: ProbedIpcc) -> None:
    probed.stop_clock()
    assert probed.read("C2MR", cpu=2) == 0
    told = [event.subject for event in probed.trace.events if isinstance(event, Effect)]
    assert told == ["read of C2MR with the clock off"]
    probed.start_clock()
    assert probed.read("C2MR", cpu=2) == 0xFFFFFFFF


def test_probe_that_hangs_is_named(probed: ProbedIpcc) -> None:
    probed.board.engine.hold()
    with pytest.raises(ModelError, match=r"^the image ipcc_access does not answer: .*"):
        probed.read("C2MR", cpu=2)


def test_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYRENODE_BIN", "/not/here")
    with pytest.raises(EngineMissingError, match="renode"):
        ProbedIpcc("renode")
