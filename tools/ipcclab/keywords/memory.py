"""Keywords for what lies in shared memory: the rings, who holds their buffers, and what contradicts itself."""

from __future__ import annotations

from typing import Any

from robot.api.deco import keyword

from ipcclab.keywords.arguments import one_of
from ipcclab.keywords.bench import Bench
from ipcclab.sharedmemory import Descriptor, Owner, Ring
from ipcclab.sharedmemory.board import memory_of
from ipcclab.sharedmemory.json_object import to_object
from mp1bench.errors import UsageError


class MemoryKeywords:
    """``vring`` is 0 for messages from the firmware to Linux, 1 for those from Linux to the firmware."""

    bench: Bench

    @keyword(tags=("Memory", "Getter"))
    def get_shared_memory(self) -> dict[str, Any]:
        """Returns what lies in shared memory now, decoded, as dictionaries and lists.

        The keys are those of ``ipcclab inspect --json`` under ``memory``: ``table``, ``devices`` with their ``rings``
        and ``descriptors``, ``logs``, ``endpoints``, ``findings``, and ``mcapi`` with its ``sides``, or None where
        MCAPI is not used. Fails if there is no firmware on the bench.

        | Boot Firmware | rpmsg_echo.elf |
        | Host Sends | hello |
        | ${memory} = | Get Shared Memory |
        | Should Be Equal | ${memory}[devices][0][rings][1][descriptors][0][message][payload_text] | hello |
        """
        return to_object(memory_of(self.bench.board))

    @keyword(tags=("Memory", "Assertion"))
    def shared_memory_should_be_consistent(self) -> None:
        """Passes if nothing in the resource table, the rings and the messages on their way contradicts itself.

        A failure lists what does. MCAPI's area counts, too; without it and a resource table nothing could.

        | Boot Firmware | rpmsg_echo.elf |
        | Host Sends | hello |
        | Firmware Should Answer | hello |
        | Shared Memory Should Be Consistent |
        """
        findings = memory_of(self.bench.board).findings
        if findings:
            first, *others = map(str, findings)
            sentence = "\n".join([f"shared memory contradicts itself: {first}", *others])
            raise AssertionError(self.bench.explain(sentence.rstrip(".")))

    @keyword(tags=("Memory", "Getter"))
    def get_descriptors_held_by(self, owner: Owner, vring: int = 1) -> list[int]:
        """Returns the numbers of the descriptors that Linux, or the firmware, holds now, as a list.

        - ``owner``: ``Linux`` or ``firmware``; ``unknown`` holds those that the rings do not tell of.
        - ``vring``: ``0``, messages to Linux, or ``1``, messages to the firmware; by default ``1``.

        Fails if there is no such ring, or if it is not in use.

        | Boot Firmware | rpmsg_echo.elf |
        | Host Sends | hello |
        | ${unread} = | Get Descriptors Held By | firmware | vring=1 |
        | Should Be Equal | ${unread} | ${{ [0] }} |
        """
        one_of(Owner, owner)
        return [descriptor.index for descriptor in self._ring(vring).descriptors if descriptor.owner == owner]

    @keyword(tags=("Memory", "Assertion"))
    def descriptor_should_belong_to(self, descriptor: int, owner: Owner, vring: int = 1) -> None:
        """Passes if Linux, or the firmware, holds a descriptor now, and so may touch its buffer.

        - ``descriptor``: its number, from 0.
        - ``owner``: ``Linux`` or ``firmware``.
        - ``vring``: ``0``, messages to Linux, or ``1``, messages to the firmware; by default ``1``.

        | Boot Firmware | rpmsg_echo.elf |
        | Host Sends | hello |
        | Descriptor Should Belong To | 0 | firmware | vring=1 |
        """
        one_of(Owner, owner)
        found = self._descriptor(vring, descriptor)
        if found.owner != owner:
            sentence = (
                f"descriptor {descriptor} of vring{vring} belongs to {found.owner} ({found.state}), expected {owner}"
            )
            raise AssertionError(self.bench.explain(sentence))

    def _ring(self, index: int) -> Ring:
        memory = memory_of(self.bench.board)
        ring = memory.ring(index)
        if ring is None:
            why = f"{memory.note[:1].upper()}{memory.note[1:]}" or "The resource table has no such ring"
            raise UsageError(f"there is no vring{index} in memory. {why}.")
        if not ring.descriptors:
            why = "cannot be read" if ring.in_use else "is not in use: Linux has not set DRIVER_OK"
            raise UsageError(f"vring{index} {why}. Boot the firmware, and let Linux bring RPMsg up.")
        return ring

    def _descriptor(self, vring: int, number: int) -> Descriptor:
        ring = self._ring(vring)
        if not 0 <= number < ring.num:
            raise UsageError(f"vring{vring} has the descriptors 0 to {ring.num - 1}, and no {number}.")
        return ring.descriptors[number]
