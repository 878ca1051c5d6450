from typing import NamedTuple

PERIPHERALS: tuple[int, int]

class Block(NamedTuple):
    """One block: `size` bytes from `base` on."""

    base: int
    size: int
    name: str

BLOCKS: tuple[Block, ...]

def find_block(address: int) -> Block | None: ...
def name_of(address: int) -> str: ...
