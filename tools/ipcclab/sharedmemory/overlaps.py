"""Buffers that lie where they must not: over the resource table, over a ring, or over each other.

Only what the firmware holds counts: an old descriptor may point anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ipcclab.sharedmemory.structure import Finding, Ring
from mp1bench.linux.virtio.ring import vring_size


def overlaps(table: tuple[int, int], rings: Sequence[Ring]) -> list[Finding]:
    """A finding for each such buffer. `table` is the resource table's address and size."""
    places = [("the resource table", table[0], table[0] + table[1])]
    places += [(r.name, r.address, r.address + vring_size(r.num, r.align)) for r in rings if r.descriptors]
    held = sorted(
        (descriptor.address, descriptor.address + descriptor.length, ring.name, descriptor.index)
        for ring in rings
        for descriptor in ring.descriptors
        if descriptor.owner == "firmware" and descriptor.length
    )
    findings = [
        Finding(ring, f"the buffer of descriptor {index}, at 0x{start:08X}, lies over {name}")
        for start, end, ring, index in held
        for name, first, past in places
        if start < past and first < end
    ]
    for before, (start, _, ring, index) in pairwise(held):
        if start < before[1]:
            sentence = f"the buffer of descriptor {index}, at 0x{start:08X}, lies over that of descriptor {before[3]}"
            findings.append(Finding(ring, f"{sentence} of {before[2]}"))
    return findings
