"""Rules on the vector table: the reset vector, and all others as far as the table goes.

An entry of 0 is no mistake: that exception is not meant to come.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Sequence

from mp1bench.check.finding import FAIL, PASS, WARN, Finding
from mp1bench.cortexm.nvic import exception_name
from mp1bench.image import Image, loaded_bytes
from mp1bench.regions import Region, locate

_MOST = 16 + 150
_SYSTEM = 16
_HARDFAULT = 3
_RESERVED = (7, 8, 9, 10, 13)  # some vendors keep checksums there
_SHOWN = 8


def judge_vectors(image: Image, regions: Sequence[Region]) -> Iterator[Finding]:
    """Findings "reset vector" and "vectors"."""
    reset = image.reset_pc
    name = image.symbolize(reset)
    text = f"0x{reset:08X}{f' ({name})' if name else ''}"
    place = locate(regions, reset)
    inside = [s for s in image.segments if (at := locate(regions, s.physical)) and place and at[0] == place[0]
              and at[1] <= place[1] < at[1] + s.size]  # fmt: skip
    if inside and not inside[-1].executable:
        yield Finding("reset vector", WARN, f"{text} is in segment {inside[-1].index}, which is not executable")
    else:
        yield Finding("reset vector", PASS, text)
    yield _table(image, regions)


def _table(image: Image, regions: Sequence[Region]) -> Finding:
    words = _words(image, regions)
    wrong = [(n, why) for n, word in enumerate(words) if n >= 2 and (why := _wrong(image, regions, n, word))]
    if wrong:
        listed = "; ".join(f"{exception_name(n)}: {why}" for n, why in wrong[:_SHOWN])
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        return Finding("vectors", FAIL, f"{len(words)} entries, of which {len(wrong)} would fault: {listed}{more}")
    if len(words) <= _HARDFAULT or not words[_HARDFAULT]:
        text = f"{len(words)} entries without a handler for HardFault: the first fault would lock the M4 up"
        return Finding("vectors", WARN, text)
    text = f"{len(words)} entries"
    interrupts = [word for word in words[_SYSTEM:] if word]
    shared, times = Counter(interrupts).most_common(1)[0] if interrupts else (0, 0)
    if times > 1:
        text += f", {times} interrupts share {_called(image, shared)}"
    own = [(n, w) for n, w in enumerate(words[_SYSTEM:]) if w and (times == 1 or w != shared)]
    if own:
        listed = ", ".join(f"{n} ({_called(image, word)})" for n, word in own[:_SHOWN])
        text += f"; of their own have {listed}{f' and {len(own) - _SHOWN} more' if len(own) > _SHOWN else ''}"
    return Finding("vectors", PASS, text)


def _words(image: Image, regions: Sequence[Region]) -> list[int]:
    """The table: as long as its section or, without one, up to the first code that it points to in its memory."""
    data = loaded_bytes(image.segments, regions, 0, min(image.vectors_size or 4 * _MOST, 4 * _MOST))
    words = [word for (word,) in struct.iter_unpack("<I", data[: len(data) // 4 * 4])]
    if image.vectors_size is not None:
        targets = [word & ~1 for word in words[1:] if word & 1 and 8 <= word < image.vectors_size]
        return words[: min(targets, default=4 * _MOST) // 4]
    end = 4 * _MOST
    for n, word in enumerate(words[1:], 1):
        if 4 * n >= end or (n >= _SYSTEM and _wrong(image, regions, n, word)):
            return words[:n]
        place = locate(regions, word & ~1)
        if word & 1 and place is not None and place[0] == locate(regions, 0)[0]:  # type: ignore[index]
            end = min(end, place[1])
    return words


def _wrong(image: Image, regions: Sequence[Region], number: int, word: int) -> str:
    """Why the M4 could not take this exception; "" if it could."""
    if not word or number in _RESERVED:
        return ""
    if not word & 1:
        return f"0x{word:08X} is even"
    place = locate(regions, word)
    for segment in image.segments:
        for base in (segment.virtual, segment.physical):
            start = locate(regions, base)
            if place and start and place[0] == start[0] and start[1] <= place[1] < start[1] + segment.size:
                return ""
    return f"0x{word:08X} is in no segment"


def _called(image: Image, address: int) -> str:
    return image.symbolize(address) or f"0x{address:08X}"
