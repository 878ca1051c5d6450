"""Resource tables for tests, sound or broken on purpose, and the proof that the bench has survived one.

It knows the layout (rsc_table.h) and nothing of the model's own reader.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any


def header(version: int = 1, num: int = 1, reserved: tuple[int, int] = (0, 0), *offsets: int) -> bytes:
    return struct.pack(f"<IIII{len(offsets)}I", version, num, *reserved, *offsets)


def ring(da: int = 0xFFFFFFFF, align: int = 16, num: int = 16) -> bytes:
    return struct.pack("<IIIII", da, align, num, 0, 0)


def vdev(*rings: bytes, kind: int = 7, count: int | None = None, config: int = 0, reserved: bytes = b"") -> bytes:
    rings = rings or (ring(), ring())
    number = len(rings) if count is None else count
    return struct.pack("<IIIIIIBB2s", 3, kind, 0, 1, 0, config, 0, number, reserved) + b"".join(rings)


def memory(kind: int, name: bytes, da: int = 0xFFFFFFFF, length: int = 0x1000, reserved: int = 0) -> bytes:
    return struct.pack("<IIIIII32s", kind, da, 0, length, 0, reserved, name)


def trace(da: int = 0x10030000, length: int = 0x800, reserved: int = 0, name: bytes = b"log") -> bytes:
    return struct.pack("<IIII32s", 2, da, length, reserved, name)


def alone(*entries: bytes) -> bytes:
    """A sound table of these entries."""
    at, offsets = 16 + 4 * len(entries), []
    for entry in entries:
        offsets.append(at)
        at += len(entry)
    return header(1, len(entries), (0, 0), *offsets) + b"".join(entries)


def check_usable(bench: Any, image: Callable[..., Any]) -> None:
    """A good image boots, echoes, and stops when it is asked to."""
    peer = bench.peer(echo=True)
    bench.host.start(image())
    bench.run(200)
    peer.announce("rpmsg-tty", 0x400)
    bench.run(200)
    bench.host.endpoints[-1].send(b"usable")
    bench.run(200)
    assert bench.host.received[-1].data == b"usable"
    assert bench.host.stop() is True
    assert bench.host.rproc.state == "offline"
