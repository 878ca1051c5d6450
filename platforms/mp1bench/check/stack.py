"""Rules on the main stack: where its top is, and how much room there is below it.

How much a firmware needs cannot be seen without running it; what its linker script asks for can.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mp1bench.check.finding import FAIL, FOR_LINUX, PASS, WARN, Finding
from mp1bench.image import Image, describe_size
from mp1bench.regions import Region, locate

#: Two nested exceptions with floating-point registers take 2 × 104 bytes before their handlers use any.
_LITTLE = 256


def judge_stack(image: Image, regions: Sequence[Region]) -> Iterator[Finding]:
    """Findings "initial SP" and "stack"."""
    sp = image.initial_sp
    text = f"0x{sp:08X}"
    if sp % 8:
        yield Finding("initial SP", WARN, f"{text} is not a multiple of 8, as Arm's procedure call standard wants it")
    elif FOR_LINUX.start < sp <= FOR_LINUX.stop:
        text += f": the stack would grow through Linux's rings and buffers, at 0x{FOR_LINUX.start:08X} to"
        yield Finding("initial SP", FAIL, f"{text} 0x{FOR_LINUX.stop:08X}")
    else:
        yield Finding("initial SP", PASS, text)
    yield _room(image, regions)


def _room(image: Image, regions: Sequence[Region]) -> Finding:
    sp, wanted = image.initial_sp, image.marks.get("_Min_Stack_Size", 0)
    for name in ("_sstack", "__StackLimit"):
        limit = image.marks.get(name, sp)
        if limit < sp and locate(regions, limit, sp - limit) is not None:
            return _verdict(sp - limit, f"down to {name} (0x{limit:08X})", wanted)
    for symbol in image.symbols.objects:
        if symbol.size and symbol.address < sp == symbol.address + symbol.size:
            return _verdict(symbol.size, f"in {symbol.name} (0x{symbol.address:08X})", wanted)
    top = locate(regions, sp - 1)
    assert top is not None  # read_image has seen to it
    floor, what = 0, f"to the beginning of {top[0]}"
    for segment in image.segments:
        place = locate(regions, segment.virtual)
        if place is None or place[0] != top[0]:
            continue
        start, end = place[1], place[1] + segment.size
        if start <= top[1] < end:
            if segment.executable and segment.virtual == segment.physical:
                return Finding("stack", FAIL, f"it would grow down through segment {segment.index}, which is code")
            return _verdict(
                top[1] + 1 - start, f"and variables share segment {segment.index} (0x{segment.virtual:08X})", 0
            )
        if floor < end <= top[1]:
            floor, what = end, f"down to segment {segment.index} (0x{segment.virtual:08X})"
    linux = locate(regions, FOR_LINUX.stop - 1)
    if linux is not None and linux[0] == top[0] and floor <= linux[1] < top[1]:
        floor, what = linux[1] + 1, f"down to Linux's buffers (0x{FOR_LINUX.stop:08X})"
    return _verdict(top[1] + 1 - floor, what, wanted)


def _verdict(room: int, where: str, wanted: int) -> Finding:
    text = f"{describe_size(room)} {where}"
    if wanted > room:
        return Finding("stack", WARN, f"{text}; the linker script wants {describe_size(wanted)}")
    if room < _LITTLE:
        return Finding("stack", WARN, f"{text}: two nested exceptions with floats take 208 bytes")
    return Finding("stack", PASS, text)
