"""The summary of a run: one JSON object whose keys every engine fills alike. It measures nothing itself.

All times are nanoseconds of virtual time, channels count from 1.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipcclab import trace
from ipcclab.payload import text_of
from ipcclab.trace import Origin
from mp1bench.engine import Stop
from mp1bench.errors import UsageError

if TYPE_CHECKING:
    from mp1bench.board import Board
    from mp1bench.linux import Transfer


def summarize(board: Board, stop: Stop) -> dict[str, Any]:
    """Everything worth keeping of a run that ended with `stop`. The board has an image and a trace."""
    assert board.image is not None
    assert board.trace is not None
    linux, engine = board.linux, board.engine
    table = board.image.resource_table
    return {
        "engine": engine.name,
        "engine_version": engine.version,
        "image_sha256": board.image.sha256,
        "platform": platform_name(board),
        "stop": stop.reason,
        "stop_detail": stop.detail,
        "virtual_ns": engine.now,
        "instructions": engine.instructions,
        "resource_table": None if table is None else {"address": table.address, "entries": _entries(table.data)},
        "announced": [{"name": a.name, "address": a.address} for a in linux.announced] if linux else [],
        "rx_unmasked": board.rx_unmasked(),
        "doorbells": board.doorbells(),
        "sent": [_transfer(t) for t in linux.sent] if linux else [],
        "received": [_transfer(t) for t in linux.received] if linux else [],
        "log": board.firmware_log(),
        "uart": dict(board.uart),
        "occupied_at_end": board.occupied(),
        "unmodelled": engine.absent.listed(),
        "diagnosis": board.diagnose(),
        "trace_sha256": trace.sha256(board.trace, origin_of(board)),
    }


def origin_of(board: Board) -> Origin:
    """What the trace files of this board say about where they come from."""
    return Origin(board.image.sha256 if board.image else None, platform_name(board))


def platform_name(board: Board) -> str:
    """The name of the platform file without folder and ending."""
    return Path(board.platform.path).stem


def write(path: Path, summary: dict[str, Any]) -> None:
    """Write the object to `path`, which `--summary` names."""
    try:
        path.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: the summary cannot be written there ({error.strerror}).") from error


def _entries(table: bytes) -> int:
    """The second word of a resource table."""
    return int.from_bytes(table[4:8], "little")


def _transfer(transfer: Transfer) -> dict[str, Any]:
    return {
        "endpoint": transfer.endpoint,
        "local": transfer.local,
        "remote": transfer.remote,
        "text": text_of(transfer.data),
        "bytes_hex": transfer.data.hex(),
        "at_ns": transfer.at,
    }
