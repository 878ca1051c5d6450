"""Who holds which descriptor, against two parties that play it out: what they know, and what the rings let know."""

from __future__ import annotations

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from ipcclab.sharedmemory.ownership import held, in_flight, written

MOVES = st.lists(st.tuples(st.booleans(), st.integers(0, 15)), max_size=120)
SIZES = st.sampled_from([2, 4, 8, 16])


class Players:
    """Linux gives any buffer that it has; the firmware gives back the oldest or, out of turn, any."""

    def __init__(self, num: int) -> None:
        self.num = num
        self.linux = list(range(num))
        self.firmware: deque[int] = deque()
        self.avail, self.used = [0] * num, [0] * num
        self.avail_idx = self.used_idx = 0
        self.given = 0

    def give(self, choice: int) -> None:
        if self.linux:
            head = self.linux.pop(choice % len(self.linux))
            self.firmware.append(head)
            self.avail[self.avail_idx % self.num] = head
            self.avail_idx = (self.avail_idx + 1) % 65536
            self.given += 1

    def give_back(self, choice: int = 0) -> None:
        if self.firmware:
            head = self.firmware[choice % len(self.firmware)]
            self.firmware.remove(head)
            self.linux.append(head)
            self.used[self.used_idx % self.num] = head
            self.used_idx = (self.used_idx + 1) % 65536

    def told(self) -> tuple[set[int], set[int]]:
        return held(self.num, self.avail, self.avail_idx, self.used, self.used_idx)


def round_the_indices(players: Players, to: int) -> None:
    """Go round in turn until the indices are near `to`, as after a long run."""
    for slot in range(players.num):
        players.avail[slot] = players.used[slot] = slot
    players.avail_idx = players.used_idx = to - to % players.num


@settings(derandomize=True, deadline=None, max_examples=300)
@given(SIZES, MOVES, st.sampled_from([0, 32, 65_536 - 16, 65_536 - 32]))
def test_owner_is_exact_while_buffers_come_back_in_turn(num: int, moves: list[tuple[bool, int]], start: int) -> None:
    players = Players(num)
    if start:
        round_the_indices(players, start)
    for to_firmware, choice in moves:
        if to_firmware:
            players.give(choice)
        else:
            players.give_back()
        assert players.told() == (set(players.firmware), set())


@settings(derandomize=True, deadline=None, max_examples=300)
@given(SIZES, MOVES)
def test_owner_is_exact_in_any_order_until_a_ring_comes_round(num: int, moves: list[tuple[bool, int]]) -> None:
    players = Players(num)
    for to_firmware, choice in moves:
        if to_firmware and players.given == num:
            break
        if to_firmware:
            players.give(choice)
        else:
            players.give_back(choice)
        assert players.told() == (set(players.firmware), set())


def test_buffer_that_the_firmware_keeps_is_undecided_and_never_called_linuxs() -> None:
    """It holds the first one for good while the others go round, so that neither ring knows of it any more."""
    players = Players(16)
    for _ in range(16):
        players.give(0)
    for _ in range(40):
        players.give_back(1)
        players.give(0)
    players.give_back(1)
    firmware, undecided = players.told()
    assert firmware <= set(players.firmware)
    assert set(players.firmware) <= firmware | undecided


def test_buffer_that_always_comes_back_first_is_not_taken_for_all() -> None:
    """The newest entries of both rings agree, and name one buffer only."""
    players = Players(16)
    for _ in range(16):
        players.give(0)
    for _ in range(40):
        players.give_back(-1)
        players.give(0)
    assert players.told() == (set(range(16)), set())


def test_what_the_indices_prove_is_told_where_the_order_is_broken() -> None:
    """A gift beyond the last return plus the ring's size came later; one not beyond that return came first."""
    players = Players(16)
    for _ in range(16):
        players.give(0)
    for _ in range(8):
        players.give_back()
        players.give(0)
    for choice in (0, 1, 0):  # 8, then 10 before 9
        players.give_back(choice)
    assert list(players.firmware) == [*range(11, 16), *range(8)]
    assert players.told() == (set(range(8)), set(range(10, 16)))


def test_difference_of_the_indices_wraps_round() -> None:
    assert in_flight(3, 65_530) == 9
    assert in_flight(3, 4) == 65_535


def test_entries_are_written_as_far_as_the_index_or_all_of_them_once_it_came_round() -> None:
    assert written(3, 1, 16) == 3
    assert written(40, 38, 16) == 16
    assert written(3, 65_530, 16) == 16
    assert written(65_530, 3, 16) == 16
