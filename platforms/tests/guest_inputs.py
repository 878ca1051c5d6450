"""Small packages, kernels, modules and programs for tests of the guest's files, laid out by hand.

Layouts: ar(5) and deb(5) for packages, arch/arm/boot/compressed/vmlinux.lds.S for a zImage, the ELF specification for
modules and programs. Nothing of mp1bench.guest makes them.
"""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import tarfile
from collections.abc import Mapping

RELEASE = "6.1.0-9-armmp"
KERNEL = b"\0" * 64 + f"Linux version {RELEASE} (nobody@nowhere) #1 SMP\n\0".encode() + bytes(range(256)) * 40

#: What the kernel calls each module, and what it depends on, as Debian's 6.1 has them (linux-mailbox.md §7).
DEPENDS = {
    "mailbox/stm32-ipcc": "",
    "remoteproc/stm32_rproc": "",
    "rpmsg/rpmsg_char": "rpmsg_core",
    "rpmsg/rpmsg_core": "",
    "rpmsg/rpmsg_ctrl": "rpmsg_core,rpmsg_char",
    "rpmsg/rpmsg_ns": "rpmsg_core",
    "rpmsg/virtio_rpmsg_bus": "rpmsg_ns,rpmsg_core",
    "tty/rpmsg_tty": "rpmsg_core",
}

ARM, X86_64 = 40, 62
SOFT_FLOAT, HARD_FLOAT = 0x05000200, 0x05000400


def tar(files: Mapping[str, bytes], mode: str = "w:xz") -> bytes:
    """A tar archive of the files, each as ./path."""
    if mode == "w:gz":  # tarfile's own notes the time
        return gzip.compress(tar(files, "w"), mtime=0)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def ar(members: Mapping[str, bytes]) -> bytes:
    """An ar archive: a line, then for each member 60 bytes of text, the data, and a newline behind an odd size."""
    out = b"!<arch>\n"
    for name, data in members.items():
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode() + data
        out += b"\n" * (len(data) % 2)
    return out


def deb(
    files: Mapping[str, bytes], name: str, architecture: str, depends: str = "", data: tuple[str, bytes] | None = None
) -> bytes:
    """A Debian package; `data` is the second archive's name and bytes in place of data.tar.xz with the files."""
    control = f"Package: {name}\nVersion: 1\nArchitecture: {architecture}\nDepends: {depends}\nDescription: x\n y: z\n"
    data_name, data_bytes = data or ("data.tar.xz", tar(files))
    return ar(
        {
            "debian-binary": b"2.0\n",
            "control.tar.gz": tar({"control": control.encode()}, "w:gz"),
            data_name: data_bytes,
        }
    )


def zimage(payload: bytes, size: int, text_offset: int = 0x208000, *, look_alike: bytes = b"") -> bytes:
    """A zImage: header at 0x24, its table of sizes at 0x40, and the payload with its unpacked size behind it."""
    payload_at = 0x60 + len(look_alike)
    end = payload_at + len(payload) + 4
    head = b"\0" * 0x24 + struct.pack("<6I", 0x016F2818, 0, end, 0x04030201, 0x45454545, 0x40)
    table = struct.pack("<7I", 6, 0x5A534C4B, payload_at + len(payload), 0x1000, text_offset, 0x10000, 0)
    return head.ljust(0x40, b"\0") + table.ljust(0x20, b"\0") + look_alike + payload + struct.pack("<I", size)


def xz_zimage(kernel: bytes = KERNEL, text_offset: int = 0x208000) -> bytes:
    """As Debian's: XZ, with the magic number of XZ in the unpacking code before it."""
    packed = lzma.compress(kernel, check=lzma.CHECK_CRC32)
    return zimage(packed, len(kernel), text_offset, look_alike=b"\xfd7zXZ\0" + bytes(26))


def gzip_zimage(kernel: bytes = KERNEL) -> bytes:
    """With gzip, whose own last word is the size."""
    return zimage(gzip.compress(kernel, mtime=0)[:-4], len(kernel))


def elf(
    machine: int = ARM, flags: int = SOFT_FLOAT, *, modinfo: bytes | None = None, interpreter: bool = False
) -> bytes:
    """A 32-bit little-endian ELF file with one program header, and three sections if there is a .modinfo."""
    names = b"\0.modinfo\0.shstrtab\0"
    body_at = 52 + 32
    info = modinfo or b""
    sections_at = body_at + len(info) + len(names)
    count = 0 if modinfo is None else 3
    ident = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    header = ident + struct.pack(
        "<2H5I6H", 2, machine, 1, 0, 52, sections_at if count else 0, flags, 52, 32, 1, 40, count, max(count - 1, 0)
    )
    program = struct.pack("<8I", 3 if interpreter else 1, 0, 0, 0, 0, 0, 4, 4)
    sections = bytes(40)
    sections += struct.pack("<10I", 1, 1, 2, 0, body_at, len(info), 0, 0, 1, 0)
    sections += struct.pack("<10I", 10, 3, 0, 0, body_at + len(info), len(names), 0, 0, 1, 0)
    return header + program + info + (names + sections if count else b"")


def module(depends: str = "", release: str = RELEASE, machine: int = ARM) -> bytes:
    """A kernel module as far as its .modinfo says what it is."""
    info = f"license=GPL\0depends={depends}\0vermagic={release} SMP mod_unload modversions ARMv7 p2v8 \0"
    return elf(machine, modinfo=info.encode())


def module_files(ending: str = ".ko") -> dict[str, bytes]:
    """The modules of a kernel, by path, packed as their names end."""
    pack = {".ko": bytes, ".ko.xz": lzma.compress, ".ko.gz": gzip.compress}[ending]
    folder = f"lib/modules/{RELEASE}/kernel/drivers"
    return {f"{folder}/{name}{ending}": pack(module(depends)) for name, depends in DEPENDS.items()}


def kernel_files() -> dict[str, bytes]:
    """What a kernel package holds."""
    return {
        f"boot/vmlinuz-{RELEASE}": xz_zimage(),
        f"usr/lib/linux-image-{RELEASE}/stm32mp157c-dk2.dtb": TREE,
        f"lib/modules/{RELEASE}/modules.builtin": b"kernel/drivers/remoteproc/remoteproc.ko\n",
        **module_files(),
    }


def _tree() -> bytes:
    """/ { model = "x"; chosen { stdout-path = "a"; }; } with one memory reservation (Devicetree Specification §5)."""
    strings = b"model\0stdout-path\0"
    body = struct.pack(">2I", 1, 0) + struct.pack(">3I", 3, 2, 0) + b"x\0\0\0"
    body += (
        struct.pack(">I", 1) + b"chosen\0\0" + struct.pack(">3I", 3, 2, 6) + b"a\0\0\0" + struct.pack(">3I", 2, 2, 9)
    )
    reserved = struct.pack(">4Q", 0xC4000000, 0x1000, 0, 0)
    at = 40 + len(reserved)
    total = at + len(body) + len(strings)
    return (
        struct.pack(">10I", 0xD00DFEED, total, at, at + len(body), 40, 17, 16, 0, len(strings), len(body))
        + reserved + body + strings
    )  # fmt: skip


TREE = _tree()


def kernel_deb() -> bytes:
    """Debian's kernel, in small."""
    return deb(kernel_files(), f"linux-image-{RELEASE}", "armhf", "kmod, linux-base (>= 4.3~)")


def busybox_deb() -> bytes:
    """Debian's busybox-static for armel, in small."""
    return deb({"bin/busybox": elf()}, "busybox-static", "armel")
