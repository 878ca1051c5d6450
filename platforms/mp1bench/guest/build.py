"""Makes the files that a guest boots from, and keeps them: kernel, device tree and initramfs.

What is not named is fetched by apt. The same inputs give the same bytes, in a folder of the user's cache that has the
inputs' SHA-256 for a name. It runs nothing, and adds no firmware: that is of a run (`initramfs.firmware_archive`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from mp1bench.guest.apt import BUSYBOX, KERNEL, Apt
from mp1bench.guest.busybox import busybox_program
from mp1bench.guest.cache import cache_folder, fetched, keep, kept, sha256
from mp1bench.guest.device_tree import compiled
from mp1bench.guest.errors import FilesError, read
from mp1bench.guest.initramfs import base_archive, own_archive
from mp1bench.guest.kernel import DISTRIBUTION_TREE, module_files, read_kernel
from mp1bench.guest.memory import MEMORY
from mp1bench.guest.modules import module_name
from mp1bench.shipped import default_device_tree, guest_programs

#: The device tree that stands for the kernel package's own.
DK2 = "dk2"

IMAGE, TREE, INITRAMFS = "Image", "guest.dtb", "initramfs.cpio"
_ROOT = "initramfs"
_OUR_TREE = "stm32mp157_guest.dts"
_HERE = Path(__file__).parent
_INIT = _HERE / "init"


class Input(NamedTuple):
    """A file that the guest is made of: its name, and the SHA-256 of what was taken from it."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Sources:
    """What a guest is made of. None is what the bench brings along (the device tree), or apt fetches (the others)."""

    #: linux-image-…-armmp_…_armhf.deb, or a zImage.
    kernel: Path | None = None
    #: The modules of a zImage: a folder that `make modules_install` filled.
    modules: Path | None = None
    #: busybox-static_…_armel.deb, or the program.
    busybox: Path | None = None
    #: A root file system of one's own, a cpio archive, in place of busybox, modules and our init.
    initramfs: Path | None = None
    #: A .dts or .dtb; `dk2` is the kernel package's own tree of that board.
    device_tree: Path | str | None = None
    #: Look for newer packages than those that were fetched before.
    update: bool = False


@dataclass(frozen=True)
class GuestFiles:
    """What a guest boots from. The device tree has no command line and no initramfs yet (`device_tree.chosen`)."""

    folder: Path
    release: str
    #: Where the kernel is loaded and entered: what its zImage says, above the start of memory.
    kernel_address: int
    #: The modules that our init loads, in that order; none in a root file system of one's own.
    modules: tuple[str, ...]
    #: SHA-256 of the files in the folder, by name; and what they were made of, by its part.
    sha256: dict[str, str]
    inputs: dict[str, Input]

    @property
    def image(self) -> Path:
        """The unpacked kernel."""
        return self.folder / IMAGE

    @property
    def device_tree(self) -> Path:
        """The compiled device tree."""
        return self.folder / TREE

    @property
    def initramfs(self) -> Path:
        """The archive that `firmware_archive` goes behind."""
        return self.folder / INITRAMFS

    def read_modules(self) -> dict[str, bytes]:
        """The modules that our init loads, by the kernel's name of each."""
        return {module_name(name): read(self.folder / name) for name in self.modules}

    @property
    def own_root(self) -> bool:
        """Is the root file system the user's own, without our init?"""
        return _ROOT in self.inputs

    @property
    def distribution_tree(self) -> Path | None:
        """The kernel package's own tree of the DK2; None for a kernel of another source."""
        return self.folder / DISTRIBUTION_TREE if DISTRIBUTION_TREE in self.sha256 else None


def build(sources: Sources, progress: Callable[[str], None]) -> GuestFiles:
    """The files, from the cache or made now; `progress` is told each step in a line.

    Raises FilesError or PlatformError, a sentence about what does not serve.
    """
    cache = cache_folder()
    try:
        return _build(sources, cache, progress)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FilesError(
            f"the guest's files cannot be kept in {cache}: {reason}. Set XDG_CACHE_HOME to keep them elsewhere."
        ) from error


def _build(sources: Sources, cache: Path, progress: Callable[[str], None]) -> GuestFiles:
    own_root = sources.initramfs is not None
    if sources.modules is not None and (sources.kernel is None or own_root):
        raise FilesError("--modules goes with a zImage (--kernel), and not with an initramfs of your own.")
    if sources.busybox is not None and own_root:
        raise FilesError("--busybox is for our initramfs, and --initramfs names one of your own: leave one out.")
    kernel, root = _packages(sources, cache, progress)
    given = default_device_tree(_OUR_TREE) if sources.device_tree is None else sources.device_tree
    tree = None if given == DK2 else Path(given)
    compiled_tree = None if tree is None else compiled(tree)
    inputs = {
        "kernel": Input(kernel.name, sha256(read(kernel))),
        _ROOT if own_root else "busybox": Input(root.name, sha256(read(root))),
        "device tree": Input(tree.name if tree else DISTRIBUTION_TREE, sha256(compiled_tree or b"")),
    }
    if sources.modules is not None:
        digests = [f"{path.name} {sha256(read(path))}" for path in module_files(sources.modules)]
        inputs["modules"] = Input(sources.modules.name, sha256("\n".join(digests).encode()))
    key = sha256("\n".join([*(f"{role} {given.sha256}" for role, given in inputs.items()), _makers()]).encode())[:16]
    manifest = kept(cache / key)
    if manifest is None:
        manifest = keep(cache / key, *_make(kernel, root, compiled_tree, sources, progress))
    else:
        progress("nothing to do: made before from the same files")
    return GuestFiles(
        folder=cache / key,
        release=manifest["release"],
        kernel_address=MEMORY + manifest["text_offset"],
        modules=tuple(manifest["modules"]),
        sha256=manifest["sha256"],
        inputs=inputs,
    )


def _packages(sources: Sources, cache: Path, progress: Callable[[str], None]) -> tuple[Path, Path]:
    """The files of the kernel, and of busybox or the root file system; those that are not named are fetched."""
    apt = Apt(cache / "apt", progress)
    kernel = sources.kernel or fetched(KERNEL, cache, apt, sources.update)
    return kernel, sources.initramfs or sources.busybox or fetched(BUSYBOX, cache, apt, sources.update)


def _make(
    kernel_file: Path, root: Path, tree: bytes | None, sources: Sources, progress: Callable[[str], None]
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The guest's files by name, and what else is to be known of them."""
    progress(f"unpacking the kernel of {kernel_file.name}")
    kernel = read_kernel(kernel_file, sources.modules)
    tree = kernel.distribution_tree if tree is None else tree
    if tree is None:
        raise FilesError(f"{kernel_file} has no {DISTRIBUTION_TREE}: name a file with --device-tree.")
    if sources.initramfs is not None:
        files, archive = {}, own_archive(root)
    else:
        progress(f"packing the initramfs with busybox of {root.name}")
        files = kernel.modules
        archive = base_archive(busybox_program(root), _INIT.read_bytes(), kernel.modules, _programs())
    products = {IMAGE: kernel.image.data, TREE: tree, INITRAMFS: archive, **files}
    if kernel.distribution_tree is not None:
        products[DISTRIBUTION_TREE] = kernel.distribution_tree
    return products, {
        "release": kernel.image.release,
        "text_offset": kernel.image.text_offset,
        "modules": list(files),
    }


def _programs() -> dict[str, bytes]:
    """Our own, for the guest's /bin."""
    return {path.stem: path.read_bytes() for path in guest_programs()}


def _makers() -> str:
    """What else the bytes depend on: the files of this folder that make them, and our own programs."""
    makers = (
        "build.py",
        "busybox.py",
        "initramfs.py",
        "init",
        "kernel.py",
        "kernel_image.py",
        "modules.py",
        "packages.py",
    )
    return sha256(b"".join([*((_HERE / name).read_bytes() for name in makers), *_programs().values()]))
