"""The symmetry of the IPCC: processor 1 and 2 change places, and with them their registers and lines.

It compares what two devices show, and asks no specification what that should be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ipcclab.proof.specification import Specification
from ipcclab.proof.subject import Access

_OTHER = str.maketrans("12", "21")
_OTHER_LINE = str.maketrans("01", "10")


class Mirror:
    """Accesses and observations with the processors swapped."""

    def __init__(self, specification: Specification) -> None:
        offsets = specification.offsets
        self._offset = {offset: offsets[swapped_register(name)] for name, offset in offsets.items()}
        names = list(offsets)
        self._registers = [names.index(swapped_register(name)) for name in names]
        self._lines = list(_lines(specification))

    def access(self, access: Access) -> Access:
        """The access that the other processor makes in its registers."""
        return access._replace(offset=self._offset[access.offset])

    def agrees(self, seen: Sequence[int], image: Sequence[int]) -> bool:
        """Whether a device and its mirror image show the same, each with the processors in its own order."""
        return [seen[index] for index in self._registers] == [*image[: len(self._registers)]] and all(
            any(seen[line] for line in lines) == any(image[line] for line in images) for lines, images in self._lines
        )


def swapped_register(name: str) -> str:
    """C1TOC2SR for C2TOC1SR; a register that belongs to neither processor is its own image."""
    return name.translate(_OTHER) if name.startswith(("C1", "C2")) else name


def _lines(specification: Specification) -> Iterator[tuple[list[int], list[int]]]:
    """Lines by their index in an observation, and the lines whose sources are theirs with the processors swapped."""
    first, lines = len(specification.offsets), specification.lines
    for index, (_, sources) in enumerate(lines):
        swapped = {source.translate(_OTHER_LINE) for source in sources}
        images = [first + at for at, (_, other) in enumerate(lines) if swapped.issuperset(other)]
        if swapped == {source for at in images for source in lines[at - first][1]}:
            yield [first + index], images
            if len(images) > 1:
                yield images, [first + index]
