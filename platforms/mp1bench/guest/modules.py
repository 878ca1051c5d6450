"""Finds the modules of the mailbox among a kernel's, and the order in which they load.

It goes by what each module says of itself (.modinfo), because no modules.dep is in a package.
"""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import PurePosixPath

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from mp1bench.guest.errors import GuestError

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

#: Gives the files of a kernel whose path is wanted, by path.
Files = Callable[[Callable[[str], bool]], dict[str, bytes]]


def module_name(path: str) -> str:
    """The name that the kernel calls a module by: stm32_ipcc for …/stm32-ipcc.ko.xz."""
    return PurePosixPath(path).name.partition(".ko")[0].replace("-", "_")


def load_order(files: Files, release: str, source: str) -> dict[str, bytes]:
    """The wanted modules and all that they depend on, by file name, in the order to load them.

    Those that the kernel has built in are left out. GuestError, about `source`, if one is missing or not this kernel's.
    """
    builtin = files(lambda path: path.endswith("modules.builtin"))
    inside = {module_name(line) for data in builtin.values() for line in data.decode("ascii", "replace").split()}
    found: dict[str, tuple[str, bytes, list[str]]] = {}
    missing = set(WANTED) - inside
    while missing:
        for path, data in files(partial(_is_module, names=missing)).items():
            data, file_name = _unpacked(data, path, source)
            found[module_name(path)] = (file_name, data, _depends(data, path, release, source))
        lost = sorted(missing - found.keys())
        if lost:
            raise GuestError(
                f"{source} has no module {lost[0]}.ko, nor does the kernel {release} have it built in:"
                " the guest needs a kernel with CONFIG_STM32_IPCC, CONFIG_STM32_RPROC and CONFIG_RPMSG_…"
            )
        missing = {name for _, _, depends in found.values() for name in depends} - found.keys() - inside
    order: dict[str, bytes] = {}
    _visit([name for name in WANTED if name in found], found, order)
    return order


def _is_module(path: str, names: set[str]) -> bool:
    return ".ko" in path and module_name(path) in names


def _visit(names: Iterable[str], found: dict[str, tuple[str, bytes, list[str]]], order: dict[str, bytes]) -> None:
    """Add each module to `order` behind those that it depends on."""
    for name in names:
        if name in found and found[name][0] not in order:
            file_name, data, depends = found[name]
            _visit(depends, found, order)
            order[file_name] = data


def _unpacked(data: bytes, path: str, source: str) -> tuple[bytes, str]:
    """The module itself, which a distribution may have compressed, and its file name without that ending."""
    name = PurePosixPath(path).name
    ending = name.rpartition(".")[2]
    try:
        if ending == "xz":
            return lzma.decompress(data), name.removesuffix(".xz")
        if ending == "gz":
            return gzip.decompress(data), name.removesuffix(".gz")
    except (lzma.LZMAError, zlib.error, EOFError, OSError) as error:
        raise GuestError(f"the module {path} of {source} is damaged: it does not unpack.") from error
    if ending != "ko":
        raise GuestError(f"the module {path} of {source} is compressed with {ending}; .ko, .ko.gz and .ko.xz are read.")
    return data, name


def _depends(data: bytes, path: str, release: str, source: str) -> list[str]:
    """The modules that a module depends on. GuestError if it is no module of this kernel."""
    try:
        elf = ELFFile(io.BytesIO(data))
        section = elf.get_section_by_name(".modinfo")
        info = dict(_pair(entry) for entry in section.data().split(b"\0")) if section is not None else {}
        machine = str(elf["e_machine"])
    except (ELFError, ValueError, KeyError, UnicodeDecodeError, OverflowError) as error:
        raise GuestError(f"the module {path} of {source} is damaged: it is no ELF file that can be read.") from error
    made_for = (info.get("vermagic") or "nothing that it says").split()[0]
    if machine != "EM_ARM":
        raise GuestError(f"the module {path} of {source} is for {machine.removeprefix('EM_')}, not for 32-bit Arm.")
    if info.get("vermagic", "").split()[:1] != [release]:
        raise GuestError(f"the module {path} of {source} is for kernel {made_for}, and the kernel is {release}.")
    return [name.replace("-", "_") for name in info.get("depends", "").split(",") if name]


def _pair(entry: bytes) -> tuple[str, str]:
    name, _, value = entry.decode("utf-8", "replace").partition("=")
    return name, value
