"""Where a guest's kernel comes from: Debian's package, or a zImage of one's own with the folder of its modules.

It takes the parts out; how a zImage is unpacked is for `kernel_image.py`, in which order modules load for `modules.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mp1bench.guest.errors import FilesError, read
from mp1bench.guest.kernel_image import KernelImage, unpack_zimage
from mp1bench.guest.modules import Files, load_order
from mp1bench.guest.packages import is_package, read_package

#: The distribution's own tree of the board whose numbers the bench has.
DISTRIBUTION_TREE = "stm32mp157c-dk2.dtb"


class Kernel(NamedTuple):
    """A kernel, its modules by file name in the order they load, and the distribution's device tree if it has one."""

    image: KernelImage
    modules: dict[str, bytes]
    distribution_tree: bytes | None


def read_kernel(path: Path, folder: Path | None) -> Kernel:
    """The kernel of a package, or of a zImage with the `folder` of its modules, or with none. Raises FilesError."""
    if is_package(path):
        if folder is not None:
            raise FilesError(f"the package {path} has modules of its own: leave out --modules, or give a zImage.")
        return _of_package(path)
    image = unpack_zimage(read(path), str(path))
    if folder is None:
        return Kernel(image, {}, None)
    own = folder / "lib/modules" / image.release  # beside those of kernels that were installed there before
    return Kernel(image, load_order(_files_below(own if own.is_dir() else folder), image.release, str(folder)), None)


def module_files(folder: Path) -> list[Path]:
    """The files of a folder of modules that matter here, by name. FilesError if there are none."""
    patterns = ("*.ko", "*.ko.*", "modules.builtin")
    found = sorted(path for pattern in patterns for path in folder.rglob(pattern) if path.is_file())
    if not found:
        raise FilesError(
            f"{folder} has no kernel modules: give the folder that `make modules_install INSTALL_MOD_PATH=…` filled."
        )
    return found


def _of_package(path: Path) -> Kernel:
    package = read_package(path)
    if package.architecture != "armhf":
        raise FilesError(
            f"the package {path} is for {package.architecture}; the guest needs Debian's linux-image-…-armmp for armhf."
        )
    found = package.files(lambda name: name.startswith("boot/vmlinuz-") or name.endswith(f"/{DISTRIBUTION_TREE}"))
    zimage = next((name for name in found if name.startswith("boot/")), None)
    if zimage is None:
        kernel = f" Give the one it depends on: {package.depends}." if package.depends.startswith("linux-image") else ""
        raise FilesError(f"the package {path} ({package.name}) has no boot/vmlinuz-…, so no kernel.{kernel}")
    image = unpack_zimage(found.pop(zimage), f"{zimage} of {path}")
    return Kernel(image, load_order(package.files, image.release, str(path)), next(iter(found.values()), None))


def _files_below(folder: Path) -> Files:
    def files(wanted: Callable[[str], bool]) -> dict[str, bytes]:
        names = {path.relative_to(folder).as_posix(): path for path in module_files(folder)}
        return {name: read(path) for name, path in names.items() if wanted(name)}

    return files
