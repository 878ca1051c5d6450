"""Rules on where an image lies: each segment against the memory map, Linux's reserved memory, and the others.

Segments over each other when they are loaded are `read_image`'s business, which refuses them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mp1bench.check.finding import FAIL, FOR_LINUX, PASS, WARN, Finding, in_linux_window
from mp1bench.image import Image, Segment, describe_size
from mp1bench.regions import Region, locate

#: What Linux's device tree of the DK boards reserves for the M4's code and data, at the M4's addresses.
_FOR_FIRMWARE = (range(0x00010000), range(0x10000000, 0x10040000), range(0x30000000, 0x30040000))
#: What the bench's own device tree adds to that, for images that are signed on a board.
_SIGNED = range(0x10048000, 0x10049000)


def judge_placement(image: Image, regions: Sequence[Region]) -> Iterator[Finding]:
    """One finding for each segment, and one for each pair that collides when the firmware runs."""
    for segment in image.segments:
        yield _segment(segment, regions)
    for segment in image.segments:
        if segment.virtual != segment.physical and locate(regions, segment.virtual, segment.size) is None:
            text = (
                f"0x{segment.virtual:08X}, {describe_size(segment.size)}: the start-up code would copy it to no memory"
            )
            yield Finding(f"segment {segment.index} at run time", FAIL, text)
    for position, later in enumerate(image.segments):
        for earlier in image.segments[:position]:
            if _collide(regions, earlier, later):
                text = f"0x{later.virtual:08X}, {describe_size(later.size)}: lies over segment {earlier.index}"
                text += f" (0x{earlier.virtual:08X}, {describe_size(earlier.size)}), so one of them is lost"
                yield Finding(f"segment {later.index} at run time", FAIL, text)


def _segment(segment: Segment, regions: Sequence[Region]) -> Finding:
    first, end = segment.physical, segment.physical + segment.size
    found = locate(regions, first, segment.size)
    text = f"0x{first:08X}, {describe_size(segment.size)} in {found[0] if found else 'no memory'}"
    rule = f"segment {segment.index}"
    if in_linux_window(first, segment.size):
        text += f"; Linux puts rings and buffers at 0x{FOR_LINUX.start:08X} to 0x{FOR_LINUX.stop:08X}"
        return Finding(rule, FAIL, f"{text} and would overwrite it")
    if any(first in own and end - 1 in own for own in _FOR_FIRMWARE):
        return Finding(rule, PASS, text)
    if first in _SIGNED and end - 1 in _SIGNED:
        text += "; the bench's device tree gives the firmware this memory, but that of the DK boards does not: with it"
        return Finding(rule, WARN, f"{text} Linux would print 'bad phdr da 0x{first:x} mem 0x{segment.size:x}'")
    text += "; the usual device tree gives the firmware no memory there, so Linux would print"
    return Finding(rule, WARN, f"{text} 'bad phdr da 0x{first:x} mem 0x{segment.size:x}'")


def _collide(regions: Sequence[Region], one: Segment, two: Segment) -> bool:
    """Do the places overlap at which the code finds them, though not those where they are loaded?"""
    a, b = locate(regions, one.virtual), locate(regions, two.virtual)
    if a is None or b is None or a[0] != b[0] or (one.virtual, two.virtual) == (one.physical, two.physical):
        return False
    return a[1] < b[1] + two.size and b[1] < a[1] + one.size
