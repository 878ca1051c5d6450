"""Shared memory as lines for a terminal: the sections one below the other, their tables in columns."""

from __future__ import annotations

from collections.abc import Iterator

from ipcclab.sharedmemory.section import Section
from ipcclab.sharedmemory.sections import sections
from ipcclab.sharedmemory.structure import SharedMemory


def lines(memory: SharedMemory) -> Iterator[str]:
    """Lines without a newline; an empty one stands between two sections."""
    for n, section in enumerate(sections(memory)):
        if n:
            yield ""
        yield from section_lines(section)


def section_lines(section: Section) -> Iterator[str]:
    yield section.title
    for sentence in section.sentences:
        yield f"  {sentence}"
    if section.rows:
        table = (section.columns, *section.rows)
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for row in table:
            cells = (f"{text:<{width}}" for text, width in zip(row, widths, strict=True))
            yield f"  {'  '.join(cells)}".rstrip()
