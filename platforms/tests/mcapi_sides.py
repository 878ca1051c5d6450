"""Both sides of MCAPI's transport on one board; each can be stalled, killed between two writes and started anew.

Linux's side goes through its mailbox framework and driver, the other is played in Python: `mp1bench.mcapi.peer`.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable

from mp1bench.board import Board
from mp1bench.mcapi import layout
from mp1bench.mcapi.frame import Buffer, Frame
from mp1bench.mcapi.host import LinuxPort
from mp1bench.mcapi.layout import Count, Kind, Role
from mp1bench.mcapi.peer import FirmwarePort
from mp1bench.mcapi.port import Port
from mp1bench.mcapi.transport import Transport
from mp1bench.trace import Mcapi

US, MS = 1_000, 1_000_000
#: In how much time both sides agree again and what is sent arrives, whatever happened before: each doorbell that is
#: missing costs 1 ms at first, and what cannot be right is repaired or given up after 1 + 2 + 4 + 8 ms.
SETTLED = 40 * MS


class KilledError(Exception):
    """The processor has stopped in the middle of its work."""


class Wire:
    """A `Port` of one life of one side. It dies with write number `last`; `before_write` is called before each."""

    def __init__(self, port: Port) -> None:
        self.alive = True
        self.writes = 0
        self.last: int | None = None
        self.before_write: Callable[[int], None] = lambda number: None
        self._port = port

    def guard(self, function: Callable[[], object]) -> None:
        """Have the processor do something, if it lives and as long as it does."""
        if not self.alive:
            return
        try:
            function()
        except KilledError:
            self.alive = False

    @property
    def now(self) -> int:
        return self._port.now

    def read(self, offset: int, size: int) -> bytes:
        return self._port.read(offset, size)

    def write(self, offset: int, data: bytes) -> None:
        self._step()
        self._port.write(offset, data)
        self._end()

    def barrier(self) -> None:
        self._port.barrier()

    def post(self) -> None:
        self._step()
        self._port.post()
        self._end()

    def after(self, delay_ns: int, function: Callable[[], None]) -> Callable[[], None]:
        return self._port.after(delay_ns, lambda: self.guard(function))

    def record(self, event: Mcapi) -> None:
        self._port.record(event)

    def _step(self) -> None:
        if not self.alive:
            raise KilledError
        self.writes += 1
        self.before_write(self.writes)

    def _end(self) -> None:
        if self.writes == self.last:
            raise KilledError


class _Firmware(FirmwarePort):
    """One that leaves the flags alone while it is dead."""

    alive = True

    def _occupied(self) -> None:
        if self.alive:
            super()._occupied()

    def _free(self) -> None:
        if self.alive:
            super()._free()

    def awake(self) -> None:
        """What a level interrupt does when it is unmasked."""
        self.alive = True
        self._soon(self._occupied)


class Node:
    """One side. What it sends are numbers that never come twice; `got` are those that came, each with its priority."""

    wire: Wire
    transport: Transport

    def __init__(self, sides: Sides, role: Role) -> None:
        self.role = role
        self.got: list[tuple[int, int]] = []
        self.ups: list[bool] = []
        self.held: list[Buffer] = []
        self.spaces = 0
        self.stalled = self.holding = False
        self._sides = sides
        self._waiting: tuple[deque[int], deque[int]] = (deque(), deque())
        self._sent = 0

    # -- life -------------------------------------------------------------------------------------------------

    def start(self, prepare: Callable[[Wire], None] = lambda wire: None) -> None:
        """Begin a life, on a wire that was prepared."""
        self.held.clear()
        for waiting in self._waiting:
            waiting.clear()
        self.wire = Wire(self._sides.open(self.role))
        prepare(self.wire)
        self.transport = Transport(self.wire, self.role, self)
        self._sides.connect(self.role, self)
        self.wire.guard(self.transport.start)

    def die(self) -> None:
        """Without a word."""
        self.wire.alive = False
        self._sides.close(self.role)

    def restart(self) -> None:
        self.die()
        self.start()

    def stop(self) -> None:
        """In order."""
        self.wire.guard(self.transport.stop)
        self.die()

    # -- frames -----------------------------------------------------------------------------------------------

    def send(self, count: int, priority: int = 1) -> list[int]:
        """Send so many numbers, some as messages, some as scalars; what has no room waits. Returns the numbers."""
        numbers = [self._sent + n for n in range(count)]
        self._sent += count
        self._waiting[priority].extend(numbers)
        self.wire.guard(self._pump)
        return numbers

    def _pump(self) -> None:
        for priority, waiting in enumerate(self._waiting):
            while waiting and self._put(priority, waiting[0]):
                waiting.popleft()

    def _put(self, priority: int, number: int) -> bool:
        if number % 3 == 2:
            return self.transport.send(Frame(Kind.SCALAR, priority, 1, 2, 8, None, number, ~number & 0xFFFFFFFF))
        buffer = self.transport.allocate(priority)
        if buffer is None:
            return False
        payload = struct.pack("<II", number, ~number & 0xFFFFFFFF)
        buffer.write(payload)
        sent = self.transport.send(Frame(Kind.MESSAGE, priority, 1, 2, len(payload), buffer))
        if not sent:
            self.transport.free(buffer)
        return sent

    def release(self) -> None:
        """Send home what is held, the last first."""
        for buffer in reversed(self.held):
            self.wire.guard(lambda buffer=buffer: self.transport.release(buffer))  # type: ignore[misc]
        self.held.clear()

    def go_on(self) -> None:
        """End a stall."""
        self.stalled = self.holding = False
        self.release()
        self.wire.guard(self.transport.poll)

    def counted(self, which: Count) -> int:
        return self.transport.statistics(self.role)[which]

    # -- the transport's client -------------------------------------------------------------------------------

    def frame(self, frame: Frame) -> bool:
        if self.stalled:
            return False
        number, check = struct.unpack("<II", frame.payload()[:8].ljust(8, b"\0"))
        if check == ~number & 0xFFFFFFFF:  # a test that writes into the memory may change payloads, too
            self.got.append((frame.priority, number))
        if frame.buffer is not None:
            self.held.append(frame.buffer)
            if not self.holding:
                self.transport.release(self.held.pop())
        return True

    def peer(self, up: bool) -> None:
        self.ups.append(up)
        if up:
            self._pump()
        else:
            self.held.clear()

    def space(self) -> None:
        self.spaces += 1
        self._pump()


class Sides:
    """A board without an M4, and `nodes` by role; none is started."""

    def __init__(self, kernel: str = "6.1", *, trace: bool = False) -> None:
        self.board = Board(engine="bare", kernel=kernel, trace=trace)
        assert self.board.linux is not None
        assert self.board.ipcc is not None
        self.linux = self.board.linux
        self._firmware = _Firmware(self.board.engine, self.board.ipcc)
        self._host: LinuxPort | None = None
        self.host, self.firmware = Node(self, Role.HOST), Node(self, Role.FIRMWARE)
        self.nodes = (self.host, self.firmware)

    def open(self, role: Role) -> Port:
        if role is Role.FIRMWARE:
            return self._firmware
        self._host = LinuxPort(self.linux)
        return self._host

    def connect(self, role: Role, node: Node) -> None:
        """Interrupts go to this life of the side."""
        port = self._firmware if role is Role.FIRMWARE else self._host
        assert port is not None
        wire, transport = node.wire, node.transport
        port.on_ring = lambda: wire.guard(transport.poll)
        port.on_free = lambda: wire.guard(transport.freed)
        if role is Role.FIRMWARE:
            self._firmware.awake()

    def close(self, role: Role) -> None:
        if role is Role.FIRMWARE:
            self._firmware.alive = False
        elif self._host is not None:
            self._host.close()
            self._host = None

    def up(self) -> Sides:
        """Start both, and wait until they have agreed."""
        for node in self.nodes:
            node.start()
        self.run(SETTLED)
        assert self.linked
        return self

    @property
    def linked(self) -> bool:
        return all(node.wire.alive and node.transport.up for node in self.nodes)

    def run(self, ns: int) -> None:
        self.board.run_for(ns)

    def read(self, offset: int, size: int = 4) -> int:
        """A word of the shared memory."""
        return int.from_bytes(self.board.engine.read_bytes(layout.BASE + offset, size), "little")

    def write(self, offset: int, value: int) -> None:
        """Change a word of the shared memory behind both sides' backs."""
        self.board.engine.write_bytes(layout.BASE + offset, (value & 0xFFFFFFFF).to_bytes(4, "little"))


def arrived(node: Node, numbers: list[int], priority: int) -> bool:
    """Have exactly these come, in this order, among what has come with this priority?"""
    wanted = set(numbers)
    return [number for ring, number in node.got if ring == priority and number in wanted] == numbers


def nothing_twice(sides: Sides) -> bool:
    """Has no number come twice on either side, and is each priority in order?"""
    for node in sides.nodes:
        for priority in range(layout.PRIORITIES):
            numbers = [number for ring, number in node.got if ring == priority]
            if numbers != sorted(set(numbers)):
                return False
    return True


def works(sides: Sides, count: int = 30) -> bool:
    """Does fresh traffic arrive, both ways with both priorities? 30 are more than a pool and a ring hold."""
    sent = [(node, priority, node.send(count, priority)) for node in sides.nodes for priority in (1, 0)]
    sides.run(SETTLED)
    return all(arrived(sides.nodes[node.role.peer], numbers, priority) for node, priority, numbers in sent)


def all_home(node: Node) -> bool:
    """Has a side, which holds none itself, all of its buffers? It takes and frees them."""
    taken = [node.transport.allocate(0) for _ in range(layout.BUFFERS)]
    buffers = [buffer for buffer in taken if buffer is not None]
    for buffer in buffers:
        node.transport.free(buffer)
    return len({buffer.index for buffer in buffers}) == layout.BUFFERS
