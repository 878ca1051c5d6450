"""Which file is meant by an image's name: the one at that path, else one that comes with ipcclab. It reads none."""

from __future__ import annotations

from pathlib import Path

from mp1bench.errors import ImageError
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
