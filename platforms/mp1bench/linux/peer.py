"""A firmware in Python: plays the M4 on the IPCC, the rings and the resource table, where no M4 is wanted.

It is for tests of the Linux side, and does as it is told, also what no sane firmware would do.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from mp1bench.engine import Engine
from mp1bench.linux.remoteproc.resource_table import VDEV_STATUS, Vdev, parse
from mp1bench.linux.rpmsg.ns import NS_ADDR, ns_message
from mp1bench.linux.virtio.bus import DRIVER_OK
from mp1bench.linux.virtio.ring import vring_size
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import C1TOC2SR, C2CR, C2MR, C2SCR

_EVENT_TARGET = "peer"
_HEADER = struct.Struct("<IIIHH")  # src, dst, reserved, len, flags
_DESCRIPTOR = struct.Struct("<QIHH")
_USED = struct.Struct("<II")


class PeerMessage(NamedTuple):
    """A message from Linux, as the firmware finds it in a buffer."""

    source: int
    destination: int
    data: bytes


class PeerRing:
    """The device side of a ring: takes what Linux has made available, and puts it back as used."""

    def __init__(self, engine: Engine, address: int, num: int, align: int) -> None:
        self.engine = engine
        self.address = address
        self.num = num
        self.avail = address + _DESCRIPTOR.size * num
        self.used = address + vring_size(num, align) - _USED.size * num - 6
        self._taken = 0

    def take(self) -> tuple[int, int, int] | None:
        """The next available buffer: number of its descriptor, address, length."""
        if self._taken == self.engine.read(self.avail + 2, 2):
            return None
        index = self.engine.read(self.avail + 4 + 2 * (self._taken % self.num), 2)
        self._taken = (self._taken + 1) & 0xFFFF
        descriptor = self.engine.read_bytes(self.address + _DESCRIPTOR.size * index, _DESCRIPTOR.size)
        address, length, _, _ = _DESCRIPTOR.unpack(descriptor)
        return index, address, length

    def put(self, index: int, length: int) -> None:
        """Put a buffer back."""
        count = self.engine.read(self.used + 2, 2)
        element = self.used + 4 + _USED.size * (count % self.num)
        self.engine.write_bytes(element, _USED.pack(index, length))
        self.engine.write(self.used + 2, (count + 1) & 0xFFFF, 2)


class Peer:
    """The firmware behind a resource table at `table` (None: it has none, and knows signals only).

    It hears the channels in `listens` (1-based) `latency_ns` after their flag, notes and acknowledges them, and reads
    what has come on CH2. With `echo` it sends each message back. `inbox` and `signals` hold what it saw.
    """

    def __init__(
        self,
        engine: Engine,
        ipcc: Ipcc,
        *,
        table: int | None = None,
        listens: tuple[int, ...] = (1, 2, 3),
        latency_ns: int = 5_000,
        echo: bool = False,
    ) -> None:
        self.inbox: list[PeerMessage] = []
        self.signals: list[int] = []
        self.reads = True  # does it read its messages?
        self._engine = engine
        self._ipcc = ipcc
        self._table = table
        self._latency_ns = latency_ns
        self._echo = echo
        self._rings: list[PeerRing] = []
        self._listens = sum(1 << channel - 1 for channel in listens)
        engine.on_event(_EVENT_TARGET, self._interrupt)
        engine.watch("ipcc", "RX1", self._edge)
        ipcc.write(C2MR, 0xFFFFFFFF & ~self._listens, 4)
        ipcc.write(C2CR, 1, 4)

    # -- signals ----------------------------------------------------------------------------------------------

    def post(self, channel: int) -> None:
        """Raise the flag of a channel towards Linux."""
        self._ipcc.write(C2SCR, 1 << 16 + channel - 1, 4)

    def free(self, channel: int) -> None:
        """Clear the flag that Linux has raised."""
        self._ipcc.write(C2SCR, 1 << channel - 1, 4)

    def _edge(self, level: bool) -> None:
        if level:
            self._engine.schedule(self._engine.now + self._latency_ns, _EVENT_TARGET, "RX1")

    def _interrupt(self, tag: str) -> None:
        occupied = self._ipcc.read(C1TOC2SR, 4) & self._listens
        for channel in range(1, self._ipcc.CHANNELS + 1):
            if occupied >> channel - 1 & 1:
                self.signals.append(channel)
                self.free(channel)
        if occupied & 1 << 1 and self.reads:
            self.drain()

    # -- messages ---------------------------------------------------------------------------------------------

    @property
    def rings(self) -> list[PeerRing]:
        """vring0 (to Linux) and vring1 (from Linux), where the table says they are; empty while Linux is not ready."""
        if not self._rings and self._table is not None:
            entries, _ = parse(self._engine.read_bytes(self._table, 1024))
            vdev = next(entry for entry in entries if isinstance(entry, Vdev))
            if self._engine.read(self._table + vdev.offset + VDEV_STATUS, 1) & DRIVER_OK:
                self._rings = [PeerRing(self._engine, ring.da, ring.num, ring.align) for ring in vdev.vrings]
        return self._rings

    def drain(self, limit: int | None = None) -> None:
        """Read at most `limit` messages and give their buffers back."""
        while limit is None or limit > 0:
            taken = self.rings[1].take() if self.rings else None
            if taken is None:
                return
            index, address, length = taken
            source, destination, _, size, _ = _HEADER.unpack(self._engine.read_bytes(address, _HEADER.size))
            data = self._engine.read_bytes(address + _HEADER.size, min(size, length))
            self.rings[1].put(index, length)
            self.inbox.append(PeerMessage(source, destination, data))
            if self._echo:
                self.send(destination, source, data)
            limit = None if limit is None else limit - 1

    def announce(self, name: str, address: int, *, created: bool = True) -> None:
        """Announce a service, or take it back."""
        self.send(address, NS_ADDR, ns_message(name, address, created=created))

    def send(
        self,
        source: int,
        destination: int,
        data: bytes,
        *,
        claims: int | None = None,
        used: int = 512,
        rings: bool = True,
    ) -> None:
        """Send a message and ring CH1. `claims` is the length in the header, `used` the one in the ring."""
        taken = self.rings[0].take()
        if taken is None:
            raise AssertionError("Linux has posted no buffer for this message")
        index, address, _ = taken
        size = len(data) if claims is None else claims
        self._engine.write_bytes(address, _HEADER.pack(source, destination, 0, size, 0) + data)
        self.rings[0].put(index, used)
        if rings:
            self.post(1)
