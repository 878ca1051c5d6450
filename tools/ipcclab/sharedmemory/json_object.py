"""Shared memory as one JSON object: the fields of `structure` under their names, and bytes as hex and as text.

`tools/inspect.md` documents it.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from ipcclab.payload import text_of
from ipcclab.sharedmemory.structure import SharedMemory
from mp1bench.linux.remoteproc.resource_table import Carveout, Devmem, TraceBuffer, Unsupported, Vdev

_KINDS = {Vdev: "vdev", TraceBuffer: "trace", Carveout: "carveout", Devmem: "devmem", Unsupported: "unsupported"}


def to_object(memory: SharedMemory) -> dict[str, Any]:
    """What `json.dumps` takes."""
    found: dict[str, Any] = _plain(memory)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if not is_dataclass(value):
        return value
    named = {"kind": _KINDS[type(value)]} if type(value) in _KINDS else {}
    for field in fields(value):
        inner = getattr(value, field.name)
        if isinstance(inner, bytes):
            named |= {f"{field.name}_hex": inner.hex(), f"{field.name}_text": text_of(inner)}
        else:
            named[field.name] = _plain(inner)
    return named
