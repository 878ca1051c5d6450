"""The HTML report in a real browser: its lines, registers and picture are those of the trace."""

from __future__ import annotations

from typing import Any

import pytest
from recorded import DrivenIpcc, echoes, random_accesses
from report_in_browser import Visit, cursor, pixels, place_of, report_of, shown_registers, states

from ipcclab.trace import PASSED, About, text
from mp1bench.trace import Line, Trace
from stm32mp1.ipcc_table import STM32MP15, STM32MP25, STM32WL5x, Variant


def test_opens_from_a_file_with_the_network_off_and_asks_for_nothing(visit: Visit, exchange: Trace) -> None:
    about = About("rpmsg_echo", PASSED, "everything came", "nobody waits", "ipcclab run x --send 'a b'", ("one", "two"))
    page = report_of(visit, exchange, about)
    assert page.title() == "rpmsg_echo"
    assert page.inner_text("#outcome") == "✓ passed"
    assert page.inner_text("#sentence") == "everything came"
    assert page.inner_text("#diagnosis") == "nobody waits"
    assert page.inner_text("#command") == "ipcclab run x --send 'a b'"
    page.click("#tab-summary")
    assert page.inner_text("#report") == "one\ntwo"


@pytest.mark.parametrize("variant", [STM32MP15, STM32WL5x, STM32MP25], ids=lambda variant: variant.name)
def test_lines_and_registers_are_those_of_the_trace(visit: Visit, variant: Variant) -> None:
    trace = random_accesses(variant, 2_500).trace
    page = report_of(visit, trace)
    check_lines_and_registers(page, trace)


def test_lines_and_registers_of_a_board_are_those_of_its_trace(visit: Visit) -> None:
    board = echoes(3_000)
    assert board.trace is not None
    page = report_of(visit, board.trace)
    check_lines_and_registers(page, board.trace)
    assert board.registers().items() <= shown_registers(page).items()


def check_lines_and_registers(page: Any, trace: Trace) -> None:
    rows = "Array.from({ length: report.recording.count }, (_, row) => %s)"
    assert page.evaluate(rows % "report.recording.line(row)") == list(text.lines(trace))
    registers = page.evaluate("report.recording.slots.filter((one) => one.kind === 'register').map((one) => one.name)")
    found = page.evaluate(rows % "[report.recording.events[row + 1] - 1, [...report.recording.stateAfter(row)]]")
    expected = states(trace)
    assert len(found) > 1_000
    for last, values in found:
        assert dict(zip(registers, values, strict=False)) == expected[last]  # lines come behind them


def test_lines_have_the_level_of_their_last_edge(visit: Visit) -> None:
    trace = random_accesses(STM32WL5x, 1_000).trace
    page = report_of(visit, trace)
    slots = page.evaluate("report.recording.slots.map((one) => [one.kind, one.name])")
    found = page.evaluate(
        "Array.from({ length: report.recording.count }, (_, row) =>"
        " [report.recording.events[row + 1] - 1, [...report.recording.stateAfter(row)]])"
    )
    edges = [(index, event.line, event.level) for index, event in enumerate(trace.events) if isinstance(event, Line)]
    names = {name for _, name, _ in edges}
    assert names == {name for kind, name in slots if kind == "line"} == {"RX0", "TX0", "RXTX1"}
    for name in names:
        number = slots.index(["line", name])
        moves = [(index, level) for index, line, level in edges if line == name]
        for last, values in found:
            past = [level for index, level in moves if index <= last]
            assert values[number] == (past[-1] if past else not moves[0][1])


def test_list_shows_the_lines(visit: Visit, exchange: Trace) -> None:
    page = report_of(visit, exchange)
    page.keyboard.press("Home")
    assert page.eval_on_selector_all("#rows > *", "rows => rows.map(row => row.textContent)") == list(
        text.lines(exchange)
    )


def test_what_the_row_changed_is_marked(visit: Visit) -> None:
    ipcc = DrivenIpcc()
    ipcc.write("C1CR", 0x0001_0001)
    ipcc.write("C1SCR", 0x0002_0000)
    ipcc.write("C1MR", 0xFFFD_FFFF)
    page = report_of(visit, ipcc.trace)
    changed = ".register.changed", "registers => registers.map(one => one.dataset.register)"
    page.keyboard.press("Home")
    assert page.eval_on_selector_all(*changed) == ["C1CR"]
    page.keyboard.press("ArrowRight")
    assert page.eval_on_selector_all(*changed) == ["C1TOC2SR"]
    flipped = page.eval_on_selector_all("#state .bit.flipped", "bits => bits.map(bit => bit.dataset.field)")
    assert flipped == ["CH2F"]
    assert page.get_attribute("[data-register=C1TOC2SR] [data-field=CH2F]", "aria-label") == "CH2F 1"
    page.keyboard.press("ArrowRight")
    assert page.inner_text("[data-register=C1MR] .before") == "was FFFFFFFF"
    assert page.inner_text("[data-register=C1MR] .value") == "0xFFFDFFFF"


def test_several_ipccs_are_kept_apart(visit: Visit) -> None:
    first = DrivenIpcc(name="ipcc1")
    second = DrivenIpcc(STM32MP25, "ipcc2", first.trace)
    first.write("C1SCR", 0x0001_0000)
    second.write("C1SCR", 0x8000_0000)
    page = report_of(visit, first.trace)
    assert "ipcc2: processor 2, M33" in page.inner_text("#state")
    lanes = page.evaluate("report.timeline.lanes.filter(lane => lane.kind === 'channel').map(lane => lane.label)")
    assert lanes == ["ipcc1 CH1 A7 → M4", "ipcc2 CH16 A35 → M33"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_channel_is_drawn_while_it_is_occupied(visit: Visit, scheme: str) -> None:
    ipcc = DrivenIpcc()
    for now, register, value in [
        (100, "C1MR", 0xFFFF_FFFF),
        (200, "C1SCR", 0x0002_0000),
        (300, "C1SCR", 0x0002_0000),  # lost
        (400, "C2CR", 0x0000_0001),
        (500, "C2MR", 0xFFFF_FFFD),  # RX1 rises
        (600, "C2SCR", 0x0000_0002),  # free; RX1 falls
        (700, "C2CR", 0x0000_0000),
    ]:
        ipcc.now = now - 5
        ipcc.write(register, value)
    page = report_of(visit, ipcc.trace, color_scheme=scheme)
    a7, good, bad = page.evaluate("['a7', 'good', 'bad'].map(name => report.timeline.colour(name))")
    channel = [("CH2 A7 → M4", time) for time in (150, 250, 350, 550, 650)]
    line = [("RX1 → M4", time) for time in (450, 550, 650)]
    found = pixels(page, [*channel, *line, ("CH2 A7 → M4", 300)])
    assert [colour == a7 for colour in found[:5]] == [False, True, True, True, False]
    assert [colour == good for colour in found[5:8]] == [False, True, False]
    assert found[8] == bad


def test_a_device_without_time_is_drawn_in_order(visit: Visit) -> None:
    ipcc = DrivenIpcc()
    for register, value in [("C1MR", 0), ("C1SCR", 0x0002_0000), ("C2MR", 0), ("C2SCR", 2), ("C1CR", 1)]:
        ipcc.now = -5
        ipcc.write(register, value)
    page = report_of(visit, ipcc.trace)
    a7 = page.evaluate("report.timeline.colour('a7')")
    assert page.get_attribute("#by-order", "aria-pressed") == "true"
    found = pixels(page, [("CH2 A7 → M4", row) for row in (0.5, 1.5, 2.5, 3.5)])
    assert [colour == a7 for colour in found] == [False, True, True, False]
    page.wait_for_timeout(50)
    page.mouse.click(*place_of(page, 3, 0))
    assert cursor(page) == 3
    page.keyboard.press("o")
    assert page.get_attribute("#by-order", "aria-pressed") == "false"
