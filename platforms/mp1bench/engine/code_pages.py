"""Which RAM holds code: an engine that translates code must forget what it made of a page that others write.

What is loaded while the core is held counts as code. It forgets nothing itself.
"""

from __future__ import annotations

from mp1bench.engine.machine import Memory

_PAGE = 0x1000


class CodePages:
    """`pages` are known by memory and number."""

    def __init__(self) -> None:
        self.pages: set[tuple[str, int]] = set()

    def spoilt(self, memory: Memory, offset: int, size: int, *, held: bool) -> bool:
        """Somebody else than the core wrote `size` bytes, at least one, there: does it touch code?"""
        written = {(memory.name, page) for page in range(offset // _PAGE, (offset + size - 1) // _PAGE + 1)}
        if held:
            self.pages |= written
            return True
        return bool(written & self.pages)
