"""The snapshot file of a run, `FILE.ipcc`: what the RAM held at its end, and where in it the resource table is.

It is for looking at (`ipcclab inspect`); nothing can go on from it. The file is a zip of `about.json` and of the pieces
of each RAM that hold anything but zeroes, named by RAM and offset. Equal boards give equal bytes: nothing in it is
compressed or dated.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipcclab.endings import by_ending
from ipcclab.sharedmemory.board import table_place
from ipcclab.sharedmemory.decode import decode
from ipcclab.sharedmemory.stored import Piece, StoredMemory
from ipcclab.sharedmemory.structure import SharedMemory
from ipcclab.summary import platform_name
from mp1bench.errors import IpccLabError, UsageError
from mp1bench.regions import Region

if TYPE_CHECKING:
    from mp1bench.board import Board

ENDING = ".ipcc"
SCHEMA, VERSION = "ipcclab-memory", 1

_ABOUT = "about.json"
_BLOCK = 256  # bytes that are left out together if all of them are zero
_LARGEST_ABOUT, _LARGEST = 1 << 20, 64 << 20
_HOW = "`ipcclab run IMAGE --snapshot FILE.ipcc` writes one."


class SnapshotFileError(IpccLabError):
    """A file that is no snapshot, or not one that this version reads."""

    exit_code = 3


@dataclass(frozen=True)
class M4:
    """The core when the snapshot was taken. `crash` says how it crashed, "" if it has not.

    `pc` is None where there is no core, `function` "" where none is known.
    """

    running: bool
    asleep: bool
    crash: str
    pc: int | None
    function: str


@dataclass(frozen=True)
class About:
    """What is known beside the bytes. `ipcc` has the registers' values by name; `image` is "" without one."""

    image: str
    image_sha256: str | None
    platform: str
    virtual_ns: int
    table_address: int | None
    table_size: int
    ipcc: Mapping[str, int]
    m4: M4


@dataclass(frozen=True)
class MemorySnapshot:
    """The RAMs of a board, and what is known beside."""

    about: About
    memory: StoredMemory

    def decode(self) -> SharedMemory:
        return decode(self.memory.read, self.about.table_address, self.about.table_size)


def take(board: Board) -> MemorySnapshot:
    """The board's memory as it is now."""
    state, image, crash = board.engine.core_state(), board.image, board.crash()
    address, size = table_place(board) or (None, 0)
    m4 = M4(
        running=board.engine.running,
        asleep=state is not None and state.asleep,
        crash=crash.detail if crash is not None else "",
        pc=None if state is None else state.pc,
        function="" if state is None or image is None else image.symbolize(state.pc),
    )
    about = About(
        image=image.path.name if image else "",
        image_sha256=image.sha256 if image else None,
        platform=platform_name(board),
        virtual_ns=board.engine.now,
        table_address=address,
        table_size=size,
        ipcc=board.registers(),
        m4=m4,
    )
    regions = tuple(board.platform.regions)
    pieces = [
        Piece(region.name, offset, data)
        for region in regions
        for offset, data in _written(board.engine.read_bytes(region.addresses[0], region.size))
    ]
    return MemorySnapshot(about, StoredMemory(regions, pieces))


def _written(memory: bytes) -> Iterator[tuple[int, bytes]]:
    """The pieces that are not all zeroes, and their offsets."""
    blocks = range(0, len(memory), _BLOCK)
    for holds, group in groupby(blocks, lambda at: any(memory[at : at + _BLOCK])):
        first, *rest = group
        if holds:
            yield first, memory[first : (rest[-1] if rest else first) + _BLOCK]


# -- the file ---------------------------------------------------------------------------------------------------


def check_name(path: Path) -> None:
    """UsageError unless a snapshot may be called so."""
    by_ending(path, {ENDING: write}, "a snapshot of memory is never")


def write(path: Path, snapshot: MemorySnapshot) -> None:
    """Write the file. UsageError if it cannot be written."""
    check_name(path)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        regions = [region._asdict() for region in snapshot.memory.regions]
        about = {"schema": SCHEMA, "version": VERSION, **asdict(snapshot.about), "memories": regions}
        _add(archive, _ABOUT, (json.dumps(about, indent=2) + "\n").encode())
        for piece in snapshot.memory.pieces:
            _add(archive, f"{piece.ram}/{piece.offset:08x}", piece.data)
    try:
        path.write_bytes(packed.getvalue())
    except OSError as error:
        raise UsageError(f"{path}: the snapshot cannot be written there ({error.strerror}).") from error


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    member = zipfile.ZipInfo(name)  # dated 1980, as old as a zip can be
    member.create_system = 3
    archive.writestr(member, data)


def read(path: Path) -> MemorySnapshot:
    """Read such a file. SnapshotFileError says what is wrong with it."""
    try:
        if not path.is_file():
            raise SnapshotFileError(f"`{path}` {'is no file' if path.exists() else 'does not exist'}. {_HOW}")
        with zipfile.ZipFile(path) as archive:
            return _unpack(path, archive)
    except zipfile.BadZipFile as error:
        raise SnapshotFileError(f"`{path}` is no snapshot of memory, or a damaged one ({error}). {_HOW}") from error
    except (zlib.error, EOFError, UnicodeDecodeError, NotImplementedError, RuntimeError, OSError) as error:
        raise SnapshotFileError(f"`{path}` cannot be read ({error}).") from error


def _unpack(path: Path, archive: zipfile.ZipFile) -> MemorySnapshot:
    members = {member.filename: member for member in archive.infolist()}
    if _ABOUT not in members:
        raise SnapshotFileError(f"`{path}` is a zip file without {_ABOUT}, and so no snapshot of memory. {_HOW}")
    try:
        given = json.loads(_content(path, archive, members.pop(_ABOUT), _LARGEST_ABOUT))
        if not isinstance(given, dict) or given.get("schema") != SCHEMA:
            raise SnapshotFileError(f"`{path}` is something else than a snapshot of memory. {_HOW}")
        if given.get("version") != VERSION:
            was = json.dumps(given.get("version"))
            raise SnapshotFileError(f"`{path}` has version {was:.20} of the format, and this ipcclab reads {VERSION}.")
        about, regions = _about(given), _regions(given["memories"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SnapshotFileError(f"`{path}`: its {_ABOUT} is not as version {VERSION} of the format has it.") from error
    pieces = []
    left = min(sum(region.size for region in regions), _LARGEST)
    for name, member in members.items():
        place = _place(name, member.file_size, regions)
        if place is None:
            raise SnapshotFileError(f"`{path}`: its piece `{name:.80}` lies in none of the memories that it names.")
        pieces.append(Piece(*place, _content(path, archive, member, left)))
        left -= member.file_size
    return MemorySnapshot(about, StoredMemory(regions, pieces))


def _content(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    """A member's bytes; what it claims to be long is checked before it is unpacked."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SnapshotFileError(f"`{path}`: its part `{member.filename:.80}` is compressed in a way that is not read.")
    if member.file_size > limit:
        raise SnapshotFileError(f"`{path}`: its part `{member.filename:.80}` is larger than what it may hold.")
    return archive.read(member)


def _place(name: str, size: int, regions: Sequence[Region]) -> tuple[str, int] | None:
    ram, _, offset = name.rpartition("/")
    fits = {region.name: region.size for region in regions}
    try:
        first = int(offset, 16)
    except ValueError:
        return None
    return (ram, first) if ram in fits and 0 <= first <= fits[ram] - size else None


def _about(given: Mapping[str, Any]) -> About:
    """ValueError, KeyError or TypeError if something is missing or of another kind."""
    address, sha256, m4 = given["table_address"], given["image_sha256"], given["m4"]
    return About(
        image=_as(str, given["image"]),
        image_sha256=None if sha256 is None else _as(str, sha256),
        platform=_as(str, given["platform"]),
        virtual_ns=_number(given["virtual_ns"]),
        table_address=None if address is None else _number(address),
        table_size=_number(given["table_size"]),
        ipcc={name: _number(value) for name, value in _as(dict, given["ipcc"]).items()},
        m4=M4(
            running=_as(bool, m4["running"]),
            asleep=_as(bool, m4["asleep"]),
            crash=_as(str, m4["crash"]),
            pc=None if m4["pc"] is None else _number(m4["pc"]),
            function=_as(str, m4["function"]),
        ),
    )


def _regions(given: Sequence[Mapping[str, Any]]) -> tuple[Region, ...]:
    return tuple(
        Region(_as(str, ram["name"]), tuple(map(_number, ram["addresses"])), _number(ram["size"])) for ram in given
    )


def _as(kind: type[Any], value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(kind)
    return value


def _number(value: Any) -> int:
    """A number that is no size or address of a machine would only be a burden."""
    number = _as(int, value)
    if isinstance(value, bool) or not 0 <= number < 1 << 64:
        raise ValueError(value)
    return int(number)
