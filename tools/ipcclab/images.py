"""Which file is meant by an image's name: the one at that path, else one that comes with ipcclab. It reads none.

It also reads what people write for the address of a raw binary.
"""

from __future__ import annotations

from pathlib import Path

from mp1bench.errors import ImageError, UsageError
from mp1bench.shipped import prebuilt_image


def find_image(name: str, folder: Path | None = None) -> Path:
    """The image `name` in `folder` (default: here), else the shipped one. ImageError if there is neither."""
    path = folder / name if folder else Path(name)
    if path.exists() or Path(name).name != name:
        return path
    try:
        return prebuilt_image(name)
    except ImageError as error:
        raise ImageError(f"`{path}` does not exist, and {error}") from error


def parse_address(text: str) -> int:
    """0x10000000 or 268435456. UsageError for what is no 32-bit address."""
    try:
        address = int(text, 0)
    except ValueError:
        address = -1
    if not 0 <= address <= 0xFFFFFFFF:
        raise UsageError(f"`{text}` is no address. Write it as 0x10000000, with 32 bits at most.")
    return address
