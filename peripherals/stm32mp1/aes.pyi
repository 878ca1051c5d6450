from collections.abc import Sequence

def added(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """The exclusive or of two blocks, byte by byte."""

def encrypt(key: Sequence[int], block: Sequence[int]) -> list[int]:
    """The cipher text of one block; `key` has 16, 24 or 32 bytes, a block 16."""

def decrypt(key: Sequence[int], block: Sequence[int]) -> list[int]:
    """Its inverse."""
