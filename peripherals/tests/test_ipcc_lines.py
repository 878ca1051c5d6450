"""The IPCC's four interrupt lines against the equations of ipcc-hardware.md §4, and what they mean to a driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stm32mp1.device import Device
from stm32mp1.ipcc import Ipcc

Listen = Callable[[Device], list[tuple[object, ...]]]

C1CR, C1MR, C1SCR, C1TOC2SR = 0x000, 0x004, 0x008, 0x00C
C2CR, C2MR, C2SCR, C2TOC1SR = 0x010, 0x014, 0x018, 0x01C
LINES = ("RX0", "TX0", "RX1", "TX1")


def expected(state: dict[str, int]) -> list[bool]:
    """The facts sheet's equations, channel by channel over the registers' values."""
    lines = []
    for control, mask, sends, receives in (
        ("C1CR", "C1MR", "C1TOC2SR", "C2TOC1SR"),
        ("C2CR", "C2MR", "C2TOC1SR", "C1TOC2SR"),
    ):
        rxoie, txfie = state[control] & 1, state[control] >> 16 & 1
        occupied = [state[receives] >> n & 1 and not state[mask] >> n & 1 for n in range(6)]
        free = [not state[sends] >> n & 1 and not state[mask] >> 16 + n & 1 for n in range(6)]
        lines += [bool(rxoie and any(occupied)), bool(txfie and any(free))]
    return lines


def levels(ipcc: Ipcc) -> list[bool]:
    return [ipcc.level(line) for line in LINES]


def put(ipcc: Ipcc, state: dict[str, int]) -> None:
    """Bring about a state by register writes alone, from any other."""
    ipcc.write(C1SCR, 0x3F, 4)
    ipcc.write(C2SCR, 0x3F, 4)
    for offset, name in ((C1CR, "C1CR"), (C1MR, "C1MR"), (C2CR, "C2CR"), (C2MR, "C2MR")):
        ipcc.write(offset, state[name], 4)
    ipcc.write(C1SCR, state["C1TOC2SR"] << 16, 4)
    ipcc.write(C2SCR, state["C2TOC1SR"] << 16, 4)


def states_of_one_channel(channel: int) -> Iterator[dict[str, int]]:
    """All 1024: two flags and four masks of one channel, four enables; every other channel masked and free."""
    bit = 1 << channel - 1
    for c1, c2, m1, m2, to2, to1 in product(range(4), range(4), range(4), range(4), range(2), range(2)):
        yield {
            "C1CR": c1 & 1 | (c1 & 2) << 15,
            "C2CR": c2 & 1 | (c2 & 2) << 15,
            "C1MR": 0xFFFFFFFF & ~((m1 & 1) * bit) & ~((m1 >> 1) * bit << 16),
            "C2MR": 0xFFFFFFFF & ~((m2 & 1) * bit) & ~((m2 >> 1) * bit << 16),
            "C1TOC2SR": to2 * bit,
            "C2TOC1SR": to1 * bit,
        }


@pytest.mark.parametrize("channel", range(1, 7))
def test_line_equations_hold_in_every_state_of_one_channel(channel: int) -> None:
    ipcc = Ipcc()
    for state in states_of_one_channel(channel):
        put(ipcc, state)
        assert levels(ipcc) == expected(state), state


six = st.integers(0, 0x3F)
halves = st.builds(lambda low, high: low | high << 16, six, six)
enables = st.sampled_from([0x00000000, 0x00000001, 0x00010000, 0x00010001])
states = st.fixed_dictionaries(
    {"C1CR": enables, "C2CR": enables, "C1MR": halves, "C2MR": halves, "C1TOC2SR": six, "C2TOC1SR": six}
)


@settings(derandomize=True, max_examples=500, deadline=None)
@given(state=states)
def test_line_equations_hold_over_all_channels(state: dict[str, int]) -> None:
    ipcc = Ipcc()
    put(ipcc, state)
    assert levels(ipcc) == expected(state)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    writes=st.lists(
        st.tuples(st.sampled_from([C1CR, C1MR, C1SCR, C2CR, C2MR, C2SCR]), st.integers(0, 0xFFFFFFFF)), max_size=30
    )
)
def test_each_edge_is_reported_once_and_after_any_write_the_lines_are_right(writes: list[tuple[int, int]]) -> None:
    ipcc = Ipcc()
    followed = dict.fromkeys(LINES, False)

    def follow(line: str, level: bool) -> None:
        assert followed[line] != level, "reported without a change"
        followed[line] = level

    ipcc.on_line = follow
    for offset, value in writes:
        ipcc.write(offset, value, 4)
        state = {register.name: ipcc.read(register.offset, 4) for register in Ipcc.TABLE}
        assert list(followed.values()) == levels(ipcc) == expected(state)


# -- what a driver relies on ----------------------------------------------------------------------------------

# A processor's CR, MR and SCR, its peer's SCR, and its own two lines.
SIDES = pytest.mark.parametrize(
    ("cr", "mr", "scr", "peer_scr", "rx", "tx"),
    [(C1CR, C1MR, C1SCR, C2SCR, "RX0", "TX0"), (C2CR, C2MR, C2SCR, C1SCR, "RX1", "TX1")],
    ids=["processor1", "processor2"],
)


def test_all_lines_are_low_after_reset() -> None:
    assert levels(Ipcc()) == [False] * 4


def test_enabling_alone_raises_nothing() -> None:
    ipcc = Ipcc()
    ipcc.write(C1CR, 0x00010001, 4)
    ipcc.write(C2CR, 0x00010001, 4)
    assert levels(ipcc) == [False] * 4


@SIDES
def test_unmasking_a_free_channel_raises_tx(
    cr: int, mr: int, scr: int, peer_scr: int, rx: str, tx: str, listen: Listen
) -> None:
    ipcc = Ipcc()
    ipcc.write(cr, 0x00010000, 4)
    heard = listen(ipcc)
    ipcc.write(mr, 0xFFFEFFFF, 4)
    assert heard == [("line", tx, True)]


@SIDES
def test_set_then_unmask_raises_tx_when_the_peer_frees_the_channel(
    cr: int, mr: int, scr: int, peer_scr: int, rx: str, tx: str
) -> None:
    ipcc = Ipcc()
    ipcc.write(cr, 0x00010000, 4)
    ipcc.write(scr, 0x00010000, 4)
    ipcc.write(mr, 0xFFFEFFFF, 4)
    assert not ipcc.level(tx)
    ipcc.write(peer_scr, 0x00000001, 4)
    assert ipcc.level(tx)


@SIDES
def test_set_then_unmask_raises_tx_even_if_the_peer_was_faster(
    cr: int, mr: int, scr: int, peer_scr: int, rx: str, tx: str
) -> None:
    """With an edge instead of a level the sender would wait for ever."""
    ipcc = Ipcc()
    ipcc.write(cr, 0x00010000, 4)
    ipcc.write(scr, 0x00010000, 4)
    ipcc.write(peer_scr, 0x00000001, 4)
    ipcc.write(mr, 0xFFFEFFFF, 4)
    assert ipcc.level(tx)


@SIDES
def test_masking_lowers_tx(cr: int, mr: int, scr: int, peer_scr: int, rx: str, tx: str, listen: Listen) -> None:
    ipcc = Ipcc()
    ipcc.write(cr, 0x00010000, 4)
    ipcc.write(mr, 0xFFFEFFFF, 4)
    heard = listen(ipcc)
    ipcc.write(mr, 0xFFFFFFFF, 4)
    assert heard == [("line", tx, False)]


@SIDES
def test_occupying_the_only_free_channel_lowers_tx(cr: int, mr: int, scr: int, peer_scr: int, rx: str, tx: str) -> None:
    ipcc = Ipcc()
    ipcc.write(cr, 0x00010000, 4)
    ipcc.write(mr, 0xFFFEFFFF, 4)
    ipcc.write(scr, 0x00010000, 4)
    assert not ipcc.level(tx)


@SIDES
def test_signal_raises_the_receivers_line_until_it_is_freed(
    cr: int, mr: int, scr: int, peer_scr: int, rx: str, tx: str, listen: Listen
) -> None:
    ipcc = Ipcc()
    ipcc.write(cr, 0x00000001, 4)
    ipcc.write(mr, 0xFFFFFFFE, 4)
    heard = listen(ipcc)
    ipcc.write(peer_scr, 0x00010000, 4)
    ipcc.write(scr, 0x00000001, 4)
    lines = [report for report in heard if report[0] == "line"]
    assert lines == [("line", rx, True), ("line", rx, False)]


@SIDES
def test_unmasking_an_occupied_channel_raises_rx(cr: int, mr: int, scr: int, peer_scr: int, rx: str, tx: str) -> None:
    ipcc = Ipcc()
    ipcc.write(cr, 0x00000001, 4)
    ipcc.write(peer_scr, 0x00200000, 4)
    assert not ipcc.level(rx)
    ipcc.write(mr, 0xFFFFFFDF, 4)
    assert ipcc.level(rx)


@SIDES
def test_line_stays_high_while_another_channel_is_occupied(
    cr: int, mr: int, scr: int, peer_scr: int, rx: str, tx: str, listen: Listen
) -> None:
    ipcc = Ipcc()
    ipcc.write(cr, 0x00000001, 4)
    ipcc.write(mr, 0xFFFFFFC0, 4)
    ipcc.write(peer_scr, 0x00030000, 4)
    heard = listen(ipcc)
    ipcc.write(scr, 0x00000001, 4)
    assert [report for report in heard if report[0] == "line"] == []
    assert ipcc.level(rx)


@SIDES
def test_no_line_without_its_enable(cr: int, mr: int, scr: int, peer_scr: int, rx: str, tx: str) -> None:
    ipcc = Ipcc()
    ipcc.write(mr, 0x00000000, 4)
    ipcc.write(peer_scr, 0x003F0000, 4)
    assert levels(ipcc) == [False] * 4
    ipcc.write(cr, 0x00000001, 4)
    assert (ipcc.level(rx), ipcc.level(tx)) == (True, False)
    ipcc.write(cr, 0x00010000, 4)
    assert (ipcc.level(rx), ipcc.level(tx)) == (False, True)


@SIDES
def test_channels_that_are_not_there_never_raise_a_line(
    cr: int, mr: int, scr: int, peer_scr: int, rx: str, tx: str
) -> None:
    ipcc = Ipcc()
    ipcc.write(cr, 0x00010001, 4)
    ipcc.write(mr, 0x003F003F, 4)
    ipcc.write(peer_scr, 0xFFC00000, 4)
    assert levels(ipcc) == [False] * 4


# -- order of the reports -------------------------------------------------------------------------------------


def test_flag_is_reported_before_the_lines_that_it_moves(listen: Listen) -> None:
    ipcc = Ipcc()
    ipcc.write(C1CR, 0x00010000, 4)
    ipcc.write(C1MR, 0xFFFEFFFF, 4)
    ipcc.write(C2CR, 0x00000001, 4)
    ipcc.write(C2MR, 0xFFFFFFFE, 4)
    heard = listen(ipcc)
    ipcc.write(C1SCR, 0x00010000, 4)
    assert heard == [("flag", "C1TOC2SR.CH1F", 0, 1), ("line", "TX0", False), ("line", "RX1", True)]


def test_lines_are_reported_in_the_order_rx0_tx0_rx1_tx1(listen: Listen) -> None:
    ipcc, other = Ipcc(), Ipcc()
    put(
        ipcc,
        {"C1CR": 0x10001, "C2CR": 0x10001, "C1MR": 0, "C2MR": 0, "C1TOC2SR": 0x01, "C2TOC1SR": 0x01},
    )
    heard = listen(other)
    other.from_state(ipcc.state())
    assert heard == [("line", line, True) for line in LINES]
    heard.clear()
    other.reset()
    assert heard == [
        ("flag", "C1TOC2SR.CH1F", 1, 0),
        ("flag", "C2TOC1SR.CH1F", 1, 0),
        *(("line", line, False) for line in LINES),
    ]


def test_receiver_that_frees_the_channel_inside_the_report_sees_each_edge_once() -> None:
    ipcc = Ipcc()
    heard: list[tuple[str, bool]] = []

    def serve(line: str, level: bool) -> None:
        heard.append((line, level))
        if (line, level) == ("RX1", True):
            ipcc.write(C2SCR, 0x00000001, 4)

    put(
        ipcc,
        {"C1CR": 0x10000, "C2CR": 0x1, "C1MR": 0xFFFEFFFF, "C2MR": 0xFFFFFFFE, "C1TOC2SR": 0, "C2TOC1SR": 0},
    )
    ipcc.on_line = serve
    ipcc.write(C1SCR, 0x00010000, 4)
    assert heard == [("TX0", False), ("RX1", True), ("TX0", True), ("RX1", False)]
    assert levels(ipcc) == [False, True, False, False]


def test_reset_that_changes_nothing_reports_nothing(listen: Listen) -> None:
    ipcc = Ipcc()
    heard = listen(ipcc)
    ipcc.reset()
    assert heard == []


# -- state ----------------------------------------------------------------------------------------------------


@settings(derandomize=True, max_examples=200, deadline=None)
@given(state=states)
def test_state_round_trip_keeps_registers_and_lines(state: dict[str, int]) -> None:
    ipcc, other = Ipcc(), Ipcc()
    put(ipcc, state)
    other.from_state(ipcc.state())
    assert other.state() == ipcc.state()
    assert levels(other) == levels(ipcc)
    assert [other.read(r.offset, 4) for r in Ipcc.TABLE] == [ipcc.read(r.offset, 4) for r in Ipcc.TABLE]


def test_restored_device_goes_on_as_the_first_would() -> None:
    ipcc, other = Ipcc(), Ipcc()
    put(
        ipcc,
        {"C1CR": 0x10001, "C2CR": 0x1, "C1MR": 0xFFFEFFFE, "C2MR": 0xFFFFFFFE, "C1TOC2SR": 0x01, "C2TOC1SR": 0x02},
    )
    other.from_state(ipcc.state())
    for device in (ipcc, other):
        device.write(C2SCR, 0x00010001, 4)
    assert other.state() == ipcc.state()
    assert levels(other) == levels(ipcc) == [True, True, False, False]


def test_wrong_state_with_a_flag_of_channel_7() -> None:
    ipcc = Ipcc()
    with pytest.raises(ValueError, match=r"^IPCC\.C1TOC2SR cannot hold 64\.$"):
        ipcc.from_state({**ipcc.state(), "C1TOC2SR": 0x40})


def test_wrong_state_with_a_reserved_mask_bit_clear() -> None:
    ipcc = Ipcc()
    with pytest.raises(ValueError, match=r"^IPCC\.C1MR cannot hold 63\.$"):
        ipcc.from_state({**ipcc.state(), "C1MR": 0x3F})


def test_from_state_reports_lines_and_no_flags(listen: Listen) -> None:
    ipcc, other = Ipcc(), Ipcc()
    put(
        ipcc,
        {"C1CR": 0x1, "C2CR": 0x1, "C1MR": 0xFFFFFFFE, "C2MR": 0xFFFFFFFE, "C1TOC2SR": 0x01, "C2TOC1SR": 0x00},
    )
    heard = listen(other)
    other.from_state(ipcc.state())
    assert heard == [("line", "RX1", True)]


def test_state_is_the_four_masks_and_enables_and_the_two_flag_words() -> None:
    ipcc = Ipcc()
    ipcc.write(C1SCR, 0x00210000, 4)
    ipcc.write(C2SCR, 0x00120000, 4)
    ipcc.write(C1CR, 0x00010000, 4)
    ipcc.write(C2CR, 0x00000001, 4)
    ipcc.write(C1MR, 0xFFFEFFFF, 4)
    ipcc.write(C2MR, 0xFFFFFFFD, 4)
    assert ipcc.state() == {
        "C1CR": 0x00010000, "C1MR": 0xFFFEFFFF, "C1TOC2SR": 0x21,
        "C2CR": 0x00000001, "C2MR": 0xFFFFFFFD, "C2TOC1SR": 0x12,
    }  # fmt: skip
