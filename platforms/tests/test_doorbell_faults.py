"""Doorbells that go wrong on purpose: which write of which processor, what its sender and its receiver see of it.

A flag that is raised is Linux's RX interrupt, one that is free its TX-free interrupt (ipcc-hardware.md §4). Who
survives a fault is for other tests.
"""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from mp1bench.errors import UsageError
from mp1bench.shipped import prebuilt_image
from mp1bench.trace import Log

US, MS = 1_000, 1_000_000
C2CR, C2MR, C2SCR = 0x10, 0x14, 0x18
CH6 = 1 << 5


class Rings:
    """A board without an M4, whose part of CH6 the test plays; `heard` has when Linux's client was called."""

    def __init__(self) -> None:
        self.board = Board(engine="bare")
        assert self.board.linux is not None
        assert self.board.ipcc is not None
        self.ipcc = self.board.ipcc
        self.heard: list[int] = []
        self.board.linux.request_channel(6, rx_callback=lambda message: self.heard.append(self.board.engine.now))

    def ring(self, times: int = 1) -> None:
        """Ring once in 100 us."""
        for _ in range(times):
            self.ipcc.write(C2SCR, CH6 << 16, 4)
            self.board.run_for(100 * US)

    def remarks(self) -> list[str]:
        """What the bench says on the trace."""
        assert self.board.trace is not None
        return [event.text for event in self.board.trace.events if isinstance(event, Log) and event.source == "bench"]

    def edges(self) -> list[tuple[int, int]]:
        """When the flag went up and down, as the trace has it."""
        assert self.board.trace is not None
        effects = (effect for _, effect in self.board.trace.effects())
        return [(effect.t, effect.after) for effect in effects if effect.subject == "C2TOC1SR.CH6F"]


def test_a_lost_doorbell_raises_no_flag_and_reaches_nobody():
    rings = Rings()
    fault = rings.board.inject("lost", "m4_to_a7", 6)
    rings.ring(3)
    assert rings.heard == []
    assert rings.edges() == []
    assert rings.board.occupied() == []
    assert rings.board.doorbells()["m4_to_a7"] == {}
    assert fault.struck == [0, 100 * US, 200 * US]
    assert rings.remarks() == ["injected: the doorbell of CH6, m4_to_a7, is lost"] * 3


@pytest.mark.parametrize(
    ("which", "heard"), [(1, [1, 2, 3]), (3, [0, 1, 3]), ([1, 4], [1, 2]), (range(2, 4), [0, 3]), (5, [0, 1, 2, 3])]
)
def test_only_the_chosen_ones_go_wrong(which, heard):
    rings = Rings()
    rings.board.inject("lost", "m4_to_a7", 6, which)
    rings.ring(4)
    assert [time // (100 * US) for time in rings.heard] == heard


def test_numbers_count_from_the_injection():
    rings = Rings()
    rings.ring(2)
    rings.board.inject("lost", "m4_to_a7", 6, 1)
    rings.ring(2)
    assert [time // (100 * US) for time in rings.heard] == [0, 1, 3]


def test_a_write_to_a_flag_that_is_up_is_no_doorbell():
    rings = Rings()
    fault = rings.board.inject("lost", "m4_to_a7", 6, 2)
    rings.ipcc.write(C2SCR, CH6 << 16, 4)
    rings.ipcc.write(C2SCR, CH6 << 16, 4)
    assert fault.struck == []


def test_a_late_doorbell_raises_the_flag_so_much_later():
    rings = Rings()
    rings.board.inject("late", "m4_to_a7", 6, 1, by=30 * US)
    rings.ring()
    assert rings.edges()[0] == (30 * US, 1)
    assert len(rings.heard) == 1
    assert rings.heard[0] > 30 * US
    assert rings.remarks() == [
        "injected: the doorbell of CH6, m4_to_a7, comes 30000 ns late",
        "injected: the doorbell of CH6, m4_to_a7, comes now",
    ]


def test_a_late_doorbell_changes_nothing_where_the_flag_is_up_by_then():
    rings = Rings()
    rings.board.inject("late", "m4_to_a7", 6, 1, by=US)
    rings.ipcc.write(C2SCR, CH6 << 16, 4)
    rings.ipcc.write(C2SCR, CH6 << 16, 4)  # the second goes through at once
    rings.board.run_for(US)
    assert rings.edges() == [(0, 1)]
    assert rings.remarks()[-1] == "injected: the doorbell of CH6, m4_to_a7, comes now, and is up already"
    rings.board.run_for(100 * US)
    assert len(rings.heard) == 1


@pytest.mark.parametrize("by", [0, 7 * US])
def test_a_doubled_doorbell_comes_again_when_it_was_taken(by):
    rings = Rings()
    rings.board.inject("doubled", "m4_to_a7", 6, 1, by)
    rings.ring(2)
    (first, up), (taken, down), (again, up_again) = rings.edges()[:3]
    assert (up, down, up_again) == (1, 0, 1)
    assert (first, again) == (0, taken + by)
    assert len(rings.heard) == 3


def test_an_ended_fault_strikes_no_more():
    rings = Rings()
    fault = rings.board.inject("lost", "m4_to_a7", 6)
    rings.ring()
    fault.end()
    rings.ring()
    assert len(rings.heard) == 1


def test_other_channels_and_the_other_direction_are_left_alone():
    rings = Rings()
    rings.board.inject("lost", "m4_to_a7", 5)
    rings.board.inject("lost", "a7_to_m4", 6)
    rings.ring()
    assert len(rings.heard) == 1


def test_of_two_faults_the_one_that_was_injected_first_strikes():
    rings = Rings()
    lost, late = rings.board.inject("lost", "m4_to_a7", 6, 1), rings.board.inject("late", "m4_to_a7", 6, by=US)
    rings.ring(2)
    assert (lost.struck, late.struck) == ([0], [100 * US])
    assert len(rings.heard) == 1


def test_one_write_that_raises_two_flags_loses_one_of_them():
    rings = Rings()
    rings.board.inject("lost", "m4_to_a7", 6)
    rings.ipcc.write(C2SCR, 0b110001 << 16, 4)
    assert rings.board.occupied() == ["m4_to_a7:1", "m4_to_a7:5"]


def test_linux_finds_the_channel_of_its_lost_doorbell_free_at_once():
    board = Board(engine="bare")
    assert board.linux is not None
    done: list[int] = []
    channel = board.linux.request_channel(5, tx_done=lambda message, status: done.append(status))
    board.inject("lost", "a7_to_m4", 5, 1)
    channel.send("doorbell")
    board.run_for(100 * US)
    assert done == [0]
    channel.send("doorbell")
    board.run_for(100 * US)
    assert done == [0]  # the second is up, and nobody takes it
    assert board.occupied() == ["a7_to_m4:5"]


@pytest.mark.parametrize("kernel", ["6.1", "st-6.1-bidirectional"])
def test_the_firmwares_own_write_is_lost_on_an_engine_with_a_core(kernel):
    """The image ipcc_signals asks on CH5 when it is ready, whoever listens."""
    heard = {}
    for fault in (False, True):
        board = Board(kernel=kernel)
        assert board.linux is not None
        board.load(prebuilt_image("ipcc_signals.elf"))
        if fault:
            board.inject("lost", "m4_to_a7", 5)
        board.boot()
        board.run_for(MS)
        heard[fault] = board.doorbells()["m4_to_a7"].get("5", 0)
    assert heard == {False: 1, True: 0}


def test_without_a_trace_it_works_as_well():
    board = Board(engine="bare", trace=False)
    board.inject("lost", "a7_to_m4", 5)
    assert board.linux is not None
    board.linux.request_channel(5).send("doorbell")
    assert board.occupied() == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("lots", "m4_to_a7", 6), "no doorbell can be `lots`. Did you mean `lost`?"),
        (("lost", "up", 6), "no doorbell goes `up`. There are: a7_to_m4, m4_to_a7."),
        (("lost", "m4_to_a7", 0), "there is no channel 0: this IPCC has the channels 1 to 6."),
        (("lost", "m4_to_a7", 7), "there is no channel 7: this IPCC has the channels 1 to 6."),
        (("lost", "m4_to_a7", True), "there is no channel True: this IPCC has the channels 1 to 6."),
        (("lost", "m4_to_a7", 6, 0), "doorbells count from 1, so `which` cannot be 0. Without it, all go wrong."),
        (("lost", "m4_to_a7", 6, []), "doorbells count from 1, so `which` cannot be []. Without it, all go wrong."),
        (("lost", "m4_to_a7", 6, "1"), "doorbells count from 1, so `which` cannot be '1'. Without it, all go wrong."),
        (("lost", "m4_to_a7", 6, 1.5), "doorbells count from 1, so `which` cannot be 1.5. Without it, all go wrong."),
        *(
            (
                (kind, "m4_to_a7", 6, 1, by),
                "`by` says in ns how late a late doorbell comes, or how long after it was taken a doubled one comes"
                f" again. With `{kind}` it cannot be {by!r}.",
            )
            for kind, by in (("late", 0), ("late", -1), ("lost", 5), ("doubled", -1), ("doubled", 0.5))
        ),
    ],
)
def test_nonsense_is_refused(arguments, sentence):
    board = Board(engine="bare")
    with pytest.raises(UsageError) as caught:
        board.inject(*arguments)
    assert str(caught.value) == sentence


def test_a_board_without_an_ipcc_has_no_doorbells_to_go_wrong(tmp_path):
    platform = tmp_path / "none.repl"
    platform.write_text("sram: Memory.MappedMemory @ sysbus 0x10000000\n    size: 0x10000\n")
    with pytest.raises(UsageError, match=r"has no STM32MP1.IPCC, whose doorbells could go wrong\.$"):
        Board(platform=platform, engine="bare", host="none").inject("lost", "m4_to_a7", 6)
