"""Where the files are that come with the bench: platform and device tree of the STM32MP157, prebuilt firmware images.

In a checkout they stand in their own folders; in an installed wheel they are package data beside this file.
"""

from __future__ import annotations

from pathlib import Path

from mp1bench.errors import ImageError, suggest

_HERE = Path(__file__).resolve().parent


def default_platform() -> Path:
    """The platform file of the STM32MP157."""
    return _folder("platforms") / "stm32mp157.repl"


def default_device_tree(name: str = "stm32mp157.dts") -> Path:
    """What Linux knows of the STM32MP157; a kernel may want a tree of another name."""
    return _folder("platforms") / name


def prebuilt_images() -> list[Path]:
    """The firmware images that come with the bench, by name."""
    return sorted(_folder("firmware/prebuilt").glob("*.elf"))


def prebuilt_image(name: str) -> Path:
    """The image of that name, with or without `.elf`. Raises ImageError."""
    images = {image.stem: image for image in prebuilt_images()}
    found = images.get(name.removesuffix(".elf"))
    if found is None:
        raise ImageError(f"no image called `{name}` comes with the bench.{suggest(name, images)}")
    return found


def guest_programs() -> list[Path]:
    """Programs for the /bin of a Linux guest, by name."""
    return sorted((_folder("firmware/prebuilt") / "guest").glob("*.elf"))


def _folder(name: str) -> Path:
    installed = _HERE / "shipped_files" / name
    return installed if installed.is_dir() else _HERE.parents[1] / name
