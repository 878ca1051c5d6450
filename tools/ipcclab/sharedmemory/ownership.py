"""Who holds which descriptor of a split ring, from its two rings of heads alone. It reads no memory.

What Linux gave and what the firmware gave back is written down in two rings, each the last `num` entries far, but not
what came before what. Ownership is exact while neither ring has come round, and while buffers come back in the order in
which they were given; that is believed while the entries that can be compared agree. Else some heads may stay undecided
(virtio 1.0 §2.4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

_INDICES = 1 << 16


def in_flight(avail_idx: int, used_idx: int) -> int:
    """How many buffers the firmware holds, by the indices; more than the ring has is a contradiction."""
    return (avail_idx - used_idx) % _INDICES


def written(idx: int, other: int, num: int) -> int:
    """How many entries of the ring with the index `idx` have certainly been written, given the `other` ring's index."""
    wrapped = abs(idx - other) > _INDICES // 2
    return num if wrapped else min(idx, num)


def held(
    num: int, avail: Sequence[int], avail_idx: int, used: Sequence[int], used_idx: int
) -> tuple[set[int], set[int]]:
    """The heads that the firmware holds, and those of which it cannot be told; Linux has all others.

    `avail` and `used` are the rings' heads by slot. The indices must not contradict each other.
    """
    count = in_flight(avail_idx, used_idx)
    returned = used_idx  # counted without wrapping round; what matters is the difference
    given = returned + count
    first_given = given - max(written(avail_idx, used_idx, num), count)
    first_returned = returned - written(used_idx, avail_idx, num)
    both = range(max(first_given, first_returned), returned)
    newest = {avail[n % num] for n in range(returned, given)}
    if len(newest) == count and all(avail[n % num] == used[n % num] for n in both):
        return newest, set()
    gave = [avail[n % num] for n in range(first_given, given)]
    took = [used[n % num] for n in range(first_returned, returned)]
    if first_given == 0 and first_returned == 0:
        return set((Counter(gave) - Counter(took)).keys()), set()
    last_given = {head: first_given + n for n, head in enumerate(gave)}
    last_returned = {head: first_returned + n for n, head in enumerate(took)}
    with_firmware, unknown = set(), set()
    for head in range(num):
        gave_at, took_at = last_given.get(head), last_returned.get(head)
        if gave_at is not None and took_at is not None and gave_at <= took_at:
            continue  # the firmware cannot return more than it got: this gift came first
        if gave_at is not None and took_at is not None and gave_at >= took_at + num:
            with_firmware.add(head)  # nor can it hold more than there are: this gift came later
        else:
            unknown.add(head)
    if len(with_firmware) == count:
        return with_firmware, set()
    if len(with_firmware) + len(unknown) == count:
        return with_firmware | unknown, set()
    return with_firmware, unknown
