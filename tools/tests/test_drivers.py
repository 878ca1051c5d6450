"""Two drivers at different speeds: level lines let every order of events through, an edge does not.

The order "set the flag, then unmask" and the deadlock of an edge-only TX line are ipcc-hardware.md §4's experiment.
"""

from __future__ import annotations

import pytest

from ipcclab.drivers import Exchange
from ipcclab.mailbox import BareIpcc
from mp1bench.errors import UsageError
from mp1bench.trace import A7, M4, Access
from stm32mp1.ipcc import Ipcc

ROUNDS = 1000
SPEEDS = [(1, 1), (1, 100), (100, 1), (3, 7)]
C1MR = 0x004
TX0 = 1  # in RX0, TX0, RX1, TX1


class EdgeOnly(Ipcc):
    """An IPCC with a fault: TX0 rises only when an unmasked channel goes from occupied to free."""

    def __init__(self) -> None:
        self._before = self._edges = 0
        super().__init__()

    def _outputs(self) -> list[bool]:
        levels = super()._outputs()
        flags = self.read(0x00C, 4)
        self._edges = (self._edges | self._before & ~flags) & ~flags & ~(self.read(C1MR, 4) >> 16)
        self._before = flags
        levels[TX0] = levels[TX0] and self._edges != 0
        return levels


@pytest.mark.parametrize("speeds", SPEEDS)
def test_exchange_completes_at_any_speeds(speeds: tuple[int, int]) -> None:
    outcome = Exchange(BareIpcc(), ROUNDS, speeds).run()
    assert (outcome.rounds, outcome.deadlock) == (ROUNDS, "")


@pytest.mark.parametrize("speeds", [(1, 1), (100, 1)])
def test_edge_only_line_passes_while_processor_2_is_slow(speeds: tuple[int, int]) -> None:
    outcome = Exchange(BareIpcc(device=EdgeOnly()), ROUNDS, speeds).run()
    assert (outcome.rounds, outcome.deadlock) == (ROUNDS, "")


def test_edge_only_line_deadlocks_in_round_1_when_processor_2_is_fast() -> None:
    outcome = Exchange(BareIpcc(device=EdgeOnly()), ROUNDS, (1, 100)).run()
    assert outcome.rounds == 0
    assert outcome.deadlock == (
        "in round 1, since 0.003000 ms: processor 1 waits for TX0 and processor 2 waits for RX1;"
        " channel 1 from processor 1 is free"
    )


def test_flag_is_set_before_it_is_unmasked() -> None:
    ipcc = BareIpcc()
    Exchange(ipcc, 1, channel=2).run()
    written = [(e.offset, e.value) for e in ipcc.trace.events if isinstance(e, Access) and (e.op, e.cpu) == ("W", A7)]
    assert written == [(0x000, 0x10000), (0x008, 0x20000), (C1MR, 0xFFFDFFFF), (C1MR, 0xFFFFFFFF)]


def test_access_takes_the_period_of_its_processor() -> None:
    """Processor 2 is ten times as fast: 5 ns against 50 ns."""
    ipcc = BareIpcc()
    Exchange(ipcc, 3, (1, 10)).run()
    accesses = [event for event in ipcc.trace.events if isinstance(event, Access)]
    assert [event.t for event in accesses if event.cpu == A7][:3] == [50, 100, 150]
    assert [event.t for event in accesses if event.cpu == M4][:3] == [5, 10, 15]


def test_fast_processor_2_has_answered_before_processor_1_unmasks() -> None:
    ipcc = BareIpcc()
    Exchange(ipcc, 1, (1, 100)).run()
    writes = [(e.cpu, e.offset) for e in ipcc.trace.events if isinstance(e, Access) and e.op == "W"]
    assert writes.index((M4, 0x018)) < writes.index((A7, C1MR))


@pytest.mark.parametrize(
    ("rounds", "speeds", "channel", "sentence"),
    [
        (0, (1, 1), 1, "an exchange has at least one round, and each processor a speed of at least 1."),
        (1, (0, 1), 1, "an exchange has at least one round, and each processor a speed of at least 1."),
        (100_001, (1, 1), 1, "an exchange has at most 100000 rounds, not 100001."),
        (1, (1, 1), 7, "there is no channel 7; the IPCC has channels 1 to 6."),
    ],
)
def test_impossible_exchange_is_refused(rounds: int, speeds: tuple[int, int], channel: int, sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        Exchange(BareIpcc(), rounds, speeds, channel)
    assert str(error.value) == sentence
