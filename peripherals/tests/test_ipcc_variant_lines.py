"""The output lines of every variant against §4 and §9 of ipcc-hardware.md: straight, combined, secure; and events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stm32mp1.device import Device
from stm32mp1.ipcc import Ipcc, ipcc_class
from stm32mp1.ipcc_table import STM32MP15, STM32MP25, VARIANTS, Line, STM32WL5x, Variant
from stm32mp1.registers import RW

Listen = Callable[[Device], list[tuple[object, ...]]]

C1CR, C1MR, C1SCR, C1TOC2SR = 0x000, 0x004, 0x008, 0x00C
C2CR, C2MR, C2SCR, C2TOC1SR = 0x010, 0x014, 0x018, 0x01C

#: Beside the parts, what a user may make: fewer channels, all channels, lines combined otherwise, secure ones left out.
OTHERS = [
    STM32MP15._replace(name="THREE", channels=3),
    STM32MP15._replace(name="ONE", channels=1),
    STM32MP15._replace(name="SIXTEEN", channels=16),
    STM32MP25._replace(name="TWO_SECURE", channels=2),
    STM32MP25._replace(name="OPEN_LINES_ONLY", lines=STM32MP15.lines),
    STM32MP15._replace(
        name="CROSSED", lines=(Line("A", "", ("TX1", "RX0")), Line("B", "", ("TX0", "RX1"))), events=(("E", "B"),)
    ),
]
EVERY_VARIANT = pytest.mark.parametrize("variant", [*VARIANTS, *OTHERS], ids=lambda variant: variant.name)


def expected(variant: Variant, read: Mapping[str, int]) -> dict[str, bool]:
    """§4 and the rule for secure channels of §9, over sets of channels: which lines are high."""
    every = set(range(variant.channels))
    raised = set()
    for number, own, peer in ((0, 1, 2), (1, 2, 1)):
        occupied_here = bits(read[f"C{peer}TOC{own}SR"])
        free_there = every - bits(read[f"C{own}TOC{peer}SR"])
        secure = bits(read.get(f"C{own}SECCFGR", 0))
        masked = bits(read[f"C{own}MR"])
        enabled = bits(read[f"C{own}CR"])
        rx = {channel for channel in occupied_here if channel not in masked}
        tx = {channel for channel in free_there if channel + 16 not in masked}
        for source, channels, enable in (
            (f"RX{number}", rx - secure, 0),
            (f"TX{number}", tx - secure, 16),
            (f"RX{number}S", rx & secure, 1),
            (f"TX{number}S", tx & secure, 17),
        ):
            if channels and enable in enabled:
                raised.add(source)
    return {line.name: bool(raised & set(line.sources)) for line in variant.lines}


def subsets(values: list[int]) -> list[int]:
    return [sum(chosen) for size in range(len(values) + 1) for chosen in combinations(values, size)]


def bits(word: int) -> set[int]:
    return {bit for bit in range(32) if word >> bit & 1}


words = st.one_of(st.integers(0, 0xFFFFFFFF), st.sampled_from([0, 0xFFFFFFFF, 0x00010001, 0x00020002, 0x00030003]))


@EVERY_VARIANT
@settings(derandomize=True, max_examples=60, deadline=None)
@given(data=st.data())
def test_lines_follow_the_equations_after_any_writes(variant: Variant, data: st.DataObject) -> None:
    ipcc = ipcc_class(variant)()
    offsets = [r.offset for r in ipcc.TABLE if r.access == RW] + [C1SCR, C2SCR]
    followed = dict.fromkeys(ipcc.LINES, False)

    def follow(line: str, level: bool) -> None:
        assert followed[line] != level, "reported without a change"
        followed[line] = level

    ipcc.on_line = follow
    for offset, value in data.draw(st.lists(st.tuples(st.sampled_from(offsets), words), max_size=20)):
        ipcc.write(offset, value, 4)
        read = {register.name: ipcc.read(register.offset, 4) for register in ipcc.TABLE}
        assert followed == expected(variant, read)
        assert {line: ipcc.level(line) for line in ipcc.LINES} == followed
    other = ipcc_class(variant)()
    other.from_state(ipcc.state())
    assert {line: other.level(line) for line in other.LINES} == followed
    ipcc.reset()
    assert followed == dict.fromkeys(ipcc.LINES, False)


@EVERY_VARIANT
def test_lines_follow_the_equations_while_all_channels_are_alike(variant: Variant) -> None:
    """All occupied or all free, masked or not, open or secure, under all enables: of one processor, then the other."""
    every = (1 << variant.channels) - 1
    enables = [0x00000001, 0x00010000] + [0x00000002, 0x00020000] * variant.secured
    for own, cr, mr in ((1, C1CR, C1MR), (2, C2CR, C2MR)):
        ipcc = ipcc_class(variant)()
        for enabled, om, fm, sends, receives, secure in product(subsets(enables), *[(0, every)] * 5):
            ipcc.reset()
            ipcc.write(cr, enabled, 4)
            ipcc.write(mr, om | fm << 16, 4)
            ipcc.write((C1SCR, C2SCR)[own - 1], sends << 16, 4)
            ipcc.write((C2SCR, C1SCR)[own - 1], receives << 16, 4)
            ipcc.write((0x080, 0x090)[own - 1], secure, 4)
            read = {register.name: ipcc.read(register.offset, 4) for register in ipcc.TABLE}
            assert {line: ipcc.level(line) for line in ipcc.LINES} == expected(variant, read), read


@pytest.mark.parametrize("channel", range(1, 7))
def test_wl5x_raises_its_one_line_to_processor_2_for_rx_or_tx(channel: int) -> None:
    bit = 1 << channel - 1
    ipcc = ipcc_class(STM32WL5x)()
    ipcc.write(C2CR, 0x00000001, 4)
    ipcc.write(C2MR, 0xFFFFFFFF & ~bit, 4)
    assert not ipcc.level("RXTX1")
    ipcc.write(C1SCR, bit << 16, 4)
    assert ipcc.level("RXTX1")
    ipcc.write(C2SCR, bit, 4)
    assert not ipcc.level("RXTX1")
    ipcc.write(C2CR, 0x00010000, 4)
    ipcc.write(C2MR, 0xFFFFFFFF & ~(bit << 16), 4)
    assert ipcc.level("RXTX1")
    ipcc.write(C2SCR, bit << 16, 4)
    assert not ipcc.level("RXTX1")


def test_wl5x_reports_its_combined_line_once_while_either_source_holds_it(listen: Listen) -> None:
    ipcc = ipcc_class(STM32WL5x)()
    ipcc.write(C2CR, 0x00010001, 4)
    ipcc.write(C1SCR, 0x00010000, 4)
    heard = listen(ipcc)
    ipcc.write(C2MR, 0xFFFFFFFE, 4)  # RX: channel 1 is occupied
    ipcc.write(C2MR, 0xFFFDFFFE, 4)  # and TX: channel 2 is free
    ipcc.write(C2MR, 0xFFFDFFFF, 4)  # TX alone
    assert heard == [("line", "RXTX1", True)]
    ipcc.write(C2MR, 0xFFFFFFFF, 4)
    assert heard == [("line", "RXTX1", True), ("line", "RXTX1", False)]


def test_wl5x_has_no_line_rx1() -> None:
    with pytest.raises(ValueError, match=r"^IPCC has no output line 'RX1'; its lines are: RX0, TX0, RXTX1\.$"):
        ipcc_class(STM32WL5x)().level("RX1")


def test_mp15_wakes_either_processor_by_its_receive_line() -> None:
    assert Ipcc.EVENTS == {"EXTI61": "RX0", "EXTI62": "RX1"}
    ipcc = Ipcc()
    for cr, mr, peer_scr, event, other in (
        (C1CR, C1MR, C2SCR, "EXTI61", "EXTI62"),
        (C2CR, C2MR, C1SCR, "EXTI62", "EXTI61"),
    ):
        ipcc.reset()
        ipcc.write(cr, 0x00010001, 4)
        ipcc.write(mr, 0xFFFEFFFE, 4)
        assert not ipcc.level(event), "a free channel to send on wakes nobody"
        ipcc.write(peer_scr, 0x00010000, 4)
        assert (ipcc.level(event), ipcc.level(other)) == (True, False)


def test_event_is_another_name_of_its_line_and_not_reported_besides(listen: Listen) -> None:
    assert [Ipcc.line_of(name) for name in ("EXTI61", "EXTI62", "TX0")] == ["RX0", "RX1", "TX0"]
    ipcc = Ipcc()
    ipcc.write(C2CR, 0x00000001, 4)
    ipcc.write(C2MR, 0xFFFFFFFE, 4)
    heard = listen(ipcc)
    ipcc.write(C1SCR, 0x00010000, 4)
    assert [report for report in heard if report[0] == "line"] == [("line", "RX1", True)]


def test_wrong_line_name_lists_lines_and_events() -> None:
    text = r"^IPCC has no output line 'RX2'; its lines are: RX0, TX0, RX1, TX1, EXTI61, EXTI62\.$"
    with pytest.raises(ValueError, match=text):
        Ipcc().level("RX2")
    with pytest.raises(ValueError, match=text):
        Ipcc.line_of("RX2")
