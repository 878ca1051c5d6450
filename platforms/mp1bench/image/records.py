"""Intel HEX and Motorola S-records: reads the bytes of a memory, line by line, as runs of addresses.

Start addresses in the file are passed over: the Cortex-M4 fetches its first PC from the vector table.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mp1bench.errors import ImageError
from mp1bench.image.file import HEX, SRECORDS

LARGEST_TEXT = 8 << 20  # several times what the M4's memories take, one byte to a line
MOST_RUNS = 256

_DATA, _END, _SEGMENT, _START_SEGMENT, _LINEAR, _START_LINEAR = range(6)
_ADDRESS_SIZES = {"1": 2, "2": 3, "3": 4}  # of S-records that hold data
_PASSED_OVER = "056"
_LAST = "789"


class _RecordError(Exception):
    """What is wrong with one line."""


def read_records(path: Path, content: bytes, kind: str) -> list[tuple[int, bytes]]:
    """The runs in `content`, which is HEX or SRECORDS: (address, bytes), ascending and apart. Raises ImageError."""
    if len(content) > LARGEST_TEXT:
        raise ImageError(
            f"`{path}` has {len(content) >> 20} MiB of {kind}; the M4's memory takes less than"
            f" {LARGEST_TEXT >> 20}. Give the .elf that the linker wrote."
        )
    records = {HEX: _hex_records, SRECORDS: _s_records}[kind]
    runs: list[tuple[int, bytearray]] = []
    try:
        lines = content.decode("ascii", "replace").splitlines()
        for address, data in records(lines):
            if runs and runs[-1][0] + len(runs[-1][1]) == address:
                runs[-1][1].extend(data)
            elif data:
                runs.append((address, bytearray(data)))
    except _RecordError as error:
        raise ImageError(f"`{path}` is damaged {kind}: {error}. Copy or build it again.") from None
    return [(address, bytes(data)) for address, data in _joined(path, kind, runs)]


def _joined(path: Path, kind: str, runs: list[tuple[int, bytearray]]) -> list[tuple[int, bytearray]]:
    """The same in the order of addresses, neighbours as one run."""
    joined: list[tuple[int, bytearray]] = []
    for address, data in sorted(runs, key=lambda run: run[0]):
        end = joined[-1][0] + len(joined[-1][1]) if joined else -1
        if address < end:
            raise ImageError(
                f"`{path}` is damaged {kind}: it has two contents for 0x{address:08X}. Copy or build it again."
            )
        if address == end:
            joined[-1][1].extend(data)
        else:
            joined.append((address, data))
    if len(joined) > MOST_RUNS:
        raise ImageError(
            f"`{path}` is damaged {kind}: it has {len(joined)} separate pieces; firmware has at most {MOST_RUNS}."
            " Copy or build it again."
        )
    return joined


def _hex_records(lines: list[str]) -> Iterator[tuple[int, bytes]]:
    """(address, data) of each data record."""
    base = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        record = _bytes_of(number, line, ":", 1)
        size, kind, data = record[0], record[3], record[4:-1]
        if len(data) != size:
            raise _RecordError(f"line {number} announces {size} bytes and has {len(data)}")
        if sum(record) & 0xFF:
            raise _RecordError(f"line {number} has a wrong checksum")
        if kind == _DATA:
            yield base + int.from_bytes(record[1:3], "big"), data
        elif kind == _END:
            return
        elif kind in (_SEGMENT, _LINEAR):
            if size != 2:
                raise _RecordError(f"line {number} sets an address with {size} bytes instead of 2")
            base = int.from_bytes(data, "big") << (4 if kind == _SEGMENT else 16)
        elif kind not in (_START_SEGMENT, _START_LINEAR):
            raise _RecordError(f"line {number} has a record of type {kind}, which there is not")
    raise _RecordError("it has no end record (:00000001FF)")


def _s_records(lines: list[str]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        kind = line[1:2]
        record = _bytes_of(number, line, "S", 2)
        if record[0] != len(record) - 1:
            raise _RecordError(f"line {number} announces {record[0]} bytes and has {len(record) - 1}")
        if sum(record) & 0xFF != 0xFF:
            raise _RecordError(f"line {number} has a wrong checksum")
        if kind in _ADDRESS_SIZES:
            end = 1 + _ADDRESS_SIZES[kind]
            yield int.from_bytes(record[1:end], "big"), record[end:-1]
        elif kind in _LAST:
            return
        elif kind not in _PASSED_OVER:
            raise _RecordError(f"line {number} has a record of type S{kind}, which there is not")
    raise _RecordError("it has no end record (S7, S8 or S9)")


def _bytes_of(number: int, line: str, mark: str, start: int) -> bytes:
    """What a line holds behind its first `start` characters; long enough for size, address, kind and checksum."""
    line = line.rstrip()
    try:
        record = bytes.fromhex(line[start:]) if line[:1] == mark and " " not in line else b""
    except ValueError:
        record = b""
    if len(record) < (5 if mark == ":" else 4):
        raise _RecordError(f"line {number} is no record ({line[:20]!r})")
    return record
