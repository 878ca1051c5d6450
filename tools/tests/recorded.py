"""Traces for the tests of writers, recorded on devices and boards as they are. It asserts nothing."""

from __future__ import annotations

import random
from functools import cache

from mp1bench.board import Board
from mp1bench.shipped import prebuilt_image
from mp1bench.trace import A7, M4, Access, Effect, Line, Trace
from stm32mp1.ipcc import Ipcc, ipcc_class
from stm32mp1.ipcc_table import STM32MP15, Variant


class DrivenIpcc:
    """A bare IPCC on a trace of its own. Each access comes 5 ns after the one before."""

    def __init__(self, variant: Variant = STM32MP15, name: str = "ipcc", trace: Trace | None = None) -> None:
        self.trace = Trace() if trace is None else trace
        self.name = name
        self.device: Ipcc = ipcc_class(variant)()
        self.trace.tables[name] = self.device.TABLE
        self.device.on_event = self._effect
        self.device.on_line = self._line
        self.now = 0

    def _effect(self, kind: str, subject: str, before: int, after: int) -> None:
        self.trace.record(Effect(self.now, self.name, kind, subject, before, after))

    def _line(self, line: str, level: bool) -> None:
        self.trace.record(Line(self.now, self.name, line, level))

    def write(self, register: str | int, value: int, function: str = "driver", cpu: str = A7) -> None:
        self.now += 5
        offset = register if isinstance(register, int) else self._offset(register)
        self.trace.record(Access(self.now, cpu, None, function, self.name, "W", offset, 4, value))
        self.device.write(offset, value, 4)

    def read(self, register: str | int, function: str = "driver", cpu: str = A7) -> None:
        self.now += 5
        offset = register if isinstance(register, int) else self._offset(register)
        index = self.trace.size()
        value = self.device.read(offset, 4)
        self.trace.insert(index, Access(self.now, cpu, None, function, self.name, "R", offset, 4, value))

    def _offset(self, name: str) -> int:
        register = self.device.TABLE.named(name)
        assert register is not None
        return register.offset


def random_accesses(variant: Variant, events: int, seed: int = 1) -> DrivenIpcc:
    """An IPCC under accesses by chance: nothing that repeats, so nothing that compresses."""
    chance = random.Random(seed)
    ipcc = DrivenIpcc(variant)
    offsets = [register.offset for register in ipcc.device.TABLE] + [0x020]
    while ipcc.trace.size() < events:
        ipcc.now += chance.randrange(1_000_000)
        function, cpu = f"function_{chance.randrange(20)}", chance.choice([A7, M4])
        if chance.random() < 0.6:
            ipcc.write(chance.choice(offsets), chance.getrandbits(32), function, cpu)
        else:
            ipcc.read(chance.choice(offsets), function, cpu)
    return ipcc


@cache
def echoes(events: int) -> Board:
    """A board whose firmware has answered messages of all kinds until the trace has so many events."""
    board = Board()
    board.load(prebuilt_image("rpmsg_echo"))
    board.boot()
    linux = board.linux
    assert linux is not None
    assert board.trace is not None
    assert board.run_until(lambda: linux.endpoints, timeout_ns=50_000_000)
    number = 0
    while board.trace.size() < events:
        number += 1
        linux.endpoints[0].send(b"message %d %s" % (number, b"." * (number % 60)))
        answers = len(linux.received)
        assert board.run_until(lambda answers=answers: len(linux.received) > answers, timeout_ns=50_000_000)
    return board
