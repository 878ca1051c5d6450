"""A firmware's way to Linux in Python: processor 2's part of the IPCC and the shared memory, where no M4 is wanted.

It is for tests of Linux's side, which give it to a transport as the real firmware has its own in C.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from mp1bench.engine import Engine
from mp1bench.mcapi import layout
from mp1bench.trace import Mcapi
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import C1TOC2SR, C2CR, C2MR, C2SCR, C2TOC1SR

_EVENT_TARGET = "mcapi-peer"
_RXOIE_TXFIE = 0x00010001


class FirmwarePort:
    """The firmware's `Port` on `engine`: rings CH6, is rung on CH5, `latency_ns` after each edge."""

    def __init__(self, engine: Engine, ipcc: Ipcc, latency_ns: int = 1_000) -> None:
        self.on_ring: Callable[[], None] = lambda: None
        self.on_free: Callable[[], None] = lambda: None
        self._engine = engine
        self._ipcc = ipcc
        self._latency_ns = latency_ns
        self._rx, self._tx = 1 << layout.TX_CHANNEL - 1, 1 << layout.RX_CHANNEL - 1  # named as Linux sees them
        self._timers: dict[str, Callable[[], None]] = {}
        self._serial = count()
        engine.on_event(_EVENT_TARGET, self._fire)
        for line, handler in (("RX1", self._occupied), ("TX1", self._free)):
            engine.watch("ipcc", line, lambda level, handler=handler: self._soon(handler) if level else None)  # type: ignore[misc]
        ipcc.write(C2MR, 0xFFFFFFFF & ~self._rx, 4)
        ipcc.write(C2CR, _RXOIE_TXFIE, 4)

    @property
    def now(self) -> int:
        return self._engine.now

    def read(self, offset: int, size: int) -> bytes:
        return self._engine.read_bytes(layout.BASE + offset, size)

    def write(self, offset: int, data: bytes) -> None:
        self._engine.write_bytes(layout.BASE + offset, data)

    def barrier(self) -> None:
        """Nothing: accesses are in order."""

    def post(self) -> None:
        self._ipcc.write(C2SCR, self._tx << 16, 4)
        self._ipcc.write(C2MR, self._ipcc.read(C2MR, 4) & ~(self._tx << 16), 4)

    def after(self, delay_ns: int, function: Callable[[], None]) -> Callable[[], None]:
        tag = str(next(self._serial))
        self._timers[tag] = function
        ticket = self._engine.schedule(self.now + delay_ns, _EVENT_TARGET, tag)

        def cancel() -> None:
            self._timers.pop(tag, None)
            self._engine.cancel(ticket)

        return cancel

    def record(self, event: Mcapi) -> None:
        """Nothing: the trace shows Linux's side."""

    def _soon(self, handler: Callable[[], None]) -> None:
        self.after(self._latency_ns, handler)

    def _fire(self, tag: str) -> None:
        function = self._timers.pop(tag, None)
        if function is not None:
            function()

    def _occupied(self) -> None:
        if self._ipcc.read(C1TOC2SR, 4) & self._rx:
            self._ipcc.write(C2SCR, self._rx, 4)
            self.on_ring()

    def _free(self) -> None:
        if not self._ipcc.read(C2TOC1SR, 4) & self._tx:
            self._ipcc.write(C2MR, self._ipcc.read(C2MR, 4) | self._tx << 16, 4)
            self.on_free()
