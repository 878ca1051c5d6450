"""Linux on a machine without an M4: the fixtures of this folder."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mp1bench.engine.bare import BareEngine
from mp1bench.image import Segment, TableSection
from mp1bench.linux import HostEndpoint, LinuxHost, MailboxChannel, MailboxClient
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.flavour import find_flavour
from mp1bench.linux.kernel.irq import Interrupt
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.mailbox.stm32_ipcc import Stm32Ipcc
from mp1bench.linux.of import Node, Reference
from mp1bench.linux.peer import Peer
from mp1bench.linux.platform_bus import PlatformDevice
from mp1bench.linux.soc import Soc
from mp1bench.linux.user_space import UserSpace
from mp1bench.trace import Access, Log, Message, Trace
from stm32mp1.ipcc import Ipcc

IPCC = 0x4C001000
TABLE = 0x10020000

#: What ST's images carry (real-images.md §2.1): a vdev with two rings of 16, and a trace buffer.
VDEV = struct.pack("<IIIIIIBB2s", 3, 7, 0, 1, 0, 0, 0, 2, b"\0\0") + 2 * struct.pack("<IIIII", 0xFFFFFFFF, 16, 16, 0, 0)
TRACE = struct.pack("<IIII32s", 2, 0x10030000, 0x800, 0, b"cm4_log")


class FakeImage(NamedTuple):
    """As much of `mp1bench.image.Image` as remoteproc looks at."""

    path: Path
    segments: tuple[Segment, ...]
    resource_table: TableSection | None


class Bench:
    """The machine, its Linux (of what `LinuxHost` takes), and what was seen of them."""

    def __init__(self, **linux: Any) -> None:
        self.trace = Trace()
        self.engine = BareEngine(self.trace)
        self.ipcc = Ipcc()
        self.engine.add_device("ipcc", self.ipcc, IPCC, 0x400)
        self.engine.add_memory("retram", 0x10000, [0x00000000, 0x38000000])
        self.engine.add_memory("mcusram", 0x60000, [0x10000000, 0x30000000])
        for name, address in (("rcc", 0x50000000), ("pwr", 0x50001000), ("tamp", 0x5C00A000)):
            self.engine.add_memory(name, 0x1000, [address])
        self.host = LinuxHost(self.engine, **linux)

    def peer(self, *, echo: bool = False, listens: tuple[int, ...] = (1, 2, 3), table: int | None = TABLE) -> Peer:
        return Peer(self.engine, self.ipcc, table=table, listens=listens, echo=echo)

    def run(self, us: float) -> None:
        self.engine.run(self.engine.now + round(us * 1000))

    def remoteproc_log(self, since: int = 0) -> list[str]:
        """What remoteproc has printed, from line `since` of the log on, without its prefix."""
        prefix = "remoteproc remoteproc0: "
        return [line.removeprefix(prefix) for line in self.log()[since:] if line.startswith(prefix)]

    def accesses(self, function: str = "", since: int = 0) -> list[str]:
        """Linux's accesses to the IPCC from event `since` on, as "R04 FFFFFFFF"; of one function, or of all."""
        return [
            f"{event.op}{event.offset:02X} {event.value:08X}"
            for event in self.trace.events[since:]
            if isinstance(event, Access) and event.cpu == "a7" and event.function.startswith(function)
        ]

    def log(self, level: str = "") -> list[str]:
        return [
            event.text
            for event in self.trace.events
            if isinstance(event, Log) and event.source == "linux" and level in ("", event.level)
        ]

    def rpmsg_nodes(self) -> list[str]:
        """What RPMsg's drivers have put into /dev."""
        return [path for path in self.host.user.paths() if path.startswith("/dev/") and "RPMSG" in path.upper()]

    def messages(self) -> list[Message]:
        return [event for event in self.trace.events if isinstance(event, Message)]

    @property
    def mark(self) -> int:
        return len(self.trace.events)


def cells(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)


class LoneIpcc:
    """The IPCC's driver alone, on a bench whose host is left unused: its node, clock and interrupts."""

    def __init__(self, bench: Any, kernel: str = "6.1") -> None:
        self.kernel = Kernel(bench.engine, flavour=find_flavour(kernel))
        self.core = MailboxCore(self.kernel)
        soc = Soc(self.kernel, bench.engine, "ipcc", 2_000)
        root = Node("", properties={"#address-cells": cells(1), "#size-cells": cells(1)})
        compatible = [("rcc@50000000", b"st,stm32mp1-rcc\0"), ("exti", b"st,stm32mp1-exti\0")]
        rcc, exti = (Node(name, root, properties={"compatible": what}) for name, what in compatible)
        rcc.properties["reg"] = cells(0x50000000, 0x1000)
        gic = Node("gic", root, properties={"compatible": b"arm,cortex-a7-gic\0"})
        self.node = Node("mailbox@4c001000", root)
        self.node.properties.update({"reg": cells(0x4C001000, 0x400), "st,proc-id": cells(0)})
        self.node.properties["interrupt-names"] = b"rx\0tx\0"
        self.node.refer("clocks", [Reference(rcc, (83,))])
        self.node.refer("interrupts-extended", [Reference(exti, (61, 1)), Reference(gic, (0, 101, 4))])
        self.device = PlatformDevice("4c001000.mailbox", self.node, soc)
        clock = soc.clock(rcc, (83,))
        assert clock is not None
        self.clock = clock
        self.ipcc = Stm32Ipcc(self.kernel, bench.engine, self.core, self.device)

    def interrupt(self, name: str) -> Interrupt:
        interrupt = self.device.irq_byname(name)
        assert isinstance(interrupt, Interrupt)
        return interrupt

    def request(self, cell: int, **options: Any) -> MailboxChannel:
        node = Node("client", references={"mboxes": [Reference(self.node, (cell,))]})
        return self.core.request_channel(MailboxClient(f"c{cell}", node=node, **options), 0)


@pytest.fixture(scope="session")
def lone_ipcc() -> type[LoneIpcc]:
    return LoneIpcc


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="session")
def new_bench() -> type[Bench]:
    """For tests that take many machines."""
    return Bench


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a device tree: the shipped one, and `text` that overrides what it says."""

    def write(text: str) -> Path:
        file = tmp_path / "board.dts"
        file.write_text(f'/dts-v1/;\n/include/ "stm32mp157.dts"\n{text}\n', encoding="utf-8")
        return file

    return write


@pytest.fixture(scope="session")
def table() -> Callable[..., bytes]:
    """Makes a resource table of entries; the default is ST's."""

    def make(*entries: bytes, version: int = 1, num: int | None = None, reserved: int = 0) -> bytes:
        bodies = entries or (VDEV, TRACE)
        count = len(bodies) if num is None else num
        at = 16 + 4 * len(bodies)
        offsets = []
        for body in bodies:
            offsets.append(at)
            at += len(body)
        header = struct.pack("<IIII", version, count, reserved, 0) + struct.pack(f"<{len(offsets)}I", *offsets)
        return header + b"".join(bodies)

    return make


@pytest.fixture(scope="session")
def image(table: Callable[..., bytes]) -> Callable[..., FakeImage]:
    """Makes an image: vectors in RETRAM, code in SRAM, and a table (None: no such section)."""

    def make(data: bytes | None = b"default", address: int = TABLE, segments: tuple[Segment, ...] = ()) -> FakeImage:
        loads = segments or (
            Segment(0, 0, 0, b"\x00\x00\x04\x10\x01\x00\x00\x10", 16),
            Segment(1, 0x10000000, 0x10000000, b"\xfe\xe7" * 8, 16),
        )
        section = None if data is None else TableSection(address, table() if data == b"default" else data)
        return FakeImage(Path("echo.elf"), loads, section)

    return make


@pytest.fixture
def peer(bench: Bench, image: Callable[..., FakeImage]) -> Peer:
    """A firmware that Linux has started."""
    peer = bench.peer()
    bench.host.start(image())
    bench.run(100)
    return peer


@pytest.fixture
def user(bench: Bench, peer: Peer) -> UserSpace:
    """Programs beside that firmware."""
    return bench.host.user


@pytest.fixture
def sample(bench: Bench, peer: Peer) -> HostEndpoint:
    """The service "rpmsg-client-sample" of that firmware, at 0x500."""
    peer.announce("rpmsg-client-sample", 0x500)
    bench.run(100)
    return bench.host.endpoints[-1]
