"""Finds the modules of the mailbox among a kernel's, and the order in which they load.

It goes by what each module says of itself (.modinfo), because no modules.dep is in a package.
"""

from __future__ import annotations

import io
import lzma
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from mp1bench.guest.errors import FilesError
from mp1bench.guest.memory import MEMORY_SIZE

#: What the chain from the mailbox to /dev/ttyRPMSG0 takes (linux-mailbox.md §7), each with what else it depends on.
WANTED = (
    "stm32_ipcc",
    "rpmsg_core",
    "rpmsg_ns",
    "virtio_rpmsg_bus",
    "rpmsg_char",
    "rpmsg_ctrl",
    "rpmsg_tty",
    "stm32_rproc",
)

#: How a distribution compresses modules, by the end of their names.
_UNPACKERS: dict[str, Callable[[], Any]] = {
    ".gz": partial(zlib.decompressobj, wbits=31),
    ".xz": partial(lzma.LZMADecompressor, lzma.FORMAT_XZ),
}


class _Module(NamedTuple):
    file: str
    data: bytes
    depends: list[str]


#: Gives the files of a kernel whose path is wanted, by path.
Files = Callable[[Callable[[str], bool]], dict[str, bytes]]


def module_name(path: str) -> str:
    """The name that the kernel calls a module by: stm32_ipcc for …/stm32-ipcc.ko.xz."""
    return PurePosixPath(path).name.partition(".ko")[0].replace("-", "_")


def load_order(files: Files, release: str, source: str) -> dict[str, bytes]:
    """The wanted modules and all that they depend on, by file name, in the order to load them.

    Those that the kernel has built in are left out. FilesError, about `source`, if one is missing or not this kernel's.
    """
    inside: set[str] = set()
    found: dict[str, _Module] = {}
    missing = set(WANTED)
    while missing:
        for path, data in files(partial(_is_module, names=missing)).items():
            found[module_name(path)] = _read(data, path, release, source)
        if missing - found.keys():
            inside |= _built_in(files)
            for name in sorted(missing - found.keys() - inside):
                raise FilesError(
                    f"{source} has no module {name}, and the kernel {release} has it not built in: use a kernel with"
                    " CONFIG_STM32_IPCC, _STM32_RPROC, _RPMSG_VIRTIO, _RPMSG_NS, _RPMSG_CHAR, _RPMSG_CTRL, _RPMSG_TTY."
                )
        missing = {name for module in found.values() for name in module.depends} - found.keys() - inside
    order: dict[str, bytes] = {}
    _place(WANTED, found, order)
    return order


def _is_module(path: str, names: set[str]) -> bool:
    return path.endswith((".ko", ".ko.gz", ".ko.xz", ".ko.zst")) and module_name(path) in names


def _built_in(files: Files) -> set[str]:
    """The modules that the kernel says it has inside."""
    lists = files(lambda path: path.endswith("modules.builtin")).values()
    return {module_name(line) for data in lists for line in data.decode("ascii", "replace").split()}


def _place(names: Iterable[str], found: dict[str, _Module], order: dict[str, bytes]) -> None:
    """Put each module into `order`, behind those that it depends on."""
    for name in names:
        if module := found.pop(name, None):
            _place(module.depends, found, order)
            order[module.file] = module.data


def _read(data: bytes, path: str, release: str, source: str) -> _Module:
    """A module of a kernel. FilesError if it is damaged, or of another kernel."""
    data, file = _unpacked(data, path, source)
    try:
        elf = ELFFile(io.BytesIO(data))
        section = elf.get_section_by_name(".modinfo")
        info = dict(_pair(entry) for entry in (section.data() if section is not None else b"").split(b"\0"))
        machine = str(elf["e_machine"])
    except (ELFError, ValueError, KeyError, OverflowError) as error:
        raise FilesError(f"the module {path} of {source} is damaged: it is no ELF file that can be read.") from error
    if machine != "EM_ARM":
        raise FilesError(f"the module {path} of {source} is for {machine.removeprefix('EM_')}, not for 32-bit Arm.")
    made_for = info.get("vermagic", "").partition(" ")[0]
    if made_for != release:
        raise FilesError(f"the module {path} of {source} is for kernel {made_for or '?'}, and the kernel is {release}.")
    return _Module(file, data, [name.replace("-", "_") for name in info.get("depends", "").split(",") if name])


def _unpacked(data: bytes, path: str, source: str) -> tuple[bytes, str]:
    """The module itself, which a distribution may have compressed, and its file name without that ending."""
    name = PurePosixPath(path)
    if name.suffix == ".ko":
        return data, name.name
    if name.suffix not in _UNPACKERS:
        raise FilesError(
            f"the module {path} of {source} is compressed with {name.suffix[1:]}; .ko, .ko.gz and .ko.xz are read."
        )
    unpacker = _UNPACKERS[name.suffix]()
    try:
        data = unpacker.decompress(data, MEMORY_SIZE)
        if not unpacker.eof:
            raise EOFError
    except (lzma.LZMAError, zlib.error, EOFError) as error:
        raise FilesError(f"the module {path} of {source} is damaged: it does not unpack.") from error
    return data, name.stem


def _pair(entry: bytes) -> tuple[str, str]:
    name, _, value = entry.decode("utf-8", "replace").partition("=")
    return name, value
